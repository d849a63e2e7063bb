//! The server on its connections: requests, and sessions on whichever transport they have.

use std::{collections::BTreeMap, time::Duration};

use wsspec_layers::engineio::{EngineIoPacket, EngineIoPayload, EngineIoType};

use super::{
    flaw::PollingFlaw,
    request::{EngineIoTransport, PollingQuery},
    session::PolledSession,
    socket::PacketSocket,
};
use crate::{
    PeerOutput, WebServer,
    engineio::{EngineIoFlaw, EngineIoServer},
    web::{WebAsk, WebReply},
};

/// The most bytes in a body.
const MOST_BYTES: usize = 1_000_000;

/// What a connection is used for.
#[derive(Debug)]
pub(super) enum PollingUse {
    Http(Vec<u8>),
    /// A WebSocket, and the session that it is for.
    Socket(Box<PacketSocket>, String),
}

/// A server of Engine.IO whose sessions are on many connections.
#[derive(Debug, Default)]
pub struct PollingServer {
    flaw: Option<PollingFlaw>,
    now: Duration,
    pub(super) connections: BTreeMap<u32, PollingUse>,
    /// By their ids.
    pub(super) sessions: BTreeMap<String, PolledSession>,
    /// Sessions so far.
    count: u32,
    pub(super) out: Vec<(u32, PeerOutput)>,
}

impl WebServer for PollingServer {
    fn conforming() -> Self {
        Self::new(None)
    }

    fn receive(&mut self, connection: u32, octets: &[u8]) {
        match self.connections.entry(connection).or_insert_with(|| PollingUse::Http(Vec::new())) {
            PollingUse::Socket(socket, sid) => {
                let (messages, sid) = (socket.receive(octets), sid.clone());
                for (kind, message) in messages {
                    self.message(connection, &sid, &EngineIoPacket::decode(kind, &message));
                }
            }
            PollingUse::Http(input) => input.extend_from_slice(octets),
        }
        while let Some(ask) = self.next_request(connection) {
            self.answer(connection, &ask);
        }
        self.refuse_early(connection);
        self.pass_on(connection);
    }

    // A session whose WebSocket it was ends with it.
    fn end(&mut self, connection: u32) {
        self.connections.remove(&connection);
        self.sessions.retain(|_, session| {
            session.get.take_if(|get| *get == connection);
            session.probed.take_if(|probed| *probed == connection);
            session.socket != Some(connection)
        });
    }

    fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        let late = |session: &PolledSession| session.engine.wake().is_some_and(|at| at <= now);
        let due: Vec<_> =
            self.sessions.iter().filter(|(_, session)| late(session)).map(|(sid, _)| sid.clone()).collect();
        for sid in due {
            if let Some(session) = self.sessions.get_mut(&sid) {
                session.engine.advance(now);
            }
            self.flush(&sid);
        }
    }

    fn wake(&self) -> Option<Duration> {
        self.sessions.values().filter_map(|session| session.engine.wake()).min()
    }

    fn take(&mut self) -> Vec<(u32, PeerOutput)> {
        std::mem::take(&mut self.out)
    }
}

impl PollingServer {
    /// A server that conforms, or has this flaw.
    #[must_use]
    pub fn new(flaw: Option<PollingFlaw>) -> Self {
        Self { flaw, ..Self::default() }
    }

