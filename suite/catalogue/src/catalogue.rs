//! Every requirement, case, known bug and explanation, checked.

use std::{cmp::Reverse, collections::BTreeMap};

use wsspec_notation::nearest;
use wsspec_wire::RequirementId;

use crate::{
    bug::Bug,
    case::{Case, Member, family},
    code_explanation::CodeExplanation,
    explanation::Explanation,
    requirement::Requirement,
};

/// All requirements, cases and known bugs, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// By id.
    pub requirements: BTreeMap<RequirementId, Requirement>,
    /// Short names of sections, by specification and section: `rfc6455/5.4`.
    pub sections: BTreeMap<String, String>,
    /// In the order of their files; ids are unique.
    pub cases: Vec<Case>,
    /// In the order of their files; ids are unique.
    pub bugs: Vec<Bug>,
    /// Why requirements exist, and what typically breaks them.
    pub explanations: Vec<Explanation>,
    /// The meanings of close codes and status codes.
    pub codes: Vec<CodeExplanation>,
    /// Requirements from folders that also have explanations, which must cover them, with the number of their tree.
    pub(crate) to_explain: BTreeMap<RequirementId, usize>,
    /// Number of trees added.
    pub(crate) trees: usize,
}

impl Catalogue {
    /// Every member of every case, with its case.
    pub fn members(&self) -> impl Iterator<Item = (&Case, &Member)> {
        self.cases.iter().flat_map(|case| case.members.iter().map(move |member| (case, member)))
    }

    /// The case with this full id, earlier id, or member's id.
    pub fn case(&self, id: &str) -> Option<&Case> {
        let family = family(id);
        self.cases.iter().find(|case| case.id == family || case.was.iter().any(|was| was == family))
    }

    /// The case id most similar to `id`.
    pub fn nearest_case(&self, id: &str) -> Option<&str> {
        let slug = |id: &str| id.rsplit('/').next().unwrap_or(id).to_owned();
        nearest(id, self.cases.iter().map(|case| case.id.as_str())).or_else(|| {
            let wanted = slug(id);
            let slugs: Vec<_> = self.cases.iter().map(|case| slug(&case.id)).collect();
            let near = nearest(&wanted, slugs.iter().map(String::as_str))?.to_owned();
            self.cases.iter().find(|case| slug(&case.id) == near).map(|case| case.id.as_str())
        })
    }

    /// The explanation of a requirement. Folders added later take precedence; within one, an explanation that names the
    /// requirement precedes one for the rest of its section.
    pub fn explanation(&self, id: &RequirementId) -> Option<&Explanation> {
        let fitting = self.explanations.iter().filter(|e| e.names(id) || e.has_section(id));
        fitting.min_by_key(|e| (Reverse(e.place.layer), !e.names(id)))
    }

    /// The explanation of a close code or status code. Folders added later take precedence; within one, the narrowest
    /// range.
    pub fn code(&self, code: u16) -> Option<&CodeExplanation> {
        let fitting = self.codes.iter().filter(|found| found.codes.contains(&code));
        fitting.min_by_key(|found| (Reverse(found.place.layer), found.codes.end() - found.codes.start()))
    }
}
