//! A client that asks a proxy for a tunnel before it opens the connection through it (RFC 9110, 9.3.6).

use wsspec_wire::{RequestHead, ResponseHead};

/// How far it is with that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tunnel {
    /// The client has not asked for a tunnel.
    #[default]
    Unasked,
    /// The client waits for the response.
    Asked,
    /// The tunnel is open.
    Open,
    /// The proxy refused to open a tunnel.
    Refused,
}

impl Tunnel {
    /// Whether a request is for a tunnel. over HTTP/2 we are not a proxy, and CONNECT opens a connection (RFC 8441, 5).
    pub(crate) fn is_asked_by(head: &RequestHead) -> bool {
        head.method == "CONNECT" && !head.has_pseudo_fields()
    }

    /// After a response to the request: any 2xx opens it, nothing else does.
    pub(crate) fn answered(head: &ResponseHead) -> Self {
        if matches!(head.status, Some(200..=299)) { Self::Open } else { Self::Refused }
    }
}
