//! Packets of Engine.IO: the handshake, the heartbeat, and what is passed to what is on top.

use std::time::Duration;

use bytes::Bytes;
use wsspec_layers::engineio::{EngineIoPacket, EngineIoType};
use wsspec_wire::MessageKind;

use super::{
    app::SocketIoApp,
    echo::{MessageEcho, packets},
    flaw::EngineIoFlaw,
    habit::EngineIoHabit,
    outbound::{MessageOutbound, MessageOutput, SID},
};

/// How often it pings, and how long it waits for a pong.
const INTERVAL: Duration = Duration::from_millis(1000);
const TIMEOUT: Duration = Duration::from_millis(1000);
/// The longest message, in bytes.
const MOST_BYTES: usize = 1_000_000;

/// One end of a WebSocket connection that speaks Engine.IO.
#[derive(Debug, Default)]
pub struct EngineIoServer {
    out: MessageOutbound,
    /// What is on top; `None`: messages are sent back.
    app: Option<SocketIoApp>,
    /// The id of its session, if that is opened over long-polling or may be one of several.
    sid: Option<String>,
    /// Whether its session can be upgraded.
    upgrades: bool,
    now: Duration,
    next_ping: Option<Duration>,
    /// When the connection is given up, unless a pong comes.
    pong_due: Option<Duration>,
    pings: u32,
    echo: MessageEcho,
}

impl EngineIoServer {
    /// A server that sends messages back; it conforms, or has this flaw.
    #[must_use]
    pub fn echo(flaw: Option<EngineIoFlaw>) -> Self {
        Self { out: MessageOutbound { flaw, ..MessageOutbound::default() }, ..Self::default() }
    }

    /// A server of Socket.IO; it conforms, or has this flaw.
    #[must_use]
    pub fn socketio(flaw: Option<EngineIoFlaw>) -> Self {
        Self { app: Some(SocketIoApp::default()), ..Self::echo(flaw) }
    }

    /// The same server with this habit.
    #[must_use]
    pub fn with_habit(mut self, habit: EngineIoHabit) -> Self {
        self.out.habit = Some(habit);
        self
    }

    /// The same server for a session with this id, which can be upgraded if it was opened over long-polling.
    #[must_use]
    pub(crate) fn of_session(self, sid: String, upgrades: bool) -> Self {
        Self { sid: Some(sid), upgrades, ..self }
    }

    /// Whether it takes a request with this query (WebSocket: a mandatory parameter may not be missing).
    #[must_use]
    pub fn accepts(&self, query: &str) -> bool {
        let has = |wanted: &str| query.split('&').any(|pair| pair == wanted);
        (has("EIO=4") || self.out.has(EngineIoFlaw::VersionOptional) && !query.contains("EIO"))
            && (has("transport=websocket")
                || self.out.has(EngineIoFlaw::TransportOptional) && !query.contains("transport"))
    }

    /// The connection is open.
    pub fn start(&mut self, now: Duration) {
        self.now = now;
        let interval = if self.out.does(EngineIoHabit::PingsOften) { INTERVAL / 20 } else { INTERVAL };
        self.next_ping = Some(now + interval).filter(|_| !self.out.has(EngineIoFlaw::NoPings));
        let sid = self.sid.as_deref().unwrap_or(SID);
        let sid = if self.out.has(EngineIoFlaw::SidNumber) { "1".into() } else { format!("\"{sid}\"") };
        let upgrades = match self.upgrades {
            _ if self.out.has(EngineIoFlaw::UpgradesText) => "\"\"",
            true => "[\"websocket\"]",
            false => "[]",
        };
        let interval = if self.out.has(EngineIoFlaw::IntervalText) { "\"1s\"" } else { "1000" };
        let timeout = if self.out.has(EngineIoFlaw::TimeoutMissing) { "" } else { ",\"pingTimeout\":1000" };
        let most = if self.out.has(EngineIoFlaw::MaxPayloadMissing) { "" } else { ",\"maxPayload\":1000000" };
        let mut open =
            format!("{{\"sid\":{sid},\"upgrades\":{upgrades},\"pingInterval\":{interval}{timeout}{most}}}");
        if self.out.has(EngineIoFlaw::OpenNotJson) {
            open = SID.to_owned();
        }
        if self.out.has(EngineIoFlaw::MessageBeforeOpen) {
            self.out.packet(EngineIoType::Noop, b"");
        }
        self.out.packet(EngineIoType::Open, open.as_bytes());
        if self.out.has(EngineIoFlaw::OpenTwice) {
            self.out.packet(EngineIoType::Open, open.as_bytes());
        }
    }

    /// The client has sent this message.
    pub fn receive(&mut self, kind: MessageKind, message: &Bytes) {
        let limit = if self.out.has(EngineIoFlaw::LimitLow) { 20_000 } else { MOST_BYTES };
        if self.out.is_closed {
            return;
        }
        self.greet_again();
        if message.len() > limit {
            return self.out.close();
        }
        packets(kind, message, &self.out).iter().for_each(|packet| self.packet(packet));
    }

    /// The client has sent this packet.
    pub(crate) fn packet(&mut self, packet: &EngineIoPacket) {
        match packet.packet_type {
            None if self.out.has(EngineIoFlaw::UnknownTypesEchoed) => {
                self.out.message(MessageKind::Text, packet.data.clone());
            }
            None | Some(EngineIoType::Close) => self.out.refuse(),
            Some(EngineIoType::Pong) => self.pong_due = None,
            Some(EngineIoType::Message) => match &mut self.app {
                Some(app) => app.receive(packet, &mut self.out),
                None => self.echo.send_back(packet, &mut self.out),
            },
            Some(_) => {}
        }
    }

    /// What it sends with each message, if it has such a habit.
    fn greet_again(&mut self) {
        match self.out.habit {
            Some(EngineIoHabit::Noops) => self.out.packet(EngineIoType::Noop, b""),
            Some(EngineIoHabit::PingsOften) => self.out.packet(EngineIoType::Ping, b""),
            _ => {}
        }
    }

    /// Whether it has ended its session.
    pub(crate) const fn is_over(&self) -> bool {
        self.out.is_closed
    }

    /// It is this late.
    pub fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        let keeps = self.out.has(EngineIoFlaw::PongsNotAwaited);
        if self.pong_due.is_some_and(|due| due <= self.now) && !keeps {
            self.out.close();
        }
        let Some(due) = self.next_ping.filter(|due| *due <= self.now && !self.out.is_closed) else { return };
        self.pings += 1;
        self.out.packet(EngineIoType::Ping, b"");
        self.pong_due.get_or_insert(due + TIMEOUT);
        if self.pings > 1 && self.out.has(EngineIoFlaw::PongsIgnored) {
            self.out.close();
        }
        let goes_on = !self.out.has(EngineIoFlaw::PingsOnce);
        let interval = if self.out.does(EngineIoHabit::PingsOften) { INTERVAL / 20 } else { INTERVAL };
        self.next_ping = goes_on.then(|| due + interval);
    }

    /// The next time at which it does something unprompted.
    #[must_use]
    pub fn wake(&self) -> Option<Duration> {
        let pong = self.pong_due.filter(|_| !self.out.has(EngineIoFlaw::PongsNotAwaited));
        self.next_ping.into_iter().chain(pong).min().filter(|_| !self.out.is_closed)
    }

    /// What it wants done.
    pub fn take(&mut self) -> Vec<MessageOutput> {
        std::mem::take(&mut self.out.queue)
    }
}
