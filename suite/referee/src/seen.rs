//! What is seen of a connection: what arrived, what it means, which rules it breaks.

use std::ops::Range;

use bytes::Bytes;
use wsspec_wire::{Header, Role, Violation, judge_unfinished_response};

use crate::{arrival::Arrival, received::Received};

/// One thing that one end did, what it means, and the rules that it breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What was on the wire; `None` if only the order of events breaks a rule.
    pub what: Option<Received>,
    /// What it means.
    pub arrivals: Vec<Arrival>,
    /// The rules that it breaks; if there are several, the last explains the most.
    pub broken: Vec<Broken>,
}

impl Seen {
    /// A head that `from` has begun and not finished. Frames of a server in its place came before the response (RFC 6455,
    /// 4.2.2).
    #[must_use]
    pub fn unfinished_head(head: &[u8], from: Role) -> Self {
        let bytes = Bytes::copy_from_slice(head);
        let violation = (from == Role::Server).then(|| judge_unfinished_response(&bytes)).flatten();
        let broken = violation.into_iter().map(|violation| Broken::in_head(violation, head)).collect();
        Self { broken, ..Self::of(Received::Unfinished(bytes)) }
    }

    pub(crate) fn of(what: Received) -> Self {
        Self { what: Some(what), arrivals: Vec::new(), broken: Vec::new() }
    }
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Which, and how.
    pub violation: Violation,
    /// The faulty bytes, counted from the start of what was on the wire.
    pub bytes: Range<usize>,
}

impl Broken {
    pub(crate) fn in_head(violation: Violation, head: &[u8]) -> Self {
        Self { bytes: violation.place_in_head(head), violation }
    }

    pub(crate) fn in_frame(violation: Violation, header: &Header, payload: &[u8]) -> Self {
        Self { bytes: violation.place_in_frame(header, payload), violation }
    }
}
