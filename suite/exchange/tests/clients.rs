//! The suite tested by failing, where clients are its peers: one that conforms passes, and every flaw is caught by a
//! case for clients.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

mod common;

use std::{collections::BTreeSet, sync::Arc};

use common::{Abilities, client_plan, client_verdict};
use wsspec_exchange::Verdict;
use wsspec_peer::Flaw;
use wsspec_script::{IdGlob, Plan, Trial};

#[test]
fn a_conforming_client_passes_every_case() {
    let abilities = Abilities::of_client(None);
    assert!(abilities.echo && abilities.pong && abilities.deflate);
    let mut wrong = Vec::new();
    for trial in &client_plan().trials {
        match client_verdict(trial, None, &abilities) {
            Verdict::Pass | Verdict::Skip { .. } => {}
            other => wrong.push(format!("{}: {other:?}", trial.id)),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Flaws of cases for both roles that show in what is masked, and a server masks nothing.
const NEEDS_MASKS: [Flaw; 1] = [Flaw::KeepsKeyPosition];

/// Every flaw, with the cases for clients that it names.
fn flaws_of_clients(plan: &Plan) -> Vec<(Flaw, Vec<&Arc<Trial>>)> {
    let named = |flaw: &Flaw| {
        let globs: Vec<_> = flaw.caught_by().iter().map(|pattern| IdGlob::parse(pattern).unwrap()).collect();
        plan.trials.iter().filter(|trial| globs.iter().any(|glob| glob.fits(&trial.id))).collect::<Vec<_>>()
    };
    Flaw::ALL.iter().map(|flaw| (*flaw, named(flaw))).collect()
}

#[test]
fn at_least_150_flaws_of_clients_are_caught_by_the_cases_they_name() {
    let plan = client_plan();
    let (mut killed, mut uncaught) = (0, Vec::new());
    for (flaw, trials) in flaws_of_clients(&plan) {
        let abilities = Abilities::of_client(Some(flaw)).or_all();
        let verdicts = trials.iter().map(|trial| (trial, verdict_or_forced(trial, flaw, &abilities)));
        let verdicts: Vec<_> = verdicts.collect();
        let caught =
            verdicts.iter().any(|(_, seen)| matches!(seen, Verdict::Fail { .. } | Verdict::Lenient { .. }));
        killed += usize::from(caught);
        let shows = flaw.is_client_only() || !trials.is_empty() && !NEEDS_MASKS.contains(&flaw);
        if !caught && shows {
            uncaught.push(format!(
                "{flaw}: {:?}",
                verdicts.iter().map(|(trial, seen)| (&trial.id, seen)).collect::<Vec<_>>()
            ));
        }
    }
    assert!(uncaught.is_empty(), "{killed} killed, {} not:\n{}", uncaught.len(), uncaught.join("\n"));
    assert!(killed >= 150, "{killed}");
}

/// The verdict; of a peer whose probe breaks down already, that of the case itself.
fn verdict_or_forced(trial: &Arc<Trial>, flaw: Flaw, abilities: &Abilities) -> Verdict {
    match client_verdict(trial, Some(flaw), abilities) {
        Verdict::Skip { .. } => client_verdict(trial, Some(flaw), &Abilities::ALL),
        seen => seen,
    }
}

/// Flaws of clients whose verdict names another requirement, and why.
const NAMED_OTHERWISE: &[(&str, &str)] = &[];

#[test]
fn a_flaw_of_clients_is_caught_by_a_verdict_that_names_the_requirement_it_breaks() {
    let plan = client_plan();
    let mut wrong = Vec::new();
    for (flaw, trials) in flaws_of_clients(&plan).into_iter().filter(|(flaw, _)| flaw.is_client_only()) {
        let abilities = Abilities::of_client(Some(flaw)).or_all();
        let named = trials.iter().flat_map(|trial| named(&verdict_or_forced(trial, flaw, &abilities)));
        let named: BTreeSet<_> = named.collect();
        let listed = NAMED_OTHERWISE.iter().any(|(name, _)| *name == flaw.name());
        if named.contains(flaw.requirement()) == listed {
            wrong.push(format!("{flaw} breaks {}: named are {named:?}", flaw.requirement()));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The requirements that a verdict names.
fn named(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Fail { failure } => vec![failure.requirement.clone()],
        Verdict::Lenient { notes } => notes.iter().map(|note| note.requirement.clone()).collect(),
        _ => Vec::new(),
    }
}
