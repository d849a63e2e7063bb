//! Every requirement that a trial cites, and the verdicts of its trials.

use std::collections::HashMap;

use maud::{Markup, html};
use wsspec_record::RequirementRecord;

use super::{
    mark::Mark,
    matrix::spoken,
    model::{Page, rfc_link},
};
use crate::clean::{clean, percent_encoded, sentence};

/// A requirement with the verdicts of each target.
struct RequirementRow<'a> {
    requirement: &'a RequirementRecord,
    cells: Vec<[usize; Mark::ALL.len()]>,
}

/// The table.
pub(super) fn coverage(page: &Page<'_>) -> Markup {
    let lines = lines(page);
    let broken = lines.iter().filter(|line| line.worst() <= Mark::Expired).count();
    let several = page.targets.len() > 1;
    html! {
        section #requirements aria-labelledby="requirements-title" {
            h2 #requirements-title { "Requirements" }
            p.hint { (lines.len()) " are cited by trials that are here, " (broken) " of them broken." }
            div.scroll tabindex="0" role="group" aria-label="Requirements by targets" {
                table.coverage {
                    thead { tr {
                        th scope="col" { "Requirement" }
                        th scope="col" { "What it demands" }
                        @for target in &page.targets {
                            th scope="col" { (if several { target.name.as_str() } else { "Trials" }) }
                        }
                    } }
                    tbody { @for line in &lines { (row(page, line)) } }
                }
            }
        }
    }
}

/// First what is broken or missed, then by specification and section. A trial counts for the requirement that it names.
fn lines<'a>(page: &Page<'a>) -> Vec<RequirementRow<'a>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut lines: Vec<RequirementRow<'a>> = Vec::new();
    for (target, trial) in page.cells() {
        let mark = Mark::of(trial);
        let deviates = mark != Mark::Pass && mark != Mark::Skip;
        let named = if deviates { trial.named() } else { &trial.requirement };
        let place = *places.entry(named.id.as_str()).or_insert_with(|| {
            let cells = vec![Default::default(); page.targets.len()];
            lines.push(RequirementRow { requirement: named, cells });
            lines.len() - 1
        });
        lines[place].cells[target][mark as usize] += 1;
    }
    // Readers look for what is broken.
    lines.sort_by(|one, other| {
        let key = |line: &RequirementRow<'a>| line.worst().min(Mark::Known);
        key(one)
            .cmp(&key(other))
            .then_with(|| order(one.requirement.id.as_str()).cmp(&order(other.requirement.id.as_str())))
    });
    lines
}

/// Specification, section and number, compared as numbers: `5.10:2` after `5.9:1`, `7:3` before `7.1:1`.
fn order(id: &str) -> (&str, Vec<u64>, u64, &str) {
    let (spec, rest) = id.split_once('#').unwrap_or((id, ""));
    let (section, number) = rest.split_once(':').unwrap_or((rest, ""));
    let parts = section.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect();
    (spec, parts, number.parse().unwrap_or(u64::MAX), id)
}

impl RequirementRow<'_> {
    fn worst(&self) -> Mark {
        self.cells.iter().filter_map(worst).min().unwrap_or(Mark::Skip)
    }
}

fn worst(cell: &[usize; Mark::ALL.len()]) -> Option<Mark> {
    Mark::ALL.into_iter().find(|mark| cell[*mark as usize] > 0)
}

fn row(page: &Page<'_>, line: &RequirementRow<'_>) -> Markup {
    let rule = line.requirement;
    html! {
        tr {
            th scope="row" {
                @if let Some(link) = rfc_link(rule.id.as_str()) { a href=(link) rel="noreferrer" { (sentence(rule.id.as_str())) } }
                @else { (sentence(rule.id.as_str())) }
                " " span.level { (rule.level) }
            }
            td { (sentence(&rule.text)) }
            @for (at, cell) in line.cells.iter().enumerate() { (numbers(page, at, rule.id.as_str(), cell)) }
        }
    }
}

fn numbers(page: &Page<'_>, target: usize, rule: &str, cell: &[usize; Mark::ALL.len()]) -> Markup {
    let all: Vec<(Mark, usize)> = Mark::ALL
        .into_iter()
        .map(|mark| (mark, cell[mark as usize]))
        .filter(|(_, number)| *number > 0)
        .collect();
    if all.is_empty() {
        return html! { td.none {} };
    }
    let label = format!("{}: {}", page.targets[target].name, spoken(&all));
    html! {
        td.numbers {
            a href={ "#?on=" (target) "&q=" (percent_encoded(&clean(rule))) } title=(label) {
                span.quiet { (label) }
                @for (mark, number) in all {
                    span class={ "v-" (mark.key()) } aria-hidden="true" { (mark.sign()) (number) } " "
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_in_the_order_of_their_numbers() {
        let mut ids = ["rfc6455#5.10:1", "rfc7692#5:1", "rfc6455#5.9:10", "rfc6455#5.9:2", "rfc6455#5:10"];
        ids.sort_by_key(|id| order(id));
        assert_eq!(ids, ["rfc6455#5:10", "rfc6455#5.9:2", "rfc6455#5.9:10", "rfc6455#5.10:1", "rfc7692#5:1"]);
    }
}
