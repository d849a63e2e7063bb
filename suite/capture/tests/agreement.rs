//! The observer in the middle reports what the engine reports at one end: each rule that a flawed peer breaks in a case,
//! and nothing of a conforming one.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use wsspec_capture::{ObservedEnd, Observer, ObserverSettings};
use wsspec_catalogue::{Catalogue, Extra, Filter, IdGlob, Need, Plan, Trial};
use wsspec_exchange::{Action, Exchange, Input, Moment, Outcome, Setup};
use wsspec_peer::{Client, Flaw, Habit, Peer, PeerOutput};
use wsspec_record::Meaning;
use wsspec_wire::Role;

/// How long an exchange that does not read is left alone.
const DEAF: Duration = Duration::from_millis(10);

/// Either kind of peer.
enum Other {
    Server(Peer),
    Client(Box<Client>),
}

impl Other {
    fn receive(&mut self, bytes: &[u8]) {
        match self {
            Self::Server(peer) => peer.receive(bytes),
            Self::Client(client) => client.receive(bytes),
        }
    }

    fn end(&mut self) {
        match self {
            Self::Server(peer) => peer.end(),
            Self::Client(client) => client.end(),
        }
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        match self {
            Self::Server(peer) => peer.take(),
            Self::Client(client) => client.take(),
        }
    }
}

/// The rules that one end breaks, as seen from the middle.
struct Middle {
    observer: Observer,
    peer: Role,
    found: BTreeSet<String>,
}

impl Middle {
    fn new(peer: Role) -> Self {
        Self { observer: Observer::new(ObserverSettings::default()), peer, found: BTreeSet::new() }
    }

    fn saw(&mut self, from: Role, bytes: &[u8]) {
        let faults = self.observer.saw(from, bytes, Duration::ZERO);
        self.enter(faults);
    }

    fn ended(&mut self, from: Role, how: ObservedEnd) {
        let faults = self.observer.ended(from, how, Duration::ZERO);
        self.enter(faults);
    }

    fn enter(&mut self, faults: Vec<wsspec_capture::ObservedFault>) {
        let of_peer = faults.into_iter().filter(|fault| fault.from == self.peer);
        self.found.extend(of_peer.map(|fault| fault.violation.requirement().to_string()));
    }

    fn conclude(mut self) -> BTreeSet<String> {
        let faults = self.observer.conclude(Duration::ZERO);
        self.enter(faults);
        self.found
    }
}

/// Plays a trial to its end, with an observer in the middle.
fn play(trial: &Arc<Trial>, setup: &Arc<Setup>, mut other: Other) -> (Outcome, BTreeSet<String>) {
    let ours = setup.role();
    let mut middle = Middle::new(ours.peer());
    let mut exchange = Exchange::new(trial.clone(), setup.clone());
    let mut now = Moment::START;
    let mut incoming: VecDeque<PeerOutput> = VecDeque::new();
    loop {
        match exchange.next(now) {
            Action::Write(bytes) => {
                middle.saw(ours, &bytes);
                other.receive(&bytes);
            }
            Action::Gap | Action::Terminate => {}
            Action::Shutdown | Action::Reset => {
                middle.ended(ours, ObservedEnd::Eof);
                other.end();
            }
            Action::Measure(_) => exchange.receive(Input::Usage(None), now),
            Action::Done => return (exchange.finish("cut short"), middle.conclude()),
            Action::Wait(until) if !exchange.reads(now) => now = until.min(now + DEAF),
            Action::Wait(until) => {
                incoming.extend(other.take());
                match incoming.pop_front() {
                    Some(PeerOutput::Write(bytes)) => {
                        now = now + Duration::from_micros(10);
                        middle.saw(ours.peer(), &bytes);
                        exchange.receive(Input::Bytes(&bytes), now);
                    }
                    Some(PeerOutput::Close) => {
                        middle.ended(ours.peer(), ObservedEnd::Eof);
                        exchange.receive(Input::Eof, now);
                    }
                    Some(PeerOutput::Reset) => {
                        middle.ended(ours.peer(), ObservedEnd::Reset);
                        exchange.receive(Input::Reset, now);
                    }
                    None => now = until,
                }
            }
        }
    }
}

