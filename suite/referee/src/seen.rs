//! What is seen of a connection: what arrived, what it amounts to, which rules it breaks.

use std::ops::Range;

use wsspec_wire::{Header, Violation};

use crate::{arrival::Arrival, received::Received};

/// One thing that one end did, what it amounts to, and the rules that it breaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What was on the wire; `None` where only the order of things breaks a rule.
    pub what: Option<Received>,
    /// What it amounts to.
    pub arrivals: Vec<Arrival>,
    /// The rules that it breaks; of several, the last explains the most.
    pub broken: Vec<Broken>,
}

impl Seen {
    pub(crate) fn of(what: Received) -> Self {
        Self { what: Some(what), arrivals: Vec::new(), broken: Vec::new() }
    }
}

/// A broken rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Which, and how.
    pub violation: Violation,
    /// The bytes at fault, counted from the start of what was on the wire.
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
