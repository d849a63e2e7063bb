//! A tunnel through a proxy (RFC 9110, 9.3.6): the octets that left one end, compared with those that arrived at the other,
//! and what the client in front has asked the proxy for.
//!
//! Never reads a clock, never opens a connection. Keeps only what has not arrived yet.

use std::{collections::VecDeque, time::Duration};

use bytes::{Buf, Bytes, BytesMut};
use wsspec_wire::{HeadBytes, HeadReader, ResponseHead, Role};

use crate::{
    body::BodyReader,
    proxy_end::ProxyEnd,
    tunnel_violation::{TunnelAnswerFault, TunnelViolation},
};

/// How much may be on its way in one direction, in octets.
const MOST: usize = 64 << 20;
/// How many times of pieces on their way are kept.
const MOST_PIECES: usize = 64 << 10;
/// Within this time, pieces count as one.
const AT_ONCE: Duration = Duration::from_micros(100);
/// How many octets of a difference are kept.
const SHOWN: usize = 24;
/// How a request for a tunnel begins.
const CONNECT: &[u8] = b"CONNECT ";

/// A proxy that opens tunnels, as both its ends see it.
#[derive(Debug)]
pub(crate) struct TunnelWatch {
    gate: TunnelGate,
    /// When an answer has opened it.
    opened: Option<Duration>,
    to_back: TunnelStream,
    to_front: TunnelStream,
    fault: Option<(Duration, TunnelViolation)>,
}

/// How far the client in front has come.
#[derive(Debug)]
enum TunnelGate {
    /// It writes its request; the answer to an earlier one may have content.
    Asking { request: HeadReader, content: Option<BodyReader> },
    /// It waits for the answer, which follows the content of an earlier one.
    Asked { answer: HeadReader, content: Option<BodyReader> },
    /// The tunnel is open.
    Open,
}

/// What is on its way from one end to the other.
#[derive(Debug, Default)]
pub(crate) struct TunnelStream {
    pending: BytesMut,
    /// When that was sent: the number of the octet after each piece, and its time.
    pieces: VecDeque<(u64, Duration)>,
    /// How many octets were sent before the tunnel was open and have not arrived.
    early: usize,
    /// How many octets have arrived, or were left out before the tunnel was open.
    passed: u64,
    arrived: u64,
    is_full: bool,
    /// Whether the proxy has refused the tunnel.
    is_refused: bool,
    fault: Option<(Duration, TunnelViolation)>,
}

impl TunnelWatch {
    /// `asks`: the client asks for the tunnel on the connection that is watched; otherwise the tunnel is open already.
    pub(crate) fn new(asks: bool) -> Self {
        let gate = match asks {
            true => TunnelGate::Asking { request: HeadReader::with_limit(MOST), content: None },
            false => TunnelGate::Open,
        };
        Self {
            gate,
            opened: None,
            to_back: TunnelStream::default(),
            to_front: TunnelStream::default(),
            fault: None,
        }
    }

    /// Whether the client has an answer that opens the tunnel.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.gate, TunnelGate::Open)
    }

    /// When an answer has opened the tunnel on the connection that is watched.
    pub(crate) fn opened(&self) -> Option<Duration> {
        self.opened
    }

    /// What is on its way to an end.
    pub(crate) fn to(&self, end: ProxyEnd) -> &TunnelStream {
        match end {
            ProxyEnd::Front => &self.to_front,
            ProxyEnd::Back => &self.to_back,
        }
    }

    /// What is wrong with the answers of the proxy.
    pub(crate) fn fault(&self) -> Option<(ProxyEnd, Duration, TunnelViolation)> {
        let (at, violation) = self.fault.clone()?;
        let end = match violation {
            TunnelViolation::Answer(_) => ProxyEnd::Front,
            _ => ProxyEnd::Back,
        };
        Some((end, at, violation))
    }

    /// An end of a connection has sent these octets: ours, or the proxy. Those in the tunnel.
    pub(crate) fn saw(&mut self, end: ProxyEnd, from: Role, bytes: &[u8], at: Duration) -> Bytes {
        match (end, from) {
            (ProxyEnd::Front, Role::Client) => self.asked(bytes, at),
            (ProxyEnd::Front, Role::Server) => self.answered(bytes, at),
            (ProxyEnd::Back, Role::Server) => {
                self.to_front.send(bytes, at);
                Bytes::copy_from_slice(bytes)
            }
            (ProxyEnd::Back, Role::Client) => {
                self.to_back.arrive(bytes, at);
                Bytes::copy_from_slice(bytes)
            }
        }
    }

    /// The client has sent these octets.
    fn asked(&mut self, bytes: &[u8], at: Duration) -> Bytes {
        match &mut self.gate {
            TunnelGate::Asking { request, content } => {
                request.push(bytes);
                let Some(Ok(HeadBytes { head, rest })) = request.take() else { return Bytes::new() };
                if !head.starts_with(CONNECT) {
                    *request = HeadReader::with_limit(MOST);
                    return Bytes::new();
                }
                // What arrived for a request before this one was not for this one.
                let earlier = std::mem::take(&mut self.to_back);
                self.fault = self.fault.take().or(earlier.fault);
                self.gate = TunnelGate::Asked { answer: HeadReader::new(), content: content.take() };
                self.asked(&rest, at)
            }
            TunnelGate::Asked { .. } => self.send_early(bytes, at),
            TunnelGate::Open => {
                self.to_back.send(bytes, at);
                Bytes::copy_from_slice(bytes)
            }
        }
    }

    fn send_early(&mut self, bytes: &[u8], at: Duration) -> Bytes {
        self.to_back.send(bytes, at);
        self.to_back.early += bytes.len();
        Bytes::copy_from_slice(bytes)
    }

    /// The proxy has sent these octets to the client.
    fn answered(&mut self, bytes: &[u8], at: Duration) -> Bytes {
        match &mut self.gate {
            TunnelGate::Open => {
                self.to_front.arrive(bytes, at);
                Bytes::copy_from_slice(bytes)
            }
            TunnelGate::Asking { content, .. } => {
                skip_content(content, bytes);
                Bytes::new()
            }
            TunnelGate::Asked { answer, content } => {
                answer.push(skip_content(content, bytes));
                let mut rest = Bytes::new();
                while let Some(Ok(HeadBytes { head, rest: more })) = answer.take() {
                    let head = ResponseHead::parse(&head);
                    if head.is_interim() {
                        *answer = HeadReader::new();
                        answer.push(&more);
                        continue;
                    }
                    self.answer(&head, at);
                    rest = more;
                    break;
                }
                if rest.is_empty() { rest } else { self.answered(&rest, at) }
            }
        }
    }

    fn answer(&mut self, head: &ResponseHead, at: Duration) {
        if let Some(fault) = TunnelAnswerFault::of(head) {
            self.fault.get_or_insert((at, TunnelViolation::Answer(fault)));
        }
        if matches!(head.status, Some(200..=299)) {
            self.gate = TunnelGate::Open;
            self.opened = Some(at);
            return;
        }
        // Nothing of it may arrive, neither before nor after this.
        self.to_back.refuse(at);
        let content = BodyReader::of_response(head, false);
        self.gate = TunnelGate::Asking { request: HeadReader::with_limit(MOST), content };
    }
}

