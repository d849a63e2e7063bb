//! `wsspec list`: cases and their members, as lines or as JSON.

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::Serialize;
use wsspec_catalogue::{Case, Catalogue, Extra, Filter, LeftOut, Member};
use wsspec_reports::clean_text;

use crate::{
    catalogue::{Selection, Source},
    exit_status::ExitStatus,
    failure::{CommandError, count, print},
    heading, json,
    names::{need_names, role_names},
    output::width,
};

/// Options of `wsspec list`.
#[derive(Debug, clap::Args)]
pub struct ListArgs {
    /// Which cases.
    #[command(flatten)]
    pub selection: Selection,
    /// Where the cases are.
    #[command(flatten)]
    pub source: Source,
    /// Output format: text or json
    #[arg(
        long,
        value_name = "FORMAT",
        value_enum,
        default_value_t = ListFormat::Text,
        hide_possible_values = true,
        help_heading = heading::OUTPUT
    )]
    pub format: ListFormat,
    /// Print a line for each member of a family
    #[arg(long, help_heading = heading::OUTPUT)]
    pub members: bool,
    /// List the tags of the selected cases, with the number of cases that have each
    #[arg(long, conflicts_with_all = ["members", "format"], help_heading = heading::OUTPUT)]
    pub tags: bool,
}

/// Forms of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// Id, level and title
    Text,
    /// An array of trials
    Json,
}

/// Lists the selected cases.
pub fn run(args: &ListArgs) -> Result<ExitStatus, CommandError> {
    let catalogue = args.source.catalogue()?;
    let filter = args.selection.filter(&catalogue)?;
    let cases = selected(&catalogue, &filter);
    if args.tags {
        print(&clean_text(&tags(&cases)))?;
        return Ok(ExitStatus::Success);
    }
    print(&match args.format {
        ListFormat::Text => text(&cases, &LeftOut::of(&filter, &catalogue), args.members, width()),
        ListFormat::Json => json(&cases),
    })?;
    Ok(ExitStatus::Success)
}

/// A case with its selected members.
type Selected<'c> = (&'c Case, Vec<&'c Member>);

fn selected<'c>(catalogue: &'c Catalogue, filter: &Filter) -> Vec<Selected<'c>> {
    let members =
        |case: &'c Case| case.members.iter().filter(|member| filter.selects(case, member)).collect();
    let cases = catalogue.cases.iter().map(|case| (case, members(case)));
    cases.filter(|(_, members): &Selected<'_>| !members.is_empty()).collect()
}

/// Each tag, and the number of cases that have it.
fn tags(cases: &[Selected<'_>]) -> String {
    let mut counts = BTreeMap::new();
    for tag in cases.iter().flat_map(|(case, _)| &case.tags) {
        *counts.entry(tag.as_str()).or_insert(0) += 1;
    }
    let column = counts.keys().map(|tag| tag.chars().count()).max().unwrap_or(0);
    counts.iter().map(|(tag, cases)| format!("{tag:column$}  {}\n", count(*cases, "case"))).collect()
}

fn text(cases: &[Selected<'_>], left: &LeftOut, each_member: bool, width: Option<usize>) -> String {
    let rows: Vec<(String, &Case)> = cases
        .iter()
        .flat_map(|(case, members)| {
            names(case, members, each_member).into_iter().map(move |name| (name, *case))
        })
        .collect();
    let column = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let lines = rows.iter().map(|(name, case)| {
        let line = format!("{name:column$}  {:6}  {}", case.level.name().to_uppercase(), case.title);
        cut(clean_text(&line), width)
    });
    let trials = cases.iter().map(|(_, members)| members.len()).sum();
    let total = format!("{}, {}", count(cases.len(), "case"), count(trials, "trial"));
    let left = (!left.is_empty()).then(|| left.to_string());
    lines.chain([total]).chain(left).map(|line| line + "\n").collect()
}

/// The first column of a case's lines: one line for a family, unless each member is wanted or only one is selected.
fn names(case: &Case, members: &[&Member], each: bool) -> Vec<String> {
    match members {
        [_, _, ..] if !each => vec![format!("{} ×{}", case.id, members.len())],
        _ => members.iter().map(|member| member.id.clone()).collect(),
    }
}

fn cut(line: String, width: Option<usize>) -> String {
    match width {
        Some(width) if line.chars().count() > width => line.chars().take(width - 1).chain(['…']).collect(),
        _ => line,
    }
}

/// One trial.
#[derive(Serialize)]
struct ListRow<'c> {
    id: &'c str,
    case: &'c str,
    title: &'c str,
    level: &'static str,
    requirement: &'c str,
    cites: Vec<&'c str>,
    roles: Vec<&'static str>,
    needs: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    extra: Option<&'static str>,
    tags: &'c [String],
    autobahn: &'c [String],
    file: &'c str,
    line: usize,
}

fn json(cases: &[Selected<'_>]) -> String {
    let rows = cases.iter().flat_map(|(case, members)| members.iter().map(move |member| row(case, member)));
    let rows: Vec<String> = rows.map(|row| json::line(&row)).collect();
    if rows.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", rows.join(",\n")) }
}

fn row<'c>(case: &'c Case, member: &'c Member) -> ListRow<'c> {
    ListRow {
        id: &member.id,
        case: &case.id,
        title: &case.title,
        level: member.level.name(),
        requirement: member.cites[0].as_str(),
        cites: member.cites.iter().map(|id| id.as_str()).collect(),
        roles: role_names(&case.roles),
        needs: need_names(&member.needs),
        extra: case.extra.map(Extra::name),
        tags: &case.tags,
        autobahn: &member.autobahn,
        file: &case.location.path,
        line: case.location.line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_cut_to_the_width_by_characters() {
        assert_eq!(cut("a ×3 b".to_owned(), Some(4)), "a ×…");
        assert_eq!(cut("a ×3".to_owned(), Some(4)), "a ×3");
        assert_eq!(cut("a ×3".to_owned(), None), "a ×3");
    }
}
