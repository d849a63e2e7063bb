//! Any message is a packet of Engine.IO, and comes back as the same message; any body of long-polling has packets, which come back.

use bytes::Bytes;
use wsspec_layers::engineio::{EngineIoPacket, EngineIoPayload, EngineIoPolling, EngineIoSession};
use wsspec_wire::{MessageKind, Role};

use crate::{is_printable, same};

/// What ends a packet where several are in one body (Engine.IO v4, Packet encoding).
const SEPARATOR: u8 = 0x1E;
/// What a packet with binary data begins with there.
const BINARY: u8 = b'b';

/// How packets are read and written.
#[derive(Clone, Copy, Debug)]
pub struct EngineIoCodec {
    /// The packet in a message.
    pub decode: fn(MessageKind, &Bytes) -> EngineIoPacket,
    /// The message of a packet.
    pub encode: fn(&EngineIoPacket) -> (MessageKind, Vec<u8>),
}

impl EngineIoCodec {
    /// That of `wsspec-layers`.
    pub const LAYERS: Self = Self { decode: EngineIoPacket::decode, encode: EngineIoPacket::encode };
}

/// Judges the real codec with an input: messages, separated by the byte 0x1E; those that begin with `b` are binary.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(&EngineIoCodec::LAYERS, input);
    run_polled(input);
}

/// Judges the codec of long-polling with an input, which is one body.
fn run_polled(input: &[u8]) {
    let body = Bytes::copy_from_slice(input);
    let payload = EngineIoPayload::decode(&body);
    same(
        &EngineIoPayload::decode(&payload.encode().into()),
        &payload,
        "packets of a body that do not come back",
    );
    for sid in [None, Some("a")] {
        let polled = EngineIoPolling::default().received(sid, &body);
        same(&polled.packets.len(), &payload.0.len(), "a packet too few or too many");
        let of_packets = polled.packets.iter().flat_map(|seen| &seen.broken);
        polled.broken.iter().chain(of_packets).for_each(is_printable);
    }
}

/// Judges a codec with an input.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with(codec: &EngineIoCodec, input: &[u8]) {
    let mut sessions = [Role::Server, Role::Client].map(EngineIoSession::with);
    for (kind, message) in messages(input) {
        let packet = (codec.decode)(kind, &message);
        same(&(codec.encode)(&packet), &(kind, message.to_vec()), "a message that does not come back");
        same(&packet.is_binary, &(kind == MessageKind::Binary), "a packet of another kind than its message");
        for session in &mut sessions {
            session.received(kind, &message).broken.iter().for_each(is_printable);
        }
    }
}

/// The messages of an input.
pub(crate) fn messages(input: &[u8]) -> impl Iterator<Item = (MessageKind, Bytes)> {
    input.split(|byte| *byte == SEPARATOR).map(|message| match message {
        [BINARY, data @ ..] => (MessageKind::Binary, Bytes::copy_from_slice(data)),
        text => (MessageKind::Text, Bytes::copy_from_slice(text)),
    })
}
