//! What is known of a peer whose process was watched.

use serde::{Deserialize, Serialize};

/// The process of a peer during a run: all processes that its command started, together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessRecord {
    /// The command that started it.
    pub command: String,
    /// Resident memory at the start of the run, in bytes; 0: it was not sampled.
    #[serde(default)]
    pub start_memory: u64,
    /// The most resident memory that a sample found, in bytes.
    #[serde(default)]
    pub peak_memory: u64,
    /// CPU time, in milliseconds.
    #[serde(default)]
    pub cpu_ms: u64,
    /// The most open descriptors, where they can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_descriptors: Option<u32>,
    /// The most threads, where they can be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_threads: Option<u32>,
    /// Each end that it was not asked for.
    pub deaths: Vec<DeathRecord>,
}

/// One end of a peer's process that it was not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeathRecord {
    /// Ids of the trials that were under way; where it is one alone, that one did it.
    pub trials: Vec<String>,
    /// Exit status or signal, in words.
    pub how: String,
    /// The last lines that it wrote, escaped.
    pub output: Vec<String>,
}
