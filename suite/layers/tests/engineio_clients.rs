//! What clients of Engine.IO and Socket.IO send: each rule for them can be broken.

use bytes::Bytes;
use wsspec_layers::{
    engineio::EngineIoSession,
    socketio::{SocketIoSeen, SocketIoSession},
};
use wsspec_wire::{MessageKind, Role, Violation};

const OPEN: &str = r#"0{"sid":"e","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#;

fn names(broken: &[Violation]) -> Vec<&'static str> {
    broken.iter().map(Violation::name).collect()
}

/// What each message of a client breaks; what begins with `<` is from its server.
fn broken(messages: &[&str]) -> Vec<Vec<&'static str>> {
    let mut session = SocketIoSession::with(Role::Client);
    let mut out = Vec::new();
    for message in messages {
        if let Some(ours) = message.strip_prefix('<') {
            session.sent(MessageKind::Text, &Bytes::copy_from_slice(ours.as_bytes()));
            continue;
        }
        let (kind, text) = match message.strip_prefix('~') {
            Some(data) => (MessageKind::Binary, data),
            None => (MessageKind::Text, *message),
        };
        let (SocketIoSeen::Packet { broken, .. } | SocketIoSeen::Part { broken }) =
            session.received(kind, &Bytes::copy_from_slice(text.as_bytes()));
        out.push(names(&broken));
    }
    out
}

/// The same after the open packet and a connection to the main namespace.
fn broken_later(messages: &[&str]) -> Vec<Vec<&'static str>> {
    let open = format!("<{OPEN}");
    let first = [&open[..], "40", "<40{\"sid\":\"s\"}"];
    broken(&[&first[..], messages].concat()).split_off(1)
}

#[test]
fn what_a_client_may_send_breaks_nothing() {
    let all = broken_later(&[
        "3",
        "42[\"a\"]",
        "421[\"with an id\"]",
        "<427[\"q\"]",
        "437[]",
        "40/custom,{\"token\":1}",
        "<40/custom,{\"sid\":\"t\"}",
        "451-/custom,[\"a\",{\"_placeholder\":true,\"num\":0}]",
        "~data",
        "<41/custom",
        // It was on its way.
        "42/custom,[\"a\"]",
        "41",
        "1",
    ]);
    assert_eq!(all, vec![Vec::<&str>::new(); all.len()]);
}

#[test]
fn each_rule_of_socketio_can_be_broken_by_a_client() {
    let open = format!("<{OPEN}");
    let early = broken(&["40", &open, "42[\"a\"]"]);
    assert_eq!(early, [vec!["engineio-speaks-early"], vec!["socketio-event-unconnected"]]);
    assert_eq!(broken(&[&open, "42[\"a\"]"]), [["socketio-first-not-connect"]]);
    for (messages, name) in [
        (&["2"][..], "engineio-ping-of-client"),
        (&["9"], "engineio-type-unknown"),
        (&["47"], "socketio-type-unknown"),
        (&["42{}"], "socketio-event-payload"),
        (&["42/other,[1]"], "socketio-event-unconnected"),
        (&["431[]"], "socketio-ack-unasked"),
        (&["<427[\"q\"]", "437{}"], "socketio-ack-payload"),
        (&["45[1]"], "socketio-count-missing"),
        (&["~x"], "socketio-attachment-unannounced"),
        (&["40/,"], "socketio-namespace-written"),
        (&["42[1,]"], "socketio-payload-not-json"),
    ] {
        assert_eq!(broken_later(messages).last().unwrap(), &[name], "{messages:?}");
    }
    let twice = broken_later(&["<427[\"q\"]", "437[]", "437[]"]);
    assert_eq!(twice, [vec![], vec!["socketio-ack-unasked"]]);
    let refused = broken_later(&["40/custom,", "<44/custom,{\"message\":\"no\"}", "42/custom,[1]"]);
    assert_eq!(refused, [vec![], vec!["socketio-event-unconnected"]]);
}

#[test]
fn a_request_has_both_parameters() {
    let of = |target: &str| names(&EngineIoSession::asked(target.as_bytes()));
    assert_eq!(of("/engine.io/?EIO=4&transport=websocket&t=1"), [""; 0]);
    assert_eq!(of("/engine.io/?transport=websocket"), ["engineio-parameter-wrong"]);
    assert_eq!(of("/engine.io/?EIO=44&transport=websocket"), ["engineio-parameter-wrong"]);
    assert_eq!(of("/engine.io/"), ["engineio-parameter-wrong"; 2]);
}

#[test]
fn a_client_pings_where_it_upgrades_alone() {
    let ping = Bytes::from_static(b"2probe");
    let mut upgraded = EngineIoSession::resumed(Role::Client);
    assert_eq!(upgraded.received(MessageKind::Text, &ping).broken, []);
    let mut first = EngineIoSession::with(Role::Client);
    first.sent(MessageKind::Text, &Bytes::from_static(OPEN.as_bytes()));
    assert_eq!(names(&first.received(MessageKind::Text, &ping).broken), ["engineio-ping-of-client"]);
}
