//! Trials against our own peer, in memory and in virtual time.

#![allow(dead_code, reason = "each test file uses its part of it")]

use std::{
    collections::VecDeque,
    sync::{Arc, LazyLock},
    time::Duration,
};

use wsspec_catalogue::{Catalogue, Requirements, Trial};
use wsspec_exchange::{Action, Exchange, Input, Moment, Outcome, Setup, Side};
use wsspec_peer::{Client, Flaw, Peer, PeerOutput};
use wsspec_referee::Uri;
use wsspec_wire::Role;

/// All requirements.
pub fn requirements() -> Arc<Requirements> {
    REQUIREMENTS.clone()
}

static REQUIREMENTS: LazyLock<Arc<Requirements>> =
    LazyLock::new(|| Arc::new(Catalogue::embedded().expect("a sound catalogue").requirements.clone()));

/// The other end: a server or a client.
pub trait OtherEnd {
    fn receive(&mut self, bytes: &[u8]);
    fn end(&mut self);
    fn take(&mut self) -> Vec<PeerOutput>;
}

impl OtherEnd for Peer {
    fn receive(&mut self, bytes: &[u8]) {
        Peer::receive(self, bytes);
    }

    fn end(&mut self) {
        Peer::end(self);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        Peer::take(self)
    }
}

impl OtherEnd for Client {
    fn receive(&mut self, bytes: &[u8]) {
        Client::receive(self, bytes);
    }

    fn end(&mut self) {
        Client::end(self);
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        Client::take(self)
    }
}

/// A client with a flaw or none, and what plays the server to it. Each connection has a key of its own.
pub fn client(flaw: Option<Flaw>, seed: u64) -> (Client, Setup) {
    let uri = "ws://127.0.0.1:9001/";
    let setup = Setup { side: Side::Server(Some(Uri::new("127.0.0.1:9001", "/"))), ..Setup::server() };
    (Client::of_uri(flaw, uri, seed), setup)
}

/// Plays a trial to its end.
pub fn play(trial: &Arc<Trial>, setup: &Arc<Setup>, peer: &mut impl OtherEnd) -> Outcome {
    observe(trial, setup, peer, |_, _| {})
}

/// Plays a trial to its end, and shows what both ends send.
pub fn observe(
    trial: &Arc<Trial>,
    setup: &Arc<Setup>,
    peer: &mut impl OtherEnd,
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
