//! A session of Socket.IO on a WebSocket connection, as seen by one that watches both halves: which namespaces are
//! connected, which events wait for an acknowledgement, and which attachments are still to come.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use wsspec_wire::{LayerItem, MessageKind, Violation};

use super::{
    packet::{SocketIoPacket, SocketIoType},
    rules::{of_attachments, of_connection, of_form},
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

/// What has happened to a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joining {
    /// The client has asked.
    Asked,
    /// The server has accepted.
    Connected,
    /// The client has left, and perhaps asked again: what is still on its way may come.
    Left,
    /// The server has refused, or ended it.
    Ended,
}

/// What both ends have sent so far, as far as the rules depend on it.
#[derive(Debug, Default)]
pub struct SocketIoSession {
    engine: EngineIoSession,
    pub(super) namespaces: BTreeMap<Vec<u8>, Joining>,
    /// Namespaces and ids of events that wait for an acknowledgement.
    pub(super) unacknowledged: BTreeSet<(Vec<u8>, Vec<u8>)>,
    /// A packet whose attachments are still to come, and the rules that it breaks.
    pending: Option<(SocketIoPacket, Vec<SocketIoViolation>)>,
}

impl SocketIoSession {
    /// The id of the session of Engine.IO.
    #[must_use]
    pub fn engine_sid(&self) -> Option<&str> {
        self.engine.sid()
    }

    /// We have sent this message.
    pub fn sent(&mut self, kind: MessageKind, message: &Bytes) {
        let packet = EngineIoPacket::decode(kind, message);
        if packet.is_binary || packet.packet_type != Some(EngineIoType::Message) {
            return;
        }
        let packet = SocketIoPacket::decode(&packet.data);
        let namespace = packet.namespace_key();
        match packet.packet_type {
            Some(SocketIoType::Connect) => {
                let before = self.namespaces.get(&namespace);
                let is_on_its_way = matches!(before, Some(Joining::Connected | Joining::Left));
                let joining = if is_on_its_way { Joining::Left } else { Joining::Asked };
                self.namespaces.insert(namespace, joining);
            }
            Some(SocketIoType::Disconnect) => {
                self.namespaces.insert(namespace, Joining::Left);
            }
            Some(SocketIoType::Event | SocketIoType::BinaryEvent) => {
                self.unacknowledged.extend(packet.id.map(|id| (namespace, id.to_vec())));
            }
            _ => {}
        }
    }

    /// The server has sent this message.
    pub fn received(&mut self, kind: MessageKind, message: &Bytes) -> SocketIoSeen {
        let seen = self.engine.received(kind, message);
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

    fn text(&mut self, packet: SocketIoPacket, broken: Vec<Violation>) -> SocketIoSeen {
        let mut found = of_form(&packet);
        found.extend(of_connection(self, &packet));
        self.note(&packet);
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

    /// Notes what a packet of the server does.
    fn note(&mut self, packet: &SocketIoPacket) {
        let namespace = packet.namespace_key();
        match packet.packet_type {
            Some(SocketIoType::Connect) => {
                self.namespaces.insert(namespace, Joining::Connected);
            }
            Some(SocketIoType::ConnectError | SocketIoType::Disconnect) => {
                self.namespaces.insert(namespace, Joining::Ended);
            }
            Some(SocketIoType::Ack | SocketIoType::BinaryAck) => {
                let id = packet.id.as_deref().unwrap_or_default().to_vec();
                self.unacknowledged.remove(&(namespace, id));
            }
            _ => {}
        }
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
