//! The catalogue: every requirement and case, checked.

use std::collections::{BTreeMap, HashMap};

use wsspec_notation::nearest;
use wsspec_wire::RequirementId;

use crate::{
    bug::Bug,
    case::{Case, Member, family},
    code::CodeExplanation,
    error::CaseError,
    explanation::Explanation,
    load,
    requirement::Requirement,
    tree::Tree,
};

/// All requirements, cases and known bugs, in the order of their files.
#[derive(Clone, Debug, Default)]
pub struct Catalogue {
    /// By id.
    pub requirements: BTreeMap<RequirementId, Requirement>,
    /// In the order of their files; ids are unique.
    pub cases: Vec<Case>,
    /// In the order of their files; ids are unique.
    pub bugs: Vec<Bug>,
    /// Why requirements exist, and what breaks them.
    pub explanations: Vec<Explanation>,
    /// What close codes and statuses mean.
    pub codes: Vec<CodeExplanation>,
    /// Requirements that came with explanations in their folder, which has to explain them, and the number of its tree.
    pub(crate) to_explain: BTreeMap<RequirementId, usize>,
    /// How many trees were added.
    pub(crate) trees: usize,
}

impl Catalogue {
    /// The catalogue that comes with wsspec.
    pub fn embedded() -> Result<Self, Vec<CaseError>> {
        Self::default().with(&Tree::embedded())
    }

    /// Adds the files of a tree: new requirements and cases are added, those with a known id replaced. Returns every
    /// mistake found, not just the first.
    pub fn with(mut self, tree: &Tree) -> Result<Self, Vec<CaseError>> {
        let errors = self.add(tree);
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// Adds what is sound of a tree's files, as [`with`](Self::with) does, and returns every mistake found.
    pub fn add(&mut self, tree: &Tree) -> Vec<CaseError> {
        let mut errors = Vec::new();
        let explained = load::explained(tree);
        for requirement in load::requirements(tree, &mut errors) {
            if explained.contains(requirement.id.spec()) {
                self.to_explain.insert(requirement.id.clone(), self.trees);
            }
            self.requirements.insert(requirement.id.clone(), requirement);
        }
        let cases = load::cases(tree, &self.requirements, &mut errors);
        let places: HashMap<String, usize> =
            self.cases.iter().enumerate().map(|(index, case)| (case.id.clone(), index)).collect();
        for case in cases {
            match places.get(&case.id) {
                Some(&index) => self.cases[index] = case,
                None => self.cases.push(case),
            }
        }
        for bug in load::bugs(tree, &mut errors) {
            self.bugs.retain(|known| known.id != bug.id);
            self.bugs.push(bug);
        }
        load::explanations(tree, self, &mut errors);
        self.trees += 1;
        errors
    }

    /// Every member of every case, with its case.
    pub fn members(&self) -> impl Iterator<Item = (&Case, &Member)> {
        self.cases.iter().flat_map(|case| case.members.iter().map(move |member| (case, member)))
    }

    /// The case of a full id, an earlier id, or a member's id.
    pub fn case(&self, id: &str) -> Option<&Case> {
        let family = family(id);
        self.cases.iter().find(|case| case.id == family || case.was.iter().any(|was| was == family))
    }

    /// The case id most like `id`.
    pub fn nearest_case(&self, id: &str) -> Option<&str> {
        let slug = |id: &str| id.rsplit('/').next().unwrap_or(id).to_owned();
        nearest(id, self.cases.iter().map(|case| case.id.as_str())).or_else(|| {
            let wanted = slug(id);
            let slugs: Vec<_> = self.cases.iter().map(|case| slug(&case.id)).collect();
            let near = nearest(&wanted, slugs.iter().map(String::as_str))?.to_owned();
            self.cases.iter().find(|case| slug(&case.id) == near).map(|case| case.id.as_str())
        })
    }
}
