//! The peer under test, server or client, and what is known about it.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;
use wsspec_catalogue::{Limits, Need, Requirements, Trial};
use wsspec_exchange::{Carrier, Pace, Probe, SessionNames, Setup, Side, Waiver, spoke_unasked};
use wsspec_record::{EchoedKind, PeerProfile, SocketIoProfile, StompClientProfile, Verdict};
use wsspec_wire::{Layer, RequirementId};

use super::RunOptions;
use crate::{
    client::ClientRunner,
    confirmation::{self, PATIENCE},
    dial::Dialer,
    extended_connect,
    probe::{self, ProbeError},
    spawn::Watched,
    target::Target,
    trial::{TrialRun, run, run_watched},
};

/// Round trips of a sign of life: the opening handshake, a ping, and one to spare.
const ROUND_TRIPS: u32 = 3;
/// A fence next to silences being confirmed may take a line's limit divided by this.
const PROMPT: u32 = 4;

/// The peer under test, and what is known about it.
pub(super) struct TestedPeer {
    end: PeerAccess,
    pub(super) setup: Arc<Setup>,
    pub(super) profile: PeerProfile,
    /// Whether its process can be measured.
    watched: bool,
    /// Why it can be tested only on the rules that it broke when it was probed.
    pub(super) unfit: Option<String>,
}

/// The peer's state.
pub(super) enum Life {
    /// It does what it did when it was probed.
    Well,
    /// Nothing listens, or a client's process ends before it connects.
    Refuses(String),
    /// It is there, but does not do what it did.
    Ails(String),
}

/// The least `maxPayload` for cases with long messages, in bytes.
const LARGE: u64 = 100_000;

/// How many intervals of heart-beats a trial of a client of STOMP may take.
const HEART_BEATS: u32 = 4;

/// The subprotocols of STOMP, as its clients offer them.
const SUBPROTOCOLS: &str = "v12.stomp, v11.stomp, v10.stomp";

/// A number that no other run has.
fn unique() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::from(since.subsec_nanos()) ^ (since.as_secs() << 20) ^ u64::from(std::process::id()) << 44
}

/// The setup for a broker of STOMP, with destinations that no other run has.
fn for_stomp(setup: Setup, target: &Target) -> Setup {
    let unique = unique();
    let mut stomp = target.stomp.clone();
    stomp.destinations = format!("{}wsspec-{unique:x}-", stomp.destinations);
    let carrier = target.carrier();
    let mut fields = setup.fields.clone();
    if !fields.iter().any(|(name, _)| name.eq_ignore_ascii_case("Sec-WebSocket-Protocol")) {
        fields.push(("Sec-WebSocket-Protocol".into(), SUBPROTOCOLS.into()));
    }
    Setup { stomp, carrier, fields, ..setup }
}

/// How to reach it.
enum PeerAccess {
    Server(Dialer),
    Client(ClientRunner),
}

impl TestedPeer {
    /// Probes a server.
    pub(super) async fn server(
        target: &Arc<Target>,
        rules: &Arc<Requirements>,
        options: &RunOptions,
    ) -> Result<Self, ProbeError> {
        let dialer = Dialer::new(target.clone()).await?;
        let mut setup = Setup::client(&target.authority, &target.resource);
        setup.fields.clone_from(&target.fields);
        setup.declared.clone_from(&target.declared);
        setup.limits = options.limits;
        if let Some(layer) = target.layer {
            let probed = match layer {
                Layer::Stomp => {
                    setup = for_stomp(setup, target);
                    probe::stomp::probe(&dialer, &setup, rules, options.jobs).await
                }
                Layer::SockJs | Layer::Http => {
                    setup.sessions = SessionNames::of_run(format!("{:x}-", unique()));
                    probe::sockjs::probe(&dialer, &setup, rules, options.jobs).await
                }
                layer @ (Layer::EngineIo | Layer::SocketIo) => {
                    probe::engineio::probe(layer, &dialer, &setup, rules, options.jobs).await
                }
            };
            return Self::probed(probed, dialer, setup, options);
        }
        setup.carrier = target.carrier();
        if setup.carrier.is_stream() {
            // The scheme is in the request there; HTTP/3 always has TLS.
            if let Side::Client(uri) = &mut setup.side {
                uri.secure = target.secure;
            }
            extended_connect::check(&dialer, setup.carrier, &setup.limits).await?;
        }
        let probed = probe::probe(&dialer, &setup, rules, options.jobs).await;
        Self::probed(probed, dialer, setup, options)
    }

