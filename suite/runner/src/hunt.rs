//! Plays trials that are made during the run: the next one may depend on the results so far.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::time::{MissedTickBehavior, interval};
use wsspec_campaign::{Job, Pacing, PlayedSession, SessionSource, Turn};
use wsspec_catalogue::{Limits, Trial};
use wsspec_exchange::{Event, Outcome, Setup, Waiver};
use wsspec_record::{PeerProfile, Verdict};

use crate::{
    dial::Dialer,
    probe::{self, ProbeError},
    spawn::Watched,
    target::Target,
    trial::{TrialRun, run},
};

/// Why a hunt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HuntEnd {
    /// All trials were played.
    Done,
    /// It was asked to stop.
    Stopped,
    /// The server has died and cannot be restarted.
    Lost(String),
}

/// A peer that has been probed and can be played against.
pub struct Hunter {
    dialer: Dialer,
    setup: Setup,
    profile: PeerProfile,
    watched: Option<Arc<Watched>>,
}

/// A server that has died this often is not restarted.
const MOST_DEATHS: usize = 200;
/// How long the death of a process may go unnoticed after it dropped a connection, if it still listens.
const DEATH_DELAY: Duration = Duration::from_millis(2);
const LONG_DEATH_DELAY: Duration = Duration::from_millis(50);
/// Interval between two ticks.
const TICK: Duration = Duration::from_millis(200);
/// Maximum number of pauses between segments in one session: enough for a header or two. They would delay other
/// sessions.
const GAPS: usize = 16;
/// Shortest time after which silence counts.
const SHORTEST_SILENCE: Duration = Duration::from_millis(60);

impl Hunter {
    /// Finds out what a target can do. Tries `jobs` connections at once.
    ///
    /// # Errors
    ///
    /// If the target is not a WebSocket server.
    pub async fn new(
        target: Arc<Target>,
        limits: Limits,
        jobs: u32,
        watched: Option<Arc<Watched>>,
    ) -> Result<Self, ProbeError> {
        let dialer = Dialer::new(target.clone()).await?;
        let mut setup = Setup::client(&target.authority, &target.resource);
        setup.fields.clone_from(&target.fields);
        setup.declared.clone_from(&target.declared);
        setup.limits = limits;
        setup.gaps = GAPS;
        let profile = probe::probe(&dialer, &setup, &Arc::default(), jobs).await?;
        setup.limits = probe::limits(limits, &profile);
        // In fuzzing, every broken rule is a finding.
        let setup = Setup { waiver: Waiver::Nothing, ..setup.with_profile(&profile) };
        Ok(Self { dialer, setup, profile, watched })
    }

    /// What the peer can do.
    pub const fn profile(&self) -> &PeerProfile {
        &self.profile
    }

    /// Plays one trial alone.
    pub async fn play(&self, trial: &Arc<Trial>) -> Outcome {
        run(&self.dialer, trial, &Arc::new(self.setup.clone())).await.outcome
    }

    /// Plays the trials of `sessions`, up to `jobs` at once, until it has no more, or until `stop` resolves.
    pub async fn hunt<S: SessionSource>(
        &self,
        sessions: &mut S,
        jobs: u32,
        stop: impl Future<Output = ()>,
    ) -> HuntEnd {
        let jobs = usize::try_from(jobs.min(self.profile.connections)).unwrap_or(1).max(1);
        let together = self.setup_for(Pacing::Together, Duration::ZERO);
        let mut slowest = Duration::ZERO;
        let mut under_way = FuturesUnordered::new();
        let mut alone = None;
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        tokio::pin!(stop);
        loop {
            let mut done = false;
            while alone.is_none() && !done && under_way.len() < jobs {
                match sessions.turn() {
                    Turn::Play(job) if job.pace == Pacing::Together => {
                        let setup = together.clone();
                        under_way.push(async move {
                            let ended = self.once(&job, &setup).await;
                            (job, ended)
                        });
                    }
                    Turn::Play(job) => alone = Some(job),
                    Turn::Wait => break,
                    Turn::Done => done = true,
                }
            }
            if under_way.is_empty() {
                let Some(job) = alone.take() else { return HuntEnd::Done };
                let setup = self.setup_for(job.pace, slowest);
                let ended = tokio::select! {
                    biased;
                    () = &mut stop => return HuntEnd::Stopped,
                    ended = self.once(&job, &setup) => ended,
                };
                match ended {
                    Ok(played) => sessions.played(&job, &played),
                    Err(why) => return HuntEnd::Lost(why),
                }
                continue;
            }
            tokio::select! {
                biased;
                () = &mut stop => return HuntEnd::Stopped,
                _ = ticks.tick() => sessions.tick(self.watched.as_deref().and_then(Watched::usage)),
                Some((job, ended)) = under_way.next() => match ended {
                    Ok(played) => {
                        slowest = slowest.max(played.outcome.pace.slowest);
                        sessions.played(&job, &played);
                    }
                    Err(why) => return HuntEnd::Lost(why),
                },
            }
        }
    }

