//! Counts trials by result.

use wsspec_record::{Record, TrialRecord, Verdict};

/// Numbers of trials. Each trial is counted once, except that `unexpected` and `expired` ones are also counted
/// elsewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Everything required was observed.
    pub passed: usize,
    /// A recommendation was missed.
    pub lenient: usize,
    /// A rule was broken, and it is not a known deviation.
    pub failed: usize,
    /// A rule was broken, as a known deviation says.
    pub known: usize,
    /// Failed among others, but not alone.
    pub flaky: usize,
    /// Nothing can be said.
    pub inconclusive: usize,
    /// Not applicable.
    pub skipped: usize,
    /// Passed, although a known deviation says otherwise.
    pub unexpected: usize,
    /// Deviate as expected, but the expectation has expired.
    pub expired: usize,
}

impl Tally {
    /// Counts trials.
    pub fn of<'a>(trials: impl IntoIterator<Item = &'a TrialRecord>) -> Self {
        let mut tally = Self::default();
        trials.into_iter().for_each(|trial| tally.add(trial));
        tally
    }

    /// Counts a record's trials.
    pub fn of_record(record: &Record) -> Self {
        Self::of(&record.trials)
    }

    /// Counts one more.
    pub fn add(&mut self, trial: &TrialRecord) {
        let count = match &trial.verdict {
            Verdict::Pass => &mut self.passed,
            Verdict::Lenient { .. } => &mut self.lenient,
            Verdict::Fail { .. } if trial.known().is_some() => &mut self.known,
            Verdict::Fail { .. } => &mut self.failed,
            Verdict::Flaky { .. } => &mut self.flaky,
            Verdict::Inconclusive { .. } => &mut self.inconclusive,
            Verdict::Skip { .. } => &mut self.skipped,
        };
        *count += 1;
        self.unexpected += usize::from(trial.unexpected_pass().is_some());
        self.expired += usize::from(trial.is_expired());
    }

    /// The number of all trials.
    pub fn total(&self) -> usize {
        self.run() + self.skipped
    }

    /// The number of trials that were not skipped.
    pub fn run(&self) -> usize {
        self.passed + self.lenient + self.failed + self.known + self.flaky + self.inconclusive
    }

    /// Each number with its heading, in the order of a table.
    pub(crate) fn columns(&self) -> [(&'static str, usize); 7] {
        [
            ("passed", self.passed),
            ("lenient", self.lenient),
            ("failed", self.failed),
            ("known", self.known),
            ("flaky", self.flaky),
            ("inconclusive", self.inconclusive),
            ("skipped", self.skipped),
        ]
    }
}