    /// A server that was probed. One that cannot be tested may have broken rules by then.
    fn probed(
        probed: Result<PeerProfile, ProbeError>,
        dialer: Dialer,
        setup: Setup,
        options: &RunOptions,
    ) -> Result<Self, ProbeError> {
        let end = PeerAccess::Server(dialer);
        match probed {
            Err(ProbeError::Handshake { why, broken }) if !broken.is_empty() => {
                let profile =
                    PeerProfile { always_breaks: broken.into_iter().collect(), ..PeerProfile::default() };
                let known = Self::known(end, setup, profile, options);
                // It shows only these faults: each trial that sees one of them fails.
                let setup = Arc::new(Setup { waiver: Waiver::Nothing, ..(*known.setup).clone() });
                Ok(Self { unfit: Some(why), setup, ..known })
            }
            probed => Ok(Self::known(end, setup, probed?, options)),
        }
    }

    /// Probes a client.
    pub(super) async fn client(
        starter: ClientRunner,
        rules: &Arc<Requirements>,
        options: &RunOptions,
    ) -> Result<Self, ProbeError> {
        let mut setup = Setup::server();
        setup.limits = options.limits;
        setup.carrier = starter.carrier();
        let profile = match starter.layer() {
            Some(layer @ (Layer::EngineIo | Layer::SocketIo)) => {
                probe::engineio_client::probe(layer, &starter, &setup, rules, options.jobs).await?
            }
            Some(_) => probe::stomp_client::probe(&starter, &setup, rules, options.jobs).await?,
            None => probe::probe_client(&starter, &setup, rules, options.jobs).await?,
        };
        Ok(Self::known(PeerAccess::Client(starter), setup, profile, options))
    }

    fn known(end: PeerAccess, setup: Setup, profile: PeerProfile, options: &RunOptions) -> Self {
        let mut setup = setup.with_profile(&profile);
        let heartbeat = setup.limits.heartbeat;
        setup.limits = Limits { heartbeat, ..probe::limits(options.limits, &profile).far() };
        if let PeerAccess::Client(_) = end {
            // It may have just been started, and so be slower than when it was probed.
            setup.limits.watch = setup.limits.watch.max(options.limits.watch.min(options.limits.line));
        }
        Self { end, setup: Arc::new(setup), profile, watched: options.watched.is_some(), unfit: None }
    }

    /// Plays a trial once.
    pub(super) async fn play(&self, trial: &Arc<Trial>, setup: &Arc<Setup>) -> TrialRun {
        match &self.end {
            PeerAccess::Server(dialer) => run(dialer, trial, setup).await,
            PeerAccess::Client(starter) => starter.run(trial, setup).await,
        }
    }

    /// Like [`Self::play`], with a server whose process can be measured.
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

    /// Whether the peer may send messages unprompted, although it has not while it was probed.
    pub(super) fn may_speak_later(&self) -> bool {
        let profile = &self.profile;
        let is_of_layer = profile.stomp.is_some()
            || profile.stomp_client.is_some()
            || profile.engineio.is_some()
            || profile.sockjs.is_some();
        !is_of_layer && !self.setup.speaks_unasked && self.unfit.is_none()
    }

    /// Listens on a connection of its own for a message that the peer sends unprompted.
    pub(super) async fn speaks_later(&self) -> bool {
        let trial = Probe::Listening.trial_for(self.setup.role().peer());
        spoke_unasked(&self.play(&trial, &self.setup).await.outcome.transcript)
    }

    /// From now on, messages that answer nothing mean nothing.
    pub(super) fn note_unasked(&mut self) {
        self.profile.speaks_unasked = true;
        self.setup = Arc::new(Setup { speaks_unasked: true, ..(*self.setup).clone() });
    }

    /// Remarks on how a client's processes ended.
    pub(super) fn habits(&self) -> Vec<String> {
        match &self.end {
            PeerAccess::Server(_) => Vec::new(),
            PeerAccess::Client(starter) => starter.habits(),
        }
    }

