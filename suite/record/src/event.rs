//! The events of a run, for those who follow it.

use std::{sync::Arc, time::Duration};

use wsspec_wire::Role;

use crate::record::{PeerProfile, Record, TrialRecord};

/// One thing that happened in a run.
#[derive(Clone, Debug)]
pub enum RunEvent {
    /// The run begins: the number of trials and the target.
    Started {
        /// Number of trials.
        trials: usize,
        /// The role of the target.
        role: Role,
        /// The target's address, or the command that starts it.
        target: String,
    },
    /// The probes are done.
    Probed(Box<PeerProfile>),
    /// A trial has its verdict.
    Finished(Arc<TrialRecord>),
    /// A trial failed and will run again alone.
    Confirming(String),
    /// How long the first pass will take.
    Estimated(Duration),
    /// Something about the whole run.
    Incident(String),
    /// The run is over.
    Ended(Arc<Record>),
}
