//! The cases of STOMP against our own client: without a flaw it passes each, and each flaw fails the case that it names.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use common::{
    Cut, Other,
    layered::{missed, plan_about_clients},
    named, play,
};
use wsspec_catalogue::{Limits, Plan, Trial};
use wsspec_exchange::{Carrier, Setup, judge};
use wsspec_peer::{PeerOutput, StompClient, StompClientFlaw};
use wsspec_record::{PeerProfile, StompClientProfile, Verdict};
use wsspec_wire::{Layer, Level, Role};

struct Client(StompClient);

impl Other for Client {
    fn receive(&mut self, bytes: &[u8]) {
        self.0.receive(bytes);
    }

    fn end(&mut self) {
        self.0.end();
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        self.0.take()
    }

    fn advance(&mut self, now: Duration) {
        self.0.advance(now);
    }

    fn wake(&self) -> Option<Duration> {
        self.0.wake()
    }
}

fn plan() -> Plan {
    plan_about_clients(Layer::Stomp)
}

fn setup() -> Arc<Setup> {
    let client = StompClientProfile { heart_beat_ms: [1000, 1000], ..StompClientProfile::default() };
    let profile = PeerProfile { pong: true, stomp_client: Some(client), ..PeerProfile::default() };
    let limits = Limits { trial: Duration::from_secs(30), ..Limits::default() };
    Arc::new(Setup { carrier: Carrier::Tcp, limits, ..Setup::server() }.with_profile(&profile))
}

fn verdict(trial: &Arc<Trial>, flaw: Option<StompClientFlaw>, cut: Cut) -> Verdict {
    play(trial, &setup(), &mut Client(StompClient::new(flaw)), cut).verdict
}

#[test]
fn the_client_passes_every_case_however_its_octets_arrive() {
    let plan = plan();
    assert!(plan.trials.len() >= 60, "{}", plan.trials.len());
    let mut wrong = Vec::new();
    for trial in &plan.trials {
        for cut in [Cut::Whole, Cut::Every(1), Cut::Every(7)] {
            let seen = verdict(trial, None, cut);
            if seen != Verdict::Pass {
                wrong.push(format!("{} {cut:?}: {seen:?}", trial.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_flaw_is_named_by_the_case_that_catches_it() {
    let plan = plan();
    let mut wrong_flaws = Vec::new();
    for flaw in StompClientFlaw::all() {
        let trials = plan.trials.iter();
        let wrong =
            missed(trials, flaw.caught_by(), flaw.breaks(), |trial| verdict(trial, Some(flaw), Cut::Whole));
        wrong_flaws.extend(wrong.map(|what| format!("{flaw:?}: {what}")));
    }
    assert!(wrong_flaws.is_empty(), "{}", wrong_flaws.join("\n"));
}

#[test]
fn each_record_is_judged_the_same_again() {
    let setup = setup();
    for trial in &plan().trials {
        for flaw in [None, Some(StompClientFlaw::AcksUnknown), Some(StompClientFlaw::LeavesSilently)] {
            let outcome = play(trial, &setup, &mut Client(StompClient::new(flaw)), Cut::Whole);
            let record = outcome.into_record(trial, Role::Client, 0, 1);
            let again = judge(trial, &setup, &record.transcript, record.omitted);
            assert_eq!(again, record.verdict, "{} {flaw:?}", trial.id);
        }
    }
}

/// For each requirement that a verdict names, the flaws that show it.
fn shown(plan: &Plan) -> BTreeMap<String, BTreeSet<StompClientFlaw>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for flaw in StompClientFlaw::all() {
        for trial in &plan.trials {
            for id in named(&verdict(trial, Some(flaw), Cut::Whole)) {
                found.entry(id).or_default().insert(flaw);
            }
        }
    }
    found
}

#[test]
fn what_clients_are_tested_for_is_proven_by_a_flaw() {
    let plan = plan();
    let shown = shown(&plan);
    let mut wrong = Vec::new();
    let of_stomp = plan.trials[0].requirements.iter().filter(|(id, _)| id.spec() == "stomp");
    for (id, requirement) in of_stomp.filter(|(_, requirement)| requirement.roles.contains(&Role::Client)) {
        let is_observable = requirement.gap.is_none() && requirement.level != Level::May;
        let flaws: Vec<_> = StompClientFlaw::breaking(id.as_str()).collect();
        let shown = shown.get(id.as_str());
        let is_right = flaws.iter().all(|flaw| shown.is_some_and(|shown| shown.contains(flaw)));
        if is_observable && (flaws.is_empty() || !is_right) {
            wrong.push(format!("{id}: broken by {flaws:?}, shown by {shown:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
