//! Bytes from the peer, made into arrivals, with every rule they break.

use bytes::Bytes;
use wsspec_wire::{
    Assembled, Assembler, Decoded, Decoder, DeflateParams, HeadError, HeadReader, Header, Offer, Partial,
    RequestHead, ResponseHead, Role, Violation, judge_refusal, judge_request, judge_response,
    parse_extensions,
};

use crate::{arrival::Arrival, transcript::Received};

/// Something received, what it amounts to, and the rules it breaks.
#[derive(Debug)]
pub(crate) struct Seen {
    pub received: Received,
    pub arrivals: Vec<Arrival>,
    pub violations: Vec<Violation>,
}

/// Reads what one side sends.
#[derive(Debug)]
pub(crate) struct Inbound {
    sender: Role,
    /// Payload bytes that are kept of a frame or message.
    limit: usize,
    stage: Stage,
    /// permessage-deflate, as the response agreed.
    agreed: Option<DeflateParams>,
    /// Bytes have come behind the head.
    behind_head: bool,
}

#[derive(Debug)]
enum Stage {
    Head(HeadReader),
    Frames(Box<(Decoder, Assembler)>),
    /// After a response of ours that is none to open the connection: another request, or frames all the same.
    Refused(Box<(Decoder, Assembler)>),
    /// After a response that is not an upgrade, or a head that cannot be read.
    Body,
}

impl Inbound {
    /// Reads what `sender` sends; frames and messages above `limit` bytes of payload are not kept.
    pub(crate) fn new(sender: Role, limit: usize) -> Self {
        Self { sender, limit, stage: Stage::Head(HeadReader::new()), agreed: None, behind_head: false }
    }

    /// What permessage-deflate was agreed, after a 101.
    pub(crate) fn agreed(&self) -> Option<&DeflateParams> {
        self.agreed.as_ref()
    }

    /// Whether anything has come behind the peer's head.
    pub(crate) fn is_behind_head(&self) -> bool {
        self.behind_head
    }

    /// We have answered the peer's request.
    pub(crate) fn answer(&mut self, response: &ResponseHead) {
        if response.status == Some(101) {
            self.agreed = agreed(response);
            // Nothing has come behind the request, or that was judged.
            if !self.behind_head {
                self.open();
            }
        } else if let Stage::Frames(stage) = std::mem::replace(&mut self.stage, Stage::Body) {
            self.stage = Stage::Refused(stage);
        }
    }

    /// Takes bytes in. `offer` is what our request offered.
    pub(crate) fn push(&mut self, bytes: &[u8], offer: &Offer, out: &mut Vec<Seen>) {
        match &mut self.stage {
            Stage::Head(reader) => {
                reader.push(bytes);
                self.take_heads(offer, out);
            }
            Stage::Frames(stage) => {
                self.behind_head |= !bytes.is_empty();
                take_frames(stage, bytes, out);
            }
            // No frame of a client begins with a capital letter: with that opcode it would be reserved.
            Stage::Refused(_) if bytes.first().is_some_and(u8::is_ascii_uppercase) => {
                self.stage = Stage::Head(HeadReader::new());
                self.push(bytes, offer, out);
            }
            Stage::Refused(stage) => take_frames(stage, bytes, out),
            Stage::Body if bytes.is_empty() => {}
            Stage::Body => {
                let received = Received::Raw(Bytes::copy_from_slice(bytes));
                out.push(Seen { received, arrivals: Vec::new(), violations: Vec::new() });
            }
        }
    }

    /// What is left of a frame or head that did not end, and the rules its header breaks.
    pub(crate) fn unfinished(&self) -> Option<Seen> {
        let (bytes, violations) = match &self.stage {
            Stage::Head(reader) => (Bytes::copy_from_slice(reader.pending()), Vec::new()),
            Stage::Frames(stage) | Stage::Refused(stage) => {
                let violations = match stage.0.partial() {
                    Some(Partial::Payload { header, .. }) => stage.1.header(&header),
                    _ => Vec::new(),
                };
                (stage.0.pending_bytes().into(), violations)
            }
            Stage::Body => return None,
        };
        let seen =
            || Seen { received: Received::Unfinished(bytes.clone()), arrivals: Vec::new(), violations };
        (!bytes.is_empty()).then(seen)
    }

