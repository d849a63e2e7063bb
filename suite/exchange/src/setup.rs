//! What the exchanges of a run have in common: our side, what the peer can do, time limits.

use std::time::Duration;

use wsspec_catalogue::Limits;
use wsspec_record::{Declared, Fence, PeerProfile, Record, StompClientProfile};
use wsspec_referee::{ClientTls, KeyBook, Uri};
use wsspec_wire::Role;

use crate::{session_names::SessionNames, stomp::StompSettings, waiver::Waiver};

/// What the exchanges of a run have in common.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What carries the connection.
    pub carrier: Carrier,
    /// The role we play, and what that role knows.
    pub side: Side,
    /// The TLS ClientHello of the connection's client; `None` without TLS, or if we are the client.
    pub tls: Option<ClientTls>,
    /// Whether another connection of the client to the same address still waits for its response.
    pub is_beside: bool,
    /// Additional header fields of all our heads, in order.
    pub fields: Vec<(String, String)>,
    /// The proxy that the connection leads to, if a script asks that for a tunnel itself.
    pub tunnel: Option<TunnelSettings>,
    /// What the user declares about the peer.
    pub declared: Declared,
    /// Whether the peer answers pings.
    pub answers_pings: bool,
    /// Whether the peer loses what follows its part of the opening handshake. If so, we first send a ping, except in
    /// trials about that.
    pub loses_first: bool,
    /// Whether the peer closes the connection once it has answered a message.
    pub answers_once: bool,
    /// Whether the peer sends only the first message of each connection back.
    pub drops_second: bool,
    /// The versions other than 13 that the peer names when it refuses one, lowest first.
    pub versions: Vec<u8>,
    /// How `alive` asks for a sign of life.
    pub fence: Fence,
    /// Whether the peer sends messages back, at least those of one type.
    pub echoes: bool,
    /// Whether the peer may send messages unprompted: they mean nothing to a line about something else.
    pub speaks_unasked: bool,
    /// Whether an Engine.IO server sends messages unprompted.
    pub greets: bool,
    /// The names of the events that a Socket.IO server sends unprompted.
    pub unasked_events: Vec<String>,
    /// The rules that decide only trials about them.
    pub waiver: Waiver,
    /// Whether we may accept what the client has not offered: behind an intermediary, what becomes of that is compared.
    pub answers_anything: bool,
    /// The time limits.
    pub limits: Limits,
    /// How long after its time limit a line's arrival may still come: a late answer breaks no rule. Zero in a run of which
    /// no silence counts, because another with more time confirms it.
    pub grace: Duration,
    /// Maximum number of pauses between segments in one trial; after that, the network decides how bytes are split.
    pub gaps: usize,
    /// The keys that clients have sent in the run so far.
    pub keys: KeyBook,
    /// What is known about a broker of STOMP.
    pub stomp: StompSettings,
    /// Names of sessions of SockJS, a new one for each trial.
    pub sessions: SessionNames,
}

/// What our requests for a tunnel have by default (RFC 9110, 9.3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TunnelSettings {
    /// The name or address of the server that the tunnel leads to.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Header fields besides Host, such as credentials, in order.
    pub fields: Vec<(String, String)>,
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// HTTP/1.1, with an upgrade (RFC 6455, 4).
    #[default]
    Http1,
    /// A stream of HTTP/2, with extended CONNECT (RFC 8441).
    Http2,
    /// A stream of HTTP/3, likewise (RFC 9220).
    Http3,
    /// TCP alone, for a layer without WebSocket.
    Tcp,
}

impl Carrier {
    /// Whether a connection is a stream that is opened by extended CONNECT (RFC 8441; RFC 9220).
    #[must_use]
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Http2 | Self::Http3)
    }

    /// The protocol's name, for people.
    #[must_use]
    pub const fn protocol(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
            Self::Http3 => "HTTP/3",
            Self::Tcp => "TCP",
        }
    }
}

/// The role we play; the peer has the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A client of the server at this URI.
    Client(Uri),
    /// A server, for a client that got this URI, if it is known.
    Server(Option<Uri>),
}

impl Side {
    /// The role we play.
    pub fn role(&self) -> Role {
        match self {
            Self::Client(_) => Role::Client,
            Self::Server(_) => Role::Server,
        }
    }

