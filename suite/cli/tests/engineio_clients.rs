//! `wsspec test-client --protocol engineio` and `socketio`: our own client, one with a flaw, and clients that cannot be tested.
//!
//! The client is this test itself, started again with an address in its environment.

#![cfg(unix)]

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client::IntoClientRequest, client::client};
use wsspec_peer::{EngineIoClient, EngineIoClientFlaw, MessageOutput};
use wsspec_wire::MessageKind;

mod common;
#[path = "common/peer.rs"]
mod peer;

use common::{code, folder, stderr, stdout, wsspec};
use peer::{FLAW, URL, authority, connected, given, started};

/// What the client speaks: `engineio` or `socketio`.
const SPEAKS: &str = "WSSPEC_TEST_SPEAKS";

/// The target that it asks for in place of its own.
const TARGET: &str = "WSSPEC_TEST_TARGET";

/// How often it looks whether it has to give the connection up.
const LOOK: Duration = Duration::from_millis(20);

/// Not a test but a client of Engine.IO.
#[test]
#[ignore = "the client that the tests start"]
fn speaks_packets() {
    let Some(url) = given(URL) else { return };
    let named = given(FLAW);
    let flaw = EngineIoClientFlaw::all().find(|flaw| Some(flaw.name()) == named);
    let packets = match given(SPEAKS).as_deref() {
        Some("socketio") => EngineIoClient::socketio(flaw),
        _ => EngineIoClient::echo(flaw),
    };
    let target = given(TARGET).unwrap_or_else(|| packets.target());
    let mut stream = connected(authority(&url));
    if target.contains("polling") {
        let request = format!("GET {target} HTTP/1.1\r\nHost: {}\r\n\r\n", authority(&url));
        stream.write_all(request.as_bytes()).unwrap();
        let _ = stream.read(&mut [0; 512]);
        return;
    }
    let url = format!("ws://{}{target}", authority(&url));
    let (mut socket, _) =
        client(url.into_client_request().unwrap(), stream).unwrap_or_else(|error| panic!("{error}"));
    socket.get_ref().set_read_timeout(Some(LOOK)).unwrap();
    converse(packets, &mut socket);
}

fn converse(mut packets: EngineIoClient, socket: &mut WebSocket<TcpStream>) {
    let began = Instant::now();
    loop {
        packets.advance(began.elapsed());
        for output in packets.take() {
            let sent = match output {
                MessageOutput::Send(MessageKind::Text, text) => {
                    socket.send(Message::text(String::from_utf8_lossy(&text).into_owned()))
                }
                MessageOutput::Send(MessageKind::Binary, data) => socket.send(Message::binary(data)),
                MessageOutput::Close => socket.close(None),
            };
            if sent.is_err() {
                return;
            }
        }
        match socket.read() {
            Ok(Message::Text(text)) => packets.receive(MessageKind::Text, &text.into()),
            Ok(Message::Binary(data)) => packets.receive(MessageKind::Binary, &data),
            Ok(_) => {}
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

fn test_client(name: &str, speaks: &str, variables: &[(&str, &str)], more: &[&str]) -> std::process::Output {
    let own = [(URL, "{url}"), (SPEAKS, speaks)];
    let variables: Vec<_> = own.into_iter().chain(variables.iter().copied()).collect();
    let command = started("speaks_packets", &variables);
    let dir = folder(name);
    let args = ["test-client", "--protocol", speaks, "--timeout", "1s", "--exec", &command];
    wsspec(&dir, &args.iter().chain(more).copied().collect::<Vec<_>>())
}

#[test]
fn a_conforming_client_of_engineio_passes() {
    let selected =
        ["engineio/4.message", "engineio/4.websocket", "engineio/4.heartbeat/client-answers-pings"];
    let output = test_client("engineio-clients", "engineio", &[], &selected);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("client of Engine.IO"), "{}", stdout(&output));
    assert!(!stdout(&output).contains("skipped"), "{}", stdout(&output));
}

#[test]
fn a_conforming_client_of_socketio_passes() {
    let selected =
        ["socketio/5.ack", "socketio/5.connection", "socketio/5.data/client-*", "socketio/5.disconnect"];
    let output = test_client("socketio-clients", "socketio", &[], &selected);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let peer = "client of Socket.IO; acknowledges; /custom";
    assert!(stdout(&output).contains(peer), "{}", stdout(&output));
    assert!(!stdout(&output).contains("skipped"), "{}", stdout(&output));
}

#[test]
fn a_flaw_is_named_with_the_rule_that_it_breaks() {
    for (speaks, flaw, selected, rule) in [
        ("engineio", "version-missing", "engineio/4.websocket", "engineio#4.websocket:5"),
        ("socketio", "ack-id-changed", "socketio/5.ack/ack-of-an-event", "socketio#5.ack:4"),
    ] {
        let args = ["--json", "-", selected];
        let output = test_client(&format!("clients-{flaw}"), speaks, &[(FLAW, flaw)], &args);
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
        let record: Value = serde_json::from_slice(&output.stdout).unwrap();
        let trials = record["trials"].as_array().unwrap().iter();
        let failed: Vec<_> =
            trials.filter_map(|trial| trial["verdict"]["failure"]["requirement"].as_str()).collect();
        assert!(!failed.is_empty() && failed.iter().all(|failed| *failed == rule), "{failed:?}");
    }
}

#[test]
fn a_client_that_cannot_be_tested_is_not_judged() {
    for (name, speaks, variables, why) in [
        (
            "v3",
            "engineio",
            [(TARGET, "/engine.io/?EIO=3&transport=websocket")],
            "speaks version 3 of Engine.IO",
        ),
        ("poll", "engineio", [(TARGET, "/engine.io/?EIO=4&transport=polling")], "begins with long-polling"),
        ("mute", "socketio", [(SPEAKS, "engineio")], "does not connect to the main namespace"),
    ] {
        let output = test_client(&format!("clients-unfit-{name}"), speaks, &variables, &[]);
        let said = format!("{}{}", stdout(&output), stderr(&output));
        assert_eq!(code(&output), 3, "{said}");
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn an_option_or_a_filter_that_does_not_fit_says_what_does() {
    let dir = folder("engineio-clients-usage");
    for (args, why) in [
        (&["--protocol", "sockjs"][..], "clients of SockJS cannot be tested"),
        (&["socketio/5.ack"], "give --protocol socketio"),
        (&["engineio/4.message"], "give --protocol engineio"),
        (&["--protocol", "socketio", "--http2-prior-knowledge"], "--protocol goes over HTTP/1.1"),
    ] {
        let output = wsspec(&dir, &[&["test-client", "--exec", "true {url}"], args].concat());
        assert_eq!((code(&output), stderr(&output).contains(why)), (2, true), "{}", stderr(&output));
    }
}
