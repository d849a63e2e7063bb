//! The players at both ends of an intermediary, and what tells the relation about all that they send and receive.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{sync::Notify, time::Instant};
use wsspec_capture::{ObservedEnd, ProxyEnd, ProxyRelation};
use wsspec_exchange::{Carried, Carrier, Exchange, StreamRest};
use wsspec_peer::{HttpPeer, Peer, PeerOutput};
use wsspec_wire::Role;

use crate::player::{FOREVER, Heard, Player, PlayerStep};

/// What both ends of a trial report to.
#[derive(Clone, Debug)]
pub(super) struct LaneWitness {
    relation: Arc<Mutex<ProxyRelation>>,
    changed: Arc<Notify>,
    start: Instant,
}

impl LaneWitness {
    /// Of both connections of an intermediary, as `relation` compares them.
    pub(super) fn of(relation: ProxyRelation) -> Self {
        Self { relation: Arc::new(Mutex::new(relation)), changed: Arc::default(), start: Instant::now() }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub(super) fn relation(&self) -> MutexGuard<'_, ProxyRelation> {
        self.relation.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn saw(&self, end: ProxyEnd, from: Role, bytes: &[u8]) {
        self.relation().saw(end, from, bytes, self.elapsed());
        self.changed.notify_waiters();
    }

    /// This has crossed a connection that is a stream.
    fn carried(&self, end: ProxyEnd, carried: Vec<Carried>) {
        if carried.is_empty() {
            return;
        }
        let at = self.elapsed();
        let mut relation = self.relation();
        carried.into_iter().for_each(|carried| relation.carried(end, carried, at));
        drop(relation);
        self.changed.notify_waiters();
    }

    /// An end of a connection has ended its half.
    fn ended(&self, end: ProxyEnd, from: Role, how: ObservedEnd) {
        self.relation().ended(end, from, how, self.elapsed());
        self.changed.notify_waiters();
    }

    /// Waits until this holds.
    pub(super) async fn until(&self, holds: impl Fn(&ProxyRelation) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            if holds(&self.relation()) {
                return;
            }
            changed.await;
        }
    }
}

/// A player that can be watched.
pub(super) trait WatchablePlayer: Player {
    /// What has crossed its stream since this was asked last; `None`: all octets of its connection count.
    fn carried(&mut self) -> Option<Vec<Carried>> {
        None
    }
}

impl WatchablePlayer for Exchange {
    fn carried(&mut self) -> Option<Vec<Carried>> {
        Self::carried(self)
    }
}

impl WatchablePlayer for EchoBackend {
    fn carried(&mut self) -> Option<Vec<Carried>> {
        match &mut self.peer {
            BackPeer::Http1(_) => None,
            BackPeer::Http2(peer) => Some(peer.carried()),
        }
    }
}

impl WatchablePlayer for LaneReading {}

/// A player that is watched.
pub(super) struct WatchedPlayer<'p, P> {
    player: &'p mut P,
    end: ProxyEnd,
    witness: LaneWitness,
    /// Whether we have reset the connection.
    has_reset: bool,
}

impl<'p, P> WatchedPlayer<'p, P> {
    pub(super) fn new(player: &'p mut P, end: ProxyEnd, witness: &LaneWitness) -> Self {
        Self { player, end, witness: witness.clone(), has_reset: false }
    }
}

