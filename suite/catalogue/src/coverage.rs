//! Coverage: which requirements the cases test, for each role.

use std::{cmp::Reverse, collections::HashMap};

use wsspec_wire::Role;

use crate::{case::Case, catalogue::Catalogue, requirement::Requirement};

/// A requirement with the cases that cite it.
#[derive(Clone, Debug)]
pub struct Covered<'c> {
    /// The requirement.
    pub requirement: &'c Requirement,
    /// Cases that cite it first, so that their failures name it.
    pub first: Vec<&'c Case>,
    /// Cases that cite it in addition to another.
    pub also: Vec<&'c Case>,
}

impl Covered<'_> {
    /// Whether compliance can be observed on the wire.
    pub fn is_observable(&self) -> bool {
        self.requirement.gap.as_ref().is_none_or(|gap| gap.unobservable().is_none())
    }

    /// Whether a case for peers of this role cites it.
    pub fn is_cited(&self, role: Role) -> bool {
        self.first.iter().chain(&self.also).any(|case| case.roles.contains(&role))
    }
}

/// How many of some requirements are cited, and how many are proven to be tested.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoverageTally {
    /// All of them.
    pub all: usize,
    /// Those that can be observed on the wire.
    pub observable: usize,
    /// Observable ones that are proven to be tested.
    pub proven: usize,
    /// Observable ones that a case cites.
    pub cited: usize,
}

impl CoverageTally {
    /// Counts the requirements that bind `role`. The caller says which are proven, by peers that break them.
    pub fn of<'c>(
        covered: impl IntoIterator<Item = &'c Covered<'c>>,
        role: Role,
        is_proven: impl Fn(&Requirement) -> bool,
    ) -> Self {
        let mut tally = Self::default();
        for covered in covered.into_iter().filter(|covered| covered.requirement.roles.contains(&role)) {
            let observable = covered.is_observable();
            tally.all += 1;
            tally.observable += usize::from(observable);
            tally.proven += usize::from(observable && is_proven(covered.requirement));
            tally.cited += usize::from(observable && covered.is_cited(role));
        }
        tally
    }

    /// Proven requirements among the observable ones, in tenths of a percent, rounded down: 1000 only if all are
    /// proven.
    pub fn permille(self) -> Option<usize> {
        (self.proven * 1000).checked_div(self.observable)
    }
}

/// Every requirement, in the order of its specification's text, with its cases, in the order of their files.
pub fn coverage(catalogue: &Catalogue) -> Vec<Covered<'_>> {
    let mut found: Vec<_> = catalogue
        .requirements
        .values()
        .map(|requirement| Covered { requirement, first: Vec::new(), also: Vec::new() })
        .collect();
    found.sort_by_cached_key(|covered| place(covered.requirement));
    let places: HashMap<_, _> =
        found.iter().enumerate().map(|(index, covered)| (&covered.requirement.id, index)).collect();
    for case in &catalogue.cases {
        for (nth, id) in case.cites.iter().enumerate() {
            let Some(&index) = places.get(id) else { continue };
            let cases = if nth == 0 { &mut found[index].first } else { &mut found[index].also };
            cases.push(case);
        }
    }
    found
}

/// One part of a section's number: whether it is a number, the number, or the word in its place.
type SectionPart = (Reverse<bool>, u32, String);

/// `5.10` comes after `5.9`; appendices come last.
fn place(requirement: &Requirement) -> (String, Vec<SectionPart>, u32) {
    let id = &requirement.id;
    let part = |part: &str| match part.parse() {
        Ok(number) => (Reverse(true), number, String::new()),
        Err(_) => (Reverse(false), 0, part.to_owned()),
    };
    (id.spec().to_owned(), id.section().split('.').map(part).collect(), id.ordinal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    const REQUIREMENTS: &str = r#"
requirement = [
  { id = "10:1", level = "must", roles = ["server"], text = "J", unobservable = "inside" },
  { id = "2.10:1", level = "must", roles = ["server"], text = "C" },
  { id = "2.9:10", level = "must", roles = ["server", "client"], text = "B" },
  { id = "2.9:2", level = "may", roles = ["client"], text = "A", untested = "not yet" },
]
"#;

    const CASES: &str = r#"
[[case]]
id = "one"
title = "One"
cites = ["demo#2.10:1", "demo#2.9:10"]
script = "finish"
"#;

    fn catalogue() -> Catalogue {
        let file = |name: &str, text: &'static str| (format!("demo/{name}"), text.as_bytes().into());
        let files = [file("requirements.toml", REQUIREMENTS), file("2-cases.toml", CASES)];
        let tree = Tree { root: String::new(), files: files.into_iter().collect() };
        Catalogue::default().with(&tree).unwrap()
    }

    #[test]
    fn requirements_come_in_the_order_of_the_text() {
        let catalogue = catalogue();
        let texts: String = coverage(&catalogue).iter().map(|c| c.requirement.text.as_str()).collect();
        assert_eq!(texts, "ABCJ");
    }

    #[test]
    fn a_case_tests_a_requirement_only_for_the_peers_it_is_for() {
        let catalogue = catalogue();
        let covered = coverage(&catalogue);
        let server = CoverageTally::of(&covered, Role::Server, |_| false);
        assert_eq!(server, CoverageTally { all: 3, observable: 2, proven: 0, cited: 2 });
        let client = CoverageTally::of(&covered, Role::Client, |_| false);
        assert_eq!(client, CoverageTally { all: 2, observable: 2, proven: 0, cited: 0 });
    }

    #[test]
    fn the_ratio_is_that_of_what_is_proven() {
        let catalogue = catalogue();
        let covered = coverage(&catalogue);
        let proves = |proven: &'static [&str]| move |r: &Requirement| proven.contains(&r.text.as_str());
        let permille = |proven| CoverageTally::of(&covered, Role::Server, proves(proven)).permille();
        assert_eq!(permille(&["C"]), Some(500));
        assert_eq!(permille(&["B", "C"]), Some(1000));
        assert_eq!(permille(&["J"]), Some(0));
    }

    #[test]
    fn nothing_to_observe_has_no_ratio() {
        let catalogue = catalogue();
        let covered = coverage(&catalogue);
        assert_eq!(CoverageTally::of(&covered[3..], Role::Server, |_| true).permille(), None);
    }
}
