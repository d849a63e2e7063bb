//! Whether a second run of a trial confirms the first, both in a run of a plan and for clients that connect on their
//! own.

use std::time::Duration;

use wsspec_catalogue::{Limits, in_hundredths};
use wsspec_exchange::{Event, Outcome, Pace, Setup, Transcript};
use wsspec_record::{Failure, Verdict};
use wsspec_referee::Received;
use wsspec_wire::RequirementId;

/// A confirming run has at least the first run's limit, and this multiple of the longest time that the peer has taken
/// for an answer so far.
pub(crate) const PATIENCE: u32 = 5;
/// Upper bound on a line's limit in a confirming run.
const LONGEST_LINE: Duration = Duration::from_secs(60);
/// Data may take this multiple of the longest time that comparable data has taken.
const DATA_PATIENCE: u32 = 2;
/// An answer that takes longer than a line's limit divided by this is slow.
const SLOW: u32 = 4;

/// Rules that only bytes of several connections or frames can break: keys and masks must be new and random. Running one
/// of these trials again says nothing about the others.
const OF_SEVERAL: [RequirementId; 5] = [
    RequirementId::from_static("rfc6455#4.1:35"),
    RequirementId::from_static("rfc6455#4.1:36"),
    RequirementId::from_static("rfc6455#5.3:3"),
    RequirementId::from_static("rfc6455#5.3:4"),
    RequirementId::from_static("rfc6455#5.3:6"),
];

/// What a failed run of a trial is based on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// It failed only because nothing arrived.
    pub by_silence: bool,
    /// It failed by what the peer sent in time: a 101 to a bad key, a masked frame. More time or less load would not
    /// undo that.
    pub by_bytes: bool,
}

impl Evidence {
    /// The evidence in a run.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let transcript = &outcome.transcript;
        let last = transcript.entries.last().map(|entry| &entry.event);
        let sent = |event: &Event| match event {
            Event::Received(received) => !matches!(received, Received::Unfinished(_)),
            _ => false,
        };
        let fails = outcome.verdict.is_fail();
        Self {
            by_silence: fails && last == Some(&Event::Timeout),
            by_bytes: fails && transcript.omitted == 0 && !has_timeout(transcript) && last.is_some_and(sent),
        }
    }
}

/// Which of two runs counts, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The first, unchanged.
    First,
    /// The second, unchanged.
    Second,
    /// The first, as flaky: its failure did not occur again.
    Flaky,
    /// The first, as unconfirmed: nothing could confirm its failure.
    Unconfirmed,
}

/// Combines two runs of a doubtful trial against a peer that may be slow.
///
/// The first run had company: other trials, on a machine that may be busy, against a peer that they may have
/// damaged. Only what happens again alone is the peer's own doing. Two failures of the same requirement are. A pass or
/// a lenient verdict after a failure is flaky: a finding, but not a claim about a rule. It is not even flaky if the
/// first run failed only because an answer took too long, from a peer that was slow elsewhere, too. An inconclusive run
/// confirms nothing.
#[must_use]
pub fn weigh((first, evidence): (&Verdict, Evidence), second: &Verdict, is_slow: bool) -> Confirmation {
    match (first, second) {
        // The second run was alone: report what it saw.
        (Verdict::Fail { .. }, Verdict::Fail { .. }) if is_same_failure(first, second) => {
            Confirmation::Second
        }
        (Verdict::Fail { .. }, Verdict::Pass | Verdict::Lenient { .. }) if evidence.by_silence && is_slow => {
            Confirmation::Second
        }
        (Verdict::Fail { .. }, Verdict::Fail { .. } | Verdict::Pass | Verdict::Lenient { .. }) => {
            Confirmation::Flaky
        }
        (Verdict::Fail { .. }, Verdict::Inconclusive { .. }) if evidence.by_bytes => Confirmation::First,
        (Verdict::Fail { .. }, Verdict::Inconclusive { .. }) => Confirmation::Unconfirmed,
        _ => Confirmation::Second,
    }
}

/// Whether running the trial again can confirm the failure.
#[must_use]
pub fn is_of_one_connection(failure: &Failure) -> bool {
    !OF_SEVERAL.contains(&failure.requirement)
}

/// Whether both failed by the same requirement.
#[must_use]
pub fn is_same_failure(a: &Verdict, b: &Verdict) -> bool {
    match (a, b) {
        (Verdict::Fail { failure: a }, Verdict::Fail { failure: b }) => a.requirement == b.requirement,
        _ => false,
    }
}

/// The verdict for a failure that does not count, with the reason.
#[must_use]
pub fn doubted(failure: &Failure, why: &str) -> Verdict {
    Verdict::Inconclusive { why: format!("{}; {why}", failure.headline()) }
}

/// The reason for a failure that nothing could confirm.
pub const UNCONFIRMED: &str = "this could not be confirmed";

