//! Targets by sections: each cell shows its worst verdict, and how often that occurs.

use std::collections::HashMap;

use maud::{Markup, html};

use super::{mark::Mark, model::Page};
use crate::clean::{clean, count, percent_encoded};

/// Numbers of trials in one cell, by mark.
type Cell = [usize; Mark::ALL.len()];

/// The matrix.
pub(super) fn matrix(page: &Page<'_>) -> Markup {
    let cells = cells(page);
    let groups = groups(&page.sections);
    html! {
        section #matrix aria-labelledby="matrix-title" {
            h2 #matrix-title { "Sections" }
            p.hint { "The worst verdict of each section and how many trials have it; a cell selects its trials below." }
            div.scroll tabindex="0" role="group" aria-label="Targets by sections" {
                table.matrix {
                    thead {
                        tr {
                            td {}
                            @for (folder, sections) in &groups {
                                th.folder scope="colgroup" colspan=(sections.len()) { (clean(folder)) }
                            }
                        }
                        tr {
                            th scope="col" { span.quiet { "Target" } }
                            @for (_, sections) in &groups {
                                @for section in sections { (heading(page, section)) }
                            }
                        }
                    }
                    tbody {
                        @for (at, target) in page.targets.iter().enumerate() {
                            tr {
                                th scope="row" { (target.name) }
                                @for section in groups.iter().flat_map(|(_, sections)| sections) {
                                    (cell(at, &target.name, section, cells.get(&(at, *section))))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A section's number, and its name if it has one.
fn heading(page: &Page<'_>, section: &str) -> Markup {
    html! {
        th.section scope="col" {
            span { (clean(short(section))) @if let Some(name) = page.section_name(section) { " " small { (name) } } }
        }
    }
}

fn cells<'a>(page: &Page<'a>) -> HashMap<(usize, &'a str), Cell> {
    let mut cells: HashMap<(usize, &str), Cell> = HashMap::new();
    for (target, trial) in page.cells() {
        let cell = cells.entry((target, trial.section())).or_default();
        cell[Mark::of(trial) as usize] += 1;
    }
    cells
}

fn cell(target: usize, name: &str, section: &str, cell: Option<&Cell>) -> Markup {
    let Some(cell) = cell else { return html! { td.none { span.quiet { "no trials" } } } };
    // Skipped trials do not represent a section in which others ran.
    let ran = Mark::ALL.iter().filter(|mark| **mark != Mark::Skip && cell[**mark as usize] > 0).min();
    let worst = ran.copied().unwrap_or(Mark::Skip);
    let numbers = Mark::ALL.iter().filter(|mark| cell[**mark as usize] > 0);
    let words: Vec<String> =
        numbers.map(|mark| format!("{} {}", cell[*mark as usize], mark.word())).collect();
    let section = clean(section);
    let label = format!("{name}, {section}: {}", words.join(", "));
    let link = format!("#?on={target}&section={}", percent_encoded(&section));
    html! {
        td class={ "v-" (worst.key()) } {
            a href=(link) title=(label) {
                span.quiet { (label) }
                span aria-hidden="true" {
                    (worst.sign())
                    @if worst != Mark::Pass && worst != Mark::Skip { " " (cell[worst as usize]) }
                }
            }
        }
    }
}

/// Sections grouped by specification, in the order of their first.
fn groups<'a>(sections: &[&'a str]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for section in sections {
        let folder = section.split_once('/').map_or(*section, |(folder, _)| folder);
        match groups.iter_mut().find(|(known, _)| *known == folder) {
            Some((_, group)) => group.push(section),
            None => groups.push((folder, vec![section])),
        }
    }
    groups
}

fn short(section: &str) -> &str {
    section.split_once('/').map_or(section, |(_, rest)| rest)
}

/// The numbers of a target in words: `3 trials failed`.
pub(super) fn spoken(numbers: &[(Mark, usize)]) -> String {
    let numbers: Vec<String> =
        numbers.iter().map(|(mark, number)| format!("{} {}", count(*number, "trial"), mark.word())).collect();
    numbers.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_stand_by_their_folder() {
        let groups = groups(&["rfc6455/5.4", "rfc7692/7", "rfc6455/5.5", "odd"]);
        assert_eq!(
            groups,
            [
                ("rfc6455", vec!["rfc6455/5.4", "rfc6455/5.5"]),
                ("rfc7692", vec!["rfc7692/7"]),
                ("odd", vec!["odd"])
            ]
        );
    }
}