    pub(super) fn has(&self, need: Need) -> bool {
        match need {
            Need::Echo => self.profile.echo,
            Need::EchoText => self.profile.echoes_text(),
            Need::EchoBinary => self.profile.echo && self.profile.echoes_only != Some(EchoedKind::Text),
            Need::EchoEmpty => self.profile.echo && !self.profile.drops_empty,
            Need::EchoFragmented => self.profile.echo && !self.profile.drops_fragmented,
            Need::Pong => self.profile.pong,
            Need::Fence => self.profile.pong || self.has(Need::EchoText),
            Need::PermessageDeflate => self.profile.deflate,
            // A client is started for each trial, and so can be measured.
            Need::Http1 => self.setup.carrier == Carrier::Http1,
            Need::Http2 => self.setup.carrier == Carrier::Http2,
            Need::Http2Behind => false,
            Need::Http3 => self.setup.carrier == Carrier::Http3,
            Need::WebSocket => self.setup.carrier != Carrier::Tcp,
            Need::Stomp10 => self.speaks("1.0"),
            Need::Stomp11 => self.speaks("1.1"),
            Need::Stomp12 => self.speaks("1.2"),
            Need::Acknowledgements => self.is_stomp_client(|client| client.acknowledges),
            Need::Nacks => self.is_stomp_client(|client| client.nacks),
            Need::Swaps => self.is_stomp_client(|client| client.swaps),
            Need::Leaves => self.is_stomp_client(|client| client.leaves),
            Need::Unsubscribes => self.is_stomp_client(|client| client.unsubscribes),
            Need::Transactions => self.is_stomp_client(|client| client.transactions),
            Need::HeartBeats => self.has_time_for(self.setup.limits.heartbeat * HEART_BEATS),
            Need::Delivery => self.profile.stomp.as_ref().is_some_and(|stomp| stomp.delivers),
            Need::Heartbeat => self.has_time_for_heartbeats(),
            Need::LargePayload => self.takes_large_payloads(),
            Need::Polling => self.profile.engineio.is_some_and(|found| found.polling),
            Need::EarlyPosts => self.profile.engineio.is_some_and(|found| found.early_posts),
            Need::HeldPolls => self.profile.engineio.is_some_and(|found| found.holds_polls),
            Need::Upgrade => self.profile.engineio.is_some_and(|found| found.upgrades),
            Need::Namespace => self.socketio().is_some_and(|found| found.namespace),
            Need::NamespaceEcho => self.socketio().is_some_and(|found| found.namespace_echo),
            Need::NamespaceAcks => self.socketio().is_some_and(|found| found.namespace_acks),
            Need::Acks => self.socketio().is_some_and(|found| found.acks),
            Need::Greeting => self.socketio().is_some_and(|found| found.greets),
            Need::SockJsWebSocket => self.profile.sockjs.is_none_or(|found| found.websocket),
            Need::XhrStreaming => !self.profile.sockjs.is_some_and(|found| found.no_xhr_streaming),
            Need::EventSource => !self.profile.sockjs.is_some_and(|found| found.no_eventsource),
            Need::HtmlFile => !self.profile.sockjs.is_some_and(|found| found.no_htmlfile),
            Need::Jsonp => !self.profile.sockjs.is_some_and(|found| found.no_jsonp),
            Need::CloseService => self.profile.sockjs.is_some_and(|found| found.close),
            Need::DisabledService => self.profile.sockjs.is_some_and(|found| found.disabled),
            Need::CookieService => self.profile.sockjs.is_some_and(|found| found.cookies),
            Need::Process => self.watched || matches!(self.end, PeerAccess::Client(_)),
        }
    }

    /// Whether it announces how often it pings, and a trial may take that long.
    fn has_time_for_heartbeats(&self) -> bool {
        self.has_time_for(self.profile.engineio.map(|found| found.heartbeat()).unwrap_or_default())
    }

    fn has_time_for(&self, heartbeat: Duration) -> bool {
        !heartbeat.is_zero() && heartbeat <= self.setup.limits.trial
    }

    /// Whether it is a broker or a client that speaks this version of STOMP.
    fn speaks(&self, version: &str) -> bool {
        let of_broker = self.profile.stomp.iter().flat_map(|stomp| &stomp.versions);
        let of_client = self.profile.stomp_client.iter().flat_map(|stomp| &stomp.versions);
        of_broker.chain(of_client).any(|known| known == version)
    }

    /// What it does with Socket.IO, be it a server or a client.
    fn socketio(&self) -> Option<SocketIoProfile> {
        self.profile.socketio.or(self.profile.engineio_client.and_then(|client| client.socketio))
    }

    /// Whether it takes long messages of Engine.IO; a client announces no limit.
    fn takes_large_payloads(&self) -> bool {
        let is_client = self.profile.engineio_client.is_some();
        is_client || self.profile.engineio.is_some_and(|found| found.max_payload >= LARGE)
    }

    fn is_stomp_client(&self, has: impl Fn(&StompClientProfile) -> bool) -> bool {
        self.profile.stomp_client.as_ref().is_some_and(has)
    }

    /// Whether it still does what it did when it was probed. Always true for a client, which is started for each trial.
    pub(super) async fn sanity(&self) -> Result<(), String> {
        match &self.end {
            PeerAccess::Server(dialer) => probe::is_sane(dialer, &self.setup, &self.profile).await,
            PeerAccess::Client(_) => Ok(()),
        }
    }

