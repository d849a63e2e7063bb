//! A whole run: probes, trials side by side, failures confirmed alone, and the record of it all.

use std::{
    cell::RefCell,
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use futures_util::{StreamExt, future::join_all, stream};
use wsspec_catalogue::{Baseline, Extra, Limits, Need, Plan, Trial};
use wsspec_exchange::{Event, Moment, Outcome, Setup, Transcript, compare};
use wsspec_record::{FORMAT, LimitsRecord, PeerProfile, Record, RunEvent, TrialRecord, Verdict};
use wsspec_wire::Role;

use crate::{
    client::{ClientCommand, ClientRunner},
    spawn::Watched,
    target::Target,
    trial::TrialRun,
};

mod peer;
mod survival;
mod watch;
mod witness;

use peer::TestedPeer;
use witness::{Witness, Witnesses};

/// How a run is done.
#[derive(Clone, Debug)]
pub struct RunOptions {
    /// Connections at once, at most; fewer where the peer serves fewer.
    pub jobs: u32,
    /// Limits of a line and a trial.
    pub limits: Limits,
    /// The seed the plan was made with.
    pub seed: u64,
    /// What is expected to deviate.
    pub baseline: Baseline,
    /// For the record: what of the command line the trials depend on, without secrets.
    pub shown: Vec<String>,
    /// The server, where it is ours to start again.
    pub watched: Option<Arc<Watched>>,
    /// Trials one at a time, and a look at the server after each.
    pub checks_survival: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            jobs: 64,
            limits: Limits::default(),
            seed: 0,
            baseline: Baseline::default(),
            shown: Vec::new(),
            watched: None,
            checks_survival: false,
        }
    }
}

/// Leniences that came of waiting are confirmed so many at once.
const LENIENT_AT_ONCE: usize = 4;
/// Failures by silence are confirmed so many at once, where the peer serves as many connections.
const SILENT_AT_ONCE: usize = 16;

/// Runs a plan against a target. `listen` hears everything as it happens. `stop` ends the run early when it resolves.
pub async fn run_plan(
    plan: &Plan,
    target: &Arc<Target>,
    options: &RunOptions,
    listen: &mut dyn FnMut(&RunEvent),
    stop: impl Future<Output = ()>,
) -> Arc<Record> {
    execute(plan, &Subject::Server(target.clone()), options, listen, stop).await
}

/// Runs a plan against a client that is started for each trial; otherwise as [`run_plan`].
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
    let run = PlanRun { plan, options, role: subject.role(), listen, state };
    let (trials, role, target) = (plan.trials.len(), subject.role(), subject.shown().to_owned());
    run.tell(RunEvent::Started { trials, role, target });
    tokio::select! {
        biased;
        () = run.all(subject) => {}
        () = stop => run.abort("interrupted; the trials that were not done are left out".into()),
    }
    run.finish_witnesses();
    let PlanRun { state, listen, .. } = run;
    let mut state = state.into_inner();
    let limits = state.limits.unwrap_or(options.limits);
    let record = Arc::new(Record {
        format: FORMAT,
        wsspec: env!("CARGO_PKG_VERSION").to_owned(),
        started,
        duration_us: Moment(began.elapsed()).micros(),
        role: subject.role(),
        target: subject.shown().to_owned(),
        seed: options.seed,
        options: options.shown.clone(),
        peer: state.profile,
        limits: LimitsRecord {
            line_ms: millis(limits.line),
            trial_ms: millis(limits.trial),
            watch_ms: millis(limits.watch),
        },
        incidents: state.incidents,
        process: options.watched.as_deref().map(|watched| watch::record(watched, &state.deaths)),
        aborted: state.aborted,
        trials: plan.trials.iter().filter_map(|trial| state.records.remove(&trial.id)).collect(),
    });
    listen.into_inner()(&RunEvent::Ended(record.clone()));
    record
}

