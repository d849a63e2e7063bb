//! A reverse proxy: passes an opening handshake on as HTTP asks, and everything after it octet by octet, unless it has a
//! flaw.
//!
//! Never does I/O, never reads a clock.

mod checks;
mod flaw;
mod frames;
mod heads;
mod leak;
mod table;

use bytes::Bytes;
use wsspec_wire::{HeadBytes, HeadReader, RequestHead, ResponseHead, Role};

use self::frames::FrameRelay;
pub use self::{flaw::ProxyFlaw, leak::ProxyLeak};
use crate::relaying::{ProxyOutput, RelayingProxy};

/// How much a client may send before the response.
const MOST_EARLY: usize = 64 << 10;
/// The answer to a request that does not end.
const TOO_LARGE: &[u8] =
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
/// The answer of a flaw to it.
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
/// The answer for a server that sends no response.
const BAD_GATEWAY: &[u8] = b"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// One pair of connections of a reverse proxy.
#[derive(Debug)]
pub struct ReverseProxy {
    flaw: Option<ProxyFlaw>,
    leak: ProxyLeak,
    stage: ProxyStage,
    out: Vec<ProxyOutput>,
    /// There is no connection to the server.
    is_alone: bool,
}

/// How far the connections have come.
#[derive(Debug)]
enum ProxyStage {
    /// The request has not ended.
    Asking(HeadReader),
    /// The request was passed on; its response has not ended.
    Asked {
        request: RequestHead,
        response: HeadReader,
        /// What the client has sent after its request.
        early: Vec<u8>,
    },
    /// The response has opened the connection.
    Open { front: FrameRelay, back: FrameRelay },
    /// It has not: what follows of the server is its content, of which this many octets are left if its length is known.
    Refused { left: Option<usize> },
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
        Self::build(None, ProxyLeak::default())
    }

    /// A proxy with one flaw.
    #[must_use]
    pub fn with(flaw: ProxyFlaw) -> Self {
        Self::build(Some(flaw), ProxyLeak::default())
    }

    /// One of several connections of a proxy with one flaw.
    #[must_use]
    pub fn among(flaw: ProxyFlaw, leak: &ProxyLeak) -> Self {
        Self::build(Some(flaw), leak.clone())
    }

    fn build(flaw: Option<ProxyFlaw>, leak: ProxyLeak) -> Self {
        Self { flaw, leak, stage: ProxyStage::Asking(HeadReader::new()), out: Vec::new(), is_alone: false }
    }

    fn has(&self, flaw: ProxyFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn request(&mut self, HeadBytes { head, rest }: &HeadBytes) {
        let request = RequestHead::parse(head);
        if let Some(answer) = checks::refusal(self.flaw, head) {
            if !self.has(ProxyFlaw::KeptAfterBothLengths) || !checks::has_both_lengths(&request.fields) {
                return self.answer(answer);
            }
            self.out.push(ProxyOutput::ToFront(Bytes::from_static(answer)));
            self.stage = ProxyStage::Asking(HeadReader::new());
        } else if self.is_alone {
            if !self.has(ProxyFlaw::OpensUnconnected) {
                return self.answer(BAD_GATEWAY);
            }
            self.out.push(ProxyOutput::ToFront(heads::own_acceptance(&request)));
            return self.out.push(ProxyOutput::EndFront);
        } else {
            self.out.push(ProxyOutput::ToBack(heads::request(self.flaw, &self.leak, head)));
            self.stage = ProxyStage::Asked { request, response: HeadReader::new(), early: Vec::new() };
        }
        if !rest.is_empty() {
            self.front_sent(rest);
        }
    }

    fn response(&mut self, HeadBytes { head, rest }: &HeadBytes) {
        let parsed = ResponseHead::parse(head);
        let flaw = self.flaw;
        let ProxyStage::Asked { request, response, early } = &mut self.stage else { return };
        let is_unasked = parsed.accepts() && request.fields.get("Upgrade").is_none();
        if parsed.is_interim() && flaw == Some(ProxyFlaw::InterimRefused)
            || is_unasked && flaw != Some(ProxyFlaw::UpgradeUnasked)
            || parsed.status.is_none()
            || checks::has_fold(head) && flaw != Some(ProxyFlaw::FoldReturned)
        {
            return self.answer(BAD_GATEWAY);
        }
        if parsed.is_interim() {
            *response = HeadReader::new();
            self.out.push(ProxyOutput::ToFront(head.clone()));
        } else if parsed.accepts() {
            let early = std::mem::take(early);
            self.out.push(ProxyOutput::ToFront(heads::accepted(flaw, request, head)));
            let relay =
                |from| flaw.map_or_else(FrameRelay::plain, |flaw| FrameRelay::with(flaw, from, &self.leak));
            self.stage = ProxyStage::Open { front: relay(Role::Client), back: relay(Role::Server) };
            if !early.is_empty() {
                self.front_sent(&early);
            }
        } else {
            let early = std::mem::take(early);
            self.out.push(ProxyOutput::ToFront(heads::refused(flaw, head)));
            self.stage = ProxyStage::Refused { left: heads::length(&parsed) };
            if self.has(ProxyFlaw::RequestTunnelled) && tunnels_after_refusal(self.flaw, &early) {
                self.write_to_server(&early);
            }
            if rest.is_empty() {
                self.end_refusal();
            }
        }
        let is_dropped = parsed.accepts() && self.has(ProxyFlaw::FirstOctetsDropped);
        if !rest.is_empty() && !is_dropped {
            self.back_sent(rest);
        }
    }

    /// After the content of a refusal, the connection ends.
    fn end_refusal(&mut self) {
        let is_over = matches!(self.stage, ProxyStage::Refused { left: Some(0) });
        if is_over && !self.has(ProxyFlaw::RefusalTunnelled) && !self.has(ProxyFlaw::RequestTunnelled) {
            self.out.push(ProxyOutput::EndFront);
        }
    }

    fn write_to_server(&mut self, bytes: &[u8]) {
        self.out.push(ProxyOutput::ToBack(Bytes::copy_from_slice(bytes)));
    }

    /// Answers in place of the server.
    fn answer(&mut self, response: &'static [u8]) {
        self.out.push(ProxyOutput::ToFront(Bytes::from_static(response)));
        self.out.extend([ProxyOutput::EndFront, ProxyOutput::EndBack]);
        self.stage = ProxyStage::Refused { left: None };
    }
}

