//! A whole run for people to read: a table by section, what was broken, what was not tested and why, and the outcome.

use anstyle::Style;
use wsspec_record::{Record, TrialRecord, Verdict};

use crate::{
    cause::{Missed, causes, missed},
    clean::{clean, count, cut, sentence, shortened},
    grouped::grouped,
    layout::Layout,
    origin::{Origin, everything},
    paint::{BAD, DIM, WARN},
    process::process,
    run_outcome::peer,
    section_table::section_table,
    standing,
    tally::Tally,
    verdict_line::{aborted_is_said, numbers, verdict},
};

/// Number of ids listed in a group.
const LISTED: usize = 3;
/// The width of a number of trials, with the spaces around it.
const NUMBER: usize = 8;

/// The summary of a run. Several lines, each with its line end; the last but one has the numbers, the last the outcome.
pub(crate) fn summary(record: &Record, layout: Layout, strict: bool) -> String {
    let mut out = String::new();
    section_table(record, layout, &mut out);
    broken(record, layout, &mut out);
    by_requirement(record, layout, &mut out);
    inconclusive(record, layout, &mut out);
    lenient(record, layout, &mut out);
    known(record, layout, &mut out);
    process(record, layout, &mut out);
    incidents(record, layout, strict, &mut out);
    skipped(record, layout, &mut out);
    layout.after("", 0, Style::new(), &numbers(record), &mut out);
    let (style, sentence) = verdict(record, strict);
    layout.after("", 0, style, &sentence, &mut out);
    out
}

/// The heading of a part, such as `Broken`.
fn heading(text: &str, style: Style, layout: Layout, out: &mut String) {
    layout.after("", 0, style.bold(), text, out);
}

/// A number of trials, and a text about them.
fn counted(number: usize, text: &str, layout: Layout, out: &mut String) {
    layout.after(&format!("{number:>6}  "), NUMBER, Style::new(), text, out);
}

/// If there are several causes, a line for each; a single one is covered by its block.
fn broken(record: &Record, layout: Layout, out: &mut String) {
    let causes = causes(&record.trials);
    if causes.len() < 2 {
        return;
    }
    heading("Broken", BAD, layout, out);
    for cause in &causes {
        let text = match (cause.rule, cause.death) {
            (Some(rule), _) => format!("{} {}", clean(rule.id.as_str()), sentence(&rule.text)),
            (None, how) => format!("the {} dies: {}", peer(record), sentence(how.unwrap_or_default())),
        };
        let room = layout.width().saturating_sub(NUMBER);
        counted(cause.trials.len(), &shortened(&text, room), layout, out);
    }
    out.push('\n');
}

/// What failed among others but not alone, by rule.
fn by_requirement(record: &Record, layout: Layout, out: &mut String) {
    let flaky =
        |trial: &&TrialRecord| matches!(trial.verdict, Verdict::Flaky { .. }) && trial.known().is_none();
    let groups = grouped(record.trials.iter().filter(flaky), |trial| &trial.named().id);
    if !groups.is_empty() {
        heading("Not always kept", WARN, layout, out);
    }
    for (id, trials) in &groups {
        let text = format!("{} {}", clean(id.as_str()), sentence(&trials[0].named().text));
        counted(trials.len(), &text, layout, out);
        list(trials, layout, out);
    }
    gap(!groups.is_empty(), out);
}

fn inconclusive(record: &Record, layout: Layout, out: &mut String) {
    let open = |trial: &&TrialRecord| {
        matches!(trial.verdict, Verdict::Inconclusive { .. }) && trial.known().is_none()
    };
    let groups = grouped(record.trials.iter().filter(open), reason);
    if !groups.is_empty() {
        heading("No verdict", WARN, layout, out);
    }
    for (why, trials) in &groups {
        counted(trials.len(), &sentence(why), layout, out);
        list(trials, layout, out);
    }
    gap(!groups.is_empty(), out);
}

