//! What a decoder must answer to an input, for those who check it with code of their own.

use std::fmt;

use crate::{
    DecoderEvent, Demands, InputPrefix, expected::ExpectedDecoding, rejection_reason::RejectionReason,
};

/// What a decoder must answer to the bytes of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedAnswer {
    /// What it reports, in order, up to the first rejection.
    pub events: Vec<ExpectedEvent>,
    /// For what it must or may reject the bytes; it must not reject them for anything else.
    pub rejections: Vec<ExpectedRejection>,
    /// After the last event, nothing is demanded: the bytes contain compressed data without a meaning.
    pub is_open: bool,
}

/// Something that a decoder reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedEvent {
    /// What it is.
    pub event: DecoderEvent,
    /// The number of bytes with which it is complete: not before, and not later.
    pub complete: usize,
    /// What a decoder breaks that does not report it: the id of a requirement.
    pub requirement: &'static str,
}

/// A reason to reject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRejection {
    /// What is wrong with the bytes.
    pub why: String,
    /// The number of bytes after which it shows: a decoder must not reject before.
    pub earliest: usize,
    /// The number of bytes after which a decoder that must reject has done so; `None` if they have not arrived.
    pub latest: Option<usize>,
    /// What a decoder breaks that does not reject: the id of a requirement. `None` if it may accept.
    pub must: Option<&'static str>,
}

/// What a decoder with these demands must answer to an input.
#[must_use]
pub fn expected_answer(input: &[u8], demands: &Demands) -> ExpectedAnswer {
    let (prefix, bytes) = InputPrefix::read(input);
    let expected = ExpectedDecoding::of(&prefix.setting(demands), bytes, demands);
    let event = |due: crate::expected::DueEvent| ExpectedEvent {
        event: due.event,
        complete: due.end,
        requirement: due.requirement,
    };
    ExpectedAnswer {
        events: expected.events.into_iter().map(event).collect(),
        rejections: expected.faults.iter().map(rejection).collect(),
        is_open: expected.is_open,
    }
}

fn rejection(fault: &RejectionReason) -> ExpectedRejection {
    ExpectedRejection {
        why: fault.why.to_string(),
        earliest: fault.known,
        latest: fault.end,
        must: fault.duty,
    }
}

impl ExpectedAnswer {
    /// The requirements that the input exercises, each once: of its events, and of its rejections.
    #[must_use]
    pub fn requirements(&self) -> Vec<&'static str> {
        let events = self.events.iter().map(|event| event.requirement);
        let mut all: Vec<_> = events.chain(self.rejections.iter().filter_map(|it| it.must)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl fmt::Display for ExpectedRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = if self.must.is_some() { "must" } else { "may" };
        write!(f, "{verb} be rejected after {} bytes: {}", self.earliest, self.why)
    }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::Role;

    use super::*;
    use crate::inputs::from_frames;

    #[test]
    fn an_answer_names_events_rejections_and_requirements() {
        let input = from_frames([255; 4], Role::Server, b"\x89\x01a\xC1\x00");
        let answer = expected_answer(&input, &Demands::default());
        let ping = DecoderEvent::Ping(b"a".to_vec());
        let event = ExpectedEvent { event: ping, complete: 3, requirement: "rfc6455#5.5.2:5" };
        assert_eq!(answer.events, [event]);
        let [rejection] = &answer.rejections[..] else { panic!("{answer:?}") };
        assert_eq!((rejection.earliest, rejection.latest), (4, Some(5)));
        assert_eq!(answer.requirements(), ["rfc6455#5.2:6", "rfc6455#5.5.2:5"]);
        assert!(rejection.to_string().starts_with("must be rejected after 4 bytes: "), "{rejection}");
    }
}
