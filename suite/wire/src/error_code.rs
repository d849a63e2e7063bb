//! Why a stream or a connection of HTTP/2 or HTTP/3 ends early (RFC 9113, 7; RFC 9114, 8.1).

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

    /// Nothing is wrong, in HTTP/3.
    pub const H3_NO_ERROR: Self = Self(0x100);
    /// The other end breaks a rule that has no code of its own.
    pub const H3_GENERAL_PROTOCOL_ERROR: Self = Self(0x101);
    /// A fault of the end that reports it.
    pub const H3_INTERNAL_ERROR: Self = Self(0x102);
    /// The other end opened a stream that it may not open.
    pub const H3_STREAM_CREATION_ERROR: Self = Self(0x103);
    /// A stream that the connection needs was closed.
    pub const H3_CLOSED_CRITICAL_STREAM: Self = Self(0x104);
    /// A frame where it may not be.
    pub const H3_FRAME_UNEXPECTED: Self = Self(0x105);
    /// A frame whose layout or size is wrong.
    pub const H3_FRAME_ERROR: Self = Self(0x106);
    /// The other end is too much of a burden.
    pub const H3_EXCESSIVE_LOAD: Self = Self(0x107);
    /// An error in SETTINGS.
    pub const H3_SETTINGS_ERROR: Self = Self(0x109);
    /// SETTINGS are missing.
    pub const H3_MISSING_SETTINGS: Self = Self(0x10A);
    /// The request was not looked at.
    pub const H3_REQUEST_REJECTED: Self = Self(0x10B);
    /// The stream is not needed any more; a reset of TCP (RFC 9220, 3).
    pub const H3_REQUEST_CANCELLED: Self = Self(0x10C);
    /// A message is malformed.
    pub const H3_MESSAGE_ERROR: Self = Self(0x10E);
    /// The fields cannot be decompressed (RFC 9204, 6).
    pub const QPACK_DECOMPRESSION_FAILED: Self = Self(0x200);

    /// The names of the codes of HTTP/3, from 0x100 on.
    const NAMES_OF_HTTP3: [&'static str; 17] = [
        "H3_NO_ERROR",
        "H3_GENERAL_PROTOCOL_ERROR",
        "H3_INTERNAL_ERROR",
        "H3_STREAM_CREATION_ERROR",
        "H3_CLOSED_CRITICAL_STREAM",
        "H3_FRAME_UNEXPECTED",
        "H3_FRAME_ERROR",
        "H3_EXCESSIVE_LOAD",
        "H3_ID_ERROR",
        "H3_SETTINGS_ERROR",
        "H3_MISSING_SETTINGS",
        "H3_REQUEST_REJECTED",
        "H3_REQUEST_CANCELLED",
        "H3_REQUEST_INCOMPLETE",
        "H3_MESSAGE_ERROR",
        "H3_CONNECT_ERROR",
        "H3_VERSION_FALLBACK",
    ];

    /// The names of the codes of QPACK, from 0x200 on (RFC 9204, 6).
    const NAMES_OF_QPACK: [&'static str; 3] =
        ["QPACK_DECOMPRESSION_FAILED", "QPACK_ENCODER_STREAM_ERROR", "QPACK_DECODER_STREAM_ERROR"];

    /// The names of the codes of HTTP/2.
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

    /// Each name with its code.
    fn named() -> impl Iterator<Item = (&'static str, u32)> {
        let of_http2 = Self::NAMES.into_iter().zip(0..);
        let of_http3 = Self::NAMES_OF_HTTP3.into_iter().zip(0x100..);
        of_http2.chain(of_http3).chain(Self::NAMES_OF_QPACK.into_iter().zip(0x200..))
    }

    /// From a name, or a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let named = Self::named().find(|(name, _)| *name == text);
        named.map(|(_, code)| Self(code)).or_else(|| text.parse().ok().map(Self))
    }

    /// Whether it says that what was sent is too much of a burden (RFC 9113, 10.5; RFC 9114, 10.5).
    #[must_use]
    pub fn is_of_burden(self) -> bool {
        self == Self::ENHANCE_YOUR_CALM || self == Self::H3_EXCESSIVE_LOAD
    }

    /// Whether it blames nobody but the end that sends it.
    #[must_use]
    pub fn is_own(self) -> bool {
        let own = [Self::NO_ERROR, Self::INTERNAL_ERROR, Self::H3_NO_ERROR, Self::H3_INTERNAL_ERROR];
        own.contains(&self)
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::named().find(|(_, code)| *code == self.0) {
            Some((name, _)) => f.write_str(name),
            None => self.0.fmt(f),
        }
    }
}
