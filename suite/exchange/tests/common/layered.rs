//! What the tests of layers ask of each: plans, setups, and what a server of ours and its flaws come to.

use std::{fmt::Debug, sync::Arc, time::Duration};

use wsspec_catalogue::{Catalogue, Filter, IdGlob, Limits, Plan, Trial};
use wsspec_exchange::{Outcome, Setup, judge};
use wsspec_record::{EngineIoProfile, PeerProfile, Verdict};
use wsspec_wire::{Layer, Role};

use super::{Cut, named};

/// The cases about servers of a layer.
pub fn plan_about(layer: Layer) -> Plan {
    plan_of(layer, Role::Server)
}

/// The cases about clients of a layer.
pub fn plan_about_clients(layer: Layer) -> Plan {
    plan_of(layer, Role::Client)
}

fn plan_of(layer: Layer, peer: Role) -> Plan {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    let all = Filter::new::<&str>(&[], &[]).unwrap();
    Plan::about(Some(layer), &catalogue, &all, peer, 0)
}

/// The setup for a server of Engine.IO that has everything that a case may need.
pub fn engineio_setup(target: &str) -> Arc<Setup> {
    let engineio = EngineIoProfile {
        ping_interval_ms: 1000,
        ping_timeout_ms: 1000,
        max_payload: 1_000_000,
        polling: true,
        holds_polls: true,
        early_posts: true,
        upgrades: true,
    };
    let profile = PeerProfile { pong: true, engineio: Some(engineio), ..PeerProfile::default() };
    let limits = Limits { trial: Duration::from_secs(30), ..Limits::default() };
    Arc::new(Setup { limits, ..Setup::client("server", target) }.with_profile(&profile))
}

/// What does not pass, with the octets in one piece and in small ones.
pub fn not_passed(plan: &Plan, verdict: impl Fn(&Arc<Trial>, Cut) -> Verdict) -> Vec<String> {
    let mut failed = Vec::new();
    for trial in &plan.trials {
        for cut in [Cut::Whole, Cut::Every(7)] {
            let seen = verdict(trial, cut);
            if seen != Verdict::Pass {
                failed.push(format!("{} {cut:?}: {seen:?}", trial.id));
            }
        }
    }
    failed
}

/// What is wrong if no trial that should catch a flaw names the rule that it breaks.
pub fn missed<'t>(
    trials: impl IntoIterator<Item = &'t Arc<Trial>>,
    caught_by: &str,
    breaks: &str,
    verdict: impl Fn(&Arc<Trial>) -> Verdict,
) -> Option<String> {
    let glob = IdGlob::parse(caught_by).unwrap();
    let trials = trials.into_iter().filter(|trial| glob.fits(&trial.id));
    let seen: Vec<_> = trials.map(verdict).collect();
    let is_named = seen.iter().any(|verdict| named(verdict).iter().any(|id| id == breaks));
    (!is_named).then(|| format!("{breaks} not in {seen:?}"))
}

/// The record of an outcome is judged as the exchange was.
pub fn assert_judged_again(trial: &Arc<Trial>, setup: &Arc<Setup>, outcome: Outcome, flaw: impl Debug) {
    let record = outcome.into_record(trial, Role::Server, 0, 1);
    let again = judge(trial, setup, &record.transcript, record.omitted);
    assert_eq!(again, record.verdict, "{} {flaw:?}: {:#?}", trial.id, record.transcript);
}
