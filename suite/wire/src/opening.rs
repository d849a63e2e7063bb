//! What opens a connection, whatever carries it.

use bytes::Bytes;

use crate::{Fields, RequestHead, ResponseHead};

/// A request to open a connection, or a response to one. Interim and refusing responses are openings too.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Opening {
    /// What a client asks for (RFC 6455, 4.1).
    Request(RequestHead),
    /// What a server answers (RFC 6455, 4.2.2).
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

    /// Its octets, as they came.
    #[must_use]
    pub const fn raw(&self) -> &Bytes {
        match self {
            Self::Request(head) => &head.raw,
            Self::Response(head) => &head.raw,
        }
    }
}

/// Whether a response of this status is followed by another one (RFC 9110, 15.2), as all below 200 are but 101.
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
