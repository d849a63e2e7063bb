//! What a peer answers a step to a session of a layer with.

/// The item that completes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionAnswer {
    /// The packet that an Engine.IO server begins with (Engine.IO v4, Handshake).
    Open,
    /// What a STOMP broker answers CONNECT with (STOMP 1.2, Connecting).
    Connected,
    /// What a Socket.IO server answers CONNECT with (Socket.IO v5, Connection to a namespace).
    Connect,
    /// What a SockJS server begins a WebSocket with (SockJS 0.3.3, Protocol and framing).
    OpenFrame,
}

impl SessionAnswer {
    /// The word of the item.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Connected => "CONNECTED",
            Self::Connect => "CONNECT",
            Self::OpenFrame => "o",
        }
    }

    /// What it answers, in words.
    pub(crate) const fn question(self) -> &'static str {
        match self {
            Self::Open | Self::OpenFrame => "the opening handshake",
            Self::Connected | Self::Connect => "CONNECT",
        }
    }
}
