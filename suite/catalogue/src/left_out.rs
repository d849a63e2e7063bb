//! Trials that a selection leaves out because their group was not asked for.

use std::{collections::BTreeMap, fmt};

use crate::{catalogue::Catalogue, extra::Extra, filter::Filter};

/// Trials that a selection leaves out because their group was not asked for, by group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut(pub BTreeMap<Extra, usize>);

impl LeftOut {
    /// Counts the trials that `filter` leaves out of `catalogue`.
    pub fn of(filter: &Filter, catalogue: &Catalogue) -> Self {
        let mut counts = BTreeMap::new();
        for extra in catalogue.members().filter_map(|(case, member)| filter.leaves_out(case, member)) {
            *counts.entry(extra).or_insert(0) += 1;
        }
        Self(counts)
    }

    /// Whether nothing is left out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for LeftOut {
    /// `3 trials of the group `large` are left out; add --extra large`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups: Vec<_> = self.0.iter().map(|(extra, count)| group(*extra, *count)).collect();
        let are = if self.0.values().sum::<usize>() == 1 { "is" } else { "are" };
        let names: Vec<_> = self.0.keys().map(|extra| extra.name()).collect();
        write!(f, "{} {are} left out; add --extra {}", groups.join(" and "), names.join(","))
    }
}

fn group(extra: Extra, count: usize) -> String {
    format!("{count} trial{} of the group `{extra}`", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_counted_in_words() {
        let left = LeftOut([(Extra::Large, 1)].into());
        assert_eq!(left.to_string(), "1 trial of the group `large` is left out; add --extra large");
        let left = LeftOut([(Extra::Large, 2), (Extra::Throughput, 1)].into());
        assert_eq!(
            left.to_string(),
            "2 trials of the group `large` and 1 trial of the group `throughput` are left out; \
             add --extra large,throughput"
        );
    }
}
