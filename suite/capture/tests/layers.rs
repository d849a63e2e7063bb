//! What rides on watched connections, judged by the rules of its layer: recognised or given, and forgotten where there is too
//! much of it.

use std::time::Duration;

use wsspec_capture::{Observer, ObserverSettings};
use wsspec_wire::{Frame, Layer, Mask, Opcode, Role};

/// A connection that was opened with this target and subprotocol.
struct Watched(Observer);

impl Watched {
    fn new(layer: Option<Layer>, target: &str, subprotocol: &str) -> Self {
        let mut observer = Observer::new(ObserverSettings { layer, ..ObserverSettings::default() });
        let offer = match subprotocol {
            "" => String::new(),
            name => format!("Sec-WebSocket-Protocol: {name}\r\n"),
        };
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
        );
        let response = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{offer}\r\n"
        );
        assert_eq!(observer.saw(Role::Client, request.as_bytes(), Duration::ZERO), []);
        assert_eq!(observer.saw(Role::Server, response.as_bytes(), Duration::ZERO), []);
        Self(observer)
    }

    /// A text of either end; the ends and rules of the faults, and the octets that break them.
    fn text(&mut self, from: Role, text: &str) -> Vec<(Role, String, String)> {
        let mut frame = Frame::new(Opcode::TEXT, text.to_owned());
        if from == Role::Client {
            frame = frame.with_mask(Mask([0; 4]));
        }
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        let faults = self.0.saw(from, &bytes, Duration::ZERO);
        let shown = faults.into_iter().map(|fault| {
            let octets = String::from_utf8_lossy(&bytes[fault.bytes.clone()]).into_owned();
            (fault.from, fault.violation.requirement().to_string(), octets)
        });
        shown.collect()
    }
}

const CONNECT: &str = "CONNECT\naccept-version:1.2\nhost:a\n\n\0";
const CONNECTED: &str = "CONNECTED\nversion:1.2\n\n\0";
const OPEN: &str =
    r#"0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

#[test]
fn both_ends_of_stomp_are_judged_if_its_subprotocol_is_selected() {
    let mut watched = Watched::new(None, "/", "v12.stomp");
    assert_eq!(watched.text(Role::Client, CONNECT), []);
    assert_eq!(watched.text(Role::Server, CONNECTED), []);
    assert_eq!(watched.text(Role::Client, "SUBSCRIBE\nid:1\ndestination:/a\n\n\0"), []);
    let message = |id: &str| format!("MESSAGE\nsubscription:{id}\nmessage-id:{id}\ndestination:/a\n\n\0");
    assert_eq!(watched.text(Role::Server, &message("1")), []);
    let unknown = message("2");
    let found = watched.text(Role::Server, &format!("\n{unknown}"));
    assert_eq!(found, [(Role::Server, "stomp#1.2.message:6".to_owned(), unknown)]);
    let [(from, rule, _)] = &watched.text(Role::Client, "UNSUBSCRIBE\nid:7\n\n\0")[..] else { panic!() };
    assert_eq!((*from, &rule[..9]), (Role::Client, "stomp#1.2"));
    assert_eq!(watched.text(Role::Client, "UNSUBSCRIBE\nid:1\n\n\0"), []);
}

#[test]
fn nothing_is_judged_by_the_rules_of_a_layer_that_is_neither_shown_nor_given() {
    let faulty = "NONSENSE\n\n\0";
    assert_eq!(Watched::new(None, "/", "").text(Role::Server, faulty), []);
    assert_eq!(Watched::new(None, "/", "v12.stomp").text(Role::Server, faulty).len(), 1);
    assert_eq!(Watched::new(Some(Layer::Stomp), "/", "").text(Role::Server, faulty).len(), 1);
}

