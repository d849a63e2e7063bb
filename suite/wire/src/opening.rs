//! What opens a connection, over any carrier.

use bytes::Bytes;

use crate::{Fields, RequestHead, ResponseHead};

/// A request to open a connection, or a response to one. Interim responses and refusals are openings too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opening {
    /// A client's request (RFC 6455, 4.1).
    Request(RequestHead),
    /// A server's response (RFC 6455, 4.2.2).
    Response(ResponseHead),
}

impl Opening {
    /// Its header fields.
    #[must_use]
    pub const fn fields(&self) -> &Fields {
        match self {
            Self::Request(head) => &head.fields,
            Self::Response(head) => &head.fields,
        }
    }

    /// Its octets, as they arrived.
    #[must_use]
    pub const fn raw(&self) -> &Bytes {
        match self {
            Self::Request(head) => &head.raw,
            Self::Response(head) => &head.raw,
        }
    }
}

/// Whether a response with this status is followed by another one (RFC 9110, 15.2), as all below 200 are except 101.
#[must_use]
pub const fn is_interim(status: u16) -> bool {
    matches!(status, 100 | 102..=199)
}

impl ResponseHead {
    /// Whether it opens the connection (RFC 6455, 4.1: status 101).
    #[must_use]
    pub fn accepts(&self) -> bool {
        self.status == Some(101)
    }

    /// Whether another response follows it (RFC 9110, 15.2).
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.status.is_some_and(is_interim)
    }
}
