//! The cases of Engine.IO and Socket.IO against our own server: without a flaw it passes each, and each flaw fails the case
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
    layered::{assert_judged_again, engineio_setup, missed, plan_about},
    named, play,
};
use wsspec_catalogue::{Plan, Trial};
use wsspec_exchange::Setup;
use wsspec_peer::{EngineIoFlaw, EngineIoHabit, EngineIoServer, PeerOutput, PollingFlaw};
use wsspec_record::Verdict;
use wsspec_wire::{Layer, Level, RequestHead, Role, accept_for};

/// The protocols that are tested with this server.
const LAYERS: [Layer; 2] = [Layer::EngineIo, Layer::SocketIo];

/// The server behind an opening handshake and frames.
struct Served {
    server: EngineIoServer,
    head: Vec<u8>,
    is_open: bool,
    framed: Framed,
    now: Duration,
}

impl Served {
    fn new(layer: Layer, flaw: Option<EngineIoFlaw>) -> Self {
        let server = match layer {
            Layer::SocketIo => EngineIoServer::socketio(flaw),
            _ => EngineIoServer::echo(flaw),
        };
        let framed = Framed::new(Role::Server);
        Self { server, head: Vec::new(), is_open: false, framed, now: Duration::ZERO }
    }

    fn opening(&mut self, bytes: &[u8]) -> Vec<u8> {
        let Some((head, rest)) = whole_head(&mut self.head, bytes) else { return Vec::new() };
        let request = RequestHead::parse(&head);
        let target = String::from_utf8_lossy(&request.target).into_owned();
        let query = target.split_once('?').map_or("", |(_, query)| query);
        if !self.server.accepts(query) {
            self.framed.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            self.framed.close();
            return Vec::new();
        }
        let accept = request.fields.get("Sec-WebSocket-Key").map(|key| accept_for(key)).unwrap_or_default();
        self.framed.write(
            format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            )
            .as_bytes(),
        );
        self.is_open = true;
        self.server.start(self.now);
        rest
    }
}

impl Other for Served {
    fn receive(&mut self, bytes: &[u8]) {
        let rest = if self.is_open { bytes.to_vec() } else { self.opening(bytes) };
        if !self.is_open || self.framed.is_closed() {
            return;
        }
        for (kind, message) in self.framed.messages(&rest) {
            self.server.receive(kind, &message);
        }
    }

    fn end(&mut self) {
        self.framed.close();
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        self.framed.take(self.server.take())
    }

    fn advance(&mut self, now: Duration) {
        self.now = now;
        if self.is_open {
            self.server.advance(now);
        }
    }

    fn wake(&self) -> Option<Duration> {
        self.server.wake().filter(|_| self.is_open && !self.framed.is_closed())
    }
}

fn plan(layer: Layer) -> Plan {
    let mut plan = plan_about(layer);
    // This server has no HTTP but for the opening handshake.
    plan.trials.retain(|trial| !trial.script.uses_http());
    plan
}

fn setup() -> Arc<Setup> {
    engineio_setup("/socket.io/?EIO=4&transport=websocket")
}

fn verdict(layer: Layer, trial: &Arc<Trial>, flaw: Option<EngineIoFlaw>, cut: Cut) -> Verdict {
    play(trial, &setup(), &mut Served::new(layer, flaw), cut).verdict
}

#[test]
fn the_server_passes_every_case_however_its_octets_arrive() {
    for layer in LAYERS {
        let plan = plan(layer);
        assert!(plan.trials.len() >= 40, "{}", plan.trials.len());
        for trial in &plan.trials {
            for cut in [Cut::Whole, Cut::Every(1), Cut::Every(7)] {
                let seen = verdict(layer, trial, None, cut);
                assert_eq!(seen, Verdict::Pass, "{} {cut:?}", trial.id);
            }
        }
    }
}

#[test]
fn no_habit_of_a_conforming_server_is_failed() {
    let mut failed = Vec::new();
    for layer in LAYERS {
        for trial in &plan(layer).trials {
            for habit in EngineIoHabit::ALL {
                let mut served = Served::new(layer, None);
                served.server = served.server.with_habit(habit);
                let seen = play(trial, &setup(), &mut served, Cut::Whole).verdict;
                if seen != Verdict::Pass {
                    failed.push(format!("{} {habit:?}: {seen:?}", trial.id));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The protocol that a flaw is about.
fn layer_of(flaw: EngineIoFlaw) -> Layer {
    if flaw.breaks().starts_with("socketio") { Layer::SocketIo } else { Layer::EngineIo }
}

#[test]
fn each_flaw_is_named_by_the_case_that_catches_it() {
    let plans = LAYERS.map(plan);
    let mut wrong_flaws = Vec::new();
    for flaw in EngineIoFlaw::all() {
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
    let setup = setup();
    for layer in LAYERS {
        for trial in &plan(layer).trials {
            for flaw in [None, Some(EngineIoFlaw::OpenTwice), Some(EngineIoFlaw::NoPings)] {
                let outcome = play(trial, &setup, &mut Served::new(layer, flaw), Cut::Whole);
                assert_judged_again(trial, &setup, outcome, flaw);
            }
        }
    }
}

/// For each requirement that a verdict names, the flaws that show it.
fn shown() -> BTreeMap<String, BTreeSet<EngineIoFlaw>> {
    let mut found: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for layer in LAYERS {
        let plan = plan(layer);
        for flaw in EngineIoFlaw::all().filter(|flaw| layer_of(*flaw) == layer) {
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
fn what_servers_are_tested_for_is_proven_by_a_flaw() {
    let shown = shown();
    let plan = plan(Layer::SocketIo);
    let mut wrong = Vec::new();
    let specs = LAYERS.map(Layer::name);
    for (id, requirement) in plan.trials[0].requirements.iter().filter(|(id, _)| specs.contains(&id.spec())) {
        let is_asked = requirement.roles.contains(&Role::Server);
        let is_observable = is_asked && requirement.gap.is_none() && requirement.level != Level::May;
        let flaws: Vec<_> = EngineIoFlaw::breaking(id.as_str()).collect();
        // A flaw of long-polling has a test of its own.
        if flaws.is_empty() && PollingFlaw::proves(id.as_str()) {
            continue;
        }
        let shown = shown.get(id.as_str());
        let is_right = flaws.iter().all(|flaw| shown.is_some_and(|shown| shown.contains(flaw)));
        if is_observable && (flaws.is_empty() || !is_right) {
            wrong.push(format!("{id}: broken by {flaws:?}, shown by {shown:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
