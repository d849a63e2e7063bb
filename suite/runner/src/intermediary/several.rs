//! A trial on several connections at once: nothing of one arrives on another.

use wsspec_capture::RelationFault;
use wsspec_catalogue::Trial;
use wsspec_record::Verdict;

use super::{
    lanes::LaneWitness,
    proxy_run::ProxyRun,
    verdict::{severity, weigh},
};

/// Combines the parts of a trial that ran in parallel: the first that got something of another, or of the most severe ones.
pub(super) fn apart(trial: &Trial, mut runs: Vec<(ProxyRun, Option<LaneWitness>)>) -> ProxyRun {
    for number in 0..runs.len() {
        let others = runs.iter().enumerate().filter(|(other, _)| *other != number);
        let foreign = others.filter_map(|(_, (_, other))| foreign(runs[number].1.as_ref()?, other.as_ref()?));
        if let Some(fault) = foreign.take(1).next() {
            let run = &mut runs[number].0;
            weigh(trial, &mut run.outcome, &[fault]);
            run.is_silent = false;
            return runs.swap_remove(number).0;
        }
    }
    let worst = runs.into_iter().rev().max_by_key(|(run, _)| severity(&run.outcome.verdict));
    let none = || ProxyRun::unplayed(Verdict::Inconclusive { why: "there was no connection".into() });
    worst.map_or_else(none, |(run, _)| run)
}

/// What arrived on one that was sent on another.
fn foreign(one: &LaneWitness, other: &LaneWitness) -> Option<RelationFault> {
    one.relation().foreign(&other.relation())
}
