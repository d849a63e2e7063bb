//! What a reader of a record needs of the catalogue that its trials are from: names of sections, explanations of rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wsspec_wire::RequirementId;

use crate::requirement::RequirementRecord;

/// Names of sections, and rules with their explanations.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guide {
    /// What sections are about, in a few words, by the folder and section of an id: `rfc6455/5.4`.
    pub sections: BTreeMap<String, String>,
    /// In the order of their ids.
    pub rules: Vec<ExplainedRule>,
}

/// A rule, and why it exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExplainedRule {
    /// The rule.
    pub requirement: RequirementRecord,
    /// Why it exists; empty where nobody has explained it, as are the others.
    pub why: String,
    /// What typically breaks it.
    pub breaks: String,
    /// How to fix that.
    pub fix: String,
}

impl Guide {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty() && self.rules.is_empty()
    }

    /// What it says of a rule.
    pub fn rule(&self, id: &RequirementId) -> Option<&ExplainedRule> {
        self.rules.iter().find(|rule| rule.requirement.id == *id)
    }

    /// The name of a section.
    pub fn section(&self, section: &str) -> Option<&str> {
        self.sections.get(section).map(String::as_str)
    }
}
