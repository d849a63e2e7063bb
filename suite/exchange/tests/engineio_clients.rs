//! The cases of Engine.IO and Socket.IO against our own client: without a flaw it passes each, and each flaw fails the case
//! that it names.

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use common::{
    Cut, Other,
    framed::{Framed, whole_head},
    layered::{missed, plan_about_clients},
    named, play,
};
use wsspec_catalogue::{Limits, Plan, Trial};
use wsspec_exchange::{Outcome, Setup, judge};
use wsspec_peer::{EngineIoClient, EngineIoClientFlaw, EngineIoHabit, PeerOutput};
use wsspec_record::{EngineIoClientProfile, PeerProfile, SocketIoProfile, Verdict};
use wsspec_wire::{Layer, Level, Role};

/// The protocols that are tested with this client.
const LAYERS: [Layer; 2] = [Layer::EngineIo, Layer::SocketIo];

/// The client behind an opening handshake and frames.
struct Connected {
    client: EngineIoClient,
    head: Vec<u8>,
    is_open: bool,
    framed: Framed,
}

impl Connected {
    fn new(client: EngineIoClient) -> Self {
        let mut framed = Framed::new(Role::Client);
        let request = format!(
            "GET {} HTTP/1.1\r\nHost: server\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            client.target()
        );
        framed.write(request.as_bytes());
        Self { client, head: Vec::new(), is_open: false, framed }
    }

    fn of(layer: Layer, flaw: Option<EngineIoClientFlaw>) -> Self {
        Self::new(client(layer, flaw))
    }

    fn opening(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some((_, rest)) = whole_head(&mut self.head, bytes) else { return Vec::new() };
        self.is_open = true;
        rest
    }
}

impl Other for Connected {
    fn receive(&mut self, bytes: &[u8]) {
        let rest = if self.is_open { bytes.to_vec() } else { self.opening(bytes) };
        if !self.is_open || self.framed.is_closed() {
            return;
        }
        for (kind, message) in self.framed.messages(&rest) {
            self.client.receive(kind, &message);
        }
    }

    fn end(&mut self) {
        self.client.end();
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        let outputs = if self.is_open { self.client.take() } else { Vec::new() };
        self.framed.take(outputs)
    }

    fn advance(&mut self, now: Duration) {
        self.client.advance(now);
    }

    fn wake(&self) -> Option<Duration> {
        self.client.wake()
    }
}

fn client(layer: Layer, flaw: Option<EngineIoClientFlaw>) -> EngineIoClient {
    match layer {
        Layer::SocketIo => EngineIoClient::socketio(flaw),
        _ => EngineIoClient::echo(flaw),
    }
}

fn setup() -> Arc<Setup> {
    let engineio_client = Some(EngineIoClientProfile { socketio: Some(SocketIoProfile::default()) });
    let profile = PeerProfile { pong: true, engineio_client, ..PeerProfile::default() };
    let limits = Limits { trial: Duration::from_secs(30), ..Limits::default() };
    Arc::new(Setup { limits, ..Setup::server() }.with_profile(&profile))
}

fn outcome(trial: &Arc<Trial>, client: EngineIoClient, cut: Cut) -> Outcome {
    play(trial, &setup(), &mut Connected::new(client), cut)
}

fn verdict(layer: Layer, trial: &Arc<Trial>, flaw: Option<EngineIoClientFlaw>, cut: Cut) -> Verdict {
    play(trial, &setup(), &mut Connected::of(layer, flaw), cut).verdict
}

#[test]
fn the_client_passes_every_case_however_its_octets_arrive() {
    let mut wrong = Vec::new();
    for layer in LAYERS {
        let plan = plan_about_clients(layer);
        assert!(plan.trials.len() >= 30, "{}", plan.trials.len());
        for trial in &plan.trials {
            for cut in [Cut::Whole, Cut::Every(1), Cut::Every(7)] {
                let seen = verdict(layer, trial, None, cut);
                if seen != Verdict::Pass {
                    wrong.push(format!("{} {cut:?}: {seen:?}", trial.id));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_habit_of_a_conforming_client_is_failed() {
    let mut failed = Vec::new();
    for layer in LAYERS {
        for trial in &plan_about_clients(layer).trials {
            for habit in EngineIoHabit::ALL {
                let client = client(layer, None).with_habit(habit);
                let seen = outcome(trial, client, Cut::Whole).verdict;
                if seen != Verdict::Pass {
                    failed.push(format!("{} {habit:?}: {seen:?}", trial.id));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The protocol that a flaw is about.
fn layer_of(flaw: EngineIoClientFlaw) -> Layer {
    if flaw.breaks().starts_with("socketio") { Layer::SocketIo } else { Layer::EngineIo }
}

#[test]
fn each_flaw_is_named_by_the_case_that_catches_it() {
    let plans = LAYERS.map(plan_about_clients);
    let mut wrong_flaws = Vec::new();
    for flaw in EngineIoClientFlaw::all() {
        let layer = layer_of(flaw);
        let trials = plans.iter().flat_map(|plan| &plan.trials);
        let wrong = missed(trials, flaw.caught_by(), flaw.breaks(), |trial| {
            verdict(layer, trial, Some(flaw), Cut::Whole)
        });
        wrong_flaws.extend(wrong.map(|what| format!("{flaw:?}: {what}")));
    }
    assert!(wrong_flaws.is_empty(), "{}", wrong_flaws.join("\n"));
}

#[test]
fn each_record_is_judged_the_same_again() {
    for layer in LAYERS {
        for trial in &plan_about_clients(layer).trials {
            for flaw in [None, Some(EngineIoClientFlaw::NoPongs), Some(EngineIoClientFlaw::ConnectNotAwaited)]
            {
                let record =
                    outcome(trial, client(layer, flaw), Cut::Whole).into_record(trial, Role::Client, 0, 1);
                let again = judge(trial, &setup(), &record.transcript, record.omitted);
                assert_eq!(again, record.verdict, "{} {flaw:?}", trial.id);
            }
        }
    }
}

/// For each requirement that a verdict names, the flaws that show it.
fn shown() -> BTreeMap<String, BTreeSet<EngineIoClientFlaw>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for layer in LAYERS {
        let plan = plan_about_clients(layer);
        for flaw in EngineIoClientFlaw::all().filter(|flaw| layer_of(*flaw) == layer) {
            for trial in &plan.trials {
                for id in named(&verdict(layer, trial, Some(flaw), Cut::Whole)) {
                    found.entry(id).or_default().insert(flaw);
                }
            }
        }
    }
    found
}

#[test]
fn what_clients_are_tested_for_is_proven_by_a_flaw() {
    let shown = shown();
    let plan: Plan = plan_about_clients(Layer::SocketIo);
    let specs = LAYERS.map(Layer::name);
    let mut wrong = Vec::new();
    for (id, requirement) in plan.trials[0].requirements.iter().filter(|(id, _)| specs.contains(&id.spec())) {
        let is_asked = requirement.roles.contains(&Role::Client);
        let is_observable = is_asked && requirement.gap.is_none() && requirement.level != Level::May;
        let flaws: Vec<_> = EngineIoClientFlaw::breaking(id.as_str()).collect();
        let shown = shown.get(id.as_str());
        let is_right = flaws.iter().all(|flaw| shown.is_some_and(|shown| shown.contains(flaw)));
        if is_observable && (flaws.is_empty() || !is_right) {
            wrong.push(format!("{id}: broken by {flaws:?}, shown by {shown:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
