//! The pages on coverage, as Markdown: how many requirements the cases test, and for one specification which.

use std::fmt::{self, Write};

use wsspec_catalogue::{Case, Catalogue, CoverageTally, Covered, Gap, coverage};
use wsspec_wire::Level;
use wsspec_wire::Role;

use crate::names::role_names;

const INTRODUCTION: &str = "\
# What is tested

How many requirements of each specification the cases test. Each requirement with its cases:

";

/// Below the links to the pages of the specifications.
const TERMS: &str = "
Made by `wsspec export --format coverage`, those pages with `--spec`; `cargo xtask bless` writes them.

*Observable* is what a peer on the wire can tell. *Tested* is what is observable and cited by a case for peers of that
role; *named first* is what a case's failure names first, and so has a case of its own. The ratio is tested to
observable. A requirement of both roles counts in both.
";

/// Above the rows of a specification's page.
const COLUMNS: &str = "\
| id | level | role | requirement | named first by | also cited by |
|---|---|---|---|---|---|
";

const LEVELS: [Level; 3] = [Level::Must, Level::Should, Level::May];
const ROLES: [(Role, &str); 2] = [(Role::Server, "Servers"), (Role::Client, "Clients")];

/// The figures, with links to the pages of the specifications; the same for the same catalogue.
pub fn summary(catalogue: &Catalogue) -> String {
    let covered = coverage(catalogue);
    let mut page = INTRODUCTION.to_owned();
    for spec in by_spec(&covered) {
        page += &format!("- [{}](coverage/{}.md)\n", name(spec), spec_of(spec));
    }
    page += TERMS;
    // Writing to a string cannot fail.
    let _ = figures(&mut page, &covered);
    page
}

/// Each requirement of a specification, one a line in the order of its text; nothing where it has none.
pub fn listing(catalogue: &Catalogue, spec: &str) -> Option<String> {
    let covered = coverage(catalogue);
    let covered = by_spec(&covered).find(|covered| spec_of(covered) == spec)?;
    let rows: String = covered.iter().map(|covered| listing_row(covered) + "\n").collect();
    Some(format!("# {}: each requirement, and the cases that test it\n\n{COLUMNS}{rows}", name(covered)))
}

fn figures(page: &mut String, covered: &[Covered<'_>]) -> fmt::Result {
    for (role, heading) in ROLES {
        writeln!(page, "\n## {heading}\n")?;
        writeln!(
            page,
            "| specification | level | requirements | observable | tested | named first | ratio |"
        )?;
        writeln!(page, "|---|---|--:|--:|--:|--:|--:|")?;
        for spec in by_spec(covered) {
            for level in LEVELS {
                let tally = CoverageTally::of(spec.iter().filter(|c| c.requirement.level == level), role);
                figures_row(page, name(spec), level.name(), tally)?;
            }
            figures_row(page, name(spec), "all", CoverageTally::of(spec, role))?;
        }
    }
    for spec in by_spec(covered) {
        sections(page, spec)?;
    }
    Ok(())
}

fn figures_row(page: &mut String, spec: String, level: &str, tally: CoverageTally) -> fmt::Result {
    let CoverageTally { all, observable, tested, first } = tally;
    writeln!(page, "| {spec} | {level} | {all} | {observable} | {tested} | {first} | {} |", ratio(tally))
}

/// One line a section: for each role and level, tested of observable.
fn sections(page: &mut String, spec: &[Covered<'_>]) -> fmt::Result {
    writeln!(page, "\n## {} by section\n\nTested of observable, and of all in brackets.\n", name(spec))?;
    writeln!(
        page,
        "| section | server must | should | may | ratio | client must | should | may | ratio |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|"
    )?;
    for section in by_section(spec) {
        write!(page, "| {} |", escaped(section_of(section)))?;
        for (role, _) in ROLES {
            for level in LEVELS {
                let tally = CoverageTally::of(section.iter().filter(|c| c.requirement.level == level), role);
                write!(page, " {} |", fraction(tally))?;
            }
            write!(page, " {} |", ratio(CoverageTally::of(section, role)))?;
        }
        writeln!(page)?;
    }
    Ok(())
}

fn fraction(tally: CoverageTally) -> String {
    match tally {
        CoverageTally { all: 0, .. } => String::new(),
        CoverageTally { all, observable, tested, .. } => format!("{tested}/{observable} ({all})"),
    }
}

fn ratio(tally: CoverageTally) -> String {
    tally.permille().map_or_else(|| "–".to_owned(), |n| format!("{}.{} %", n / 10, n % 10))
}

fn listing_row(covered: &Covered<'_>) -> String {
    let requirement = covered.requirement;
    let id = requirement.id.as_str().split('#').next_back().unwrap_or_default();
    let level = requirement.level.name();
    let implied = if requirement.implied { ", implied" } else { "" };
    let roles = role_names(&requirement.roles).join(", ");
    let text = escaped(&requirement.text);
    let first = match &requirement.gap {
        Some(Gap::Unobservable(reason)) => format!("*not observable:* {}", escaped(reason)),
        Some(Gap::Untested(reason)) => format!("**not tested:** {}", escaped(reason)),
        None => cases(&covered.first, requirement.id.spec()),
    };
    let also = cases(&covered.also, requirement.id.spec());
    format!("| {id} | {level}{implied} | {roles} | {text} | {first} | {also} |")
}

/// Ids, without the name of the specification where it is the requirement's own; a family with its size.
fn cases(cases: &[&Case], spec: &str) -> String {
    let shown = |case: &&Case| {
        let own = case.id.strip_prefix(spec).and_then(|rest| rest.strip_prefix('/'));
        let id = escaped(own.unwrap_or(&case.id));
        match case.members.len() {
            1 => id,
            members => format!("{id} ({members})"),
        }
    };
    cases.iter().map(shown).collect::<Vec<_>>().join("<br>")
}

fn by_spec<'a, 'c>(covered: &'a [Covered<'c>]) -> impl Iterator<Item = &'a [Covered<'c>]> {
    covered.chunk_by(|a, b| a.requirement.id.spec() == b.requirement.id.spec())
}