struct PlanRun<'r> {
    plan: &'r Plan,
    options: &'r RunOptions,
    /// The peer's.
    role: Role,
    listen: RefCell<&'r mut dyn FnMut(&RunEvent)>,
    state: RefCell<RunState>,
}

#[derive(Default)]
struct RunState {
    profile: PeerProfile,
    limits: Option<Limits>,
    records: HashMap<String, TrialRecord>,
    incidents: Vec<String>,
    aborted: Option<String>,
    /// The longest that the peer took in the first pass to give a line what it waited for.
    slowest: Duration,
    /// The trials that ran at each death of a watched server.
    deaths: Vec<Vec<String>>,
    witnesses: Witnesses,
}

impl PlanRun<'_> {
    fn tell(&self, event: RunEvent) {
        (self.listen.borrow_mut())(&event);
    }

    fn abort(&self, why: String) {
        self.state.borrow_mut().aborted.get_or_insert(why);
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
        let peer = match met {
            Ok(peer) => peer,
            Err(unfit) => return self.abort(unfit.to_string()),
        };
        self.tell(RunEvent::Probed(peer.profile.clone()));
        {
            let mut state = self.state.borrow_mut();
            state.profile = peer.profile.clone();
            state.witnesses = Witnesses::new(&peer.profile.always_breaks);
            state.limits = Some(peer.setup.limits);
        }
        let doubtful = self.first_pass(&peer).await;
        let alone = self.jobs(&peer) == 1;
        self.confirm(&peer, doubtful, alone).await;
        self.hear_witnesses(&peer).await;
        peer.habits().into_iter().for_each(|what| self.incident(what));
        if let Some(why) = &peer.unfit {
            return self.abort(why.clone());
        }
        if !self.is_aborted()
            && !self.is_dead()
            && let Err(why) = peer.sanity().await
        {
            self.incident(format!(
                "at the end of the run the server no longer does what it did at its start: {why}"
            ));
        }
    }

    /// Every trial once, side by side but for those that are measured, and those that move much: these would slow the
    /// others and each other down and take memory. Returns those whose outcome is to be confirmed.
    async fn first_pass(&self, peer: &TestedPeer) -> Vec<(Arc<Trial>, TrialRun)> {
        let jobs = self.jobs(peer);
        let mut doubtful = Vec::new();
        let (solitary, sociable): (Vec<_>, Vec<_>) =
            self.selected(peer).cloned().partition(|trial| watch::is_solitary(trial) || is_heavy(trial));
        let once = |trial: Arc<Trial>| async move {
            let ran = match self.left_out(peer, &trial) {
                Some(ran) => ran,
                None => {
                    let ran = self.attempt(peer, &trial, &peer.setup).await;
                    self.outlived(peer, &trial, ran).await
                }
            };
            (trial, ran)
        };
        let sociable = stream::iter(sociable).map(once).buffer_unordered(jobs);
        let mut results = sociable.chain(stream::iter(solitary).map(once).buffer_unordered(1));
        while let Some((trial, ran)) = results.next().await {
            if ran.dial_error.is_some() && !self.is_aborted() {
                self.check_life(peer, &trial).await;
            }
            {
                let mut state = self.state.borrow_mut();
                state.slowest = state.slowest.max(ran.outcome.slowest);
            }
            let measured =
                watch::is_solitary(&trial) && matches!(ran.outcome.verdict, Verdict::Lenient { .. });
            if is_doubtful(&ran) || measured || ran.death.is_some() {
                doubtful.push((trial, ran));
            } else {
                self.finish(&trial, ran, 1);
            }
        }
        // The same order whatever finished first.
        doubtful.sort_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        doubtful
    }

    /// The trials that are run: of a server that opens no connection, those about the rules that its answer breaks.
    fn selected(&self, peer: &TestedPeer) -> impl Iterator<Item = &Arc<Trial>> {
        let broken = peer.unfit.as_ref().map(|_| peer.profile.always_breaks.clone());
        self.plan.trials.iter().filter(move |trial| {
            broken.as_ref().is_none_or(|broken| broken.iter().any(|rule| trial.cites(rule)))
        })
    }

    /// How many trials are done at once.
    fn jobs(&self, peer: &TestedPeer) -> usize {
        if self.options.checks_survival {
            return 1;
        }
        usize::try_from(peer.profile.connections.min(self.options.jobs)).unwrap_or(1).max(1)
    }

    /// What a trial comes to that is not played: the run was cut short, or the peer lacks what it needs.
    fn left_out(&self, peer: &TestedPeer, trial: &Trial) -> Option<TrialRun> {
        if let Some(why) = &self.state.borrow().aborted {
            return Some(TrialRun::not_run(why));
        }
        let lacking = trial.needs.iter().find(|need| !peer.has(**need))?;
        // What echoes nothing is one reason, not one for each kind of message.
        let lacking = if lacking.is_echo() && !peer.has(Need::Echo) { &Need::Echo } else { lacking };
        let skip = Verdict::Skip { reason: lacking.lacking().to_owned() };
        Some(TrialRun::of(Outcome::of(skip), Duration::ZERO))
    }

    /// A connection was refused in the middle of the run: is the peer dead, or only busy?
    async fn check_life(&self, peer: &TestedPeer, trial: &Trial) {
        // A watched server that is dead is started again by the next trial.
        if !self.is_dead()
            && let Err(why) = peer.sanity_with_patience().await
        {
            self.lost(format!("the server died during the run, at or before {}: {why}", trial.id));
        }
    }

    /// Runs doubtful trials again, failures one at a time with nothing else going on. Once the peer is dead a failure
    /// counts only where the first run was `alone`.
    async fn confirm(&self, peer: &TestedPeer, doubtful: Vec<(Arc<Trial>, TrialRun)>, alone: bool) {
        let (mut failed, lenient): (Vec<_>, Vec<_>) = doubtful.into_iter().partition(|(trial, ran)| {
            let lenient = matches!(ran.outcome.verdict, Verdict::Lenient { .. });
            ran.death.is_some() || watch::is_solitary(trial) || !lenient
        });
        let mut again = stream::iter(lenient)
            .map(|(trial, first)| async move {
                if self.is_aborted() {
                    return (trial, first, 1);
                }
                let second = self.attempt(peer, &trial, &peer.setup).await;
                let kept = matches!(second.outcome.verdict, Verdict::Pass | Verdict::Fail { .. });
                (trial, if kept { second } else { first }, 2)
            })
            .buffer_unordered(LENIENT_AT_ONCE);
        while let Some((trial, ran, attempts)) = again.next().await {
            if ran.outcome.verdict.is_fail() || ran.death.is_some() {
                failed.push((trial, ran));
            } else {
                self.finish(&trial, ran, attempts);
            }
        }
        drop(again);
        if !failed.is_empty() && !self.is_aborted() {
            // What the first pass left the peer to do is done before anything is held against it.
            let _ = peer.sanity_with_patience().await;
        }
        self.confirm_failures(peer, failed, alone).await;
    }

    /// Failures run again with nothing else at work. Waiting costs nothing, so those that came of silence wait side by
    /// side, each for its full time; whatever moves data runs alone.
    async fn confirm_failures(&self, peer: &TestedPeer, failed: Vec<(Arc<Trial>, TrialRun)>, alone: bool) {
        let setup = peer.patient(self.state.borrow().slowest);
        let at_once = SILENT_AT_ONCE.min(self.jobs(peer));
        let (silent, mut others): (Vec<_>, Vec<_>) = failed.into_iter().partition(|(trial, first)| {
            let is_quiet = !watch::is_solitary(trial) && !is_heavy(trial);
            at_once > 1 && is_quiet && first.death.is_none() && has_timeout(&first.outcome.transcript)
        });
        let mut silent = silent.into_iter();
        loop {
            let batch: Vec<_> = silent.by_ref().take(at_once).collect();
            if batch.is_empty() {
                break;
            }
            others.extend(self.confirm_silences(peer, batch, &setup).await);
        }
        for (trial, first) in others {
            self.confirm_one(peer, trial, first, &setup, alone).await;
        }
    }

    /// Silences run again side by side, while a fence beside them shows that the peer answers what it is asked. Returns
    /// those that this says nothing of.
    async fn confirm_silences(
        &self,
        peer: &TestedPeer,
        silent: Vec<(Arc<Trial>, TrialRun)>,
        setup: &Arc<Setup>,
    ) -> Vec<(Arc<Trial>, TrialRun)> {
        if self.is_aborted() {
            return silent;
        }
        let runs = join_all(silent.iter().map(|(trial, _)| {
            self.tell(RunEvent::Confirming(trial.id.clone()));
            self.attempt(peer, trial, setup)
        }));
        let (runs, is_prompt) = peer.beside_a_fence(runs).await;
        let mut left = Vec::new();
        for ((trial, first), second) in silent.into_iter().zip(runs) {
            // One that fails otherwise, or dies, is looked at alone.
            let is_same = is_same_failure(&first, &second) || !second.outcome.verdict.is_fail();
            if is_prompt && is_same && second.death.is_none() {
                self.finish(&trial, confirmed(first, second, false), 2);
            } else {
                left.push((trial, first));
            }
        }
        left
    }

    /// Runs a failure again, alone.
    async fn confirm_one(
        &self,
        peer: &TestedPeer,
        trial: Arc<Trial>,
        first: TrialRun,
        setup: &Arc<Setup>,
        alone: bool,
    ) {
        if self.is_aborted() {
            return self.finish(&trial, if alone { first } else { unconfirmed(first) }, 1);
        }
        self.tell(RunEvent::Confirming(trial.id.clone()));
        let second = self.attempt(peer, &trial, setup).await;
        let death = second.death;
        // What came of another trial's death of the server says nothing of this one.
        let bystander = first.death.is_some() && death.is_none();
        let differs = death.is_none()
            && first.outcome.verdict.is_fail()
            && second.outcome.verdict.is_fail()
            && !is_same_failure(&first, &second);
        let (mut confirmed, attempts) = if bystander {
            (second, 2)
        } else if differs && !self.is_aborted() {
            // Two runs that fail for different reasons confirm neither: the third decides.
            let third = self.attempt(peer, &trial, setup).await;
            let earlier = if is_same_failure(&first, &third) { first } else { second };
            (confirmed(earlier, third, alone), 3)
        } else {
            (confirmed(first, second, alone), 2)
        };
        self.blame(&trial, &mut confirmed, death);
        let failed = confirmed.outcome.verdict.is_fail();
        self.finish(&trial, confirmed, attempts);
        if failed {
            self.check_after(peer, &trial).await;
        }
    }

    /// After a failure: did it cost the peer its life?
    async fn check_after(&self, peer: &TestedPeer, trial: &Trial) {
        if self.is_dead() {
            return;
        }
        let Err(first) = peer.sanity().await else { return };
        match peer.sanity_with_patience().await {
            Ok(()) => {
                self.incident(format!("after {} the server was not itself for a moment: {first}", trial.id))
            }
            Err(why) => {
                self.lost(format!("the server died after {}: {why}", trial.id));
            }
        }
    }

    /// Lets each rule that the peer always breaks, and that has decided no trial, decide the one that saw it first.
    async fn hear_witnesses(&self, peer: &TestedPeer) {
        let witnesses = self.state.borrow_mut().witnesses.release();
        for Witness { trial, ran, attempts, rules } in witnesses {
            if rules.is_empty() || self.is_aborted() || self.is_dead() {
                self.publish(&trial, ran, attempts);
                continue;
            }
            self.tell(RunEvent::Confirming(trial.id.clone()));
            let again = self.attempt(peer, &trial, &peer.without_waiver(&rules)).await;
            self.publish(&trial, again, attempts + 1);
        }
    }

    /// What was kept back is published as it is where the run was cut short.
    fn finish_witnesses(&self) {
        let witnesses = self.state.borrow_mut().witnesses.release();
        for Witness { trial, ran, attempts, .. } in witnesses {
            self.publish(&trial, ran, attempts);
        }
    }

    fn finish(&self, trial: &Arc<Trial>, ran: TrialRun, attempts: u32) {
        let ran = self.state.borrow_mut().witnesses.take(trial, ran, attempts);
        if let Some(ran) = ran {
            self.publish(trial, ran, attempts);
        }
    }

    fn publish(&self, trial: &Trial, ran: TrialRun, attempts: u32) {
        let mut record = ran.outcome.into_record(trial, self.role, Moment(ran.duration).micros(), attempts);
        compare(&mut record, &self.options.baseline);
        self.tell(RunEvent::Finished(Arc::new(record.clone())));
        self.state.borrow_mut().records.insert(trial.id.clone(), record);
    }
}

