//! How a server ends TLS (RFC 8446, 6.1).

use wsspec_catalogue::Trial;
use wsspec_record::{Failure, Verdict};
use wsspec_wire::{Level, RequirementId};

use crate::outcome::Outcome;

/// Either end sends close_notify before it ends its half of TCP.
const CLOSE_NOTIFY: RequirementId = RequirementId::from_static("rfc8446#6.1:1");

/// What the end of a connection was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsEnding {
    /// There was no TLS.
    Clear,
    /// TLS ended, or has not.
    Clean,
    /// TCP ended, and TLS had not.
    Truncated,
}

impl TlsEnding {
    /// What a trial comes to; nothing changes for one that is about something else.
    #[must_use]
    pub fn judge(self, trial: &Trial, outcome: Outcome) -> Outcome {
        if !trial.cites(&CLOSE_NOTIFY) || outcome.verdict != Verdict::Pass {
            return outcome;
        }
        let verdict = match self {
            Self::Clean => Verdict::Pass,
            Self::Clear => Verdict::Skip { reason: "the run is not over TLS".into() },
            Self::Truncated => {
                let failure = Failure {
                    line: 0,
                    expected: "a close_notify alert of TLS before the end of TCP".into(),
                    actual: "the end of TCP".into(),
                    requirement: CLOSE_NOTIFY,
                    level: Level::Must,
                };
                Verdict::Fail { failure }
            }
        };
        Outcome { verdict, ..outcome }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(ending: TlsEnding, about: RequirementId) -> Verdict {
        let trial = Trial::new("a", about, "finish\n".parse().unwrap());
        ending.judge(&trial, Outcome::of(Verdict::Pass)).verdict
    }

    #[test]
    fn only_a_trial_about_the_end_of_tls_looks_at_it() {
        let Verdict::Fail { failure } = judged(TlsEnding::Truncated, CLOSE_NOTIFY) else { panic!() };
        assert_eq!(failure.requirement, CLOSE_NOTIFY);
        assert_eq!(judged(TlsEnding::Clean, CLOSE_NOTIFY), Verdict::Pass);
        assert!(matches!(judged(TlsEnding::Clear, CLOSE_NOTIFY), Verdict::Skip { .. }));
        let other = RequirementId::from_static("rfc6455#5.5.2:2");
        assert_eq!(judged(TlsEnding::Truncated, other), Verdict::Pass);
    }
}
