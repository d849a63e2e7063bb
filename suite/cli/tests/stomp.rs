//! `wsspec run --protocol stomp`: the embedded broker, a broker with flaws over TCP, and servers that are not brokers.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::Value;
use wsspec_peer::{PeerOutput, StompBroker, StompFlaw};

mod common;

use common::{code, folder, stderr, stdout, unwrapped, wsspec};

/// What no output may show.
const SECRET: &str = "hush";

/// A server on a free port that does this with each connection.
fn server(serve: fn(TcpStream)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    address
}

fn broker(mut stream: TcpStream, flaw: Option<StompFlaw>) {
    let mut broker = StompBroker::new(flaw);
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        broker.receive(&buffer[..count]);
        for output in broker.take() {
            let PeerOutput::Write(frame) = output else { return };
            if stream.write_all(&frame).is_err() {
                return;
            }
        }
    }
}

fn conforming(stream: TcpStream) {
    broker(stream, None);
}

fn without_receipts(stream: TcpStream) {
    broker(stream, Some(StompFlaw::NoReceipts));
}

/// Refuses each session.
fn refusing(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"ERROR\nmessage:bad user\n\n\0");
}

/// Answers as a web server does.
fn web(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn the_embedded_broker_conforms() {
    let dir = folder("stomp-embedded");
    let output = wsspec(&dir, &["run", "--protocol", "stomp", "--json", "record.json"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap();
    assert!(trials.len() > 100 && trials.iter().all(|trial| trial["verdict"]["kind"] == "pass"), "{record}");
}

#[test]
fn a_broker_over_tcp_is_tested_and_its_flaw_is_named() {
    let dir = folder("stomp-tcp");
    let address = format!("tcp://{}", server(conforming));
    let login = ["--login", "me", "--passcode", SECRET];
    let run = |address: &str, more: &[&str]| {
        wsspec(&dir, &[&["run", address, "--protocol", "stomp"], &login[..], more].concat())
    };
    let output = run(&address, &["stomp/1.2.receipt", "stomp/1.2.send", "--json", "record.json"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(!std::fs::read_to_string(dir.join("record.json")).unwrap().contains(SECRET));
    let flawed = format!("tcp://{}", server(without_receipts));
    let output = run(&flawed, &["stomp/1.2.receipt/receipt-for-send", "--timeout", "300ms"]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let text = unwrapped(stdout(&output));
    assert!(text.contains("stomp#1.2.receipt:1") && !text.contains(SECRET), "{text}");
}

#[test]
fn what_is_missing_is_said_and_nothing_is_judged() {
    let dir = folder("stomp-missing");
    let tcp = |serve: fn(TcpStream)| format!("tcp://{}", server(serve));
    for (address, why) in [
        (tcp(refusing), "check --login, --passcode and --host-header"),
        (tcp(web), "this is not a STOMP broker"),
        ("tcp://127.0.0.1:1".to_owned(), "nothing listens on 127.0.0.1:1"),
        (format!("ws://{}/ws", server(web)), "400 Bad Request"),
    ] {
        let output = wsspec(&dir, &["run", &address, "--protocol", "stomp", "--timeout", "500ms"]);
        let text = unwrapped(stdout(&output));
        assert_eq!(code(&output), 3, "{address}: {text}{}", stderr(&output));
        assert!(text.contains(why), "{address}: {text}");
    }
}

#[test]
fn an_address_or_a_selection_without_its_protocol_is_a_mistake_that_is_named() {
    let dir = folder("stomp-usage");
    for (args, why) in [
        (&["run", "tcp://127.0.0.1:1"][..], "give --protocol stomp"),
        (&["run", "ws://127.0.0.1:1", "stomp/1.2.send"], "give --protocol stomp"),
        (&["run", "--protocol", "amqp"], "a protocol is stomp, engineio, socketio"),
    ] {
        let output = wsspec(&dir, args);
        assert_eq!(code(&output), 2, "{}", stdout(&output));
        assert!(unwrapped(stderr(&output)).contains(why), "{}", stderr(&output));
    }
}

/// Opens a session in a version that does not exist.
fn of_tomorrow(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"CONNECTED\nversion:1.3\n\n\0");
    while let Ok(1..) = stream.read(&mut [0; 4096]) {}
}

/// Begins a frame and does not end it.
fn endless(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"SSH-2.0-x\r\n");
    while let Ok(1..) = stream.read(&mut [0; 4096]) {}
}

#[test]
fn a_version_that_does_not_exist_breaks_the_rule_about_versions() {
    let dir = folder("stomp-version");
    let address = format!("tcp://{}", server(of_tomorrow));
    let filter = "stomp/1.2.negotiation";
    let output = wsspec(&dir, &["run", &address, "--protocol", "stomp", filter, "--timeout", "300ms"]);
    let text = unwrapped(stdout(&output));
    assert_eq!(code(&output), 1, "{text}{}", stderr(&output));
    assert!(text.contains("stomp#1.2.negotiation:1"), "{text}");
}

#[test]
fn what_came_in_place_of_a_frame_is_shown() {
    let dir = folder("stomp-endless");
    let address = format!("tcp://{}", server(endless));
    let output = wsspec(&dir, &["run", &address, "--protocol", "stomp", "--timeout", "300ms"]);
    let text = unwrapped(stdout(&output));
    assert_eq!(code(&output), 3, "{text}{}", stderr(&output));
    assert!(text.contains(r#"the frame that begins "SSH-2.0-x"#), "{text}");
}
