//! Values that a script names but does not contain, because they depend on the peer: from its opening handshake, or
//! from what the user says about it.

/// A value of the peer that is known before we send a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PeerValue {
    /// The correct Sec-WebSocket-Accept for a client's key (RFC 6455, 4.2.2).
    Accept,
    /// The same, with the case of its letters swapped.
    AcceptSwapped,
    /// Its second half: the last 14 of its 28 characters.
    AcceptEnd,
    /// A client's Sec-WebSocket-Key itself.
    Key,
    /// The first subprotocol that a client offers, or that the user says the server supports.
    Subprotocol,
    /// The same, with the case of its letters swapped.
    SubprotocolSwapped,
    /// The same without its last character, if that is a name that the client does not offer.
    SubprotocolCut,
    /// The only origin that the server accepts, according to the user.
    AllowedOrigin,
    /// The same with the other scheme of http and https.
    AllowedOriginOtherScheme,
    /// An origin that the server refuses, according to the user.
    ForeignOrigin,
    /// The lowest of the versions besides 13 that a server names when it refuses one (RFC 6455, 4.4).
    LowestVersion,
    /// The highest of them.
    HighestVersion,
}

impl PeerValue {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Accept,
        Self::AcceptSwapped,
        Self::AcceptEnd,
        Self::Key,
        Self::Subprotocol,
        Self::SubprotocolSwapped,
        Self::SubprotocolCut,
        Self::AllowedOrigin,
        Self::AllowedOriginOtherScheme,
        Self::ForeignOrigin,
        Self::LowestVersion,
        Self::HighestVersion,
    ];

    /// The name in a script, before the length in parentheses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::AcceptSwapped => "accept-swapped",
            Self::AcceptEnd => "accept-end",
            Self::Key => "key",
            Self::Subprotocol => "subprotocol",
            Self::SubprotocolSwapped => "subprotocol-swapped",
            Self::SubprotocolCut => "subprotocol-cut",
            Self::AllowedOrigin => "allowed-origin",
            Self::AllowedOriginOtherScheme => "allowed-origin-other-scheme",
            Self::ForeignOrigin => "foreign-origin",
            Self::LowestVersion => "lowest-version",
            Self::HighestVersion => "highest-version",
        }
    }
}
