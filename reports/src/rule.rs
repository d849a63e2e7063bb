//! The rule that a trial's verdict names, with the level that the verdict gives it.

use wsspec_record::{RequirementRecord, TrialRecord, Verdict};
use wsspec_wire::Level;

/// A rule, with the level that a verdict gives it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule<'a> {
    pub(crate) requirement: &'a RequirementRecord,
    pub(crate) level: Level,
}

impl<'a> Rule<'a> {
    /// With its own level.
    pub(crate) fn of(requirement: &'a RequirementRecord) -> Self {
        Self { requirement, level: requirement.level }
    }

    /// The rule that a trial's failure or first note names. A lenient trial misses a recommendation; records of earlier
    /// versions may name the case's rule instead, which can be a MUST.
    pub(crate) fn named_by(trial: &'a TrialRecord) -> Self {
        let requirement = trial.named();
        let level = match (&trial.verdict, requirement.level) {
            (Verdict::Lenient { .. }, Level::Must) => Level::Should,
            (_, level) => level,
        };
        Self { requirement, level }
    }
}
