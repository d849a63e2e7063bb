//! The head of the page, and a line for each target: what it is, and its result.

use std::cmp::Reverse;

use maud::{Markup, html};
use wsspec_record::{EchoedKind, Record, RequirementRecord};
use wsspec_wire::Role;

use super::{
    mark::Mark,
    model::{Page, ReportTarget},
    trend::has_trend,
};
use crate::{
    clean::{clean, count, percent_encoded, seconds, sentence},
    exit_status::ExitStatus,
    grouped::grouped,
    process,
    run_outcome::peer,
};

/// Maximum number of incidents shown for a target.
const INCIDENTS: usize = 8;
/// Maximum number of broken requirements shown there for a target.
const BROKEN: usize = 5;

/// The bar at the top.
pub(super) fn header(page: &Page<'_>) -> Markup {
    html! {
        header.top {
            p.brand { "wsspec" }
            nav aria-label="Parts of the page" {
                a href="#matrix" { "Sections" }
                @if has_trend(page) { a href="#trend" { "Trend" } }
                a href="#trials" { "Trials" }
                @if page.targets.len() != 1 { a href="#targets" { "Targets" } }
                a href="#requirements" { "Requirements" }
                a href="#timing" { "Timing" }
            }
            button type="button" data-part="theme" hidden { "Theme: system" }
        }
        @if page.targets.len() != 1 {
            h1 { (conforming(page)) " of " (count(page.targets.len(), "target")) " conform" }
        }
    }
}

fn conforming(page: &Page<'_>) -> usize {
    page.targets.iter().filter(|target| target.outcome.exit_status() == ExitStatus::Success).count()
}

