//! The sections of a run: their names, and the verdicts of their trials.

use std::fmt::Write as _;

use anstyle::Style;
use wsspec_record::Record;

use crate::{
    clean::{clean, cut, sentence, shortened},
    grouped::grouped,
    layout::Layout,
    paint::{BAD, BOLD, DIM, GOOD, WARN},
    tally::Tally,
};

/// Maximum width of a section's id.
const WIDEST: usize = 40;
/// Minimum width for a column of names.
const NARROWEST: usize = 12;
/// Letters kept of the column headings if lines are short.
const SHORT: usize = 4;

/// Writes the table, without empty columns.
pub(crate) fn section_table(record: &Record, layout: Layout, out: &mut String) {
    let sections = grouped(record.trials.iter(), |trial| trial.section());
    if sections.is_empty() {
        return;
    }
    let all = Tally::of_record(record).columns();
    let shown: Vec<usize> = (0..all.len()).filter(|at| all[*at].1 > 0).collect();
    let ids: Vec<String> = sections.iter().map(|(id, _)| cut(&clean(id), WIDEST)).collect();
    let width = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);
    let id_width = width(&mut ids.iter().map(|id| id.chars().count()).chain(["section".len()]));
    // If the headings do not fit, abbreviate them.
    let words = |most: usize| shown.iter().map(|at| all[*at].0.get(..most).unwrap_or(all[*at].0)).collect();
    let mut heads: Vec<&str> = words(usize::MAX);
    let total = |heads: &[&str]| heads.iter().map(|word| word.len() + 2).sum::<usize>();
    if id_width + total(&heads) > layout.width() {
        heads = words(SHORT);
    }
    let numbers = total(&heads);
    let name = |id: &str| record.guide.section(id).map(sentence).unwrap_or_default();
    let names: Vec<String> = sections.iter().map(|(id, _)| name(id)).collect();
    let longest = width(&mut names.iter().map(|name| name.chars().count()));
    let room = layout.width().saturating_sub(id_width + 2 + numbers);
    let name_width = if longest == 0 || room < NARROWEST { 0 } else { longest.min(room) };
    let gap = if name_width == 0 { 0 } else { 2 };
    let mut head = format!("{:1$}", "section", id_width + gap + name_width);
    for word in &heads {
        let _ = write!(head, "  {word}");
    }
    let _ = writeln!(out, "{}", layout.paint.on(BOLD, head));
    for ((id, name), (_, trials)) in ids.iter().zip(&names).zip(&sections) {
        let name = shortened(name, name_width);
        let name = if name_width == 0 { String::new() } else { format!("{name:name_width$}") };
        let _ = write!(out, "{id:id_width$}{:gap$}{name}", "");
        let tally = Tally::of(trials.iter().copied()).columns();
        for (at, head) in shown.iter().zip(&heads) {
            let (word, number) = tally[*at];
            let cell = format!("{number:>0$}", head.len());
            let _ = write!(out, "  {}", layout.paint.on(cell_style(word, number), cell));
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