    /// The URI that the client of the connection got.
    pub fn uri(&self) -> Option<&Uri> {
        match self {
            Self::Client(uri) => Some(uri),
            Self::Server(uri) => uri.as_ref(),
        }
    }
}

/// How long the end of the connection is waited for, if anything is: many give a closing handshake five seconds, also where they
/// have failed the connection and need not wait, and some send no close frame and drop what is idle after that time.
const CLOSING: Duration = Duration::from_secs(6);

/// Enough pauses for any head and the first frames after it.
const GAPS: usize = 256;

impl Setup {
    /// The longest time that a line is given after its limit: that for the end of the connection.
    #[must_use]
    pub fn longest_grace(&self) -> Duration {
        if self.grace.is_zero() { self.grace } else { self.grace.max(CLOSING) }
    }

    /// For a peer that is a server.
    pub fn client(authority: impl Into<String>, target: impl Into<String>) -> Self {
        Self::of(Side::Client(Uri::new(authority, target)))
    }

    /// For a peer that is a client.
    pub fn server() -> Self {
        Self::of(Side::Server(None))
    }

    /// The setup of a recorded run, for a server at this authority, path and query, or a client that got them: what
    /// probes found out about the peer, and what its user declares.
    #[must_use]
    pub fn recorded(record: &Record, authority: impl Into<String>, target: impl Into<String>) -> Self {
        let setup = match record.role {
            Role::Server => Self::client(authority, target),
            Role::Client => Self::of(Side::Server(Some(Uri::new(authority, target)))),
        };
        let is_over = |name: &str| record.options.iter().any(|option| option.starts_with(name));
        let carrier = match record.target.starts_with("tcp://") {
            _ if is_over("--http2") => Carrier::Http2,
            _ if is_over("--http3") => Carrier::Http3,
            true => Carrier::Tcp,
            false => Carrier::Http1,
        };
        Self { carrier, declared: record.declared.clone(), ..setup }.with_profile(&record.peer)
    }

    /// The role we play.
    pub fn role(&self) -> Role {
        self.side.role()
    }

    /// Adds what probes have found out about the peer.
    #[must_use]
    pub fn with_profile(self, profile: &PeerProfile) -> Self {
        // A peer that sends something without echoing has its own messages, and may do as it likes with messages of a
        // type that it does not echo.
        let speaks_unasked = profile.speaks_unasked || !profile.echo || profile.echoes_only.is_some();
        let waiver = Waiver::of(profile.always_breaks.iter().cloned());
        let mut stomp = self.stomp;
        if let Some(found) = &profile.stomp {
            stomp.destinations.clone_from(&found.destinations);
        }
        let mut limits = self.limits;
        let of_client = profile.stomp_client.as_ref().map(StompClientProfile::heart_beat);
        let heartbeat = profile.engineio.map(|found| found.heartbeat()).or(of_client);
        limits.heartbeat = heartbeat.unwrap_or_default();
        Self {
            stomp,
            limits,
            fence: profile.fence,
            answers_pings: profile.pong,
            echoes: profile.echo,
            greets: profile.speaks_unasked,
            unasked_events: profile.unasked_events.clone(),
            speaks_unasked,
            waiver,
            versions: profile.versions.clone(),
            loses_first: profile.loses_first,
            answers_once: profile.answers_once,
            drops_second: profile.drops_second,
            ..self
        }
    }

    fn of(side: Side) -> Self {
        Self {
            carrier: Carrier::default(),
            side,
            tls: None,
            is_beside: false,
            fields: Vec::new(),
            tunnel: None,
            declared: Declared::default(),
            versions: Vec::new(),
            answers_once: false,
            drops_second: false,
            loses_first: false,
            fence: Fence::Ping,
            answers_pings: true,
            echoes: true,
            greets: false,
            unasked_events: Vec::new(),
            speaks_unasked: false,
            waiver: Waiver::default(),
            answers_anything: false,
            limits: Limits::default(),
            grace: Duration::ZERO,
            gaps: GAPS,
            keys: KeyBook::default(),
            stomp: StompSettings::default(),
            sessions: SessionNames::default(),
        }
    }
}
