//! Holds several connections of one client until all of them are open.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use wsspec_exchange::Exchange;

use crate::player::{Heard, Player, PlayerStep};

/// The beginning of a response that opens a connection.
const OPENS: &[u8] = b"HTTP/1.1 101";
/// Interval between two checks whether the others are open.
const LOOK: Duration = Duration::from_millis(5);

/// Holds each answered connection until enough of them are answered, one is over, or it has waited too long.
#[derive(Debug)]
pub(crate) struct Gate {
    wanted: usize,
    patience: Duration,
    answered: AtomicUsize,
    given_up: AtomicBool,
}

impl Gate {
    /// A gate for `wanted` connections, which holds each for at most `patience`.
    pub(crate) fn new(wanted: usize, patience: Duration) -> Self {
        Self { wanted, patience, answered: AtomicUsize::new(0), given_up: AtomicBool::new(false) }
    }

    /// Whether one of them has been answered.
    pub(crate) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed) > 0
    }

    /// Opens the gate for all.
    pub(crate) fn give_up(&self) {
        self.given_up.store(true, Ordering::Relaxed);
    }

    fn is_open(&self) -> bool {
        self.given_up.load(Ordering::Relaxed) || self.answered.load(Ordering::Relaxed) >= self.wanted
    }
}

/// An exchange that waits at a gate.
pub(crate) struct Gated<'g> {
    exchange: Exchange,
    gate: &'g Gate,
    /// When it was answered.
    answered: Option<Duration>,
}

impl<'g> Gated<'g> {
    pub(crate) fn new(exchange: Exchange, gate: &'g Gate) -> Self {
        Self { exchange, gate, answered: None }
    }

    /// The exchange is over: the others no longer wait for this connection.
    pub(crate) fn into_exchange(self) -> Exchange {
        self.gate.give_up();
        self.exchange
    }

    fn is_held(&self, now: Duration) -> bool {
        let has_time = self.answered.is_some_and(|answered| now < answered + self.gate.patience);
        has_time && !self.exchange.is_done() && !self.gate.is_open()
    }
}

impl Player for Gated<'_> {
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep {
        if self.is_held(now) {
            return PlayerStep::Wait(now + LOOK);
        }
        let step = Player::next(&mut self.exchange, writing, now);
        if let PlayerStep::Write(bytes) = &step
            && bytes.starts_with(OPENS)
            && self.answered.is_none()
        {
            self.answered = Some(now);
            self.gate.answered.fetch_add(1, Ordering::Relaxed);
        }
        step
    }

    fn hear(&mut self, heard: Heard<'_>, now: Duration) {
        Player::hear(&mut self.exchange, heard, now);
    }

    fn is_done(&self) -> bool {
        Player::is_done(&self.exchange)
    }

    fn allowance(&self, sent: usize) -> usize {
        Player::allowance(&self.exchange, sent)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wsspec_catalogue::Trial;
    use wsspec_exchange::Setup;
    use wsspec_wire::RequirementId;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    /// A connection that has just been answered.
    fn answered(gate: &Gate) -> Gated<'_> {
        let requirement = RequirementId::from_static("rfc6455#5.5.2:2");
        let trial = Trial::new("a", requirement, "alive\n".parse().unwrap());
        let mut gated = Gated::new(Exchange::new(Arc::new(trial), Arc::new(Setup::server())), gate);
        let request = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
        gated.next(false, Duration::ZERO);
        gated.hear(Heard::Bytes(request), Duration::ZERO);
        assert!(matches!(gated.next(false, Duration::ZERO), PlayerStep::Write(_)));
        gated
    }

    #[test]
    fn a_connection_is_held_until_the_other_has_been_answered() {
        let gate = Gate::new(2, PATIENCE);
        let one = answered(&gate);
        assert!(gate.has_answered() && one.is_held(Duration::ZERO));
        let other = answered(&gate);
        assert!(!one.is_held(Duration::ZERO) && !other.is_held(Duration::ZERO));
    }

    #[test]
    fn a_connection_is_not_held_for_one_that_is_over_or_for_longer_than_patience_lasts() {
        let gate = Gate::new(2, PATIENCE);
        let one = answered(&gate);
        assert!(!one.is_held(PATIENCE));
        let refused = Exchange::new(
            Arc::new(Trial::new(
                "a",
                RequirementId::from_static("rfc6455#5.5.2:2"),
                "alive\n".parse().unwrap(),
            )),
            Arc::new(Setup::server()),
        );
        Gated::new(refused, &gate).into_exchange();
        assert!(!one.is_held(Duration::ZERO));
    }
}
