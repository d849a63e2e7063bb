//! The result of a case played to an agent, once or twice.

use wsspec_exchange::Pace;
use wsspec_record::{EntryRecord, EventKind, TrialRecord, Verdict};
use wsspec_runner::{
    Confirmation, Evidence, UNCONFIRMED, doubted, is_of_one_connection, is_same_failure, weigh,
};

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

/// Two runs of a case that failed for different reasons: a third decides.
#[derive(Debug)]
pub(super) struct TwoFailures {
    first: (TrialRecord, Evidence),
    second: (TrialRecord, Evidence),
}

impl TwoFailures {
    /// Of two runs, if they fail for different reasons, and for reasons that running them again can confirm.
    pub(super) fn of(
        first: &(TrialRecord, Evidence),
        second: &TrialRecord,
        evidence: Evidence,
    ) -> Option<Self> {
        let fail = first.0.verdict.is_fail() && second.verdict.is_fail();
        let differ = fail && !is_same_failure(&first.0.verdict, &second.verdict);
        differ.then(|| Self { first: first.clone(), second: (second.clone(), evidence) })
    }

    /// The combined result of the third run and the one that it agrees with.
    pub(super) fn decided(self, third: TrialRecord, is_slow: bool) -> TrialRecord {
        let agrees = is_same_failure(&self.first.0.verdict, &third.verdict);
        confirmed(if agrees { self.first } else { self.second }, third, is_slow)
    }

    /// The approximate size of both transcripts, in bytes.
    pub(super) fn size(&self) -> usize {
        size(&self.first.0) + size(&self.second.0)
    }

    /// Drops both transcripts.
    pub(super) fn shorten(&mut self) {
        for trial in [&mut self.first.0, &mut self.second.0] {
            forget_transcript(trial);
        }
    }
}

/// Drops a transcript, and says so.
pub(super) fn forget_transcript(trial: &mut TrialRecord) {
    trial.omitted += trial.transcript.len() as u64;
    trial.transcript = Vec::new();
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
