//! Requirements: the numbered rules of a specification.

use wsspec_wire::{Level, RequirementId, Role};

/// One numbered requirement.
#[derive(Clone, Debug)]
pub struct Requirement {
    /// Its id.
    pub id: RequirementId,
    /// Its level.
    pub level: Level,
    /// The roles that it binds; never empty.
    pub roles: Vec<Role>,
    /// It follows from the grammar or a definition.
    pub implied: bool,
    /// What it demands, in our words.
    pub text: String,
    /// Why no case tests it; `None` if one does.
    pub gap: Option<Gap>,
}

impl Requirement {
    /// For display: `RFC 6455 section 5.5.2`, or `RFC 6455 section 5.5.1, implied`.
    pub fn citation(&self) -> String {
        let implied = if self.implied { ", implied" } else { "" };
        format!("{}{implied}", self.id.citation())
    }
}

/// Why no case tests a requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Compliance cannot be observed on the wire.
    Unobservable(String),
    /// Compliance could be observed, but no case tests it yet.
    Untested(String),
}

impl Gap {
    /// The reason, if it cannot be observed.
    pub fn unobservable(&self) -> Option<&str> {
        match self {
            Self::Unobservable(reason) => Some(reason),
            Self::Untested(_) => None,
        }
    }

    /// The reason, if only a case is missing.
    pub fn untested(&self) -> Option<&str> {
        match self {
            Self::Untested(reason) => Some(reason),
            Self::Unobservable(_) => None,
        }
    }
}
