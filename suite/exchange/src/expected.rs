//! Compares a trial's verdict with the expected one.

use wsspec_catalogue::{Baseline, Deviation};
use wsspec_record::{Standing, TrialRecord, Verdict};

/// How a verdict compares with an expected deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It deviates as expected.
    Holds,
    /// It does better than expected.
    Gone,
    /// It deviates in another way, or it may still deviate as expected.
    Open,
}

impl Comparison {
    /// Compares `verdict` with `deviation`. A trial expected to be flaky may fail every time, or never.
    pub fn of(verdict: &Verdict, deviation: Deviation) -> Self {
        match (deviation, verdict) {
            (Deviation::Fail | Deviation::Flaky, Verdict::Fail { .. })
            | (Deviation::Lenient, Verdict::Lenient { .. })
            | (Deviation::Flaky, Verdict::Flaky { .. })
            | (Deviation::Inconclusive, Verdict::Inconclusive { .. }) => Self::Holds,
            (Deviation::Flaky, _) => Self::Open,
            (_, Verdict::Pass) => Self::Gone,
            (Deviation::Fail | Deviation::Inconclusive, Verdict::Lenient { .. }) => Self::Gone,
            _ => Self::Open,
        }
    }
}

/// Records how the verdict compares with what the baseline expects, if it expects anything.
pub fn compare(record: &mut TrialRecord, baseline: &Baseline) {
    record.standing = None;
    let Some(expected) = baseline.of(&record.id) else { return };
    let reason = expected.reason.clone();
    record.standing = match (Comparison::of(&record.verdict, expected.deviation), expected.expires) {
        (Comparison::Holds, Some(last)) if baseline.is_expired(expected) => Some(Standing::Expired {
            pattern: expected.glob.as_str().to_owned(),
            deviation: expected.deviation.word().to_owned(),
            until: last.to_string(),
            reason,
        }),
        (Comparison::Holds, _) => Some(Standing::Known { reason }),
        (Comparison::Gone, _) => Some(Standing::UnexpectedPass { reason }),
        (Comparison::Open, _) => None,
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use wsspec_record::{Failure, Note};
    use wsspec_wire::{Level, RequirementId};

    fn verdicts() -> [Verdict; 6] {
        let (requirement, level) = (RequirementId::from_static("rfc6455#5.1:5"), Level::Must);
        let failure = Failure {
            line: 1,
            expected: "a".into(),
            actual: "b".into(),
            requirement: requirement.clone(),
            level,
        };
        let note = Note { line: 1, text: "a".into(), requirement, level };
        [
            Verdict::Pass,
            Verdict::Lenient { notes: vec![note] },
            Verdict::Fail { failure: failure.clone() },
            Verdict::Flaky { failure },
            Verdict::Inconclusive { why: "a".into() },
            Verdict::Skip { reason: "a".into() },
        ]
    }

    #[test]
    fn each_deviation_holds_is_gone_or_is_open() {
        use Comparison::{Gone, Holds, Open};
        let table = [
            (Deviation::Fail, [Gone, Gone, Holds, Open, Open, Open]),
            (Deviation::Lenient, [Gone, Holds, Open, Open, Open, Open]),
            (Deviation::Flaky, [Open, Open, Holds, Holds, Open, Open]),
            (Deviation::Inconclusive, [Gone, Gone, Open, Open, Holds, Open]),
        ];
        for (deviation, standings) in table {
            assert_eq!(
                verdicts().map(|verdict| Comparison::of(&verdict, deviation)),
                standings,
                "{deviation:?}"
            );
        }
    }
}