impl RelayingProxy for ReverseProxy {
    /// The client has sent these bytes.
    fn front_sent(&mut self, bytes: &[u8]) {
        match &mut self.stage {
            ProxyStage::Asking(reader) => {
                reader.push(bytes);
                match reader.take() {
                    None => {}
                    Some(Err(_)) if self.has(ProxyFlaw::LongHeadAnswered) => self.answer(OK),
                    Some(Err(_)) => self.answer(TOO_LARGE),
                    Some(Ok(found)) => self.request(&found),
                }
            }
            ProxyStage::Asked { .. } if self.flaw == Some(ProxyFlaw::EarlyOctetsPassed) => {
                self.write_to_server(bytes)
            }
            ProxyStage::Asked { early, .. } if early.len() + bytes.len() > MOST_EARLY => {
                self.answer(TOO_LARGE);
            }
            ProxyStage::Asked { early, .. } => early.extend_from_slice(bytes),
            ProxyStage::Open { front, .. } => {
                self.out.extend(front.pass(bytes).into_iter().map(ProxyOutput::ToBack));
            }
            ProxyStage::Refused { .. } if tunnels_after_refusal(self.flaw, bytes) => {
                self.write_to_server(bytes)
            }
            // A connection is not used again after a refusal.
            ProxyStage::Refused { .. } => {}
        }
    }

    /// The server has sent these bytes.
    fn back_sent(&mut self, bytes: &[u8]) {
        match &mut self.stage {
            // Nothing was asked.
            ProxyStage::Asking(_) => {}
            ProxyStage::Asked { response, .. } => {
                response.push(bytes);
                match response.take() {
                    None => {}
                    Some(Err(_)) => self.answer(BAD_GATEWAY),
                    Some(Ok(found)) => self.response(&found),
                }
            }
            ProxyStage::Open { back, .. } => {
                self.out.extend(back.pass(bytes).into_iter().map(ProxyOutput::ToFront));
            }
            ProxyStage::Refused { left } => {
                *left = left.map(|left| left.saturating_sub(bytes.len()));
                self.out.push(ProxyOutput::ToFront(Bytes::copy_from_slice(bytes)));
                self.end_refusal();
            }
        }
    }

    /// The client has closed its side: so does the proxy towards the server.
    fn front_ended(&mut self) {
        if self.flaw != Some(ProxyFlaw::EndKept) {
            self.out.push(ProxyOutput::EndBack);
        }
    }

