//! State that a flawed peer wrongly shares between its connections.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use super::{deflate::Deflate, message::MessageInProgress};

/// State that should be separate for each connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Common(Arc<Mutex<InCommon>>);

/// The shared state.
#[derive(Debug, Default)]
pub(crate) struct InCommon {
    /// The key of the last request, even if that is incomplete.
    pub(crate) key: Option<Bytes>,
    /// The message being received.
    pub(super) message: Option<MessageInProgress>,
    /// A frame has announced too many bytes: nobody gets an answer.
    pub(super) stalled: bool,
    /// A connection was failed: all of them end.
    pub(super) failed: bool,
    /// The decompression window.
    pub(super) deflate: Option<Deflate>,
}

impl Common {
    pub(crate) fn lock(&self) -> MutexGuard<'_, InCommon> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
