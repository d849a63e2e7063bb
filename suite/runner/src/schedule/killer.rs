//! Finds what the peer dies of: runs the possible causes of a death again, each alone.
//!
//! Likeliest first, one by one: each trial costs only its own time, while bisection would cost the peer another death
//! for every half. A server under a supervisor has few to spare.

use std::{collections::BTreeSet, sync::Arc};

use wsspec_catalogue::Trial;
use wsspec_exchange::{Outcome, Setup};
use wsspec_record::{DeathRecord, Failure, RunEvent, Verdict};

use super::{PlanRun, TestedPeer, evidence::is_doubtful, life::Company};
use crate::{spawn::last_words, trial::TrialRun};

/// Number of trials named if none of them kills the peer alone.
const NAMED: usize = 3;
/// Number of the peer's last output lines that are quoted.
const LINES: usize = 3;

impl PlanRun<'_> {
    /// Runs the trials again that were running when the peer died. Returns those that it survives and whose outcome
    /// needs confirming.
    pub(super) async fn find_killers(
        &self,
        peer: &TestedPeer,
        mut suspects: Vec<(Arc<Trial>, TrialRun)>,
        setup: &Arc<Setup>,
    ) -> Vec<(Arc<Trial>, TrialRun)> {
        // A connection that was dropped in the middle is the likeliest place.
        suspects.sort_by_key(|(_, ran)| !ran.was_cut());
        let deaths: BTreeSet<usize> = suspects.iter().filter_map(|(_, ran)| ran.death).collect();
        let (mut explained, mut cleared) = (BTreeSet::new(), Vec::new());
        for (trial, first) in suspects {
            if !self.may_confirm() {
                continue;
            }
            self.tell(RunEvent::Confirming(trial.id.clone()));
            let again = self.replay(peer, &trial, setup).await;
            if again.death.is_some() {
                explained.extend(first.death);
                self.finish_killer(&trial, again, 2);
            } else if is_doubtful(&again) {
                self.doubt(&trial, &again);
                cleared.push((trial, again));
            } else {
                self.finish(&trial, again, 2);
            }
        }
        for death in deaths.difference(&explained) {
            self.look_further(peer, *death, setup).await;
        }
        cleared
    }

    /// None of the running trials kills the peer: perhaps one that had just ended does.
    pub(super) async fn look_further(&self, peer: &TestedPeer, death: usize, setup: &Arc<Setup>) {
        let (under_way, just_ended) = match self.state.borrow().deaths.get(death) {
            Some(death) => (death.trials.clone(), death.just_ended.clone()),
            None => return,
        };
        for trial in just_ended.iter().filter(|trial| !under_way.contains(&trial.id)) {
            if !self.may_confirm() {
                break;
            }
            let again = self.replay(peer, trial, setup).await;
            if again.death.is_some() {
                return self.finish_killer(trial, again, 2);
            }
        }
        if !self.is_aborted() {
            let who = self.who();
            let named = named(&under_way);
            self.incident(format!(
                "the cause of the {who}'s death was not found: it survives {named}, each run again alone"
            ));
        }
    }

    /// Runs a trial alone, and checks whether the peer survives it.
    pub(super) async fn replay(&self, peer: &TestedPeer, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        let mut ran = self.attempt(peer, trial, setup).await;
        self.outlives(peer, trial, &mut ran).await;
        ran
    }

    /// Checks whether the peer has survived a trial that ran alone.
    pub(super) async fn outlives(&self, peer: &TestedPeer, trial: &Trial, ran: &mut TrialRun) {
        if ran.death.is_some() || self.is_aborted() || peer.unfit.is_some() {
            return;
        }
        let number = self.deaths();
        let life = peer.sanity().await;
        if let Err(first) = life
            && !self.is_dead()
            && self.look(peer, Company::Alone).await
        {
            self.incident(format!(
                "after {} the {} briefly stopped answering as before: {first}",
                trial.id,
                self.who()
            ));
        }
        if let Some(watched) = self.options.watched.as_deref() {
            self.tell_deaths(watched);
        }
        if self.deaths() > number {
            ran.death = Some(number);
            self.state.borrow_mut().deaths[number].trials.push(trial.id.clone());
        }
    }

    /// Finishes a trial that killed the peer alone.
    pub(super) fn finish_killer(&self, trial: &Arc<Trial>, ran: TrialRun, attempts: u32) {
        let who = self.who();
        let Some(death) = ran.death.and_then(|number| self.state.borrow().deaths.get(number).cloned()) else {
            return self.finish(trial, ran, attempts);
        };
        let last = &death.output[death.output.len().saturating_sub(LINES)..];
        let actual = format!("the {who} dies of this: {}{}", death.how, last_words(last));
        self.incident(format!("the {who} dies of {}, also alone: {}", trial.id, death.how));
        let failure = Failure {
            line: 0,
            expected: format!("the {who} to survive"),
            actual,
            requirement: trial.requirement.clone(),
            level: trial.level,
        };
        let mut remarks = ran.outcome.remarks;
        if let Verdict::Fail { failure } = &ran.outcome.verdict {
            remarks.push(failure.note());
        }
        let outcome = Outcome { verdict: Verdict::Fail { failure }, remarks, ..ran.outcome };
        let died_of_it =
            Some(DeathRecord { trials: vec![trial.id.clone()], how: death.how, output: death.output });
        self.finish(trial, TrialRun { outcome, died_of_it, ..ran }, attempts);
    }
}

fn named(ids: &[String]) -> String {
    let first = ids.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match ids.len() {
        0 => "any trial".into(),
        all if all > NAMED => format!("{first} and {} more", all - NAMED),
        _ => first,
    }
}
