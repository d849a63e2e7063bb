//! What a peer answers a step to a session of a layer with.

/// The item that completes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionAnswer {
    /// The packet that an Engine.IO server begins with (Engine.IO v4, Handshake).
    Open,
    /// What a STOMP client begins with (STOMP 1.2, Connecting).
    StompConnect,
    /// What a STOMP client under test sends once it is connected, twice.
    Subscribe,
    /// What a STOMP broker answers CONNECT with (STOMP 1.2, Connecting).
    Connected,
    /// What a Socket.IO server answers CONNECT with (Socket.IO v5, Connection to a namespace).
    Connect,
    /// What a SockJS server begins a WebSocket with (SockJS 0.3.3, Protocol and framing).
    OpenFrame,
}

impl SessionAnswer {
    /// Whether an item with this word is it.
    pub(crate) fn is(self, word: &[u8]) -> bool {
        match self {
            Self::Open => word == b"open",
            Self::StompConnect => word == b"CONNECT" || word == b"STOMP",
            Self::Subscribe => word == b"SUBSCRIBE",
            Self::Connected => word == b"CONNECTED",
            Self::Connect => word == b"CONNECT",
            Self::OpenFrame => word == b"o",
        }
    }

    /// What it answers, in words.
    pub(crate) const fn question(self) -> &'static str {
        match self {
            Self::Open | Self::OpenFrame | Self::StompConnect => "the opening handshake",
            Self::Subscribe => "CONNECTED",
            Self::Connected | Self::Connect => "CONNECT",
        }
    }
}
