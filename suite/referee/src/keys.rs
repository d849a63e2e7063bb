//! The keys of a client's opening handshakes over several connections.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;

/// Keys that are remembered; a run has fewer connections.
const MOST_KEYS: usize = 1 << 20;

/// The Sec-WebSocket-Key values of a run's connections, as far as these were opened.
///
/// A client that follows a redirect or tries a broken connection again sends the same request twice. On which other
/// connection the second arrives is a matter of chance, so it is not held against that one.
#[derive(Clone, Debug, Default)]
pub struct KeyBook(Arc<Mutex<HashSet<Bytes>>>);

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
        let known = self.known();
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
        let mut known = self.known();
        if known.len() < MOST_KEYS {
            known.insert(key);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashSet<Bytes>> {
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
}
