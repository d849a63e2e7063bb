//! What a run's exchanges have in common: our side, what the peer can do, how long things may take.

use std::time::Duration;

use wsspec_catalogue::Limits;
use wsspec_record::{Declared, Fence, PeerProfile, Record};
use wsspec_referee::{ClientTls, KeyBook, Uri};
use wsspec_wire::Role;

use crate::waiver::Waiver;

/// The common part of a run's exchanges.
#[derive(Clone, Debug)]
pub struct Setup {
    /// What carries the connection.
    pub carrier: Carrier,
    /// The role we play, and what that role knows.
    pub side: Side,
    /// How the client of the connection began TLS; `None`: it is in the clear, or ours.
    pub tls: Option<ClientTls>,
    /// Another connection of the client to the same address still waits for its response.
    pub is_beside: bool,
    /// Header fields of ours that every head has besides, in order.
    pub fields: Vec<(String, String)>,
    /// What the peer's user says of it.
    pub declared: Declared,
    /// The peer loses what comes right behind its part of the opening handshake: a ping goes before all else, except where
    /// a trial is about that.
    pub loses_first: bool,
    /// The versions besides 13 that the peer names where it refuses one, lowest first.
    pub versions: Vec<u8>,
    /// What `alive` is made of.
    pub fence: Fence,
    /// The peer may send messages that nothing asked for: they mean nothing to a line that is about something else.
    pub speaks_unasked: bool,
    /// Which rules decide only the trials that are about them.
    pub waiver: Waiver,
    /// How long things may take.
    pub limits: Limits,
    /// How long what a line waits for may still come once its time is over: a late answer breaks no rule.
    pub grace: Duration,
    /// Pauses between segments in one trial, at most; what follows is cut as the network will have it.
    pub gaps: usize,
    /// The keys that clients have sent in the run so far.
    pub keys: KeyBook,
}

/// What carries a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carrier {
    /// HTTP/1.1, with an upgrade (RFC 6455, 4).
    #[default]
    Http1,
    /// A stream of HTTP/2, with extended CONNECT (RFC 8441).
    Http2,
}

/// The role we play; the peer has the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// A client of the server at this URI.
    Client(Uri),
    /// A server, to a client that was given this URI, where it is known.
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

    /// The URI that the client of the connection was given.
    pub fn uri(&self) -> Option<&Uri> {
        match self {
            Self::Client(uri) => Some(uri),
            Self::Server(uri) => uri.as_ref(),
        }
    }
}

/// Pauses enough for any head and the first frames behind it.
const GAPS: usize = 256;

impl Setup {
    /// For a peer that is a server.
    pub fn client(authority: impl Into<String>, target: impl Into<String>) -> Self {
        Self::of(Side::Client(Uri::new(authority, target)))
    }

    /// For a peer that is a client.
    pub fn server() -> Self {
        Self::of(Side::Server(None))
    }

    /// As in a run that was recorded, of a server at this authority, path and query, or a client that was given them: what
    /// was found out of the peer, and what its user says of it.
    #[must_use]
    pub fn recorded(record: &Record, authority: impl Into<String>, target: impl Into<String>) -> Self {
        let setup = match record.role {
            Role::Server => Self::client(authority, target),
            Role::Client => Self::of(Side::Server(Some(Uri::new(authority, target)))),
        };
        let is_http2 = record.options.iter().any(|option| option.starts_with("--http2"));
        let carrier = if is_http2 { Carrier::Http2 } else { Carrier::Http1 };
        Self { carrier, declared: record.declared.clone(), ..setup }.with_profile(&record.peer)
    }

    /// The role we play.
    pub fn role(&self) -> Role {
        self.side.role()
    }

    /// For a peer of which the probes found out this.
    #[must_use]
    pub fn with_profile(self, profile: &PeerProfile) -> Self {
        // What does not echo and yet sends something has something of its own to say, and what it makes of messages of
        // a kind that it does not echo is its own affair.
        let speaks_unasked = profile.speaks_unasked || !profile.echo || profile.echoes_only.is_some();
        let waiver = Waiver::of(profile.always_breaks.iter().cloned());
        Self {
            fence: profile.fence,
            speaks_unasked,
            waiver,
            versions: profile.versions.clone(),
            loses_first: profile.loses_first,
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
            declared: Declared::default(),
            versions: Vec::new(),
            loses_first: false,
            fence: Fence::Ping,
            speaks_unasked: false,
            waiver: Waiver::default(),
            limits: Limits::default(),
            grace: Duration::ZERO,
            gaps: GAPS,
            keys: KeyBook::default(),
        }
    }
}
