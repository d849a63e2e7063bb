//! The builders for the cases of each section.

use std::time::Duration;

use bytes::Bytes;
use wsspec_wire::MessageKind;

use crate::{
    CaseId,
    case::{AutobahnCase, CaseEvent, CaseJudge, CaseRules, CaseStep, CloseRule, Outgoing, Pause},
};

pub(super) const HELLO: &str = "Hello, world!";
/// Bytes that are not text.
pub(super) const NOISE: &[u8] = b"\x00\xFF\xFE\xFD\xFC\xFB\x00\xFF";

pub(super) const CLEAN_CLOSE: &str = "The tester closes with 1000, and the closing handshake completes.";

/// A case under construction.
pub(super) struct Build(AutobahnCase);

/// How a frame is written: as one segment, flushed at once, or byte by byte.
#[derive(Clone, Copy)]
pub(super) enum Write {
    Whole,
    Flushed,
    Bytewise,
}

pub(super) fn case(numbers: &[u16], description: impl Into<String>, expectation: impl Into<String>) -> Build {
    Build(AutobahnCase {
        id: CaseId::new(numbers),
        description: description.into(),
        expectation: expectation.into(),
        steps: Vec::new(),
        judge: CaseJudge::Events { ok: Vec::new(), non_strict: None },
        close: CloseRule { by_me: true, codes: vec![1000], clean: true, fatal: None },
        rules: CaseRules::default(),
    })
}

impl Build {
    pub fn add(self, list: &mut Vec<AutobahnCase>) {
        list.push(self.0);
    }

    pub fn step(mut self, step: CaseStep) -> Self {
        self.0.steps.push(step);
        self
    }

    pub fn frame(self, frame: Outgoing) -> Self {
        self.step(CaseStep::Frame(frame))
    }

    pub fn text(self, payload: &'static str) -> Self {
        self.frame(Outgoing::new(1, payload))
    }

    pub fn close(self, code: Option<u16>, reason: Option<&'static [u8]>) -> Self {
        self.step(CaseStep::Close { code, reason: reason.map(Bytes::from_static) })
    }

    pub fn pause(self, pause: Pause) -> Self {
        self.step(CaseStep::Pause(pause))
    }

    pub fn fail_after(self, millis: u64) -> Self {
        self.step(CaseStep::FailAfter(Duration::from_millis(millis)))
    }

    pub fn close_after(self, seconds: u64) -> Self {
        self.step(CaseStep::CloseAfter(Duration::from_secs(seconds)))
    }

    pub fn ok(mut self, events: Vec<CaseEvent>) -> Self {
        self.0.judge = CaseJudge::Events { ok: events, non_strict: None };
        self
    }

    /// `also`: events that are accepted as non-strict.
    pub fn or(mut self, also: Vec<CaseEvent>) -> Self {
        if let CaseJudge::Events { non_strict, .. } = &mut self.0.judge {
            *non_strict = Some(also);
        }
        self
    }

    pub fn judge(mut self, judge: CaseJudge) -> Self {
        self.0.judge = judge;
        self
    }

    /// The peer fails the connection.
    pub fn peer_fails(mut self, code: u16) -> Self {
        self.0.close = CloseRule { by_me: false, codes: vec![code], clean: false, fatal: None };
        self
    }

    /// The peer must be the one that fails the connection, or the case fails.
    pub fn fatal(mut self) -> Self {
        self.0.close.fatal = Some(true);
        self
    }

    pub fn codes(mut self, codes: &[u16], clean: bool) -> Self {
        self.0.close.codes = codes.to_vec();
        self.0.close.clean = clean;
        self
    }

    pub fn rules(mut self, rules: CaseRules) -> Self {
        self.0.rules = rules;
        self
    }
}

pub(super) fn echoed(payload: impl Into<Bytes>) -> CaseEvent {
    CaseEvent::Message(payload.into(), MessageKind::Text)
}

pub(super) fn pong(payload: impl Into<Bytes>) -> CaseEvent {
    CaseEvent::Pong(payload.into())
}

pub(super) fn frame(opcode: u8, payload: impl Into<Bytes>) -> Outgoing {
    Outgoing::new(opcode, payload)
}

impl Outgoing {
    pub(super) fn open(mut self) -> Self {
        self.fin = false;
        self
    }

    pub(super) fn rsv(mut self, bits: u8) -> Self {
        self.rsv = bits;
        self
    }

    pub(super) fn chop(mut self, size: usize) -> Self {
        self.chop = Some(size);
        self
    }

    pub(super) fn written(self, write: Write) -> Self {
        match write {
            Write::Whole => self,
            Write::Flushed => Self { sync: true, ..self },
            Write::Bytewise => self.chop(1),
        }
    }
}

impl Write {
    pub(super) const ALL: [Self; 3] = [Self::Whole, Self::Flushed, Self::Bytewise];

    /// Ends a sentence.
    pub(super) fn said(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Flushed => ", each frame in a segment of its own",
            Self::Bytewise => ", byte by byte",
        }
    }
}
