//! A session of Engine.IO on a WebSocket connection, or over long-polling, as seen by one of its ends.

use bytes::Bytes;
use serde_json::Value;
use wsspec_wire::{LayerItem, MessageKind, Role, Violation};

use super::{
    packet::{EngineIoPacket, EngineIoType},
    violation::EngineIoViolation,
};
use crate::json;

/// What a request for a WebSocket has in its query (WebSocket).
const PARAMETERS: [&str; 2] = ["EIO=4", "transport=websocket"];

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

/// What both ends have sent so far, as far as the rules for one of them depend on it.
#[derive(Debug)]
pub struct EngineIoSession {
    /// The end whose packets are judged.
    pub(super) watched: Role,
    pub(super) is_open: bool,
    /// Whether it was opened elsewhere.
    pub(super) is_resumed: bool,
    sid: Option<String>,
}

impl Default for EngineIoSession {
    /// A session whose server is watched.
    fn default() -> Self {
        Self::with(Role::Server)
    }
}

impl EngineIoSession {
    /// A session whose peer in this role is watched.
    #[must_use]
    pub const fn with(watched: Role) -> Self {
        Self { watched, is_open: false, is_resumed: false, sid: None }
    }

    /// The id of the session, when its open packet has arrived.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// A session that was opened elsewhere: over another transport.
    #[must_use]
    pub const fn resumed(watched: Role) -> Self {
        Self { watched, is_open: true, is_resumed: true, sid: None }
    }

    /// The rules that a client's request for a WebSocket breaks by this target.
    #[must_use]
    pub fn asked(target: &[u8]) -> Vec<Violation> {
        let query = target.splitn(2, |byte| *byte == b'?').nth(1).unwrap_or_default();
        let has =
            |parameter: &str| query.split(|byte| *byte == b'&').any(|pair| pair == parameter.as_bytes());
        let lacking = PARAMETERS.into_iter().filter(|parameter| !has(parameter));
        lacking.map(|parameter| EngineIoViolation::ParameterWrong(parameter).violation()).collect()
    }

    /// The end that is not watched has sent this message.
    pub fn sent(&mut self, kind: MessageKind, message: &Bytes) {
        if self.watched == Role::Client {
            self.note_open(&EngineIoPacket::decode(kind, message));
        }
    }

    /// The watched end has sent this message.
    pub fn received(&mut self, kind: MessageKind, message: &Bytes) -> EngineIoSeen {
        self.took(EngineIoPacket::decode(kind, message))
    }

    /// The watched end has sent this packet.
    pub(super) fn took(&mut self, packet: EngineIoPacket) -> EngineIoSeen {
        let broken = self.broken(&packet).iter().map(EngineIoViolation::violation).collect();
        if self.watched == Role::Server {
            self.note_open(&packet);
        }
        EngineIoSeen { item: packet.item(), packet, broken }
    }

    fn note_open(&mut self, packet: &EngineIoPacket) {
        if packet.packet_type != Some(EngineIoType::Open) || packet.is_binary {
            return;
        }
        self.is_open = true;
        let sid = json::object(&packet.data).and_then(|mut keys| keys.remove("sid"));
        if let Some(Value::String(sid)) = sid {
            self.sid = Some(sid);
        }
    }
}
