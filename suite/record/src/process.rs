//! What is known about a peer whose process was watched.

use serde::{Deserialize, Serialize};

/// The process of a peer during a run: all processes that its command started, together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessRecord {
    /// The command that started it.
    pub command: String,
    /// Resident memory at the start of the run, in bytes; 0 if it was not sampled.
    #[serde(default)]
    pub start_memory: u64,
    /// The highest resident memory of all samples, in bytes.
    #[serde(default)]
    pub peak_memory: u64,
    /// CPU time, in milliseconds.
    #[serde(default)]
    pub cpu_ms: u64,
    /// The most open descriptors, if they can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_descriptors: Option<u32>,
    /// The most threads, if they can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_threads: Option<u32>,
    /// Each unexpected exit.
    pub deaths: Vec<DeathRecord>,
}

/// An unexpected exit of a peer's process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeathRecord {
    /// Ids of the trials that were running; if there is only one, that one caused it.
    pub trials: Vec<String>,
    /// Exit status or signal, in words.
    pub how: String,
    /// Its last lines of output, escaped.
    pub output: Vec<String>,
}
