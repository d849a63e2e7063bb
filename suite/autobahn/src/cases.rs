//! The 517 cases, by section.

mod build;
mod closing;
mod deflate;
mod fragments;
mod framing;
mod limits;
mod pings;
mod reserved;
mod utf8;

use std::sync::{Arc, LazyLock};

use crate::{AutobahnCase, CaseId};

static ALL: LazyLock<Vec<Arc<AutobahnCase>>> = LazyLock::new(|| {
    let mut list = Vec::new();
    for add in [
        framing::add,
        pings::add,
        reserved::add,
        fragments::add,
        utf8::add,
        closing::add,
        limits::add,
        framing::add_fragmented,
        deflate::add,
    ] {
        add(&mut list);
    }
    list.sort_by(|one: &AutobahnCase, other| one.id.cmp(&other.id));
    list.into_iter().map(Arc::new).collect()
});

/// All cases in the order of their numbers.
#[must_use]
pub fn all() -> &'static [Arc<AutobahnCase>] {
    &ALL
}

/// A case, and its position among all, from 1.
#[must_use]
pub fn find(id: &CaseId) -> Option<(usize, &'static Arc<AutobahnCase>)> {
    ALL.iter().enumerate().find(|(_, case)| case.id == *id).map(|(at, case)| (at + 1, case))
}

/// The subject of a category of cases.
pub(crate) fn category(id: &CaseId) -> &'static str {
    match id.category() {
        1 => "Framing",
        2 => "Pings and pongs",
        3 => "Reserved bits",
        4 => "Opcodes",
        5 => "Fragmentation",
        6 => "UTF-8",
        7 => "Closing",
        9 => "Limits and performance",
        12 => "Compression: contents",
        13 => "Compression: parameters",
        _ => "Miscellaneous",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn there_are_517_in_order_and_so_many_of_each_category() {
        assert!(all().windows(2).all(|two| two[0].id < two[1].id));
        let mut counts = BTreeMap::new();
        for case in all() {
            *counts.entry(case.id.category()).or_insert(0) += 1;
        }
        let expected = [
            (1, 16),
            (2, 11),
            (3, 7),
            (4, 10),
            (5, 20),
            (6, 145),
            (7, 37),
            (9, 54),
            (10, 1),
            (12, 90),
            (13, 126),
        ];
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), expected);
        assert_eq!(all().len(), 517);
    }

    #[test]
    fn a_description_is_never_empty_and_plain_to_its_first_markup() {
        assert!(
            all().iter().all(|case| !case.plain_description().is_empty() && !case.expectation.is_empty())
        );
        let case = find(&CaseId::new(&[3, 2])).expect("3.2").1;
        assert_eq!(case.plain_description(), "A good text message, then one with RSV2 set, then a ping.");
    }

    #[test]
    fn a_place_is_counted_from_one() {
        assert_eq!(find(&CaseId::new(&[3, 2])).map(|(at, _)| at), Some(29));
        assert_eq!(find(&CaseId::new(&[12, 1, 11])).map(|(at, _)| at), Some(312));
        assert_eq!(find(&CaseId::new(&[8, 1])).map(|(at, _)| at), None);
    }
}
