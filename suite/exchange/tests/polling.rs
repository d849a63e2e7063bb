//! The cases of Engine.IO over both transports against our own server: without a flaw it passes each, and each flaw of its
//! long-polling fails the case that it names.

mod common;

use std::sync::Arc;

use common::{
    Cut,
    bundled::Served,
    layered::{assert_judged_again, engineio_setup, missed, not_passed, plan_about},
    play,
};
use wsspec_catalogue::{Plan, Trial};
use wsspec_exchange::{Event, Probe, Setup};
use wsspec_peer::{PollingFlaw, PollingServer};
use wsspec_record::Verdict;
use wsspec_wire::{Layer, RequirementId};

fn plan() -> Plan {
    plan_about(Layer::EngineIo)
}

fn setup() -> Arc<Setup> {
    engineio_setup("/engine.io/?EIO=4&transport=websocket")
}

fn verdict(trial: &Arc<Trial>, flaw: Option<PollingFlaw>, cut: Cut) -> Verdict {
    play(trial, &setup(), &mut Served::new(trial, PollingServer::new(flaw)), cut).verdict
}

#[test]
fn the_server_passes_every_case_however_its_octets_arrive() {
    let plan = plan();
    assert!(plan.trials.len() >= 130, "{}", plan.trials.len());
    let failed = not_passed(&plan, |trial, cut| verdict(trial, None, cut));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_server_passes_every_probe() {
    for probe in Probe::ALL.into_iter().filter(|probe| format!("{probe:?}").starts_with("EngineIo")) {
        let trial = probe.trial();
        let outcome = play(&trial, &setup(), &mut Served::new(&trial, PollingServer::new(None)), Cut::Whole);
        assert!(probe.succeeded(&outcome), "{probe:?}: {:?}", outcome.verdict);
    }
}

#[test]
fn each_flaw_is_named_by_the_case_that_catches_it() {
    let plan = plan();
    let mut wrong_flaws = Vec::new();
    for flaw in PollingFlaw::all() {
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
        for flaw in [None, Some(PollingFlaw::OpenRepeated), Some(PollingFlaw::GetsOverlap)] {
            let outcome = play(trial, &setup, &mut Served::new(trial, PollingServer::new(flaw)), Cut::Whole);
            assert_judged_again(trial, &setup, outcome, flaw);
        }
    }
}

#[test]
fn pings_that_no_line_names_are_answered_by_posts() {
    // The server gives a client up whose pongs do not come, and each ping takes a GET of its own.
    let script = "open > http GET $polling\nopen < http 200\nopen < engineio open\n<   sid: $sid\n\
        poll > http GET $polling&sid=$sid\npoll < http 200 within 2s\npoll <~ engineio message within 2500ms\n\
        send > http POST $polling&sid=$sid\n>   body \"4hello\"\nsend < http 200\n\
        poll < engineio message\n<   body \"hello\"\n";
    let id = RequirementId::from_static("engineio#4.heartbeat:2");
    let trial = Arc::new(Trial::new("engineio/4.heartbeat/unnamed", id, script.parse().unwrap()));
    let outcome = play(&trial, &setup(), &mut Served::new(&trial, PollingServer::new(None)), Cut::Whole);
    assert_eq!(outcome.verdict, Verdict::Pass, "{:#?}", outcome.transcript);
    let sent = |method: &str| {
        let entries = outcome.transcript.entries.iter();
        let is_it = |event: &Event| matches!(event, Event::Sent(text) if text.starts_with(&format!("http {method} ")));
        entries.filter(|entry| entry.line == 0 && is_it(&entry.event)).count()
    };
    assert_eq!((sent("POST"), sent("GET")), (3, 3));
}
