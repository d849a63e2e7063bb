//! Plays trials that somebody thinks up on the way: what comes next may follow from what came before.

mod concurrency;
mod counting;
mod peer;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::LocalBoxFuture, stream::FuturesUnordered};
use tokio::time::{Interval, MissedTickBehavior, interval};
use wsspec_campaign::{HuntPulse, Job, Pacing, SessionSource, Ticket, Turn};
use wsspec_catalogue::{Limits, Trial};
use wsspec_exchange::{Outcome, Setup, Waiver};
use wsspec_record::PeerProfile;

use self::{
    concurrency::Concurrency,
    counting::Counting,
    peer::{FuzzedPeer, PlayedRun, SignOfLife},
};
use crate::{
    client::{ClientCommand, ClientRunner},
    dial::Dialer,
    edges::EdgeMap,
    probe::{self, ProbeError},
    spawn::Watched,
    target::Target,
};

/// Why a hunt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HuntEnd {
    /// There was nothing more to play.
    Done,
    /// It was told to stop.
    Stopped,
    /// The peer is gone and cannot be started again, or answers nobody any more.
    Lost(String),
}

/// A peer that is known, and can be played against.
pub struct Hunter {
    peer: FuzzedPeer,
    setup: Arc<Setup>,
    profile: PeerProfile,
}

/// Between two ticks.
const TICK: Duration = Duration::from_millis(200);
/// Pauses between segments in one session: enough for a header or two. Others are to be played meanwhile.
const GAPS: usize = 16;
/// The least time after which silence is believed.
const SHORTEST_SILENCE: Duration = Duration::from_millis(60);

impl Hunter {
    /// Finds out what a server can do. Tries `jobs` connections at once.
    ///
    /// # Errors
    ///
    /// When there is no WebSocket server.
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
        Ok(Self::of(FuzzedPeer::Server { dialer, watched }, setup, profile))
    }

    /// Finds out what a client can do, which is started for each session; `jobs` at once.
    ///
    /// # Errors
    ///
    /// When there is no WebSocket client.
    pub async fn of_client(client: ClientCommand, limits: Limits, jobs: u32) -> Result<Self, ProbeError> {
        let client = ClientRunner::new(client);
        let mut setup = Setup::server();
        setup.limits = limits;
        setup.gaps = GAPS;
        let profile = probe::probe_client(&client, &setup, &Arc::default(), jobs).await?;
        Ok(Self::of(FuzzedPeer::Client(client), setup, profile))
    }

    fn of(peer: FuzzedPeer, mut setup: Setup, profile: PeerProfile) -> Self {
        let limits = probe::limits(setup.limits, &profile);
        // A client may just have been started, and so be slower than it was when it was probed.
        let watch = match peer {
            FuzzedPeer::Server { .. } => limits.watch,
            FuzzedPeer::Client(_) => limits.watch.max(setup.limits.watch.min(limits.line)),
        };
        setup.limits = Limits { watch, ..limits };
        // A finding is one wherever it is made.
        let setup = Setup { waiver: Waiver::Nothing, ..setup.with_profile(&profile) };
        Self { peer, setup: Arc::new(setup), profile }
    }

    /// What the peer can do.
    pub const fn profile(&self) -> &PeerProfile {
        &self.profile
    }

    /// Plays one trial alone.
    pub async fn play(&self, trial: &Arc<Trial>) -> Outcome {
        self.peer.run(trial, &self.setup).await.outcome
    }

    /// Plays what `sessions` says, up to `jobs` at once, until it says that it is done, or `stop` resolves. Also learns
    /// which edges of its code the peer takes, if it counts them in `edges`.
    pub async fn hunt<S: SessionSource>(
        &self,
        sessions: &mut S,
        jobs: u32,
        edges: Option<EdgeMap>,
        stop: impl Future<Output = ()>,
    ) -> HuntEnd {
        let jobs = usize::try_from(jobs.min(self.profile.connections)).unwrap_or(1).max(1);
        let hunt = Hunt {
            hunter: self,
            sessions,
            together: self.setup_for(Pacing::Together, Duration::ZERO),
            concurrency: Concurrency::of(jobs),
            edges: Counting::of(edges),
            under_way: FuturesUnordered::new(),
            again: VecDeque::new(),
            alone: None,
            slowest: Duration::ZERO,
            deaths: 0,
            why: None,
        };
        tokio::select! {
            biased;
            () = stop => HuntEnd::Stopped,
            end = hunt.run() => end.map_or_else(HuntEnd::Lost, |()| HuntEnd::Done),
        }
    }

    fn setup_for(&self, pace: Pacing, slowest: Duration) -> Arc<Setup> {
        let Limits { line: full, .. } = self.setup.limits;
        let line = match pace {
            Pacing::Together => (full / 4).max(SHORTEST_SILENCE).min(full),
            Pacing::Alone => slowest.saturating_mul(2).max(SHORTEST_SILENCE).min(full),
            Pacing::Careful => full,
        };
        Arc::new(Setup { limits: Limits { line, ..self.setup.limits }, ..(*self.setup).clone() })
    }
}

