//! A client of Engine.IO that sends messages back, or has Socket.IO on top. It takes messages and the time, and never reads a
//! clock.

use std::time::Duration;

use bytes::Bytes;
use wsspec_layers::engineio::{EngineIoPacket, EngineIoType};
use wsspec_wire::MessageKind;

use super::{
    client_app::SocketIoClientApp,
    client_flaw::EngineIoClientFlaw,
    echo::{MessageEcho, packets},
    flaw::EngineIoFlaw,
    habit::EngineIoHabit,
    outbound::{MessageOutbound, MessageOutput},
};

/// A client of Engine.IO as each client under test has to be, or with a flaw.
#[derive(Debug)]
pub struct EngineIoClient {
    flaw: Option<EngineIoClientFlaw>,
    out: MessageOutbound,
    echo: MessageEcho,
    /// What is on top; `None`: messages are sent back.
    app: Option<SocketIoClientApp>,
    pings: u32,
    now: Duration,
    /// How long it takes the lack of pings for an end, and since when there was none.
    patience: Option<Duration>,
    pinged_at: Duration,
}

impl EngineIoClient {
    /// A client that sends messages back; it conforms, or has this flaw.
    #[must_use]
    pub fn echo(flaw: Option<EngineIoClientFlaw>) -> Self {
        Self::new(flaw, None)
    }

    /// A client of Socket.IO; it conforms, or has this flaw.
    #[must_use]
    pub fn socketio(flaw: Option<EngineIoClientFlaw>) -> Self {
        Self::new(flaw, Some(SocketIoClientApp::new(flaw)))
    }

    /// The same client with this habit.
    #[must_use]
    pub fn with_habit(mut self, habit: EngineIoHabit) -> Self {
        self.out.habit = Some(habit);
        self
    }

    fn new(flaw: Option<EngineIoClientFlaw>, app: Option<SocketIoClientApp>) -> Self {
        let shared = flaw.and_then(EngineIoClientFlaw::shared);
        let mut client = Self {
            flaw,
            out: MessageOutbound { flaw: shared, ..MessageOutbound::default() },
            echo: MessageEcho::default(),
            app,
            pings: 0,
            now: Duration::ZERO,
            patience: None,
            pinged_at: Duration::ZERO,
        };
        if client.has(EngineIoClientFlaw::SpeaksEarly) {
            client.out.packet(EngineIoType::Message, b"early");
        }
        client
    }

    /// Path and query of its request.
    #[must_use]
    pub fn target(&self) -> String {
        let path = if self.app.is_some() { "/socket.io/" } else { "/engine.io/" };
        let query = match self.flaw {
            Some(EngineIoClientFlaw::VersionMissing) => "transport=websocket",
            Some(EngineIoClientFlaw::TransportMissing) => "EIO=4",
            _ => "EIO=4&transport=websocket",
        };
        format!("{path}?{query}")
    }

    /// The server has sent this message.
    pub fn receive(&mut self, kind: MessageKind, message: &Bytes) {
        for packet in packets(kind, message, &self.out) {
            if !self.out.is_closed {
                self.packet(&packet);
            }
        }
    }

    /// The server has ended the connection.
    pub fn end(&mut self) {
        self.out.close();
    }

    fn packet(&mut self, packet: &EngineIoPacket) {
        if self.has(EngineIoClientFlaw::MessagesAsPings) {
            self.pinged_at = self.now;
        }
        match packet.packet_type {
            None if self.out.has(EngineIoFlaw::UnknownTypesEchoed) => {
                self.out.message(MessageKind::Text, packet.data.clone());
            }
            None => self.out.refuse(),
            Some(EngineIoType::Close) => self.out.close(),
            Some(EngineIoType::Open) => self.open(packet),
            Some(EngineIoType::Ping) => self.ping(packet),
            Some(EngineIoType::Message) => match &mut self.app {
                Some(app) => app.receive(packet, &mut self.out),
                None => self.echo.send_back(packet, &mut self.out),
            },
            Some(_) => {}
        }
    }

    fn open(&mut self, packet: &EngineIoPacket) {
        let item = packet.item();
        let millis = |key: &str| {
            let text = item.get(key.as_bytes()).and_then(|value| str::from_utf8(value).ok());
            text.and_then(|text| text.parse().ok()).map(Duration::from_millis)
        };
        let patience = millis("pingInterval").zip(millis("pingTimeout"));
        self.patience = patience
            .map(|(interval, timeout)| interval + timeout)
            .filter(|_| !self.has(EngineIoClientFlaw::PingsNotAwaited));
        self.pinged_at = self.now;
        if self.has(EngineIoClientFlaw::PingsItself) {
            self.out.packet(EngineIoType::Ping, b"");
        }
        if let Some(app) = &mut self.app {
            app.start(&mut self.out);
        }
    }

    fn ping(&mut self, packet: &EngineIoPacket) {
        self.pings += 1;
        if !self.has(EngineIoClientFlaw::PingsIgnored) {
            self.pinged_at = self.now;
        }
        let is_answered = match self.flaw {
            Some(EngineIoClientFlaw::NoPongs) => false,
            Some(EngineIoClientFlaw::PongsOnce) => self.pings == 1,
            _ => true,
        };
        let times = if self.out.does(EngineIoHabit::PongsTwice) { 2 } else { usize::from(is_answered) };
        (0..times).for_each(|_| self.out.packet(EngineIoType::Pong, &packet.data));
    }

    fn has(&self, flaw: EngineIoClientFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// It is this late.
    pub fn advance(&mut self, now: Duration) {
        self.now = self.now.max(now);
        if self.wake().is_some_and(|due| due <= self.now) {
            self.out.close();
        }
    }

    /// The next time at which it does something unprompted: it gives the connection up.
    #[must_use]
    pub fn wake(&self) -> Option<Duration> {
        self.patience.map(|patience| self.pinged_at + patience).filter(|_| !self.out.is_closed)
    }

    /// What it wants done.
    pub fn take(&mut self) -> Vec<MessageOutput> {
        std::mem::take(&mut self.out.queue)
    }
}
