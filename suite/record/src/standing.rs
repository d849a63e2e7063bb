//! How a verdict compares with the expectation of a baseline.

use serde::{Deserialize, Serialize};

/// How a verdict compares with the deviation expected of its trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Standing {
    /// It deviates as expected.
    Known {
        /// Why that is expected.
        reason: String,
    },
    /// It deviates as expected, but the expectation has expired.
    Expired {
        /// The glob in the baseline; empty in a record of format 1 that does not contain it.
        pattern: String,
        /// The deviation, in one word.
        deviation: String,
        /// The last day.
        until: String,
        /// Why it was expected.
        reason: String,
    },
    /// It passed, or did better, although it was expected to deviate.
    UnexpectedPass {
        /// Why it was expected to deviate.
        reason: String,
    },
}

impl Standing {
    /// Why a deviation was expected.
    pub fn reason(&self) -> &str {
        match self {
            Self::Known { reason } | Self::Expired { reason, .. } | Self::UnexpectedPass { reason } => reason,
        }
    }
}
