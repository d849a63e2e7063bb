//! Values that a script names and does not hold, since they are the peer's: from its opening, or from what its user says
//! of it.

/// A value of the peer that is known before we send a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerValue {
    /// The Sec-WebSocket-Accept that a client's key is owed (RFC 6455, 4.2.2).
    Accept,
    /// The same, the case of its letters changed.
    AcceptSwapped,
    /// The first subprotocol that a client offers, or that a server is said to speak.
    Subprotocol,
    /// The same, the case of its letters changed.
    SubprotocolSwapped,
    /// The origin that a server is said to accept, and no other.
    AllowedOrigin,
    /// The same with the other one of the schemes http and https.
    AllowedOriginOtherScheme,
    /// An origin that a server is said to refuse.
    ForeignOrigin,
    /// The lowest of the versions besides 13 that a server names when it refuses one (RFC 6455, 4.4).
    LowestVersion,
    /// The highest of them.
    HighestVersion,
}

impl PeerValue {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Accept,
        Self::AcceptSwapped,
        Self::Subprotocol,
        Self::SubprotocolSwapped,
        Self::AllowedOrigin,
        Self::AllowedOriginOtherScheme,
        Self::ForeignOrigin,
        Self::LowestVersion,
        Self::HighestVersion,
    ];

    /// As it is written, before its length in parentheses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::AcceptSwapped => "accept-swapped",
            Self::Subprotocol => "subprotocol",
            Self::SubprotocolSwapped => "subprotocol-swapped",
            Self::AllowedOrigin => "allowed-origin",
            Self::AllowedOriginOtherScheme => "allowed-origin-other-scheme",
            Self::ForeignOrigin => "foreign-origin",
            Self::LowestVersion => "lowest-version",
            Self::HighestVersion => "highest-version",
        }
    }
}
