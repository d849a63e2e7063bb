//! What a run tells those who listen, as it happens.

use std::{sync::Arc, time::Duration};

use wsspec_wire::Role;

use crate::record::{PeerProfile, Record, TrialRecord};

/// One thing that happened in a run.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// The run begins: so many trials, against this target.
    Started {
        /// Number of trials.
        trials: usize,
        /// The role of the target.
        role: Role,
        /// The target's address, or how it is started.
        target: String,
    },
    /// The probes are through.
    Probed(PeerProfile),
    /// A trial has its verdict.
    Finished(Arc<TrialRecord>),
    /// A trial failed and will run again alone.
    Confirming(String),
    /// The first pass is going to take so long.
    Estimated(Duration),
    /// Something that concerns the run.
    Incident(String),
    /// The run is over.
    Ended(Arc<Record>),
}
