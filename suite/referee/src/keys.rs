//! The keys of a client, in its opening handshakes and its frames, over several connections.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

/// How many keys are remembered; a run has fewer connections.
const MOST_KEYS: usize = 1 << 20;

/// How many keys are needed to judge them together: 512 random bytes have about 221 values, and never as few as 128.
const ENOUGH_KEYS: usize = 32;

/// At most this many different values in the bytes of that many keys are too few.
const FEW_VALUES: usize = 128;

/// At most this many different values of one byte of that many keys are too few: 32 random values differ in about 30, and
/// in as few as 8 once in 10^30.
const FEW_AT_ONE_PLACE: usize = 8;

/// The Sec-WebSocket-Key values of a run's connections, as far as these were opened.
///
/// A client that follows a redirect or retries a broken connection sends the same request twice. Chance decides on
/// which other connection the second one arrives, so that connection is not judged by it.
#[derive(Clone, Debug, Default)]
pub struct KeyBook(Arc<Mutex<KnownKeys>>);

/// The remembered keys.
#[derive(Debug, Default)]
struct KnownKeys {
    /// The keys of the handshakes.
    handshakes: HashSet<Bytes>,
    /// The different values of their bytes.
    values: HashSet<u8>,
    /// The different values of each of the 16.
    places: [HashSet<u8>; 16],
    /// How many keys these come from.
    counted: usize,
    /// The first two masking keys of each connection.
    masks: HashSet<[u32; 2]>,
    /// How many masking keys were zero.
    zeros: usize,
}

/// How a key compares with earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// There is nothing to compare it with.
    First,
    /// No earlier connection had it.
    New,
    /// An earlier connection had it.
    Known,
}

/// Bytes of many keys with too few values to be random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FewValues {
    /// Which byte of each key, from 0; `None`: all.
    pub(crate) at: Option<usize>,
    /// How many values.
    pub(crate) values: usize,
    /// In how many keys.
    pub(crate) keys: usize,
}

impl KeyBook {
    /// Compares a request's key with those of earlier connections.
    pub(crate) fn compare(&self, key: &Bytes) -> Novelty {
        let known = &self.known().handshakes;
        if known.is_empty() {
            Novelty::First
        } else if known.contains(key) {
            Novelty::Known
        } else {
            Novelty::New
        }
    }

    /// Remembers the key of a connection that is being opened.
    pub(crate) fn remember(&self, key: Bytes) {
        let known = &mut self.known().handshakes;
        if known.len() < MOST_KEYS {
            known.insert(key);
        }
    }

    /// Counts the 16 bytes of a request's key. Returns what is not random in the keys so far, if there are many.
    pub(crate) fn count(&self, key: &[u8]) -> Option<FewValues> {
        let mut known = self.known();
        known.values.extend(key);
        for (place, &byte) in known.places.iter_mut().zip(key) {
            place.insert(byte);
        }
        known.counted += 1;
        let keys = known.counted;
        if keys < ENOUGH_KEYS {
            return None;
        }
        let values = known.values.len();
        if values <= FEW_VALUES {
            return Some(FewValues { at: None, values, keys });
        }
        let sizes = known.places.iter().take(key.len()).map(HashSet::len);
        let (at, values) = sizes.enumerate().find(|&(_, values)| values <= FEW_AT_ONE_PLACE)?;
        Some(FewValues { at: Some(at), values, keys })
    }

    /// Remembers the first two masking keys of a connection; returns whether they were the first two of another one.
    pub(crate) fn repeats_masks(&self, first: [u32; 2]) -> bool {
        let masks = &mut self.known().masks;
        masks.contains(&first) || masks.len() < MOST_KEYS && !masks.insert(first)
    }

    /// Counts a masking key of zero; returns whether it was not the first. One in 2^32 is zero by chance.
    pub(crate) fn repeats_zero(&self) -> bool {
        let zeros = &mut self.known().zeros;
        *zeros += 1;
        *zeros > 1
    }

    fn known(&self) -> MutexGuard<'_, KnownKeys> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_first_new_or_known() {
        let book = KeyBook::default();
        let seen = ["a", "b", "a"].map(|key| {
            let key = Bytes::from(key);
            let novelty = book.compare(&key);
            book.remember(key);
            novelty
        });
        assert_eq!(seen, [Novelty::First, Novelty::New, Novelty::Known]);
    }

    #[test]
    fn many_keys_of_few_values_are_not_random() {
        let book = KeyBook::default();
        let key = |nth: u8, most: u8| {
            [0, 1, 2, 3, 4, 5, 6, 7].map(|at: u8| nth.wrapping_mul(8).wrapping_add(at) % most)
        };
        let few: Vec<_> = (0..32).map(|nth| book.count(&key(nth, 100))).collect();
        let all = |values, keys| Some(FewValues { at: None, values, keys });
        assert_eq!((few[30], few[31]), (None, all(100, 32)));
        assert_eq!(book.count(&[150; 16]), all(101, 33));
        let book = KeyBook::default();
        assert!((0..32).all(|nth| book.count(&key(nth, 255)).is_none()));
    }

    #[test]
    fn a_byte_with_the_same_value_in_many_keys_is_not_random() {
        let book = KeyBook::default();
        let key = |nth: u8| {
            let mut key: [u8; 16] =
                std::array::from_fn(|at| nth.wrapping_mul(16).wrapping_add(u8::try_from(at).unwrap()));
            key.iter_mut().step_by(2).for_each(|byte| *byte = byte.wrapping_add(nth));
            key[5] = 0;
            key
        };
        let found: Vec<_> = (0..32).map(|nth| book.count(&key(nth))).collect();
        assert_eq!((found[30], found[31]), (None, Some(FewValues { at: Some(5), values: 1, keys: 32 })));
    }

    #[test]
    fn the_first_two_masks_of_another_connection_are_known() {
        let book = KeyBook::default();
        let seen = [[1, 2], [1, 3], [1, 2]].map(|first| book.repeats_masks(first));
        assert_eq!(seen, [false, false, true]);
    }
}
