//! Why a stream or a connection of HTTP/2 ends early (RFC 9113, 7).

use std::fmt;

/// An error code; any value can be on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ErrorCode(pub u32);

impl ErrorCode {
    /// Nothing is wrong.
    pub const NO_ERROR: Self = Self(0);
    /// The other end breaks a rule.
    pub const PROTOCOL_ERROR: Self = Self(1);
    /// A fault of the end that reports it.
    pub const INTERNAL_ERROR: Self = Self(2);
    /// The other end sends more than its window.
    pub const FLOW_CONTROL_ERROR: Self = Self(3);
    /// The stream is over.
    pub const STREAM_CLOSED: Self = Self(5);
    /// A frame has the wrong length.
    pub const FRAME_SIZE_ERROR: Self = Self(6);
    /// The stream was not looked at.
    pub const REFUSED_STREAM: Self = Self(7);
    /// The stream is not needed any more; a reset of TCP (RFC 8441, 5).
    pub const CANCEL: Self = Self(8);
    /// The fields cannot be decompressed.
    pub const COMPRESSION_ERROR: Self = Self(9);
    /// The other end is too much of a burden.
    pub const ENHANCE_YOUR_CALM: Self = Self(11);

    /// The names of the codes.
    pub const NAMES: [&'static str; 14] = [
        "NO_ERROR",
        "PROTOCOL_ERROR",
        "INTERNAL_ERROR",
        "FLOW_CONTROL_ERROR",
        "SETTINGS_TIMEOUT",
        "STREAM_CLOSED",
        "FRAME_SIZE_ERROR",
        "REFUSED_STREAM",
        "CANCEL",
        "COMPRESSION_ERROR",
        "CONNECT_ERROR",
        "ENHANCE_YOUR_CALM",
        "INADEQUATE_SECURITY",
        "HTTP_1_1_REQUIRED",
    ];

    /// From a name, or a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = Self::NAMES.iter().zip(0..).find(|(name, _)| **name == text);
        named.map(|(_, code)| Self(code)).or_else(|| text.parse().ok().map(Self))
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = usize::try_from(self.0).ok().and_then(|code| Self::NAMES.get(code));
        match name {
            Some(name) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}
