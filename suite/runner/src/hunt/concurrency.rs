//! How many sessions run at once: fewer as soon as some get no answer, more again while all do.

use std::collections::HashMap;

/// So many sessions that are answered make room for one more.
const GROWTH: usize = 32;
/// A reason that this many sessions had even when they ran alone is the peer's own, and not due to the number of sessions.
const OWN_REASON: u32 = 3;
/// Distinct reasons that are remembered.
const MOST_REASONS: usize = 64;

/// The number of sessions at once.
#[derive(Debug)]
pub(super) struct Concurrency {
    most: usize,
    size: usize,
    answered: usize,
    /// Why sessions could not be judged although nothing else ran, and how many.
    reasons: HashMap<String, u32>,
}

impl Concurrency {
    pub(super) fn of(most: usize) -> Self {
        Self { most, size: most, answered: 0, reasons: HashMap::new() }
    }

    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// A session was answered.
    pub(super) fn answered(&mut self) {
        self.answered += 1;
        if self.answered >= GROWTH && self.size < self.most {
            (self.answered, self.size) = (0, self.size + 1);
        }
    }

    /// A session was not answered. Those that ran beside it may not be either: they count once.
    pub(super) fn starved(&mut self, first: bool) {
        self.answered = 0;
        if first {
            self.size = (self.size / 2).max(1);
        }
    }

    /// A session could not be judged although it ran alone.
    pub(super) fn note_alone(&mut self, why: &str) {
        if self.reasons.len() < MOST_REASONS || self.reasons.contains_key(why) {
            *self.reasons.entry(why.to_owned()).or_default() += 1;
        }
    }

    /// Whether sessions fail for this reason however few run at once.
    pub(super) fn is_own(&self, why: &str) -> bool {
        self.reasons.get(why).is_some_and(|count| *count >= OWN_REASON)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_halves_once_for_all_that_starve_together_and_grows_again() {
        let mut concurrency = Concurrency::of(64);
        concurrency.starved(true);
        (0..63).for_each(|_| concurrency.starved(false));
        assert_eq!(concurrency.size(), 32);
        (0..GROWTH * 100).for_each(|_| concurrency.answered());
        assert_eq!(concurrency.size(), 64);
        (0..10).for_each(|_| concurrency.starved(true));
        assert_eq!(concurrency.size(), 1);
    }

    #[test]
    fn a_reason_that_sessions_have_alone_too_is_the_peers_own() {
        let mut concurrency = Concurrency::of(64);
        (0..2).for_each(|_| concurrency.note_alone("refused"));
        assert!(!concurrency.is_own("refused"));
        concurrency.note_alone("refused");
        assert!(concurrency.is_own("refused") && !concurrency.is_own("silent"));
    }
}