/// Whether a trial moves much: it runs with nothing else going on.
fn is_heavy(trial: &Trial) -> bool {
    matches!(trial.extra, Some(Extra::Large | Extra::Throughput))
}

/// Load can make a trial fail, come to nothing, or miss what it only watched for.
fn is_doubtful(ran: &TrialRun) -> bool {
    match &ran.outcome.verdict {
        Verdict::Fail { .. } => true,
        Verdict::Inconclusive { .. } => !ran.not_run,
        Verdict::Lenient { .. } => has_timeout(&ran.outcome.transcript),
        _ => false,
    }
}

fn has_timeout(transcript: &Transcript) -> bool {
    transcript.entries.iter().any(|entry| entry.event == Event::Timeout)
}

/// A failure among other trials that cannot be looked at alone: the peer's death may be all there is to it.
fn unconfirmed(first: TrialRun) -> TrialRun {
    let Verdict::Fail { failure } = &first.outcome.verdict else { return first };
    let why = format!("{}; this could not be confirmed", failure.headline());
    TrialRun { outcome: Outcome { verdict: Verdict::Inconclusive { why }, ..first.outcome }, ..first }
}

/// Whether both failed, by the same requirement.
fn is_same_failure(a: &TrialRun, b: &TrialRun) -> bool {
    match (&a.outcome.verdict, &b.outcome.verdict) {
        (Verdict::Fail { failure: a }, Verdict::Fail { failure: b }) => a.requirement == b.requirement,
        _ => false,
    }
}

