//! The runtime that connections and timers run on.

use tokio::runtime::{Builder, Runtime};

use crate::failure::CommandError;

/// One on this thread: a run waits for its peer, not for a processor.
pub fn of_this_thread() -> Result<Runtime, CommandError> {
    started(Builder::new_current_thread())
}

/// One on all processors, for many connections that come by themselves.
pub fn of_all_processors() -> Result<Runtime, CommandError> {
    started(Builder::new_multi_thread())
}

fn started(mut kind: Builder) -> Result<Runtime, CommandError> {
    kind.enable_all().build().map_err(|error| CommandError::Usage(format!("cannot start: {error}")))
}
