//! `wsspec run --protocol engineio` and `socketio`: the embedded servers, and servers that cannot be tested.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

use serde_json::Value;
use wsspec_wire::{RequestHead, accept_for};

mod common;

use common::{code, folder, stderr, stdout, unwrapped, wsspec};

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

/// Reads a request and writes what comes after the opening handshake, each as a text frame; then waits for the end.
fn saying(stream: TcpStream, messages: &[&str]) {
    answering(stream, messages, &[]);
}

/// The same, with more text frames after each thing that the client sends.
fn answering(mut stream: TcpStream, messages: &[&str], answers: &[&[&str]]) {
    let mut buffer = [0; 4096];
    let Ok(count @ 1..) = stream.read(&mut buffer) else { return };
    let request = RequestHead::parse(&buffer[..count]);
    let accept = request.fields.get("Sec-WebSocket-Key").map(|key| accept_for(key)).unwrap_or_default();
    let mut out = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes();
    out.extend(text_frames(messages));
    let _ = stream.write_all(&out);
    for answer in answers {
        let Ok(1..) = stream.read(&mut buffer) else { return };
        let _ = stream.write_all(&text_frames(answer));
    }
    while let Ok(1..) = stream.read(&mut buffer) {}
}

fn text_frames(messages: &[&str]) -> Vec<u8> {
    let frame = |message: &&str| [&[0x81, u8::try_from(message.len()).unwrap()], message.as_bytes()].concat();
    messages.iter().flat_map(frame).collect()
}

const OPEN: &str = r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1}"#;

/// A WebSocket server that says nothing of Engine.IO.
fn silent(stream: TcpStream) {
    saying(stream, &["hello"]);
}

/// An Engine.IO server without handlers.
fn deaf(stream: TcpStream) {
    saying(stream, &[OPEN]);
}

/// A Socket.IO server that refuses the main namespace.
fn refusing(stream: TcpStream) {
    saying(stream, &[OPEN, r#"44{"message":"who are you"}"#]);
}

/// A Socket.IO server without handlers.
fn connecting(stream: TcpStream) {
    answering(stream, &[OPEN], &[&[r#"40{"sid":"s"}"#]]);
}

/// A web server without WebSocket.
fn web(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn the_embedded_servers_conform() {
    let dir = folder("engineio-embedded");
    for (protocol, least) in [("engineio", 50), ("socketio", 100)] {
        let output = wsspec(&dir, &["run", "--protocol", protocol, "--json", "record.json"]);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
        let trials = record["trials"].as_array().unwrap();
        let passed = trials.iter().filter(|trial| trial["verdict"]["kind"] == "pass").count();
        assert!(trials.len() > least && passed == trials.len(), "{protocol}: {passed} of {}", trials.len());
    }
}

#[test]
fn what_is_missing_is_said_and_nothing_is_judged() {
    let dir = folder("engineio-missing");
    for (serve, protocol, why) in [
        (web as fn(TcpStream), "engineio", "Engine.IO servers listen at /engine.io/"),
        (web, "socketio", "Socket.IO servers listen at /socket.io/"),
        (silent, "engineio", "this is not an Engine.IO server"),
        (deaf, "engineio", "the server does not send messages back"),
        (deaf, "socketio", "this Engine.IO server does not speak Socket.IO"),
        (refusing, "socketio", "the server refuses the main namespace"),
        (connecting, "socketio", "does not answer the event `message` with `message-back`"),
    ] {
        let address = format!("http://{}", server(serve));
        let output = wsspec(&dir, &["run", &address, "--protocol", protocol, "--timeout", "300ms"]);
        let text = unwrapped(stdout(&output));
        assert_eq!(code(&output), 3, "{protocol}: {text}{}", stderr(&output));
        assert!(text.contains(why) && text.contains("0 trials"), "{protocol}: {text}");
    }
}

#[test]
fn what_does_not_fit_the_protocol_is_a_mistake_that_is_named() {
    let dir = folder("engineio-usage");
    for (args, why) in [
        (&["run", "tcp://127.0.0.1:1", "--protocol", "socketio"][..], "give an http:// or ws:// address"),
        (&["run", "ws://127.0.0.1:1", "socketio/5.data"], "give --protocol socketio"),
        (&["run", "ws://127.0.0.1:1", "engineio/4.message"], "give --protocol engineio"),
        (&["run", "--protocol", "socketio", "--login", "me"], "--login is for --protocol stomp"),
    ] {
        let output = wsspec(&dir, args);
        assert_eq!(code(&output), 2, "{}", stdout(&output));
        assert!(unwrapped(stderr(&output)).contains(why), "{}", stderr(&output));
    }
}

#[test]
fn a_plain_run_says_what_the_first_message_of_a_server_is_of() {
    let dir = folder("engineio-hint");
    let engineio = "speaks Engine.IO, which --protocol engineio and --protocol socketio test";
    let sockjs = "speaks SockJS, which --protocol sockjs tests";
    let opened = |stream: TcpStream| saying(stream, &["o"]);
    for (serve, hint) in [(deaf as fn(TcpStream), Some(engineio)), (opened, Some(sockjs)), (silent, None)] {
        let url = format!("ws://{}/", server(serve));
        let output = wsspec(&dir, &["run", &url, "rfc6455/4.2.2/valid-handshake", "--timeout", "300ms"]);
        let text = unwrapped(stdout(&output));
        match hint {
            Some(hint) => assert!(text.contains(hint), "{text}{}", stderr(&output)),
            None => assert!(!text.contains("--protocol"), "{text}"),
        }
    }
}

/// A Socket.IO server that sends an event of its own, and answers `message`.
fn greeting(stream: TcpStream) {
    let connected = [r#"40{"sid":"s"}"#, r#"42["welcome",{"users":3}]"#];
    answering(stream, &[OPEN], &[&connected, &[r#"42["message-back",1]"#]]);
}

#[test]
fn an_event_that_nobody_asked_for_is_passed_over() {
    let dir = folder("engineio-greeting");
    let address = format!("http://{}", server(greeting));
    let filter = "socketio/5.connection/main-namespace";
    let args = ["run", &address, "--protocol", "socketio", filter, "--timeout", "300ms", "--json", "r.json"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("r.json")).unwrap()).unwrap();
    assert_eq!(record["peer"]["unasked_events"], serde_json::json!(["welcome"]));
}
