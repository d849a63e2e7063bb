//! Sessions of STOMP with a client under test: the rules that its frames break, by version.

use wsspec_layers::stomp::{StompSeen, StompSession};
use wsspec_wire::Role;

const CONNECT: &str = "CONNECT\naccept-version:1.0,1.1,1.2\nhost:a\n\n\0";

/// What a client of this version breaks with these frames, after the messages that it was sent.
fn broken(version: &str, messages: &str, frames: &str) -> Vec<String> {
    let mut session = StompSession::with(Role::Client, 1 << 16);
    assert_eq!(names(session.received(CONNECT.as_bytes())), [""; 0]);
    session.sent(format!("CONNECTED\nversion:{version}\n\n\0").as_bytes());
    session.sent(messages.as_bytes());
    names(session.received(frames.as_bytes()))
}

fn names(seen: Vec<StompSeen>) -> Vec<String> {
    let broken = seen.into_iter().flat_map(|one| match one {
        StompSeen::Frame { broken, .. } => broken,
        StompSeen::Eol | StompSeen::TooLarge => Vec::new(),
    });
    broken.map(|violation| violation.requirement().to_string()).collect()
}

#[test]
fn a_frame_that_names_nothing_breaks_the_rule_of_its_version() {
    for (frame, v11, v12) in [
        ("SEND\n\n\0", "1.1.send:2", "1.2.send:5"),
        ("SUBSCRIBE\nid:1\n\n\0", "1.1.subscribe:1", "1.2.subscribe:5"),
        ("SUBSCRIBE\ndestination:a\n\n\0", "1.1.subscribe:2", "1.2.subscribe:6"),
        ("SUBSCRIBE\nid:1\ndestination:a\nack:none\n\n\0", "1.1.subscribe:3", "1.2.subscribe:8"),
        ("UNSUBSCRIBE\n\n\0", "1.1.unsubscribe:1", "1.2.unsubscribe:3"),
        ("UNSUBSCRIBE\nid:9\n\n\0", "1.1.unsubscribe:1", "1.2.unsubscribe:4"),
        ("ACK\n\n\0", "1.1.ack:2", "1.2.ack:4"),
        ("NACK\n\n\0", "1.1.nack:1", "1.2.nack:2"),
        ("BEGIN\n\n\0", "1.1.begin:1", "1.2.begin:3"),
        ("COMMIT\ntransaction:t\n\n\0", "1.1.commit:1", "1.2.commit:2"),
        ("ABORT\ntransaction:t\n\n\0", "1.1.abort:1", "1.2.abort:2"),
        ("ABORT\n\n\0", "1.1.abort:1", "1.2.abort:2"),
        ("DISCONNECT\n\n\0BEGIN\ntransaction:t\n\n\0", "1.1.disconnect:1", "1.2.disconnect:2"),
    ] {
        assert_eq!(broken("1.1", "", frame), [format!("stomp#{v11}")], "{frame}");
        assert_eq!(broken("1.2", "", frame), [format!("stomp#{v12}")], "{frame}");
    }
}

#[test]
fn an_acknowledgement_names_its_message_in_the_words_of_the_version() {
    let message = "MESSAGE\nsubscription:s\nmessage-id:m\nack:a\\cb\ndestination:d\n\n\0";
    let by_ack = "ACK\nid:a\\cb\n\n\0NACK\nid:a\\cb\n\n\0";
    assert_eq!(broken("1.2", message, by_ack), [""; 0]);
    assert_eq!(broken("1.1", message, by_ack), ["stomp#1.1.ack:2", "stomp#1.1.nack:1"]);
    let by_id = "ACK\nmessage-id:m\nsubscription:s\n\n\0";
    assert_eq!(broken("1.1", message, by_id), [""; 0]);
    assert_eq!(broken("1.2", message, by_id), ["stomp#1.2.ack:4"]);
    assert_eq!(broken("1.1", message, "ACK\nmessage-id:m\nsubscription:t\n\n\0"), ["stomp#1.1.ack:2"]);
    assert_eq!(broken("1.0", message, "ACK\nmessage-id: m\n\n\0"), [""; 0]);
    assert_eq!(broken("1.0", message, "ACK\nmessage-id:n\n\n\0"), ["stomp#1.0.commands:4"]);
}

#[test]
fn ids_are_free_again_once_what_they_name_has_ended() {
    let subscribe = "SUBSCRIBE\nid:1\ndestination:a\n\n\0";
    let again = format!("{subscribe}UNSUBSCRIBE\nid:1\n\n\0{subscribe}");
    assert_eq!(broken("1.2", "", &again), [""; 0]);
    assert_eq!(broken("1.2", "", &subscribe.repeat(2)), ["stomp#1.2.subscribe:7"]);
    let begin = "BEGIN\ntransaction:t\n\n\0";
    assert_eq!(broken("1.2", "", &format!("{begin}COMMIT\ntransaction:t\n\n\0{begin}")), [""; 0]);
    assert_eq!(broken("1.2", "", &begin.repeat(2)), ["stomp#1.2.begin:4"]);
}

#[test]
fn a_first_frame_is_judged_by_the_highest_version_that_it_offers() {
    let first = |frame: &str| {
        let mut session = StompSession::with(Role::Client, 1 << 16);
        names(session.received(frame.as_bytes()))
    };
    assert_eq!(first("CONNECT\naccept-version:1.0,1.1\n\n\0"), ["stomp#1.1.connect:3"]);
    assert_eq!(first("CONNECT\naccept-version:1.2\n\n\0"), ["stomp#1.2.connect:3"]);
    assert_eq!(first("CONNECT\naccept-version:1.0\n\n\0"), [""; 0]);
    // A client of version 1.0 has neither.
    assert_eq!(first("CONNECT\nlogin:a\n\n\0"), [""; 0]);
    assert_eq!(first("STOMP\n\n\0"), ["stomp#1.2.connect:2"]);
    assert_eq!(first("CONNECT\nheart-beat:0,0\n\n\0"), ["stomp#1.2.connect:2"]);
    assert_eq!(first("CONNECT\naccept-version:1.2,1.1\nhost:a\n\n\0"), ["stomp#1.2.negotiation:5"]);
    assert_eq!(first("SEND\ndestination:a\n\n\0"), ["stomp#1.2.connecting:3"]);
}

#[test]
fn what_follows_a_nul_in_a_body_is_no_frame_of_its_own() {
    let send = "SEND\ndestination:d\ncontent-type:text/plain\n\na\0b\0";
    assert_eq!(broken("1.2", "", send), ["stomp#1.2.length:4", "stomp#1.2.length:7"]);
    assert_eq!(broken("1.2", "", "SEND\ndestination:d\n\n\0b\0"), ["stomp#1.2.frames:1"]);
}

#[test]
fn a_carriage_return_within_a_header_is_escaped_from_version_1_2_on() {
    let send = "SEND\ndestination:d\nx:a\rb\n\n\0";
    assert_eq!(broken("1.2", "", send), ["stomp#1.2.encoding:4"]);
    assert_eq!(broken("1.1", "", send), [""; 0]);
    assert_eq!(broken("1.2", "", "SEND\r\ndestination:d\r\n\r\n\0"), [""; 0]);
}

#[test]
fn a_client_that_subscribes_without_end_costs_bounded_memory() {
    let mut session = StompSession::with(Role::Client, 1 << 16);
    session.received(CONNECT.as_bytes());
    for number in 0..5000 {
        session.received(format!("SUBSCRIBE\nid:{number}\ndestination:a\n\n\0").as_bytes());
    }
    assert!(session.client().is_some_and(|client| client.subscriptions().len() == 1024));
}