/// A job that is under way, and what it comes to.
type JobUnderWay<'h> = LocalBoxFuture<'h, (Job, Result<PlayedRun, String>)>;

/// A hunt under way.
struct Hunt<'h, S> {
    hunter: &'h Hunter,
    sessions: &'h mut S,
    together: Arc<Setup>,
    concurrency: Concurrency,
    edges: Counting,
    under_way: FuturesUnordered<JobUnderWay<'h>>,
    /// Sessions that got no answer beside others: they are played again, alone.
    again: VecDeque<Job>,
    /// What is to be played once nothing else runs.
    alone: Option<Job>,
    /// The longest that the peer has taken for an answer.
    slowest: Duration,
    /// Deaths that have been passed on.
    deaths: usize,
    /// Why the last session that is to be played again could not be judged.
    why: Option<String>,
}

impl<S: SessionSource> Hunt<'_, S> {
    async fn run(mut self) -> Result<(), String> {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.edges.begin(self.sessions);
        loop {
            self.pass_deaths_on();
            self.start();
            if self.under_way.is_empty() {
                let Some(job) = self.again.pop_front().or_else(|| self.alone.take()) else { return Ok(()) };
                self.play_alone(job, &mut ticks).await?;
                continue;
            }
            tokio::select! {
                biased;
                _ = ticks.tick() => self.tick(),
                Some((job, ended)) = self.under_way.next() => self.take(job, ended?),
            }
        }
    }

    /// Starts as many sessions as may run together.
    fn start(&mut self) {
        while self.alone.is_none() && self.again.is_empty() && self.under_way.len() < self.concurrency.size()
        {
            match self.sessions.turn() {
                Turn::Play(job) if job.pace == Pacing::Together => {
                    let hunter = self.hunter;
                    let (peer, setup) = (&hunter.peer, self.together.clone());
                    self.under_way.push(Box::pin(async move {
                        let ended = peer.play(&job, &setup).await;
                        (job, ended)
                    }));
                }
                Turn::Play(job) => self.alone = Some(job),
                Turn::Wait | Turn::Done => return,
            }
        }
    }

    /// A session that ran beside others has ended.
    fn take(&mut self, job: Job, played: PlayedRun) {
        if played.is_starved() && !self.concurrency.is_own(played.why()) {
            self.concurrency.starved(self.again.is_empty());
            self.why = Some(played.why().to_owned());
            self.again.push_back(job);
            return;
        }
        self.concurrency.answered();
        self.slowest = self.slowest.max(played.ran.outcome.pace.slowest);
        let edges = self.edges.look(self.sessions);
        self.sessions.played(&job, &played.into_session(edges));
    }

    /// Plays a session while nothing else runs.
    async fn play_alone(&mut self, job: Job, ticks: &mut Interval) -> Result<(), String> {
        let is_session = matches!(job.ticket, Ticket::Session(_));
        let pace = if is_session { Pacing::Careful } else { job.pace };
        let (hunter, setup) = (self.hunter, self.hunter.setup_for(pace, self.slowest));
        self.edges.pass_on(self.sessions);
        let life = SignOfLife { setup: &hunter.setup, profile: &hunter.profile };
        let played = {
            let playing = hunter.peer.play_alone(&job, &setup, &life);
            tokio::pin!(playing);
            loop {
                tokio::select! {
                    biased;
                    played = &mut playing => break played?,
                    _ = ticks.tick() => self.tick(),
                }
            }
        };
        if is_session && played.is_starved() {
            self.concurrency.note_alone(played.why());
        }
        let edges = self.edges.settle(self.sessions).await;
        self.sessions.played(&job, &played.into_session(edges));
        Ok(())
    }

    fn pass_deaths_on(&mut self) {
        for death in self.hunter.peer.deaths_since(self.deaths) {
            self.deaths += 1;
            self.sessions.died(&death);
        }
    }

    fn tick(&mut self) {
        let pulse = HuntPulse {
            usage: self.hunter.peer.usage(),
            at_once: self.concurrency.size(),
            waiting: self.again.len(),
            why: self.why.clone(),
        };
        self.sessions.tick(&pulse);
    }
}
