//! Selecting members of the catalogue.

use globset::GlobMatcher;

use wsspec_notation::nearest;
use wsspec_wire::Level;

use crate::{
    case::{Case, Member},
    catalogue::Catalogue,
    extra::Extra,
    glob::{FilterError, glob, starts},
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
    kind: PatternKind,
}

#[derive(Clone, Debug)]
enum PatternKind {
    Id(GlobMatcher),
    Section(String),
    Level(Level),
    Tag(GlobMatcher),
    Autobahn(GlobMatcher),
    Requirement(GlobMatcher),
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
            None => PatternKind::Id(glob(text).map_err(malformed)?),
            Some(("id", value)) => PatternKind::Id(glob(value).map_err(malformed)?),
            Some(("section", value)) => PatternKind::Section(value.to_owned()),
            Some(("level", value)) => PatternKind::Level(
                Level::parse(value)
                    .ok_or_else(|| malformed(format!("a level is one of {}", Level::NAMES.join(", "))))?,
            ),
            Some(("tag", value)) => PatternKind::Tag(glob(value).map_err(malformed)?),
            Some(("autobahn", value)) => PatternKind::Autobahn(glob(value).map_err(malformed)?),
            Some(("requirement", value)) => PatternKind::Requirement(glob(value).map_err(malformed)?),
            // An id may hold a colon in a member's values.
            Some((prefix, _)) if prefix.contains(['/', '[', '*']) => {
                PatternKind::Id(glob(text).map_err(malformed)?)
            }
            Some((prefix, _)) => {
                return Err(malformed(match nearest(prefix, PREFIXES) {
                    Some(near) => format!("did you mean `{near}:`?"),
                    None => {
                        format!(
                            "`{prefix}:` is not a prefix; use one of {}",
                            PREFIXES.map(|p| format!("`{p}:`")).join(", ")
                        )
                    }
                }));
            }
        };
        Ok(Self { text: text.strip_prefix("id:").unwrap_or(text).to_owned(), kind })
    }

    /// Whether it is the very id of the member, of its case, or an earlier one of that.
    fn names(&self, case: &Case, member: &Member) -> bool {
        let whole = |id: &str| id == self.text;
        matches!(self.kind, PatternKind::Id(_))
            && (whole(&member.id) || whole(&case.id) || case.was.iter().any(|was| whole(was)))
    }

    fn fits(&self, case: &Case, member: &Member) -> bool {
        match &self.kind {
            PatternKind::Id(glob) => {
                let whole = |id: &str| id == self.text || glob.is_match(id) || starts(id, &self.text);
                whole(&member.id) || whole(&case.id) || case.was.iter().any(|was| whole(was))
            }
            PatternKind::Section(section) => case.cites[0].is_in(section),
            PatternKind::Level(level) => case.level == *level,
            PatternKind::Tag(glob) => case.tags.iter().any(|tag| glob.is_match(tag)),
            PatternKind::Autobahn(glob) => member.autobahn.iter().any(|id| glob.is_match(id)),
            PatternKind::Requirement(glob) => case.cites.iter().any(|id| glob.is_match(id.as_str())),
        }
    }
}