    /// Its state now.
    pub(super) async fn life(&self) -> Life {
        let (probe, ran) = self.ask().await;
        let why = || match &ran.outcome.verdict {
            Verdict::Fail { failure } => failure.headline(),
            Verdict::Inconclusive { why } => why.clone(),
            other => other.word().to_owned(),
        };
        if ran.absent {
            Life::Refuses(why())
        } else if probe.shows_life(&ran.outcome) {
            Life::Well
        } else {
            Life::Ails(why())
        }
    }

    /// Like [`Self::sanity`], but gives a server time to restart.
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

    /// The setup for the first run of a trial, given how long the peer has taken so far. All that it misses is confirmed.
    pub(super) fn hasty(&self, pace: Pace) -> Arc<Setup> {
        Arc::new(confirmation::hasty(&self.setup, pace))
    }

    /// The setup for confirming that something recommended is missing, given how long the peer has taken so far.
    pub(super) fn usual(&self, pace: Pace) -> Arc<Setup> {
        Arc::new(confirmation::usual(&self.setup, pace))
    }

    /// The setup for confirming failures, given how long the peer took in the first pass.
    pub(super) fn patient(&self, pace: Pace) -> Arc<Setup> {
        Arc::new(confirmation::patient(&self.setup, pace))
    }

    /// Whether a sign of life comes promptly; stalls of this machine do not count.
    pub(super) async fn is_prompt(&self) -> bool {
        let (probe, ran) = self.ask().await;
        probe.shows_life(&ran.outcome) && ran.duration <= self.prompt()
    }

    /// Whether the peer keeps a sign of life waiting for as long as an answer may take. One that refuses the connection
    /// is gone, not busy.
    pub(super) async fn is_overloaded(&self) -> bool {
        match tokio::time::timeout(self.setup.limits.line, self.ask()).await {
            Ok((_, ran)) if ran.absent => false,
            Ok((probe, ran)) => !probe.shows_life(&ran.outcome),
            Err(_) => true,
        }
    }

    /// The time limit of a prompt sign of life.
    fn prompt(&self) -> Duration {
        let limits = self.setup.limits;
        limits.line / PROMPT + limits.round_trip.saturating_mul(ROUND_TRIPS)
    }

    /// Asks for a sign of life on a separate connection.
    async fn ask(&self) -> (Probe, TrialRun) {
        let probe = probe::sign_of_life(&self.profile);
        let question = probe.trial_for(self.setup.role().peer());
        // A peer that is only slow gets the time to show it.
        let limits = self.setup.limits;
        let (line, trial) = (limits.line * PATIENCE, limits.trial.max(limits.line * PATIENCE * 2));
        let setup = Setup { limits: Limits { line, trial, ..limits }, ..(*self.setup).clone() };
        (probe, self.play(&question, &Arc::new(setup)).await)
    }

    /// The setup for confirming failures in which these rules count wherever they are broken.
    pub(super) fn without_waiver(&self, rules: &BTreeSet<RequirementId>, pace: Pace) -> Arc<Setup> {
        let waived = self.profile.always_breaks.iter().filter(|rule| !rules.contains(rule));
        let waiver = Waiver::of(waived.cloned());
        Arc::new(Setup { waiver, ..confirmation::patient(&self.setup, pace) })
    }

    /// Runs `task`, and asks for signs of life on other connections all the while. Returns how promptly they came.
    pub(super) async fn beside_a_fence<T>(&self, task: impl Future<Output = T>) -> (T, Promptness) {
        let (mut late_until, mut asked) = (None, None);
        let watch = async {
            loop {
                asked = Some(Instant::now());
                if !self.is_prompt().await {
                    late_until = Some(Instant::now());
                }
                asked = None;
                tokio::time::sleep(self.setup.limits.line / PROMPT / 4).await;
            }
        };
        let done = tokio::select! {
            done = task => done,
            () = watch => unreachable!("it watches until the task is done"),
        };
        // The last question may still be open.
        if asked.is_some_and(|asked| asked.elapsed() > self.prompt()) {
            late_until = Some(Instant::now());
        }
        (done, Promptness { late_until })
    }
}

/// How promptly a peer answered on other connections while trials ran.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Promptness {
    /// When its last late answer came; `None` if none was late.
    late_until: Option<Instant>,
}

impl Promptness {
    #[cfg(test)]
    pub(super) fn late_until(when: Instant) -> Self {
        Self { late_until: Some(when) }
    }

    /// Whether none of its answers was late.
    pub(super) fn is_perfect(self) -> bool {
        self.late_until.is_none()
    }

    /// Whether no answer was late for this long before `end`.
    pub(super) fn lasted(self, long: Duration, end: Instant) -> bool {
        self.late_until.is_none_or(|late| end.saturating_duration_since(late) >= long)
    }
}
