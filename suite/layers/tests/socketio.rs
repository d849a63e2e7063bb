//! Packets of Engine.IO and Socket.IO: what is encoded is decoded as it was, and each rule can be broken.

use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*};
use wsspec_layers::{
    engineio::{EngineIoPacket, EngineIoSession, EngineIoType},
    socketio::{SocketIoPacket, SocketIoSeen, SocketIoSession, SocketIoType},
};
use wsspec_wire::{LayerItem, MessageKind, Violation};

const OPEN: &str = r#"0{"sid":"e","upgrades":[],"pingInterval":300,"pingTimeout":200,"maxPayload":1000000}"#;

fn number() -> impl Strategy<Value = Bytes> {
    "[0-9]{1,12}".prop_map(Bytes::from)
}

/// A packet as it can be sent: its parts do not run into one another.
fn packet() -> impl Strategy<Value = SocketIoPacket> {
    let kind = prop::sample::select(&SocketIoType::ALL[..]);
    (kind, number(), option::of("/[a-z]{0,6}"), option::of(number()), "[\\[{][ -~]{0,12}").prop_map(
        |(kind, count, namespace, id, payload)| SocketIoPacket {
            announced: kind.is_binary().then_some(count),
            namespace: namespace.map(Bytes::from),
            id,
            ..SocketIoPacket::new(kind, payload)
        },
    )
}

proptest! {
    #[test]
    fn a_packet_is_decoded_as_it_was(packet in packet()) {
        prop_assert_eq!(SocketIoPacket::decode(&packet.encode().into()), packet);
    }

    #[test]
    fn octets_are_encoded_as_they_were(octets in vec(any::<u8>(), 0..60)) {
        for kind in [MessageKind::Text, MessageKind::Binary] {
            let octets = Bytes::from(octets.clone());
            let packet = EngineIoPacket::decode(kind, &octets);
            prop_assert_eq!(packet.encode(), (kind, octets.to_vec()));
        }
    }

    #[test]
    fn no_message_stops_a_session(all in vec((any::<bool>(), "[0-9/,{}\\[\\]\"a-]{0,16}"), 0..20)) {
        let mut session = SocketIoSession::default();
        for (is_text, text) in all {
            let kind = if is_text { MessageKind::Text } else { MessageKind::Binary };
            session.sent(kind, &text.clone().into());
            session.received(kind, &text.into());
        }
    }
}

fn names(broken: &[Violation]) -> Vec<&'static str> {
    broken.iter().map(Violation::name).collect()
}

/// What the last of these messages of a server breaks, and the item that it ends.
fn last(session: &mut SocketIoSession, messages: &[&str]) -> (Option<LayerItem>, Vec<&'static str>) {
    let mut out = (None, Vec::new());
    for message in messages {
        let (kind, text) = match message.strip_prefix('~') {
            Some(data) => (MessageKind::Binary, data),
            None => (MessageKind::Text, *message),
        };
        out = match session.received(kind, &Bytes::copy_from_slice(text.as_bytes())) {
            SocketIoSeen::Packet { item, broken } => (Some(item), names(&broken)),
            SocketIoSeen::Part { broken } => (None, names(&broken)),
        };
    }
    out
}

fn connected() -> SocketIoSession {
    let mut session = SocketIoSession::default();
    session.sent(MessageKind::Text, &"40".into());
    session.sent(MessageKind::Text, &"427[\"a\"]".into());
    assert_eq!(last(&mut session, &[OPEN, "40{\"sid\":\"s\"}"]).1, [""; 0]);
    session
}

#[test]
fn what_a_server_may_send_breaks_nothing() {
    for messages in [
        &["42[\"a\"]"][..],
        &["2", "6", "437[]"],
        &["451-[{\"_placeholder\":true,\"num\":0}]", "2", "~data"],
        &["452-[\"a\",{\"b\":{\"_placeholder\":true,\"num\":1}}]", "~x", "~"],
        &["461-7[{\"_placeholder\":true,\"num\":0}]", "~data"],
        &["41"],
        &["42[\"\\ud800\"]"],
    ] {
        let mut session = connected();
        for message in messages {
            assert_eq!(last(&mut session, &[message]).1, [""; 0], "{messages:?}");
        }
    }
}

