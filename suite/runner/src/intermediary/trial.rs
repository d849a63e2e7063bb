//! One trial through an intermediary: its script in front, an echo server behind, and the relation of both.

use std::{
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::maybe_done;
use tokio::{sync::oneshot, time::timeout};
use wsspec_capture::{ProxyEnd, ProxyRelation, RelationFault};
use wsspec_catalogue::{Limits, Trial};
use wsspec_exchange::{Exchange, Moment, Outcome, Setup, Side, Waiver};
use wsspec_notation::Script;
use wsspec_record::{EntryRecord, Failure, TrialRecord, Verdict};
use wsspec_referee::Uri;
use wsspec_wire::{ConnectionName, Level, RequirementId, Role};

use super::{
    backend::{Backend, TokenPlace},
    lanes::{EchoBackend, LaneReading, LaneWitness, WatchedPlayer},
};
use crate::{
    confirmation::Evidence,
    dial::Dialer,
    drive::{DriveLimits, Driver},
    stream::Stream,
};

/// How a trial went.
pub(super) struct ProxyRun {
    pub outcome: Outcome,
    /// What happened in front after the script, and behind.
    pub more: Vec<EntryRecord>,
    pub duration: Duration,
    /// Whether the intermediary has connected to the server.
    pub reached: bool,
    /// Whether both connections were opened.
    pub opened: bool,
    /// Whether it fails only because something did not happen.
    pub is_silent: bool,
    /// Whether the request was passed on octet by octet.
    pub is_below_http: bool,
}

/// What trials have in common.
pub(super) struct ProxyRunner {
    pub dialer: Dialer,
    pub backend: Backend,
    pub setup: Setup,
    pub resource: String,
    pub place: TokenPlace,
    /// Whether the intermediary passes on requests octet by octet, so that rules for HTTP do not concern it.
    pub is_below_http: bool,
}

impl ProxyRunner {
    fn setup_for(&self, trial: &Trial, token: &str, setup: &Setup) -> Setup {
        let mut setup = setup.clone();
        let resource = self.place.put(token, &self.resource, &mut setup.fields);
        if let Side::Client(uri) = &mut setup.side {
            *uri = Uri { ..Uri::new(uri.authority.clone(), resource) };
        }
        setup.limits = setup.limits.for_script(&trial.script);
        if trial.script.is_on_both_sides() {
            // A fault in a script of both ends is not one of what is between them; what is changed shows by comparison.
            setup.waiver = Waiver::Everything;
        }
        setup
    }

    /// Plays a trial, within the limits of the setup.
    pub(super) async fn run(&self, trial: &Arc<Trial>, setup: &Setup) -> ProxyRun {
        if self.is_below_http && trial.script.is_on_both_sides() {
            let reason = "the proxy passes on every octet as it is, and reads no HTTP".into();
            return ProxyRun::unplayed(Verdict::Skip { reason });
        }
        let (token, arrival) = self.backend.expect();
        let setup = Arc::new(self.setup_for(trial, &token, setup));
        let run = match self.dialer.dial().await {
            Ok(stream) => self.play(trial, &setup, stream, arrival).await,
            Err(error) => ProxyRun::unplayed(Verdict::Inconclusive { why: error.to_string() }),
        };
        self.backend.forget(&token);
        run
    }

    async fn play(
        &self,
        trial: &Arc<Trial>,
        setup: &Arc<Setup>,
        stream: Stream,
        arrival: oneshot::Receiver<Stream>,
    ) -> ProxyRun {
        let (witness, limits) = (LaneWitness::new(), setup.limits);
        let (over, is_over) = oneshot::channel();
        let (in_front, behind) = sides(trial);
        let mut back = pin!(maybe_done(play_back(behind, arrival, is_over, limits, &witness)));
        let mut front = pin!(play_front(&in_front, setup, stream, &witness));
        let (front, driver) = tokio::select! {
            front = &mut front => front,
            () = &mut back => front.await,
        };
        let mut front = front;
        if front.is_cut_off && !witness.relation().is_open() {
            // Nothing can be sent after a request. But whoever serves others meanwhile has had the time to answer.
            front.is_cut_off = !self.serves().await;
        }
        drop(over);
        // The end of one connection is the end of the other.
        let mut unclosed = None;
        let is_over = {
            let mut ending = pin!(async { tokio::join!(leave(driver, &witness), &mut back) });
            let mut is_over = timeout(limits.line, &mut ending).await.is_ok();
            if !is_over {
                // A silence says something only of an intermediary that is busy with nothing else.
                is_over = tokio::select! {
                    _ = &mut ending => true,
                    serves = self.serves() => {
                        unclosed = witness.relation().unclosed().filter(|_| serves);
                        false
                    }
                };
            }
            is_over
        };
        let back = back.take_output().unwrap_or(BackRun { reached: true, outcome: None });
        judged(trial, front, &witness, ProxyEnding { is_over, unclosed, back })
    }

    /// Whether the intermediary passes another connection on, from its opening to its end.
    fn serves(&self) -> Pin<Box<dyn Future<Output = bool> + '_>> {
        Box::pin(async move {
            let Ok(trial) = probe_trial() else { return false };
            let (token, arrival) = self.backend.expect();
            let setup = Arc::new(self.setup_for(&trial, &token, &self.setup));
            let limit = setup.limits.trial;
            let served = async {
                let Ok(stream) = self.dialer.dial().await else { return false };
                let witness = LaneWitness::new();
                let (_over, is_over) = oneshot::channel();
                let back = play_back(None, arrival, is_over, setup.limits, &witness);
                let front = play_front(&trial, &setup, stream, &witness);
                tokio::select! {
                    (front, _driver) = front => front.outcome.verdict == Verdict::Pass,
                    // Our server is done once the connection is closed.
                    back = back => back.reached,
                }
            };
            let served = timeout(limit, served).await.unwrap_or(false);
            self.backend.forget(&token);
            served
        })
    }
}

