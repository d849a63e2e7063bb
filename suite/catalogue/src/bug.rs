//! Known bugs: what some implementation once did wrong, and the cases whose stimulus shows whether a peer does it too.

use serde::Deserialize;
use toml::Spanned;

use wsspec_notation::NotationError;

use crate::{case::Location, error::position, glob::IdGlob};

/// A bug that was found in some implementation, and that others may have as well.
#[derive(Clone, Debug)]
pub struct Bug {
    /// Lower-case words joined by hyphens; unique.
    pub id: String,
    /// What a peer with the bug does, in the present tense, at most 80 characters.
    pub title: String,
    /// Where it was found, by the names its makers use.
    pub software: Vec<String>,
    /// Advisories, issues and changes: `CVE-2020-13935`, `owner/repo#123`, `owner/repo@1c1c77b`; never empty.
    pub references: Vec<String>,
    /// Members with its stimulus: a peer that fails one has the bug.
    pub cases: Vec<IdGlob>,
    /// It only misses something recommended: a peer that is lenient in one of the cases has it, too.
    pub recommended: bool,
    /// Where it stands.
    pub location: Location,
}

/// The name of the files that list bugs.
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
    /// Checks a bug as it is written in the file `source`, shown as `path`.
    pub(crate) fn checked(raw: RawBug, path: String, source: &str) -> Result<Self, NotationError> {
        let line = position(source, raw.id.span().start).0;
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

    /// Whether a member's id is among its cases.
    pub fn fits(&self, member: &str) -> bool {
        self.cases.iter().any(|glob| glob.fits(member))
    }

    /// Whether it is meant by a pattern: its id or the start of one, a reference, or software, in any letter case.
    pub(crate) fn is_meant(&self, pattern: &str) -> bool {
        let same = |text: &String| text.eq_ignore_ascii_case(pattern);
        IdGlob::parse(&pattern.to_lowercase()).is_ok_and(|glob| glob.fits(&self.id))
            || self.references.iter().any(same)
            || self.software.iter().any(same)
    }
}
