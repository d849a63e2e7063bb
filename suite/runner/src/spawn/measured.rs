//! What a trial can measure: the server that is watched, or the client that was started for it.

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
    /// Asks a server to end, and waits for nothing. A client ends when it likes.
    pub(crate) fn terminate(self) {
        if let Self::Server(watched) = self {
            watched.terminate();
        }
    }

    /// What it uses; of a server with a number of descriptors, once no more are open or `patience` is over. A client has one
    /// connection: there is nothing to wait for.
    pub(crate) async fn usage_with(self, descriptors: Option<u32>, patience: Duration) -> Option<Usage> {
        match self {
            Self::Server(watched) => watched.usage_with(descriptors, patience).await,
            Self::Client(process) => process.lock().unwrap_or_else(PoisonError::into_inner).usage(),
        }
    }
}
