//! A run whose server is watched: started again where it dies, each death put down to the trials it came with.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::{Need, Trial};
use wsspec_exchange::Setup;
use wsspec_record::{DeathRecord, Note, ProcessRecord};

use super::{PlanRun, TestedPeer};
use crate::{spawn::Watched, trial::TrialRun};

/// A server that died so often is not started again.
const MOST_DEATHS: usize = 20;
/// How long after it cut a connection a process that still listens may still be seen.
const DEATH_DELAY: Duration = Duration::from_millis(50);

impl PlanRun<'_> {
    /// Runs a trial once; where the server is watched, on one that is up.
    pub(super) async fn attempt(
        &self,
        peer: &TestedPeer,
        trial: &Arc<Trial>,
        setup: &Arc<Setup>,
    ) -> TrialRun {
        let Some(watched) = self.options.watched.as_deref() else {
            return peer.play(trial, setup).await;
        };
        if let Err(why) = self.up(watched).await {
            self.abort(why.clone());
            return TrialRun::not_run(&why);
        }
        let number = watched.deaths();
        let mut ran = peer.play_watched(trial, setup, watched).await;
        if ran.was_cut() {
            watched.dies_after_a_cut(DEATH_DELAY).await;
        }
        watched.is_dead();
        if watched.deaths() > number {
            ran.death = Some(number);
            self.tell_deaths(watched);
            self.state.borrow_mut().deaths[number].push(trial.id.clone());
        }
        ran
    }

    /// Whether a watched server is dead.
    pub(super) fn is_dead(&self) -> bool {
        self.options.watched.as_deref().is_some_and(Watched::is_dead)
    }

    /// The server serves no more: the end of the run, or one more death of a server that can be started again.
    pub(super) fn lost(&self, what: String) {
        match self.options.watched.as_deref() {
            Some(watched) => {
                watched.give_up(&what);
                self.tell_deaths(watched);
            }
            None => {
                self.incident(what.clone());
                self.abort(what);
            }
        }
    }

    /// Puts a death of the server down to the one trial that ran.
    pub(super) fn blame(&self, trial: &Trial, ran: &mut TrialRun, death: Option<usize>) {
        let watched = self.options.watched.as_deref();
        let Some(death) = death.and_then(|number| watched?.death(number)) else { return };
        let text = format!("the server died of it, also alone: {}", death.in_short());
        self.incident(format!("{}: {text}", trial.id));
        let (requirement, level) = (trial.requirement.clone(), trial.level);
        ran.outcome.remarks.push(Note { line: 0, text, requirement, level });
    }

    /// Sees to it that the server is up.
    async fn up(&self, watched: &Watched) -> Result<(), String> {
        if !watched.is_dead() {
            return Ok(());
        }
        self.tell_deaths(watched);
        if watched.deaths() >= MOST_DEATHS {
            return Err(format!("the server died {MOST_DEATHS} times"));
        }
        let on_one_line = |text: String| text.replace("\n  ", " ");
        watched.revive().await.map_err(|error| {
            format!("the server died, and could not be started again: {}", on_one_line(error.to_string()))
        })
    }

    /// Tells of every death that was not told of yet.
    fn tell_deaths(&self, watched: &Watched) {
        loop {
            let number = self.state.borrow().deaths.len();
            let Some(death) = watched.death(number) else { return };
            self.state.borrow_mut().deaths.push(Vec::new());
            self.incident(format!("the server died: {}", death.in_short()));
        }
    }
}

/// Whether a trial must have the server for itself: it is measured what it uses.
pub(super) fn is_solitary(trial: &Trial) -> bool {
    trial.needs.contains(&Need::Process)
}

/// What the record keeps of a watched server; `trials`: those that ran at each death.
pub(super) fn record(watched: &Watched, trials: &[Vec<String>]) -> ProcessRecord {
    let deaths = (0..watched.deaths()).filter_map(|number| {
        let death = watched.death(number)?;
        let trials = trials.get(number).cloned().unwrap_or_default();
        Some(DeathRecord { trials, how: death.how.clone(), output: death.output.clone() })
    });
    ProcessRecord {
        command: watched.command().to_owned(),
        deaths: deaths.collect(),
        ..watched.tally().record()
    }
}
