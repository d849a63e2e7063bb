//! What a peer with a flaw holds once, for all its connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{deflate::Deflate, message::MessageInProgress};

/// Held once where each connection is to hold its own.
#[derive(Clone, Debug, Default)]
pub(crate) struct Common(Arc<Mutex<InCommon>>);

/// What it is.
#[derive(Debug, Default)]
pub(crate) struct InCommon {
    /// The key of the request that came last, be it in part.
    pub(crate) key: Option<Bytes>,
    /// The message under way.
    pub(super) message: Option<MessageInProgress>,
    /// The window of what is decompressed.
    pub(super) deflate: Option<Deflate>,
}

impl Common {
    pub(crate) fn lock(&self) -> MutexGuard<'_, InCommon> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
