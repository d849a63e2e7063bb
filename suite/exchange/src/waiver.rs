//! Which rules decide only the trials that are about them.

use std::{collections::BTreeSet, sync::Arc};

use wsspec_wire::RequirementId;

/// The rules that a peer breaks on every connection. A trial that is about something else answers its own question all
/// the same, and only remarks on them: one fault is one failure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Waiver {
    /// Every rule counts.
    #[default]
    Nothing,
    /// These count where they are cited.
    Of(Arc<BTreeSet<RequirementId>>),
    /// Every rule counts only where it is cited: for probes, which look for what the peer does on every connection.
    Everything,
}

impl Waiver {
    /// The waiver of these rules.
    pub fn of(rules: impl IntoIterator<Item = RequirementId>) -> Self {
        Self::Of(Arc::new(rules.into_iter().collect()))
    }

    /// Whether a broken rule is of no account where it is not cited.
    pub fn covers(&self, requirement: &RequirementId) -> bool {
        match self {
            Self::Nothing => false,
            Self::Of(rules) => rules.contains(requirement),
            Self::Everything => true,
        }
    }
}
