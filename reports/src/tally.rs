//! How many trials came out how.

use wsspec_record::{Record, TrialRecord, Verdict};

/// Numbers of trials. Each trial is counted once, save that `unexpected` and `expired` ones are among the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Everything demanded was seen.
    pub passed: usize,
    /// Something recommended was missing.
    pub lenient: usize,
    /// A rule was broken, and no list of known deviations has it.
    pub failed: usize,
    /// A rule was broken, as a list of known deviations says.
    pub known: usize,
    /// Failed among others, not alone.
    pub flaky: usize,
    /// Nothing can be said.
    pub inconclusive: usize,
    /// Not applicable.
    pub skipped: usize,
    /// Trials that passed although a list of known deviations says otherwise.
    pub unexpected: usize,
    /// Trials that deviate as was expected until a day that is over.
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

    /// All of them.
    pub fn total(&self) -> usize {
        self.run() + self.skipped
    }

    /// Those that were not skipped.
    pub fn run(&self) -> usize {
        self.passed + self.lenient + self.failed + self.known + self.flaky + self.inconclusive
    }

    /// Each number with its word, in the order of a table.
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
