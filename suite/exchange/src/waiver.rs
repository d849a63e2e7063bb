//! Which rules decide only the trials that are about them.

use std::{collections::BTreeSet, sync::Arc};

use wsspec_wire::RequirementId;

/// The rules that a peer breaks on every connection. A trial about something else still answers its own question, and
/// only remarks on them: one fault is one failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Waiver {
    /// Every rule counts.
    #[default]
    Nothing,
    /// These count only in trials that cite them.
    Of(Arc<BTreeSet<RequirementId>>),
    /// Every rule counts only in trials that cite it. For probes, which find out what the peer does on every
    /// connection.
    Everything,
}

impl Waiver {
    /// Waives these rules.
    pub fn of(rules: impl IntoIterator<Item = RequirementId>) -> Self {
        Self::Of(Arc::new(rules.into_iter().collect()))
    }

    /// Whether the peer is known to break the rule on every connection.
    pub(crate) fn names(&self, requirement: &RequirementId) -> bool {
        matches!(self, Self::Of(rules) if rules.contains(requirement))
    }

    /// Whether breaking the rule is ignored in trials that do not cite it.
    pub fn covers(&self, requirement: &RequirementId) -> bool {
        match self {
            Self::Nothing => false,
            Self::Of(rules) => rules.contains(requirement),
            Self::Everything => true,
        }
    }
}
