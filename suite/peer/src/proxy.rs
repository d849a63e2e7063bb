//! A reverse proxy: passes the opening handshake and everything after it on, octet by octet, unless it has a flaw.
//!
//! Never does I/O, never reads a clock.

mod flaw;
mod frames;
mod heads;

use bytes::Bytes;
use wsspec_wire::{HeadReader, ResponseHead, Role};

pub use self::flaw::ProxyFlaw;
use self::frames::FrameRelay;

/// What the proxy wants its driver to do, in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ProxyOutput {
    /// Write these bytes to the client.
    ToFront(Bytes),
    /// Write these bytes to the server.
    ToBack(Bytes),
    /// Close our side of the connection to the client.
    EndFront,
    /// Close our side of the connection to the server.
    EndBack,
}

/// One pair of connections of a reverse proxy.
#[derive(Debug)]
pub struct ReverseProxy {
    flaw: Option<ProxyFlaw>,
    front: ProxyHalf,
    back: ProxyHalf,
    out: Vec<ProxyOutput>,
}

/// What comes from one side.
#[derive(Debug)]
enum ProxyHalf {
    /// Its head has not ended.
    Head(HeadReader),
    /// It opened the connection, or something that is not WebSocket follows.
    Open(FrameRelay),
}

impl Default for ReverseProxy {
    fn default() -> Self {
        Self::new()
    }
}

impl ReverseProxy {
    /// A conforming proxy.
    #[must_use]
    pub fn new() -> Self {
        Self::build(None)
    }

    /// A proxy with one flaw.
    #[must_use]
    pub fn with(flaw: ProxyFlaw) -> Self {
        Self::build(Some(flaw))
    }

    fn build(flaw: Option<ProxyFlaw>) -> Self {
        let head = || ProxyHalf::Head(HeadReader::new());
        Self { flaw, front: head(), back: head(), out: Vec::new() }
    }

    /// What the driver must do now.
    pub fn take(&mut self) -> Vec<ProxyOutput> {
        std::mem::take(&mut self.out)
    }

    /// The client has sent these bytes.
    pub fn from_front(&mut self, bytes: &[u8]) {
        let passed = pass(&mut self.front, self.flaw, Role::Client, bytes);
        self.out.extend(passed.into_iter().map(ProxyOutput::ToBack));
    }

    /// The server has sent these bytes.
    pub fn from_back(&mut self, bytes: &[u8]) {
        let passed = pass(&mut self.back, self.flaw, Role::Server, bytes);
        self.out.extend(passed.into_iter().map(ProxyOutput::ToFront));
    }

    /// The client has closed its side: so does the proxy towards the server.
    pub fn front_ended(&mut self) {
        if self.flaw != Some(ProxyFlaw::EndKept) {
            self.out.push(ProxyOutput::EndBack);
        }
    }

    /// The server has closed its side: so does the proxy towards the client.
    pub fn back_ended(&mut self) {
        self.out.push(ProxyOutput::EndFront);
    }
}

/// What is passed on of `bytes`.
fn pass(half: &mut ProxyHalf, flaw: Option<ProxyFlaw>, from: Role, bytes: &[u8]) -> Vec<Bytes> {
    let reader = match half {
        ProxyHalf::Open(relay) => return relay.pass(bytes),
        ProxyHalf::Head(reader) => reader,
    };
    reader.push(bytes);
    let found = match reader.take() {
        None => return Vec::new(),
        // Somebody else may refuse it.
        Some(Err(_)) => {
            let kept = Bytes::copy_from_slice(reader.pending());
            *half = ProxyHalf::Open(FrameRelay::plain());
            return vec![kept];
        }
        Some(Ok(found)) => found,
    };
    let is_interim = from == Role::Server && ResponseHead::parse(&found.head).is_interim();
    let mut passed =
        vec![flaw.map_or_else(|| found.head.clone(), |flaw| heads::changed(flaw, from, &found.head))];
    *half = match (is_interim, flaw) {
        (true, _) => ProxyHalf::Head(HeadReader::new()),
        (false, Some(flaw)) => ProxyHalf::Open(FrameRelay::with(flaw, from)),
        (false, None) => ProxyHalf::Open(FrameRelay::plain()),
    };
    if !found.rest.is_empty() {
        passed.extend(pass(half, flaw, from, &found.rest));
    }
    passed
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    #[test]
    fn without_a_flaw_every_octet_is_passed_on() {
        let mut proxy = ReverseProxy::new();
        let mut passed = [Vec::new(), Vec::new()];
        for chunk in [REQUEST, b"\x81\x81abcd\x00", b"\xf5\xff"].concat().chunks(3) {
            proxy.from_front(chunk);
        }
        for chunk in [b"HTTP/1.1 103 Early Hints\r\n\r\n", RESPONSE, b"\x81\x01x"].concat().chunks(7) {
            proxy.from_back(chunk);
        }
        for output in proxy.take() {
            match output {
                ProxyOutput::ToBack(bytes) => passed[0].extend_from_slice(&bytes),
                ProxyOutput::ToFront(bytes) => passed[1].extend_from_slice(&bytes),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(passed[0], [REQUEST, b"\x81\x81abcd\x00", b"\xf5\xff"].concat());
        assert_eq!(passed[1], [b"HTTP/1.1 103 Early Hints\r\n\r\n", RESPONSE, b"\x81\x01x"].concat());
    }

    #[test]
    fn the_end_of_one_side_is_that_of_the_other() {
        let mut proxy = ReverseProxy::new();
        proxy.front_ended();
        proxy.back_ended();
        assert_eq!(proxy.take(), [ProxyOutput::EndBack, ProxyOutput::EndFront]);
        let mut proxy = ReverseProxy::with(ProxyFlaw::EndKept);
        proxy.front_ended();
        assert_eq!(proxy.take(), []);
    }
}
