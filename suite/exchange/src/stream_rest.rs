//! A stream of HTTP/2 or HTTP/3 after its trial.

use bytes::Bytes;
use wsspec_carriers::Carried;

use crate::http_link::HttpLink;

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