/// How many moments a line's limit has.
const MOMENTS: u32 = 20;
/// What the probe plays.
const PROBE: &str = "> text \"through\"\n< text \"through\"\nfinish\n";

/// A trial that every intermediary passes on.
pub(super) fn probe_trial() -> Result<Arc<Trial>, String> {
    let script: Script = PROBE.parse().map_err(|_| "the probe is not a script")?;
    Ok(Arc::new(Trial::new("probe", RequirementId::from_static("rfc6455#4.1:1"), script)))
}

/// How a script ended.
struct FrontRun {
    outcome: Outcome,
    /// It fails because nothing arrived, and what we sent after that was not answered either.
    is_cut_off: bool,
    /// It fails because nothing arrived.
    is_silent: bool,
    /// What was seen after the script.
    after: Duration,
}

/// How both connections ended.
struct ProxyEnding {
    is_over: bool,
    /// What the intermediary keeps open.
    unclosed: Option<RelationFault>,
    back: BackRun,
}

/// What happened behind the intermediary.
struct BackRun {
    /// Whether the intermediary has connected to the server.
    reached: bool,
    /// That of the script's lines for the server, if it has any, and when it was known.
    outcome: Option<(Outcome, Duration)>,
}

/// The trial as the client in front plays it, and as the server behind does; `None`: as a server that sends messages back.
fn sides(trial: &Arc<Trial>) -> (Arc<Trial>, Option<Arc<Trial>>) {
    let of = |script| Arc::new(Trial { script, ..(**trial).clone() });
    match trial.script.is_on_both_sides() {
        true => (of(trial.script.in_front()), Some(of(trial.script.behind()))),
        false => (trial.clone(), None),
    }
}

/// Plays the script, and then finds out what is still on its way.
async fn play_front(
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    stream: Stream,
    witness: &LaneWitness,
) -> (FrontRun, Driver<'static>) {
    let limits = setup.limits;
    // There is time to write after the script.
    let total = limits.trial.saturating_add(limits.line.saturating_mul(4));
    let mut driver = Driver::new(stream, DriveLimits { total, ..limits.into() });
    let mut exchange = Exchange::new(trial.clone(), setup.clone());
    driver.drive(&mut WatchedPlayer::new(&mut exchange, ProxyEnd::Front, witness)).await;
    let outcome = exchange.finish("the run was cut short");
    let is_silent = Evidence::of(&outcome).by_silence;
    let after = witness.elapsed();
    settle(&mut driver, witness, is_silent, limits.line).await;
    let relation = witness.relation();
    let is_cut_off = is_silent && !relation.is_fence_answered() && !relation.has_ended(ProxyEnd::Front);
    (FrontRun { outcome, is_cut_off, is_silent, after }, driver)
}

/// Waits for what has not arrived yet, and then asks again: what is sent later cannot arrive before it.
async fn settle(driver: &mut Driver<'_>, witness: &LaneWitness, is_silent: bool, limit: Duration) {
    if witness.relation().is_refused() {
        // What is sent into a tunnel that nobody has opened arrives nowhere: there is nothing to wait for, but a moment in
        // which it may arrive all the same.
        let fence = witness.relation().fence();
        let has_ended = |relation: &ProxyRelation| relation.has_ended(ProxyEnd::Front);
        read_until(driver, witness, fence, limit / MOMENTS, has_ended).await;
        return;
    }
    let has_arrived =
        |relation: &ProxyRelation| relation.awaited().is_none() || relation.has_ended(ProxyEnd::Front);
    if !is_silent {
        read_until(driver, witness, None, limit / 2, has_arrived).await;
        if has_arrived(&witness.relation()) {
            return;
        }
    }
    let fence = witness.relation().fence();
    let is_answered = |relation: &ProxyRelation| {
        relation.is_fence_answered()
            || relation.has_ended(ProxyEnd::Front)
            || !is_silent && relation.awaited().is_none()
    };
    if fence.is_some() {
        read_until(driver, witness, fence, limit, is_answered).await;
    }
}