    fn setup_for(&self, pace: Pacing, slowest: Duration) -> Arc<Setup> {
        let Limits { line: full, .. } = self.setup.limits;
        let line = match pace {
            Pacing::Together => (full / 4).max(SHORTEST_SILENCE).min(full),
            Pacing::Alone => slowest.saturating_mul(2).max(SHORTEST_SILENCE).min(full),
            Pacing::Careful => full,
        };
        Arc::new(Setup { limits: Limits { line, ..self.setup.limits }, ..self.setup.clone() })
    }

    /// Plays a trial once, on a running server. Fails if the server is gone.
    async fn once(&self, Job { trial, pace, .. }: &Job, setup: &Arc<Setup>) -> Result<PlayedSession, String> {
        let Some(watched) = self.watched.as_deref() else {
            let ran = run(&self.dialer, trial, setup).await;
            if is_doubtful(&ran) {
                self.serves().await.map_err(|why| format!("the server no longer answers: {why}"))?;
            }
            return Ok(played(ran, None));
        };
        self.up(watched).await?;
        let number = watched.deaths();
        let ran = run(&self.dialer, trial, setup).await;
        let alone = *pace != Pacing::Together;
        if ran.was_cut() {
            watched.dies_after_a_cut(DEATH_DELAY).await;
        }
        // On a busy machine, a dying process may take time to disappear, but no longer answers.
        if (is_doubtful(&ran) || alone && fails_by_its_end(&ran))
            && !watched.dies_within(LONG_DEATH_DELAY).await
            && let Err(why) = self.serves().await
        {
            watched.give_up(&format!("it no longer answers: {why}"));
        }
        watched.is_dead();
        let death = watched.death(number).map(|death| death.in_short());
        Ok(played(ran, death))
    }

    async fn up(&self, watched: &Watched) -> Result<(), String> {
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

    /// Whether the peer still does what it did when it was probed. Gives it time to restart.
    async fn serves(&self) -> Result<(), String> {
        let setup = Arc::new(self.setup.clone());
        let until = Instant::now() + Duration::from_secs(5);
        loop {
            match probe::is_sane(&self.dialer, &setup, &self.profile).await {
                Err(_) if Instant::now() < until => tokio::time::sleep(Duration::from_millis(100)).await,
                done => return done,
            }
        }
    }
}

fn played(ran: TrialRun, death: Option<String>) -> PlayedSession {
    PlayedSession { outcome: ran.outcome, duration: ran.duration, death }
}

/// Whether there may be no server at all: no connection, or no answer to the opening handshake.
fn is_doubtful(ran: &TrialRun) -> bool {
    ran.dial_error.is_some() || matches!(ran.outcome.verdict, Verdict::Inconclusive { .. })
}

/// Whether the peer reset the connection, or closed it where it must not.
fn fails_by_its_end(ran: &TrialRun) -> bool {
    let entries = &ran.outcome.transcript.entries;
    entries.iter().any(|entry| matches!(entry.event, Event::Reset))
        || ran.outcome.verdict.is_fail() && entries.iter().any(|entry| matches!(entry.event, Event::Eof))
}
