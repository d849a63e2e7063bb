//! Selecting members of the catalogue.

use globset::{GlobBuilder, GlobMatcher};

use wsspec_notation::nearest;
use wsspec_wire::Level;

use crate::{
    case::{Case, Member, family},
    catalogue::Catalogue,
    extra::Extra,
};

/// A set of patterns, of which one must fit, and another of which none may.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
    extra: Vec<Extra>,
}

#[derive(Clone, Debug)]
struct Pattern {
    text: String,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Id(GlobMatcher),
    Section(String),
    Level(Level),
    Tag(GlobMatcher),
    Autobahn(GlobMatcher),
    Requirement(GlobMatcher),
}

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

const PREFIXES: [&str; 6] = ["section", "level", "tag", "autobahn", "requirement", "id"];

impl Filter {
    /// Reads patterns: an id, the start of one up to a `/` or `[`, or a glob of one; `section:5.5`, `level:must`,
    /// `tag:slow`, `autobahn:6.4.*`, `requirement:rfc6455#5.5.2:*`. No inclusion at all includes everything.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self, FilterError> {
        let read = |patterns: &[S]| -> Result<Vec<_>, _> {
            patterns.iter().map(|pattern| Pattern::parse(pattern.as_ref())).collect()
        };
        Ok(Self { include: read(include)?, exclude: read(exclude)?, extra: Vec::new() })
    }

    /// The same, with the cases of these groups.
    #[must_use]
    pub fn with_extra(mut self, extra: &[Extra]) -> Self {
        self.extra.extend(extra);
        self
    }

    /// Whether a member is selected: by the patterns, and by the groups or its own id where it is in a group.
    pub fn selects(&self, case: &Case, member: &Member) -> bool {
        self.fits(case, member) && self.leaves_out(case, member).is_none()
    }

    /// The group for want of which a member is left out that the patterns would select.
    pub fn leaves_out(&self, case: &Case, member: &Member) -> Option<Extra> {
        let extra = case.extra.filter(|extra| !self.extra.contains(extra))?;
        let named = self.include.iter().any(|pattern| pattern.names(case, member));
        (!named && self.fits(case, member)).then_some(extra)
    }

    fn fits(&self, case: &Case, member: &Member) -> bool {
        (self.include.is_empty() || self.include.iter().any(|pattern| pattern.fits(case, member)))
            && !self.exclude.iter().any(|pattern| pattern.fits(case, member))
    }

    /// Fails for the first pattern that fits nothing in `catalogue`.
    pub fn check(&self, catalogue: &Catalogue) -> Result<(), FilterError> {
        for pattern in self.include.iter().chain(&self.exclude) {
            if !catalogue.members().any(|(case, member)| pattern.fits(case, member)) {
                let near = catalogue.nearest_case(&pattern.text).map(str::to_owned);
                return Err(FilterError::Nothing { pattern: pattern.text.clone(), near });
            }
        }
        Ok(())
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, FilterError> {
        let malformed = |why: String| FilterError::Malformed { pattern: text.to_owned(), why };
        let kind = match text.split_once(':') {
            None => Kind::Id(glob(text).map_err(malformed)?),
            Some(("id", value)) => Kind::Id(glob(value).map_err(malformed)?),
            Some(("section", value)) => Kind::Section(value.to_owned()),
            Some(("level", value)) => Kind::Level(
                Level::parse(value)
                    .ok_or_else(|| malformed(format!("a level is one of {}", Level::NAMES.join(", "))))?,
            ),
            Some(("tag", value)) => Kind::Tag(glob(value).map_err(malformed)?),
            Some(("autobahn", value)) => Kind::Autobahn(glob(value).map_err(malformed)?),
            Some(("requirement", value)) => Kind::Requirement(glob(value).map_err(malformed)?),
            // An id may hold a colon in a member's values.
            Some((prefix, _)) if prefix.contains(['/', '[', '*']) => Kind::Id(glob(text).map_err(malformed)?),
            Some((prefix, _)) => {
                return Err(malformed(match nearest(prefix, PREFIXES) {
                    Some(near) => format!("did you mean `{near}:`?"),
                    None => {
                        format!("`{prefix}:` is none of {}", PREFIXES.map(|p| format!("`{p}:`")).join(", "))
                    }
                }));
            }
        };
        Ok(Self { text: text.strip_prefix("id:").unwrap_or(text).to_owned(), kind })
    }

    /// Whether it is the very id of the member, of its case, or an earlier one of that.
    fn names(&self, case: &Case, member: &Member) -> bool {
        let whole = |id: &str| id == self.text;
        matches!(self.kind, Kind::Id(_))
            && (whole(&member.id) || whole(&case.id) || case.was.iter().any(|was| whole(was)))
    }

    fn fits(&self, case: &Case, member: &Member) -> bool {
        match &self.kind {
            Kind::Id(glob) => {
                let whole = |id: &str| id == self.text || glob.is_match(id) || starts(id, &self.text);
                whole(&member.id) || whole(&case.id) || case.was.iter().any(|was| whole(was))
            }
            Kind::Section(section) => case.cites[0].is_in(section),
            Kind::Level(level) => case.level == *level,
            Kind::Tag(glob) => case.tags.iter().any(|tag| glob.is_match(tag)),
            Kind::Autobahn(glob) => member.autobahn.iter().any(|id| glob.is_match(id)),
            Kind::Requirement(glob) => case.cites.iter().any(|id| glob.is_match(id.as_str())),
        }
    }
}

/// Whether `id` continues `start` at a `/` or `[`.
fn starts(id: &str, start: &str) -> bool {
    let start = start.trim_end_matches('/');
    id.strip_prefix(start).is_some_and(|rest| rest.starts_with(['/', '[']))
}

/// A glob in which brackets are plain, since members' ids have them; `*` crosses `/`.
fn glob(text: &str) -> Result<GlobMatcher, String> {
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

/// A glob over member ids, as expectations have it.
#[derive(Clone, Debug)]
pub struct IdGlob(Pattern);

impl IdGlob {
    /// Reads an id, the start of one, or a glob.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let kind = glob(text).map(Kind::Id);
        let kind = kind.map_err(|why| FilterError::Malformed { pattern: text.to_owned(), why })?;
        Ok(Self(Pattern { text: text.to_owned(), kind }))
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
        &self.0.text
    }

    /// Whether a member's id fits.
    pub fn fits(&self, id: &str) -> bool {
        match &self.0.kind {
            Kind::Id(glob) => {
                let family = family(id);
                id == self.0.text || glob.is_match(id) || glob.is_match(family) || starts(id, &self.0.text)
            }
            _ => false,
        }
    }
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
