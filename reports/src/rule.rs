//! The rule that a trial's verdict is about, at the level that the verdict says.

use wsspec_record::{RequirementRecord, TrialRecord, Verdict};
use wsspec_wire::Level;

/// A rule, as strong as a verdict takes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) requirement: &'a RequirementRecord,
    pub(crate) level: Level,
}

impl<'a> Rule<'a> {
    /// As strong as it is.
    pub(crate) fn of(requirement: &'a RequirementRecord) -> Self {
        Self { requirement, level: requirement.level }
    }

    /// The rule that a trial's failure or first note names. What is lenient misses a recommendation: records of earlier
    /// versions may have the rule of the case there, which can be a MUST.
    pub(crate) fn named_by(trial: &'a TrialRecord) -> Self {
        let requirement = trial.named();
        let level = match (&trial.verdict, requirement.level) {
            (Verdict::Lenient { .. }, Level::Must) => Level::Should,
            (_, level) => level,
        };
        Self { requirement, level }
    }
}
