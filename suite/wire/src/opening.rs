//! What opens a connection, over any carrier.

use bytes::Bytes;

use crate::{Fields, RequestHead, ResponseHead, Version};

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

impl RequestHead {
    /// Whether it came over HTTP/2 or HTTP/3.
    #[must_use]
    pub fn has_pseudo_fields(&self) -> bool {
        self.version.is_some_and(Version::has_pseudo_fields)
    }
}

impl ResponseHead {
    /// Whether it opens a connection of WebSocket: by status 101 (RFC 6455, 4.1), over HTTP/2 and HTTP/3 by any of 2xx (RFC
    /// 9113, 8.5).
    #[must_use]
    pub fn accepts(&self) -> bool {
        match self.status {
            Some(status) if self.has_pseudo_fields() => (200..300).contains(&status),
            status => status == Some(101) && !self.is_hixie(),
        }
    }

    /// Whether it opens a connection of hixie-75 or hixie-76, which servers may also support: drafts with the same status,
    /// other fields and other frames.
    #[must_use]
    pub fn is_hixie(&self) -> bool {
        let names = ["WebSocket-Location", "Sec-WebSocket-Location"];
        let has = |name: &str| self.fields.get(name).is_some();
        self.status == Some(101) && !has("Sec-WebSocket-Accept") && names.iter().any(|name| has(name))
    }

    /// Whether another response follows it (RFC 9110, 15.2). Over HTTP/2 and HTTP/3, 101 means nothing and is one of them.
    #[must_use]
    pub fn is_interim(&self) -> bool {
        self.status.is_some_and(|status| is_interim(status) || self.has_pseudo_fields() && status == 101)
    }

    /// Whether it came over HTTP/2 or HTTP/3.
    #[must_use]
    pub fn has_pseudo_fields(&self) -> bool {
        self.version.is_some_and(Version::has_pseudo_fields)
    }
}