fn by_section<'a, 'c>(spec: &'a [Covered<'c>]) -> impl Iterator<Item = &'a [Covered<'c>]> {
    spec.chunk_by(|a, b| a.requirement.id.section() == b.requirement.id.section())
}

fn section_of<'a>(section: &'a [Covered<'_>]) -> &'a str {
    section.first().map_or("", |covered| covered.requirement.id.section())
}

fn spec_of<'a>(spec: &'a [Covered<'_>]) -> &'a str {
    spec.first().map_or("", |covered| covered.requirement.id.spec())
}

/// `RFC 6455`.
fn name(spec: &[Covered<'_>]) -> String {
    let spec = spec_of(spec);
    spec.strip_prefix("rfc").map_or_else(|| escaped(spec), |number| format!("RFC {}", escaped(number)))
}

/// Text that Markdown shows as it is, on one line, inside a table.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => out.push(' '),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_leave_its_cell_or_bring_in_markup() {
        assert_eq!(escaped("a|b\n<i>`*_[x]\\&"), "a\\|b &lt;i&gt;\\`\\*\\_\\[x\\]\\\\&amp;");
    }

    #[test]
    fn every_requirement_of_the_catalogue_has_one_row_of_six_cells() {
        let catalogue = Catalogue::embedded().unwrap();
        let covered = coverage(&catalogue);
        assert_eq!(covered.len(), catalogue.requirements.len());
        for covered in &covered {
            let row = listing_row(covered);
            let page = listing(&catalogue, covered.requirement.id.spec()).unwrap();
            assert_eq!(row.replace("\\|", "").matches('|').count(), 7, "{row}");
            assert_eq!(page.lines().filter(|line| *line == row).count(), 1, "{row}");
        }
    }

    #[test]
    fn the_summary_links_to_the_page_of_each_specification() {
        let page = summary(&Catalogue::embedded().unwrap());
        let links: Vec<_> = page.lines().filter(|line| line.starts_with("- ")).collect();
        let specs = ["6455", "7692", "9110", "9112"];
        assert_eq!(links, specs.map(|number| format!("- [RFC {number}](coverage/rfc{number}.md)")));
    }

    #[test]
    fn what_no_case_tests_says_why() {
        let catalogue = Catalogue::embedded().unwrap();
        for covered in coverage(&catalogue) {
            let row = listing_row(&covered);
            let says = row.contains("*not observable:*") || row.contains("**not tested:**");
            assert_eq!(says, covered.requirement.gap.is_some(), "{row}");
        }
    }
}
