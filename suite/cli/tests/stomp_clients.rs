//! `wsspec test-client --protocol stomp`: our own client of STOMP, one with a flaw, and clients that cannot be tested.
//!
//! The client is this test itself, started again with an address in its environment.

#![cfg(unix)]

use std::{
    net::TcpStream,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio_tungstenite::tungstenite::{Error, Message, WebSocket, client::IntoClientRequest, client::client};
use wsspec_peer::{PeerOutput, StompClient, StompClientFlaw};

mod common;
#[path = "common/peer.rs"]
mod peer;

use common::{code, folder, stderr, stdout, wsspec};
use peer::{FLAW, URL, authority, connected, given, started};

/// What the client does in place of STOMP.
const INSTEAD: &str = "WSSPEC_TEST_INSTEAD";

/// How often it looks whether a heart-beat is due.
const LOOK: Duration = Duration::from_millis(20);

/// Not a test but a client of STOMP.
#[test]
#[ignore = "the client that the tests start"]
fn speaks_stomp() {
    let Some(url) = given(URL) else { return };
    let mut request = url.as_str().into_client_request().unwrap();
    request.headers_mut().insert("Sec-WebSocket-Protocol", "v11.stomp, v12.stomp".parse().unwrap());
    let stream = connected(authority(&url));
    let (mut socket, response) = client(request, stream).unwrap_or_else(|error| panic!("{error}"));
    socket.get_ref().set_read_timeout(Some(LOOK)).unwrap();
    let selected = response.headers().get("Sec-WebSocket-Protocol").unwrap();
    assert!(["v11.stomp", "v12.stomp"].iter().any(|name| selected == name));
    if let Some(text) = given(INSTEAD) {
        return socket.send(Message::text(text + "\0")).unwrap();
    }
    let named = given(FLAW);
    let flaw = StompClientFlaw::all().find(|flaw| Some(flaw.name()) == named);
    converse(StompClient::new(flaw), &mut socket);
}

fn converse(mut client: StompClient, socket: &mut WebSocket<TcpStream>) {
    let began = Instant::now();
    loop {
        client.advance(began.elapsed());
        for output in client.take() {
            let sent = match output {
                PeerOutput::Write(frame) => socket.send(as_message(&frame)),
                PeerOutput::Close | PeerOutput::Reset => socket.close(None),
            };
            if sent.is_err() {
                return;
            }
        }
        match socket.read() {
            Ok(message @ (Message::Text(_) | Message::Binary(_))) => client.receive(&message.into_data()),
            Ok(_) => {}
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => return,
        }
    }
}

/// A text message, unless it cannot be one.
fn as_message(frame: &[u8]) -> Message {
    match str::from_utf8(frame) {
        Ok(text) => Message::text(text),
        Err(_) => Message::binary(frame.to_vec()),
    }
}

fn test_client(name: &str, variables: &[(&str, &str)], more: &[&str]) -> std::process::Output {
    let variables: Vec<_> = [(URL, "{url}")].into_iter().chain(variables.iter().copied()).collect();
    let command = started("speaks_stomp", &variables);
    let dir = folder(name);
    let args = ["test-client", "--protocol", "stomp", "--timeout", "1s", "--exec", &command];
    wsspec(&dir, &args.iter().chain(more).copied().collect::<Vec<_>>())
}

#[test]
fn a_conforming_client_passes_what_is_asked_of_each_version() {
    let selected = ["stomp/1.2.connect", "stomp/1.2.ack", "stomp/1.2.disconnect", "stomp/1.1", "stomp/1.0"];
    let output = test_client("stomp-clients", &[], &selected);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    assert!(
        stdout(&output).contains("client of STOMP 1.0, 1.1, 1.2; heart-beats 1000,1000"),
        "{}",
        stdout(&output)
    );
    assert!(!stdout(&output).contains("skipped"), "{}", stdout(&output));
}

#[test]
fn a_flaw_is_named_with_the_rule_that_it_breaks() {
    let args = ["--json", "-", "stomp/1.2.ack", "stomp/1.2.send"];
    let output = test_client("stomp-clients-flaw", &[(FLAW, "acks-unknown")], &args);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let record: Value = serde_json::from_slice(&output.stdout).unwrap();
    let failed: Vec<_> = record["trials"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|trial| trial["verdict"]["failure"]["requirement"].as_str())
        .collect();
    assert!(!failed.is_empty() && failed.iter().all(|rule| *rule == "stomp#1.2.ack:5"), "{failed:?}");
}

#[test]
fn what_is_no_client_of_stomp_is_not_judged() {
    let output = test_client("stomp-clients-other", &[(INSTEAD, "hello")], &["stomp/1.2.send"]);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    let said = format!("{}{}", stdout(&output), stderr(&output));
    assert!(said.contains("not a client of STOMP"), "{said}");
    let connect = "CONNECT\naccept-version:1.2\nhost:a\n\n";
    let mute = test_client("stomp-clients-mute", &[(INSTEAD, connect)], &["stomp/1.2.send"]);
    let said = format!("{}{}", stdout(&mute), stderr(&mute));
    assert_eq!(code(&mute), 3, "{said}");
    assert!(said.contains("does not subscribe to `/wsspec/in`"), "{said}");
}

#[test]
fn an_option_or_a_filter_that_does_not_fit_says_what_does() {
    let dir = folder("stomp-clients-usage");
    for (args, why) in [
        (&["--protocol", "sockjs"][..], "clients of SockJS cannot be tested"),
        (&["stomp/1.2.ack"], "give --protocol stomp"),
        (&["--protocol", "stomp", "--http2-prior-knowledge"], "--protocol goes over HTTP/1.1"),
    ] {
        let output = wsspec(&dir, &[&["test-client", "--exec", "true {url}"], args].concat());
        assert_eq!((code(&output), stderr(&output).contains(why)), (2, true), "{}", stderr(&output));
    }
}
