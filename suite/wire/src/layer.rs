//! What rides on a connection: layers, and the items that they are made of.

use std::fmt;

use bytes::Bytes;

use crate::ConnectionName;

/// A protocol above the connection, whose messages are items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// STOMP 1.0, 1.1 and 1.2.
    Stomp,
    /// Engine.IO, version 4 of its protocol, over WebSocket and over HTTP.
    EngineIo,
    /// Socket.IO, version 5 of its protocol, which rides on Engine.IO.
    SocketIo,
    /// SockJS 0.3.3, over WebSocket and over HTTP.
    SockJs,
    /// HTTP exchanges that open no WebSocket. Other layers ride on it.
    Http,
}

impl Layer {
    /// Every layer.
    pub const ALL: [Self; 5] = [Self::Stomp, Self::EngineIo, Self::SocketIo, Self::SockJs, Self::Http];

    /// The layers that servers are tested on.
    pub const PROTOCOLS: [Self; 4] = [Self::Stomp, Self::EngineIo, Self::SocketIo, Self::SockJs];

    /// Its word in the notation and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stomp => "stomp",
            Self::EngineIo => "engineio",
            Self::SocketIo => "socketio",
            Self::SockJs => "sockjs",
            Self::Http => "http",
        }
    }

    /// Its name in sentences.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Stomp => "STOMP",
            Self::EngineIo => "Engine.IO",
            Self::SocketIo => "Socket.IO",
            Self::SockJs => "SockJS",
            Self::Http => "HTTP",
        }
    }

    /// What its specification calls an item.
    #[must_use]
    pub const fn item(self) -> &'static str {
        match self {
            Self::Stomp | Self::SockJs => "frame",
            Self::Http => "message",
            Self::EngineIo | Self::SocketIo => "packet",
        }
    }

    /// The words that its items have; `None`: any.
    #[must_use]
    pub const fn words(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Stomp | Self::Http => None,
            Self::SockJs => Some(&["o", "h", "a", "m", "c", "prelude", "unknown"]),
            Self::EngineIo => {
                Some(&["open", "close", "ping", "pong", "message", "upgrade", "noop", "binary", "unknown"])
            }
            Self::SocketIo => Some(&[
                "CONNECT",
                "DISCONNECT",
                "EVENT",
                "ACK",
                "CONNECT_ERROR",
                "BINARY_EVENT",
                "BINARY_ACK",
                "unknown",
            ]),
        }
    }

    /// Whether scripts about it may have items of the other layer: the one that it rides on.
    #[must_use]
    pub fn rides_on(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::SocketIo, Self::EngineIo) | (Self::SockJs | Self::EngineIo, Self::Http)
        )
    }

    /// From its word in the notation.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.name() == word)
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One item of a layer, such as a STOMP frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerItem {
    /// The layer that it belongs to.
    pub layer: Layer,
    /// Its kind: the command of a STOMP frame, the type of a packet.
    pub word: Bytes,
    /// Its fields in order, as they are meant: without escapes.
    pub fields: Vec<(Bytes, Bytes)>,
    /// Its body; empty if it has none.
    pub body: Bytes,
    /// The connection for HTTP that it came on; `None`: the one without a name, or the WebSocket.
    pub connection: Option<ConnectionName>,
}

impl LayerItem {
    /// The value of the first field with that name, in exactly these letters.
    #[must_use]
    pub fn get(&self, name: &[u8]) -> Option<&Bytes> {
        self.fields.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }
}
