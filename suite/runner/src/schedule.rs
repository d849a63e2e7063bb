//! A whole run: probes, trials in parallel, failures confirmed alone, and the record.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use wsspec_catalogue::{Baseline, Limits, Plan, Trial};
use wsspec_exchange::{Moment, Outcome, Pace, compare};
use wsspec_record::{Declared, FORMAT, Guide, LimitsRecord, PeerProfile, Record, RunEvent, TrialRecord};
use wsspec_wire::Role;

use crate::{
    client::{ClientCommand, ClientRunner},
    spawn::Watched,
    target::Target,
    trial::TrialRun,
};

mod budget;
mod confirm;
mod evidence;
mod first_pass;
mod killer;
mod life;
mod peer;
mod queue;
mod shared_check;
mod turned_away;
mod under_way;
mod watch;
mod window;
mod witness;

use budget::TimeSpent;
use life::RunDeath;
use peer::TestedPeer;
use shared_check::SharedCheck;
use under_way::UnderWay;
use witness::Witnesses;

/// Options of a run.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Maximum number of connections at once; fewer if the peer serves fewer.
    pub jobs: u32,
    /// Time limits of a line and of a trial.
    pub limits: Limits,
    /// The seed that the plan was made with.
    pub seed: u64,
    /// The expected deviations.
    pub baseline: Baseline,
    /// For the record: the command-line options that the trials depend on, without secrets.
    pub shown: Vec<String>,
    /// For the record: the catalogue's texts about sections and rules.
    pub guide: Guide,
    /// The server, if we can restart it.
    pub watched: Option<Arc<Watched>>,
    /// Run one trial at a time, and check the server after each.
    pub checks_survival: bool,
    /// How long to wait for a dead server to come back if we cannot restart it.
    pub comeback: Duration,
    /// Time limit of the whole run.
    pub max_time: Option<Duration>,
    /// The number of failures that ends the run; expected ones do not count.
    pub max_failures: Option<usize>,
    /// Records of trials that passed keep long payloads, too.
    pub keeps_payloads: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: 64,
            limits: Limits::default(),
            seed: 0,
            baseline: Baseline::default(),
            shown: Vec::new(),
            guide: Guide::default(),
            watched: None,
            checks_survival: false,
            comeback: Duration::from_secs(10),
            max_time: None,
            max_failures: None,
            keeps_payloads: false,
        }
    }
}

/// Runs a plan against a target. Calls `listen` for each event. Ends early when `stop` resolves.
pub async fn run_plan(
    plan: &Plan,
    target: &Arc<Target>,
    options: &RunOptions,
    listen: &mut dyn FnMut(&RunEvent),
    stop: impl Future<Output = ()>,
) -> Arc<Record> {
    execute(plan, &Subject::Server(target.clone()), options, listen, stop).await
}

/// Runs a plan against a client that is started for each trial; otherwise like [`run_plan`].
pub async fn run_client(
    plan: &Plan,
    client: &ClientCommand,
    options: &RunOptions,
    listen: &mut dyn FnMut(&RunEvent),
    stop: impl Future<Output = ()>,
) -> Arc<Record> {
    execute(plan, &Subject::Client(client.clone()), options, listen, stop).await
}

/// What is tested.
enum Subject {
    Server(Arc<Target>),
    Client(ClientCommand),
}

impl Subject {
    fn role(&self) -> Role {
        match self {
            Self::Server(_) => Role::Server,
            Self::Client(_) => Role::Client,
        }
    }

    fn declared(&self) -> Declared {
        match self {
            Self::Server(target) => target.declared.clone(),
            Self::Client(_) => Declared::default(),
        }
    }

    fn shown(&self) -> &str {
        match self {
            Self::Server(target) => &target.shown,
            Self::Client(client) => &client.command,
        }
    }
}