/// Missed recommendations: what the peer did, how often, which rule recommends otherwise, and the command that shows
/// them.
fn lenient(record: &Record, layout: Layout, out: &mut String) {
    let all = missed(record);
    if all.is_empty() {
        return;
    }
    heading("Recommended but missed", WARN, layout, out);
    all.iter().for_each(|missed| one_missed(missed, layout, out));
    layout.command("show", &everything(&Origin::of(record)), out);
    out.push('\n');
}

fn one_missed(missed: &Missed<'_>, layout: Layout, out: &mut String) {
    let others = match missed.otherwise {
        0 => String::new(),
        ways => format!(" (and in {})", count(ways, "other way")),
    };
    counted(missed.trials.len(), &format!("{}{others}", sentence(missed.what)), layout, out);
    let id = clean(missed.id.as_str());
    let better = missed.rule.map_or(id.to_string(), |rule| format!("{} ({id})", sentence(&rule.text)));
    layout.after("          ", NUMBER + 2, DIM, &format!("SHOULD: {better}"), out);
}

fn list(trials: &[&TrialRecord], layout: Layout, out: &mut String) {
    for trial in trials.iter().take(LISTED) {
        layout.after("        ", NUMBER, Style::new(), &cut(&clean(&trial.id), 200), out);
    }
    if trials.len() > LISTED {
        let more = format!("... {} more", trials.len() - LISTED);
        layout.after("        ", NUMBER, DIM, &more, out);
    }
}

fn gap(wanted: bool, out: &mut String) {
    if wanted {
        out.push('\n');
    }
}

fn reason(trial: &TrialRecord) -> &str {
    match &trial.verdict {
        Verdict::Skip { reason } => reason,
        Verdict::Inconclusive { why } => why,
        _ => "",
    }
}

/// What was not tested, and why.
fn skipped(record: &Record, layout: Layout, out: &mut String) {
    let skips = record.trials.iter().filter(|trial| matches!(trial.verdict, Verdict::Skip { .. }));
    let groups = grouped(skips, reason);
    if groups.is_empty() {
        return;
    }
    let tally = Tally::of_record(record);
    let text = format!("Not tested: {} of {}", tally.skipped, count(tally.total(), "trial"));
    heading(&text, Style::new(), layout, out);
    for (reason, trials) in &groups {
        counted(trials.len(), &sentence(reason), layout, out);
    }
    out.push('\n');
}

/// Known deviations, those that no longer occur, and expired ones.
fn known(record: &Record, layout: Layout, out: &mut String) {
    let before = out.len();
    let known = record.trials.iter().filter(|trial| trial.known().is_some());
    for (reason, trials) in grouped(known, |trial| trial.known().unwrap_or_default()) {
        let text = format!("{}: {}", count(trials.len(), "known deviation"), sentence(reason));
        layout.after("", 0, WARN, &text, out);
        list(&trials, layout, out);
    }
    for trial in record.trials.iter().filter(|trial| trial.unexpected_pass().is_some()) {
        let reason = sentence(trial.unexpected_pass().unwrap_or_default());
        let text = format!("{} passes, though listed as a known deviation: {reason}", sentence(&trial.id));
        layout.after("", 0, BAD, &text, out);
    }
    let expired = grouped(record.trials.iter().filter(|trial| trial.is_expired()), standing::expired);
    for (reason, trials) in &expired {
        let reason = sentence(reason.as_deref().unwrap_or_default());
        let text = format!("{}: {reason}", count(trials.len(), "expired expectation"));
        layout.after("", 0, BAD, &text, out);
        list(trials, layout, out);
    }
    gap(out.len() > before, out);
}

/// The incidents, each once, without those that the last line mentions.
fn incidents(record: &Record, layout: Layout, strict: bool, out: &mut String) {
    let before = out.len();
    let aborted = record.aborted.as_deref();
    for incident in record.incidents.iter().filter(|incident| aborted != Some(incident)) {
        layout.after("", 0, WARN, &format!("incident: {}", sentence(incident)), out);
    }
    if let Some(why) = aborted.filter(|_| !aborted_is_said(record, strict)) {
        layout.after("", 0, BAD, &format!("cut short: {}", sentence(why)), out);
    }
    gap(out.len() > before, out);
}