/// The rules that the engine sees broken on the wire.
fn broken(outcome: &Outcome) -> BTreeSet<String> {
    let meanings = outcome.transcript.entries.iter().filter_map(|entry| entry.meaning.as_ref());
    let broken = meanings.filter_map(|meaning| match meaning {
        Meaning::Broke { requirement, .. } => Some(requirement.to_string()),
        _ => None,
    });
    broken.collect()
}

/// Trials on one connection over HTTP/1.1, without a proxy and without a process to measure.
fn trials(peer: Role) -> Vec<Arc<Trial>> {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    let filter = Filter::new::<&str>(&[], &[]).unwrap().with_extra(&[Extra::KnownBugs]);
    let plan = Plan::new(&catalogue, &filter, peer, 0).over_http1();
    let is_plain = |trial: &Arc<Trial>| {
        !trial.needs.contains(&Need::Process)
            && trial.script.side_by_side() == 1
            && !trial.script.expects_tunnel()
            && trial.certificate.is_none()
            && trial.uri.is_none()
    };
    plan.trials.into_iter().filter(is_plain).collect()
}

const URI: &str = "ws://127.0.0.1:9001/chat?case=7";

fn setup(peer: Role) -> Arc<Setup> {
    Arc::new(match peer {
        Role::Server => Setup::client("example.com", "/"),
        Role::Client => Setup::server(),
    })
}

fn other(peer: Role, flaw: Option<Flaw>) -> Other {
    match peer {
        Role::Server => Other::Server(flaw.map_or_else(Peer::new, Peer::with)),
        Role::Client => Other::Client(Box::new(Client::of_uri(flaw, URI, 200))),
    }
}

#[test]
fn nothing_is_said_of_conforming_peers_whatever_they_receive() {
    for peer in [Role::Server, Role::Client] {
        for trial in trials(peer) {
            let (_, found) = play(&trial, &setup(peer), other(peer, None));
            assert_eq!(found, BTreeSet::new(), "{peer:?}: {}", trial.id);
        }
    }
}

#[test]
fn nothing_is_said_of_habits_that_conform() {
    for peer in [Role::Server, Role::Client] {
        // A few cases of every section are enough for a habit to show.
        for trial in trials(peer).iter().step_by(9) {
            for habit in Habit::ALL {
                let other = match peer {
                    Role::Server => Other::Server(Peer::with_habit(habit)),
                    Role::Client => {
                        Other::Client(Box::new(Client::with_habit(habit, "127.0.0.1:9001", "/", 7)))
                    }
                };
                let (_, found) = play(trial, &setup(peer), other);
                assert_eq!(found, BTreeSet::new(), "{peer:?}, {habit:?}: {}", trial.id);
            }
        }
    }
}

/// Plays each flaw's own cases. Returns how many flaws the engine sees on the wire, and where the observer does not.
fn compare(peer: Role, flaws: impl Iterator<Item = Flaw>) -> (usize, Vec<String>) {
    let all = trials(peer);
    let (mut visible, mut missed) = (0, Vec::new());
    for flaw in flaws {
        let globs: Vec<_> = flaw.caught_by().iter().map(|glob| IdGlob::parse(glob).unwrap()).collect();
        let own = all.iter().filter(|trial| globs.iter().any(|glob| glob.fits(&trial.id))).take(8);
        let mut is_visible = false;
        for trial in own {
            let (outcome, found) = play(trial, &setup(peer), other(peer, Some(flaw)));
            let broken = broken(&outcome);
            is_visible |= !broken.is_empty();
            if !broken.is_subset(&found) {
                missed.push(format!("{flaw} in {}: {broken:?}, not {found:?}", trial.id));
            }
        }
        visible += usize::from(is_visible);
    }
    (visible, missed)
}

#[test]
fn the_flaws_of_servers_that_break_a_rule_on_the_wire_are_seen() {
    let (visible, missed) = compare(Role::Server, Flaw::of_servers());
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
    assert!(visible > 100, "{visible}");
}

#[test]
fn the_flaws_of_clients_that_break_a_rule_on_the_wire_are_seen() {
    let (visible, missed) = compare(Role::Client, Flaw::ALL.iter().copied());
    assert!(missed.is_empty(), "{} missed:\n{}", missed.len(), missed.join("\n"));
    assert!(visible > 60, "{visible}");
}
