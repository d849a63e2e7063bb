//! A whole run as people read it: a table by section, what was broken, what was skipped and why, and the outcome.

use std::{fmt::Write as _, io};

use anstyle::Style;
use wsspec_record::{Record, RequirementRecord, TrialRecord, Verdict};

use crate::{
    Report,
    clean::{clean, count, sentence},
    grouped::grouped,
    paint::{BAD, BOLD, DIM, GOOD, Paint, WARN},
    process::process,
    run_outcome::{RunOutcome, is_deadly, leaves_faults_open, peer},
    standing,
    tally::Tally,
    text::trial_text,
};

/// Ids listed of a group.
const LISTED: usize = 3;

/// The run in short. Several lines, each with its end; the last but one has the numbers, the last the outcome.
pub fn summary(record: &Record, colour: bool) -> String {
    summary_of(record, Paint(colour), false)
}

pub(crate) fn summary_of(record: &Record, paint: Paint, strict: bool) -> String {
    let mut out = String::new();
    table(record, paint, &mut out);
    broken(record, paint, &mut out);
    skipped(record, paint, &mut out);
    known(record, paint, &mut out);
    process(record, paint, &mut out);
    incidents(record, paint, &mut out);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", numbers(record));
    let _ = writeln!(out, "{}", verdict(record, paint, strict));
    out
}

/// `723 trials: 700 passed, 12 lenient; in 0.41 s`.
pub(crate) fn numbers(record: &Record) -> String {
    let tally = Tally::of_record(record);
    let mut parts: Vec<String> = tally
        .columns()
        .into_iter()
        .filter(|(_, number)| *number > 0)
        .map(|(word, number)| match word {
            "known" => count(number, "known failure"),
            word => format!("{number} {word}"),
        })
        .collect();
    if tally.unexpected > 0 {
        parts.push(format!("{} unexpectedly passed", tally.unexpected));
    }
    if tally.expired > 0 {
        parts.push(format!("{} expired", tally.expired));
    }
    let colon = if parts.is_empty() { "" } else { ": " };
    let centis = record.duration_us.saturating_add(5_000) / 10_000;
    let time = format!("{}.{:02} s", centis / 100, centis % 100);
    format!("{}{colon}{}; in {time}", count(tally.total(), "trial"), parts.join(", "))
}

/// `The peer breaks 3 requirements.`
pub(crate) fn verdict(record: &Record, paint: Paint, strict: bool) -> String {
    let outcome = RunOutcome::of(record, strict);
    let style = match outcome {
        RunOutcome::Conforms { .. } => GOOD,
        RunOutcome::Breaks { .. } => BAD,
        RunOutcome::Inconclusive { .. } => WARN,
    };
    let sentence = match &outcome {
        RunOutcome::Inconclusive { why } if leaves_faults_open(record) => {
            format!("It is open whether the peer conforms: {why}.")
        }
        RunOutcome::Inconclusive { .. } => format!("Nothing broken, but {outcome}."),
        _ => format!("The peer {outcome}."),
    };
    paint.on(style.bold(), sentence)
}

fn table(record: &Record, paint: Paint, out: &mut String) {
    let sections = grouped(record.trials.iter(), |trial| trial.section());
    if sections.is_empty() {
        return;
    }
    let has_known = Tally::of_record(record).known > 0;
    let names: Vec<String> = sections.iter().map(|(name, _)| sentence(name)).collect();
    let width = names.iter().map(|name| name.chars().count()).chain(["section".len()]).max().unwrap_or(0);
    let shown = |word: &str| word != "known" || has_known;
    let mut head = format!("{:width$}", "section");
    for (word, _) in Tally::default().columns().into_iter().filter(|(word, _)| shown(word)) {
        let _ = write!(head, "  {word}");
    }
    let _ = writeln!(out, "{}", paint.on(BOLD, head));
    for (name, (_, trials)) in names.iter().zip(&sections) {
        let _ = write!(out, "{name:width$}");
        for (word, number) in Tally::of(trials.iter().copied()).columns() {
            if shown(word) {
                let cell = format!("{number:>0$}", word.len());
                let _ = write!(out, "  {}", paint.on(cell_style(word, number), cell));
            }
        }
        out.push('\n');
    }
    out.push('\n');
}

fn cell_style(word: &str, number: usize) -> Style {
    match word {
        _ if number == 0 => DIM,
        "passed" => GOOD,
        "failed" => BAD,
        "skipped" => Style::new(),
        _ => WARN,
    }
}