#[test]
fn each_rule_can_be_broken() {
    for (messages, name) in [
        (&["47"][..], "socketio-type-unknown"),
        (&["42[\"a\""], "socketio-payload-not-json"),
        (&["42/,[\"a\"]"], "socketio-namespace-written"),
        (&["42[]"], "socketio-event-payload"),
        (&["42"], "socketio-event-payload"),
        (&["42{\"a\":1}"], "socketio-event-payload"),
        (&["437{}"], "socketio-ack-payload"),
        (&["438[]"], "socketio-ack-unasked"),
        (&["437[]", "437[]"], "socketio-ack-unasked"),
        (&["40{\"sid\":\"s\"}"], "socketio-connect-unasked"),
        (&["44{\"message\":\"a\"}"], "socketio-connect-unasked"),
        (&["42/b,[\"a\"]"], "socketio-event-unconnected"),
        (&["41", "42[\"a\"]"], "socketio-event-unconnected"),
        (&["45[\"a\"]"], "socketio-count-missing"),
        (&["450-[\"a\"]"], "socketio-count-missing"),
        (&["451-[{\"_placeholder\":true,\"num\":0}]", "42[\"a\"]"], "socketio-attachments-missing"),
        (&["~data"], "socketio-attachment-unannounced"),
        (&["451-[{\"_placeholder\":true,\"num\":1}]", "~data"], "socketio-placeholder-wrong"),
        (&["9"], "engineio-type-unknown"),
        (&[""], "engineio-type-unknown"),
        (&[OPEN], "engineio-open-again"),
    ] {
        assert_eq!(last(&mut connected(), messages).1, [name], "{messages:?}");
    }
}

#[test]
fn what_a_namespace_is_connected_with_is_judged() {
    for (answer, name) in [
        ("40", "socketio-sid-missing"),
        ("40{\"sid\":1}", "socketio-sid-missing"),
        ("40{\"sid\":\"e\"}", "socketio-sid-shared"),
        ("44\"no\"", "socketio-error-payload"),
    ] {
        let mut session = SocketIoSession::default();
        session.sent(MessageKind::Text, &"40".into());
        assert_eq!(last(&mut session, &[OPEN, answer]).1, [name], "{answer}");
    }
}

#[test]
fn the_open_packet_comes_first_and_has_its_keys() {
    for (message, wanted) in [
        ("40", &["engineio-before-open"][..]),
        ("0[]", &["engineio-open-not-object"]),
        (
            "0{\"sid\":1}",
            &[
                "engineio-open-key-wrong",
                "engineio-open-key-missing",
                "engineio-open-key-missing",
                "engineio-open-key-missing",
                "engineio-open-key-missing",
            ],
        ),
        (OPEN, &[]),
    ] {
        let seen = EngineIoSession::default().received(MessageKind::Text, &message.into());
        assert_eq!(names(&seen.broken), wanted, "{message}");
    }
}

#[test]
fn an_item_has_what_a_script_asks_for() {
    let mut session = connected();
    let (item, _) = last(&mut session, &["451-12[\"a\",{\"_placeholder\":true,\"num\":0}]", "~data"]);
    let item = item.unwrap();
    let has = |name: &str| item.get(name.as_bytes()).map(|value| &value[..]);
    assert_eq!(&item.word[..], b"BINARY_EVENT");
    assert_eq!(
        (has("namespace"), has("id"), has("attachments")),
        (Some(&b"/"[..]), Some(&b"12"[..]), Some(&b"1"[..]))
    );
    assert_eq!(
        (has("event"), has("attachment-0"), has("attachment-1")),
        (Some(&b"a"[..]), Some(&b"data"[..]), None)
    );
    let open = EngineIoPacket::decode(MessageKind::Text, &OPEN.into()).item();
    assert_eq!(open.get(b"sid").map(|sid| &sid[..]), Some(&b"e"[..]));
    assert_eq!(open.get(b"upgrades").map(|all| &all[..]), Some(&b"[]"[..]));
    assert_eq!(EngineIoType::parse("noop").map(EngineIoType::digit), Some(b'6'));
}
