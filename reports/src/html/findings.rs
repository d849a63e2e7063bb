//! The filters, and the list of trials. Without scripts, it has only what needs attention, the worst first.

use maud::{Markup, html};
use wsspec_record::{TrialRecord, Verdict};
use wsspec_wire::Level;

use super::{
    mark::Mark,
    model::{Page, Row, expectation, found, rfc_link, shown},
};
use crate::{
    clean::{clean, count, sentence},
    origin::{Origin, again},
    rule::Rule,
};

/// Number of findings listed without scripts.
const LISTED: usize = 200;

/// The filters and the list.
pub(super) fn findings(page: &Page<'_>) -> Markup {
    let telling = telling(page);
    let room = (LISTED / page.targets.len().max(1)).max(1);
    let more = telling.len().saturating_sub(room);
    html! {
        section #trials aria-labelledby="trials-title" tabindex="-1" {
            h2 #trials-title { "Trials" }
            (filters(page))
            @if telling.is_empty() { p.hint.static { "No trial deviates." } }
            ol.trials data-part="list" {
                @for row in telling.iter().take(room) { (item(page, row)) }
            }
            @if more > 0 { p.static { "And " (count(more, "more trial")) ", shown only with scripts." } }
            noscript { p.hint { "Filters, transcripts and passed trials need scripts. Nothing is loaded from outside." } }
        }
    }
}

/// The rows that need attention; without any, all that deviate.
fn telling<'p, 'a>(page: &'p Page<'a>) -> Vec<&'p Row<'a>> {
    let problems: Vec<&Row<'_>> = page.rows.iter().filter(|row| row.worst().is_problem()).collect();
    match problems.is_empty() {
        true => page.rows.iter().filter(|row| row.worst() < Mark::Skip).collect(),
        false => problems,
    }
}

/// Hidden until the script has filled them.
fn filters(page: &Page<'_>) -> Markup {
    let used = |mark: &&Mark| page.cells().any(|(_, trial)| Mark::of(trial) == **mark);
    html! {
        form.filters data-part="filters" role="search" aria-label="Filter trials" hidden {
            fieldset.verdicts {
                legend { "Verdict" }
                @for mark in Mark::ALL.iter().filter(used) {
                    label class={ "chip v-" (mark.key()) } {
                        input type="checkbox" name="verdict" value=(mark.key());
                        span aria-hidden="true" { (mark.sign()) } " " (mark.word()) " " b data-count=(mark.key()) {}
                    }
                }
            }
            div.row {
                label.text { span { "Text" } input type="search" name="q" placeholder="id, title, rule, finding" autocomplete="off" aria-keyshortcuts="/"; }
                label { span { "Level" } select name="level" {
                    option value="" { "any" }
                    @for level in levels(page) { option { (level) } }
                } }
                label { span { "Section" } select name="section" {
                    option value="" { "any" }
                    @for section in &page.sections { option { (clean(section)) } }
                } }
                @if page.targets.len() > 1 {
                    label { span { "Target" } select name="on" {
                        option value="" { "any" }
                        @for (at, target) in page.targets.iter().enumerate() { option value=(at) { (target.name) } }
                    } }
                }
                button type="reset" { "Reset" }
            }
            p.status role="status" data-part="status" {}
        }
    }
}

fn levels(page: &Page<'_>) -> Vec<Level> {
    let mut levels: Vec<Level> = Vec::new();
    for row in &page.rows {
        let level = row.any().requirement.level;
        if !levels.contains(&level) {
            levels.push(level);
        }
    }
    levels.sort();
    levels
}

fn item(page: &Page<'_>, row: &Row<'_>) -> Markup {
    let (worst, trial) = (row.worst(), row.any());
    html! {
        li class={ "trial static v-" (worst.key()) } id=(shown(&trial.id, 400)) {
            h3 { (worst.badge()) " " code { (shown(&trial.id, 400)) } }
            p { (sentence(&trial.title)) }
            @for (target, trial) in page.targets.iter().zip(&row.cells) {
                @if let Some(trial) = trial.filter(|trial| Mark::of(trial) < Mark::Skip) {
                    @if page.targets.len() > 1 { p.on { (Mark::of(trial).badge()) " " (target.name) } }
                    (finding(page, trial))
                    p { code.command { (again(trial, &Origin::of(target.record))) } }
                }
            }
        }
    }
}

/// The broken sentence, what was found, and the explanation of the rule.
fn finding(page: &Page<'_>, trial: &TrialRecord) -> Markup {
    let Rule { requirement: rule, level } = Rule::named_by(trial);
    let why = expectation(trial);
    let explained = page.explained(&rule.id);
    html! {
        blockquote {
            b { (level) } " "
            @if let Some(link) = rfc_link(rule.id.as_str()) { a href=(link) rel="noreferrer" { (sentence(&rule.citation)) } }
            @else { (sentence(&rule.citation)) }
            ": " (sentence(&rule.text))
        }
        p.found { (if matches!(trial.verdict, Verdict::Flaky { .. }) { "The first time: " } else { "" }) (found(trial)) }
        @if !why.is_empty() { p.why { (why) } }
        @if let Some(explained) = explained {
            dl.explained {
                @for (label, text) in [("Why it matters", &explained.why), ("What breaks it", &explained.breaks), ("Fix", &explained.fix)] {
                    @if !text.is_empty() { div { dt { (label) } dd { (clean(text)) } } }
                }
            }
        }
    }
}
