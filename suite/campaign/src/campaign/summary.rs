//! How a campaign stands.

use super::Counts;

/// How a campaign stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How sessions ended.
    pub counts: Counts,
    /// Transitions of the model that were taken.
    pub transitions: usize,
    /// Transitions that there are.
    pub transitions_possible: usize,
    /// Requirements that a line was about.
    pub requirements: usize,
    /// Sessions kept to be varied.
    pub corpus: usize,
    /// What was found.
    pub findings: usize,
    /// What is still to be looked into.
    pub suspects: usize,
}
