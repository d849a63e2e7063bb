//! HTTP on one connection of an intermediary: its heads, and what its client sends after its first request.

use std::{collections::HashSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_wire::{RequestHead, ResponseHead};

use crate::{body::BodyReader, head_fault::HeadFault};

/// How much of what follows the first request is kept.
const ROOM: usize = 16 << 10;

/// How a response begins.
const RESPONSE: &[u8] = b"HTTP/1.";

/// What a server sends after the head of a refusal.
#[derive(Debug)]
struct AfterRefusal {
    content: Option<BodyReader>,
    start: Vec<u8>,
}

impl AfterRefusal {
    fn new(head: &ResponseHead) -> Self {
        Self { content: BodyReader::of_response(head, false), start: Vec::new() }
    }

    fn read(&mut self, mut bytes: &[u8]) {
        if let Some(content) = &mut self.content {
            let Some(skipped) = content.skip(bytes) else { return };
            bytes = bytes.get(skipped..).unwrap_or_default();
            self.content = None;
        }
        let room = RESPONSE.len().saturating_sub(self.start.len());
        self.start.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn is_response(&self) -> bool {
        self.start == RESPONSE
    }
}

/// The heads of a connection.
#[derive(Debug, Default)]
pub(crate) struct LaneHeads {
    /// The first request.
    pub request: Option<RequestHead>,
    /// When the last head of the server was seen.
    pub answered: Option<Duration>,
    /// When a response has opened the connection.
    pub opened: Option<Duration>,
    /// When a request was refused.
    pub refused: Option<Duration>,
    /// Whether the last request was refused.
    pub is_refused: bool,
    /// What the heads of the client have that none may have, and those of the server.
    pub faults: [Option<HeadFault>; 2],
    /// Whether there is another response after that of a request with two kinds of length.
    pub is_answered_again: bool,
    /// The content of the first refusal, and the octets after it.
    after_refusal: Option<AfterRefusal>,
    /// What the client has sent after its first request; the start of it.
    behind: Vec<u8>,
    /// How many octets the client has sent after its last request.
    octets: usize,
}

impl LaneHeads {
    pub(crate) fn request(&mut self, head: &RequestHead) {
        (self.is_refused, self.octets) = (false, 0);
        // Over HTTP/2, what a head may have is another question, which the referee answers.
        if !head.has_pseudo_fields() {
            self.faults[0] = self.faults[0].or_else(|| HeadFault::of_request(head));
        }
        if self.request.is_none() {
            self.request = Some(head.clone());
        } else {
            self.keep(&head.raw);
        }
    }

    pub(crate) fn response(&mut self, head: &ResponseHead, at: Duration) {
        self.answered = Some(at);
        if !head.has_pseudo_fields() {
            self.faults[1] = self.faults[1].or_else(|| HeadFault::of_response(head));
        }
        if head.accepts() {
            self.opened.get_or_insert(at);
        } else if !head.is_interim() {
            if self.refused.is_none() {
                self.after_refusal = Some(AfterRefusal::new(head));
            }
            self.refused.get_or_insert(at);
            self.is_refused = true;
        }
    }

    /// The server has sent octets after a refusal.
    pub(crate) fn server_data(&mut self, bytes: &[u8]) {
        if let Some(after) = &mut self.after_refusal {
            after.read(bytes);
            self.is_answered_again |= after.is_response() && self.faults[0] == Some(HeadFault::BothLengths);
        }
    }

    /// The client has sent octets after its request.
    pub(crate) fn client_data(&mut self, bytes: &[u8]) {
        self.octets += bytes.len();
        if self.opened.is_none() {
            self.keep(bytes);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = ROOM.saturating_sub(self.behind.len());
        self.behind.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// How many octets the client has sent after its request, other than another request, if that was refused.
    pub(crate) fn octets_after_refusal(&self) -> Option<usize> {
        let is_request = self.behind.first().is_some_and(u8::is_ascii_uppercase);
        Some(self.octets).filter(|count| self.is_refused && *count > 0 && !is_request)
    }

    /// A request after a refused one that arrives octet by octet as `sent`, though the refused one did not: how many octets
    /// did.
    pub(crate) fn tunnelled_request(&self, sent: &Self) -> Option<usize> {
        let is_request = self.behind.first().is_some_and(u8::is_ascii_uppercase);
        let raw = |heads: &Self| heads.request.as_ref().map(|head| head.raw.clone());
        let is_rewritten = raw(self) != raw(sent);
        let is_verbatim = sent.behind.starts_with(&self.behind);
        (is_request && self.refused.is_some() && is_rewritten && is_verbatim).then_some(self.behind.len())
    }

    /// How many different octets the key in the first request has, if it has 16.
    pub(crate) fn values_in_key(&self) -> Option<usize> {
        let key = self.request.as_ref()?.fields.get("Sec-WebSocket-Key")?;
        let octets = STANDARD.decode(key).ok().filter(|octets| octets.len() == 16)?;
        Some(octets.iter().collect::<HashSet<_>>().len())
    }

    /// The credentials in the first request.
    pub(crate) fn credentials(&self) -> Vec<Bytes> {
        let Some(head) = &self.request else { return Vec::new() };
        let values = |name: &'static str| head.fields.all(name).cloned();
        ["Authorization", "Cookie"].into_iter().flat_map(values).collect()
    }
}
