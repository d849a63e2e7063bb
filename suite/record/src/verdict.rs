//! The result of a trial.

use serde::{Deserialize, Serialize};
use wsspec_wire::{Level, RequirementId};

use crate::serial;

/// The verdict on a trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Verdict {
    /// Every requirement was met.
    Pass,
    /// Nothing required was missing, but something recommended was.
    Lenient {
        /// What; never empty.
        notes: Vec<Note>,
    },
    /// The peer broke a rule.
    Fail {
        /// How.
        failure: Failure,
    },
    /// It failed among other trials but not when it ran alone.
    Flaky {
        /// How it failed the first time.
        failure: Failure,
    },
    /// Nothing can be said about the peer: the environment interfered.
    Inconclusive {
        /// What happened.
        why: String,
    },
    /// It does not apply to this peer.
    Skip {
        /// Why not.
        reason: String,
    },
}

impl Verdict {
    /// One lower-case word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Lenient { .. } => "lenient",
            Self::Fail { .. } => "fail",
            Self::Flaky { .. } => "flaky",
            Self::Inconclusive { .. } => "inconclusive",
            Self::Skip { .. } => "skip",
        }
    }

    /// How the peer broke a rule, each time or the first time.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Fail { failure } | Self::Flaky { failure } => Some(failure),
            _ => None,
        }
    }

    /// The recommendations that were not followed.
    pub fn notes(&self) -> &[Note] {
        match self {
            Self::Lenient { notes } => notes,
            _ => &[],
        }
    }

    /// The requirement named by a failure, or by the first note if there is none.
    pub fn requirement(&self) -> Option<&RequirementId> {
        let failure = self.failure().map(|failure| &failure.requirement);
        failure.or_else(|| self.notes().first().map(|note| &note.requirement))
    }

    /// Whether the peer broke a rule.
    pub fn is_fail(&self) -> bool {
        matches!(self, Self::Fail { .. })
    }
}

/// A recommendation that was not followed, or a remark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    /// Line of the script, 1-based; 0: not about a line.
    pub line: usize,
    /// What, in one sentence.
    pub text: String,
    /// The requirement it is about.
    #[serde(with = "serial::id")]
    pub requirement: RequirementId,
    /// The level of that requirement.
    #[serde(with = "serial::level")]
    pub level: Level,
}

/// How a peer broke a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    /// Line of the script, 1-based; 0: not about a line.
    pub line: usize,
    /// What was expected, in the notation or in words.
    pub expected: String,
    /// What happened instead.
    pub actual: String,
    /// The requirement broken.
    #[serde(with = "serial::id")]
    pub requirement: RequirementId,
    /// The level of that requirement.
    #[serde(with = "serial::level")]
    pub level: Level,
}

impl Failure {
    /// A single line.
    pub fn headline(&self) -> String {
        format!("expected {}, got {}", self.expected, self.actual)
    }

    /// The same as a note, if it does not decide.
    pub fn note(&self) -> Note {
        let (requirement, level) = (self.requirement.clone(), self.level);
        Note { line: self.line, text: self.headline(), requirement, level }
    }
}
