//! The results of one target from run to run, if all records are of one target.

use maud::{Markup, html};

use super::{
    mark::Mark,
    model::{Page, ReportTarget},
    plot::{self, Series, Tick},
};
use crate::clean::{count, sentence};

/// Verdicts that have a line in the plot.
const LINES: [Mark; 3] = [Mark::Fail, Mark::Lenient, Mark::Skip];

/// Whether there are several records, all of one target.
pub(super) fn has_trend(page: &Page<'_>) -> bool {
    let mut targets = page.targets.iter().map(|target| (&target.record.target, target.record.role));
    let first = targets.next();
    page.targets.len() > 1 && targets.all(|target| Some(target) == first)
}

/// The plot, and a table with the same numbers; empty if the records have nothing in common.
pub(super) fn trend(page: &Page<'_>) -> Markup {
    if !has_trend(page) {
        return html! {};
    }
    let mut runs: Vec<&ReportTarget<'_>> = page.targets.iter().collect();
    runs.sort_by(|one, other| one.record.started.cmp(&other.record.started));
    html! {
        section #trend aria-labelledby="trend-title" {
            h2 #trend-title { "Trend" }
            p.hint { (count(runs.len(), "run")) " of " code { (sentence(&runs[0].record.target)) } ", the oldest first." }
            div.plots { figure { (lines(&runs)) } }
            div.scroll tabindex="0" role="group" aria-label="Runs" { (table(&runs)) }
        }
    }
}

fn number(run: &ReportTarget<'_>, mark: Mark) -> usize {
    run.record.trials.iter().filter(|trial| Mark::of(trial) == mark).count()
}

fn lines(runs: &[&ReportTarget<'_>]) -> Markup {
    let largest = runs.iter().flat_map(|run| LINES.map(|mark| number(run, mark))).max().unwrap_or(0).max(1);
    let across = |at: usize| at as f64 / (runs.len() - 1).max(1) as f64;
    let up = |number: usize| number as f64 / largest as f64;
    let series = LINES.map(|mark| Series {
        name: mark.word(),
        points: runs.iter().enumerate().map(|(at, run)| (across(at), up(number(run, mark)))).collect(),
    });
    let said = |run: &&ReportTarget<'_>| {
        let numbers = LINES.map(|mark| format!("{} {}", number(run, mark), mark.word()));
        format!("{}: {}", run.name, numbers.join(", "))
    };
    let label = runs.iter().map(said).collect::<Vec<_>>().join("; ");
    let ticks: Vec<Tick> = vec![(0.0, "0".into()), (1.0, largest.to_string())];
    let day = |run: &ReportTarget<'_>| sentence(run.record.started.split('T').next().unwrap_or_default());
    let ends: Vec<Tick> = vec![(0.0, day(runs[0])), (1.0, day(runs[runs.len() - 1]))];
    plot::lines(&label, &series, &ticks, &ends)
}

fn table(runs: &[&ReportTarget<'_>]) -> Markup {
    let shown = |mark: &Mark| runs.iter().any(|run| number(run, *mark) > 0);
    let marks: Vec<Mark> = Mark::ALL.into_iter().filter(shown).collect();
    html! {
        table.coverage {
            thead { tr {
                @for head in ["Run", "Started", "Server", "wsspec"] { th scope="col" { (head) } }
                @for mark in &marks { th scope="col" { (mark.word()) } }
            } }
            tbody {
                @for run in runs {
                    tr {
                        th scope="row" { (run.name) }
                        td.numbers { (sentence(&run.record.started)) }
                        td.numbers { (run.record.peer.server.as_deref().map(sentence).unwrap_or_default()) }
                        td.numbers { (sentence(&run.record.wsspec)) }
                        @for mark in &marks { td.numbers { (number(run, *mark)) } }
                    }
                }
            }
        }
    }
}
