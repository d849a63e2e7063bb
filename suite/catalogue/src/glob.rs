//! Globs over ids, in which brackets are literal, and errors in patterns.

use std::collections::BTreeSet;

use globset::{GlobBuilder, GlobMatcher};

use crate::case::family;

/// A pattern that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// It is not a pattern.
    #[error("`{pattern}` is not a pattern: {why}")]
    Malformed {
        /// The pattern as given.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// It matches nothing in the catalogue.
    #[error("no case fits `{pattern}`{}", .hint.as_ref().map(|hint| format!("; {hint}")).unwrap_or_default())]
    Nothing {
        /// The pattern as given.
        pattern: String,
        /// What may have been meant.
        hint: Option<String>,
    },
    /// It is not the id, a reference or the software of a known bug.
    #[error("no known bug fits `{pattern}`{}", .near.as_ref().map_or("; docs/known-bugs.md lists them".into(), |near| format!("; did you mean `{near}`?")))]
    NoBug {
        /// The pattern as given.
        pattern: String,
        /// The most similar id or name of software.
        near: Option<String>,
    },
}

/// Characters with a special meaning in globs.
const SIGNS: [char; 5] = ['\\', '*', '?', '{', '}'];

/// A glob over member ids, as used in expectations.
#[derive(Clone, Debug)]
pub struct IdGlob {
    text: String,
    /// `None` if the text has no special characters.
    glob: Option<GlobMatcher>,
}

impl IdGlob {
    /// Parses an id, the start of one, or a glob.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let text = text.to_owned();
        if !text.is_empty() && !text.contains(SIGNS) {
            return Ok(Self { text, glob: None });
        }
        match glob(&text) {
            Ok(glob) => Ok(Self { text, glob: Some(glob) }),
            Err(why) => Err(FilterError::Malformed { pattern: text, why }),
        }
    }

    /// A glob that matches this member only.
    pub fn exact(id: &str) -> String {
        id.chars().fold(String::with_capacity(id.len()), |mut out, c| {
            if SIGNS.contains(&c) {
                out.push('\\');
            }
            out.push(c);
            out
        })
    }

    /// The glob as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it matches a member's id.
    pub fn fits(&self, id: &str) -> bool {
        let Self { text, glob } = self;
        let globbed = |id: &str| glob.as_ref().is_some_and(|glob| glob.is_match(id));
        id == text || starts(id, text) || globbed(id) || globbed(family(id))
    }

    /// Whether it matches one of these ids.
    pub(crate) fn fits_any(&self, ids: &BTreeSet<&str>) -> bool {
        if self.glob.is_some() {
            return ids.iter().any(|id| self.fits(id));
        }
        let start = self.text.trim_end_matches('/');
        ids.range(start..).take_while(|id| id.starts_with(start)).any(|id| self.fits(id))
    }
}

/// Whether `id` continues `start` with a `/` or `[`.
pub(crate) fn starts(id: &str, start: &str) -> bool {
    let start = start.trim_end_matches('/');
    id.strip_prefix(start).is_some_and(|rest| rest.starts_with(['/', '[']))
}

/// A glob in which brackets are literal, because members' ids contain them; `*` also matches `/`.
pub(crate) fn glob(text: &str) -> Result<GlobMatcher, String> {
    let escaped: String = text.chars().fold(String::new(), |mut out, c| {
        match c {
            '[' | ']' => out.extend(['[', c, ']']),
            c => out.push(c),
        }
        out
    });
    if escaped.is_empty() {
        return Err("it is empty".into());
    }
    // The same on every system: a backslash escapes the next character.
    let glob = GlobBuilder::new(&escaped).backslash_escape(true).build();
    // The crate's advice in parentheses does not apply, because brackets are literal.
    let why =
        |error: globset::Error| error.kind().to_string().split(" (").next().unwrap_or_default().to_owned();
    glob.map(|glob| glob.compile_matcher()).map_err(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_glob_fits_its_id_alone() {
        for (id, other) in [("a/1/b[x=1*2]", "a/1/b[x=112]"), (r"a/1/b[x=\x01?]", r"a/1/b[x=\x01y]")] {
            let exact = IdGlob::parse(&IdGlob::exact(id)).unwrap();
            assert!(exact.fits(id) && !exact.fits(other), "{id}");
            assert!(IdGlob::parse(id).unwrap().fits(id), "{id}");
        }
        let braces = "a/1/b[x={}{,a}}]";
        assert!(IdGlob::parse(&IdGlob::exact(braces)).unwrap().fits(braces));
    }

    #[test]
    fn one_of_many_ids_is_found_as_by_looking_at_each() {
        let ids = BTreeSet::from(["a/1/b", "a/1/b[x=1]", "a/1/bc", "a/1.1/b", "b/2/c[x=1]"]);
        for text in
            ["a/1", "a/1/", "a/1/b", "a/1/b[x=1]", "a", "a/1/*", "*c", "b/2/c", "a/1/d", "a/1/b[", "c"]
        {
            let glob = IdGlob::parse(text).unwrap();
            assert_eq!(glob.fits_any(&ids), ids.iter().any(|id| glob.fits(id)), "{text}");
        }
    }
}