    /// The server has closed its side: so does the proxy towards the client.
    fn back_ended(&mut self) {
        match (&self.stage, self.flaw) {
            (ProxyStage::Asked { .. }, Some(ProxyFlaw::EndUnanswered))
            | (ProxyStage::Open { .. }, Some(ProxyFlaw::ServerEndKept)) => return,
            (ProxyStage::Asked { request, .. }, Some(ProxyFlaw::OpensUnasked)) => {
                self.out.push(ProxyOutput::ToFront(heads::own_acceptance(request)));
            }
            (ProxyStage::Asked { .. }, _) => return self.answer(BAD_GATEWAY),
            (ProxyStage::Open { .. }, Some(ProxyFlaw::MessageCompleted)) => {
                self.out.push(ProxyOutput::ToFront(FrameRelay::last_fragment()));
            }
            _ => {}
        }
        self.out.push(ProxyOutput::EndFront);
    }

    /// The driver could not connect to the server.
    fn not_connected(&mut self) {
        self.is_alone = true;
    }

    /// What the driver must do now.
    fn take(&mut self) -> Vec<ProxyOutput> {
        std::mem::take(&mut self.out)
    }
}

/// Whether a flaw passes this on though the server has refused.
fn tunnels_after_refusal(flaw: Option<ProxyFlaw>, bytes: &[u8]) -> bool {
    match flaw {
        Some(ProxyFlaw::RefusalTunnelled) => true,
        Some(ProxyFlaw::RequestTunnelled) => bytes.first().is_some_and(u8::is_ascii_uppercase),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
        Connection: keep-alive, X-Hop, Upgrade\r\nx-hop: 1\r\n\r\n";
    const PASSED: &[u8] = b"GET /a HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\
        Connection: Upgrade\r\nVia: 1.1 wsspec\r\n\r\n";
    const RESPONSE: &[u8] =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

    /// What the client sends, then what the server does, in small pieces; what arrives at the server and the client.
    fn passed(mut proxy: ReverseProxy, sent: [&[u8]; 2]) -> [Vec<u8>; 2] {
        sent[0].chunks(3).for_each(|chunk| proxy.front_sent(chunk));
        sent[1].chunks(7).for_each(|chunk| proxy.back_sent(chunk));
        let mut arrived = [Vec::new(), Vec::new()];
        for output in proxy.take() {
            match output {
                ProxyOutput::ToBack(bytes) => arrived[0].extend_from_slice(&bytes),
                ProxyOutput::ToFront(bytes) => arrived[1].extend_from_slice(&bytes),
                ProxyOutput::Connect(_) | ProxyOutput::EndFront | ProxyOutput::EndBack => {}
            }
        }
        arrived
    }

    #[test]
    fn what_follows_the_opening_handshake_is_passed_on_octet_by_octet() {
        let frames: [&[u8]; 2] = [b"\x81\x81abcd\x00\xf5\xff", b"\x81\x01x"];
        let answer = [b"HTTP/1.1 103 Early Hints\r\n\r\n", RESPONSE, frames[1]].concat();
        let arrived = passed(ReverseProxy::new(), [&[REQUEST, frames[0]].concat(), &answer]);
        assert_eq!(arrived, [[PASSED, frames[0]].concat(), answer]);
    }

    #[test]
    fn nothing_follows_a_request_that_is_refused() {
        let refusal = b"HTTP/1.1 403 Forbidden\r\nKeep-Alive: timeout=5\r\nContent-Length: 2\r\n\r\nno";
        let arrived = passed(ReverseProxy::new(), [&[REQUEST, b"\x81\x80abcd"].concat(), refusal]);
        let closing = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno";
        assert_eq!(arrived, [PASSED.to_vec(), closing.to_vec()]);
        let mut proxy = ReverseProxy::new();
        proxy.front_sent(REQUEST);
        proxy.back_sent(refusal);
        assert_eq!(proxy.take().last(), Some(&ProxyOutput::EndFront));
        let early = ReverseProxy::with(ProxyFlaw::EarlyOctetsPassed);
        let arrived = passed(early, [&[REQUEST, b"\x81\x80abcd"].concat(), refusal]);
        assert_eq!(arrived[0], [PASSED, b"\x81\x80abcd"].concat());
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

    #[test]
    fn a_server_that_is_down_is_answered_for() {
        let mut proxy = ReverseProxy::new();
        proxy.not_connected();
        proxy.front_sent(REQUEST);
        assert_eq!(proxy.take()[0], ProxyOutput::ToFront(Bytes::from_static(BAD_GATEWAY)));
    }

    #[test]
    fn a_server_that_ends_without_a_response_is_answered_for() {
        let mut proxy = ReverseProxy::new();
        proxy.front_sent(REQUEST);
        proxy.back_ended();
        let out = proxy.take();
        assert_eq!(out[1], ProxyOutput::ToFront(Bytes::from_static(BAD_GATEWAY)));
        assert_eq!(out[2..], [ProxyOutput::EndFront, ProxyOutput::EndBack]);
    }
}
