//! Rules that the peer breaks on every connection: each of them decides some trial of the run.
//!
//! Trials that cite such a rule fail by it; others only remark on it. If no trial that cites it fails (because none is
//! selected, or they are about another aspect of the rule), the first trial that saw it broken fails by it.

use std::{collections::BTreeSet, sync::Arc};

use wsspec_catalogue::Trial;
use wsspec_record::{RunEvent, Verdict};
use wsspec_wire::RequirementId;

use super::{PlanRun, TestedPeer};
use crate::trial::TrialRun;

/// A finished trial that saw broken rules which had not decided a trial yet.
pub(super) struct Witness {
    pub(super) trial: Arc<Trial>,
    pub(super) ran: TrialRun,
    pub(super) attempts: u32,
    pub(super) rules: BTreeSet<RequirementId>,
}

/// The rules that the peer always breaks, and where they were seen broken.
#[derive(Default)]
pub(super) struct Witnesses {
    /// The rules that have not decided a trial yet.
    undecided: BTreeSet<RequirementId>,
    kept: Vec<Witness>,
}

impl Witnesses {
    /// All of these rules are still undecided.
    pub(super) fn new(rules: &[RequirementId]) -> Self {
        Self { undecided: rules.iter().cloned().collect(), kept: Vec::new() }
    }

    /// Looks at a finished trial. Keeps it if it is the first to see a rule broken; otherwise gives it back.
    pub(super) fn take(&mut self, trial: &Arc<Trial>, ran: TrialRun, attempts: u32) -> Option<TrialRun> {
        for rule in decided(&ran.outcome.verdict) {
            self.undecided.remove(rule);
        }
        let seen: BTreeSet<_> = ran.outcome.remarks.iter().map(|remark| remark.requirement.clone()).collect();
        let is_kept = |rule: &RequirementId| self.kept.iter().any(|kept| kept.rules.contains(rule));
        let rules: BTreeSet<_> =
            (&seen & &self.undecided).into_iter().filter(|rule| !is_kept(rule)).collect();
        if rules.is_empty() || !matches!(ran.outcome.verdict, Verdict::Pass | Verdict::Lenient { .. }) {
            return Some(ran);
        }
        self.kept.push(Witness { trial: trial.clone(), ran, attempts, rules });
        None
    }

    /// The trials that were kept, with the rules that are still undecided.
    pub(super) fn release(&mut self) -> Vec<Witness> {
        let mut kept = std::mem::take(&mut self.kept);
        for witness in &mut kept {
            witness.rules.retain(|rule| self.undecided.contains(rule));
        }
        self.undecided.clear();
        kept
    }
}

/// The rules that a verdict names.
fn decided(verdict: &Verdict) -> Vec<&RequirementId> {
    match verdict {
        Verdict::Fail { failure } => vec![&failure.requirement],
        Verdict::Lenient { notes } => notes.iter().map(|note| &note.requirement).collect(),
        _ => Vec::new(),
    }
}

impl PlanRun<'_> {
    /// Each rule that the peer always breaks, and that has not decided a trial, decides the trial that saw it first.
    pub(super) async fn hear_witnesses(&self, peer: &TestedPeer) {
        let witnesses = self.state.borrow_mut().witnesses.release();
        for Witness { trial, ran, attempts, rules } in witnesses {
            if rules.is_empty() || self.is_aborted() || self.is_dead() {
                self.publish(&trial, ran, attempts);
                continue;
            }
            self.tell(RunEvent::Confirming(trial.id.clone()));
            let setup = peer.without_waiver(&rules, self.state.borrow().pace);
            let again = self.attempt(peer, &trial, &setup).await;
            if again.outcome.verdict == Verdict::Pass {
                // With more time, the peer keeps them.
                self.state.borrow_mut().profile.always_breaks.retain(|rule| !rules.contains(rule));
            }
            self.publish(&trial, again, attempts + 1);
        }
    }

    /// Publishes the kept trials unchanged if the run was cut short.
    pub(super) fn finish_witnesses(&self) {
        let witnesses = self.state.borrow_mut().witnesses.release();
        for Witness { trial, ran, attempts, .. } in witnesses {
            self.publish(&trial, ran, attempts);
        }
    }
}
