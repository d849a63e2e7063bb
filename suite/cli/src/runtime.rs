//! The runtime that connections and timers run on.

use tokio::runtime::{Builder, Runtime};

use crate::failure::CommandError;

/// One on this thread: a run waits for its peer, not for a processor.
pub fn of_this_thread() -> Result<Runtime, CommandError> {
    started(Builder::new_current_thread())
}

/// One on all processors, for many connections that come on their own.
pub fn of_all_processors() -> Result<Runtime, CommandError> {
    started(Builder::new_multi_thread())
}

/// Tasks that run between two looks at what the system has to tell: a peer that sends without end makes each of them
/// long, and Ctrl-C is to be heard at once.
const TASKS_BETWEEN_LOOKS: u32 = 4;

fn started(mut kind: Builder) -> Result<Runtime, CommandError> {
    kind.enable_all()
        .event_interval(TASKS_BETWEEN_LOOKS)
        .build()
        .map_err(|error| CommandError::Usage(format!("cannot start: {error}")))
}
