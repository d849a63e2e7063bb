//! The peer under test, server or client, and what is known of it.

use std::{sync::Arc, time::Duration};

use wsspec_catalogue::{Limits, Need, Trial};
use wsspec_exchange::{Outcome, Setup};
use wsspec_record::PeerProfile;

use super::{RunOptions, has_timeout};
use crate::{
    client::ClientRunner,
    dial::Dialer,
    probe::{self, ProbeError},
    spawn::Watched,
    target::Target,
    trial::{TrialRun, run, run_watched},
};

/// When a failure by silence is confirmed, silence is enough that lasts so many times as long as the longest that the
/// peer took for anything in the whole first pass, when it was busiest.
const SILENCE: u32 = 2;
/// But at least this long.
const SHORTEST_SILENCE: Duration = Duration::from_millis(60);

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

    fn known(end: PeerAccess, mut setup: Setup, profile: PeerProfile, options: &RunOptions) -> Self {
        setup.limits = probe::limits(options.limits, &profile);
        if let PeerAccess::Client(_) = end {
            // It may just have been started, and so be slower than it was when it was probed.
            setup.limits.watch = setup.limits.watch.max(options.limits.watch.min(options.limits.line));
        }
        setup.fence = profile.fence;
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
            Need::Pong => self.profile.pong,
            Need::Fence => self.profile.pong || self.profile.echo,
            Need::PermessageDeflate => self.profile.deflate,
            Need::Process => self.watched,
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

    /// Where a first run failed by silence, a second one that runs alone need not wait as long, if the peer was never
    /// slow.
    pub(super) fn impatient(&self, first: &Outcome, slowest: Duration) -> Arc<Setup> {
        if !has_timeout(&first.transcript) {
            return self.setup.clone();
        }
        let limits = self.setup.limits;
        let silence = slowest.saturating_mul(SILENCE).max(SHORTEST_SILENCE).min(limits.line);
        Arc::new(Setup { limits: Limits { line: silence, ..limits }, ..(*self.setup).clone() })
    }
}
