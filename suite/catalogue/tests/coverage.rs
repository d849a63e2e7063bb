//! Every requirement is cited by a case or has a reason why not; every Autobahn stimulus has its trial.

use std::collections::{BTreeMap, BTreeSet};

use wsspec_catalogue::{Catalogue, lint, untested};

fn catalogue() -> Catalogue {
    Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:#?}"))
}

#[test]
fn every_requirement_has_a_case_or_a_reason_why_not() {
    let catalogue = catalogue();
    let open: Vec<_> = untested(&catalogue).into_iter().map(|requirement| &requirement.id).collect();
    assert!(open.is_empty(), "neither cited nor untested with a reason: {open:?}");
    let cited: BTreeSet<_> = catalogue.cases.iter().flat_map(|case| &case.cites).collect();
    let both = catalogue.requirements.values().filter(|r| r.gap.is_some() && cited.contains(&r.id));
    assert_eq!(both.map(|r| &r.id).collect::<Vec<_>>(), Vec::<&wsspec_wire::RequirementId>::new());
}

#[test]
fn the_embedded_catalogue_has_no_lint() {
    assert_eq!(lint(&catalogue()), []);
}

/// The number of Autobahn cases in each group of ids, 517 in total.
const AUTOBAHN: &[(&str, usize)] = &[
    ("1.1", 8),
    ("1.2", 8),
    ("2", 11),
    ("3", 7),
    ("4.1", 5),
    ("4.2", 5),
    ("5", 20),
    ("6.1", 3),
    ("6.2", 4),
    ("6.3", 2),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 11),
    ("6.7", 4),
    ("6.8", 2),
    ("6.9", 4),
    ("6.10", 3),
    ("6.11", 5),
    ("6.12", 8),
    ("6.13", 5),
    ("6.14", 10),
    ("6.15", 1),
    ("6.16", 3),
    ("6.17", 5),
    ("6.18", 5),
    ("6.19", 5),
    ("6.20", 7),
    ("6.21", 8),
    ("6.22", 34),
    ("6.23", 7),
    ("7.1", 6),
    ("7.3", 6),
    ("7.5", 1),
    ("7.7", 13),
    ("7.9", 9),
    ("7.13", 2),
    ("9.1", 6),
    ("9.2", 6),
    ("9.3", 9),
    ("9.4", 9),
    ("9.5", 6),
    ("9.6", 6),
    ("9.7", 6),
    ("9.8", 6),
    ("10.1", 1),
    ("12.1", 18),
    ("12.2", 18),
    ("12.3", 18),
    ("12.4", 18),
    ("12.5", 18),
    ("13.1", 18),
    ("13.2", 18),
    ("13.3", 18),
    ("13.4", 18),
    ("13.5", 18),
    ("13.6", 18),
    ("13.7", 18),
];

#[test]
fn every_autobahn_stimulus_has_exactly_one_trial() {
    let catalogue = catalogue();
    let mut seen = BTreeMap::new();
    for id in catalogue.members().flat_map(|(_, member)| &member.autobahn) {
        *seen.entry(id.clone()).or_insert(0) += 1;
    }
    let expected: BTreeMap<String, i32> = AUTOBAHN
        .iter()
        .flat_map(|(group, count)| (1..=*count).map(move |n| (format!("{group}.{n}"), 1)))
        .collect();
    assert_eq!(expected.len(), 517);
    assert_eq!(seen, expected);
}
