//! Globs over ids, in which brackets are literal, and errors in patterns.

mod index;

use std::sync::OnceLock;

use globset::{Glob, GlobBuilder, GlobMatcher};

pub(crate) use self::index::GlobIndex;
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
    glob: Option<LazyMatcher>,
}

/// A glob that is compiled when it is first needed: of very many, most never are.
#[derive(Clone, Debug)]
struct LazyMatcher {
    glob: Glob,
    matcher: OnceLock<GlobMatcher>,
}

impl IdGlob {
    /// Parses an id, the start of one, or a glob.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let text = text.to_owned();
        if !text.is_empty() && !text.contains(SIGNS) {
            return Ok(Self { text, glob: None });
        }
        match parsed(&text) {
            Ok(glob) => Ok(Self { text, glob: Some(LazyMatcher { glob, matcher: OnceLock::new() }) }),
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
        id == self.text || starts(id, &self.text) || self.matches(id)
    }

    /// Whether it matches as a glob: the id, or that of its family.
    fn matches(&self, id: &str) -> bool {
        let Some(LazyMatcher { glob, matcher }) = &self.glob else { return false };
        if !self.pieces().all(|piece| id.contains(piece)) {
            return false;
        }
        let matcher = matcher.get_or_init(|| glob.compile_matcher());
        matcher.is_match(id) || matcher.is_match(family(id))
    }

    /// Parts of the text that every id has that it matches. Alternatives, and slashes, which may match nothing in `**/`,
    /// are left out.
    fn pieces(&self) -> impl Iterator<Item = &str> {
        let sure = self.text.split('{').next().unwrap_or_default();
        let pieces = sure.split(SIGNS).map(|piece| piece.trim_matches('/'));
        pieces.filter(|piece| !piece.is_empty())
    }
}

/// Whether `id` continues `start` with a `/` or `[`.
pub(crate) fn starts(id: &str, start: &str) -> bool {
    let start = start.trim_end_matches('/');
    id.strip_prefix(start).is_some_and(|rest| rest.starts_with(['/', '[']))
}

/// A glob in which brackets are literal, because members' ids contain them; `*` also matches `/`.
pub(crate) fn glob(text: &str) -> Result<GlobMatcher, String> {
    parsed(text).map(|glob| glob.compile_matcher())
}

fn parsed(text: &str) -> Result<Glob, String> {
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
    glob.map_err(why)
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
}
