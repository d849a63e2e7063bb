//! What both ends have sent so far, as far as the rules depend on it: which namespaces are connected, and which events wait
//! for an acknowledgement.

use std::collections::{BTreeMap, BTreeSet};

use super::packet::{SocketIoPacket, SocketIoType};

/// What a name costs besides its octets.
const NAME: usize = 64;

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

/// The state of a session.
#[derive(Debug, Default)]
pub(super) struct SocketIoState {
    pub namespaces: BTreeMap<Vec<u8>, Joining>,
    /// Namespaces and ids of events that wait for an acknowledgement.
    pub unacknowledged: BTreeSet<(Vec<u8>, Vec<u8>)>,
    /// The id of the session of Engine.IO.
    pub engine_sid: Option<String>,
}

impl SocketIoState {
    /// How much is remembered, in octets, with what each name costs besides.
    pub(super) fn octets(&self) -> usize {
        let namespaces = self.namespaces.keys().map(|name| name.len() + NAME);
        let events = self.unacknowledged.iter().map(|(name, id)| name.len() + id.len() + NAME);
        namespaces.chain(events).sum()
    }

    /// Notes what a packet of ours does.
    pub(super) fn sent(&mut self, packet: SocketIoPacket) {
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

    /// Notes what a packet of the server does.
    pub(super) fn received(&mut self, packet: &SocketIoPacket) {
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
