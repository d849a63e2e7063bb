//! The state of a campaign.

use super::Counts;

/// The state of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How sessions ended.
    pub counts: Counts,
    /// Transitions of the model that were taken.
    pub transitions: usize,
    /// Number of transitions in the model.
    pub transitions_possible: usize,
    /// Requirements that a line was about.
    pub requirements: usize,
    /// Sessions kept for variation.
    pub corpus: usize,
    /// The findings.
    pub findings: usize,
    /// How often the peer died.
    pub deaths: u64,
    /// What is still to be investigated.
    pub suspects: usize,
}
