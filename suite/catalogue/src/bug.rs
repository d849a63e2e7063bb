//! Known bugs: past bugs of implementations, and the cases that show whether a peer has them, too.

use serde::Deserialize;
use toml::Spanned;

use wsspec_notation::NotationError;

use crate::{case::Location, glob::IdGlob};

/// A bug that was found in an implementation, and that others may have as well.
#[derive(Clone, Debug)]
pub struct Bug {
    /// Lower-case words joined by hyphens; unique.
    pub id: String,
    /// What a peer with the bug does, in the present tense, at most 80 characters.
    pub title: String,
    /// The software in which it was found, by its own name.
    pub software: Vec<String>,
    /// Advisories, issues and changes: `CVE-2020-13935`, `owner/repo#123`, `owner/repo@1c1c77b`; never empty.
    pub references: Vec<String>,
    /// Members that trigger the bug: a peer that fails one has it.
    pub cases: Vec<IdGlob>,
    /// Whether the bug violates only a recommendation: a peer that is lenient in one of the cases has it, too.
    pub recommended: bool,
    /// Where it is defined.
    pub location: Location,
}

/// The name of files that list bugs.
pub(crate) const FILE: &str = "bugs.toml";

/// A file of bugs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BugFile {
    #[serde(default)]
    pub bug: Vec<RawBug>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBug {
    pub id: Spanned<String>,
    title: String,
    software: Vec<String>,
    references: Vec<String>,
    cases: Vec<Spanned<String>>,
    #[serde(default)]
    recommended: bool,
}

impl Bug {
    /// Checks a raw bug from a line of the file shown as `path`.
    pub(crate) fn checked(raw: RawBug, path: String, line: usize) -> Result<Self, NotationError> {
        let glob = |text: &Spanned<String>| {
            IdGlob::parse(text.get_ref()).map_err(|error| NotationError::new(text.span(), error.to_string()))
        };
        Ok(Self {
            cases: raw.cases.iter().map(glob).collect::<Result<_, _>>()?,
            id: raw.id.into_inner(),
            title: raw.title,
            software: raw.software,
            references: raw.references,
            recommended: raw.recommended,
            location: Location { path, line, script_line: line },
        })
    }

    /// Whether its cases include a member's id.
    pub fn fits(&self, member: &str) -> bool {
        self.cases.iter().any(|glob| glob.fits(member))
    }

    /// Whether a pattern selects it: by its id or the start of it, a reference, or software, ignoring case.
    pub(crate) fn is_meant(&self, pattern: &str) -> bool {
        let same = |text: &String| text.eq_ignore_ascii_case(pattern);
        IdGlob::parse(&pattern.to_lowercase()).is_ok_and(|glob| glob.fits(&self.id))
            || self.references.iter().any(same)
            || self.software.iter().any(same)
    }
}
