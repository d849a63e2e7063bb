//! The keys of a client, of its opening handshakes and its frames, over several connections.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

/// Keys that are remembered; a run has fewer connections.
const MOST_KEYS: usize = 1 << 20;

/// Keys of which something can be said together: their 512 bytes have some 221 values, if random, and 128 never.
const ENOUGH_KEYS: usize = 32;

/// The most values that are too few for the bytes of so many keys.
const FEW_VALUES: usize = 128;

/// The Sec-WebSocket-Key values of a run's connections, as far as these were opened.
///
/// A client that follows a redirect or tries a broken connection again sends the same request twice. On which other
/// connection the second arrives is a matter of chance, so it is not held against that one.
#[derive(Clone, Debug, Default)]
pub struct KeyBook(Arc<Mutex<KnownKeys>>);

/// What is remembered.
#[derive(Debug, Default)]
struct KnownKeys {
    /// The keys of the handshakes.
    handshakes: HashSet<Bytes>,
    /// The values of their bytes.
    values: HashSet<u8>,
    /// How many keys those are of.
    counted: usize,
    /// The first two masking keys of each connection.
    masks: HashSet<[u32; 2]>,
}

/// How a key stands to those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Novelty {
    /// There is nothing to compare it with.
    First,
    /// No earlier connection had it.
    New,
    /// An earlier connection had it.
    Known,
}

impl KeyBook {
    /// Compares a request's key with those of the connections that were opened before.
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

    /// Remembers the key of a connection that is opened.
    pub(crate) fn remember(&self, key: Bytes) {
        let known = &mut self.known().handshakes;
        if known.len() < MOST_KEYS {
            known.insert(key);
        }
    }

    /// Counts the 16 bytes of a request's key in; of many keys, how many values all their bytes have, and how many keys
    /// there are, where that is too few values to be random.
    pub(crate) fn count(&self, key: &[u8]) -> Option<(usize, usize)> {
        let mut known = self.known();
        known.values.extend(key);
        known.counted += 1;
        let (values, keys) = (known.values.len(), known.counted);
        (keys >= ENOUGH_KEYS && values <= FEW_VALUES).then_some((values, keys))
    }

    /// Remembers the first two masking keys of a connection; whether they were the first two of another one.
    pub(crate) fn repeats_masks(&self, first: [u32; 2]) -> bool {
        let masks = &mut self.known().masks;
        masks.contains(&first) || masks.len() < MOST_KEYS && !masks.insert(first)
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
        assert_eq!((few[30], few[31]), (None, Some((100, 32))));
        assert_eq!(book.count(&[150; 16]), Some((101, 33)));
        let book = KeyBook::default();
        assert!((0..32).all(|nth| book.count(&key(nth, 255)).is_none()));
    }

    #[test]
    fn the_first_two_masks_of_another_connection_are_known() {
        let book = KeyBook::default();
        let seen = [[1, 2], [1, 3], [1, 2]].map(|first| book.repeats_masks(first));
        assert_eq!(seen, [false, false, true]);
    }
}
