//! The last lines of a run: its numbers, and what they say about the peer.

use anstyle::Style;
use wsspec_record::Record;

use crate::{
    clean::{count, sentence},
    paint::{BAD, GOOD, WARN},
    run_outcome::{RunOutcome, leaves_faults_open},
    tally::Tally,
};

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

/// `The peer breaks 3 requirements.`, and its style.
pub(crate) fn verdict(record: &Record, strict: bool) -> (Style, String) {
    let outcome = RunOutcome::of(record, strict);
    let tally = Tally::of_record(record);
    match &outcome {
        RunOutcome::Conforms { .. } if tally.skipped > 0 => {
            let tested = format!(
                "conforms as far as it was tested ({} of {} skipped)",
                tally.skipped,
                count(tally.total(), "trial")
            );
            let outcome = outcome.to_string();
            let rest = outcome.strip_prefix("conforms").unwrap_or_default();
            (GOOD.bold(), format!("The peer {tested}{rest}."))
        }
        RunOutcome::Conforms { .. } => (GOOD.bold(), format!("The peer {outcome}.")),
        RunOutcome::Breaks { .. } => (BAD.bold(), format!("The peer {outcome}.")),
        RunOutcome::Inconclusive { why } => (WARN.bold(), doubt(record, &tally, why, &outcome)),
    }
}

fn doubt(record: &Record, tally: &Tally, why: &str, outcome: &RunOutcome) -> String {
    match &record.aborted {
        Some(aborted) if tally.total() == 0 && record.deaths() == 0 => {
            format!("Nothing was tested: {}.", sentence(aborted))
        }
        _ if leaves_faults_open(record) => format!("It is open whether the peer conforms: {why}."),
        _ => format!("Nothing broken, but {outcome}."),
    }
}

/// Whether the verdict says why a run was cut short.
pub(crate) fn aborted_is_said(record: &Record, strict: bool) -> bool {
    matches!(RunOutcome::of(record, strict), RunOutcome::Inconclusive { .. })
}
