//! Packets of Socket.IO that the server sends, and how its habits write them.

use bytes::Bytes;
use wsspec_layers::{
    engineio::EngineIoType,
    socketio::{SocketIoPacket, SocketIoType},
};

use super::{
    flaw::EngineIoFlaw::{NamespaceWritten, PayloadNotJson},
    habit::EngineIoHabit,
    outbound::MessageOutbound,
};

/// A packet that ends the connection.
#[derive(Clone, Copy, Debug)]
pub(super) enum Faulty {
    /// The document demands it.
    MustClose,
    /// It does not say what to do.
    MayClose,
}

impl Faulty {
    /// Ends the connection.
    pub(super) fn end(self, out: &mut MessageOutbound) {
        match self {
            Self::MustClose => out.close(),
            Self::MayClose => out.refuse(),
        }
    }
}

/// A packet of this type in the namespace of another.
pub(super) fn answer(to: &SocketIoPacket, packet_type: SocketIoType, payload: Vec<u8>) -> SocketIoPacket {
    SocketIoPacket { namespace: to.namespace.clone(), ..SocketIoPacket::new(packet_type, payload) }
}

/// Sends a packet and its attachments.
pub(super) fn write(out: &mut MessageOutbound, packet: &SocketIoPacket) {
    let mut packet = packet.clone();
    if packet.namespace.as_deref() == Some(b"/") {
        packet.namespace = None;
    }
    if out.has(NamespaceWritten) && packet.namespace.is_none() {
        packet.namespace = Some(Bytes::from_static(b"/"));
    }
    let payload = std::mem::take(&mut packet.payload);
    packet.payload = match out.habit {
        Some(EngineIoHabit::SpacedJson) => spaced(&payload),
        Some(EngineIoHabit::EscapedJson) => escaped(&payload),
        _ => payload,
    };
    if out.does(EngineIoHabit::AsksForAcks) && packet.packet_type == Some(SocketIoType::Event) {
        packet.id = Some(Bytes::from_static(b"41"));
    }
    let mut text = packet.encode();
    if out.has(PayloadNotJson) && packet.packet_type == Some(SocketIoType::Event) {
        text.pop();
        text.extend(b",]");
    }
    out.packet(EngineIoType::Message, &text);
    for attachment in packet.attachments {
        out.binary(attachment);
    }
}

/// The same JSON with white space around it and its commas outside strings.
fn spaced(payload: &[u8]) -> Bytes {
    let mut out = if payload.is_empty() { Vec::new() } else { vec![b' '] };
    let (mut is_text, mut is_escape) = (false, false);
    for byte in payload {
        out.push(*byte);
        is_text ^= *byte == b'"' && !is_escape;
        is_escape = *byte == b'\\' && !is_escape;
        if !is_text && *byte == b',' {
            out.extend(b"\n ");
        }
    }
    out.into()
}

/// The same JSON with escapes for slashes and for characters outside ASCII.
fn escaped(payload: &[u8]) -> Bytes {
    let mut out = String::new();
    for c in String::from_utf8_lossy(payload).chars() {
        match c {
            '/' => out.push_str("\\/"),
            c if c.is_ascii() => out.push(c),
            c => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}"))),
        }
    }
    out.into()
}
