//! A session of Socket.IO on a WebSocket connection, as seen by one that watches both halves: which namespaces are
//! connected, which events wait for an acknowledgement, and which attachments are still to come.

use bytes::Bytes;
use wsspec_wire::{LayerItem, MessageKind, Role, Violation};

use super::{
    packet::{SocketIoPacket, SocketIoType},
    rules::{of_attachments, of_connection, of_form},
    state::SocketIoState,
    violation::SocketIoViolation,
};
use crate::engineio::{EngineIoPacket, EngineIoSession, EngineIoType};

/// Attachments of one packet that are kept; a count above it is a packet of its own.
const MOST_ATTACHMENTS: usize = 1024;
/// Octets of these.
const MOST_OCTETS: usize = 64 << 20;

/// What arrived.
#[derive(Clone, Debug, PartialEq)]
pub enum SocketIoSeen {
    /// A packet: of Socket.IO, or of Engine.IO below it.
    Packet {
        /// The packet as an item.
        item: LayerItem,
        /// The rules that it breaks.
        broken: Vec<Violation>,
    },
    /// A message that says nothing yet: what it belongs to is still to come.
    Part {
        /// The rules that it breaks.
        broken: Vec<Violation>,
    },
}

/// What both ends have sent so far, as far as the rules for one of them depend on it.
#[derive(Debug)]
pub struct SocketIoSession {
    engine: EngineIoSession,
    state: SocketIoState,
    /// A packet whose attachments are still to come, and the rules that it breaks.
    pending: Option<(SocketIoPacket, Vec<SocketIoViolation>)>,
}

impl Default for SocketIoSession {
    /// A session whose server is watched.
    fn default() -> Self {
        Self::with(Role::Server)
    }
}

impl SocketIoSession {
    /// A session whose peer in this role is watched.
    #[must_use]
    pub const fn with(watched: Role) -> Self {
        Self { engine: EngineIoSession::with(watched), state: SocketIoState::with(watched), pending: None }
    }

    /// The end that is not watched has sent this message.
    pub fn sent(&mut self, kind: MessageKind, message: &Bytes) {
        self.engine.sent(kind, message);
        let packet = EngineIoPacket::decode(kind, message);
        if packet.is_binary || packet.packet_type != Some(EngineIoType::Message) {
            return;
        }
        let packet = SocketIoPacket::decode(&packet.data);
        self.state.note(self.state.watched.peer(), &packet);
    }

    /// The watched end has sent this message.
    pub fn received(&mut self, kind: MessageKind, message: &Bytes) -> SocketIoSeen {
        let seen = self.engine.received(kind, message);
        self.state.engine_sid = self.engine.sid().map(str::to_owned);
        if seen.packet.is_binary {
            return self.attachment(seen.packet.data, seen.broken);
        }
        if seen.packet.packet_type != Some(EngineIoType::Message) {
            return SocketIoSeen::Packet { item: seen.item, broken: seen.broken };
        }
        let mut broken = seen.broken;
        if let Some((lacking, found)) = self.pending.take() {
            let missing = SocketIoViolation::AttachmentsMissing(lacking.encode());
            broken.extend(found.iter().chain([&missing]).map(SocketIoViolation::violation));
        }
        self.text(SocketIoPacket::decode(&seen.packet.data), broken)
    }

    /// How much is remembered, in octets: names of namespaces and events that wait for an acknowledgement, and a packet whose
    /// attachments are still to come.
    #[must_use]
    pub fn remembered(&self) -> (usize, usize) {
        let packets = self
            .pending
            .iter()
            .flat_map(|(packet, _)| [&packet.payload].into_iter().chain(&packet.attachments));
        (self.state.octets(), packets.map(Bytes::len).sum())
    }

    /// The rule that the watched end breaks if nothing more comes: a packet lacks attachments.
    #[must_use]
    pub fn unfinished(&self) -> Option<Violation> {
        let (packet, _) = self.pending.as_ref()?;
        Some(SocketIoViolation::AttachmentsMissing(packet.encode()).violation())
    }

    fn text(&mut self, packet: SocketIoPacket, broken: Vec<Violation>) -> SocketIoSeen {
        let mut found = of_form(&packet, self.state.watched);
        found.extend(of_connection(&self.state, &packet));
        self.state.note(self.state.watched, &packet);
        let is_binary = packet.packet_type.is_some_and(SocketIoType::is_binary);
        match packet.count() {
            Some(1..=MOST_ATTACHMENTS) if is_binary => {
                self.pending = Some((packet, found));
                SocketIoSeen::Part { broken }
            }
            _ => finished(&packet, &found, broken),
        }
    }

    /// Binary data, which is an attachment of the packet before it.
    fn attachment(&mut self, data: Bytes, mut broken: Vec<Violation>) -> SocketIoSeen {
        let Some((mut packet, mut found)) = self.pending.take() else {
            broken.push(SocketIoViolation::AttachmentUnannounced(data.len()).violation());
            let item = EngineIoPacket::binary(data).item();
            return SocketIoSeen::Packet { item, broken };
        };
        packet.attachments.push(data);
        let kept: usize = packet.attachments.iter().map(Bytes::len).sum();
        if packet.count().is_some_and(|count| packet.attachments.len() < count) && kept <= MOST_OCTETS {
            self.pending = Some((packet, found));
            return SocketIoSeen::Part { broken };
        }
        found.extend(of_attachments(&packet));
        finished(&packet, &found, broken)
    }
}

fn finished(
    packet: &SocketIoPacket,
    found: &[SocketIoViolation],
    mut broken: Vec<Violation>,
) -> SocketIoSeen {
    broken.extend(found.iter().map(SocketIoViolation::violation));
    SocketIoSeen::Packet { item: packet.item(), broken }
}
