//! Values that only the peer's opening tells, so that a script names them and does not hold them.

/// What a request of the peer's gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerValue {
    /// The Sec-WebSocket-Accept that its key is owed (RFC 6455, 4.2.2).
    Accept,
    /// The same, the case of its letters changed.
    AcceptSwapped,
    /// The first subprotocol that it offers.
    Subprotocol,
    /// The same, the case of its letters changed.
    SubprotocolSwapped,
}

impl PeerValue {
    /// All of them.
    pub const ALL: [Self; 4] =
        [Self::Accept, Self::AcceptSwapped, Self::Subprotocol, Self::SubprotocolSwapped];

    /// As it is written, before its length in parentheses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::AcceptSwapped => "accept-swapped",
            Self::Subprotocol => "subprotocol",
            Self::SubprotocolSwapped => "subprotocol-swapped",
        }
    }

    /// Whether it is about a subprotocol, of which there may be none.
    #[must_use]
    pub const fn is_subprotocol(self) -> bool {
        matches!(self, Self::Subprotocol | Self::SubprotocolSwapped)
    }
}
