//! Which requirement a rule is, and its level.

use std::{borrow::Cow, fmt};

/// `rfc6455#5.5.2:2`: specification, section, ordinal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequirementId(Cow<'static, str>);

impl RequirementId {
    /// Checks the shape only, not whether the requirement exists.
    pub fn parse(text: &str) -> Option<Self> {
        let (spec, rest) = text.split_once('#')?;
        let (section, ordinal) = rest.split_once(':')?;
        let word =
            |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
        (word(spec) && word(section) && ordinal.parse::<u32>().is_ok_and(|n| n > 0))
            .then(|| Self(Cow::Owned(text.to_owned())))
    }

    /// An id written in code. Its shape is not checked.
    #[must_use]
    pub const fn from_static(id: &'static str) -> Self {
        Self(Cow::Borrowed(id))
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `rfc6455`.
    pub fn spec(&self) -> &str {
        self.0.split('#').next().unwrap_or_default()
    }

    /// `5.5.2`.
    pub fn section(&self) -> &str {
        self.0.split(['#', ':']).nth(1).unwrap_or_default()
    }

    /// `2`, the requirement's number within its section.
    pub fn ordinal(&self) -> u32 {
        self.0.rsplit(':').next().and_then(|ordinal| ordinal.parse().ok()).unwrap_or_default()
    }

    /// For people: `RFC 6455 section 5.5.2`.
    pub fn citation(&self) -> String {
        match self.spec().strip_prefix("rfc") {
            Some(number) => format!("RFC {number} section {}", self.section()),
            None => format!("{} section {}", self.spec(), self.section()),
        }
    }

    /// Whether it is in `section` or below it.
    pub fn is_in(&self, section: &str) -> bool {
        self.section().strip_prefix(section).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

impl PartialEq<str> for RequirementId {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for RequirementId {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for RequirementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How strongly a specification demands something (RFC 2119).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Breaking it fails.
    Must,
    /// Not following it is lenient.
    Should,
    /// Only noted.
    May,
}

impl Level {
    /// The words of the catalogue, in order of strength.
    pub const NAMES: [&str; 3] = ["must", "should", "may"];

    /// `must`, `should` or `may`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }

    /// From `must`, `should`, `may`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "must" => Some(Self::Must),
            "should" => Some(Self::Should),
            "may" => Some(Self::May),
            _ => None,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        })
    }
}
