//! The result of a case played to an agent, once or twice.

use wsspec_exchange::Pace;
use wsspec_record::{EntryRecord, EventKind, TrialRecord, Verdict};
use wsspec_runner::{Confirmation, Evidence, UNCONFIRMED, doubted, is_of_one_connection, weigh};

/// Bytes of an entry in addition to its text.
const ENTRY: usize = 96;

/// The result of a case played to an agent.
#[derive(Clone, Debug)]
pub struct AgentTrial {
    /// Verdict and transcript.
    pub record: TrialRecord,
    /// Why it failed, if it failed.
    pub evidence: Evidence,
    /// How long the agent took to respond.
    pub pace: Pace,
}

/// Whether it failed, was run once, and can be confirmed.
pub(super) fn is_unconfirmed(trial: &TrialRecord) -> bool {
    match &trial.verdict {
        Verdict::Fail { failure } => trial.attempts == 1 && is_of_one_connection(failure),
        _ => false,
    }
}

/// The combined result of a failure and the run that is to confirm it.
pub(super) fn confirmed(first: (TrialRecord, Evidence), second: TrialRecord, is_slow: bool) -> TrialRecord {
    let (first, evidence) = first;
    let Verdict::Fail { failure } = &first.verdict else { return second };
    match weigh((&first.verdict, evidence), &second.verdict, is_slow) {
        Confirmation::First => first,
        Confirmation::Second => second,
        Confirmation::Flaky => TrialRecord { verdict: Verdict::Flaky { failure: failure.clone() }, ..first },
        Confirmation::Unconfirmed => TrialRecord {
            verdict: doubted(failure, UNCONFIRMED),
            unconfirmed: Some(failure.clone()),
            ..first
        },
    }
}

/// Whether the client sent a message, or part of one. Assumes so if the transcript was not kept.
pub(super) fn says_something(trial: &TrialRecord) -> bool {
    let is_data = |entry: &EntryRecord| {
        let word = entry.text.split(' ').next().unwrap_or_default();
        match entry.event {
            EventKind::Received | EventKind::Unfinished => ["text", "binary", "continuation"].contains(&word),
            EventKind::Oversize => true,
            _ => false,
        }
    };
    trial.omitted > 0 || trial.transcript.iter().any(is_data)
}

/// The approximate size of a transcript, in bytes.
pub(super) fn size(trial: &TrialRecord) -> usize {
    trial.transcript.iter().map(|entry| entry.text.len() + ENTRY).sum()
}
