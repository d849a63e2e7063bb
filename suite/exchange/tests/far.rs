//! Peers that are far away get the same verdicts as near ones.

use std::{collections::VecDeque, sync::Arc, time::Duration};

mod common;

use bytes::Bytes;
use common::{Abilities, server_plan, setup};
use wsspec_catalogue::{Limits, Need, Trial};
use wsspec_exchange::{Action, Exchange, Input, Moment, Outcome, Setup};
use wsspec_peer::{Flaw, Peer, PeerOutput};

/// The pause between two segments that must be read separately.
const GAP: Duration = Duration::from_millis(1);

/// The limits of a run with this round trip.
fn limits(round_trip: Duration) -> Limits {
    let base = Limits::default();
    let watch = (round_trip * 20).clamp(Duration::from_millis(20), base.line);
    Limits { round_trip, watch, ..base }.far()
}

/// A connection with a delay in each direction.
struct FarPeer {
    peer: Peer,
    way: Duration,
    to_peer: VecDeque<(Moment, Option<Bytes>)>,
    to_us: VecDeque<(Moment, PeerOutput)>,
}

impl FarPeer {
    fn new(peer: Peer, way: Duration) -> Self {
        let mut far = Self { peer, way, to_peer: VecDeque::new(), to_us: VecDeque::new() };
        far.answer(Moment::START);
        far
    }

    fn send(&mut self, what: Option<Bytes>, now: Moment) {
        self.to_peer.push_back((now + self.way, what));
    }

    fn answer(&mut self, at: Moment) {
        let way = self.way;
        self.to_us.extend(self.peer.take().into_iter().map(|output| (at + way, output)));
    }

    /// The next event before `until`, if there is one; an event on our side is passed to the exchange.
    fn next(&mut self, until: Moment, exchange: &mut Exchange) -> Option<Moment> {
        let due = |at: Option<Moment>| at.filter(|at| *at <= until);
        let (there, here) =
            (due(self.to_peer.front().map(|(at, _)| *at)), due(self.to_us.front().map(|(at, _)| *at)));
        if there.is_some_and(|there| here.is_none_or(|here| there <= here)) {
            let (at, what) = self.to_peer.pop_front()?;
            match what {
                Some(bytes) => self.peer.receive(&bytes),
                None => self.peer.end(),
            }
            self.answer(at);
            return Some(at);
        }
        here?;
        let (at, output) = self.to_us.pop_front()?;
        match output {
            PeerOutput::Write(bytes) => exchange.receive(Input::Bytes(&bytes), at),
            PeerOutput::Close => exchange.receive(Input::Eof, at),
            PeerOutput::Reset => exchange.receive(Input::Reset, at),
        }
        Some(at)
    }
}

fn play(trial: &Arc<Trial>, peer: Peer, round_trip: Duration) -> Outcome {
    let limits = limits(round_trip).for_script(&trial.script);
    let setup = Arc::new(Setup { limits, ..Setup::clone(&setup()) });
    let mut exchange = Exchange::new(trial.clone(), setup);
    let mut far = FarPeer::new(peer, round_trip / 2);
    let mut now = Moment::START;
    for _ in 0..2_000_000 {
        let until = match exchange.next(now) {
            Action::Write(bytes) => {
                far.send(Some(bytes), now);
                continue;
            }
            Action::Shutdown | Action::Reset => {
                far.send(None, now);
                continue;
            }
            Action::Measure(_) | Action::Terminate => panic!("nothing is measured here"),
            Action::Done => return exchange.finish("cut short"),
            Action::Gap => now + GAP,
            Action::Wait(until) => until,
        };
        let is_gap = until == now + GAP;
        match far.next(until, &mut exchange) {
            Some(at) => now = now.max(at),
            None => now = until,
        }
        // Separate segments stay separate.
        if is_gap {
            now = now.max(until);
        }
    }
    panic!("the exchange of {} does not end", trial.id);
}

/// The ids whose verdict changes at that distance, with both verdicts.
fn changed(flaw: Option<Flaw>, round_trip: Duration) -> Vec<(String, String, String)> {
    let abilities = Abilities::of(flaw).or_all();
    let mut changed = Vec::new();
    for trial in &server_plan().trials {
        if trial.needs.contains(&Need::Process) || trial.needs.iter().any(|need| !abilities.has(*need)) {
            continue;
        }
        let of = |round_trip| {
            let outcome = play(trial, flaw.map_or_else(Peer::new, Peer::with), round_trip);
            format!("{} {:?}", outcome.verdict.word(), outcome.verdict.requirement())
        };
        let (near, far) = (of(Duration::from_millis(1)), of(round_trip));
        if near != far {
            changed.push((trial.id.clone(), near, far));
        }
    }
    changed
}

#[test]
fn at_half_a_second_every_verdict_is_what_it_is_near_by() {
    for flaw in [None, Some(Flaw::SendsNoPong), Some(Flaw::FailsAndStays)] {
        assert_eq!(changed(flaw, Duration::from_millis(500)), [], "{flaw:?}");
    }
}

#[test]
fn at_a_second_every_verdict_is_what_it_is_near_by() {
    for flaw in [None, Some(Flaw::SendsNoPong), Some(Flaw::DropsLastByte)] {
        assert_eq!(changed(flaw, Duration::from_secs(1)), [], "{flaw:?}");
    }
}
