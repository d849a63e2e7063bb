//! What crosses a stream of HTTP/2 or HTTP/3, without the frames that carry it: for somebody who compares it with what crosses
//! another connection.

use bytes::Bytes;
use wsspec_wire::{Opening, Role};

use crate::http_link::HttpLink;

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

/// A stream after its trial: what else is sent and read on it.
#[derive(Debug)]
pub struct StreamRest(Box<HttpLink>);

impl StreamRest {
    pub(crate) fn new(link: Box<HttpLink>) -> Self {
        Self(link)
    }

    /// Sends octets.
    pub fn send(&mut self, bytes: Bytes) {
        self.0.send(bytes);
    }

    /// Ends our half.
    pub fn finish(&mut self) {
        self.0.finish();
    }

    /// The connection has brought these octets.
    pub fn read(&mut self, bytes: &[u8]) {
        self.0.read(bytes);
    }

    /// The connection has ended.
    pub fn lost(&mut self) {
        self.0.lost();
    }

    /// Octets that are to be written next.
    pub fn take(&mut self) -> Option<Bytes> {
        self.0.take()
    }

    /// Whether the other end has ended the stream.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.0.is_over()
    }

    /// What has crossed the stream since this was asked last.
    pub fn carried(&mut self) -> Vec<Carried> {
        self.0.carried()
    }
}
