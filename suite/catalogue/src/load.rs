//! Reads the files of a tree into a catalogue, and reports each mistake with its place.

mod case;
mod cases;
mod requirement;
mod source_file;
mod threads;

pub(crate) use case::matrix_of;

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::de::DeserializeOwned;
use wsspec_notation::NotationError;

use self::{cases::cases, requirement::requirement_of, source_file::SourceFile, threads::side_by_side};
use crate::{
    bug::{self, Bug, BugFile},
    case::Location,
    catalogue::Catalogue,
    code_explanation::CodeExplanation,
    envelope::RequirementFile,
    error::CaseError,
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
        let paths: Vec<&str> = tree.in_order().map(String::as_str).filter(|path| is_cases(path)).collect();
        let cases = cases(tree, &paths, &self.requirements, &mut errors);
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

/// The files of a tree whose paths `fits` accepts, in the order of their sections, each with its content.
fn parsed<'t, T: DeserializeOwned + Send>(
    tree: &'t Tree,
    fits: impl Fn(&str) -> bool,
    errors: &mut Vec<CaseError>,
) -> Vec<(SourceFile<'t>, T)> {
    let paths: Vec<&str> = tree.in_order().map(String::as_str).filter(|path| fits(path)).collect();
    let read = side_by_side(&paths, |path| {
        let mut errors = Vec::new();
        (SourceFile::read(tree, path, &mut errors), errors)
    });
    let (files, found): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    errors.extend(found.into_iter().flatten());
    files.into_iter().flatten().collect()
}

/// The requirements of every `requirements.toml` of a tree; names of sections are added to `sections`.
fn requirements(
    tree: &Tree,
    sections: &mut BTreeMap<String, String>,
    errors: &mut Vec<CaseError>,
) -> Vec<Requirement> {
    let mut found = Vec::new();
    for (file, raw) in parsed::<RequirementFile>(tree, |path| is_named(path, REQUIREMENTS), errors) {
        let spec = file.path.split('/').rev().nth(1).unwrap_or_default();
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

/// The bugs of every `bugs.toml` of a tree.
fn bugs(tree: &Tree, errors: &mut Vec<CaseError>) -> Vec<Bug> {
    let mut found: Vec<Bug> = Vec::new();
    for (file, raw) in parsed::<BugFile>(tree, |path| is_named(path, bug::FILE), errors) {
        for raw in raw.bug {
            let span = raw.id.span();
            match Bug::checked(raw, tree.shown(file.path), file.line(span.start)) {
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
    for (file, raw) in parsed::<ExplanationFile>(tree, |path| is_named(path, explanation::FILE), errors) {
        let spec = file.path.rsplit('/').nth(1).unwrap_or_default();
        let layer = catalogue.trees;
        let place = |start| Place { path: tree.shown(file.path), line: header(&file, start), layer };
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
fn header(file: &SourceFile<'_>, start: usize) -> usize {
    file.line(file.source[..start].rfind("[[").unwrap_or(start))
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
