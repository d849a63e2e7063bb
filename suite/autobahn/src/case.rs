//! A case: what is sent, what may be seen then, and who ends the connection how.

use std::time::Duration;

use bytes::Bytes;
use wsspec_wire::{DeflateOffer, MessageKind};

use crate::{CaseId, data::TestData};

/// One of the 517.
#[derive(Debug)]
pub struct AutobahnCase {
    /// Its id.
    pub id: CaseId,
    /// What is sent; may hold markup.
    pub description: String,
    /// What is expected; may hold markup.
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
    /// The codes the peer may send; none is always fine.
    pub codes: Vec<u16>,
    /// The closing handshake must be completed.
    pub clean: bool,
    /// Where the wrong end closes, the case fails.
    pub fatal: Option<bool>,
}

/// What deviates from how cases usually go.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CaseRules {
    /// The tester does not close as soon as it has seen what it expects: the case closes itself.
    pub suppress_close: bool,
    /// A close code that is wrong fails the case.
    pub wrong_code_fails: bool,
    /// Whatever happens is only noted, in these words.
    pub informational: Option<Noted>,
    /// What was sent as reason is no text: the report has it in hex.
    pub reason_in_hex: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Noted {
    /// Which of message and close the peer saw to first.
    Order,
    /// A code the RFC says nothing of.
    Undefined,
}

/// What is seen of the peer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum CaseEvent {
    /// A message.
    Message(Bytes, MessageKind),
    /// A pong.
    Pong(Bytes),
    /// A pause came to its end with the connection open.
    Timeout(&'static str),
}

impl CaseEvent {
    pub(crate) fn payload(&self) -> &[u8] {
        match self {
            Self::Message(payload, _) | Self::Pong(payload) => payload,
            Self::Timeout(_) => &[],
        }
    }

    /// The same with the beginning of its payload only, which keeps the rest from being held.
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
    /// By all that was seen.
    Events { ok: Vec<CaseEvent>, non_strict: Option<Vec<CaseEvent>> },
    /// By the kind and length of one message.
    Length { kind: MessageKind, length: usize, seconds: u64 },
    /// By many messages, one after the other.
    Echoes { messages: Echoed, seconds: u64 },
}

#[derive(Clone, Debug)]
pub(crate) enum Echoed {
    /// The same byte, so many times; kind and length are compared.
    Plain { kind: MessageKind, byte: u8, length: usize },
    /// Slices of data, compressed; the contents are compared.
    Compressed { data: TestData, length: usize, fragment: usize, offers: Offers },
}

/// What is offered, in either role's terms: no context takeover by the peer, and its window.
pub(crate) type Offers = &'static [(bool, u8)];

/// Messages of a case of many.
pub(crate) const ECHOES: usize = 1000;

#[derive(Clone, Debug)]
pub(crate) enum CaseStep {
    Frame(Outgoing),
    /// A whole message in fragments of a size; 0: whole.
    Message {
        kind: MessageKind,
        payload: Bytes,
        fragment: usize,
    },
    /// The head of a text frame whose payload comes later.
    Begin {
        length: usize,
    },
    /// A part of that payload; RFC 6455 allows a frame to come in any pieces.
    Part(Bytes),
    /// A close frame of ours.
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
    /// Until the peer has answered what came before; a second at most.
    Answered,
    /// A second in which nothing is to happen; noted where the connection is open then.
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
    /// Written in pieces of so many bytes.
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
    /// What a client offers of permessage-deflate.
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

    /// What a server asks of a client that offers permessage-deflate, the best first: as [`Self::offers`].
    pub(crate) fn wishes(&self) -> Offers {
        match self.judge {
            CaseJudge::Echoes { messages: Echoed::Compressed { offers, .. }, .. } => offers,
            _ => &[],
        }
    }

    /// Whether its duration and its compression are part of the report.
    pub(crate) fn reported(&self) -> (bool, bool) {
        let compressed = matches!(self.judge, CaseJudge::Echoes { messages: Echoed::Compressed { .. }, .. });
        (!matches!(self.judge, CaseJudge::Events { .. }), compressed)
    }

    /// The description up to its first markup, as `/getCaseInfo` has it.
    #[must_use]
    pub fn plain_description(&self) -> String {
        let text = self.description.split('<').next().unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Whether it matters that pieces arrive one by one.
    #[must_use]
    pub fn is_in_pieces(&self) -> bool {
        self.steps
            .iter()
            .any(|step| matches!(step, CaseStep::Frame(frame) if frame.sync || frame.chop.is_some()))
    }

    /// Whether it has pauses in which nothing is to happen.
    #[must_use]
    pub fn has_pauses(&self) -> bool {
        self.steps.iter().any(|step| matches!(step, CaseStep::Pause(Pause::Quiet(_))))
    }

    /// Whether it takes long enough to be run beside few others.
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        !matches!(self.judge, CaseJudge::Events { .. })
    }
}
