//! Tests the suite with faulty peers: a conforming peer passes, every flaw is caught by the cases it names, and every
//! case of a MUST is failed by some flaw.

mod common;

use std::{collections::BTreeMap, sync::Arc};

use common::{Abilities, server_plan, verdict};
use wsspec_catalogue::{IdGlob, Trial, family};
use wsspec_peer::Flaw;
use wsspec_record::Verdict;
use wsspec_wire::Level;

/// Cases in which even a faultless peer is only lenient, and why.
const LENIENT_BY_CHOICE: &[(&str, &str)] = &[];

#[test]
fn a_conforming_peer_passes_every_case() {
    let abilities = Abilities::of(None);
    let mut wrong = Vec::new();
    for trial in &server_plan().trials {
        match verdict(trial, None, &abilities) {
            Verdict::Pass | Verdict::Skip { .. } => {}
            Verdict::Lenient { .. } if LENIENT_BY_CHOICE.iter().any(|(id, _)| *id == family(&trial.id)) => {}
            other => wrong.push(format!("{}: {other:?}", trial.id)),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_flaw_is_caught_by_the_cases_it_names() {
    let plan = server_plan();
    let mut uncaught = Vec::new();
    for flaw in Flaw::of_servers() {
        let abilities = Abilities::of(Some(flaw)).or_all();
        let mut failed = false;
        for pattern in flaw.caught_by() {
            let glob = IdGlob::parse(pattern).unwrap();
            let named: Vec<_> = plan.trials.iter().filter(|trial| glob.fits(&trial.id)).collect();
            if named.is_empty() {
                uncaught.push(format!("{}: names no case: {pattern}", flaw.name()));
            }
            for trial in named {
                let seen = match verdict(trial, Some(flaw), &abilities) {
                    // It already fails the probe: the case itself must still catch it.
                    Verdict::Skip { .. } => verdict(trial, Some(flaw), &Abilities::ALL),
                    seen => seen,
                };
                match seen {
                    Verdict::Fail { .. } => failed = true,
                    // A peer that breaks only a recommendation is only lenient.
                    Verdict::Lenient { .. } => {}
                    other => uncaught.push(format!("{}: not caught by {}: {other:?}", flaw.name(), trial.id)),
                }
            }
        }
        let must = plan.trials[0]
            .requirements
            .iter()
            .any(|(id, requirement)| id.as_str() == flaw.requirement() && requirement.level == Level::Must);
        let listed = ONLY_LENIENT.iter().any(|(name, _)| *name == flaw.name());
        if must && failed == listed {
            uncaught.push(format!(
                "{}: breaks a must; fails a case: {failed}, listed as only lenient: {listed}",
                flaw.name()
            ));
        }
    }
    assert!(uncaught.is_empty(), "{} wrong:\n{}", uncaught.len(), uncaught.join("\n"));
}

/// Cases of a MUST that no flaw fails, and why.
const UNFAILED: &[(&str, &str)] = &[];

/// Flaws that break a MUST and still only make their cases lenient, and why.
const ONLY_LENIENT: &[(&str, &str)] = &[];

#[test]
fn every_case_of_a_must_is_failed_by_some_flaw() {
    let plan = server_plan();
    let mut families: BTreeMap<&str, Vec<&Arc<Trial>>> = BTreeMap::new();
    for trial in plan.trials.iter().filter(|trial| trial.level == Level::Must) {
        families.entry(family(&trial.id)).or_default().push(trial);
    }
    let named = |family: &str, flaw: &Flaw| {
        flaw.caught_by().iter().any(|pattern| pattern.split('[').next() == Some(family))
    };
    let abilities: Vec<_> =
        Flaw::of_servers().map(|flaw| (flaw, Abilities::of(Some(flaw)).or_all())).collect();
    let mut unfailed = Vec::new();
    for (family, trials) in &families {
        // Flaws that name the case come first: the others are seldom needed.
        let mut order: Vec<_> = abilities.iter().collect();
        order.sort_by_key(|(flaw, _)| !named(family, flaw));
        let fails = order.iter().any(|(flaw, abilities)| {
            trials.iter().any(|trial| verdict(trial, Some(*flaw), abilities).is_fail())
        });
        let listed = UNFAILED.iter().any(|(id, _)| id == family);
        match (fails, listed) {
            (false, false) => unfailed.push(format!("{family}: no flaw fails it")),
            (true, true) => unfailed.push(format!("{family}: is failed, and listed as unfailed")),
            _ => {}
        }
    }
    assert!(unfailed.is_empty(), "{} wrong:\n{}", unfailed.len(), unfailed.join("\n"));
}

/// Whether a trial is about frames, not about the opening handshake alone.
fn is_data_phase(trial: &Trial) -> bool {
    // The end of TLS, which is not there, says nothing about data.
    !trial.script.does_handshake() && trial.requirement.spec() != "rfc8446"
}

#[test]
fn degenerate_peers_pass_no_data_phase_case_that_asserts_anything_of_them() {
    let mut passed = Vec::new();
    let validating = [Flaw::DropsAfterHandshake, Flaw::NeverAnswers, Flaw::EchoesGarbage];
    for flaw in validating {
        let abilities = Abilities::of(Some(flaw));
        for trial in server_plan().trials.iter().filter(|trial| is_data_phase(trial)) {
            if verdict(trial, Some(flaw), &abilities) == Verdict::Pass {
                passed.push(format!("{} passes {}", flaw.name(), trial.id));
            }
        }
    }
    let abilities = Abilities::of(Some(Flaw::ValidatesNothing));
    for trial in server_plan().trials.iter().filter(|trial| is_data_phase(trial) && expects_failure(trial)) {
        if verdict(trial, Some(Flaw::ValidatesNothing), &abilities) == Verdict::Pass {
            passed.push(format!("validates-nothing passes {}", trial.id));
        }
    }
    assert!(passed.is_empty(), "{} wrong:\n{}", passed.len(), passed.join("\n"));
}

/// Whether a script accepts only that the peer fails the connection.
fn expects_failure(trial: &Trial) -> bool {
    use wsspec_notation::{Expected, Step, Strength};
    trial.script.walk().any(|line| match &line.step {
        Step::Expect(e) => {
            e.strength == Strength::Must && e.expected().all(|expected| matches!(expected, Expected::Fail(_)))
        }
        _ => false,
    })
}
