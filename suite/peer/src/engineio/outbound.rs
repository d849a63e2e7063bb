//! What the server asks its driver to do, and how it is written.

use bytes::Bytes;
use wsspec_layers::engineio::{EngineIoPacket, EngineIoType};
use wsspec_wire::MessageKind;

use super::{flaw::EngineIoFlaw, habit::EngineIoHabit};

/// The id of each session: one connection has one server.
pub(super) const SID: &str = "wsspec-engine-0001";

/// What the server wants its driver to do, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MessageOutput {
    /// Send this message.
    Send(MessageKind, Bytes),
    /// Close the connection.
    Close,
}

/// What waits to be taken.
#[derive(Debug, Default)]
pub(super) struct MessageOutbound {
    pub flaw: Option<EngineIoFlaw>,
    pub habit: Option<EngineIoHabit>,
    pub queue: Vec<MessageOutput>,
    pub is_closed: bool,
}

impl MessageOutbound {
    pub fn has(&self, flaw: EngineIoFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    pub fn does(&self, habit: EngineIoHabit) -> bool {
        self.habit == Some(habit)
    }

    /// Closes for a packet that cannot be right, where the documents demand nothing.
    pub fn refuse(&mut self) {
        if !self.does(EngineIoHabit::Ignores) {
            self.close();
        }
    }

    /// Sends a packet with text.
    pub fn packet(&mut self, packet_type: EngineIoType, data: &[u8]) {
        let (kind, message) = EngineIoPacket::new(packet_type, data.to_vec()).encode();
        self.message(kind, message.into());
    }

    /// Sends binary data.
    pub fn binary(&mut self, data: Bytes) {
        match self.flaw {
            Some(EngineIoFlaw::BinaryPrefixed) => {
                self.message(MessageKind::Binary, [&[4], &data[..]].concat().into());
            }
            Some(EngineIoFlaw::BinaryAsText) => {
                let text = data_encoding::BASE64.encode(&data);
                self.packet(EngineIoType::Message, format!("b{text}").as_bytes());
            }
            _ => self.message(MessageKind::Binary, data),
        }
    }

    pub fn message(&mut self, kind: MessageKind, message: Bytes) {
        if !self.is_closed {
            self.queue.push(MessageOutput::Send(kind, message));
        }
    }

    pub fn close(&mut self) {
        if !self.is_closed {
            if self.does(EngineIoHabit::SaysClose) {
                self.packet(EngineIoType::Close, b"");
            }
            self.is_closed = true;
            self.queue.push(MessageOutput::Close);
        }
    }
}
