//! A run whose server is watched: started again where it dies, each death put down to the trials it came with.

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
        if let Some(watched) = self.options.watched.as_deref()
            && let Err(why) = self.up(watched).await
        {
            return TrialRun::not_run(&why);
        }
        let number = self.deaths();
        self.state.borrow_mut().under_way.begin(trial);
        let mut ran = self.play(peer, trial, setup).await;
        self.look_after(peer, &ran, number).await;
        let mut state = self.state.borrow_mut();
        state.under_way.end(trial);
        if let Some(Crash { how, output }) = ran.crash.take() {
            // A client's process is that trial's alone.
            ran.death = Some(state.deaths.len());
            let trials = vec![trial.id.clone()];
            state.deaths.push(RunDeath { how, output, trials, ..RunDeath::default() });
        } else if let Some(death) = state.deaths.get_mut(number).filter(|_| self.role == Role::Server) {
            death.trials.push(trial.id.clone());
            ran.death = Some(number);
        }
        ran
    }

    /// Plays a trial; where the server is watched, looks whether it still runs.
    async fn play(&self, peer: &TestedPeer, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        let Some(watched) = self.options.watched.as_deref() else {
            return peer.play(trial, setup).await;
        };
        let ran = peer.play_watched(trial, setup, watched).await;
        if trial.script.terminates() {
            watched.finish_ending();
            // What keeps it from being started again ends the run, here or before the next trial.
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

    /// Sees to it that the server is up.
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

    /// Tells of every death that was not told of yet.
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

/// Whether a trial must have the server for itself: it is measured what it uses.
pub(super) fn is_solitary(trial: &Trial) -> bool {
    trial.needs.contains(&Need::Process)
}

/// What the record keeps of a watched server.
pub(super) fn record(watched: &Watched, deaths: &[RunDeath]) -> ProcessRecord {
    ProcessRecord {
        command: watched.command().to_owned(),
        deaths: records(deaths),
        ..watched.tally().record()
    }
}
