//! What one half has sent so far, as far as it matters to what the other may send.

use std::collections::HashSet;

use bytes::Bytes;
use wsspec_wire::{
    Assembled, Assembler, CloseBody, CloseCode, CodeClass, DeflateParams, Frame, Header, Opcode, Role,
    Violation,
};

/// Payloads that are remembered of each kind.
const MOST_PAYLOADS: usize = 4096;

/// A close frame that an end has sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentClose {
    /// Its body.
    pub body: CloseBody,
    /// Nothing is wrong with it, nor with any header before it: who receives it has no error to report.
    pub is_good: bool,
    /// Something was sent behind it.
    pub is_trailed: bool,
    /// The other end had sent one before.
    pub is_answer: bool,
}

/// Pings, pongs and the close frame of one half.
#[derive(Debug)]
pub(crate) struct History {
    sender: Role,
    /// Reads headers only.
    assembler: Assembler,
    /// A header has made the other end fail the connection, if that keeps the rules.
    is_spoilt: bool,
    pings: HashSet<Bytes>,
    /// Pings behind the header that spoilt it.
    late_pings: HashSet<Bytes>,
    pongs: HashSet<Bytes>,
    close: Option<SentClose>,
}

impl History {
    /// Of what `sender` sends, compressed as agreed.
    pub(crate) fn new(sender: Role, agreed: Option<DeflateParams>) -> Self {
        let assembler = Assembler::new(sender);
        Self {
            sender,
            assembler: match agreed {
                Some(agreed) => assembler.with_deflate(agreed),
                None => assembler,
            },
            is_spoilt: false,
            pings: HashSet::new(),
            late_pings: HashSet::new(),
            pongs: HashSet::new(),
            close: None,
        }
    }

    /// Its first close frame.
    pub(crate) fn close(&self) -> Option<&SentClose> {
        self.close.as_ref()
    }

    /// Whether a header has made the other end fail the connection, if that keeps the rules.
    pub(crate) fn is_spoilt(&self) -> bool {
        self.is_spoilt
    }

    /// Bytes have come, whatever they are.
    pub(crate) fn trail(&mut self, bytes: &[u8]) {
        if let Some(close) = self.close.as_mut().filter(|_| !bytes.is_empty()) {
            close.is_trailed = true;
        }
    }

    /// Takes in a frame of which only the header was kept.
    pub(crate) fn oversize(&mut self, header: &Header) {
        let mut found = Vec::new();
        self.assembler.oversize(header, &mut found);
        self.is_spoilt |= found.iter().any(fails_connection);
    }

    /// Takes in a frame. `other` is what the other half had sent by then.
    pub(crate) fn frame(&mut self, frame: &Frame, other: &Self) {
        let was_spoilt = self.is_spoilt;
        self.oversize(&frame.header);
        let payload = &frame.payload;
        match frame.header.opcode {
            Opcode::PING if was_spoilt => keep(&mut self.late_pings, payload),
            Opcode::PING => keep(&mut self.pings, payload),
            // What answers a ping is no pong of its own accord.
            Opcode::PONG if !other.pings.contains(payload) => keep(&mut self.pongs, payload),
            // What comes behind the first only trails it.
            Opcode::CLOSE if self.close.is_none() => {
                let body = CloseBody::parse(payload.clone());
                let is_good = !self.is_spoilt && frame.header.length.is_minimal() && is_good(&body);
                let is_answer = other.close.is_some();
                self.close = Some(SentClose { body, is_good, is_trailed: false, is_answer });
            }
            _ => {}
        }
    }

    /// What is wrong with a control frame of this half, which is not taken in yet, after what `other` has sent.
    pub(crate) fn judge(&self, frame: &Frame, other: &Self) -> Vec<Violation> {
        match frame.header.opcode {
            Opcode::CLOSE if self.sender == Role::Client => judge_1010(&frame.payload, other.is_spoilt),
            Opcode::PING | Opcode::PONG => self.judge_ping_or_pong(frame, other).into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn judge_ping_or_pong(&self, frame: &Frame, other: &Self) -> Option<Violation> {
        let (opcode, payload) = (frame.header.opcode, &frame.payload);
        if opcode == Opcode::PONG && other.late_pings.contains(payload) && !other.pings.contains(payload) {
            return Some(Violation::PongAfterFailure);
        }
        // Who began to close must still answer pings, until the other end's close frame has come (RFC 6455, 5.5.2).
        if self.close.as_ref().is_some_and(|close| close.is_answer) {
            return Some(Violation::ControlAfterClose(opcode));
        }
        let is_reply =
            opcode == Opcode::PONG && other.pongs.contains(payload) && !other.pings.contains(payload);
        is_reply.then_some(Violation::PongForPong)
    }
}

/// What is wrong with a close frame of a client that says that extensions are missing: that it does not say which, or that
/// it follows a frame for which the connection was to be failed.
fn judge_1010(body: &Bytes, is_spoilt: bool) -> Vec<Violation> {
    match CloseBody::parse(body.clone()) {
        CloseBody::Full { code: CloseCode(1010), reason } => {
            let unlisted = reason.is_empty().then_some(Violation::ExtensionsNotListed);
            let blamed = is_spoilt.then_some(Violation::ExtensionsBlamed);
            unlisted.into_iter().chain(blamed).collect()
        }
        _ => Vec::new(),
    }
}

/// Any end may send empty ones at any time: those say nothing.
fn keep(payloads: &mut HashSet<Bytes>, payload: &Bytes) {
    if !payload.is_empty() && payloads.len() < MOST_PAYLOADS {
        payloads.insert(payload.clone());
    }
}

/// Whether an end that receives such a header has to fail the connection.
fn fails_connection(item: &Assembled) -> bool {
    matches!(
        item,
        Assembled::Violation(
            Violation::UnmaskedFrame
                | Violation::MaskedFrame
                | Violation::ReservedBits { .. }
                | Violation::ReservedOpcode(_)
                | Violation::FragmentedControl(_)
                | Violation::LongControl { .. }
                | Violation::OrphanContinuation
                | Violation::InterruptedMessage { .. }
                | Violation::CompressedControl(_)
                | Violation::CompressedContinuation
        )
    )
}

/// Whether a close frame has no body, or one that everybody has to take: codes that were registered after the RFC may be
/// unknown (RFC 6455, 7.4.2).
fn is_good(body: &CloseBody) -> bool {
    match body {
        CloseBody::Empty => true,
        CloseBody::OneByte(_) => false,
        CloseBody::Full { code, reason } => {
            matches!(code.class(), CodeClass::Defined | CodeClass::Library | CodeClass::Private)
                && std::str::from_utf8(reason).is_ok()
        }
    }
}
