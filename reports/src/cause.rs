//! What a peer does wrong, each cause once: trials grouped by the rule that they break, or by how the peer died.

use std::cmp::Reverse;

use wsspec_record::{Record, RequirementRecord, TrialRecord, Verdict};
use wsspec_wire::RequirementId;

use crate::{clean::sentence, grouped::grouped, run_outcome::is_deadly};

/// One cause, and the trials that show it.
#[derive(Debug)]
pub(crate) struct Cause<'a> {
    /// The broken rule; `None` if the peer died.
    pub(crate) rule: Option<&'a RequirementRecord>,
    /// How the peer died.
    pub(crate) death: Option<&'a str>,
    /// In the order of the plan; never empty.
    pub(crate) trials: Vec<&'a TrialRecord>,
}

/// Everything that trials fail for: first what the peer died of, then causes by number of trials. Known deviations are
/// excluded.
pub(crate) fn causes(trials: &[TrialRecord]) -> Vec<Cause<'_>> {
    let failed = |trial: &&TrialRecord| trial.verdict.is_fail() && trial.known().is_none();
    let (deadly, others): (Vec<&TrialRecord>, Vec<&TrialRecord>) =
        trials.iter().filter(failed).partition(|trial| is_deadly(trial));
    let how = |trial: &TrialRecord| trial.death.as_ref().map(|death| death.how.clone());
    let mut deaths: Vec<Cause<'_>> = grouped(deadly.iter(), |trial| how(trial))
        .into_iter()
        .map(|(_, trials)| Cause {
            rule: None,
            death: trials[0].death.as_ref().map(|death| &*death.how),
            trials: trials.into_iter().copied().collect(),
        })
        .collect();
    let mut rules: Vec<Cause<'_>> = grouped(others.iter(), |trial| &trial.named().id)
        .into_iter()
        .map(|(_, trials)| Cause {
            rule: Some(trials[0].named()),
            death: None,
            trials: trials.into_iter().copied().collect(),
        })
        .collect();
    for causes in [&mut deaths, &mut rules] {
        causes.sort_by_key(|cause| Reverse(cause.trials.len()));
    }
    deaths.append(&mut rules);
    deaths
}

impl<'a> Cause<'a> {
    /// The trial that shows it in the fewest lines.
    pub(crate) fn example(&self) -> &'a TrialRecord {
        let lines = |trial: &&TrialRecord| trial.script.len() + trial.transcript.len();
        self.trials.iter().copied().min_by_key(lines).unwrap_or(self.trials[0])
    }

    /// Its other trials, grouped by case: `rfc6455/5.4/payloads (12)`.
    pub(crate) fn others(&self) -> Vec<String> {
        let example = self.example();
        let others = self.trials.iter().copied().filter(|trial| !std::ptr::eq(*trial, example));
        let others: Vec<&TrialRecord> = others.collect();
        let families = grouped(others.iter(), |trial| trial.family());
        let name = |(family, trials): (&str, Vec<&&TrialRecord>)| match &*trials {
            [only] => sentence(&only.id),
            several => format!("{} ({})", sentence(family), several.len()),
        };
        families.into_iter().map(name).collect()
    }
}

/// A recommendation that was missed, and how.
#[derive(Debug)]
pub(crate) struct Missed<'a> {
    /// The rule, if the record has its text.
    pub(crate) rule: Option<&'a RequirementRecord>,
    /// Its id.
    pub(crate) id: &'a RequirementId,
    /// What the peer did, as most of the trials describe it.
    pub(crate) what: &'a str,
    /// In how many other ways it was missed.
    pub(crate) otherwise: usize,
    /// In the order of the plan.
    pub(crate) trials: Vec<&'a TrialRecord>,
}

/// What lenient trials missed, by number of trials. Known deviations are excluded.
pub(crate) fn missed(record: &Record) -> Vec<Missed<'_>> {
    let lenient =
        |trial: &&TrialRecord| matches!(trial.verdict, Verdict::Lenient { .. }) && trial.known().is_none();
    let facts: Vec<Fact<'_>> = record.trials.iter().filter(lenient).flat_map(facts).collect();
    let mut all: Vec<Missed<'_>> = grouped(facts.iter(), |(_, id, _)| *id)
        .into_iter()
        .map(|(id, facts)| {
            let mut ways = grouped(facts.iter(), |(_, _, what)| *what);
            ways.sort_by_key(|(_, facts)| Reverse(facts.len()));
            let mut trials: Vec<&TrialRecord> = facts.iter().map(|(trial, ..)| *trial).collect();
            trials.dedup_by(|one, other| std::ptr::eq(*one, *other));
            let named = trials[0].named();
            let explained = || record.guide.rule(id).map(|rule| &rule.requirement);
            let rule = (named.id == *id).then_some(named).or_else(explained);
            Missed { rule, id, what: ways[0].0, otherwise: ways.len() - 1, trials }
        })
        .collect();
    all.sort_by_key(|missed| Reverse(missed.trials.len()));
    all
}

/// A trial, the rule that it missed, and how.
type Fact<'a> = (&'a TrialRecord, &'a RequirementId, &'a str);

/// What a lenient trial missed. A record without notes was edited by hand; its trial still has a rule.
fn facts(trial: &TrialRecord) -> Vec<Fact<'_>> {
    match trial.verdict.notes() {
        [] => vec![(trial, &trial.named().id, "something recommended is missing")],
        notes => notes.iter().map(|note| (trial, &note.requirement, &*note.text)).collect(),
    }
}
