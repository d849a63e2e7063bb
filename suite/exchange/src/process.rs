//! What is known of a peer whose process was watched.

use serde::{Deserialize, Serialize};

/// The process of a peer during a run: all processes that its command started, together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessRecord {
    /// The command that started it.
    pub command: String,
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