#[test]
fn servers_of_engineio_and_socketio_are_judged_by_their_target() {
    for target in ["/socket.io/?EIO=4&transport=websocket", "/any?EIO=4&transport=websocket"] {
        let mut watched = Watched::new(None, target, "");
        assert_eq!(watched.text(Role::Server, OPEN), [], "{target}");
        assert_eq!(watched.text(Role::Server, "9").len(), 1, "{target}");
    }
    let mut watched = Watched::new(None, "/socket.io/?EIO=4&transport=websocket", "");
    assert_eq!(watched.text(Role::Server, OPEN), []);
    assert_eq!(watched.text(Role::Client, "40"), []);
    assert_eq!(watched.text(Role::Server, r#"40{"sid":"b"}"#), []);
    assert_eq!(watched.text(Role::Client, r#"421["question"]"#), []);
    assert_eq!(watched.text(Role::Server, r#"431["answer"]"#), []);
    assert_eq!(watched.text(Role::Server, r#"431["answer"]"#).len(), 1);
    // Earlier versions have other rules.
    assert_eq!(Watched::new(None, "/socket.io/?EIO=3&transport=websocket", "").text(Role::Server, "9"), []);
    // What long-polling has agreed on is not known.
    let mut resumed = Watched::new(None, "/socket.io/?EIO=4&transport=websocket&sid=a", "");
    assert_eq!(resumed.text(Role::Server, "3probe"), []);
    assert_eq!(resumed.text(Role::Server, r#"42["hello"]"#), []);
}

#[test]
fn clients_of_engineio_and_socketio_are_judged_too() {
    let rules = |found: Vec<(Role, String, String)>| -> Vec<String> {
        assert!(found.iter().all(|(from, ..)| *from == Role::Client));
        found.into_iter().map(|(_, rule, _)| rule).collect()
    };
    let mut watched = Watched::new(None, "/engine.io/?EIO=4&transport=websocket", "");
    assert_eq!(rules(watched.text(Role::Client, "4early")), ["engineio#4.message:2"]);
    assert_eq!(watched.text(Role::Server, OPEN), []);
    assert_eq!(watched.text(Role::Client, "4in time"), []);
    assert_eq!(watched.text(Role::Client, "3"), []);
    assert_eq!(rules(watched.text(Role::Client, "2")), ["engineio#4.history:1"]);
    let mut resumed = Watched::new(None, "/engine.io/?EIO=4&transport=websocket&sid=a", "");
    assert_eq!(resumed.text(Role::Client, "2probe"), []);
    let mut watched = Watched::new(None, "/socket.io/?EIO=4&transport=websocket", "");
    assert_eq!(watched.text(Role::Server, OPEN), []);
    assert_eq!(watched.text(Role::Client, "40"), []);
    assert_eq!(rules(watched.text(Role::Client, r#"42["early"]"#)), ["socketio#5.data:4"]);
    assert_eq!(watched.text(Role::Server, r#"40{"sid":"b"}"#), []);
    assert_eq!(watched.text(Role::Server, r#"421["question"]"#), []);
    assert_eq!(watched.text(Role::Client, r#"431["answer"]"#), []);
    assert_eq!(rules(watched.text(Role::Client, r#"431["answer"]"#)), ["socketio#5.ack:4"]);
}

#[test]
fn what_cannot_be_remembered_or_was_not_seen_is_not_judged() {
    let unknown = "MESSAGE\nsubscription:x\nmessage-id:1\ndestination:/a\n\n\0";
    let mut watched = Watched::new(None, "/", "v12.stomp");
    watched.text(Role::Client, CONNECT);
    watched.text(Role::Server, CONNECTED);
    assert_eq!(watched.text(Role::Server, unknown).len(), 1);
    for number in 0..2000 {
        watched.text(Role::Client, &format!("SUBSCRIBE\nid:{number}\ndestination:/a\n\n\0"));
    }
    assert_eq!(watched.text(Role::Server, unknown), []);
    let mut watched = Watched::new(None, "/", "v12.stomp");
    watched.text(Role::Client, CONNECT);
    let mut faults = Vec::new();
    watched.0.missed(Role::Client, 20, Duration::ZERO, &mut faults);
    assert_eq!(faults, []);
    assert_eq!(watched.text(Role::Server, unknown), []);
}
