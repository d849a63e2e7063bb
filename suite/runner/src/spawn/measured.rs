//! The process that a trial can measure: the watched server, or the client that was started for it.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use wsspec_record::Usage;

use super::{OneShot, Watched};

/// A process that a trial measures.
#[derive(Clone, Copy, Debug)]
pub(crate) enum MeasuredProcess<'w> {
    /// A server.
    Server(&'w Watched),
    /// A client, for its one connection.
    Client(&'w Mutex<OneShot>),
}

impl MeasuredProcess<'_> {
    /// Asks a server to exit, without waiting. A client exits when it likes.
    pub(crate) fn terminate(self) {
        if let Self::Server(watched) = self {
            watched.terminate();
        }
    }

    /// The resource usage. For a server and a number of descriptors, waits until at most that many are open or
    /// `patience` is over. A client has one connection, so there is nothing to wait for.
    pub(crate) async fn usage_with(self, descriptors: Option<u32>, patience: Duration) -> Option<Usage> {
        match self {
            Self::Server(watched) => watched.usage_with(descriptors, patience).await,
            Self::Client(process) => process.lock().unwrap_or_else(PoisonError::into_inner).usage(),
        }
    }
}
