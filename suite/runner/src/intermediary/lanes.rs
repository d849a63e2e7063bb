//! The players at both ends of an intermediary, and what tells the relation about all that they send and receive.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use wsspec_capture::{ObservedEnd, ProxyEnd, ProxyRelation};
use wsspec_peer::{Peer, PeerOutput};
use wsspec_wire::Role;

use crate::player::{FOREVER, Heard, Player, PlayerStep};

/// What both ends of a trial report to.
#[derive(Clone, Debug)]
pub(super) struct Witness {
    relation: Arc<Mutex<ProxyRelation>>,
    start: Instant,
}

impl Witness {
    pub(super) fn new() -> Self {
        Self { relation: Arc::default(), start: Instant::now() }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub(super) fn relation(&self) -> MutexGuard<'_, ProxyRelation> {
        self.relation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self, end: ProxyEnd, from: Role, bytes: &[u8]) {
        self.relation().saw(end, from, bytes, self.elapsed());
    }

    /// An end of a connection has ended its half.
    pub(super) fn ended(&self, end: ProxyEnd, from: Role, how: ObservedEnd) {
        self.relation().ended(end, from, how, self.elapsed());
    }
}

/// A player that is watched.
pub(super) struct WatchedPlayer<'p, P> {
    pub player: &'p mut P,
    pub end: ProxyEnd,
    pub witness: Witness,
}

impl<P: Player> Player for WatchedPlayer<'_, P> {
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep {
        let step = self.player.next(writing, now);
        let ours = self.end.ours();
        match &step {
            PlayerStep::Write(bytes) => self.witness.saw(self.end, ours, bytes),
            PlayerStep::Shutdown => self.witness.ended(self.end, ours, ObservedEnd::Eof),
            PlayerStep::Reset => self.witness.ended(self.end, ours, ObservedEnd::Reset),
            _ => {}
        }
        step
    }

    fn hear(&mut self, heard: Heard<'_>, now: Duration) {
        let theirs = self.end.theirs();
        match heard {
            Heard::Bytes(bytes) => self.witness.saw(self.end, theirs, bytes),
            Heard::Eof => self.witness.ended(self.end, theirs, ObservedEnd::Eof),
            Heard::Reset => self.witness.ended(self.end, theirs, ObservedEnd::Reset),
            Heard::Usage(_) => {}
        }
        self.player.hear(heard, now);
    }

    fn is_done(&self) -> bool {
        self.player.is_done()
    }

    fn reads(&self, now: Duration) -> bool {
        self.player.reads(now)
    }

    fn allowance(&self, sent: usize) -> usize {
        self.player.allowance(sent)
    }
}

/// The conforming echo server behind the intermediary, until that ends the connection.
pub(super) struct EchoBackend {
    peer: Peer,
    steps: VecDeque<PlayerStep>,
    has_ended: bool,
}

impl EchoBackend {
    pub(super) fn new() -> Self {
        Self { peer: Peer::new(), steps: VecDeque::new(), has_ended: false }
    }
}

impl Player for EchoBackend {
    fn next(&mut self, writing: bool, _: Duration) -> PlayerStep {
        let steps = self.peer.take().into_iter().map(|output| match output {
            PeerOutput::Write(bytes) => PlayerStep::Write(bytes),
            PeerOutput::Close => PlayerStep::Shutdown,
            PeerOutput::Reset => PlayerStep::Reset,
        });
        self.steps.extend(steps);
        if writing {
            return PlayerStep::Wait(FOREVER);
        }
        match self.steps.pop_front() {
            Some(step) => step,
            None if self.has_ended => PlayerStep::Done,
            None => PlayerStep::Wait(FOREVER),
        }
    }

    fn hear(&mut self, heard: Heard<'_>, _: Duration) {
        match heard {
            Heard::Bytes(bytes) => self.peer.receive(bytes),
            Heard::Eof | Heard::Reset => {
                self.peer.end();
                self.has_ended = true;
            }
            Heard::Usage(_) => {}
        }
    }
}
