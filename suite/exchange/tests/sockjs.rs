//! The cases of SockJS against our own server: without a flaw it passes each, and each flaw fails the case that it names.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use common::{
    Cut, Other,
    bundled::Served,
    layered::{assert_judged_again, missed, not_passed, plan_about},
    named, play,
};
use wsspec_catalogue::{Limits, Plan, Trial};
use wsspec_exchange::{Probe, Setup};
use wsspec_peer::{PeerOutput, SockJsFlaw, SockJsServer, WebServer};
use wsspec_record::{PeerProfile, SockJsProfile, Verdict};
use wsspec_wire::{Layer, Level};

fn plan() -> Plan {
    plan_about(Layer::SockJs)
}

fn setup() -> Arc<Setup> {
    let sockjs = SockJsProfile {
        websocket: true,
        close: true,
        disabled: true,
        cookies: true,
        ..SockJsProfile::default()
    };
    let profile = PeerProfile { pong: true, echo: true, sockjs: Some(sockjs), ..PeerProfile::default() };
    let limits = Limits { trial: Duration::from_secs(30), ..Limits::default() };
    Arc::new(Setup { limits, ..Setup::client("server", "/echo") }.with_profile(&profile))
}

/// The verdict on a trial; for one on two connections that of both in turn, one server for them.
fn verdict(trial: &Arc<Trial>, flaw: Option<SockJsFlaw>, cut: Cut) -> Verdict {
    let mut served = Served::new(trial, SockJsServer::new(flaw));
    if trial.script.side_by_side() == 1 {
        return play(trial, &setup(), &mut served, cut).verdict;
    }
    // The server still has the first connection when the second one comes.
    let first = play(&Arc::new(trial.on(0)), &setup(), &mut served, cut).verdict;
    let mut second = Second(served);
    let second = play(&Arc::new(trial.on(1)), &setup(), &mut second, cut).verdict;
    if first == Verdict::Pass { second } else { first }
}

/// A second connection to a server.
struct Second(Served<SockJsServer>);

impl Other for Second {
    fn receive(&mut self, bytes: &[u8]) {
        self.0.server.receive(1, bytes);
    }

    fn end(&mut self) {
        self.0.server.end(1);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        self.0.server.take().into_iter().filter(|(to, _)| *to == 1).map(|(_, output)| output).collect()
    }
}

#[test]
fn the_server_passes_every_case_however_its_octets_arrive() {
    let plan = plan();
    assert!(plan.trials.len() >= 150, "{}", plan.trials.len());
    let failed = not_passed(&plan, |trial, cut| verdict(trial, None, cut));
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn the_server_passes_every_probe() {
    for probe in Probe::ALL.into_iter().filter(|probe| format!("{probe:?}").starts_with("SockJs")) {
        // These ask for what is not there.
        let is_absence = matches!(
            probe,
            Probe::SockJsXhrStreaming
                | Probe::SockJsEventSource
                | Probe::SockJsHtmlFile
                | Probe::SockJsJsonp
                | Probe::SockJsUnasked
        );
        let trial = probe.trial();
        let outcome = play(&trial, &setup(), &mut Served::new(&trial, SockJsServer::new(None)), Cut::Whole);
        assert_eq!(probe.succeeded(&outcome), !is_absence, "{probe:?}: {:?}", outcome.verdict);
    }
}

#[test]
fn each_flaw_is_named_by_the_case_that_catches_it() {
    let plan = plan();
    let mut wrong_flaws = Vec::new();
    for flaw in SockJsFlaw::all() {
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
    for trial in plan().trials.iter().filter(|trial| trial.script.side_by_side() == 1) {
        for flaw in [None, Some(SockJsFlaw::OpenFrameTwice), Some(SockJsFlaw::KeepAliveLost)] {
            let outcome = play(trial, &setup, &mut Served::new(trial, SockJsServer::new(flaw)), Cut::Whole);
            assert_judged_again(trial, &setup, outcome, flaw);
        }
    }
}

#[test]
fn what_servers_are_tested_for_is_proven_by_a_flaw() {
    let plan = plan();
    let mut shown: BTreeMap<String, BTreeSet<SockJsFlaw>> = BTreeMap::new();
    let requirements = &plan.trials[0].requirements;
    let mut wrong = Vec::new();
    for (id, requirement) in requirements.iter().filter(|(id, _)| id.spec() == "sockjs") {
        if requirement.gap.is_some() || requirement.level == Level::May {
            continue;
        }
        let flaws: Vec<_> = SockJsFlaw::breaking(id.as_str()).collect();
        let citing = plan.trials.iter().filter(|trial| trial.cites(id));
        for trial in citing {
            for flaw in &flaws {
                for named in named(&verdict(trial, Some(*flaw), Cut::Whole)) {
                    shown.entry(named).or_default().insert(*flaw);
                }
            }
        }
        let seen = shown.get(id.as_str());
        let is_right = flaws.iter().all(|flaw| seen.is_some_and(|seen| seen.contains(flaw)));
        if flaws.is_empty() || !is_right {
            wrong.push(format!("{id}: broken by {flaws:?}, shown by {seen:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
