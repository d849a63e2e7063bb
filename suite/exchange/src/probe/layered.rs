//! Probes of what rides on the connection: their scripts, and what a server announces.

use wsspec_layers::engineio::{EngineIoPacket, EngineIoType};
use wsspec_record::EngineIoProfile;
use wsspec_wire::{MessageKind, Opcode};

use super::{Probe, messages};
use crate::transcript::Transcript;

/// The script of a probe of a layer; empty for any other.
pub(super) fn script(probe: Probe) -> String {
    match probe {
        Probe::Stomp10 => session("1.0"),
        Probe::Stomp11 => session("1.1"),
        Probe::Stomp12 => session("1.2"),
        Probe::StompDelivery => "> stomp CONNECT\n>   accept-version: 1.0,1.1,1.2\n< stomp CONNECTED\n\
                > stomp SUBSCRIBE\n>   id: s1\n>   destination: $destination\n>   receipt: subscribed\n\
                <~ stomp RECEIPT\n> stomp SEND\n>   destination: $destination\n>   body \"wsspec\"\n\
                < stomp MESSAGE\n"
            .into(),
        Probe::EngineIoOpen => "< engineio open\n".into(),
        Probe::EngineIoEcho => {
            "> engineio message\n>   body \"wsspec\"\n< engineio message\n<   body \"wsspec\"\n".into()
        }
        Probe::SocketIoConnect => joined("/"),
        Probe::SocketIoGreeting => joined("/") + "< socketio EVENT\n<   event: auth\n",
        Probe::SocketIoEcho => joined("/") + &event("/"),
        Probe::SocketIoAck => joined("/") + &acknowledged("/"),
        Probe::SocketIoNamespace => joined(CUSTOM),
        Probe::SocketIoNamespaceEcho => joined(CUSTOM) + &event(CUSTOM),
        Probe::SocketIoNamespaceAck => joined(CUSTOM) + &acknowledged(CUSTOM),
        _ => String::new(),
    }
}

/// The namespace that a Socket.IO server under test has besides the main one.
const CUSTOM: &str = "/custom";

/// A connection to a namespace of Socket.IO.
fn joined(namespace: &str) -> String {
    format!("> socketio CONNECT\n{}< socketio CONNECT\n<   namespace: {namespace}\n", field(namespace))
}

/// An event that a Socket.IO server under test answers.
fn event(namespace: &str) -> String {
    format!(
        "> socketio EVENT\n{}>   body \"[\\\"message\\\",1]\"\n\
         < socketio EVENT\n<   namespace: {namespace}\n<   event: message-back\n",
        field(namespace)
    )
}

/// An event that a Socket.IO server under test acknowledges.
fn acknowledged(namespace: &str) -> String {
    format!(
        "> socketio EVENT\n{}>   id: 7\n>   body \"[\\\"message-with-ack\\\",1]\"\n\
         < socketio ACK\n<   namespace: {namespace}\n",
        field(namespace)
    )
}

/// The field for a namespace; the main one is left out.
fn field(namespace: &str) -> String {
    if namespace == "/" { String::new() } else { format!(">   namespace: {namespace}\n") }
}

/// What an Engine.IO server announces; `None` if no open packet came. What is missing is zero.
pub fn announced(transcript: &Transcript) -> Option<EngineIoProfile> {
    let messages = messages(transcript);
    let (_, message) = messages.iter().find(|(kind, _)| *kind == Opcode::TEXT)?;
    let open = EngineIoPacket::decode(MessageKind::Text, &message.clone().into());
    if open.packet_type != Some(EngineIoType::Open) {
        return None;
    }
    let item = open.item();
    let number = |name: &str| {
        let text = item.get(name.as_bytes()).and_then(|value| str::from_utf8(value).ok());
        text.and_then(|text| text.split('.').next()?.parse().ok()).unwrap_or_default()
    };
    Some(EngineIoProfile {
        ping_interval_ms: number("pingInterval"),
        ping_timeout_ms: number("pingTimeout"),
        max_payload: number("maxPayload"),
    })
}

/// A session of one version of STOMP.
fn session(version: &str) -> String {
    // A server of version 1.0 names none.
    let named = if version == "1.0" { String::new() } else { format!("<   version: {version}\n") };
    format!("> stomp CONNECT\n>   accept-version: {version}\n< stomp CONNECTED\n{named}")
}
