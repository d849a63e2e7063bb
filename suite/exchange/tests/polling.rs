//! The cases of Engine.IO over both transports against our own server: without a flaw it passes each, and each flaw of its
//! long-polling fails the case that it names.

mod common;

use std::{sync::Arc, time::Duration};

use common::{Cut, bundled::Served, named, play};
use wsspec_catalogue::{Catalogue, Filter, IdGlob, Limits, Plan, Trial};
use wsspec_exchange::{Event, Probe, Setup, judge};
use wsspec_peer::{PollingFlaw, PollingServer};
use wsspec_record::{EngineIoProfile, PeerProfile, Verdict};
use wsspec_wire::{Layer, RequirementId, Role};

fn plan() -> Plan {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    let all = Filter::new::<&str>(&[], &[]).unwrap();
    Plan::about(Some(Layer::EngineIo), &catalogue, &all, Role::Server, 0)
}

fn setup() -> Arc<Setup> {
    let engineio = EngineIoProfile {
        ping_interval_ms: 1000,
        ping_timeout_ms: 1000,
        max_payload: 1_000_000,
        polling: true,
        holds_polls: true,
        upgrades: true,
    };
    let profile = PeerProfile { pong: true, engineio: Some(engineio), ..PeerProfile::default() };
    let limits = Limits { trial: Duration::from_secs(30), ..Limits::default() };
    let setup = Setup::client("server", "/engine.io/?EIO=4&transport=websocket");
    Arc::new(Setup { limits, ..setup }.with_profile(&profile))
}

fn verdict(trial: &Arc<Trial>, flaw: Option<PollingFlaw>, cut: Cut) -> Verdict {
    play(trial, &setup(), &mut Served::new(trial, PollingServer::new(flaw)), cut).verdict
}

#[test]
fn the_server_passes_every_case_however_its_octets_arrive() {
    let plan = plan();
    assert!(plan.trials.len() >= 130, "{}", plan.trials.len());
    let mut failed = Vec::new();
    for trial in &plan.trials {
        for cut in [Cut::Whole, Cut::Every(7)] {
            let seen = verdict(trial, None, cut);
            if seen != Verdict::Pass {
                failed.push(format!("{} {cut:?}: {seen:?}", trial.id));
            }
        }
    }
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
    let mut missed = Vec::new();
    for flaw in PollingFlaw::all() {
        let glob = IdGlob::parse(flaw.caught_by()).unwrap();
        let trials = plan.trials.iter().filter(|trial| glob.fits(&trial.id));
        let seen: Vec<_> = trials.map(|trial| verdict(trial, Some(flaw), Cut::Whole)).collect();
        if !seen.iter().any(|verdict| named(verdict).iter().any(|id| id == flaw.breaks())) {
            missed.push(format!("{flaw:?}: {} not in {seen:?}", flaw.breaks()));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn each_record_is_judged_the_same_again() {
    let setup = setup();
    for trial in &plan().trials {
        for flaw in [None, Some(PollingFlaw::OpenRepeated), Some(PollingFlaw::GetsOverlap)] {
            let outcome = play(trial, &setup, &mut Served::new(trial, PollingServer::new(flaw)), Cut::Whole);
            let record = outcome.into_record(trial, Role::Server, 0, 1);
            let again = judge(trial, &setup, &record.transcript, record.omitted);
            assert_eq!(again, record.verdict, "{} {flaw:?}: {:#?}", trial.id, record.transcript);
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
