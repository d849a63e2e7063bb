//! Explanations: why a requirement exists, what typically breaks it, and how to fix that.

use std::ops::RangeInclusive;

use serde::Deserialize;
use toml::Spanned;

use wsspec_notation::NotationError;
use wsspec_wire::RequirementId;

use crate::{code_explanation::RawCode, place::Place};

/// Why some requirements exist, and what to do about them.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The folder that contains it: `rfc6455`.
    pub spec: String,
    /// The requirements it explains; never empty.
    pub rules: Vec<RuleRange>,
    /// Why they exist.
    pub why: String,
    /// What typically breaks them.
    pub breaks: String,
    /// How to fix that.
    pub fix: String,
    /// Where it is defined.
    pub(crate) place: Place,
}

/// Requirements of one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleRange {
    /// `5.5.2`.
    pub section: String,
    /// Their ordinals; `None` stands for all that no other explanation names.
    pub ordinals: Option<RangeInclusive<u32>>,
}

/// The name of files that contain explanations.
pub(crate) const FILE: &str = "explanations.toml";

/// A file of explanations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplanationFile {
    #[serde(default)]
    pub explanation: Vec<RawExplanation>,
    #[serde(default)]
    pub code: Vec<RawCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawExplanation {
    pub(crate) rules: Spanned<Vec<Spanned<String>>>,
    why: String,
    breaks: String,
    fix: String,
}

impl Explanation {
    /// Checks a raw explanation from the folder `spec`.
    pub(crate) fn checked(raw: RawExplanation, spec: &str, place: Place) -> Result<Self, NotationError> {
        if raw.rules.get_ref().is_empty() {
            return Err(NotationError::new(raw.rules.span(), "it explains nothing")
                .help("name sections or requirements: `5.5.2:*`, `5.5.2:1`, `5.5.2:1-3`"));
        }
        let rules = raw.rules.into_inner().into_iter().map(|text| {
            RuleRange::parse(text.get_ref()).ok_or_else(|| {
                NotationError::new(text.span(), format!("`{}` names no requirements", text.get_ref()))
                    .help("write `5.5.2:1`, `5.5.2:1-3`, or `5.5.2:*` for the rest of a section")
            })
        });
        Ok(Self {
            spec: spec.to_owned(),
            rules: rules.collect::<Result<_, _>>()?,
            why: raw.why,
            breaks: raw.breaks,
            fix: raw.fix,
            place,
        })
    }

    /// Whether it names the requirement itself, not only the rest of its section.
    pub(crate) fn names(&self, id: &RequirementId) -> bool {
        let named =
            |rules: &RuleRange| rules.ordinals.as_ref().is_some_and(|range| range.contains(&id.ordinal()));
        self.spec == id.spec() && self.rules.iter().any(|rules| rules.section == id.section() && named(rules))
    }

    /// Whether it covers the rest of the requirement's section.
    pub(crate) fn has_section(&self, id: &RequirementId) -> bool {
        let whole = |rules: &RuleRange| rules.section == id.section() && rules.ordinals.is_none();
        self.spec == id.spec() && self.rules.iter().any(whole)
    }
}

impl RuleRange {
    fn parse(text: &str) -> Option<Self> {
        let (section, ordinals) = text.split_once(':')?;
        let (section, whole) = (section.to_owned(), ordinals == "*");
        if section.is_empty() {
            return None;
        }
        if whole {
            return Some(Self { section, ordinals: None });
        }
        let (first, last) = ordinals.split_once('-').unwrap_or((ordinals, ordinals));
        let range = first.parse().ok()?..=last.parse().ok()?;
        (!range.is_empty()).then_some(Self { section, ordinals: Some(range) })
    }
}
