//! The peer under test, server or client, and what is known of it.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use wsspec_catalogue::{Limits, Need, Trial};
use wsspec_exchange::Setup;
use wsspec_record::{EchoedKind, PeerProfile};

use super::RunOptions;
use crate::{
    client::ClientRunner,
    dial::Dialer,
    probe::{self, ProbeError},
    spawn::Watched,
    target::Target,
    trial::{TrialRun, run, run_watched},
};

/// A failure is confirmed with the limit that it had, or with so many times the longest that the peer took for anything in
/// the whole first pass, when it was busiest.
const PATIENCE: u32 = 5;
/// Of a line's limit, this part is how long a fence may take beside silences that are confirmed.
const PROMPT: u32 = 4;

/// The peer under test, and what is known of it.
pub(super) struct TestedPeer {
    end: PeerAccess,
    pub(super) setup: Arc<Setup>,
    pub(super) profile: PeerProfile,
    /// Its process can be measured.
    watched: bool,
}

/// How it is reached.
enum PeerAccess {
    Server(Dialer),
    Client(ClientRunner),
}

impl TestedPeer {
    /// Meets a server.
    pub(super) async fn server(target: &Arc<Target>, options: &RunOptions) -> Result<Self, ProbeError> {
        let dialer = Dialer::new(target.clone()).await?;
        let mut setup = Setup::client(&target.authority, &target.resource);
        setup.fields.clone_from(&target.fields);
        setup.declared.clone_from(&target.declared);
        setup.limits = options.limits;
        let profile = probe::probe(&dialer, &setup, options.jobs).await?;
        Ok(Self::known(PeerAccess::Server(dialer), setup, profile, options))
    }

    /// Meets a client.
    pub(super) async fn client(starter: ClientRunner, options: &RunOptions) -> Result<Self, ProbeError> {
        let mut setup = Setup::server();
        setup.limits = options.limits;
        let profile = probe::probe_client(&starter, &setup, options.jobs).await?;
        Ok(Self::known(PeerAccess::Client(starter), setup, profile, options))
    }

    fn known(end: PeerAccess, setup: Setup, profile: PeerProfile, options: &RunOptions) -> Self {
        let mut setup = setup.with_profile(&profile);
        setup.limits = probe::limits(options.limits, &profile);
        if let PeerAccess::Client(_) = end {
            // It may just have been started, and so be slower than it was when it was probed.
            setup.limits.watch = setup.limits.watch.max(options.limits.watch.min(options.limits.line));
        }
        Self { end, setup: Arc::new(setup), profile, watched: options.watched.is_some() }
    }

    /// Plays a trial to it once.
    pub(super) async fn play(&self, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        match &self.end {
            PeerAccess::Server(dialer) => run(dialer, trial, setup).await,
            PeerAccess::Client(starter) => starter.run(trial, setup).await,
        }
    }

    /// As [`Self::play`], with a server whose process can be measured.
    pub(super) async fn play_watched(
        &self,
        trial: &Arc<Trial>,
        setup: &Arc<Setup>,
        watched: &Watched,
    ) -> TrialRun {
        match &self.end {
            PeerAccess::Server(dialer) => run_watched(dialer, trial, setup, watched).await,
            PeerAccess::Client(starter) => starter.run(trial, setup).await,
        }
    }

    /// What is to be told of how a client's processes ended.
    pub(super) fn habits(&self) -> Vec<String> {
        match &self.end {
            PeerAccess::Server(_) => Vec::new(),
            PeerAccess::Client(starter) => starter.habits(),
        }
    }

    pub(super) fn has(&self, need: Need) -> bool {
        match need {
            Need::Echo => self.profile.echo,
            Need::EchoText => self.profile.echo && self.profile.echoes_only != Some(EchoedKind::Binary),
            Need::EchoBinary => self.profile.echo && self.profile.echoes_only != Some(EchoedKind::Text),
            Need::Pong => self.profile.pong,
            Need::Fence => self.profile.pong || self.has(Need::EchoText),
            Need::PermessageDeflate => self.profile.deflate,
            // A client is started for each trial, and so can be measured.
            Need::Process => self.watched || matches!(self.end, PeerAccess::Client(_)),
        }
    }

    /// Whether it still does what it did when it was probed. A client is started anew for each trial: it always does.
    pub(super) async fn sanity(&self) -> Result<(), String> {
        match &self.end {
            PeerAccess::Server(dialer) => probe::is_sane(dialer, &self.setup, &self.profile).await,
            PeerAccess::Client(_) => Ok(()),
        }
    }

    /// Gives a server time to come up again.
    pub(super) async fn sanity_with_patience(&self) -> Result<(), String> {
        let mut last = Ok(());
        for pause in [0, 50, 200, 750] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            last = self.sanity().await;
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// How failures are confirmed, after a first pass in which the peer once took `slowest` for something.
    pub(super) fn patient(&self, slowest: Duration) -> Arc<Setup> {
        let limits = self.setup.limits;
        let line = limits.line.max(slowest.saturating_mul(PATIENCE));
        // No line may take longer than the trial.
        let trial = limits.trial.max(line.saturating_mul(2));
        Arc::new(Setup { limits: Limits { line, trial, ..limits }, ..(*self.setup).clone() })
    }

    /// Does something, and asks for a sign of life on other connections all the while. Whether each came promptly.
    pub(super) async fn beside_a_fence<T>(&self, task: impl Future<Output = T>) -> (T, bool) {
        let prompt = self.setup.limits.line / PROMPT;
        let probe = probe::sign_of_life(&self.profile);
        let question = probe.trial_for(self.setup.role().peer());
        let mut is_prompt = true;
        let watch = async {
            loop {
                let asked = Instant::now();
                let ran = self.play(&question, &self.setup).await;
                is_prompt &= probe.succeeded(&ran.outcome) && asked.elapsed() <= prompt;
                tokio::time::sleep(prompt / 4).await;
            }
        };
        let done = tokio::select! {
            done = task => done,
            () = watch => unreachable!("it watches until the task is done"),
        };
        (done, is_prompt)
    }
}
