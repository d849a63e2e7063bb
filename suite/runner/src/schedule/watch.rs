//! A run with a watched server: restarts it when it dies, and attributes each death to the trials that were running.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::{Need, Trial};
use wsspec_exchange::Setup;
use wsspec_record::ProcessRecord;
use wsspec_wire::Role;

use super::{
    PlanRun, TestedPeer,
    life::{RunDeath, records},
};
use crate::{
    spawn::Watched,
    trial::{Crash, TrialRun},
};

/// How long the death of a process may go unnoticed after it dropped a connection, if it still listens.
const DEATH_DELAY: Duration = Duration::from_millis(50);

impl PlanRun<'_> {
    /// Runs a trial once; if the server is watched, makes sure that it is up.
    pub(super) async fn attempt(
        &self,
        peer: &TestedPeer,
        trial: &Arc<Trial>,
        setup: &Arc<Setup>,
    ) -> TrialRun {
        if let Some(watched) = self.options.watched.as_deref()
            && let Err(why) = self.up(watched).await
        {
            return TrialRun::not_run(&why);
        }
        let number = self.deaths();
        self.state.borrow_mut().under_way.begin(trial);
        let mut ran = self.play_until_let_in(peer, trial, setup).await;
        self.look_after(peer, &ran, number).await;
        let mut state = self.state.borrow_mut();
        state.under_way.end(trial);
        if let Some(Crash { how, output }) = ran.crash.take() {
            // A client's process belongs to this trial alone.
            ran.death = Some(state.deaths.len());
            let trials = vec![trial.id.clone()];
            state.deaths.push(RunDeath { how, output, trials, ..RunDeath::default() });
        } else if let Some(death) = state.deaths.get_mut(number).filter(|_| self.role == Role::Server) {
            death.trials.push(trial.id.clone());
            ran.death = Some(number);
        }
        ran
    }

    /// Plays a trial; if the server is watched, checks whether it is still running.
    pub(super) async fn play(&self, peer: &TestedPeer, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        let Some(watched) = self.options.watched.as_deref() else {
            return peer.play(trial, setup).await;
        };
        let ran = peer.play_watched(trial, setup, watched).await;
        if trial.script.terminates() {
            watched.finish_ending();
            // If it cannot be restarted, the run ends, here or before the next trial.
            let _ = self.up(watched).await;
            return ran;
        }
        if ran.was_cut() {
            watched.dies_after_a_cut(DEATH_DELAY).await;
        }
        watched.is_dead();
        self.tell_deaths(watched);
        ran
    }

    /// Whether a watched server is dead.
    pub(super) fn is_dead(&self) -> bool {
        self.options.watched.as_deref().is_some_and(Watched::is_dead)
    }

    /// Makes sure that the server is up.
    async fn up(&self, watched: &Watched) -> Result<(), String> {
        if !watched.is_dead() {
            return Ok(());
        }
        self.tell_deaths(watched);
        if watched.deaths() >= self.most_deaths() {
            return Err(self.give_up_on_it());
        }
        let on_one_line = |text: String| text.replace("\n  ", " ");
        watched.revive().await.map_err(|error| {
            let error = on_one_line(error.to_string());
            let why = format!("the server died, and could not be started again: {error}");
            self.abort(why.clone());
            why
        })
    }

    /// Reports every death that was not reported yet.
    pub(super) fn tell_deaths(&self, watched: &Watched) {
        loop {
            let number = self.state.borrow().deaths.len();
            let Some(death) = watched.death(number) else { return };
            self.incident(format!("the server died: {}", death.in_short()));
            let (how, output) = (death.how.clone(), death.output.clone());
            self.add_death(RunDeath { how, output, ..RunDeath::default() });
        }
    }
}

/// Whether a trial needs the server for itself, because it measures resource usage.
pub(super) fn is_solitary(trial: &Trial) -> bool {
    trial.needs.contains(&Need::Process)
}

/// The record's entry on a watched server.
pub(super) fn record(watched: &Watched, deaths: &[RunDeath]) -> ProcessRecord {
    ProcessRecord {
        command: watched.command().to_owned(),
        deaths: records(deaths),
        ..watched.tally().record()
    }
}
