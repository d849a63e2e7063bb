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
    /// Edges of the peer's code that were reached.
    pub edges: u32,
    /// Number of edges in its code; 0 if it counts none.
    pub edges_possible: u32,
    /// The findings.
    pub findings: usize,
    /// How often the peer died.
    pub deaths: u64,
    /// What is still to be investigated.
    pub suspects: usize,
}
