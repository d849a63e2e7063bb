//! A client's random numbers: the keys of its opening handshakes over a run, and its masking keys over a connection.
//!
//! What is called a fault here, good random numbers show less than once in a thousand million connections.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use bytes::Bytes;

use crate::{exchange::Exchange, rules, transcript::Received};

/// Keys that are remembered; a run has fewer connections.
const MOST_KEYS: usize = 1 << 20;

/// Masking keys that are remembered.
const MOST_MASKS: usize = 1 << 12;

/// Masking keys from which something can be said of them all.
const ENOUGH_MASKS: usize = 24;

/// The Sec-WebSocket-Key values of a run's connections.
#[derive(Clone, Debug, Default)]
pub struct KeyBook(Arc<Mutex<HashSet<Bytes>>>);

/// How a key stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// There is none to compare it with.
    First,
    New,
    Known,
}

impl KeyBook {
    /// Takes note of a connection's key.
    pub(crate) fn note(&self, key: &Bytes) -> Novelty {
        let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if known.contains(key) {
            return Novelty::Known;
        }
        let first = known.is_empty();
        if known.len() < MOST_KEYS {
            known.insert(key.clone());
        }
        if first { Novelty::First } else { Novelty::New }
    }
}

/// The masking keys of a connection's frames, in order.
#[derive(Debug, Default)]
pub(crate) struct Masks(Vec<u32>);

impl Masks {
    /// Takes note of what a client sent.
    pub(crate) fn note(&mut self, received: &Received) {
        let mask = match received {
            Received::Frame(frame) => frame.header.mask,
            Received::Oversize(header) => header.mask,
            _ => None,
        };
        if let Some(mask) = mask.filter(|_| self.0.len() < MOST_MASKS) {
            self.0.push(u32::from_be_bytes(mask.0));
        }
    }

    /// What is wrong with them, and the requirement that says so.
    fn fault(&self) -> Option<(String, &'static str)> {
        let keys = &self.0;
        if keys.len() < ENOUGH_MASKS {
            return None;
        }
        let distinct: HashSet<_> = keys.iter().collect();
        // Two of a few thousand may be the same by chance, but not two times.
        if distinct.len() + 1 < keys.len() {
            return Some((
                format!("{} masking keys in {} frames", distinct.len(), keys.len()),
                rules::FRESH_MASKS,
            ));
        }
        let differences = |apart: fn(u32, u32) -> u32| {
            let found: Vec<_> = keys.windows(2).map(|pair| apart(pair[1], pair[0])).collect();
            found.windows(3).any(|three| three[0] == three[1] && three[1] == three[2])
        };
        if differences(u32::wrapping_sub) || differences(|after, before| after ^ before) {
            return Some(("masking keys that follow from those before".into(), rules::NO_CLUE));
        }
        let (all, any) = keys.iter().fold((u32::MAX, 0), |(all, any), key| (all & key, any | key));
        let fixed = (all | !any).count_ones();
        (fixed > 1).then(|| {
            let text = format!("masking keys of which {fixed} bits are always the same");
            (text, rules::RANDOM_MASKS)
        })
    }
}

impl Exchange {
    /// Judges the masking keys of the whole connection, in a trial that is about them.
    pub(crate) fn judge_masks(&mut self) {
        let about = [rules::FRESH_MASKS, rules::NO_CLUE, rules::RANDOM_MASKS];
        if self.is_done() || !about.iter().any(|rule| self.trial.cites(rule)) {
            return;
        }
        match self.masks.fault() {
            Some((actual, rule)) if self.trial.cites(rule) => {
                self.broke(0, "that every frame has a fresh and random masking key".into(), actual, rule);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(keys: impl IntoIterator<Item = u32>) -> Option<&'static str> {
        Masks(keys.into_iter().collect()).fault().map(|(_, rule)| rule)
    }

    /// Numbers without a pattern.
    fn spread(nth: u32) -> u32 {
        let mixed = u64::from(nth + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
    }

    #[test]
    fn keys_are_fresh_spread_and_without_a_pattern() {
        assert_eq!(fault((0..40).map(spread)), None);
        assert_eq!(fault((0..40).map(|nth| spread(nth / 2))), Some(rules::FRESH_MASKS));
        assert_eq!(fault((0..40).map(|nth| nth * 7)), Some(rules::NO_CLUE));
        assert_eq!(fault((0..40).map(|nth| spread(nth) & 0x00FF_FFFF)), Some(rules::RANDOM_MASKS));
    }

    #[test]
    fn few_keys_say_nothing() {
        assert_eq!(fault([7; ENOUGH_MASKS - 1]), None);
    }

    #[test]
    fn a_key_is_first_new_or_known() {
        let book = KeyBook::default();
        let seen = ["a", "b", "a"].map(|key| book.note(&Bytes::from(key)));
        assert_eq!(seen, [Novelty::First, Novelty::New, Novelty::Known]);
    }
}
