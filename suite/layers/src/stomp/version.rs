//! The versions of STOMP.

use std::fmt;

/// A version of STOMP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StompVersion {
    /// Without escapes, and without a version in CONNECTED.
    V10,
    /// With escapes for line feed, colon and backslash.
    V11,
    /// With CR LF as a line end, an escape for CR, and acknowledgements by the `ack` header.
    V12,
}

impl StompVersion {
    /// Every version, lowest first.
    pub const ALL: [Self; 3] = [Self::V10, Self::V11, Self::V12];

    /// As it stands in `accept-version` and `version`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V10 => "1.0",
            Self::V11 => "1.1",
            Self::V12 => "1.2",
        }
    }

    /// From its name.
    #[must_use]
    pub fn parse(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.name().as_bytes() == name)
    }
}

impl fmt::Display for StompVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