/// What to say at the end of a run of this many failures that it did not come to confirm; `None`: it did.
#[must_use]
pub fn left_unconfirmed(count: usize) -> Option<String> {
    (count > 0).then(|| format!("{count} failures could not be confirmed, and count as inconclusive"))
}

/// Whether a peer has been slow at something.
#[must_use]
pub fn is_slow(limits: Limits, pace: Pace) -> bool {
    pace.slowest > limits.line / SLOW || pace.mebibyte > limits.line
}

/// Whether some line timed out.
pub(crate) fn has_timeout(transcript: &Transcript) -> bool {
    transcript.entries.iter().any(|entry| entry.event == Event::Timeout)
}

/// The setup for the first run of a trial, given how long the peer has taken so far.
#[must_use]
pub fn usual(setup: &Setup, pace: Pace) -> Setup {
    let limits = Limits { mebibyte: mebibyte(setup.limits, pace), ..setup.limits };
    Setup { limits, ..setup.clone() }
}

/// The setup for the first run of a trial of which each absence is confirmed by another.
#[must_use]
pub fn hasty(setup: &Setup, pace: Pace) -> Setup {
    let usual = usual(setup, pace);
    Setup { limits: usual.limits.hasty(), ..usual }
}

/// The setup for confirming a failure, given how long the peer has taken. A correct answer that is late is not a
/// failure.
#[must_use]
pub fn patient(setup: &Setup, pace: Pace) -> Setup {
    let limits = setup.limits;
    let line = limits
        .line
        .max(in_hundredths(pace.slowest.saturating_mul(PATIENCE)))
        .min(limits.line.max(LONGEST_LINE));
    let patient = Setup { grace: limits.line, ..setup.clone() };
    // No line may take longer than the trial.
    let trial = limits.trial.max(line.saturating_mul(2)).saturating_add(patient.longest_grace());
    let limits = Limits { line, trial, mebibyte: mebibyte(limits, pace), answer: pace.slowest, ..limits };
    Setup { limits, ..patient }
}

fn mebibyte(limits: Limits, pace: Pace) -> Duration {
    limits.mebibyte.max(pace.mebibyte.saturating_mul(DATA_PATIENCE))
}

#[cfg(test)]
mod tests {
    use wsspec_wire::Level;

    use super::*;
    use crate::trial::tests::{answered, overdue};

    const SILENCE: Evidence = Evidence { by_silence: true, by_bytes: false };
    const BYTES: Evidence = Evidence { by_silence: false, by_bytes: true };

    fn failed(requirement: &'static str) -> Verdict {
        let (expected, actual) = ("this".to_owned(), "that".to_owned());
        let requirement = RequirementId::from_static(requirement);
        Verdict::Fail { failure: Failure { line: 0, expected, actual, requirement, level: Level::Must } }
    }

    #[test]
    fn a_silence_is_told_from_what_was_sent() {
        assert_eq!(Evidence::of(&overdue().outcome), SILENCE);
        assert_eq!(Evidence::of(&answered(Duration::ZERO).outcome), Evidence::default());
    }

    #[test]
    fn only_what_happens_again_counts() {
        let (one, other) = (failed("rfc6455#5.1:3"), failed("rfc6455#5.2:6"));
        let of = |second: &Verdict| weigh((&one, BYTES), second, true);
        assert_eq!(of(&one), Confirmation::Second);
        assert_eq!(of(&other), Confirmation::Flaky);
        assert_eq!(of(&Verdict::Pass), Confirmation::Flaky);
        assert_eq!(of(&Verdict::Inconclusive { why: "gone".into() }), Confirmation::First);
        assert_eq!(of(&Verdict::Skip { reason: "no".into() }), Confirmation::Second);
    }

    #[test]
    fn a_silence_of_a_slow_peer_is_taken_back_by_an_answer_and_confirmed_by_nothing_less_than_another() {
        let one = failed("rfc6455#5.1:3");
        let of = |second: &Verdict, is_slow| weigh((&one, SILENCE), second, is_slow);
        assert_eq!(of(&Verdict::Pass, true), Confirmation::Second);
        assert_eq!(of(&Verdict::Pass, false), Confirmation::Flaky);
        assert_eq!(of(&Verdict::Inconclusive { why: "gone".into() }, true), Confirmation::Unconfirmed);
    }

    #[test]
    fn a_slow_peer_is_given_a_multiple_of_what_it_took() {
        let setup = Setup::server();
        let pace = |millis| Pace { slowest: Duration::from_millis(millis), ..Pace::default() };
        let line = |millis| patient(&setup, pace(millis)).limits.line;
        assert_eq!(
            (line(1), line(1500), line(60_000)),
            (Duration::from_secs(2), Duration::from_millis(7500), LONGEST_LINE)
        );
        let patient = patient(&setup, pace(1500));
        assert_eq!((patient.grace, patient.limits.trial), (Duration::from_secs(2), Duration::from_secs(21)));
        assert!(is_slow(setup.limits, pace(501)) && !is_slow(setup.limits, pace(500)));
    }
}
