//! Selects members of the catalogue.

use globset::GlobMatcher;

use wsspec_notation::nearest;
use wsspec_wire::{Level, Role};

use crate::{
    case::{Case, Member},
    catalogue::Catalogue,
    extra::Extra,
    glob::{FilterError, glob, starts},
    hint::{autobahn_hint, id_hint, requirement_hint, section_hint, tag_hint},
};

/// Patterns that include members, grouped by kind, and patterns that exclude members.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One list per kind; none is empty.
    include: Vec<Vec<Pattern>>,
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
    /// The start of an id, possibly ending within a word.
    Start,
    Section(String),
    Level(Level),
    Role(Role),
    Tag(GlobMatcher),
    Autobahn(GlobMatcher),
    Requirement(GlobMatcher),
}

const PREFIXES: [&str; 8] = ["section", "level", "role", "tag", "autobahn", "requirement", "id", "not"];

impl Filter {
    /// Parses patterns: an id, the start of one up to a `/` or `[`, or a glob of one; `section:5.5`, `level:must`,
    /// `role:client`, `tag:slow`, `autobahn:6.4.*`, `requirement:rfc6455#5.5.2:*`; a `not:` before one of them excludes
    /// it. Patterns of one kind are alternatives; patterns of different kinds must all match. Without inclusions,
    /// everything is included.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self, FilterError> {
        let mut filter = Self::default();
        for text in include.iter().map(AsRef::as_ref) {
            match text.strip_prefix("not:") {
                Some(text) => filter.exclude.push(Pattern::parse(text)?),
                None => filter.include(Pattern::parse(text)?),
            }
        }
        for text in exclude {
            filter.exclude.push(Pattern::parse(text.as_ref())?);
        }
        Ok(filter)
    }

    fn include(&mut self, pattern: Pattern) {
        match self.include.iter_mut().find(|group| group.iter().any(|other| other.kind() == pattern.kind())) {
            Some(group) => group.push(pattern),
            None => self.include.push(vec![pattern]),
        }
    }

    /// Also includes the cases of these groups.
    #[must_use]
    pub fn with_extra(mut self, extra: &[Extra]) -> Self {
        self.extra.extend(extra);
        self
    }

    /// Allows an id that matches nothing in `catalogue` to be the start of one that ends within a word. Fails for the
    /// first pattern that matches nothing.
    pub fn resolved(mut self, catalogue: &Catalogue) -> Result<Self, FilterError> {
        let all = self.include.iter_mut().flatten().chain(&mut self.exclude);
        for pattern in all {
            pattern.resolve(catalogue)?;
        }
        Ok(self)
    }

    /// Whether patterns of several kinds must all match.
    pub fn has_several_kinds(&self) -> bool {
        self.include.len() > 1
    }

    /// Whether a member is selected: by the patterns, and if it is in a group, by that group or its own id.
    pub fn selects(&self, case: &Case, member: &Member) -> bool {
        self.fits(case, member) && self.leaves_out(case, member).is_none()
    }

    /// The group whose absence leaves out a member that the patterns would select.
    pub fn leaves_out(&self, case: &Case, member: &Member) -> Option<Extra> {
        let extra = case.extra.filter(|extra| !self.extra.contains(extra))?;
        let named = self.include.iter().flatten().any(|pattern| pattern.names(case, member));
        (!named && self.fits(case, member)).then_some(extra)
    }

    fn fits(&self, case: &Case, member: &Member) -> bool {
        self.include.iter().all(|group| group.iter().any(|pattern| pattern.fits(case, member)))
            && !self.exclude.iter().any(|pattern| pattern.fits(case, member))
    }
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, FilterError> {
        let malformed = |why: String| FilterError::Malformed { pattern: text.to_owned(), why };
        let globbed = |value: &str| glob(value).map_err(malformed);
        let kind = match text.split_once(':') {
            // A requirement or a whole section, in the form that reports use.
            _ if is_requirement(text) => PatternKind::Requirement(globbed(&whole_section(text))?),
            None => PatternKind::Id(globbed(text)?),
            Some(("id", value)) => PatternKind::Id(globbed(value)?),
            Some(("section", value)) => PatternKind::Section(value.to_owned()),
            Some(("level", value)) => PatternKind::Level(
                Level::parse(value)
                    .ok_or_else(|| malformed(format!("a level is one of {}", Level::NAMES.join(", "))))?,
            ),
            Some(("role", "client")) => PatternKind::Role(Role::Client),
            Some(("role", "server")) => PatternKind::Role(Role::Server),
            Some(("role", _)) => return Err(malformed("a role is `client` or `server`".into())),
            Some(("tag", value)) => PatternKind::Tag(globbed(value)?),
            Some(("autobahn", value)) => PatternKind::Autobahn(globbed(value)?),
            Some(("requirement", value)) => PatternKind::Requirement(globbed(&whole_section(value))?),
            Some(("not", _)) => return Err(malformed("`not:` is already an exclusion".into())),
            // A member's values in an id may contain a colon.
            Some((prefix, _)) if prefix.contains(['/', '[', '*']) => PatternKind::Id(globbed(text)?),
            Some((prefix, _)) => return Err(malformed(unknown_prefix(prefix))),
        };
        Ok(Self { text: text.strip_prefix("id:").unwrap_or(text).to_owned(), kind })
    }

    /// Patterns of the same kind are alternatives.
    fn kind(&self) -> &'static str {
        match self.kind {
            PatternKind::Id(_) | PatternKind::Start => "id",
            PatternKind::Section(_) => "section",
            PatternKind::Level(_) => "level",
            PatternKind::Role(_) => "role",
            PatternKind::Tag(_) => "tag",
            PatternKind::Autobahn(_) => "autobahn",
            PatternKind::Requirement(_) => "requirement",
        }
    }

    fn resolve(&mut self, catalogue: &Catalogue) -> Result<(), FilterError> {
        let fits = |pattern: &Self| catalogue.members().any(|(case, member)| pattern.fits(case, member));
        if fits(self) {
            return Ok(());
        }
        let start = Self { text: self.text.clone(), kind: PatternKind::Start };
        if matches!(self.kind, PatternKind::Id(_)) && fits(&start) {
            *self = start;
            return Ok(());
        }
        Err(FilterError::Nothing { pattern: self.text.clone(), hint: self.hint(catalogue) })
    }

    /// What may have been meant.
    fn hint(&self, catalogue: &Catalogue) -> Option<String> {
        let value = self.text.split_once(':').map_or(&*self.text, |(_, value)| value);
        match self.kind {
            PatternKind::Id(_) | PatternKind::Start => id_hint(catalogue, &self.text),
            PatternKind::Section(_) => section_hint(catalogue, value),
            PatternKind::Tag(_) => tag_hint(catalogue, value),
            PatternKind::Autobahn(_) => autobahn_hint(catalogue, value),
            PatternKind::Requirement(_) => {
                requirement_hint(catalogue, self.text.strip_prefix("requirement:").unwrap_or(&self.text))
            }
            PatternKind::Level(_) | PatternKind::Role(_) => None,
        }
    }

    /// Whether it is exactly the id of the member, of its case, or an earlier id of the case.
    fn names(&self, case: &Case, member: &Member) -> bool {
        let whole = |id: &str| id == self.text;
        matches!(self.kind, PatternKind::Id(_))
            && (whole(&member.id) || whole(&case.id) || case.was.iter().any(|was| whole(was)))
    }

    fn fits(&self, case: &Case, member: &Member) -> bool {
        let ids = || [&member.id, &case.id].into_iter().chain(&case.was);
        match &self.kind {
            PatternKind::Id(glob) => {
                ids().any(|id| *id == self.text || glob.is_match(id) || starts(id, &self.text))
            }
            PatternKind::Start => ids().any(|id| id.starts_with(&self.text)),
            PatternKind::Section(section) => member.cites[0].is_in(section),
            PatternKind::Level(level) => member.level == *level,
            PatternKind::Role(role) => case.roles.contains(role),
            PatternKind::Tag(glob) => case.tags.iter().any(|tag| glob.is_match(tag)),
            PatternKind::Autobahn(glob) => member.autobahn.iter().any(|id| glob.is_match(id)),
            PatternKind::Requirement(glob) => member.cites.iter().any(|id| glob.is_match(id.as_str())),
        }
    }
}

/// `rfc6455#5.5.2`, with or without a number: case ids never have a `#` before their first slash.
fn is_requirement(text: &str) -> bool {
    text.split(['/', ':']).next().is_some_and(|start| start.contains('#'))
}

/// A section stands for all its requirements.
fn whole_section(text: &str) -> String {
    if text.contains([':', '*']) { text.to_owned() } else { format!("{text}:*") }
}

fn unknown_prefix(prefix: &str) -> String {
    match nearest(prefix, PREFIXES) {
        Some(near) => format!("did you mean `{near}:`?"),
        None => {
            let all = PREFIXES.map(|prefix| format!("`{prefix}:`")).join(", ");
            format!("`{prefix}:` is not a prefix; use one of {all}")
        }
    }
}
