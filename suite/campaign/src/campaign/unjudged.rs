//! Why some sessions could not be judged.

use std::{cmp::Reverse, collections::BTreeMap};

use serde::{Deserialize, Serialize};

/// Distinct reasons that are kept; the rest are [`OTHER`].
const MOST: usize = 16;
/// The longest reason, in characters.
const LONGEST: usize = 160;
const OTHER: &str = "other reasons";

/// Reasons why sessions could not be judged, and how many sessions each explains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Unjudged(BTreeMap<String, u64>);

impl Unjudged {
    /// One more session.
    pub(crate) fn note(&mut self, why: &str) {
        self.add(why.chars().take(LONGEST).collect(), 1);
    }

    pub(crate) fn unite(&mut self, other: Self) {
        other.0.into_iter().for_each(|(why, sessions)| self.add(why, sessions));
    }

    fn add(&mut self, why: String, sessions: u64) {
        let is_kept = self.0.contains_key(&why) || self.0.len() < MOST;
        *self.0.entry(if is_kept { why } else { OTHER.to_owned() }).or_default() += sessions;
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The reasons, the most frequent first.
    #[must_use]
    pub fn reasons(&self) -> Vec<(&str, u64)> {
        let mut all: Vec<_> = self.0.iter().map(|(why, sessions)| (why.as_str(), *sessions)).collect();
        all.sort_by_key(|(_, sessions)| Reverse(*sessions));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_and_only_so_many_kept() {
        let mut all = Unjudged::default();
        (0..40).for_each(|number| all.note(&format!("reason {number}")));
        (0..50).for_each(|_| all.note("reason 3"));
        let mut both = all.clone();
        both.unite(all);
        assert_eq!(both.reasons()[..2], [("reason 3", 102), (OTHER, 48)]);
        assert_eq!(both.reasons().len(), MOST + 1);
    }
}
