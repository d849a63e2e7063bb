//! Trials against our own peer, in memory and in virtual time.

#![allow(dead_code, reason = "each test file uses its part of it")]

use std::{
    collections::VecDeque,
    sync::{Arc, LazyLock},
    time::Duration,
};

use wsspec_catalogue::{Catalogue, Requirements, Trial};
use wsspec_exchange::{Action, Exchange, Input, Moment, Outcome, Setup};
use wsspec_peer::{Peer, PeerOutput};
use wsspec_wire::Role;

/// All requirements.
pub fn requirements() -> Arc<Requirements> {
    REQUIREMENTS.clone()
}

static REQUIREMENTS: LazyLock<Arc<Requirements>> =
    LazyLock::new(|| Arc::new(Catalogue::embedded().expect("a sound catalogue").requirements.clone()));

/// Plays a trial to its end.
pub fn play(trial: &Arc<Trial>, setup: &Arc<Setup>, peer: &mut Peer) -> Outcome {
    observe(trial, setup, peer, |_, _| {})
}

/// Plays a trial to its end, and shows what both ends send.
pub fn observe(
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    peer: &mut Peer,
    mut see: impl FnMut(Role, &[u8]),
) -> Outcome {
    let mut exchange = Exchange::new(trial.clone(), setup.clone());
    let mut now = Moment::START;
    let mut incoming: VecDeque<PeerOutput> = VecDeque::new();
    // Far more steps than any session needs.
    for _ in 0..1_000_000 {
        match exchange.next(now) {
            Action::Write(bytes) => {
                see(Role::Client, &bytes);
                peer.receive(&bytes);
            }
            Action::Gap | Action::Terminate => {}
            Action::Measure(_) => exchange.receive(Input::Usage(None), now),
            Action::Shutdown | Action::Reset => peer.end(),
            Action::Done => return exchange.finish("cut short"),
            Action::Wait(until) => {
                incoming.extend(peer.take());
                match incoming.pop_front() {
                    Some(PeerOutput::Write(bytes)) => {
                        now = now + Duration::from_micros(10);
                        see(Role::Server, &bytes);
                        exchange.receive(Input::Bytes(&bytes), now);
                    }
                    Some(PeerOutput::Close) => exchange.receive(Input::Eof, now),
                    Some(PeerOutput::Reset) => exchange.receive(Input::Reset, now),
                    None => now = until,
                }
            }
        }
    }
    panic!("the exchange does not end:\n{}", trial.script);
}
