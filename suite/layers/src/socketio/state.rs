//! What both ends have sent so far, as far as the rules depend on it: which namespaces are connected, and which events wait
//! for an acknowledgement.

use std::collections::{BTreeMap, BTreeSet};

use wsspec_wire::Role;

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
    /// The server has refused.
    Refused,
    /// The server has ended it.
    Ended,
}

/// The state of a session.
#[derive(Debug)]
pub(super) struct SocketIoState {
    /// The end whose packets are judged.
    pub watched: Role,
    /// Whether the client has sent a packet.
    pub is_begun: bool,
    pub namespaces: BTreeMap<Vec<u8>, Joining>,
    /// Namespaces and ids of events that the watched end has to acknowledge.
    pub unacknowledged: BTreeSet<(Vec<u8>, Vec<u8>)>,
    /// The id of the session of Engine.IO.
    pub engine_sid: Option<String>,
}

impl SocketIoState {
    pub(super) const fn with(watched: Role) -> Self {
        Self {
            watched,
            is_begun: false,
            namespaces: BTreeMap::new(),
            unacknowledged: BTreeSet::new(),
            engine_sid: None,
        }
    }

    /// How much is remembered, in octets, with what each name costs besides.
    pub(super) fn octets(&self) -> usize {
        let namespaces = self.namespaces.keys().map(|name| name.len() + NAME);
        let events = self.unacknowledged.iter().map(|(name, id)| name.len() + id.len() + NAME);
        namespaces.chain(events).sum()
    }

    /// Notes what a packet does.
    pub(super) fn note(&mut self, from: Role, packet: &SocketIoPacket) {
        let namespace = packet.namespace_key();
        self.is_begun |= from == Role::Client;
        if let Some(joining) = self.joining(from, packet, &namespace) {
            self.namespaces.insert(namespace.clone(), joining);
        }
        let is_watched = from == self.watched;
        match packet.packet_type {
            Some(SocketIoType::Event | SocketIoType::BinaryEvent) if !is_watched => {
                self.unacknowledged.extend(packet.id.as_ref().map(|id| (namespace, id.to_vec())));
            }
            Some(SocketIoType::Ack | SocketIoType::BinaryAck) if is_watched => {
                let id = packet.id.as_deref().unwrap_or_default().to_vec();
                self.unacknowledged.remove(&(namespace, id));
            }
            _ => {}
        }
    }

    /// What becomes of a namespace by a packet about it.
    fn joining(&self, from: Role, packet: &SocketIoPacket, namespace: &[u8]) -> Option<Joining> {
        match (packet.packet_type?, from) {
            (SocketIoType::Connect, Role::Client) => {
                let before = self.namespaces.get(namespace);
                let is_on_its_way = matches!(before, Some(Joining::Connected | Joining::Left));
                Some(if is_on_its_way { Joining::Left } else { Joining::Asked })
            }
            (SocketIoType::Disconnect, Role::Client) => Some(Joining::Left),
            (SocketIoType::Connect, Role::Server) => Some(Joining::Connected),
            (SocketIoType::ConnectError, Role::Server) => Some(Joining::Refused),
            (SocketIoType::Disconnect, Role::Server) => Some(Joining::Ended),
            _ => None,
        }
    }
}