/// What is wrong, grouped by the requirement that it breaks.
fn broken(record: &Record, paint: Paint, out: &mut String) {
    let deadly: Vec<_> = record.trials.iter().filter(|trial| is_deadly(trial)).collect();
    if !deadly.is_empty() {
        let dies = paint.on(BAD, "dies of");
        let _ = writeln!(out, "the {} {dies} {}", peer(record), count(deadly.len(), "trial"));
        list(&deadly, paint, out);
        out.push('\n');
    }
    by_requirement(record, "fail", ["breaks", "break"].map(|verb| paint.on(BAD, verb)), paint, out);
    let verbs = ["does not always keep", "do not always keep"];
    by_requirement(record, "flaky", verbs.map(|verb| paint.on(WARN, verb)), paint, out);
    let verbs = ["falls short of", "fall short of"];
    by_requirement(record, "lenient", verbs.map(|verb| paint.on(WARN, verb)), paint, out);
    let inconclusive = |trial: &&TrialRecord| {
        matches!(trial.verdict, Verdict::Inconclusive { .. }) && trial.known().is_none()
    };
    let groups = grouped(record.trials.iter().filter(inconclusive), reason);
    for (why, trials) in &groups {
        let word = paint.on(WARN, "inconclusive");
        let _ = writeln!(out, "{} {word}: {}", count(trials.len(), "trial"), sentence(why));
        list(trials, paint, out);
    }
    gap(!groups.is_empty(), out);
}

/// Trials with a verdict, save known deviations. `verbs` is what one of them does, and what several do.
fn by_requirement(record: &Record, verdict: &str, verbs: [String; 2], paint: Paint, out: &mut String) {
    let wanted = |trial: &&TrialRecord| {
        trial.verdict.word() == verdict && trial.known().is_none() && !is_deadly(trial)
    };
    let groups = grouped(record.trials.iter().filter(wanted), |trial| &trial.named().id);
    for (_, trials) in &groups {
        let verb = &verbs[usize::from(trials.len() > 1)];
        let number = count(trials.len(), "trial");
        let _ = writeln!(out, "{number} {verb} {}", quoted(trials[0].named()));
        // What is only recommended is counted; which trials, the records say.
        if verdict != "lenient" {
            list(trials, paint, out);
        }
    }
    gap(!groups.is_empty(), out);
}

fn quoted(requirement: &RequirementRecord) -> String {
    format!("{} \"{}\"", clean(requirement.id.as_str()), sentence(&requirement.text))
}

fn list(trials: &[&TrialRecord], paint: Paint, out: &mut String) {
    for trial in trials.iter().take(LISTED) {
        let _ = writeln!(out, "    {}", sentence(&trial.id));
    }
    if trials.len() > LISTED {
        let _ = writeln!(out, "    {}", paint.on(DIM, format!("... {} more", trials.len() - LISTED)));
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

fn skipped(record: &Record, paint: Paint, out: &mut String) {
    let skips = record.trials.iter().filter(|trial| matches!(trial.verdict, Verdict::Skip { .. }));
    let groups = grouped(skips, reason);
    for (reason, trials) in &groups {
        let _ =
            writeln!(out, "{} skipped: {}", paint.on(DIM, count(trials.len(), "trial")), sentence(reason));
    }
    gap(!groups.is_empty(), out);
}

/// Known deviations, those that are none any more, and those whose time is over.
fn known(record: &Record, paint: Paint, out: &mut String) {
    let known = record.trials.iter().filter(|trial| trial.known().is_some());
    let groups = grouped(known, |trial| trial.known().unwrap_or_default());
    for (reason, trials) in &groups {
        let number = paint.on(WARN, count(trials.len(), "known deviation"));
        let _ = writeln!(out, "{number}: {}", sentence(reason));
        list(trials, paint, out);
    }
    let unexpected: Vec<_> = record.trials.iter().filter(|trial| trial.unexpected_pass().is_some()).collect();
    for trial in &unexpected {
        let reason = sentence(trial.unexpected_pass().unwrap_or_default());
        let what = paint.on(BAD, "passes, though listed as a known deviation");
        let _ = writeln!(out, "{}: {what}: {reason}", sentence(&trial.id));
    }
    let expired = grouped(record.trials.iter().filter(|trial| trial.is_expired()), standing::expired);
    for (reason, trials) in &expired {
        let number = paint.on(BAD, count(trials.len(), "expired expectation"));
        let _ = writeln!(out, "{number}: {}", sentence(reason.as_deref().unwrap_or_default()));
        list(trials, paint, out);
    }
    gap(!groups.is_empty() || !unexpected.is_empty() || !expired.is_empty(), out);
}

fn incidents(record: &Record, paint: Paint, out: &mut String) {
    for incident in &record.incidents {
        let _ = writeln!(out, "{}: {}", paint.on(WARN, "incident"), sentence(incident));
    }
    if let Some(why) = &record.aborted {
        let _ = writeln!(out, "{}: {}", paint.on(BAD, "aborted"), sentence(why));
    }
    gap(!record.incidents.is_empty() || record.aborted.is_some(), out);
}

/// Every trial that did not simply pass, then the summary; without colour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Text;

impl Report for Text {
    fn render(&self, record: &Record, out: &mut dyn io::Write) -> io::Result<()> {
        for trial in &record.trials {
            let plain = matches!(trial.verdict, Verdict::Pass | Verdict::Skip { .. });
            if !plain || trial.unexpected_pass().is_some() {
                writeln!(out, "{}", trial_text(record, trial, false))?;
            }
        }
        out.write_all(summary(record, false).as_bytes())
    }
}