/// The result of each target.
pub(super) fn overview(page: &Page<'_>) -> Markup {
    html! {
        @if page.targets.len() != 1 { h2 #targets { "Targets" } }
        section.targets aria-label="Targets" {
            @for target in &page.targets {
                (card(target, page.targets.len() == 1))
            }
        }
    }
}

fn card(target: &ReportTarget<'_>, alone: bool) -> Markup {
    let (class, sign) = match target.outcome.exit_status() {
        ExitStatus::Success => ("pass", Mark::Pass.sign()),
        ExitStatus::Broken => ("fail", Mark::Fail.sign()),
        _ => ("inconclusive", Mark::Inconclusive.sign()),
    };
    let verdict = target.outcome.to_string();
    html! {
        article class={ "target t-" (class) } {
            @if alone { h1 { (heading(target, sign, &verdict)) } }
            @else { h3 { (heading(target, sign, &verdict)) } }
            (tallies(target))
            @if alone { (broken(target)) }
            @else if target.tally.failed > 0 { details.which { summary { "Which" } (broken(target)) } }
            (facts(target.record))
            (deaths(target.record))
            @for incident in incidents(target.record) { p.incident { (incident) } }
        }
    }
}

fn heading(target: &ReportTarget<'_>, sign: &str, verdict: &str) -> Markup {
    html! {
        span.name { (target.name) } " "
        span.outcome { span.sign aria-hidden="true" { (sign) } " " (verdict) }
    }
}

/// The numbers of verdicts, as a bar and in words.
fn tallies(target: &ReportTarget<'_>) -> Markup {
    let marks: Vec<(Mark, usize)> = Mark::ALL
        .iter()
        .map(|mark| (*mark, target.record.trials.iter().filter(|trial| Mark::of(trial) == *mark).count()))
        .filter(|(_, number)| *number > 0)
        .collect();
    let mut start = 0;
    let mut parts = Vec::new();
    for (mark, number) in &marks {
        parts.push((mark.key(), start, *number));
        start += number;
    }
    html! {
        svg.bar viewBox={ "0 0 " (start.max(1)) " 1" } preserveAspectRatio="none" aria-hidden="true" {
            @for (key, start, number) in parts {
                rect class={ "f-" (key) } x=(start) y="0" width=(number) height="1" {}
            }
        }
        ul.tallies {
            @for (mark, number) in marks {
                li class={ "v-" (mark.key()) } {
                    span aria-hidden="true" { (mark.sign()) } " " b { (number) } " " (mark.word())
                }
            }
        }
    }
}

/// The broken sentences, by number of trials.
fn broken(target: &ReportTarget<'_>) -> Markup {
    let failed = target.record.trials.iter().filter(|trial| Mark::of(trial) == Mark::Fail);
    let mut rules = grouped(failed, |trial| trial.named());
    rules.sort_by_key(|(_, trials)| Reverse(trials.len()));
    let more = rules.len().saturating_sub(BROKEN);
    html! {
        @if !rules.is_empty() {
            ul.broken aria-label="Broken requirements" {
                @for (rule, trials) in rules.iter().take(BROKEN) { (broken_rule(rule, trials.len())) }
            }
            @if more > 0 {
                details.which {
                    summary { "and " (more) " more" }
                    ul.broken { @for (rule, trials) in rules.iter().skip(BROKEN) { (broken_rule(rule, trials.len())) } }
                }
            }
        }
    }
}

fn broken_rule(rule: &RequirementRecord, trials: usize) -> Markup {
    html! {
        li { span aria-hidden="true" { (Mark::Fail.sign()) } " " (sentence(&rule.text)) " "
            span.level { (rule.level) ", " (sentence(&rule.citation)) } " "
            a href={ "#?verdict=fail&q=" (percent_encoded(&clean(rule.id.as_str()))) } { (count(trials, "trial")) } }
    }
}

fn facts(record: &Record) -> Markup {
    let peer = &record.peer;
    let echoes = match peer.echoes_only {
        None => "echoes",
        Some(EchoedKind::Text) => "echoes text only",
        Some(EchoedKind::Binary) => "echoes binary only",
    };
    let able = [
        (peer.speaks_unasked, "speaks first"),
        (peer.echo, echoes),
        (peer.drops_fragmented, "does not echo fragmented messages"),
        (peer.pong, "answers pings"),
        (peer.deflate, "compresses"),
    ];
    let able: Vec<&str> = able.iter().filter(|(able, _)| *able).map(|(_, word)| *word).collect();
    html! {
        dl.facts {
            @if record.role == Role::Server { div { dt { "Address" } dd { code { (sentence(&record.target)) } } } }
            @if let Some(server) = &peer.server { div { dt { "Server" } dd { code { (sentence(server)) } } } }
            @if record.role == Role::Client { div { dt { "Agent" } dd { code { (sentence(&record.target)) } } } }
            @if !able.is_empty() { div { dt { "Peer" } dd { (able.join(", ")) } } }
            div { dt { "Run" } dd {
                @if !record.started.is_empty() { (sentence(&record.started)) ", " }
                (count(record.trials.len(), "trial")) " in "
                (seconds(record.duration_us)) ", seed " (record.seed) ", by wsspec " (sentence(&record.wsspec))
            } }
            @if let Some(process) = &record.process { div { dt { "Process" } dd {
                code { (sentence(&process.command)) }
                @if process.peak_memory > 0 { ", at most " (process.peak_memory >> 20) " MiB" }
                @if !process.deaths.is_empty() { ", died " (count(process.deaths.len(), "time")) }
            } } }
        }
    }
}

/// Each death of the peer, watched or not: how it ended, during which trials, its last output.
fn deaths(record: &Record) -> Markup {
    let all = process::deaths(record);
    let who = peer(record);
    html! {
        @if !all.is_empty() {
            ul.deaths aria-label="Deaths" {
                @for death in all.iter().take(process::DEATHS) {
                    li { b { (who) " died" } ": " (sentence(&death.how)) ", during " (process::trials(&death.trials))
                        @let words = process::last_words(death);
                        @if !words.is_empty() { pre { (words.join("\n")) } }
                    }
                }
                @if all.len() > process::DEATHS { li { "and " (all.len() - process::DEATHS) " more" } }
            }
        }
    }
}

fn incidents(record: &Record) -> Vec<String> {
    let aborted = record.aborted.iter().map(|why| format!("The run was cut short: {}", sentence(why)));
    let mut all: Vec<String> = aborted.chain(record.incidents.iter().map(|text| sentence(text))).collect();
    if all.len() > INCIDENTS {
        let more = all.len() - INCIDENTS;
        all.truncate(INCIDENTS);
        all.push(format!("and {}", count(more, "more incident")));
    }
    all
}
