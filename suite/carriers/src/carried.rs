//! What crosses a stream of HTTP/2 or HTTP/3, without the frames that carry it: for somebody who compares it with what crosses
//! another connection.

use bytes::Bytes;
use wsspec_wire::{Opening, Role};

/// Something that one end has sent on a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// The end that has sent it.
    pub from: Role,
    /// What it is.
    pub what: CarriedPart,
}

/// A part of what an end sends on a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum CarriedPart {
    /// A request or a response.
    Opening(Opening),
    /// Octets of the WebSocket connection.
    Data(Bytes),
    /// The end of its half: END_STREAM.
    End,
    /// The end of the stream in both directions: RST_STREAM, or the end of the connection in the middle of the stream.
    Reset,
}
