//! Globs over ids, in which brackets are plain, and what is wrong with a pattern.

use globset::{GlobBuilder, GlobMatcher};

use crate::case::family;

/// A pattern that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FilterError {
    /// Not a pattern.
    #[error("`{pattern}` is not a pattern: {why}")]
    Malformed {
        /// As given.
        pattern: String,
        /// What is wrong with it.
        why: String,
    },
    /// It fits nothing in the catalogue.
    #[error("no case fits `{pattern}`{}", .near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    Nothing {
        /// As given.
        pattern: String,
        /// The case id most like it.
        near: Option<String>,
    },
    /// It means no bug of the catalogue.
    #[error("no known bug fits `{pattern}`{}", .near.as_ref().map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    NoBug {
        /// As given.
        pattern: String,
        /// The bug's id most like it.
        near: Option<String>,
    },
}

/// A glob over member ids, as expectations have it.
#[derive(Clone, Debug)]
pub struct IdGlob {
    text: String,
    glob: GlobMatcher,
}

impl IdGlob {
    /// Reads an id, the start of one, or a glob.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let text = text.to_owned();
        match glob(&text) {
            Ok(glob) => Ok(Self { text, glob }),
            Err(why) => Err(FilterError::Malformed { pattern: text, why }),
        }
    }

    /// A glob that fits this member and no other.
    pub fn exact(id: &str) -> String {
        id.chars().fold(String::with_capacity(id.len()), |mut out, c| {
            if matches!(c, '\\' | '*' | '?' | '{' | '}') {
                out.push('\\');
            }
            out.push(c);
            out
        })
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a member's id fits.
    pub fn fits(&self, id: &str) -> bool {
        let Self { text, glob } = self;
        id == text || glob.is_match(id) || glob.is_match(family(id)) || starts(id, text)
    }
}

/// Whether `id` continues `start` at a `/` or `[`.
pub(crate) fn starts(id: &str, start: &str) -> bool {
    let start = start.trim_end_matches('/');
    id.strip_prefix(start).is_some_and(|rest| rest.starts_with(['/', '[']))
}

/// A glob in which brackets are plain, since members' ids have them; `*` crosses `/`.
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
    // The same on every system: a backslash takes the meaning from what follows.
    let glob = GlobBuilder::new(&escaped).backslash_escape(true).build();
    // What the crate advises in parentheses is of no use where brackets are plain.
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
}