async fn read_until(
    driver: &mut Driver<'_>,
    witness: &LaneWitness,
    bytes: Option<Bytes>,
    limit: Duration,
    holds: impl Fn(&ProxyRelation) -> bool,
) {
    let mut reading = LaneReading::after_bytes(bytes);
    let mut player = WatchedPlayer::new(&mut reading, ProxyEnd::Front, witness);
    // What holds by then is looked at afterwards.
    let _ = timeout(limit, async {
        tokio::select! {
            () = driver.drive(&mut player) => {}
            () = witness.until(holds) => {}
        }
    })
    .await;
}

/// Closes our half, and waits for the end of the other.
async fn leave(mut driver: Driver<'_>, witness: &LaneWitness) {
    if !witness.relation().has_ended(ProxyEnd::Front) {
        let mut reading = LaneReading::after_end();
        driver.drive(&mut WatchedPlayer::new(&mut reading, ProxyEnd::Front, witness)).await;
    }
}

/// Serves the connection of the intermediary to its end: plays `script` there, or sends messages back.
async fn play_back(
    script: Option<Arc<Trial>>,
    arrival: oneshot::Receiver<Stream>,
    mut is_over: oneshot::Receiver<()>,
    limits: Limits,
    witness: &LaneWitness,
) -> BackRun {
    let stream = tokio::select! {
        biased;
        Ok(stream) = arrival => stream,
        // The request may still be on its way when nobody waits for its answer.
        _ = &mut is_over => return BackRun { reached: false, outcome: None },
    };
    let mut driver = Driver::new(stream, limits);
    let Some(script) = script else {
        let mut peer = EchoBackend::new();
        driver.drive(&mut WatchedPlayer::new(&mut peer, ProxyEnd::Back, witness)).await;
        return BackRun { reached: true, outcome: None };
    };
    let setup = Setup { limits, waiver: Waiver::Everything, ..Setup::server() };
    let mut exchange = Exchange::new(script, Arc::new(setup));
    driver.drive(&mut WatchedPlayer::new(&mut exchange, ProxyEnd::Back, witness)).await;
    let outcome = exchange.finish("the run was cut short");
    // Who plays in front need not wait for the rest of a script that has failed by what arrived.
    let goes_on = !outcome.verdict.is_fail() || Evidence::of(&outcome).by_silence;
    let outcome = Some((outcome, witness.elapsed()));
    if goes_on && !witness.relation().has_ended(ProxyEnd::Back) {
        // Whatever else arrives while the client plays is seen, too.
        let mut reading = LaneReading::after_bytes(None);
        let mut player = WatchedPlayer::new(&mut reading, ProxyEnd::Back, witness);
        tokio::select! {
            () = driver.drive(&mut player) => {}
            _ = is_over => {}
        }
    }
    if !witness.relation().has_ended(ProxyEnd::Back) {
        let mut reading = LaneReading::after_end();
        driver.drive(&mut WatchedPlayer::new(&mut reading, ProxyEnd::Back, witness)).await;
    }
    BackRun { reached: true, outcome }
}

fn judged(trial: &Trial, front: FrontRun, witness: &LaneWitness, ending: ProxyEnding) -> ProxyRun {
    let FrontRun { mut outcome, mut is_cut_off, mut is_silent, after } = front;
    let relation = witness.relation();
    let (opened, reached) = (relation.is_open(), ending.back.reached);
    if let Some((back, at)) = ending.back.outcome {
        let by_silence = Evidence::of(&back).by_silence;
        if join_back(&mut outcome, back, at < after && !by_silence) {
            (is_silent, is_cut_off) = (by_silence, by_silence && is_cut_off);
        }
    }
    let mut faults = relation.judge();
    faults.extend(ending.unclosed);
    let unclear = if !reached && trial.script.is_on_both_sides() && !outcome.verdict.is_fail() {
        let reason = "the proxy answers such a request without asking the server".into();
        outcome.verdict = Verdict::Skip { reason };
        None
    } else if !reached {
        Some("the proxy opened no connection to the backend for this trial".to_owned())
    } else if relation.is_full() {
        Some("there was more traffic than can be compared".to_owned())
    } else if !faults.is_empty() {
        is_silent = faults[0].violation.is_silence();
        weigh(trial, &mut outcome, &faults);
        None
    } else {
        let awaited = relation.awaited().map(|(end, what)| {
            let at = end.name();
            format!("{what} did not arrive on the {at} connection, and what was sent after it did not either")
        });
        let is_fail = outcome.verdict.is_fail();
        let unclosed = (!ending.is_over && opened && !is_fail)
            .then(|| "the proxy closed neither this connection nor another one in time".to_owned());
        let silence = outcome.verdict.failure().filter(|_| is_cut_off).map(|failure| {
            format!("{}; what was sent after that was not answered either", failure.headline())
        });
        awaited.filter(|_| !is_fail || is_silent).or(silence).or(unclosed)
    };
    if let Some(why) = unclear {
        outcome.verdict = Verdict::Inconclusive { why };
    }
    let name = ConnectionName::parse(ProxyEnd::Front.name());
    outcome.transcript.entries.iter_mut().for_each(|entry| entry.connection.clone_from(&name));
    let after = Moment(after).micros();
    let rest = relation.transcript(ProxyEnd::Front).into_iter().filter(|entry| entry.at_us >= after);
    let more = rest.chain(relation.transcript(ProxyEnd::Back)).collect();
    let is_below_http = relation.is_below_http();
    let duration = witness.elapsed();
    ProxyRun { outcome, more, duration, reached, opened, is_silent, is_below_http }
}

