//! The cases of a tree.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Range,
};

use wsspec_notation::NotationError;
use wsspec_wire::RequirementId;

use super::{case::case_of, source_file::SourceFile, threads::side_by_side};
use crate::{
    case::{Case, Location},
    envelope::CaseFile,
    error::CaseError,
    requirement::Requirement,
    tree::Tree,
};

/// What was read from one file.
#[derive(Default)]
struct CasesRead<'t> {
    /// `None` if it is not UTF-8, or not TOML of this form.
    file: Option<SourceFile<'t>>,
    /// Each with the place of its id.
    cases: Vec<(Case, Range<usize>)>,
    errors: Vec<CaseError>,
}

/// The cases in these files of a tree, in order.
pub(super) fn cases(
    tree: &Tree,
    paths: &[&str],
    requirements: &BTreeMap<RequirementId, Requirement>,
    errors: &mut Vec<CaseError>,
) -> Vec<Case> {
    let mut found: Vec<Case> = Vec::new();
    let mut places: HashMap<String, Location> = HashMap::new();
    for read in side_by_side(paths, |path| read(tree, path, requirements)) {
        errors.extend(read.errors);
        let Some(file) = read.file else { continue };
        for (case, span) in read.cases {
            if let Some(first) = places.insert(case.id.clone(), case.location.clone()) {
                let error = NotationError::new(span, format!("`{}` is there already", case.id));
                errors.push(file.error(error.help(format!("first at {}:{}", first.path, first.line))));
            }
            found.push(case);
        }
    }
    found
}

fn read<'t>(
    tree: &'t Tree,
    path: &'t str,
    requirements: &BTreeMap<RequirementId, Requirement>,
) -> CasesRead<'t> {
    let mut read = CasesRead::default();
    let Some((file, raw)) = SourceFile::read::<CaseFile>(tree, path, &mut read.errors) else { return read };
    for raw in raw.case {
        let span = raw.id.span();
        match case_of(&file, requirements, raw) {
            Ok(case) => read.cases.push((case, span)),
            Err(mistakes) => read.errors.extend(mistakes.into_iter().map(|error| file.error(error))),
        }
    }
    CasesRead { file: Some(file), ..read }
}