    pub(super) fn has(&self, flaw: PollingFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The next request on a connection, unless a response is still to come there.
    fn next_request(&mut self, connection: u32) -> Option<WebAsk> {
        let is_busy = self.sessions.values().any(|session| session.get == Some(connection));
        match self.connections.get_mut(&connection)? {
            PollingUse::Http(input) if !is_busy => WebAsk::take(input),
            _ => None,
        }
    }

    /// Refuses a POST for a session that there is not before its body has come, and closes the connection: what comes of the
    /// body would be read as a request.
    fn refuse_early(&mut self, connection: u32) {
        let Some(PollingUse::Http(input)) = self.connections.get(&connection) else { return };
        let is_unknown = posted_to(input).is_some_and(|sid| !self.sessions.contains_key(&sid));
        if is_unknown && !self.has(PollingFlaw::UnknownSidPosted) {
            self.refuse(connection, "no such session");
            self.out.push((connection, PeerOutput::Close));
            self.end(connection);
        }
    }

    /// Passes on what a WebSocket wants done.
    pub(super) fn pass_on(&mut self, connection: u32) {
        let Some(PollingUse::Socket(socket, _)) = self.connections.get_mut(&connection) else { return };
        let outputs = socket.take();
        let is_over = outputs.contains(&PeerOutput::Close);
        self.out.extend(outputs.into_iter().map(|output| (connection, output)));
        if is_over {
            self.end(connection);
        }
    }

    /// Writes a whole response.
    pub(super) fn reply(&mut self, connection: u32, reply: &WebReply) {
        let length = [("Content-Length", reply.body.len().to_string())];
        let octets = [reply.head(&length), reply.body.clone()].concat();
        self.out.push((connection, PeerOutput::Write(octets.into())));
    }

    pub(super) fn refuse(&mut self, connection: u32, why: &str) {
        self.reply(connection, &WebReply::refusal(400, why));
    }

    fn answer(&mut self, connection: u32, ask: &WebAsk) {
        let query = PollingQuery::of(ask);
        let polls_anyway = self.has(PollingFlaw::PollTransportOptional);
        let transport = match query.transport() {
            Ok(None) if polls_anyway => Some(EngineIoTransport::Polling),
            Ok(transport) => transport,
            Err(()) => None,
        };
        let is_version = match query.version() {
            Some(version) => version == "4",
            None => {
                self.has(PollingFlaw::PollVersionOptional) && transport == Some(EngineIoTransport::Polling)
            }
        };
        let Some(transport) = transport.filter(|_| is_version) else {
            return self.refuse(connection, "a mandatory parameter is missing");
        };
        match (transport, query.sid()) {
            (EngineIoTransport::WebSocket, sid) => self.socket(connection, ask, sid),
            (EngineIoTransport::Polling, None) if ask.is("GET") => self.open(connection),
            (EngineIoTransport::Polling, Some(sid)) if ask.is("GET") => self.get(connection, sid),
            (EngineIoTransport::Polling, Some(sid)) if ask.is("POST") => self.post(connection, sid, ask),
            (EngineIoTransport::Polling, _) => self.refuse(connection, "no such session"),
        }
    }

    /// A new session, which has begun.
    pub(super) fn session(&mut self, upgrades: bool) -> String {
        self.count += 1;
        let sid = format!("wsspec-polling-{:04}", self.count);
        let flaw = match self.flaw {
            Some(PollingFlaw::PollWithoutPings) if upgrades => Some(EngineIoFlaw::NoPings),
            Some(PollingFlaw::PongsByPostIgnored) if upgrades => Some(EngineIoFlaw::PongsIgnored),
            Some(PollingFlaw::PongsByPostNotAwaited) if upgrades => Some(EngineIoFlaw::PongsNotAwaited),
            Some(PollingFlaw::PollLimitLow) if upgrades => Some(EngineIoFlaw::LimitLow),
            _ => None,
        };
        let mut engine = EngineIoServer::echo(flaw).of_session(sid.clone(), upgrades);
        engine.start(self.now);
        self.sessions.insert(sid.clone(), PolledSession::new(engine));
        sid
    }

    /// Opens a session over long-polling.
    fn open(&mut self, connection: u32) {
        let sid = self.session(true);
        if self.has(PollingFlaw::HandshakeEmpty) {
            return self.reply(connection, &WebReply::new(200));
        }
        let is_late = self.has(PollingFlaw::NoopBeforeOpen);
        if let Some(session) = self.sessions.get_mut(&sid) {
            session.get = Some(connection);
            if is_late {
                session.waiting.push(EngineIoPacket::new(EngineIoType::Noop, ""));
            }
        }
        self.flush(&sid);
    }

    /// A request for packets.
    fn get(&mut self, connection: u32, sid: &str) {
        let kept = self.has(PollingFlaw::GetsOverlapKept);
        let overlaps = self.has(PollingFlaw::GetsOverlap);
        let Some(session) = self.sessions.get_mut(sid) else {
            return match self.has(PollingFlaw::UnknownSidPolled) {
                true => self.open(connection),
                false => self.refuse(connection, "no such session"),
            };
        };
        if session.socket.is_some() {
            return self.refuse(connection, "the session is upgraded");
        }
        if session.get.is_some() && !overlaps {
            self.refuse(connection, "another GET waits");
            if !kept {
                self.close(sid);
            }
            return;
        }
        session.get = Some(connection);
        self.flush(sid);
    }

    /// Whether a POST for a session has begun on another connection.
    fn is_posting(&self, connection: u32, sid: &str) -> bool {
        self.connections.iter().any(|(other, used)| {
            let PollingUse::Http(input) = used else { return false };
            *other != connection && posted_to(input).as_deref() == Some(sid)
        })
    }

    /// A request with packets.
    fn post(&mut self, connection: u32, sid: &str, ask: &WebAsk) {
        if !self.sessions.contains_key(sid) {
            return match self.has(PollingFlaw::UnknownSidPosted) {
                true => self.reply(connection, &WebReply::new(200).with_body("text/html", "ok")),
                false => self.refuse(connection, "no such session"),
            };
        }
        if self.is_posting(connection, sid) && !self.has(PollingFlaw::PostsOverlap) {
            self.refuse(connection, "another POST goes on");
            if !self.has(PollingFlaw::PostsOverlapKept) {
                self.close(sid);
            }
            return;
        }
        if self.has(PollingFlaw::TypelessRefused) && ask.field("Content-Type").is_none() {
            return self.refuse(connection, "a body without a type");
        }
        let limit = if self.has(PollingFlaw::PollLimitLow) { 20_000 } else { MOST_BYTES };
        if ask.body.len() > limit {
            self.reply(connection, &WebReply::refusal(413, "too much"));
            return self.close(sid);
        }
        let packets = self.packets(ask);
        if packets.iter().any(|packet| packet.packet_type.is_none()) {
            self.refuse(connection, "no such packet");
            return self.close(sid);
        }
        if let Some(session) = self.sessions.get_mut(sid) {
            packets.iter().for_each(|packet| session.engine.packet(packet));
        }
        let body = match self.flaw {
            Some(PollingFlaw::PostAnsweredLoudly) => "OK",
            Some(PollingFlaw::PostWithoutBodyBack) => "",
            _ => "ok",
        };
        self.reply(connection, &WebReply::new(200).with_body("text/html", body));
        self.flush(sid);
    }

    fn packets(&self, ask: &WebAsk) -> Vec<EngineIoPacket> {
        match self.flaw {
            Some(PollingFlaw::BodyReadAsOne) => vec![EngineIoPacket::decode_polled(&ask.body)],
            Some(PollingFlaw::Base64NotRead) => {
                let text = |packet: EngineIoPacket| match packet.is_binary {
                    true => EngineIoPacket::new(EngineIoType::Message, packet.encode_polled()),
                    false => packet,
                };
                EngineIoPayload::decode(&ask.body).0.into_iter().map(text).collect()
            }
            _ => EngineIoPayload::decode(&ask.body).0,
        }
    }
}

/// The session that a POST is for whose head has come.
fn posted_to(input: &[u8]) -> Option<String> {
    let (head, _) = WebAsk::begun(input)?;
    let target = String::from_utf8_lossy(&head.target);
    let (_, query) = target.split_once('?')?;
    let query = PollingQuery::parse(query);
    query.sid().filter(|_| head.method == "POST").map(str::to_owned)
}
