//! What the connections of one proxy have in common: nothing, unless a flaw mixes them up.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

/// What a flaw passes from one connection to others.
#[derive(Clone, Debug, Default)]
pub struct ProxyLeak(Arc<Mutex<Leaked>>);

#[derive(Debug, Default)]
struct Leaked {
    payload: Option<Bytes>,
    credentials: Option<Bytes>,
}

impl ProxyLeak {
    /// Keeps this payload, and returns the one kept before.
    pub(crate) fn swap(&self, payload: &Bytes) -> Option<Bytes> {
        self.leaked().payload.replace(payload.clone())
    }

    /// The first credentials that any connection had.
    pub(super) fn credentials(&self, own: &Bytes) -> Bytes {
        self.leaked().credentials.get_or_insert_with(|| own.clone()).clone()
    }

    /// The first credentials that any connection had, if one had any.
    pub(super) fn known_credentials(&self) -> Option<Bytes> {
        self.leaked().credentials.clone()
    }

    fn leaked(&self) -> MutexGuard<'_, Leaked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