async fn execute(
    plan: &Plan,
    subject: &Subject,
    options: &RunOptions,
    listen: &mut dyn FnMut(&RunEvent),
    stop: impl Future<Output = ()>,
) -> Arc<Record> {
    let began = Instant::now();
    let started = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
    let (listen, state) = (RefCell::new(listen), RefCell::new(RunState::default()));
    let (seen_well, asked_if_overloaded) = (SharedCheck::default(), SharedCheck::default());
    let run = PlanRun { plan, options, role: subject.role(), listen, state, seen_well, asked_if_overloaded };
    let (trials, role, target) = (plan.trials.len(), subject.role(), subject.shown().to_owned());
    run.tell(RunEvent::Started { trials, role, target });
    // Check for the end of the run first: a peer that never pauses would starve the other branch.
    tokio::select! {
        biased;
        () = stop => run.abort("interrupted; trials not finished by then are left out".into()),
        () = time_over(options.max_time) => run.abort(too_long(options.max_time)),
        () = run.all(subject) => {}
    }
    run.settle();
    run.finish_witnesses();
    let PlanRun { state, listen, .. } = run;
    let mut state = state.into_inner();
    let limits = state.limits.unwrap_or(options.limits);
    let records = plan.trials.iter().filter_map(|trial| state.records.remove(&trial.id));
    let trials: Vec<_> = records.map(Arc::unwrap_or_clone).collect();
    let record = Arc::new(Record {
        format: FORMAT,
        wsspec: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        duration_us: Moment(began.elapsed()).micros(),
        role: subject.role(),
        target: subject.shown().to_owned(),
        seed: options.seed,
        options: options.shown.clone(),
        declared: subject.declared(),
        peer: state.profile,
        limits: LimitsRecord {
            line_ms: millis(limits.line),
            trial_ms: millis(limits.trial),
            watch_ms: millis(limits.watch),
        },
        incidents: state.incidents,
        process: options.watched.as_deref().map(|watched| watch::record(watched, &state.deaths)),
        deaths: if options.watched.is_some() { Vec::new() } else { life::records(&state.deaths) },
        aborted: state.aborted,
        guide: options.guide.of(&trials),
        trials,
    });
    listen.into_inner()(&RunEvent::Ended(record.clone()));
    record
}

async fn time_over(limit: Option<Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

fn too_long(limit: Option<Duration>) -> String {
    let limit = humantime::format_duration(limit.unwrap_or_default());
    format!("the run reached its --max-time of {limit}; trials not finished by then are left out")
}

struct PlanRun<'r> {
    plan: &'r Plan,
    options: &'r RunOptions,
    /// The role of the peer.
    role: Role,
    listen: RefCell<&'r mut dyn FnMut(&RunEvent)>,
    state: RefCell<RunState>,
    /// That the peer is as before.
    seen_well: SharedCheck<()>,
    /// Whether the peer has too many connections.
    asked_if_overloaded: SharedCheck<bool>,
}

#[derive(Default)]
struct RunState {
    profile: PeerProfile,
    limits: Option<Limits>,
    records: HashMap<String, Arc<TrialRecord>>,
    incidents: Vec<String>,
    aborted: Option<String>,
    /// A trial has failed at a message.
    fails_at_message: bool,
    /// Whether the peer sends messages unprompted some time after the opening handshake, once somebody listens for them.
    heard: Option<bool>,
    /// Why the first pass ends early, though outcomes may still be confirmed.
    enough: Option<String>,
    /// Whether the first pass is over.
    confirming: bool,
    /// The longest times that the peer took in the first pass.
    pace: Pace,
    /// The smaller number of trials at once for a peer that kept trials waiting.
    narrowed: Option<usize>,
    /// Whether the peer has turned requests away because there were too many.
    turns_away: bool,
    time: TimeSpent,
    /// The running trials.
    under_way: UnderWay,
    /// Every death of the peer.
    deaths: Vec<RunDeath>,
    witnesses: Witnesses,
    /// Number of recorded failures that were not expected.
    failures: usize,
    /// Outcomes to confirm, by trial id.
    pending: BTreeMap<String, Doubt>,
}

/// An outcome to confirm.
struct Doubt {
    trial: Arc<Trial>,
    outcome: Outcome,
    duration: Duration,
    /// The number of the peer's death that it may have caused.
    death: Option<usize>,
}

impl RunState {
    fn note_pace(&mut self, pace: Pace) {
        self.pace = self.pace.max(pace);
    }
}

