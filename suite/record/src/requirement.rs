//! A requirement as records have it.

use serde::{Deserialize, Serialize};
use wsspec_wire::{Level, RequirementId};

use crate::serial;

/// A requirement, with what a reader needs of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementRecord {
    /// `rfc6455#5.5.2:2`.
    #[serde(with = "serial::id")]
    pub id: RequirementId,
    /// How strong it is.
    #[serde(with = "serial::level")]
    pub level: Level,
    /// `RFC 6455 section 5.5.2`; `, implied` is added where no keyword says so.
    pub citation: String,
    /// What it demands.
    pub text: String,
}

/// A rule as what a failure expected: `that a server masks none of its frames`.
pub fn that(rule: &str) -> String {
    let mut letters = rule.chars();
    match letters.next() {
        // `RSV1 is zero` keeps its capitals.
        Some(_) if letters.clone().next().is_some_and(|second| second.is_uppercase()) => {
            format!("that {rule}")
        }
        Some(first) => format!("that {}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}
