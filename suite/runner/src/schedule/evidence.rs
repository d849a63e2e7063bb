//! What the runs of a trial show.

use wsspec_exchange::Event;
use wsspec_record::Verdict;
use wsspec_referee::Received;

use crate::{
    confirmation::{Evidence, has_timeout, is_of_one_connection, is_same_failure},
    trial::TrialRun,
};

/// Whether load may have made a trial fail, become inconclusive, or miss what it only watched for.
pub(super) fn is_doubtful(ran: &TrialRun) -> bool {
    match &ran.outcome.verdict {
        Verdict::Fail { failure } => is_of_one_connection(failure),
        Verdict::Inconclusive { .. } => !ran.not_run,
        Verdict::Lenient { .. } => has_timeout(&ran.outcome.transcript),
        _ => false,
    }
}

/// Whether it failed only because nothing arrived.
pub(super) fn fails_by_silence(ran: &TrialRun) -> bool {
    Evidence::of(&ran.outcome).by_silence
}

/// Whether it failed by what the peer sent in time.
pub(super) fn fails_by_bytes(ran: &TrialRun) -> bool {
    Evidence::of(&ran.outcome).by_bytes
}

/// Whether it failed at a message, or a part of one: the peer may have sent it unprompted.
pub(super) fn fails_at_message(ran: &TrialRun) -> bool {
    let last = ran.outcome.transcript.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Received(received) => Some(received),
        _ => None,
    });
    let is_data = matches!(last, Some(Received::Frame(frame)) if frame.header.opcode.is_data());
    ran.outcome.verdict.is_fail() && is_data
}

/// Whether both failed by the same requirement.
pub(super) fn fail_alike(a: &TrialRun, b: &TrialRun) -> bool {
    is_same_failure(&a.outcome.verdict, &b.outcome.verdict)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wsspec_exchange::Outcome;
    use wsspec_record::Failure;
    use wsspec_wire::{Level, RequirementId, Violation};

    use super::*;

    fn failed(requirement: RequirementId) -> TrialRun {
        let (expected, actual) = ("a new key".to_owned(), "the key of another connection".to_owned());
        let failure = Failure { line: 0, expected, actual, requirement, level: Level::Must };
        TrialRun::of(Outcome::of(Verdict::Fail { failure }), Duration::ZERO)
    }

    #[test]
    fn what_several_connections_show_is_not_confirmed_by_one() {
        assert!(!is_doubtful(&failed(Violation::KeyRepeated.requirement())));
        assert!(!is_doubtful(&failed(Violation::MaskPredictable.requirement())));
        assert!(is_doubtful(&failed(Violation::MaskedFrame.requirement())));
    }
}
