//! What one run of a trial, or two of them, show.

use wsspec_exchange::{Event, Transcript};
use wsspec_record::Verdict;
use wsspec_referee::Received;
use wsspec_wire::RequirementId;

use crate::trial::TrialRun;

/// Rules that what was sent over several connections, or many frames, breaks: a key or a mask that is not new, values that
/// are not random. One of them run again shows nothing of the others.
const OF_SEVERAL: [RequirementId; 5] = [
    RequirementId::from_static("rfc6455#4.1:35"),
    RequirementId::from_static("rfc6455#4.1:36"),
    RequirementId::from_static("rfc6455#5.3:3"),
    RequirementId::from_static("rfc6455#5.3:4"),
    RequirementId::from_static("rfc6455#5.3:6"),
];

/// Load can make a trial fail, come to nothing, or miss what it only watched for.
pub(super) fn is_doubtful(ran: &TrialRun) -> bool {
    match &ran.outcome.verdict {
        Verdict::Fail { failure } => !OF_SEVERAL.contains(&failure.requirement),
        Verdict::Inconclusive { .. } => !ran.not_run,
        Verdict::Lenient { .. } => has_timeout(&ran.outcome.transcript),
        _ => false,
    }
}

/// Whether some line's time ran out.
pub(super) fn has_timeout(transcript: &Transcript) -> bool {
    transcript.entries.iter().any(|entry| entry.event == Event::Timeout)
}

/// Whether all that it failed by is that nothing came.
pub(super) fn fails_by_silence(ran: &TrialRun) -> bool {
    ran.outcome.verdict.is_fail() && ran.last_event() == Some(&Event::Timeout)
}

/// Whether it failed by what the peer sent, in time: a 101 to a bad key, a masked frame. More time, or less company, does
/// not take that back.
pub(super) fn fails_by_bytes(ran: &TrialRun) -> bool {
    let transcript = &ran.outcome.transcript;
    let sent = |event: &Event| match event {
        Event::Received(received) => !matches!(received, Received::Unfinished(_)),
        _ => false,
    };
    ran.outcome.verdict.is_fail()
        && transcript.omitted == 0
        && !has_timeout(transcript)
        && ran.last_event().is_some_and(sent)
}

/// Whether both failed, by the same requirement.
pub(super) fn is_same_failure(a: &TrialRun, b: &TrialRun) -> bool {
    match (&a.outcome.verdict, &b.outcome.verdict) {
        (Verdict::Fail { failure: a }, Verdict::Fail { failure: b }) => a.requirement == b.requirement,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use wsspec_exchange::Outcome;
    use wsspec_record::Failure;
    use wsspec_wire::{Level, Violation};

    use super::*;
    use crate::trial::tests::{answered, overdue};

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

    #[test]
    fn a_silence_is_told_from_what_was_sent() {
        let silent = overdue();
        assert!(fails_by_silence(&silent) && !fails_by_bytes(&silent));
        let right = answered(Duration::ZERO);
        assert!(!fails_by_silence(&right) && !fails_by_bytes(&right));
    }
}
