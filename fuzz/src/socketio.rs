//! Any text is a packet of Socket.IO, and the same again when it has been encoded; attachments go with their packet.

use bytes::Bytes;
use wsspec_layers::{
    engineio::{EngineIoPacket, EngineIoType},
    socketio::{SocketIoPacket, SocketIoSeen, SocketIoSession},
};
use wsspec_wire::{Layer, MessageKind, Role};

use crate::{engineio::messages, is_printable, same};

/// How packets are read and written.
#[derive(Clone, Copy, Debug)]
pub struct SocketIoCodec {
    /// The packet in a text.
    pub decode: fn(&Bytes) -> SocketIoPacket,
    /// The text of a packet.
    pub encode: fn(&SocketIoPacket) -> Vec<u8>,
    /// What a session reports of a message.
    pub receive: fn(&mut SocketIoSession, MessageKind, &Bytes) -> SocketIoSeen,
}

impl SocketIoCodec {
    /// That of `wsspec-layers`.
    pub const LAYERS: Self = Self {
        decode: SocketIoPacket::decode,
        encode: SocketIoPacket::encode,
        receive: SocketIoSession::received,
    };
}

/// Judges the real codec with an input: messages as the target `engineio` has them.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(&SocketIoCodec::LAYERS, input);
}

/// Judges a codec with an input.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with(codec: &SocketIoCodec, input: &[u8]) {
    for (_, text) in messages(input).filter(|(kind, _)| *kind == MessageKind::Text) {
        let packet = (codec.decode)(&text);
        let again = (codec.encode)(&packet);
        same(&(codec.decode)(&again.into()), &packet, "a packet that does not come back");
        let sizes = [packet.payload.len(), packet.namespace.map_or(0, |name| name.len())];
        assert!(sizes.iter().sum::<usize>() <= text.len(), "{sizes:?} octets out of {}", text.len());
    }
    keeps_attachments(codec, input);
    judges_both_ends(input);
}

/// What two ends send in turn, the server first, judged by the rules for each.
fn judges_both_ends(input: &[u8]) {
    let [mut client, mut server] = [Role::Client, Role::Server].map(SocketIoSession::with);
    for (number, (kind, message)) in messages(input).enumerate() {
        let (sender, receiver) =
            if number % 2 == 0 { (&mut server, &mut client) } else { (&mut client, &mut server) };
        receiver.sent(kind, &message);
        let (SocketIoSeen::Packet { broken, .. } | SocketIoSeen::Part { broken }) =
            sender.received(kind, &message);
        broken.iter().for_each(is_printable);
    }
}

/// A session reports each attachment once, with its packet.
fn keeps_attachments(codec: &SocketIoCodec, input: &[u8]) {
    let mut session = SocketIoSession::default();
    let mut waiting: Vec<Bytes> = Vec::new();
    for (kind, message) in messages(input) {
        let is_text = EngineIoPacket::decode(kind, &message).packet_type == Some(EngineIoType::Message)
            && kind == MessageKind::Text;
        // Whatever was waiting for more attachments does not get them.
        if is_text {
            waiting.clear();
        }
        match (kind, (codec.receive)(&mut session, kind, &message)) {
            (MessageKind::Binary, SocketIoSeen::Part { broken }) => {
                waiting.push(message);
                broken.iter().for_each(is_printable);
            }
            (_, SocketIoSeen::Part { broken }) => broken.iter().for_each(is_printable),
            (_, SocketIoSeen::Packet { item, broken }) => {
                broken.iter().for_each(is_printable);
                let is_of_layer = item.layer == Layer::SocketIo;
                assert!(!is_text || is_of_layer, "a text that is not a packet of Socket.IO");
                if is_of_layer {
                    waiting.extend((kind == MessageKind::Binary).then_some(message));
                    let attachments = item.fields.iter().filter(|(name, _)| name.starts_with(b"attachment-"));
                    let mut reported: Vec<Bytes> = attachments.map(|(_, octets)| octets.clone()).collect();
                    reported.sort();
                    waiting.sort();
                    same(&reported, &waiting, "attachments that are not those sent");
                    waiting.clear();
                }
            }
        }
    }
}