/// The verdict of both scripts: the worse one, and of two failures the earlier one, which is why the other script cannot go
/// on. Returns whether it is that of the script behind.
fn join_back(outcome: &mut Outcome, back: Outcome, is_earlier: bool) -> bool {
    outcome.remarks.extend(back.remarks);
    let weight = |verdict: &Verdict| match verdict {
        Verdict::Fail { .. } | Verdict::Flaky { .. } => 4,
        Verdict::Inconclusive { .. } => 3,
        Verdict::Skip { .. } => 2,
        Verdict::Lenient { .. } => 1,
        Verdict::Pass => 0,
    };
    if let (Verdict::Lenient { notes }, Verdict::Lenient { notes: more }) =
        (&mut outcome.verdict, &back.verdict)
    {
        notes.extend(more.iter().cloned());
        return false;
    }
    let is_worse = weight(&back.verdict) > weight(&outcome.verdict) || is_earlier && back.verdict.is_fail();
    if is_worse {
        outcome.verdict = back.verdict;
    }
    is_worse
}

/// The rules that the intermediary breaks decide, before what the script expects.
fn weigh(trial: &Trial, outcome: &mut Outcome, faults: &[RelationFault]) {
    let failures: Vec<Failure> = faults.iter().map(|fault| failure(trial, fault)).collect();
    let (broken, missed): (Vec<_>, Vec<_>) =
        failures.into_iter().partition(|failure| failure.level == Level::Must);
    match broken.split_first() {
        Some((first, more)) => {
            outcome.verdict = Verdict::Fail { failure: first.clone() };
            outcome.remarks.extend(more.iter().chain(&missed).map(Failure::note));
        }
        None => {
            // The script's end of the connection may have seen it, too.
            let seen: Vec<_> = outcome.verdict.notes().iter().map(|note| note.requirement.clone()).collect();
            let missed =
                missed.iter().filter(|missed| !seen.contains(&missed.requirement)).map(Failure::note);
            match &mut outcome.verdict {
                Verdict::Lenient { notes } => notes.extend(missed),
                Verdict::Pass => outcome.verdict = Verdict::Lenient { notes: missed.collect() },
                _ => outcome.remarks.extend(missed),
            }
        }
    }
}

fn failure(trial: &Trial, fault: &RelationFault) -> Failure {
    let requirement = fault.violation.requirement();
    let level = trial.requirements.get(&requirement).map_or(Level::Must, |found| found.level);
    let at = fault.end.name();
    let expected = format!("on the {at} connection {}", fault.violation.expected());
    Failure { line: 0, expected, actual: fault.violation.actual(), requirement, level }
}

impl ProxyRun {
    fn unplayed(verdict: Verdict) -> Self {
        Self {
            outcome: Outcome::of(verdict),
            more: Vec::new(),
            duration: Duration::ZERO,
            reached: false,
            opened: false,
            is_silent: false,
            is_below_http: false,
        }
    }

    /// What its failure is based on.
    pub(super) fn evidence(&self) -> Evidence {
        let fails = self.outcome.verdict.is_fail();
        Evidence { by_silence: fails && self.is_silent, by_bytes: fails && !self.is_silent }
    }

    /// The record, with both connections in order of time.
    pub(super) fn into_record(self, trial: &Trial, attempts: u32, keeps_payloads: bool) -> TrialRecord {
        let duration = Moment(self.duration).micros();
        let mut record = match keeps_payloads {
            true => self.outcome.into_record(trial, Role::Server, duration, attempts),
            false => self.outcome.into_short_record(trial, Role::Server, duration, attempts),
        };
        record.transcript.extend(self.more);
        record.transcript.sort_by_key(|entry| entry.at_us);
        record
    }
}
