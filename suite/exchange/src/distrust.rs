//! A client that meets a certificate which it has to refuse (RFC 6455, 4.1).

use wsspec_catalogue::{CertificateFault, Trial};
use wsspec_record::{Failure, Verdict};

use crate::outcome::Outcome;

/// What a client made of a certificate that it cannot trust.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It went on with its opening handshake.
    Missing,
    /// It gave up while TLS began.
    Shown,
}

impl Distrust {
    /// What the trial comes to, which is about a certificate with that fault.
    #[must_use]
    pub fn judge(self, trial: &Trial, fault: CertificateFault) -> Outcome {
        match self {
            Self::Shown => Outcome::of(Verdict::Pass),
            Self::Missing => {
                let failure = Failure {
                    line: 1,
                    expected: format!("no connection over a certificate that {}", fault.meaning()),
                    actual: "TLS, and an opening handshake".into(),
                    requirement: trial.requirement.clone(),
                    level: trial.level,
                };
                Outcome::of(Verdict::Fail { failure })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::RequirementId;

    use super::*;

    #[test]
    fn a_client_that_goes_on_breaks_the_rule_of_the_trial() {
        let requirement = RequirementId::from_static("rfc6455#4.1:18");
        let trial = Trial::new("a", requirement.clone(), "< eof\n".parse().unwrap());
        let judged = |shown: Distrust| shown.judge(&trial, CertificateFault::Expired).verdict;
        assert_eq!(judged(Distrust::Shown), Verdict::Pass);
        let Verdict::Fail { failure } = judged(Distrust::Missing) else { panic!() };
        assert_eq!(failure.requirement, requirement);
        assert_eq!(failure.expected, "no connection over a certificate that has expired");
    }
}