/// What two runs of a doubtful trial come to.
///
/// The first run had company: other trials, on a machine that may be busy, and a server that they may have hurt. Only what
/// happens again without company is the peer's own. Two failures of one requirement are that; a pass or a lenience after
/// a failure is `Flaky`, which is a finding but no claim about a rule; a run that came to nothing cannot confirm anything,
/// unless the first was alone already.
fn confirmed(first: TrialRun, second: TrialRun, alone: bool) -> TrialRun {
    match (&first.outcome.verdict, &second.outcome.verdict) {
        // The second had no company: what it saw is what is reported.
        (Verdict::Fail { .. }, Verdict::Fail { .. }) if is_same_failure(&first, &second) => second,
        (Verdict::Fail { failure }, Verdict::Fail { .. }) => {
            let verdict = Verdict::Flaky { failure: failure.clone() };
            TrialRun { outcome: Outcome { verdict, ..first.outcome }, ..first }
        }
        (Verdict::Fail { failure }, Verdict::Pass | Verdict::Lenient { .. }) => {
            let verdict = Verdict::Flaky { failure: failure.clone() };
            TrialRun { outcome: Outcome { verdict, ..first.outcome }, ..first }
        }
        (Verdict::Fail { .. }, Verdict::Inconclusive { .. }) if alone => first,
        (Verdict::Fail { .. }, Verdict::Inconclusive { .. }) => unconfirmed(first),
        _ => second,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
