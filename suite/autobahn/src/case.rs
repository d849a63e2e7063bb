//! A case: what is sent, which events may follow, and how the connection ends.

use std::time::Duration;

use bytes::Bytes;
use wsspec_wire::{DeflateOffer, MessageKind};

use crate::{CaseId, data::TestData};

/// One of the 517.
#[derive(Debug)]
pub struct AutobahnCase {
    /// Its id.
    pub id: CaseId,
    /// What is sent; may contain markup.
    pub description: String,
    /// What is expected; may contain markup.
    pub expectation: String,
    pub(crate) steps: Vec<CaseStep>,
    pub(crate) judge: CaseJudge,
    pub(crate) close: CloseRule,
    pub(crate) rules: CaseRules,
}

/// How the connection has to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloseRule {
    /// Whether the tester closes first.
    pub by_me: bool,
    /// The codes that the peer may send; no code is always fine.
    pub codes: Vec<u16>,
    /// The closing handshake must be completed.
    pub clean: bool,
    /// If the wrong end closes, the case fails.
    pub fatal: Option<bool>,
}

/// How the case differs from the usual one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CaseRules {
    /// The tester does not close as soon as it has seen the expected events: the case closes itself.
    pub suppress_close: bool,
    /// A wrong close code fails the case.
    pub wrong_code_fails: bool,
    /// Whatever happens is only noted, in these words.
    pub informational: Option<Noted>,
    /// The reason sent is not text: the report shows it in hex.
    pub reason_in_hex: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Noted {
    /// Whether the peer handled the message or the close first.
    Order,
    /// A code that the RFC does not mention.
    Undefined,
}

/// An event of the peer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CaseEvent {
    /// A message.
    Message(Bytes, MessageKind),
    /// A pong.
    Pong(Bytes),
    /// A pause ended with the connection open.
    Timeout(&'static str),
}

impl CaseEvent {
    pub(crate) fn payload(&self) -> &[u8] {
        match self {
            Self::Message(payload, _) | Self::Pong(payload) => payload,
            Self::Timeout(_) => &[],
        }
    }

    /// The same with only the beginning of its payload, so that the rest is not kept.
    pub(crate) fn begun(self, length: usize) -> Self {
        let beginning = |payload: &Bytes| Bytes::copy_from_slice(&payload[..length.min(payload.len())]);
        match &self {
            Self::Message(payload, kind) => Self::Message(beginning(payload), *kind),
            Self::Pong(payload) => Self::Pong(beginning(payload)),
            Self::Timeout(_) => self,
        }
    }
}

/// How the behaviour is judged.
#[derive(Clone, Debug)]
pub(crate) enum CaseJudge {
    /// By all events.
    Events { ok: Vec<CaseEvent>, non_strict: Option<Vec<CaseEvent>> },
    /// By the type and length of one message.
    Length { kind: MessageKind, length: usize, seconds: u64 },
    /// By many messages, one after the other.
    Echoes { messages: Echoed, seconds: u64 },
}

#[derive(Clone, Debug)]
pub(crate) enum Echoed {
    /// The same byte, this many times; type and length are compared.
    Plain { kind: MessageKind, byte: u8, length: usize },
    /// Slices of data, compressed; the content is compared.
    Compressed { data: TestData, length: usize, fragment: usize, offers: Offers },
}

/// The offer, for either role: no context takeover by the peer, and its window.
pub(crate) type Offers = &'static [(bool, u8)];

/// The messages of a case with many.
pub(crate) const ECHOES: usize = 1000;

#[derive(Clone, Debug)]
pub(crate) enum CaseStep {
    Frame(Outgoing),
    /// A whole message in fragments of this size; 0: unfragmented.
    Message {
        kind: MessageKind,
        payload: Bytes,
        fragment: usize,
    },
    /// The header of a text frame whose payload is sent later.
    Begin {
        length: usize,
    },
    /// Part of that payload; RFC 6455 allows a frame to arrive in any pieces.
    Part(Bytes),
    /// A close frame from us.
    Close {
        code: Option<u16>,
        reason: Option<Bytes>,
    },
    Pause(Pause),
    FailAfter(Duration),
    CloseAfter(Duration),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Pause {
    /// Until the peer has answered everything before; at most a second.
    Answered,
    /// A second in which nothing should happen; noted if the connection is open afterwards.
    Quiet(&'static str),
}

/// A frame to send, legal or not.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    pub opcode: u8,
    pub fin: bool,
    pub rsv: u8,
    pub unit: Bytes,
    /// The unit is repeated to this length.
    pub repeat: Option<usize>,
    /// Written in pieces of this many bytes.
    pub chop: Option<usize>,
    pub sync: bool,
}

impl Outgoing {
    pub fn new(opcode: u8, payload: impl Into<Bytes>) -> Self {
        Self { opcode, fin: true, rsv: 0, unit: payload.into(), repeat: None, chop: None, sync: false }
    }

    pub fn payload(&self) -> Bytes {
        match self.repeat {
            None => self.unit.clone(),
            Some(length) => self.unit.iter().copied().cycle().take(length).collect(),
        }
    }
}

impl AutobahnCase {
    /// What a client offers for permessage-deflate.
    pub(crate) fn offers(&self) -> Vec<DeflateOffer> {
        let CaseJudge::Echoes { messages: Echoed::Compressed { offers, .. }, .. } = self.judge else {
            return Vec::new();
        };
        let offer = |&(fresh, bits): &(bool, u8)| DeflateOffer {
            server_no_context_takeover: fresh,
            client_no_context_takeover: true,
            server_max_window_bits: Some(bits).filter(|bits| *bits != 0),
            client_max_window_bits: Some(None),
        };
        offers.iter().map(offer).collect()
    }

    /// What a server wants from a client that offers permessage-deflate, best first: like [`Self::offers`].
    pub(crate) fn wishes(&self) -> Offers {
        match self.judge {
            CaseJudge::Echoes { messages: Echoed::Compressed { offers, .. }, .. } => offers,
            _ => &[],
        }
    }

    /// Whether its duration and compression are part of the report.
    pub(crate) fn reported(&self) -> (bool, bool) {
        let compressed = matches!(self.judge, CaseJudge::Echoes { messages: Echoed::Compressed { .. }, .. });
        (!matches!(self.judge, CaseJudge::Events { .. }), compressed)
    }

    /// The description up to its first markup, for `/getCaseInfo`.
    #[must_use]
    pub fn plain_description(&self) -> String {
        let text = self.description.split('<').next().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether it matters that pieces arrive separately.
    #[must_use]
    pub fn is_in_pieces(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, CaseStep::Frame(frame) if frame.sync || frame.chop.is_some()))
    }

    /// Whether it has pauses in which nothing should happen.
    #[must_use]
    pub fn has_pauses(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, CaseStep::Pause(Pause::Quiet(_))))
    }

    /// Whether it takes so long that few others should run at the same time.
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        !matches!(self.judge, CaseJudge::Events { .. })
    }
}
