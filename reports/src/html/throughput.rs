//! How many messages per second came back, in trials that send many.

use maud::{Markup, html};
use wsspec_record::{TrialRecord, Verdict};

use super::{
    model::{Page, shown},
    plot::{self, Series},
};

/// Number of repetitions from which a trial gives a rate.
const MANY: u64 = 100;
/// Maximum number of families with a plot.
const PLOTS: usize = 12;

/// A trial's rate.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Rate {
    /// Bytes per message.
    size: u64,
    /// Messages per second.
    rate: f64,
}

/// A family of trials, by target.
type Family<'a> = (&'a str, Vec<Vec<Rate>>);

/// A plot for each family.
pub(super) fn throughput(page: &Page<'_>) -> Markup {
    let families = families(page);
    html! {
        h3 { "Throughput" }
        @if families.is_empty() {
            p.hint { "No trial here sends many messages; " code { "wsspec run --extra throughput" } " adds some." }
        }
        div.plots { @for family in families.iter().take(PLOTS) { (figure(page, family)) } }
    }
}

fn families<'a>(page: &Page<'a>) -> Vec<Family<'a>> {
    let mut families: Vec<Family<'a>> = Vec::new();
    for (target, trial) in page.cells() {
        let Some(rate) = rate(trial) else { continue };
        let family = trial.family();
        let place = families.iter().position(|(known, _)| *known == family).unwrap_or_else(|| {
            families.push((family, vec![Vec::new(); page.targets.len()]));
            families.len() - 1
        });
        families[place].1[target].push(rate);
    }
    // A single point makes no plot.
    families.retain(|(_, targets)| targets.iter().any(|rates| rates.len() > 1));
    for rates in families.iter_mut().flat_map(|(_, targets)| targets) {
        rates.sort_by_key(|rate| rate.size);
    }
    families
}

/// The rate of a trial that passed, consists of one block repeated often enough, and has a size.
fn rate(trial: &TrialRecord) -> Option<Rate> {
    if !matches!(trial.verdict, Verdict::Pass | Verdict::Lenient { .. }) || trial.duration_us == 0 {
        return None;
    }
    let first = trial.script.first()?;
    let times: u64 = first.text.trim().strip_prefix("repeat ")?.trim().parse().ok()?;
    let values = trial.id.rsplit_once('[').map_or("", |(_, values)| values);
    let size = values.trim_end_matches(']').split(',').find_map(|value| value.strip_prefix("size="));
    let rate = times as f64 / (trial.duration_us as f64 / 1e6);
    (times >= MANY).then_some(Rate { size: size?.parse().ok()?, rate })
}

fn figure(page: &Page<'_>, (family, targets): &Family<'_>) -> Markup {
    let all = || targets.iter().flatten();
    let largest = all().map(|rate| across(rate.size)).fold(1.0, f64::max);
    let decades = all().map(|rate| rate.rate.log10()).fold(1.0, f64::max).ceil().max(1.0);
    let point = |rate: &Rate| (across(rate.size) / largest, (rate.rate.log10() / decades).clamp(0.0, 1.0));
    let series: Vec<Series<'_>> = page
        .targets
        .iter()
        .zip(targets)
        .filter(|(_, rates)| !rates.is_empty())
        .map(|(target, rates)| Series { name: &target.name, points: rates.iter().map(point).collect() })
        .collect();
    let mut sizes: Vec<u64> = all().map(|rate| rate.size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    // Ten labels at most, so that they do not overlap.
    let step = sizes.len().div_ceil(10).max(1);
    let ticks: Vec<plot::Tick> =
        sizes.iter().step_by(step).map(|size| (across(*size) / largest, size.to_string())).collect();
    let up: Vec<plot::Tick> =
        (1..=decades as u32).map(|at| (f64::from(at) / decades, format!("{}/s", thousands(at)))).collect();
    html! {
        figure {
            figcaption { b { (shown(family, 200)) } " messages a second, by their size in bytes" }
            (plot::lines(&spoken(page, family, targets), &series, &up, &ticks))
        }
    }
}

/// The position of a size on a logarithmic scale that begins at zero bytes.
fn across(size: u64) -> f64 {
    (size as f64 + 1.0).log2()
}

fn thousands(decade: u32) -> String {
    match decade {
        0..3 => 10_u32.pow(decade).to_string(),
        3..6 => format!("{} k", 10_u32.pow(decade - 3)),
        _ => format!("{} M", 10_u64.pow((decade - 6).min(12))),
    }
}

fn spoken(page: &Page<'_>, family: &str, targets: &[Vec<Rate>]) -> String {
    let mut text = shown(family, 200);
    for (target, rates) in page.targets.iter().zip(targets).filter(|(_, rates)| !rates.is_empty()) {
        let rates: Vec<String> =
            rates.iter().map(|rate| format!("{:.0} a second at {} bytes", rate.rate, rate.size)).collect();
        text.push_str(&format!("; {}: {}", target.name, rates.join(", ")));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decades_are_short() {
        assert_eq!([0, 1, 2, 3, 5, 6].map(thousands), ["1", "10", "100", "1 k", "100 k", "1 M"]);
    }
}
