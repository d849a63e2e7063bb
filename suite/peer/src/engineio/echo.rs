//! What either end does with messages of Engine.IO: it sends them back.

use bytes::Bytes;
use wsspec_layers::engineio::{EngineIoPacket, EngineIoType};
use wsspec_wire::MessageKind;

use super::{flaw::EngineIoFlaw, outbound::MessageOutbound};

/// Sends messages back.
#[derive(Debug, Default)]
pub(super) struct MessageEcho {
    messages: u32,
}

impl MessageEcho {
    pub fn send_back(&mut self, packet: &EngineIoPacket, out: &mut MessageOutbound) {
        self.messages += 1;
        if packet.data.is_empty() && out.has(EngineIoFlaw::EmptyDropped) {
            return;
        }
        if packet.is_binary {
            return out.binary(packet.data.clone());
        }
        match out.flaw {
            Some(EngineIoFlaw::TextAsBinary) => out.message(MessageKind::Binary, packet.data.clone()),
            Some(EngineIoFlaw::TextTrimmed) => out.packet(EngineIoType::Message, packet.data.trim_ascii()),
            Some(EngineIoFlaw::PacketsJoined) if self.messages == 2 => {
                let text = [b"4", &packet.data[..], b"\x1e6"].concat();
                out.message(MessageKind::Text, text.into());
            }
            Some(EngineIoFlaw::OrderLost) if self.messages == 3 => {
                out.packet(EngineIoType::Message, &packet.data);
                let last = out.queue.len();
                if last > 1 {
                    out.queue.swap(last - 1, last - 2);
                }
            }
            _ => out.packet(EngineIoType::Message, &packet.data),
        }
        if out.has(EngineIoFlaw::TypeUnknownSent) {
            out.message(MessageKind::Text, Bytes::from_static(b"9"));
        }
        if out.has(EngineIoFlaw::EmptyPacketSent) {
            out.message(MessageKind::Text, Bytes::new());
        }
    }
}

/// The packets that an end reads in a message: one, unless it takes the message for a payload of long-polling.
pub(super) fn packets(kind: MessageKind, message: &Bytes, out: &MessageOutbound) -> Vec<EngineIoPacket> {
    let decode = |octets: &[u8]| EngineIoPacket::decode(kind, &Bytes::copy_from_slice(octets));
    let splits = out.has(EngineIoFlaw::PayloadsSplit) && kind == MessageKind::Text;
    match splits {
        true => message.split(|byte| *byte == 0x1e).map(decode).collect(),
        false => vec![decode(message)],
    }
}
