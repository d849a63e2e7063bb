//! Reads the files of a tree into a catalogue, and reports each mistake with its place.

mod case;
mod requirement;
mod source_file;

pub(crate) use case::matrix_of;

use std::collections::{BTreeMap, HashMap, HashSet};

use wsspec_notation::NotationError;
use wsspec_wire::RequirementId;

use self::{case::case_of, requirement::requirement_of, source_file::SourceFile};
use crate::{
    bug::{self, Bug, BugFile},
    case::{Case, Location},
    catalogue::Catalogue,
    code_explanation::CodeExplanation,
    envelope::{CaseFile, RequirementFile},
    error::{CaseError, position},
    explanation::{self, Explanation, ExplanationFile},
    place::Place,
    requirement::Requirement,
    tree::Tree,
};

impl Catalogue {
    /// The catalogue that comes with wsspec.
    pub fn embedded() -> Result<Self, Vec<CaseError>> {
        Self::default().with(&Tree::embedded())
    }

    /// Adds the files of a tree. New requirements and cases are added, those with known ids are replaced. Returns every
    /// mistake, not just the first.
    pub fn with(mut self, tree: &Tree) -> Result<Self, Vec<CaseError>> {
        let errors = self.add(tree);
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// Adds the valid parts of a tree's files, like [`with`](Self::with), and returns every mistake.
    pub fn add(&mut self, tree: &Tree) -> Vec<CaseError> {
        let mut errors = Vec::new();
        let explained = explained(tree);
        for requirement in requirements(tree, &mut self.sections, &mut errors) {
            if explained.contains(requirement.id.spec()) {
                self.to_explain.insert(requirement.id.clone(), self.trees);
            }
            self.requirements.insert(requirement.id.clone(), requirement);
        }
        let cases = cases(tree, &self.requirements, &mut errors);
        let places: HashMap<String, usize> =
            self.cases.iter().enumerate().map(|(index, case)| (case.id.clone(), index)).collect();
        for case in cases {
            match places.get(&case.id) {
                Some(&index) => self.cases[index] = case,
                None => self.cases.push(case),
            }
        }
        for bug in bugs(tree, &mut errors) {
            self.bugs.retain(|known| known.id != bug.id);
            self.bugs.push(bug);
        }
        explanations(tree, self, &mut errors);
        self.trees += 1;
        errors
    }
}

/// The requirements of every `requirements.toml` of a tree; names of sections are added to `sections`.
fn requirements(
    tree: &Tree,
    sections: &mut BTreeMap<String, String>,
    errors: &mut Vec<CaseError>,
) -> Vec<Requirement> {
    let mut found = Vec::new();
    for path in tree.files.keys().filter(|path| is_named(path, REQUIREMENTS)) {
        let Some(file) = SourceFile::open(tree, path, errors) else { continue };
        let Some(raw) = file.parse::<RequirementFile>(errors) else { continue };
        let spec = path.split('/').rev().nth(1).unwrap_or_default();
        sections.extend(raw.sections.into_iter().map(|(number, name)| (format!("{spec}/{number}"), name)));
        for requirement in raw.requirement {
            match requirement_of(spec, requirement) {
                Ok(requirement) => found.push(requirement),
                Err(error) => errors.push(file.error(error)),
            }
        }
    }
    found
}

/// The cases of every other `.toml` file of a tree.
fn cases(
    tree: &Tree,
    requirements: &BTreeMap<RequirementId, Requirement>,
    errors: &mut Vec<CaseError>,
) -> Vec<Case> {
    let mut found: Vec<Case> = Vec::new();
    let mut places: HashMap<String, Location> = HashMap::new();
    for path in tree.in_order().filter(|path| is_cases(path)) {
        let Some(file) = SourceFile::open(tree, path, errors) else { continue };
        let Some(raw) = file.parse::<CaseFile>(errors) else { continue };
        for raw in raw.case {
            let span = raw.id.span();
            match case_of(&file, requirements, raw) {
                Ok(case) => {
                    if let Some(first) = places.insert(case.id.clone(), case.location.clone()) {
                        let error = NotationError::new(span, format!("`{}` is there already", case.id));
                        errors
                            .push(file.error(error.help(format!("first at {}:{}", first.path, first.line))));
                    }
                    found.push(case);
                }
                Err(mistakes) => errors.extend(mistakes.into_iter().map(|error| file.error(error))),
            }
        }
    }
    found
}

/// The bugs of every `bugs.toml` of a tree.
fn bugs(tree: &Tree, errors: &mut Vec<CaseError>) -> Vec<Bug> {
    let mut found: Vec<Bug> = Vec::new();
    for path in tree.in_order().filter(|path| is_named(path, bug::FILE)) {
        let Some(file) = SourceFile::open(tree, path, errors) else { continue };
        let Some(raw) = file.parse::<BugFile>(errors) else { continue };
        for raw in raw.bug {
            let span = raw.id.span();
            match Bug::checked(raw, tree.shown(path), &file.source) {
                Err(error) => errors.push(file.error(error)),
                Ok(bug) => match found.iter().find(|other| other.id == bug.id) {
                    Some(first) => {
                        let error = NotationError::new(span, format!("`{}` is there already", bug.id));
                        let Location { path, line, .. } = &first.location;
                        errors.push(file.error(error.help(format!("first at {path}:{line}"))));
                    }
                    None => found.push(bug),
                },
            }
        }
    }
    found
}

/// Adds the explanations of every `explanations.toml` of a tree, in front of earlier ones.
fn explanations(tree: &Tree, catalogue: &mut Catalogue, errors: &mut Vec<CaseError>) {
    for path in tree.in_order().filter(|path| is_named(path, explanation::FILE)) {
        let Some(file) = SourceFile::open(tree, path, errors) else { continue };
        let Some(raw) = file.parse::<ExplanationFile>(errors) else { continue };
        let spec = path.rsplit('/').nth(1).unwrap_or_default();
        let layer = catalogue.trees;
        let place = |start| Place { path: tree.shown(path), line: header(&file.source, start), layer };
        for raw in raw.explanation {
            let place = place(raw.rules.span().start);
            match Explanation::checked(raw, spec, place) {
                Ok(explanation) => catalogue.explanations.push(explanation),
                Err(error) => errors.push(file.error(error)),
            }
        }
        for raw in raw.code {
            let place = place(raw.code.span().start);
            match CodeExplanation::checked(raw, place) {
                Ok(code) => catalogue.codes.push(code),
                Err(error) => errors.push(file.error(error)),
            }
        }
    }
}

/// The specifications for which a tree has explanations.
fn explained(tree: &Tree) -> HashSet<&str> {
    let files = tree.files.keys().filter(|path| is_named(path, explanation::FILE));
    files.filter_map(|path| path.rsplit('/').nth(1)).collect()
}

/// The line of the table that contains the byte at `start`.
fn header(source: &str, start: usize) -> usize {
    let at = source[..start].rfind("[[").unwrap_or(start);
    position(source, at).0
}

/// The name of files that list requirements.
const REQUIREMENTS: &str = "requirements.toml";

fn is_cases(path: &str) -> bool {
    path.ends_with(".toml")
        && ![REQUIREMENTS, bug::FILE, explanation::FILE].iter().any(|name| is_named(path, name))
}

/// Whether the last part of a path is this name.
fn is_named(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}
