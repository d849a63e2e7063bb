//! The peer of a campaign: a server, perhaps one that we started and watch, or a client that is started for each session.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wsspec_campaign::{Job, PlayedSession, ServerDeath, edges::CountedEdges};
use wsspec_catalogue::Trial;
use wsspec_exchange::{Event, Setup};
use wsspec_record::{PeerProfile, Usage, Verdict};

use crate::{
    client::ClientRunner,
    dial::Dialer,
    probe,
    spawn::{Watched, last_words},
    trial::{TrialRun, run},
};

/// A server that died so often is not started again.
const MOST_DEATHS: usize = 200;
/// How long after it cut a connection a process that still listens may still be seen to die.
const DEATH_DELAY: Duration = Duration::from_millis(2);
/// And one that serves nobody, or whose end a session failed by.
const LONG_DEATH_DELAY: Duration = Duration::from_millis(50);
/// How long a process whose last session is being looked into may take to die after it has shown a sign of life.
const AFTERMATH: Duration = Duration::from_millis(30);
/// How long a server that refuses connections may take to come up again.
const REFUSED_PATIENCE: Duration = Duration::from_secs(5);
/// And one that accepts them and answers nothing: a busy machine may be the reason.
const SILENT_PATIENCE: Duration = Duration::from_secs(30);
/// Between two attempts.
const RETRY: Duration = Duration::from_millis(100);
/// A client that does not connect so often in a row does not connect at all.
const MOST_ABSENCES: usize = 3;

/// The peer of a campaign.
pub(super) enum FuzzedPeer {
    Server { dialer: Dialer, watched: Option<Arc<Watched>> },
    Client(ClientRunner),
}

impl FuzzedPeer {
    fn watched(&self) -> Option<&Watched> {
        match self {
            Self::Server { watched, .. } => watched.as_deref(),
            Self::Client(_) => None,
        }
    }

    /// What its process uses now, if it is watched.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.watched().and_then(Watched::usage)
    }

    /// The deaths from this number on.
    pub(super) fn deaths_since(&self, number: usize) -> Vec<ServerDeath> {
        let Some(watched) = self.watched() else { return Vec::new() };
        watched.is_dead();
        let death = |number| Some(ServerDeath { number, how: watched.death(number)?.with_last_lines() });
        (number..watched.deaths()).filter_map(death).collect()
    }

    /// Plays a trial, whatever becomes of it.
    pub(super) async fn run(&self, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        match self {
            Self::Server { dialer, .. } => run(dialer, trial, setup).await,
            Self::Client(client) => client.run(trial, setup).await,
        }
    }

    /// Plays a session while others run.
    ///
    /// # Errors
    ///
    /// If there is no server any more.
    pub(super) async fn play(&self, job: &Job, setup: &Arc<Setup>) -> Result<PlayedRun, String> {
        let Some(watched) = self.watched() else {
            return Ok(PlayedRun::of(self.run(&job.trial, setup).await));
        };
        revived(watched).await?;
        let number = watched.deaths();
        let ran = self.run(&job.trial, setup).await;
        if ran.was_cut() {
            watched.dies_after_a_cut(DEATH_DELAY).await;
        }
        watched.is_dead();
        let death = watched.death(number).map(|death| death.with_last_lines());
        Ok(PlayedRun { death, ..PlayedRun::of(ran) })
    }

    /// Plays a session while nothing else runs: then its effects are its own.
    ///
    /// # Errors
    ///
    /// If there is no peer any more.
    pub(super) async fn play_alone(
        &self,
        job: &Job,
        setup: &Arc<Setup>,
        life: &SignOfLife<'_>,
    ) -> Result<PlayedRun, String> {
        if let Some(watched) = self.watched() {
            revived(watched).await?;
        }
        let number = self.watched().map_or(0, Watched::deaths);
        let played = self.play(job, setup).await?;
        let Some(watched) = self.watched() else {
            if played.is_starved() {
                self.present(life).await?;
            }
            return Ok(played);
        };
        let is_suspicious = job.autopsy || played.is_starved() || fails_by_its_end(&played.ran);
        if played.death.is_none() && is_suspicious {
            self.follow(watched, life, job.autopsy).await;
        }
        let death = watched.death(number).map(|death| death.with_last_lines());
        Ok(PlayedRun { death, ..played })
    }

    /// Watches what becomes of a server after a session. A process may die of it once the connection has ended; while it
    /// dies, on a busy machine or while it dumps its memory, it answers nobody.
    async fn follow(&self, watched: &Watched, life: &SignOfLife<'_>, autopsy: bool) {
        let is_well = self.shows_life(life).await.is_ok();
        let patience = match (is_well, autopsy) {
            (true, true) => AFTERMATH,
            (true, false) => Duration::ZERO,
            (false, _) => LONG_DEATH_DELAY,
        };
        if watched.dies_within(patience).await || is_well {
            return;
        }
        if let Err(why) = self.present(life).await
            && !watched.is_dead()
        {
            watched.give_up(&format!("it runs, but serves nobody any more: {why}"));
        }
    }

    /// Whether the peer is still there, now that nothing else asks for anything. It is given time: a machine may be busy, a
    /// server may be started again by somebody else.
    async fn present(&self, life: &SignOfLife<'_>) -> Result<(), String> {
        let began = Instant::now();
        for attempt in 1.. {
            let Err(absence) = self.shows_life(life).await else { return Ok(()) };
            let patience = if absence.refused { REFUSED_PATIENCE } else { SILENT_PATIENCE };
            let is_over = match self {
                Self::Server { watched: Some(watched), .. } if watched.is_dead() => true,
                Self::Server { .. } => began.elapsed() >= patience,
                Self::Client(_) => attempt >= MOST_ABSENCES,
            };
            if is_over {
                return Err(self.gone(&absence));
            }
            tokio::time::sleep(RETRY).await;
        }
        Ok(())
    }

    fn gone(&self, absence: &Absence) -> String {
        let why = &absence.why;
        match self {
            Self::Client(_) => format!("the client does not connect any more: {why}"),
            Self::Server { .. } if absence.refused => format!("the server is gone: {why}"),
            Self::Server { .. } => {
                format!("the server answers nobody any more, although something is there: {why}")
            }
        }
    }

    /// Whether the peer does what it did when it was probed.
    async fn shows_life(&self, life: &SignOfLife<'_>) -> Result<(), Absence> {
        let probe = probe::sign_of_life(life.profile);
        let trial = probe.trial_for(life.setup.role().peer());
        let ran = self.run(&trial, life.setup).await;
        if probe.succeeded(&ran.outcome) {
            return Ok(());
        }
        Err(Absence { refused: ran.absent, why: probe::short(&ran.outcome.verdict) })
    }
}

