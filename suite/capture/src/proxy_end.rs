//! The two connections of an intermediary.

use wsspec_wire::Role;

/// A connection of an intermediary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyEnd {
    /// The one that a client has opened to it.
    Front,
    /// The one that it has opened to the server.
    Back,
}

impl ProxyEnd {
    /// Its name in scripts and transcripts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Back => "back",
        }
    }

    /// The role of our end of it.
    pub const fn ours(self) -> Role {
        match self {
            Self::Front => Role::Client,
            Self::Back => Role::Server,
        }
    }

    /// The role of the intermediary on it.
    pub const fn theirs(self) -> Role {
        match self {
            Self::Front => Role::Server,
            Self::Back => Role::Client,
        }
    }
}

/// The ways through an intermediary.
pub(crate) const DIRECTIONS: [(ProxyEnd, ProxyEnd); 2] =
    [(ProxyEnd::Front, ProxyEnd::Back), (ProxyEnd::Back, ProxyEnd::Front)];
