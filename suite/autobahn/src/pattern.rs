//! The patterns of `cases`, `exclude-cases` and `exclude-agent-cases`, with their quirks.
//!
//! A pattern with a star is a regular expression with literal dots, in which a star stands for any text. In lists of
//! cases its end is open: `1*` also matches 10 to 13, and `12.*.1` also matches 12.1.10. Spec files of other projects
//! depend on it.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;
use thiserror::Error;

use crate::{CaseId, cases};

/// A pattern that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PatternError {
    /// Not an id, and without a star.
    #[error("`{0}` is not a case; ids are like `1.1.1`, patterns like `1.*`")]
    Unknown(String),
    /// Not a regular expression, or one with syntax that is not supported.
    #[error("`{pattern}` cannot be used as a pattern: {why}")]
    Syntax {
        /// As given.
        pattern: String,
        /// What is wrong.
        why: String,
    },
}

impl PatternError {
    /// As given.
    #[must_use]
    pub fn pattern(&self) -> &str {
        match self {
            Self::Unknown(pattern) | Self::Syntax { pattern, .. } => pattern,
        }
    }
}

/// The cases that a pattern of `cases` matches and no pattern of `excluded`, in numerical order.
///
/// # Errors
///
/// A pattern in `cases` without a star that is not a case, and any malformed one. An unknown case in `excluded` is
/// harmless.
pub fn select(cases: &[String], excluded: &[String]) -> Result<Vec<CaseId>, PatternError> {
    let mut chosen = BTreeSet::new();
    for pattern in cases {
        let found = resolve(pattern)?.ok_or_else(|| PatternError::Unknown(pattern.clone()))?;
        chosen.extend(found);
    }
    for pattern in excluded {
        for id in resolve(pattern)?.unwrap_or_default() {
            chosen.remove(&id);
        }
    }
    Ok(chosen.into_iter().collect())
}

/// `None`: a literal that is not a case.
fn resolve(pattern: &str) -> Result<Option<Vec<CaseId>>, PatternError> {
    let all = cases::all().iter().map(|case| &case.id);
    if !pattern.contains('*') {
        return Ok(all.filter(|id| id.to_string() == pattern).map(|id| vec![id.clone()]).next());
    }
    let regex = compile(pattern, "")?;
    Ok(Some(all.filter(|id| regex.is_match(&id.to_string())).cloned().collect()))
}

fn compile(pattern: &str, end: &str) -> Result<Regex, PatternError> {
    let expression = pattern.replace('.', r"\.").replace('*', ".*");
    Regex::new(&format!("^(?:{expression}){end}")).map_err(|error| {
        let why = match error {
            regex::Error::Syntax(text) => text.lines().last().unwrap_or_default().trim().to_owned(),
            other => other.to_string(),
        };
        PatternError::Syntax { pattern: pattern.to_owned(), why }
    })
}

/// `exclude-agent-cases`: which cases are not run with which agents. Both patterns must match completely.
#[derive(Clone, Debug, Default)]
pub struct AgentExclusions(Vec<(Regex, Vec<Regex>)>);

impl AgentExclusions {
    /// Parses the table of a spec file.
    ///
    /// # Errors
    ///
    /// A malformed pattern.
    pub fn new(table: &BTreeMap<String, Vec<String>>) -> Result<Self, PatternError> {
        let whole = |pattern: &String| compile(pattern, "$");
        table
            .iter()
            .map(|(agent, cases)| Ok((whole(agent)?, cases.iter().map(whole).collect::<Result<_, _>>()?)))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether the case is excluded for the agent.
    #[must_use]
    pub fn excludes(&self, agent: &str, case: &CaseId) -> bool {
        let case = case.to_string();
        let mut of_agent = self.0.iter().filter(|(pattern, _)| pattern.is_match(agent));
        of_agent.any(|(_, cases)| cases.iter().any(|pattern| pattern.is_match(&case)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(cases: &[&str], excluded: &[&str]) -> Result<Vec<String>, PatternError> {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        Ok(select(&owned(cases), &owned(excluded))?.iter().map(CaseId::to_string).collect())
    }

    #[test]
    fn a_star_alone_is_every_case() {
        assert_eq!(chosen(&["*"], &[]).map(|ids| ids.len()), Ok(517));
    }

    #[test]
    fn the_end_of_a_pattern_is_open() {
        let ids = chosen(&["12.*.1"], &[]).expect("a pattern");
        assert_eq!(ids.len(), 5 * 10);
        assert!(ids.contains(&"12.5.18".to_owned()) && !ids.contains(&"12.5.2".to_owned()));
        assert_eq!(chosen(&["1*"], &[]).map(|ids| ids.len()), Ok(16 + 1 + 90 + 126));
    }

    #[test]
    fn a_pattern_is_a_regular_expression() {
        assert_eq!(chosen(&["1[1-4].*"], &[]).map(|ids| ids.len()), Ok(90 + 126));
        assert_eq!(chosen(&["1.1.[12]*"], &["1.1.2*"]), Ok(vec!["1.1.1".into()]));
    }

    #[test]
    fn exclusions_may_be_empty_or_unknown() {
        assert_eq!(
            chosen(&["1.1.1", "2.10", "2.9"], &["", "99.1"]),
            Ok(["1.1.1", "2.9", "2.10"].map(String::from).into())
        );
    }

    #[test]
    fn an_unknown_case_and_bad_syntax_are_reported() {
        assert_eq!(chosen(&["1.1.99"], &[]), Err(PatternError::Unknown("1.1.99".into())));
        let Err(PatternError::Syntax { pattern, why }) = chosen(&["1.(*"], &[]) else { panic!("no error") };
        assert_eq!((pattern.as_str(), why.as_str()), ("1.(*", "error: unclosed group"));
        let lookahead = chosen(&["(?!9)*"], &[]).expect_err("look-around");
        assert!(lookahead.to_string().contains("look-around"), "{lookahead}");
    }

    #[test]
    fn exclusions_of_an_agent_match_to_the_end() {
        let table = BTreeMap::from([("Fox*".to_owned(), vec!["9.1".to_owned(), "12.*".to_owned()])]);
        let exclusions = AgentExclusions::new(&table).expect("patterns");
        let excludes = |agent: &str, id: &str| exclusions.excludes(agent, &id.parse().expect("an id"));
        assert!(excludes("Fox/1", "12.1.1"));
        assert!(!excludes("Fox/1", "9.1.1") && !excludes("A Fox", "12.1.1"));
    }
}
