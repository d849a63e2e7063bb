//! A session of Engine.IO on a WebSocket connection, or over long-polling, as seen by its client.

use bytes::Bytes;
use serde_json::Value;
use wsspec_wire::{LayerItem, MessageKind, Violation};

use super::packet::{EngineIoPacket, EngineIoType};
use crate::json;

/// What arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineIoSeen {
    /// The packet.
    pub packet: EngineIoPacket,
    /// The packet as an item.
    pub item: LayerItem,
    /// The rules that it breaks.
    pub broken: Vec<Violation>,
}

/// What the server has sent so far, as far as the rules depend on it.
#[derive(Debug, Default)]
pub struct EngineIoSession {
    pub(super) is_open: bool,
    sid: Option<String>,
}

impl EngineIoSession {
    /// The id of the session, when its open packet has arrived.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// A session that was opened elsewhere: over another transport.
    #[must_use]
    pub fn resumed() -> Self {
        Self { is_open: true, sid: None }
    }

    /// The server has sent this message.
    pub fn received(&mut self, kind: MessageKind, message: &Bytes) -> EngineIoSeen {
        self.took(EngineIoPacket::decode(kind, message))
    }

    /// The server has sent this packet.
    pub(super) fn took(&mut self, packet: EngineIoPacket) -> EngineIoSeen {
        let broken = self.broken(&packet).iter().map(super::EngineIoViolation::violation).collect();
        if packet.packet_type == Some(EngineIoType::Open) && !packet.is_binary {
            self.is_open = true;
            let sid = json::object(&packet.data).and_then(|mut keys| keys.remove("sid"));
            if let Some(Value::String(sid)) = sid {
                self.sid = Some(sid);
            }
        }
        EngineIoSeen { item: packet.item(), packet, broken }
    }
}
