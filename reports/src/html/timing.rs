//! How long trials took: the distribution, the slowest ones, and how fast messages came back.

use maud::{Markup, html};
use wsspec_record::TrialRecord;

use super::{
    mark::Mark,
    model::{Page, ReportTarget, shown},
    plot,
    throughput::throughput,
};
use crate::clean::{count, percent_encoded, seconds};

/// From 10 microseconds on, three bars per decade.
const BARS: usize = 21;
/// Number of slowest trials that are named.
const SLOWEST: usize = 8;

/// Plots and tables.
pub(super) fn timing(page: &Page<'_>) -> Markup {
    html! {
        section #timing aria-labelledby="timing-title" {
            h2 #timing-title { "Timing" }
            div.plots { @for target in &page.targets { (durations(target)) } }
            (throughput(page))
        }
    }
}

fn durations(target: &ReportTarget<'_>) -> Markup {
    let mut ran: Vec<&TrialRecord> =
        target.record.trials.iter().filter(|trial| Mark::of(trial) != Mark::Skip).collect();
    if ran.is_empty() {
        return html! {};
    }
    ran.sort_by_key(|trial| trial.duration_us);
    let at = |share: usize| seconds(ran[(ran.len() - 1) * share / 100].duration_us);
    let summary = format!(
        "half of {} within {}, 95 % within {}, all within {}",
        count(ran.len(), "trial"),
        at(50),
        at(95),
        at(100)
    );
    let bars = bars(&ran);
    let ticks = ["10 \u{b5}s", "100 \u{b5}s", "1 ms", "10 ms", "100 ms", "1 s", "10 s"];
    let decade = 3.0 / BARS as f64;
    let ticks: Vec<plot::Tick> =
        ticks.iter().enumerate().map(|(at, text)| (at as f64 * decade, (*text).to_owned())).collect();
    html! {
        figure {
            figcaption { b { (target.name) } " " (summary) }
            (plot::histogram(&format!("How long the trials of {} took: {summary}", target.name), &bars, &ticks))
            details.slowest {
                summary { "The slowest" }
                ol { @for trial in ran.iter().rev().take(SLOWEST) {
                    li { (seconds(trial.duration_us)) " "
                        a href={ "#" (percent_encoded(&shown(&trial.id, 400))) } { code { (shown(&trial.id, 400)) } } }
                } }
            }
        }
    }
}

/// A histogram of durations: heights as fractions of the tallest bar, and labels.
fn bars(ran: &[&TrialRecord]) -> Vec<(f64, String)> {
    let mut numbers = [0_usize; BARS];
    for trial in ran {
        numbers[bar(trial.duration_us)] += 1;
    }
    let tallest = numbers.iter().max().copied().unwrap_or_default().max(1) as f64;
    let told = |(at, number): (usize, &usize)| {
        (*number as f64 / tallest, format!("{} of {} to {}", count(*number, "trial"), edge(at), edge(at + 1)))
    };
    numbers.iter().enumerate().map(told).collect()
}

fn bar(micros: u64) -> usize {
    let place = ((micros.max(10) as f64).log10() - 1.0) * 3.0;
    // It is never negative, and a value beyond the last bar belongs to the last bar.
    (place as usize).min(BARS - 1)
}

fn edge(bar: usize) -> String {
    let micros = 10_f64.powf(bar as f64 / 3.0 + 1.0);
    match micros {
        _ if micros < 1e3 => format!("{micros:.0} \u{b5}s"),
        _ if micros < 1e6 => format!("{:.3} ms", micros / 1e3),
        _ => format!("{:.3} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_duration_has_its_bar() {
        assert_eq!([0, 10, 100, 1_000, 2_000_000, u64::MAX].map(bar), [0, 0, 3, 6, 15, 20]);
    }
}
