//! The texts that a record copies from the catalogue for its readers.

use wsspec_catalogue::{Catalogue, Requirement};
use wsspec_record::{ExplainedRule, Guide, Record, RequirementRecord};

/// All texts of a catalogue about sections and rules; a record keeps the part for its trials, selected by
/// [`Guide::of`].
pub fn guide(catalogue: &Catalogue) -> Guide {
    let rules = catalogue.requirements.values().map(|requirement| explained(catalogue, requirement));
    Guide { sections: catalogue.sections.clone(), rules: rules.collect() }
}

fn explained(catalogue: &Catalogue, requirement: &Requirement) -> ExplainedRule {
    let found = catalogue.explanation(&requirement.id);
    let text = |of: fn(&wsspec_catalogue::Explanation) -> &String| found.map(of).cloned().unwrap_or_default();
    ExplainedRule {
        requirement: RequirementRecord {
            id: requirement.id.clone(),
            level: requirement.level,
            citation: requirement.citation(),
            text: requirement.text.clone(),
        },
        why: text(|found| &found.why),
        breaks: text(|found| &found.breaks),
        fix: text(|found| &found.fix),
    }
}

/// Adds a catalogue's guide to a record of an earlier version, which has none.
pub fn explain(record: &mut Record, catalogue: impl FnOnce() -> Option<Catalogue>) {
    if record.guide.is_empty() && !record.trials.is_empty() {
        record.guide = catalogue().map(|all| guide(&all).of(&record.trials)).unwrap_or_default();
    }
}
