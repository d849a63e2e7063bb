//! Requirements: what a specification demands, numbered.

use wsspec_wire::{Level, RequirementId, Role};

/// One numbered requirement.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Its id.
    pub id: RequirementId,
    /// How strong it is.
    pub level: Level,
    /// Whose duty it is; never empty.
    pub roles: Vec<Role>,
    /// It follows from the grammar or a definition.
    pub implied: bool,
    /// What it demands, in our words.
    pub text: String,
    /// Why no case tests it; without, one does.
    pub gap: Option<Gap>,
}

impl Requirement {
    /// For people: `RFC 6455 section 5.5.2`, or `RFC 6455 section 5.5.1, implied`.
    pub fn citation(&self) -> String {
        let implied = if self.implied { ", implied" } else { "" };
        format!("{}{implied}", self.id.citation())
    }
}

/// Why no case tests a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// No peer on the wire can tell whether it is kept.
    Unobservable(String),
    /// A peer could tell, and no case looks yet.
    Untested(String),
}

impl Gap {
    /// The reason given, if nobody on the wire sees it.
    pub fn unobservable(&self) -> Option<&str> {
        match self {
            Self::Unobservable(reason) => Some(reason),
            Self::Untested(_) => None,
        }
    }

    /// The reason given, if only a case is missing.
    pub fn untested(&self) -> Option<&str> {
        match self {
            Self::Untested(reason) => Some(reason),
            Self::Unobservable(_) => None,
        }
    }
}
