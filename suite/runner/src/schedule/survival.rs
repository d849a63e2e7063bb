//! A look at the server after each trial, for runs whose trials may cost it its life.

use wsspec_catalogue::Trial;
use wsspec_exchange::Outcome;
use wsspec_record::{Failure, Verdict};

use super::{PlanRun, TestedPeer};
use crate::trial::TrialRun;

impl PlanRun<'_> {
    /// Looks, where the run checks that, whether the server outlived a trial. Since nothing else went on, a death is
    /// that trial's failure, however it looked on its own connection; and the end of the run.
    pub(super) async fn outlived(&self, peer: &TestedPeer, trial: &Trial, ran: TrialRun) -> TrialRun {
        if !self.options.checks_survival || ran.dial_error.is_some() || peer.sanity().await.is_ok() {
            return ran;
        }
        let Err(why) = peer.sanity_with_patience().await else { return ran };
        let what = format!("the server died after {}: {why}", trial.id);
        self.incident(what.clone());
        self.abort(what);
        if ran.outcome.verdict.is_fail() {
            return ran;
        }
        let failure = Failure {
            line: 0,
            expected: "the server to serve further connections".into(),
            actual: why,
            requirement: trial.requirement.clone(),
            level: trial.level,
        };
        TrialRun { outcome: Outcome { verdict: Verdict::Fail { failure }, ..ran.outcome }, ..ran }
    }
}