impl TunnelStream {
    /// How many octets have not arrived.
    pub(crate) fn pending(&self) -> usize {
        self.pending.len()
    }

    /// When the first of these was sent.
    pub(crate) fn since(&self) -> Duration {
        self.pieces.front().map(|(_, at)| *at).unwrap_or_default()
    }

    /// Whether more is on its way than can be kept.
    pub(crate) fn is_full(&self) -> bool {
        self.is_full
    }

    /// What arrived that was not sent.
    pub(crate) fn fault(&self) -> Option<&(Duration, TunnelViolation)> {
        self.fault.as_ref()
    }

    fn send(&mut self, bytes: &[u8], at: Duration) {
        self.is_full |= self.pending.len() + bytes.len() > MOST;
        if self.is_full || self.fault.is_some() {
            return;
        }
        self.pending.extend_from_slice(bytes);
        let end = self.passed + self.pending.len() as u64;
        // What is sent almost at once, or in countless pieces, counts as sent with the last of it.
        let is_full = self.pieces.len() >= MOST_PIECES;
        match self.pieces.back_mut().filter(|(_, last)| is_full || at.saturating_sub(*last) < AT_ONCE) {
            Some(piece) => *piece = (end, at),
            None => self.pieces.push_back((end, at)),
        }
    }

    fn refuse(&mut self, at: Duration) {
        self.is_refused = true;
        if self.arrived > 0 {
            self.fault = Some((at, TunnelViolation::OpenedByRefusal(self.arrived)));
        }
    }

    fn arrive(&mut self, bytes: &[u8], at: Duration) {
        if self.is_full || self.fault.is_some() || bytes.is_empty() {
            return;
        }
        if self.is_refused && bytes[0].is_ascii_uppercase() {
            // Another request, which a proxy may pass on in its own right.
            return;
        }
        if self.is_refused {
            self.fault = Some((at, TunnelViolation::OpenedByRefusal(bytes.len() as u64)));
            return;
        }
        self.skip_early(bytes);
        let same = self.pending.iter().zip(bytes).take_while(|(sent, arrived)| sent == arrived).count();
        self.advance(same);
        self.arrived += same as u64;
        self.early = self.early.saturating_sub(same);
        let rest = &bytes[same..];
        if rest.is_empty() {
            return;
        }
        let arrived = Bytes::copy_from_slice(&rest[..rest.len().min(SHOWN)]);
        self.fault = Some((
            at,
            match self.pending.is_empty() {
                _ if rest.starts_with(CONNECT) => TunnelViolation::RequestPassed(has_credentials(rest)),
                true => TunnelViolation::Invented(self.arrived, arrived),
                false => {
                    let sent = Bytes::copy_from_slice(&self.pending[..self.pending.len().min(SHOWN)]);
                    TunnelViolation::Changed(self.arrived, sent, arrived)
                }
            },
        ));
    }

    /// What a client sends before it has an answer may be left out: what it is depends on the version of HTTP (RFC 9110,
    /// 9.3.6), and the version has nothing to say about it.
    fn skip_early(&mut self, bytes: &[u8]) {
        let early = self.early.min(self.pending.len());
        let is_left_out = self.arrived == 0 && early > 0 && self.pending.first() != bytes.first();
        if is_left_out && self.pending[early..].first() == bytes.first() {
            self.advance(early);
            self.early = 0;
        }
    }

    fn advance(&mut self, count: usize) {
        self.pending.advance(count);
        self.passed += count as u64;
        while self.pieces.front().is_some_and(|(end, _)| *end <= self.passed) {
            self.pieces.pop_front();
        }
    }
}

/// The octets after the content of an earlier answer.
fn skip_content<'b>(content: &mut Option<BodyReader>, bytes: &'b [u8]) -> &'b [u8] {
    let Some(reader) = content else { return bytes };
    match reader.skip(bytes) {
        Some(skipped) => {
            *content = None;
            bytes.get(skipped..).unwrap_or_default()
        }
        None => &[],
    }
}

fn has_credentials(head: &[u8]) -> bool {
    let name = b"proxy-authorization:";
    head.to_ascii_lowercase().windows(name.len()).any(|window| window == name)
}
