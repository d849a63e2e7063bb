//! How a trial through an intermediary went.

use std::time::Duration;

use wsspec_catalogue::Trial;
use wsspec_exchange::{Moment, Outcome};
use wsspec_record::{EntryRecord, TrialRecord, Verdict};
use wsspec_wire::Role;

use crate::confirmation::Evidence;

/// How a trial went.
#[derive(Clone)]
pub(super) struct ProxyRun {
    pub outcome: Outcome,
    /// What happened in front after the script, and behind.
    pub more: Vec<EntryRecord>,
    pub duration: Duration,
    /// Whether the intermediary has connected to the server.
    pub reached: bool,
    /// Whether both connections were opened.
    pub opened: bool,
    /// Whether it fails only because something did not happen.
    pub is_silent: bool,
    /// Whether the request was passed on octet by octet.
    pub is_below_http: bool,
    /// Whether it has connected to the server over HTTP/2.
    pub is_http2_behind: bool,
}

impl ProxyRun {
    /// A trial of which nothing was sent.
    pub(super) fn unplayed(verdict: Verdict) -> Self {
        Self {
            outcome: Outcome::of(verdict),
            more: Vec::new(),
            duration: Duration::ZERO,
            reached: false,
            opened: false,
            is_silent: false,
            is_below_http: false,
            is_http2_behind: false,
        }
    }

    /// What its failure is based on.
    pub(super) fn evidence(&self) -> Evidence {
        let fails = self.outcome.verdict.is_fail();
        Evidence { by_silence: fails && self.is_silent, by_bytes: fails && !self.is_silent }
    }

    /// The record, with both connections in order of time.
    pub(super) fn into_record(self, trial: &Trial, attempts: u32, keeps_payloads: bool) -> TrialRecord {
        let duration = Moment(self.duration).micros();
        let mut record = match keeps_payloads {
            true => self.outcome.into_record(trial, Role::Server, duration, attempts),
            false => self.outcome.into_short_record(trial, Role::Server, duration, attempts),
        };
        record.transcript.extend(self.more);
        record.transcript.sort_by_key(|entry| entry.at_us);
        record
    }
}
