//! What the other end of a connection of HTTP/2 or HTTP/3 did.

use bytes::Bytes;
use wsspec_wire::{ErrorCode, Http2Setting, Opening, Violation};

use crate::HttpError;

/// What the other end did.
#[derive(Clone, Debug, PartialEq)]
pub enum HttpEvent {
    /// It set parameters, and broke these rules by it.
    Settings(Vec<Http2Setting>, Vec<Violation>),
    /// It sent a request or a response.
    Opening {
        /// On which stream.
        stream: u32,
        /// What.
        opening: Opening,
    },
    /// It sent a field section that is too long to be kept.
    EndlessHead {
        /// On which stream.
        stream: u32,
    },
    /// It sent octets.
    Data {
        /// On which stream.
        stream: u32,
        /// Perhaps none.
        bytes: Bytes,
    },
    /// It ended its half of a stream.
    End {
        /// Which stream.
        stream: u32,
    },
    /// It reset a stream.
    Reset {
        /// Which stream.
        stream: u32,
        /// Why.
        code: ErrorCode,
    },
    /// It opens no more streams, and answers no more of ours behind `last`; or it has ended the connection.
    GoAway {
        /// The last stream that it answers.
        last: u32,
        /// Why.
        code: ErrorCode,
    },
    /// It acknowledged a ping of ours.
    Pong,
    /// It broke a rule of HTTP so that the connection cannot go on.
    Broken(HttpError),
}
