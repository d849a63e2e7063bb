//! The ways in which a server or a client breaks a rule of Engine.IO. Each owns its requirement.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::{Escaped, LayerViolation, Violation};

/// The keys that the payload of an open packet has (Handshake).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenKey {
    /// The id of the session.
    Sid,
    /// The transports that the session can be upgraded to.
    Upgrades,
    /// How often the server pings.
    PingInterval,
    /// How long it waits for a pong.
    PingTimeout,
    /// How many bytes it takes at once.
    MaxPayload,
}

impl OpenKey {
    /// Every key.
    pub const ALL: [Self; 5] =
        [Self::Sid, Self::Upgrades, Self::PingInterval, Self::PingTimeout, Self::MaxPayload];

    /// Its name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sid => "sid",
            Self::Upgrades => "upgrades",
            Self::PingInterval => "pingInterval",
            Self::PingTimeout => "pingTimeout",
            Self::MaxPayload => "maxPayload",
        }
    }

    const fn requirement(self) -> &'static str {
        match self {
            Self::Sid => "engineio#4.handshake:3",
            Self::Upgrades => "engineio#4.handshake:4",
            Self::PingInterval => "engineio#4.handshake:5",
            Self::PingTimeout => "engineio#4.handshake:6",
            Self::MaxPayload => "engineio#4.handshake:7",
        }
    }

    const fn value(self) -> &'static str {
        match self {
            Self::Sid => "a string",
            Self::Upgrades => "an array of strings",
            Self::PingInterval | Self::PingTimeout | Self::MaxPayload => "a number",
        }
    }
}

/// One broken rule, of level MUST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EngineIoViolation {
    /// Another packet comes before the open packet (Handshake).
    BeforeOpen(Vec<u8>),
    /// A second open packet (Handshake).
    OpenAgain,
    /// The payload of the open packet is not a JSON object (Handshake).
    OpenNotObject(Vec<u8>),
    /// The payload of the open packet lacks a key (Handshake).
    OpenKeyMissing(OpenKey),
    /// A key of the open packet has a value of another type (Handshake).
    OpenKeyWrong(OpenKey, String),
    /// The message does not begin with the id of a type (Protocol).
    TypeUnknown(Vec<u8>),
    /// A session is opened over long-polling by a response without packets (Handshake).
    OpenMissing,
    /// What follows the b of binary data is not base64 (Packet encoding, HTTP long-polling).
    Base64Broken(Vec<u8>),
    /// A body of long-polling is not UTF-8 (Packet encoding).
    BodyNotUtf8,
    /// A second response comes to one request (Receiving data).
    AnsweredTwice,
    /// A client's request for a WebSocket lacks this parameter, or has another value (WebSocket).
    ParameterWrong(&'static str),
    /// A client sends a packet before the open packet (Message).
    SpeaksEarly(Vec<u8>),
    /// A client pings outside of an upgrade (From v3 to v4).
    PingOfClient,
}

impl EngineIoViolation {
    /// The broken rule as a value for verdicts.
    #[must_use]
    pub fn violation(&self) -> Violation {
        LayerViolation::everywhere(self.rule(), self)
    }

    /// The name of its kind, stable.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.rule().0
    }

    fn rule(&self) -> (&'static str, &'static str) {
        match self {
            Self::BeforeOpen(_) => ("engineio-before-open", "engineio#4.handshake:1"),
            Self::OpenAgain => ("engineio-open-again", "engineio#4.handshake:8"),
            Self::OpenNotObject(_) => ("engineio-open-not-object", "engineio#4.handshake:2"),
            Self::OpenKeyMissing(key) => ("engineio-open-key-missing", key.requirement()),
            Self::OpenKeyWrong(key, _) => ("engineio-open-key-wrong", key.requirement()),
            Self::TypeUnknown(_) => ("engineio-type-unknown", "engineio#4.packets:1"),
            Self::OpenMissing => ("engineio-open-missing", "engineio#4.handshake:1"),
            Self::Base64Broken(_) => ("engineio-base64-broken", "engineio#4.encoding:4"),
            Self::BodyNotUtf8 => ("engineio-body-not-utf8", "engineio#4.encoding:6"),
            Self::AnsweredTwice => ("engineio-answered-twice", "engineio#4.receiving:6"),
            Self::ParameterWrong(_) => ("engineio-parameter-wrong", "engineio#4.websocket:5"),
            Self::SpeaksEarly(_) => ("engineio-speaks-early", "engineio#4.message:2"),
            Self::PingOfClient => ("engineio-ping-of-client", "engineio#4.history:1"),
        }
    }
}

impl Display for EngineIoViolation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeOpen(word) => write!(f, "the packet {} comes before the open packet", Escaped(word)),
            Self::OpenAgain => f.write_str("a second open packet follows the first"),
            Self::OpenNotObject(data) => {
                write!(f, "the payload of the open packet, {}, is not a JSON object", Escaped(data))
            }
            Self::OpenKeyMissing(key) => write!(f, "the open packet has no `{}`", key.name()),
            Self::OpenKeyWrong(key, value) => {
                let value = Escaped(value.as_bytes());
                write!(f, "`{}` of the open packet is {value}, not {}", key.name(), key.value())
            }
            Self::TypeUnknown(data) if data.is_empty() => f.write_str("a packet is empty, without a type"),
            Self::TypeUnknown(data) => {
                write!(f, "the packet {} does not begin with a type from 0 to 6", Escaped(data))
            }
            Self::OpenMissing => f.write_str("the response that opens a session has no packet"),
            Self::Base64Broken(data) => write!(f, "the packet {} has no base64 after its b", Escaped(data)),
            Self::BodyNotUtf8 => f.write_str("the body of a response is not UTF-8"),
            Self::AnsweredTwice => f.write_str("a second response follows the one to the request"),
            Self::ParameterWrong(parameter) => {
                write!(f, "the query of the client's request has no `{parameter}`")
            }
            Self::SpeaksEarly(word) => {
                write!(f, "the client sends the packet {} before it has the open packet", Escaped(word))
            }
            Self::PingOfClient => f.write_str("the client sends a ping, which is for the server to send"),
        }
    }
}
