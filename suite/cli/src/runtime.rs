//! Runtimes for connections and timers.

use tokio::runtime::{Builder, Runtime};

use crate::failure::CommandError;

/// A runtime on this thread: a run waits for its peer, not for a processor.
pub fn of_this_thread() -> Result<Runtime, CommandError> {
    started(Builder::new_current_thread())
}

/// A runtime on all processors, for many connections that clients open.
pub fn of_all_processors() -> Result<Runtime, CommandError> {
    started(Builder::new_multi_thread())
}

/// Tasks between two polls for system events. A peer that sends without end makes each task long, and Ctrl-C must be
/// noticed at once.
const TASKS_BETWEEN_LOOKS: u32 = 4;

fn started(mut kind: Builder) -> Result<Runtime, CommandError> {
    kind.enable_all()
        .event_interval(TASKS_BETWEEN_LOOKS)
        .build()
        .map_err(|error| CommandError::Usage(format!("cannot start: {error}")))
}