    fn take_heads(&mut self, offer: &Offer, out: &mut Vec<Seen>) {
        let Stage::Head(reader) = &mut self.stage else { return };
        let rest = match reader.take() {
            None => return,
            Some(Err(HeadError::TooLong { limit })) => {
                let received = Received::Raw(Bytes::copy_from_slice(reader.pending()));
                self.stage = Stage::Body;
                out.push(Seen {
                    received,
                    arrivals: vec![Arrival::EndlessHead(limit)],
                    violations: Vec::new(),
                });
                return;
            }
            Some(Ok(found)) => {
                let seen = match self.sender {
                    Role::Server => self.response(found.head, offer),
                    Role::Client => self.request(found.head),
                };
                out.push(seen);
                found.rest
            }
        };
        if !rest.is_empty() {
            self.push(&rest, offer, out);
        }
    }

    fn response(&mut self, head: Bytes, offer: &Offer) -> Seen {
        let response = ResponseHead::parse(&head);
        let received = Received::Head(head);
        match response.status {
            Some(101) => {
                let violations = judge_response(offer, &response);
                self.agreed = agreed(&response);
                self.open();
                Seen { received, arrivals: vec![Arrival::Response(response)], violations }
            }
            // Interim responses (RFC 9110, 15.2) come before the one that counts.
            Some(100 | 102..=199) => Seen { received, arrivals: Vec::new(), violations: Vec::new() },
            _ => {
                self.stage = Stage::Body;
                let violations = judge_refusal(&response);
                Seen { received, arrivals: vec![Arrival::Response(response)], violations }
            }
        }
    }

    fn request(&mut self, head: Bytes) -> Seen {
        let request = RequestHead::parse(&head);
        let violations = judge_request(&request);
        self.open();
        Seen { received: Received::Head(head), arrivals: vec![Arrival::Request(request)], violations }
    }

    fn open(&mut self) {
        let mut assembler = Assembler::new(self.sender).with_limit(self.limit);
        if let Some(agreed) = self.agreed {
            assembler = assembler.with_deflate(agreed);
        }
        self.stage = Stage::Frames(Box::new((Decoder::new(self.limit as u64), assembler)));
    }
}

/// permessage-deflate as a response accepts it; `None` where it does not, or not validly.
fn agreed(response: &ResponseHead) -> Option<DeflateParams> {
    response
        .fields
        .all("Sec-WebSocket-Extensions")
        .filter_map(|value| parse_extensions(value).ok())
        .flatten()
        .find(|extension| extension.name.eq_ignore_ascii_case(DeflateParams::NAME))
        .and_then(|extension| DeflateParams::from_answer(&extension).ok())
}

fn take_frames(stage: &mut (Decoder, Assembler), mut bytes: &[u8], out: &mut Vec<Seen>) {
    let (decoder, assembler) = stage;
    let mut assembled = Vec::new();
    while let Some(decoded) = decoder.decode(&mut bytes) {
        let seen = match decoded {
            Decoded::Frame(frame) => {
                assembler.push(&frame, &mut assembled);
                sort(Received::Frame(frame), None, &mut assembled)
            }
            Decoded::Oversize(header) => {
                assembler.oversize(&header, &mut assembled);
                sort(Received::Oversize(header), Some(header), &mut assembled)
            }
        };
        out.push(seen);
    }
}

fn sort(received: Received, oversize: Option<Header>, assembled: &mut Vec<Assembled>) -> Seen {
    let mut seen = Seen { received, arrivals: Vec::new(), violations: Vec::new() };
    seen.arrivals.extend(oversize.map(Arrival::Oversize));
    for item in assembled.drain(..) {
        match item {
            Assembled::Message { kind, payload, .. } => seen.arrivals.push(Arrival::Message(kind, payload)),
            Assembled::Ping(payload) => seen.arrivals.push(Arrival::Ping(payload)),
            Assembled::Pong(payload) => seen.arrivals.push(Arrival::Pong(payload)),
            Assembled::Close(body) => seen.arrivals.push(Arrival::Close(body)),
            Assembled::Lost { .. } if oversize.is_none() => seen.arrivals.push(Arrival::Lost),
            Assembled::Lost { .. } => {}
            Assembled::Violation(violation) => seen.violations.push(violation),
        }
    }
    seen
}
