//! One trial through an intermediary: its script in front, an echo server behind, and the relation of both.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::timeout};
use wsspec_capture::{ObservedEnd, ProxyEnd, RelationFault, RelationViolation};
use wsspec_catalogue::Trial;
use wsspec_exchange::{Exchange, Moment, Outcome, Setup, Side};
use wsspec_record::{EntryRecord, Failure, TrialRecord, Verdict};
use wsspec_referee::Uri;
use wsspec_wire::{ConnectionName, Level, Role};

use super::{
    backend::{Backend, TokenPlace},
    lanes::{EchoBackend, WatchedPlayer, Witness},
};
use crate::{dial::Dialer, drive::Driver, stream::Stream};

/// How a trial went.
pub(super) struct ProxyRun {
    pub outcome: Outcome,
    pub back: Vec<EntryRecord>,
    pub duration: Duration,
    /// Whether the intermediary has connected to the server.
    pub reached: bool,
    /// Whether both connections were opened.
    pub opened: bool,
    /// Whether it fails only by something that did not happen.
    pub is_silence: bool,
}

/// What trials have in common.
pub(super) struct ProxyRunner {
    pub dialer: Dialer,
    pub backend: Backend,
    pub setup: Setup,
    pub resource: String,
    pub place: TokenPlace,
}

impl ProxyRunner {
    /// Plays a trial.
    pub(super) async fn run(&self, trial: &Arc<Trial>) -> ProxyRun {
        let (token, arrival) = self.backend.expect();
        let run = self.play(trial, &token, arrival).await;
        self.backend.forget(&token);
        run
    }

    fn setup_for(&self, trial: &Trial, token: &str) -> Setup {
        let mut setup = self.setup.clone();
        let resource = self.place.put(token, &self.resource, &mut setup.fields);
        if let Side::Client(uri) = &mut setup.side {
            *uri = Uri { ..Uri::new(uri.authority.clone(), resource) };
        }
        setup.limits = setup.limits.for_script(&trial.script);
        setup
    }

    async fn play(&self, trial: &Arc<Trial>, token: &str, arrival: oneshot::Receiver<Stream>) -> ProxyRun {
        let setup = self.setup_for(trial, token);
        let limits = setup.limits;
        let stream = match self.dialer.dial().await {
            Ok(stream) => stream,
            Err(error) => return ProxyRun::unconnected(error.to_string()),
        };
        let witness = Witness::new();
        let mut exchange = Exchange::new(trial.clone(), Arc::new(setup));
        let front = async {
            let mut driver = Driver::new(stream, limits);
            let (player, witness) = (&mut exchange, witness.clone());
            driver.drive(&mut WatchedPlayer { player, end: ProxyEnd::Front, witness: witness.clone() }).await;
            drop(driver.into_stream());
            witness.ended(ProxyEnd::Front, Role::Client, ObservedEnd::Eof);
        };
        let (over, is_over) = oneshot::channel::<()>();
        let back = async {
            let stream = tokio::select! {
                Ok(stream) = arrival => stream,
                // The request may still be on its way when nobody waits for its answer.
                _ = is_over => return None,
            };
            let mut driver = Driver::new(stream, limits);
            let (mut peer, witness) = (EchoBackend::new(), witness.clone());
            let player = &mut peer;
            driver.drive(&mut WatchedPlayer { player, end: ProxyEnd::Back, witness }).await;
            Some(())
        };
        let (played, reached) = {
            let mut back = std::pin::pin!(back);
            let mut front = std::pin::pin!(front);
            let early = tokio::select! {
                () = &mut front => None,
                early = &mut back => {
                    front.await;
                    Some(early.is_some())
                }
            };
            drop(over);
            match early {
                Some(reached) => (true, reached),
                // The end of one connection is the end of the other.
                None => match timeout(limits.line, &mut back).await {
                    Ok(reached) => (true, reached.is_some()),
                    Err(_) => (false, true),
                },
            }
        };
        let outcome = exchange.finish("the run was cut short");
        self.judged(trial, outcome, &witness, (played, reached))
    }

    fn judged(
        &self,
        trial: &Trial,
        mut outcome: Outcome,
        witness: &Witness,
        (ended, reached): (bool, bool),
    ) -> ProxyRun {
        let relation = witness.relation();
        let opened = relation.is_open();
        let now = witness.elapsed();
        let mut faults = if opened { relation.judge(now) } else { Vec::new() };
        if opened && !ended {
            let violation = RelationViolation::EndNotPassed;
            faults.push(RelationFault { end: ProxyEnd::Back, at: now, violation });
        }
        let mut is_silence = false;
        if !reached {
            let why = "the proxy opened no connection to the backend for this trial";
            outcome.verdict = Verdict::Inconclusive { why: why.into() };
        } else if relation.is_full() {
            let why = "there was more traffic than can be compared";
            outcome.verdict = Verdict::Inconclusive { why: why.into() };
        } else if !faults.is_empty() {
            is_silence = faults[0].violation.is_silence();
            weigh(trial, &mut outcome, &faults);
        }
        let front = ConnectionName::parse(ProxyEnd::Front.name());
        outcome.transcript.entries.iter_mut().for_each(|entry| entry.connection.clone_from(&front));
        let back = relation.transcript(ProxyEnd::Back);
        ProxyRun { outcome, back, duration: now, reached, opened, is_silence }
    }
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
        None => outcome.remarks.extend(missed.iter().map(Failure::note)),
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
    fn unconnected(why: String) -> Self {
        Self {
            outcome: Outcome::inconclusive(why),
            back: Vec::new(),
            duration: Duration::ZERO,
            reached: false,
            opened: false,
            is_silence: false,
        }
    }

    /// Whether the intermediary breaks a rule.
    pub(super) fn is_fail(&self) -> bool {
        self.outcome.verdict.is_fail()
    }

    /// The record, with both connections in order of time.
    pub(super) fn into_record(self, trial: &Trial, attempts: u32, keeps_payloads: bool) -> TrialRecord {
        let duration = Moment(self.duration).micros();
        let mut record = match keeps_payloads {
            true => self.outcome.into_record(trial, Role::Server, duration, attempts),
            false => self.outcome.into_short_record(trial, Role::Server, duration, attempts),
        };
        record.transcript.extend(self.back);
        record.transcript.sort_by_key(|entry| entry.at_us);
        record
    }
}
