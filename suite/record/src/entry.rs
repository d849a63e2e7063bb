//! One entry of a transcript, and its meaning.

use std::{ops::Range, time::Duration};

use serde::{Deserialize, Serialize};
use wsspec_wire::{ConnectionName, RequirementId};

use crate::serial;

/// One entry of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRecord {
    /// Since the connection opened, in microseconds.
    pub at_us: u64,
    /// The script's line it belongs to; 0: none.
    pub line: usize,
    /// The connection it happened on; `None` if the trial has only one.
    #[serde(default, with = "crate::serial::connection", skip_serializing_if = "Option::is_none")]
    pub connection: Option<ConnectionName>,
    /// What happened.
    pub event: EventKind,
    /// In the notation; empty if the event says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Its meaning for the trial; `None` if it needs no remark.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Meaning>,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// We sent `text`.
    Sent,
    /// We did not send `text`: the peer had ended the connection.
    Skipped,
    /// The peer sent `text`.
    Received,
    /// The peer sent a frame of which only `text` was kept.
    Oversize,
    /// The peer began `text` but did not finish it.
    Unfinished,
    /// The peer ended its half of the stream.
    Eof,
    /// The connection was reset.
    Reset,
    /// The peer's process used `text`.
    Measured,
    /// A time limit expired.
    Timeout,
}

/// The meaning of an entry for the trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Meaning {
    /// It is what its line waited for.
    Matched,
    /// It is what its line waited for, but after the line's time limit.
    MatchedLate,
    /// Its line expected something else.
    Unexpected {
        /// The unexpected bytes; `None` if there is nothing to compare them with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        bytes: Option<Range<usize>>,
    },
    /// It breaks a rule.
    Broke {
        /// The requirement broken.
        #[serde(with = "serial::id")]
        requirement: RequirementId,
        /// What the peer did, in a sentence without a full stop.
        what: String,
        /// The faulty bytes.
        bytes: Range<usize>,
    },
    /// It sends back the code of our own close frame, which no endpoint may send.
    EchoesOurCode {
        /// What the peer did, in a sentence without a full stop.
        what: String,
        /// The faulty bytes.
        bytes: Range<usize>,
    },
    /// It ended the opening handshake before a connection was open.
    HandshakeFailed,
    /// Nothing arrived within this time, in microseconds.
    TimedOut {
        /// The time.
        limit_us: u64,
    },
}

impl Meaning {
    /// Whether the entry may be the cause of the verdict.
    pub fn is_at_fault(&self) -> bool {
        matches!(self, Self::Broke { .. } | Self::EchoesOurCode { .. } | Self::Unexpected { .. })
    }

    /// The faulty bytes, if known.
    pub fn bytes_at_fault(&self) -> Option<Range<usize>> {
        match self {
            Self::Broke { bytes, .. } | Self::EchoesOurCode { bytes, .. } => Some(bytes.clone()),
            Self::Unexpected { bytes } => bytes.clone(),
            Self::Matched | Self::MatchedLate | Self::HandshakeFailed | Self::TimedOut { .. } => None,
        }
    }

    /// Nothing arrived within `limit`.
    pub fn timed_out(limit: Duration) -> Self {
        Self::TimedOut { limit_us: u64::try_from(limit.as_micros()).unwrap_or(u64::MAX) }
    }
}
