//! HTTP that continues where frames should follow a 101 response: read as frames, it would break rules that the peer
//! did not break.

use bytes::Bytes;
use wsspec_wire::{Fields, Violation};

/// How many bytes are shown.
const SHOWN: usize = 48;

/// How many bytes of a body are examined: frames may follow it.
const LOOKED_AT: usize = 8;

/// What is known about a server's half when one of its frames begins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expecting {
    /// The response declares a body, although it has none.
    pub body: bool,
    /// No frame has come yet.
    pub first: bool,
}

/// Whether the fields of a response declare a body.
pub(crate) fn declares_body(fields: &Fields) -> bool {
    fields.get("Transfer-Encoding").is_some() || fields.all("Content-Length").any(|length| length != "0")
}

/// HTTP in place of a frame that begins with these bytes. A header of two printable characters has reserved bits set,
/// so no valid frame is mistaken for it except the first fragment of a compressed message, which does not begin like
/// a status line and follows no response that declares a body.
pub(crate) fn http(bytes: &[u8], expecting: Expecting) -> Option<Violation> {
    let begins = |start: &[u8]| bytes.starts_with(start);
    let is_body = expecting.first && (expecting.body || begins(b"<") || begins(b"{"));
    let is_http =
        begins(b"HTTP/1.") || is_body && bytes.len() > 1 && bytes.iter().take(LOOKED_AT).all(is_text);
    is_http.then(|| Violation::HttpBehindResponse(Bytes::copy_from_slice(&bytes[..SHOWN.min(bytes.len())])))
}

fn is_text(byte: &u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}
