//! WebSockets: of sessions that begin with one, and of those that are upgraded.

use wsspec_layers::engineio::{EngineIoPacket, EngineIoType};
use wsspec_wire::accept_for;

use super::{
    flaw::PollingFlaw,
    server::{PollingServer, PollingUse},
    socket::PacketSocket,
};
use crate::{
    PeerOutput, WebServer,
    web::{WebAsk, WebReply},
};

impl PollingServer {
    /// Opens a WebSocket, for a new session or to test it for another.
    pub(super) fn socket(&mut self, connection: u32, ask: &WebAsk, sid: Option<&str>) {
        let is_taken = sid.is_some_and(|sid| match self.sessions.get(sid) {
            Some(session) => session.socket.or(session.probed).is_some(),
            None => true,
        });
        let Some(key) = ask.field("Sec-WebSocket-Key") else {
            return self.refuse(connection, "not a WebSocket");
        };
        if is_taken && !self.has(PollingFlaw::SecondSocketTaken) {
            return self.refuse(connection, "the session has a WebSocket");
        }
        let reply = WebReply::new(101)
            .with("Upgrade", "websocket")
            .with("Connection", "Upgrade")
            .with("Sec-WebSocket-Accept", accept_for(key.as_bytes()));
        self.out.push((connection, PeerOutput::Write(reply.head(&[]).into())));
        let sid = sid.map_or_else(|| self.session(false), str::to_owned);
        let used = PollingUse::Socket(Box::new(PacketSocket::new()), sid.clone());
        let rest = self.connections.insert(connection, used);
        let Some(session) = self.sessions.get_mut(&sid) else { return };
        if session.answered > 0 || session.get.is_some() {
            session.probed.get_or_insert(connection);
        } else {
            session.socket.get_or_insert(connection);
        }
        self.flush(&sid);
        if let Some(PollingUse::Http(rest)) =
            rest.filter(|rest| matches!(rest, PollingUse::Http(rest) if !rest.is_empty()))
        {
            self.receive(connection, &rest);
        }
    }

    /// A packet has come on a WebSocket.
    pub(super) fn message(&mut self, connection: u32, sid: &str, packet: &EngineIoPacket) {
        let is_ignored = self.has(PollingFlaw::UpgradeIgnored);
        let Some(session) = self.sessions.get_mut(sid) else { return };
        if session.socket == Some(connection) {
            session.engine.packet(packet);
            return self.flush(sid);
        }
        match packet.packet_type {
            Some(EngineIoType::Ping) if &packet.data[..] == b"probe" => self.probe(connection, sid),
            Some(EngineIoType::Upgrade) => self.upgrade(connection, sid),
            _ if is_ignored => {
                session.engine.packet(packet);
                self.flush(sid);
            }
            _ => self.close_socket(connection),
        }
    }

    /// A client tests a WebSocket (Engine.IO v4, Upgrade).
    fn probe(&mut self, connection: u32, sid: &str) {
        let data: &[u8] = if self.has(PollingFlaw::ProbePayloadLost) { b"" } else { b"probe" };
        if !self.has(PollingFlaw::ProbeNotAnswered) {
            let pong = EngineIoPacket::new(EngineIoType::Pong, data.to_vec());
            self.send(connection, &pong);
        }
        if !self.has(PollingFlaw::NoopMissing)
            && let Some(session) = self.sessions.get_mut(sid).filter(|session| session.get.is_some())
        {
            session.waiting.push(EngineIoPacket::new(EngineIoType::Noop, ""));
            self.flush(sid);
        }
    }

    fn upgrade(&mut self, connection: u32, sid: &str) {
        let (is_ignored, is_lost) = (self.has(PollingFlaw::UpgradeIgnored), self.has(PollingFlaw::QueueLost));
        let is_repeated = self.has(PollingFlaw::QueueRepeated);
        let Some(session) = self.sessions.get_mut(sid).filter(|_| !is_ignored) else { return };
        session.socket = Some(connection);
        session.probed = None;
        if is_lost {
            session.waiting.clear();
        }
        if is_repeated {
            session.waiting.extend_from_within(..);
        }
        self.flush(sid);
    }

    /// Sends a packet on a WebSocket.
    pub(super) fn send(&mut self, connection: u32, packet: &EngineIoPacket) {
        let (kind, message) = packet.encode();
        if let Some(PollingUse::Socket(socket, _)) = self.connections.get_mut(&connection) {
            socket.send(kind, message.into());
        }
        self.pass_on(connection);
    }

    pub(super) fn close_socket(&mut self, connection: u32) {
        if let Some(PollingUse::Socket(socket, _)) = self.connections.get_mut(&connection) {
            socket.close();
        }
        self.pass_on(connection);
    }
}
