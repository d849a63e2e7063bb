//! When to end a run early: after a time limit, or after a number of failures.

use std::{num::NonZeroUsize, time::Duration};

use crate::{heading, values};

/// Options for ending a run early.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct StopArgs {
    /// Maximum duration of the whole run; trials not run by then are left out
    #[arg(
        long,
        value_name = "DURATION",
        value_parser = values::long_duration,
        help_heading = heading::TIME
    )]
    pub max_time: Option<Duration>,
    /// Stop after N failures, not counting expected ones
    #[arg(long, value_name = "N", help_heading = heading::TIME)]
    pub max_failures: Option<NonZeroUsize>,
    /// Stop after the first failure, as with --max-failures 1
    #[arg(long, conflicts_with = "max_failures", help_heading = heading::TIME)]
    pub fail_fast: bool,
}

impl StopArgs {
    /// The number of failures that ends the run.
    pub fn most_failures(&self) -> Option<usize> {
        if self.fail_fast { Some(1) } else { self.max_failures.map(NonZeroUsize::get) }
    }
}
