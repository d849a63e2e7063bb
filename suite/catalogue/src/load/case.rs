//! Builds a case from its raw form: its requirements, its members and their scripts.

use std::collections::{BTreeMap, HashSet};

use toml::Spanned;
use wsspec_notation::{
    Matrix, NotationError, Script, Values, nearest, parse_script, substitute, suffix, suggestion,
};
use wsspec_wire::RequirementId;

use super::{requirement::role, source_file::SourceFile};
use crate::{
    case::{Case, Location, Member, Need, inferred_needs},
    certificate_fault::CertificateFault,
    envelope::RawCase,
    extra::Extra,
    layers,
    requirement::Requirement,
    uri_form::UriForm,
};

/// Checks a case of `file`. Returns every mistake in it, if there are any.
pub(super) fn case_of(
    file: &SourceFile<'_>,
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
    let members = members(file, &id, &raw, &needs, &cites, requirements)?;
    let location = Location {
        path: file.tree.shown(file.path),
        line: file.line(raw.id.span().start),
        script_line: file.line(script_start(file, &raw.script)),
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
        NotationError::new(text.span(), format!("`{}` is not a group of cases", text.get_ref()))
            .help(suggestion(text.get_ref(), &Extra::NAMES))
    })
}

fn matrix(raw: Option<&Spanned<toml::Table>>) -> Result<Matrix, NotationError> {
    matrix_of(raw.map(Spanned::get_ref)).map_err(|message| {
        NotationError::new(raw.map_or(0..0, Spanned::span), message)
            .help("write `matrix = { size = [0, 125, 126] }`; keys in lower-case letters and `_`")
    })
}

/// A raw matrix, checked, or what is wrong with it.
pub(crate) fn matrix_of(raw: Option<&toml::Table>) -> Result<Matrix, String> {
    let Some(raw) = raw else { return Ok(Matrix::default()) };
    let bad = |key: &str| format!("`{key}` of the matrix is not a list of strings and whole numbers");
    let mut matrix = Matrix::default();
    for (key, values) in raw {
        let list = values.as_array().filter(|list| !list.is_empty()).ok_or_else(|| bad(key))?;
        let texts: Vec<String> =
            list.iter().map(matrix_value).collect::<Option<_>>().ok_or_else(|| bad(key))?;
        if !key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') {
            return Err(bad(key));
        }
        matrix.0.push((key.clone(), texts));
    }
    match matrix.size() {
        size if size > Matrix::MOST => {
            Err(format!("the matrix has {size} combinations, more than the {} of a family", Matrix::MOST))
        }
        _ => Ok(matrix),
    }
}