impl PlanRun<'_> {
    fn tell(&self, event: RunEvent) {
        (self.listen.borrow_mut())(&event);
    }

    fn abort(&self, why: String) {
        self.state.borrow_mut().aborted.get_or_insert(why);
    }

    /// Ends the run if there are enough failures: those on record plus `more`.
    fn end_after_failures(&self, more: usize) {
        let found = self.state.borrow().failures + more;
        if let Some(most) = self.options.max_failures.filter(|most| found >= *most) {
            let failures = if most == 1 { "1 failure".to_owned() } else { format!("{most} failures") };
            self.abort(format!("stopped after {failures}; trials not finished by then are left out"));
        }
    }

    fn is_aborted(&self) -> bool {
        self.state.borrow().aborted.is_some()
    }

    fn incident(&self, what: String) {
        self.tell(RunEvent::Incident(what.clone()));
        self.state.borrow_mut().incidents.push(what);
    }

    async fn all(&self, subject: &Subject) {
        let rules = self.plan.trials.first().map(|trial| trial.requirements.clone()).unwrap_or_default();
        let met = match subject {
            Subject::Server(target) => TestedPeer::server(target, &rules, self.options).await,
            Subject::Client(client) => {
                TestedPeer::client(ClientRunner::new(client.clone()), &rules, self.options).await
            }
        };
        let mut peer = match met {
            Ok(peer) => peer,
            Err(unfit) => return self.abort(unfit.to_string()),
        };
        self.tell(RunEvent::Probed(Box::new(peer.profile.clone())));
        {
            let mut state = self.state.borrow_mut();
            state.profile = peer.profile.clone();
            state.witnesses = Witnesses::new(&peer.profile.always_breaks);
            state.limits = Some(peer.setup.limits);
        }
        let doubtful = self.first_passes(&mut peer).await;
        self.confirm(&peer, doubtful).await;
        self.hear_witnesses(&peer).await;
        peer.habits().into_iter().for_each(|what| self.incident(what));
        if let Some(why) = &peer.unfit {
            return self.abort(why.clone());
        }
        if !self.is_aborted() && !self.is_dead() {
            self.look_at_the_end(&peer).await;
        }
    }

    /// The trials to run. If the server never opens a connection, those about the rules that its response breaks, or if
    /// no trial is about them, the first that can show such a fault.
    fn selected(&self, peer: &TestedPeer) -> Vec<Arc<Trial>> {
        let trials = &self.plan.trials;
        if peer.unfit.is_none() {
            return trials.clone();
        }
        let broken = &peer.profile.always_breaks;
        let cites = |trial: &Trial| broken.iter().any(|rule| trial.cites(rule));
        let about: Vec<_> = trials.iter().filter(|trial| cites(trial)).cloned().collect();
        if about.is_empty() {
            return trials.iter().filter(|trial| !trial.script.measures()).take(1).cloned().collect();
        }
        about
    }

    fn finish(&self, trial: &Arc<Trial>, ran: TrialRun, attempts: u32) {
        let ran = self.state.borrow_mut().witnesses.take(trial, ran, attempts);
        if let Some(ran) = ran {
            self.publish(trial, ran, attempts);
        }
    }

    /// Records an outcome.
    fn publish(&self, trial: &Trial, ran: TrialRun, attempts: u32) {
        let duration = Moment(ran.duration).micros();
        let mut record = match self.options.keeps_payloads {
            true => ran.outcome.into_record(trial, self.role, duration, attempts),
            false => ran.outcome.into_short_record(trial, self.role, duration, attempts),
        };
        record.death = ran.died_of_it;
        record.unconfirmed = ran.unconfirmed;
        compare(&mut record, &self.options.baseline);
        if record.verdict.is_fail() && record.known().is_none() {
            self.state.borrow_mut().failures += 1;
            self.end_after_failures(0);
        }
        let record = Arc::new(record);
        self.tell(RunEvent::Finished(record.clone()));
        let mut state = self.state.borrow_mut();
        state.pending.remove(&trial.id);
        state.records.insert(trial.id.clone(), record);
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
