//! The keys of a client's opening handshakes over several connections.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use bytes::Bytes;

/// Keys that are remembered; a run has fewer connections.
const MOST_KEYS: usize = 1 << 20;

/// The Sec-WebSocket-Key values of a run's connections.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_first_new_or_known() {
        let book = KeyBook::default();
        let seen = ["a", "b", "a"].map(|key| book.note(&Bytes::from(key)));
        assert_eq!(seen, [Novelty::First, Novelty::New, Novelty::Known]);
    }
}
