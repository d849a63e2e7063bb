//! Reads case files: TOML to checked cases and requirements, each mistake with its place.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    str,
    sync::Arc,
};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use toml::Spanned;
use wsspec_wire::Role;

use wsspec_notation::{
    Matrix, NotationError, PayloadFiles, Values, nearest, parse_script, substitute, suffix, suggestion,
};
use wsspec_wire::{Level, RequirementId};

use crate::{
    bug::{self, Bug, BugFile},
    case::{Case, Location, Member, Need, inferred_needs},
    catalogue::Catalogue,
    code::CodeExplanation,
    envelope::{CaseFile, RawCase, RawRequirement, RequirementFile},
    error::{CaseError, position},
    explanation::{self, Explanation, ExplanationFile, Place},
    extra::Extra,
    requirement::{Gap, Requirement},
    tree::Tree,
};

/// The requirements of every `requirements.toml` of a tree.
pub(crate) fn requirements(tree: &Tree, errors: &mut Vec<CaseError>) -> Vec<Requirement> {
    let mut found = Vec::new();
    for path in tree.files.keys().filter(|path| is_named(path, REQUIREMENTS)) {
        let Some(file) = File::open(tree, path, errors) else { continue };
        let Some(raw) = file.parse::<RequirementFile>(errors) else { continue };
        let spec = path.split('/').rev().nth(1).unwrap_or_default();
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
pub(crate) fn cases(
    tree: &Tree,
    requirements: &BTreeMap<RequirementId, Requirement>,
    errors: &mut Vec<CaseError>,
) -> Vec<Case> {
    let mut found: Vec<Case> = Vec::new();
    let mut places: HashMap<String, Location> = HashMap::new();
    for path in tree.in_order().filter(|path| is_cases(path)) {
        let Some(file) = File::open(tree, path, errors) else { continue };
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
pub(crate) fn bugs(tree: &Tree, errors: &mut Vec<CaseError>) -> Vec<Bug> {
    let mut found: Vec<Bug> = Vec::new();
    for path in tree.in_order().filter(|path| is_named(path, bug::FILE)) {
        let Some(file) = File::open(tree, path, errors) else { continue };
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

/// Adds the explanations of every `explanations.toml` of a tree, which come before those that are there already.
pub(crate) fn explanations(tree: &Tree, catalogue: &mut Catalogue, errors: &mut Vec<CaseError>) {
    for path in tree.in_order().filter(|path| is_named(path, explanation::FILE)) {
        let Some(file) = File::open(tree, path, errors) else { continue };
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

/// The folders of a tree that explain requirements, by the name of their specification.
pub(crate) fn explained(tree: &Tree) -> HashSet<&str> {
    let files = tree.files.keys().filter(|path| is_named(path, explanation::FILE));
    files.filter_map(|path| path.rsplit('/').nth(1)).collect()
}

/// The line of the table that the byte at `start` is in.
fn header(source: &str, start: usize) -> usize {
    let at = source[..start].rfind("[[").unwrap_or(start);
    position(source, at).0
}

/// The name of the files that list requirements.
const REQUIREMENTS: &str = "requirements.toml";

fn is_cases(path: &str) -> bool {
    path.ends_with(".toml")
        && ![REQUIREMENTS, bug::FILE, explanation::FILE].iter().any(|name| is_named(path, name))
}

/// Whether the last part of a path is that name.
fn is_named(path: &str, name: &str) -> bool {
    path.rsplit('/').next() == Some(name)
}

/// A file of a tree, with its text.
struct File<'t> {
    tree: &'t Tree,
    path: &'t str,
    source: Arc<str>,
}

impl<'t> File<'t> {
    fn open(tree: &'t Tree, path: &'t str, errors: &mut Vec<CaseError>) -> Option<Self> {
        match str::from_utf8(&tree.files[path]) {
            Ok(text) => Some(Self { tree, path, source: text.into() }),
            Err(error) => {
                let source = String::from_utf8_lossy(&tree.files[path]).into();
                let at = error.valid_up_to();
                let error = NotationError::new(at..at + 1, "not UTF-8").help("save the file as UTF-8");
                errors.push(CaseError { path: tree.shown(path), source, error });
                None
            }
        }
    }

    fn error(&self, error: NotationError) -> CaseError {
        CaseError { path: self.tree.shown(self.path), source: self.source.clone(), error }
    }

    fn parse<T: DeserializeOwned>(&self, errors: &mut Vec<CaseError>) -> Option<T> {
        toml::from_str(&self.source).map_err(|error| errors.push(self.error(toml_error(&error)))).ok()
    }

    /// `rfc6455/5.4` for `rfc6455/5.4-fragmentation.toml`.
    fn prefix(&self) -> String {
        let stem = self.path.strip_suffix(".toml").unwrap_or(self.path);
        let (folder, name) = stem.rsplit_once('/').map_or(("", stem), |(folder, name)| (folder, name));
        let section =
            name.split('-').next().filter(|s| s.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(name);
        if folder.is_empty() { section.to_owned() } else { format!("{folder}/{section}") }
    }
}

/// Files named in a script stand beside the case file.
impl PayloadFiles for File<'_> {
    fn read(&self, path: &str) -> Result<Bytes, String> {
        let folder = self.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let whole = if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") };
        self.tree
            .files
            .get(&whole)
            .cloned()
            .ok_or_else(|| format!("there is no file `{}`", self.tree.shown(&whole)))
    }
}

/// A TOML error at its place, with the nearest known key when one is unknown.
pub fn toml_error(error: &toml::de::Error) -> NotationError {
    let message = error.message().to_owned();
    let mut words = message.split('`').skip(1).step_by(2);
    let help = match (message.starts_with("unknown field"), words.next()) {
        (true, Some(word)) => nearest(word, words).map(|near| format!("did you mean `{near}`?")),
        _ => None,
    };
    let message = message.lines().next().unwrap_or_default().to_owned();
    NotationError { span: error.span().unwrap_or(0..0), message, help }
}

fn requirement_of(spec: &str, raw: RawRequirement) -> Result<Requirement, NotationError> {
    let id = RequirementId::parse(&format!("{spec}#{}", raw.id.get_ref())).ok_or_else(|| {
        NotationError::new(raw.id.span(), format!("`{}` is not a requirement id", raw.id.get_ref()))
            .help("section, colon, ordinal from 1: `5.5.2:2`")
    })?;
    let level = Level::parse(raw.level.get_ref()).ok_or_else(|| {
        NotationError::new(raw.level.span(), format!("`{}` is not a level", raw.level.get_ref()))
            .help(suggestion(raw.level.get_ref(), &Level::NAMES))
    })?;
    let roles = raw.roles.iter().map(role).collect::<Result<Vec<_>, _>>()?;
    if roles.is_empty() {
        return Err(
            NotationError::new(raw.id.span(), "a requirement lies on somebody").help("name its roles")
        );
    }
    let gap = gap_of(raw.unobservable, raw.untested)?;
    Ok(Requirement { id, level, roles, implied: raw.implied, text: raw.text, gap })
}

fn gap_of(
    unobservable: Option<Spanned<String>>,
    untested: Option<Spanned<String>>,
) -> Result<Option<Gap>, NotationError> {
    match (unobservable, untested) {
        (Some(_), Some(reason)) => Err(NotationError::new(reason.span(), "`untested` beside `unobservable`")
            .help("what nobody on the wire can see is only `unobservable`")),
        (Some(reason), None) => Ok(Some(Gap::Unobservable(reason.into_inner()))),
        (None, reason) => Ok(reason.map(|reason| Gap::Untested(reason.into_inner()))),
    }
}

fn role(text: &Spanned<String>) -> Result<Role, NotationError> {
    match text.get_ref().as_str() {
        "client" => Ok(Role::Client),
        "server" => Ok(Role::Server),
        other => Err(NotationError::new(text.span(), format!("`{other}` is not a role"))
            .help(suggestion(other, &["client", "server"]))),
    }
}

fn case_of(
    file: &File<'_>,
    requirements: &BTreeMap<RequirementId, Requirement>,
    raw: RawCase,
) -> Result<Case, Vec<NotationError>> {
    let one = |error: NotationError| vec![error];
    let cites = cites(&raw.cites, requirements).map_err(one)?;
    let first = &requirements[&cites[0]];
    let roles = match &raw.roles {
        None => first.roles.clone(),
        Some(roles) => roles.iter().map(role).collect::<Result<_, _>>().map_err(one)?,
    };
    let needs = raw.needs.iter().map(need).collect::<Result<Vec<_>, _>>().map_err(one)?;
    let extra = raw.extra.as_ref().map(extra).transpose().map_err(one)?;
    let id = format!("{}/{}", file.prefix(), raw.id.get_ref());
    let members = members(file, &id, &raw, &needs)?;
    let location = Location {
        path: file.tree.shown(file.path),
        line: position(&file.source, raw.id.span().start).0,
        script_line: position(&file.source, script_start(file, &raw.script)).0,
    };
    Ok(Case {
        id,
        title: raw.title.into_inner(),
        level: first.level,
        cites,
        roles,
        needs,
        extra,
        tags: raw.tags,
        was: raw.was,
        script: raw.script.into_inner(),
        location,
        members,
    })
}

fn cites(
    raw: &Spanned<Vec<Spanned<String>>>,
    requirements: &BTreeMap<RequirementId, Requirement>,
) -> Result<Vec<RequirementId>, NotationError> {
    if raw.get_ref().is_empty() {
        return Err(NotationError::new(raw.span(), "a case cites at least one requirement"));
    }
    let known = |text: &Spanned<String>| {
        let id = RequirementId::parse(text.get_ref()).filter(|id| requirements.contains_key(id));
        id.ok_or_else(|| {
            let error =
                NotationError::new(text.span(), format!("there is no requirement `{}`", text.get_ref()));
            match nearest(text.get_ref(), requirements.keys().map(RequirementId::as_str)) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help("requirements are in `requirements.toml`, cited like `rfc6455#5.5.2:2`"),
            }
        })
    };
    raw.get_ref().iter().map(known).collect()
}

fn need(text: &Spanned<String>) -> Result<Need, NotationError> {
    Need::parse(text.get_ref()).ok_or_else(|| {
        NotationError::new(text.span(), format!("`{}` is not a need", text.get_ref()))
            .help(suggestion(text.get_ref(), &Need::NAMES))
    })
}

fn extra(text: &Spanned<String>) -> Result<Extra, NotationError> {
    Extra::parse(text.get_ref()).ok_or_else(|| {
        NotationError::new(text.span(), format!("`{}` is no group of cases", text.get_ref()))
            .help(suggestion(text.get_ref(), &Extra::NAMES))
    })
}

fn matrix_of(raw: Option<&Spanned<toml::Table>>) -> Result<Matrix, NotationError> {
    let Some(raw) = raw else { return Ok(Matrix::default()) };
    let bad = |key: &str| {
        NotationError::new(
            raw.span(),
            format!("`{key}` of the matrix is not a list of strings and whole numbers"),
        )
        .help("write `matrix = { size = [0, 125, 126] }`; keys in lower-case letters and `_`")
    };
    let mut matrix = Matrix::default();
    for (key, values) in raw.get_ref() {
        let list = values.as_array().filter(|list| !list.is_empty()).ok_or_else(|| bad(key))?;
        let texts = list.iter().map(|value| match value {
            toml::Value::String(text) => Some(text.clone()),
            toml::Value::Integer(number) => Some(number.to_string()),
            _ => None,
        });
        let texts: Vec<String> = texts.collect::<Option<_>>().ok_or_else(|| bad(key))?;
        if !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(bad(key));
        }
        matrix.0.push((key.clone(), texts));
    }
    Ok(matrix)
}

fn members(
    file: &File<'_>,
    id: &str,
    raw: &RawCase,
    needs: &[Need],
) -> Result<Vec<Member>, Vec<NotationError>> {
    let matrix = matrix_of(raw.matrix.as_ref()).map_err(|e| vec![e])?;
    let combinations = matrix.combinations();
    let autobahn = autobahn(raw, combinations.len()).map_err(|e| vec![e])?;
    let mut members = Vec::with_capacity(combinations.len());
    for (values, autobahn) in combinations.into_iter().zip(autobahn) {
        let member_id = format!("{id}{}", suffix(&values));
        if members.iter().any(|other: &Member| other.id == member_id) {
            let error =
                NotationError::new(raw.id.span(), format!("two members of the family are `{member_id}`"));
            return Err(vec![
                error.help("each value of a matrix key appears once; blanks and quotes do not count"),
            ]);
        }
        let script = member_script(file, raw, &values).map_err(|e| vec![e])?;
        let mut all_needs = needs.to_vec();
        all_needs.extend(inferred_needs(&script).into_iter().filter(|need| !needs.contains(need)));
        members.push(Member { id: member_id, values, autobahn, script, needs: all_needs });
    }
    Ok(members)
}

/// Autobahn ids by member.
fn autobahn(raw: &RawCase, count: usize) -> Result<Vec<Vec<String>>, NotationError> {
    let Some(list) = &raw.autobahn else { return Ok(vec![Vec::new(); count]) };
    if raw.matrix.is_none() {
        return Ok(vec![list.get_ref().clone()]);
    }
    if list.get_ref().len() != count {
        let what = format!("{} entries for a family of {count}", list.get_ref().len());
        return Err(NotationError::new(list.span(), what)
            .help("one entry per member, the last key of the matrix varying fastest; `-` for none"));
    }
    let ids = |entry: &String| entry.split_whitespace().filter(|id| *id != "-").map(str::to_owned).collect();
    Ok(list.get_ref().iter().map(ids).collect())
}

fn member_script(
    file: &File<'_>,
    raw: &RawCase,
    values: &Values,
) -> Result<wsspec_notation::Script, NotationError> {
    let substituted =
        substitute(raw.script.get_ref(), values).map_err(|error| placed(file, &raw.script, error))?;
    let script = parse_script(&substituted.text, file).map_err(|error| {
        let span = substituted.origin(error.span.clone());
        placed(file, &raw.script, NotationError { span, ..error })
    })?;
    if script.lines.is_empty() {
        return Err(NotationError::new(raw.script.span(), "this script does nothing"));
    }
    Ok(script)
}

/// An error in a script's text, at its place in the file: exact where the file has the text as it is, else the whole
/// string, whose escapes move everything after them.
fn placed(file: &File<'_>, script: &Spanned<String>, error: NotationError) -> NotationError {
    let start = script_start(file, script);
    match file.source[start..].starts_with(script.get_ref().as_str()) {
        true => error.shifted(start),
        false => NotationError { span: script.span(), ..error },
    }
}

/// Where the text of a `'''` string starts in the file: after the quotes and the first line end.
fn script_start(file: &File<'_>, script: &Spanned<String>) -> usize {
    let span = script.span();
    let written = &file.source[span.clone()];
    let quotes = if written.starts_with("'''") { 3 } else { 1 };
    let newline = match &written[quotes..] {
        text if quotes == 3 && text.starts_with("\r\n") => 2,
        text if quotes == 3 && text.starts_with('\n') => 1,
        _ => 0,
    };
    span.start + quotes + newline
}