/// What shows that a peer lives.
pub(super) struct SignOfLife<'h> {
    pub(super) setup: &'h Arc<Setup>,
    pub(super) profile: &'h PeerProfile,
}

/// Why there was no sign of life.
struct Absence {
    /// Nothing listens.
    refused: bool,
    why: String,
}

/// What a session came to.
pub(super) struct PlayedRun {
    pub(super) ran: TrialRun,
    pub(super) death: Option<String>,
}

impl PlayedRun {
    /// A client's process is the session's own: its crash is, too.
    fn of(ran: TrialRun) -> Self {
        let death = ran.crash.as_ref().map(|crash| format!("{}{}", crash.how, last_words(&crash.output)));
        Self { ran, death }
    }

    /// Whether the peer did not take the connection, or let the opening handshake wait: one that is busy does the same as
    /// one that is gone.
    pub(super) fn is_starved(&self) -> bool {
        self.death.is_none()
            && (self.ran.dial_error.is_some()
                || matches!(self.ran.outcome.verdict, Verdict::Inconclusive { .. }))
    }

    /// Why it could not be judged.
    pub(super) fn why(&self) -> &str {
        match &self.ran.outcome.verdict {
            Verdict::Inconclusive { why } => why,
            _ => "",
        }
    }

    pub(super) fn into_session(self, edges: CountedEdges) -> PlayedSession {
        PlayedSession { outcome: self.ran.outcome, duration: self.ran.duration, death: self.death, edges }
    }
}

/// A server that is up. An error: it cannot be started any more.
async fn revived(watched: &Watched) -> Result<(), String> {
    if !watched.is_dead() {
        return Ok(());
    }
    if watched.deaths() >= MOST_DEATHS {
        return Err(format!("the server died {MOST_DEATHS} times"));
    }
    watched.revive().await.map_err(|error| {
        let error = error.to_string().replace("\n  ", " ");
        format!("the server died, and could not be started again: {error}")
    })
}

/// Whether the peer reset the connection, or ended it where it must not.
fn fails_by_its_end(ran: &TrialRun) -> bool {
    let entries = &ran.outcome.transcript.entries;
    entries.iter().any(|entry| matches!(entry.event, Event::Reset))
        || ran.outcome.verdict.is_fail() && entries.iter().any(|entry| matches!(entry.event, Event::Eof))
}