impl<P: WatchablePlayer> Player for WatchedPlayer<'_, P> {
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep {
        let step = self.player.next(writing, now);
        if let Some(carried) = self.player.carried() {
            self.witness.carried(self.end, carried);
            return step;
        }
        let ours = self.end.ours();
        match &step {
            PlayerStep::Write(bytes) => self.witness.saw(self.end, ours, bytes),
            PlayerStep::Shutdown => self.witness.ended(self.end, ours, ObservedEnd::Eof),
            PlayerStep::Reset => {
                self.has_reset = true;
                self.witness.ended(self.end, ours, ObservedEnd::Reset);
            }
            _ => {}
        }
        step
    }

    fn hear(&mut self, heard: Heard<'_>, now: Duration) {
        let theirs = self.end.theirs();
        if self.player.carried().is_some() {
            self.player.hear(heard, now);
            self.witness.carried(self.end, self.player.carried().unwrap_or_default());
            return;
        }
        match heard {
            Heard::Bytes(bytes) => self.witness.saw(self.end, theirs, bytes),
            Heard::Eof => self.witness.ended(self.end, theirs, ObservedEnd::Eof),
            Heard::Reset if self.has_reset => {}
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
    peer: BackPeer,
    steps: VecDeque<PlayerStep>,
    has_ended: bool,
}

/// An echo server on what carries its connection.
enum BackPeer {
    Http1(Peer),
    Http2(Box<HttpPeer>),
}

impl EchoBackend {
    pub(super) fn over(carrier: Carrier) -> Self {
        let peer = match carrier {
            Carrier::Http2 => BackPeer::Http2(Box::new(HttpPeer::over_http2(None).watched())),
            _ => BackPeer::Http1(Peer::new()),
        };
        Self { peer, steps: VecDeque::new(), has_ended: false }
    }
}

impl BackPeer {
    fn take(&mut self) -> Vec<PeerOutput> {
        match self {
            Self::Http1(peer) => peer.take(),
            Self::Http2(peer) => peer.take(),
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        match self {
            Self::Http1(peer) => peer.receive(bytes),
            Self::Http2(peer) => peer.receive(bytes),
        }
    }

    fn end(&mut self) {
        match self {
            Self::Http1(peer) => peer.end(),
            Self::Http2(peer) => peer.end(),
        }
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

/// Does one thing, if any, and then only reads, to the end of the connection.
pub(super) struct LaneReading {
    first: Option<PlayerStep>,
    has_ended: bool,
}

impl LaneReading {
    /// Writes these bytes.
    pub(super) fn after_bytes(bytes: Option<Bytes>) -> Self {
        Self { first: bytes.map(PlayerStep::Write), has_ended: false }
    }

    /// Closes our half.
    pub(super) fn after_end() -> Self {
        Self { first: Some(PlayerStep::Shutdown), has_ended: false }
    }
}

impl Player for LaneReading {
    fn next(&mut self, writing: bool, _: Duration) -> PlayerStep {
        match self.first.take_if(|_| !writing) {
            Some(step) => step,
            None if self.has_ended => PlayerStep::Done,
            None => PlayerStep::Wait(FOREVER),
        }
    }

    fn hear(&mut self, heard: Heard<'_>, _: Duration) {
        self.has_ended |= matches!(heard, Heard::Eof | Heard::Reset);
    }
}

/// What follows a trial on a stream: does one thing, if any, and then only reads, to the end of the stream.
pub(super) struct StreamReading<'s> {
    stream: &'s mut StreamRest,
    has_ended: bool,
}

impl<'s> StreamReading<'s> {
    /// Sends these octets.
    pub(super) fn after_bytes(stream: &'s mut StreamRest, bytes: Option<Bytes>) -> Self {
        if let Some(bytes) = bytes {
            stream.send(bytes);
        }
        Self { stream, has_ended: false }
    }

    /// Ends our half.
    pub(super) fn after_end(stream: &'s mut StreamRest) -> Self {
        stream.finish();
        Self { stream, has_ended: false }
    }
}

impl WatchablePlayer for StreamReading<'_> {
    fn carried(&mut self) -> Option<Vec<Carried>> {
        Some(self.stream.carried())
    }
}

impl Player for StreamReading<'_> {
    fn next(&mut self, writing: bool, _: Duration) -> PlayerStep {
        if writing {
            return PlayerStep::Wait(FOREVER);
        }
        match self.stream.take() {
            Some(bytes) => PlayerStep::Write(bytes),
            None if self.has_ended || self.stream.is_over() => PlayerStep::Done,
            None => PlayerStep::Wait(FOREVER),
        }
    }

    fn hear(&mut self, heard: Heard<'_>, _: Duration) {
        match heard {
            Heard::Bytes(bytes) => self.stream.read(bytes),
            Heard::Eof | Heard::Reset => {
                self.stream.lost();
                self.has_ended = true;
            }
            Heard::Usage(_) => {}
        }
    }
}
