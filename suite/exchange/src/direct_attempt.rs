//! A client that goes around a proxy which has refused it a tunnel (RFC 6455, 4.1).

use std::time::Duration;

use wsspec_catalogue::Trial;
use wsspec_record::{Failure, Verdict};
use wsspec_wire::{Level, RequestHead};

use crate::{duties, outcome::Outcome};

/// How a trial goes on in which a tunnel was refused: further connections of the client are looked at.
#[derive(Clone, Debug, Default)]
pub struct DirectAttempt {
    seen: bool,
}

impl DirectAttempt {
    /// How long the client is watched.
    pub const WATCH: Duration = Duration::from_secs(1);

    /// Whether a trial is about that.
    #[must_use]
    pub fn is_watched_for_in(trial: &Trial) -> bool {
        trial.script.expects_tunnel() && trial.cites(&duties::REFUSAL_OF_PROXY_FAILS)
    }

    /// The client sent this on another connection. It may well ask the proxy again.
    pub fn look_at(&mut self, head: &RequestHead) {
        // A request to a proxy has the whole URI as its target (RFC 9112, 3.2.2).
        self.seen |= head.target.starts_with(b"/");
    }

    /// Whether it has gone around the proxy.
    #[must_use]
    pub const fn is_seen(&self) -> bool {
        self.seen
    }

    /// What the trial comes to.
    #[must_use]
    pub fn judge(&self, outcome: Outcome) -> Outcome {
        if !self.seen || outcome.verdict != Verdict::Pass {
            return outcome;
        }
        let failure = Failure {
            line: 0,
            expected: "no connection around the proxy that has refused the tunnel".into(),
            actual: "another connection, with the opening handshake".into(),
            requirement: duties::REFUSAL_OF_PROXY_FAILS,
            level: Level::Must,
        };
        Outcome { verdict: Verdict::Fail { failure }, ..outcome }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(request: &[u8]) -> Verdict {
        let mut seen = DirectAttempt::default();
        seen.look_at(&RequestHead::parse(request));
        seen.judge(Outcome::of(Verdict::Pass)).verdict
    }

    #[test]
    fn an_opening_handshake_outside_the_tunnel_fails_and_asking_the_proxy_again_does_not() {
        let Verdict::Fail { failure } = after(b"GET /chat HTTP/1.1\r\n\r\n") else { panic!() };
        assert_eq!(failure.requirement.as_str(), "rfc6455#4.1:16");
        assert_eq!(after(b"CONNECT a:1 HTTP/1.1\r\n\r\n"), Verdict::Pass);
        assert_eq!(after(b"GET http://a/ HTTP/1.1\r\n\r\n"), Verdict::Pass);
    }
}
