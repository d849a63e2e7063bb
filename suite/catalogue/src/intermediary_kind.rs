//! Kinds of intermediaries.

use std::{fmt, str::FromStr};

/// What is between a client and a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntermediaryKind {
    /// A gateway that passes on requests of HTTP to a server of its own choice (RFC 9110, 3.7).
    #[default]
    Reverse,
    /// A proxy that opens tunnels by CONNECT (RFC 9110, 9.3.6).
    Connect,
    /// A proxy that opens connections by SOCKS 5 (RFC 1928).
    Socks5,
}

impl IntermediaryKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Reverse, Self::Connect, Self::Socks5];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reverse => "reverse",
            Self::Connect => "connect",
            Self::Socks5 => "socks5",
        }
    }
}

impl fmt::Display for IntermediaryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for IntermediaryKind {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|kind| kind.name() == name);
        known.ok_or_else(|| format!("one of {}", Self::ALL.map(|kind| format!("`{kind}`")).join(", ")))
    }
}
