//! Parameters of HTTP/2 (RFC 9113, 6.5).

use std::fmt;

/// One parameter and its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Http2Setting {
    /// Which parameter; unknown ones mean nothing.
    pub id: u16,
    /// Its value.
    pub value: u32,
}

impl Http2Setting {
    /// The size of the table for field compression.
    pub const HEADER_TABLE_SIZE: u16 = 1;
    /// Whether the server may push.
    pub const ENABLE_PUSH: u16 = 2;
    /// Streams at once.
    pub const MAX_CONCURRENT_STREAMS: u16 = 3;
    /// The window that a stream begins with.
    pub const INITIAL_WINDOW_SIZE: u16 = 4;
    /// The longest payload of a frame.
    pub const MAX_FRAME_SIZE: u16 = 5;
    /// The longest field section.
    pub const MAX_HEADER_LIST_SIZE: u16 = 6;
    /// Whether a server takes extended CONNECT (RFC 8441, 3).
    pub const ENABLE_CONNECT_PROTOCOL: u16 = 8;

    /// The names of the parameters, as scripts have them.
    pub const NAMES: [(u16, &'static str); 7] = [
        (Self::HEADER_TABLE_SIZE, "header-table-size"),
        (Self::ENABLE_PUSH, "enable-push"),
        (Self::MAX_CONCURRENT_STREAMS, "max-concurrent-streams"),
        (Self::INITIAL_WINDOW_SIZE, "initial-window-size"),
        (Self::MAX_FRAME_SIZE, "max-frame-size"),
        (Self::MAX_HEADER_LIST_SIZE, "max-header-list-size"),
        (Self::ENABLE_CONNECT_PROTOCOL, "enable-connect-protocol"),
    ];

    /// A parameter with a value.
    #[must_use]
    pub const fn new(id: u16, value: u32) -> Self {
        Self { id, value }
    }

    /// From a name, or a number.
    #[must_use]
    pub fn id_of(name: &str) -> Option<u16> {
        let named = Self::NAMES.iter().find(|(_, known)| *known == name).map(|(id, _)| *id);
        named.or_else(|| match name.strip_prefix("0x") {
            Some(hex) => u16::from_str_radix(hex, 16).ok(),
            None => None,
        })
    }
}

impl fmt::Display for Http2Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(id, _)| *id == self.id) {
            Some((_, name)) => write!(f, "{name}={}", self.value),
            None => write!(f, "{:#x}={}", self.id, self.value),
        }
    }
}
