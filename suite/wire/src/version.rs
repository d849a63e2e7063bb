//! The HTTP version of a head.

use std::fmt;

/// The version in the first line, as in `HTTP/1.1`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Version {
    /// The number before the dot.
    pub major: u8,
    /// The number after the dot.
    pub minor: u8,
}

impl Version {
    /// HTTP/1.1.
    pub const HTTP_11: Self = Self { major: 1, minor: 1 };
    /// HTTP/2, which no head names: each implies it (RFC 9113, 8.3.1).
    pub const HTTP_2: Self = Self { major: 2, minor: 0 };
    /// HTTP/3, which no head names either (RFC 9114, 4.3.1).
    pub const HTTP_3: Self = Self { major: 3, minor: 0 };

    /// Whether its heads have pseudo-fields in place of a first line, as those of HTTP/2 and HTTP/3 have.
    #[must_use]
    pub fn has_pseudo_fields(self) -> bool {
        self == Self::HTTP_2 || self == Self::HTTP_3
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HTTP/{}.{}", self.major, self.minor)
    }
}
