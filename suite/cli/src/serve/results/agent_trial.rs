//! What a case comes to that was played to an agent, once or twice.

use wsspec_exchange::Pace;
use wsspec_record::{EntryRecord, EventKind, TrialRecord, Verdict};
use wsspec_runner::{Confirmation, Evidence, UNCONFIRMED, doubted, is_of_one_connection, weigh};

/// What an entry takes beside its text.
const ENTRY: usize = 96;

/// What a case that was played to an agent came to.
#[derive(Clone, Debug)]
pub struct AgentTrial {
    /// Verdict and transcript.
    pub record: TrialRecord,
    /// What it failed by, if it failed.
    pub evidence: Evidence,
    /// How long the agent took.
    pub pace: Pace,
}

/// Whether it failed, was run once, and can be confirmed.
pub(super) fn is_unconfirmed(trial: &TrialRecord) -> bool {
    match &trial.verdict {
        Verdict::Fail { failure } => trial.attempts == 1 && is_of_one_connection(failure),
        _ => false,
    }
}

/// What a failure and the run that is to confirm it come to.
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

/// Whether its client sent a message, or a part of one; where that was not kept, it may have.
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

/// What a transcript takes, about.
pub(super) fn size(trial: &TrialRecord) -> usize {
    trial.transcript.iter().map(|entry| entry.text.len() + ENTRY).sum()
}
