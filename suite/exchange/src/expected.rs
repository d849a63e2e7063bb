//! A trial's verdict beside what was expected of it.

use wsspec_catalogue::{Baseline, Deviation};

use crate::{record::TrialRecord, verdict::Verdict};

/// How a verdict stands to an expected deviation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It deviates as expected.
    Holds,
    /// It does better than expected.
    Gone,
    /// It deviates in another way, or nothing shows that it does not deviate as expected.
    Open,
}

impl Standing {
    /// How `verdict` stands to `deviation`. What is expected to fail at times may fail each time, or never.
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

impl TrialRecord {
    /// Notes what the baseline expected: [`known`](Self::known), [`expired`](Self::expired) or
    /// [`unexpected_pass`](Self::unexpected_pass), or none of them.
    pub fn compare(&mut self, baseline: &Baseline) {
        (self.known, self.expired, self.unexpected_pass) = (None, None, None);
        let Some(expected) = baseline.of(&self.id) else { return };
        let reason = &expected.reason;
        match (Standing::of(&self.verdict, expected.deviation), expected.expires) {
            (Standing::Holds, Some(last)) if baseline.is_expired(expected) => {
                let (glob, word) = (expected.glob.as_str(), expected.deviation.word());
                self.expired = Some(format!("`{glob}` was expected ({word}) until {last}: {reason}"));
            }
            (Standing::Holds, _) => self.known = Some(reason.clone()),
            (Standing::Gone, _) => self.unexpected_pass = Some(reason.clone()),
            (Standing::Open, _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Failure, Note};

    fn verdicts() -> [Verdict; 6] {
        let failure = Failure { line: 1, expected: "a".into(), actual: "b".into(), requirement: "c".into() };
        let note = Note { line: 1, text: "a".into(), requirement: "b".into() };
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
        use Standing::{Gone, Holds, Open};
        let table = [
            (Deviation::Fail, [Gone, Gone, Holds, Open, Open, Open]),
            (Deviation::Lenient, [Gone, Holds, Open, Open, Open, Open]),
            (Deviation::Flaky, [Open, Open, Holds, Holds, Open, Open]),
            (Deviation::Inconclusive, [Gone, Gone, Open, Open, Holds, Open]),
        ];
        for (deviation, standings) in table {
            assert_eq!(
                verdicts().map(|verdict| Standing::of(&verdict, deviation)),
                standings,
                "{deviation:?}"
            );
        }
    }
}
