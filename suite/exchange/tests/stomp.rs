//! The cases of STOMP against our own broker: without a flaw it passes each, and each flaw fails the case that it names.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use common::{
    Cut, Other,
    layered::{missed, plan_about},
    named, play,
};
use wsspec_catalogue::{Limits, Plan, Trial};
use wsspec_exchange::{Carrier, Setup, StompSettings, judge};
use wsspec_peer::{PeerOutput, StompBroker, StompFlaw};
use wsspec_record::Verdict;
use wsspec_wire::{Layer, Level, Role};

struct Broker(StompBroker);

impl Other for Broker {
    fn receive(&mut self, bytes: &[u8]) {
        self.0.receive(bytes);
    }

    fn end(&mut self) {}

    fn take(&mut self) -> Vec<PeerOutput> {
        self.0.take()
    }
}

fn plan() -> Plan {
    plan_about(Layer::Stomp)
}

fn setup() -> Arc<Setup> {
    let stomp = StompSettings {
        login: Some("guest".into()),
        passcode: Some("secret".into()),
        host: "/".into(),
        destinations: "/topic/wsspec-0-".into(),
    };
    // Lines that wait for the end of the connection have more time than a trial has by default.
    let limits = Limits { trial: Duration::from_secs(30), ..Limits::default() };
    Arc::new(Setup { carrier: Carrier::Tcp, stomp, limits, ..Setup::client("broker", "/") })
}

fn verdict(trial: &Arc<Trial>, flaw: Option<StompFlaw>, cut: Cut) -> Verdict {
    play(trial, &setup(), &mut Broker(StompBroker::new(flaw)), cut).verdict
}

#[test]
fn the_broker_passes_every_case_however_its_octets_arrive() {
    let plan = plan();
    assert!(plan.trials.len() >= 60, "{}", plan.trials.len());
    for trial in &plan.trials {
        for cut in [Cut::Whole, Cut::Every(1), Cut::Every(7)] {
            let seen = verdict(trial, None, cut);
            assert_eq!(seen, Verdict::Pass, "{} {cut:?}", trial.id);
        }
    }
}

#[test]
fn each_flaw_is_named_by_the_case_that_catches_it() {
    let plan = plan();
    let mut wrong_flaws = Vec::new();
    for flaw in StompFlaw::all() {
        let trials = plan.trials.iter();
        let wrong =
            missed(trials, flaw.caught_by(), flaw.breaks(), |trial| verdict(trial, Some(flaw), Cut::Whole));
        wrong_flaws.extend(wrong.map(|what| format!("{flaw:?}: {what}")));
    }
    assert!(wrong_flaws.is_empty(), "{}", wrong_flaws.join("\n"));
}

#[test]
fn no_record_has_the_password_and_each_is_judged_the_same_again() {
    let setup = setup();
    for trial in &plan().trials {
        for flaw in [None, Some(StompFlaw::MessageWithoutSubscription), Some(StompFlaw::OpenAfterError)] {
            let outcome = play(trial, &setup, &mut Broker(StompBroker::new(flaw)), Cut::Whole);
            let record = outcome.into_record(trial, Role::Server, 0, 1);
            assert!(record.transcript.iter().all(|entry| !entry.text.contains("secret")), "{}", trial.id);
            let again = judge(trial, &setup, &record.transcript, record.omitted);
            assert_eq!(again, record.verdict, "{} {flaw:?}", trial.id);
        }
    }
}

/// For each requirement that a verdict names, the flaws that show it.
fn shown() -> BTreeMap<String, BTreeSet<StompFlaw>> {
    let plan = plan();
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for flaw in StompFlaw::all() {
        for trial in &plan.trials {
            for id in named(&verdict(trial, Some(flaw), Cut::Whole)) {
                found.entry(id).or_default().insert(flaw);
            }
        }
    }
    found
}

#[test]
fn what_brokers_are_tested_for_is_proven_by_a_flaw() {
    let shown = shown();
    let plan = plan();
    let mut wrong = Vec::new();
    let of_stomp = plan.trials[0].requirements.iter().filter(|(id, _)| id.spec() == "stomp");
    for (id, requirement) in of_stomp.filter(|(_, requirement)| requirement.roles.contains(&Role::Server)) {
        let is_observable = requirement.gap.is_none() && requirement.level != Level::May;
        let flaws: Vec<_> = StompFlaw::breaking(id.as_str()).collect();
        let shown = shown.get(id.as_str());
        let is_right = flaws.iter().all(|flaw| shown.is_some_and(|shown| shown.contains(flaw)));
        if is_observable && (flaws.is_empty() || !is_right) {
            wrong.push(format!("{id}: broken by {flaws:?}, shown by {shown:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