/// A value of a matrix as text.
fn matrix_value(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

fn members(
    file: &SourceFile<'_>,
    id: &str,
    raw: &RawCase,
    needs: &[Need],
    cites: &[RequirementId],
    requirements: &BTreeMap<RequirementId, Requirement>,
) -> Result<Vec<Member>, Vec<NotationError>> {
    let matrix = matrix(raw.matrix.as_ref()).map_err(|e| vec![e])?;
    let cites_of = CitesOf::new(raw, &matrix, cites).map_err(|e| vec![e])?;
    let combinations = matrix.combinations();
    let autobahn = autobahn(raw, combinations.len()).map_err(|e| vec![e])?;
    let mut members = Vec::with_capacity(combinations.len());
    let mut ids = HashSet::new();
    for (values, autobahn) in combinations.into_iter().zip(autobahn) {
        let member_id = format!("{id}{}", suffix(&values));
        if !ids.insert(member_id.clone()) {
            let error =
                NotationError::new(raw.id.span(), format!("two members of the family are `{member_id}`"));
            return Err(vec![
                error.help("each value of a matrix key appears once; spaces and quotes do not count"),
            ]);
        }
        let script = member_script(file, raw, &values).map_err(|e| vec![e])?;
        let cites = cites_of.of(&values, cites);
        let mut all_needs = needs.to_vec();
        let inferred = inferred_needs(&script, &cites[0]).into_iter().chain(layers::needs(&script));
        all_needs.extend(inferred.filter(|need| !needs.contains(need)));
        let uri = of_member(raw.uri.as_ref(), &values, UriForm::parse).map_err(|e| vec![e])?;
        let certificate = of_member(raw.certificate.as_ref(), &values, CertificateFault::parse);
        let certificate = certificate.map_err(|e| vec![e])?;
        members.push(Member {
            id: member_id,
            values,
            autobahn,
            script: script.into(),
            needs: all_needs,
            uri,
            certificate,
            level: requirements[&cites[0]].level,
            cites,
        });
    }
    Ok(members)
}

/// Requirements that belong to one value of a matrix.
#[derive(Default)]
struct CitesOf(Vec<(String, String, RequirementId)>);

impl CitesOf {
    /// Checks that each key is one of the matrix, that each of its values has a requirement, and that the case cites
    /// it.
    fn new(raw: &RawCase, matrix: &Matrix, cites: &[RequirementId]) -> Result<Self, NotationError> {
        let Some(table) = &raw.cites_of else { return Ok(Self::default()) };
        let error = |what: String| NotationError::new(table.span(), what);
        let mut out = Vec::new();
        for (key, by_requirement) in table.get_ref() {
            let Some((_, values)) = matrix.0.iter().find(|(name, _)| name == key) else {
                return Err(error(format!("the matrix has no key `{key}`")));
            };
            for (id, of_values) in by_requirement {
                let known = cites.iter().find(|cited| cited.as_str() == id.get_ref()).ok_or_else(|| {
                    let what = format!("the case does not cite `{}`", id.get_ref());
                    NotationError::new(id.span(), what)
                        .help("list each requirement of `cites-of` in `cites`, too")
                })?;
                for value in of_values {
                    let text = matrix_value(value).filter(|text| values.contains(text));
                    let text = text
                        .ok_or_else(|| error(format!("{value} is not a value of `{key}` in the matrix")))?;
                    out.push((key.clone(), text, known.clone()));
                }
            }
            let is_given = |value: &String| out.iter().any(|(name, text, _)| name == key && text == value);
            if let Some(value) = values.iter().find(|value| !is_given(value)) {
                return Err(error(format!("no requirement is given for the value `{value}` of `{key}`")));
            }
        }
        Ok(Self(out))
    }

    /// What a member cites: the requirements of its own values, then those that do not belong to any value.
    fn of(&self, values: &Values, cites: &[RequirementId]) -> Vec<RequirementId> {
        let mut own = Vec::new();
        for (key, value, id) in &self.0 {
            if values.iter().any(|(name, text)| name == key && text == value) && !own.contains(id) {
                own.push(id.clone());
            }
        }
        own.extend(cites.iter().filter(|id| !self.0.iter().any(|(.., of_value)| of_value == *id)).cloned());
        own
    }
}

/// The Autobahn ids of each member.
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

/// A value of the envelope, with those of the matrix put in.
fn of_member<T>(
    written: Option<&Spanned<String>>,
    values: &Values,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, NotationError> {
    let Some(written) = written else { return Ok(None) };
    let error = |what: String| NotationError::new(written.span(), what);
    let text = substitute(written.get_ref(), values)
        .map_err(|found| NotationError { span: written.span(), ..found })?
        .text;
    parse(&text).map(Some).map_err(error)
}

fn member_script(file: &SourceFile<'_>, raw: &RawCase, values: &Values) -> Result<Script, NotationError> {
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

/// An error in a script's text, at its place in the file: exact if the file contains the text unchanged, otherwise the
/// whole string, because its escapes shift everything after them.
fn placed(file: &SourceFile<'_>, script: &Spanned<String>, error: NotationError) -> NotationError {
    let start = script_start(file, script);
    match file.source[start..].starts_with(script.get_ref().as_str()) {
        true => error.shifted(start),
        false => NotationError { span: script.span(), ..error },
    }
}

/// Where the text of a `'''` string starts in the file: after the quotes and the first line end.
fn script_start(file: &SourceFile<'_>, script: &Spanned<String>) -> usize {
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
