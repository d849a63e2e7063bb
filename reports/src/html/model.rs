//! Combines records for the page: targets, trials by id, sections.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use wsspec_record::{ExplainedRule, Failure, Record, TrialRecord, Verdict};
use wsspec_wire::RequirementId;

use super::mark::Mark;
use crate::{
    clean::{clean, count, sentence},
    run_outcome::RunOutcome,
    standing,
    tally::Tally,
};

/// Everything that the page shows.
#[derive(Debug)]
pub(super) struct Page<'a> {
    pub(super) targets: Vec<ReportTarget<'a>>,
    /// The worst first, then in the order of the plan.
    pub(super) rows: Vec<Row<'a>>,
    /// In the order of the plan.
    pub(super) sections: Vec<&'a str>,
}

/// A record and its name.
#[derive(Debug)]
pub(super) struct ReportTarget<'a> {
    pub(super) name: String,
    pub(super) record: &'a Record,
    pub(super) outcome: RunOutcome,
    pub(super) tally: Tally,
}

/// A trial with a result for each target; `None` if a record does not have it.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) cells: Vec<Option<&'a TrialRecord>>,
}

impl<'a> Page<'a> {
    pub(super) fn new(records: &[(String, &'a Record)]) -> Self {
        let mut names: BTreeMap<&str, usize> = BTreeMap::new();
        let targets = records.iter().map(|(name, record)| {
            let times = names.entry(name).or_default();
            *times += 1;
            let name = if *times == 1 { sentence(name) } else { format!("{} ({times})", sentence(name)) };
            let outcome = RunOutcome::of(record, false);
            ReportTarget { name, record, outcome, tally: Tally::of_record(record) }
        });
        let targets: Vec<ReportTarget<'a>> = targets.collect();
        let mut rows = rows(records);
        let mut sections: Vec<&str> = Vec::new();
        for row in &rows {
            let section = row.any().section();
            if !sections.contains(&section) {
                sections.push(section);
            }
        }
        sort(&mut rows);
        Self { targets, rows, sections }
    }

    /// The explanation of a rule, from any of the records.
    pub(super) fn explained(&self, id: &RequirementId) -> Option<&'a ExplainedRule> {
        self.targets.iter().find_map(|target| target.record.guide.rule(id))
    }

    /// The name of a section, from any of the records.
    pub(super) fn section_name(&self, section: &str) -> Option<String> {
        self.targets.iter().find_map(|target| target.record.guide.section(section)).map(sentence)
    }

    /// The title of the page.
    pub(super) fn title(&self) -> String {
        let broken: usize = self.targets.iter().map(|target| target.tally.failed).sum();
        let what = match &*self.targets {
            [only] => only.name.clone(),
            several => count(several.len(), "target"),
        };
        match broken {
            0 => format!("{what} \u{2013} wsspec"),
            _ => format!("{broken} failed \u{2013} {what} \u{2013} wsspec"),
        }
    }

    /// The version of wsspec that made the first record.
    pub(super) fn version(&self) -> &str {
        self.targets.first().map_or("", |target| &target.record.wsspec)
    }

    /// Each cell with the index of its target.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, &'a TrialRecord)> {
        self.rows.iter().flat_map(|row| {
            row.cells.iter().enumerate().filter_map(|(target, trial)| trial.map(|trial| (target, trial)))
        })
    }
}

impl<'a> Row<'a> {
    /// The trial from the first record that has it.
    pub(super) fn any(&self) -> &'a TrialRecord {
        self.cells
            .iter()
            .flatten()
            .next()
            .copied()
            .unwrap_or_else(|| unreachable!("a row is made of a trial"))
    }

    /// The rule that its worst verdict names; empty if it passed or was skipped.
    fn rule(&self) -> &'a str {
        let worst = self.worst();
        let mut named = self.cells.iter().flatten().filter(|trial| Mark::of(trial) == worst);
        match worst < Mark::Skip {
            true => named.next().map_or("", |trial| trial.named().id.as_str()),
            false => "",
        }
    }

    /// The worst of its verdicts.
    pub(super) fn worst(&self) -> Mark {
        self.cells.iter().flatten().map(|trial| Mark::of(trial)).min().unwrap_or(Mark::Skip)
    }
}

/// Sorts the worst first; among those, groups trials that name the same rule, the largest group first.
fn sort(rows: &mut [Row<'_>]) {
    let key = |row: &Row<'_>| (row.worst(), row.rule().to_owned());
    let mut groups: HashMap<(Mark, String), (usize, usize)> = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        groups.entry(key(row)).or_insert((at, 0)).1 += 1;
    }
    rows.sort_by_cached_key(|row| {
        let (first, number) = groups.get(&key(row)).copied().unwrap_or_default();
        (row.worst(), Reverse(number), first)
    });
}

/// Trials with the same id share a row; if a record has an id twice, the second gets its own row.
fn rows<'a>(records: &[(String, &'a Record)]) -> Vec<Row<'a>> {
    let mut places: HashMap<(&str, usize), usize> = HashMap::new();
    let mut rows: Vec<Row<'a>> = Vec::new();
    for (target, (_, record)) in records.iter().enumerate() {
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for trial in &record.trials {
            let times = seen.entry(&trial.id).or_default();
            let place = *places.entry((&trial.id, *times)).or_insert_with(|| {
                rows.push(Row { cells: vec![None; records.len()] });
                rows.len() - 1
            });
            *times += 1;
            rows[place].cells[target] = Some(trial);
        }
    }
    rows
}

/// The finding in one line; empty if the trial passed.
pub(super) fn found(trial: &TrialRecord) -> String {
    let text = match &trial.verdict {
        Verdict::Fail { failure } | Verdict::Flaky { failure } => return headline(failure),
        Verdict::Lenient { notes } => notes.first().map_or("", |note| &note.text),
        Verdict::Inconclusive { why: text } | Verdict::Skip { reason: text } => text,
        Verdict::Pass => "",
    };
    sentence(text)
}

fn headline(failure: &Failure) -> String {
    format!("expected {}, got {}", sentence(&failure.expected), sentence(&failure.actual))
}

/// Why this verdict was expected, or no longer is.
pub(super) fn expectation(trial: &TrialRecord) -> String {
    trial.standing.as_ref().map(|standing| sentence(&standing::expectation(standing))).unwrap_or_default()
}

/// The web page of the RFC's section, if the requirement is from an RFC.
pub(super) fn rfc_link(requirement: &str) -> Option<String> {
    let (number, rest) = requirement.strip_prefix("rfc")?.split_once('#')?;
    let section = rest.split(':').next().unwrap_or_default();
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_digit() || more.contains(c))
    };
    (plain(number, "") && plain(section, "."))
        .then(|| format!("https://www.rfc-editor.org/rfc/rfc{number}#section-{section}"))
}

/// A text for the page, shortened to at most `width` characters.
pub(super) fn shown(text: &str, width: usize) -> String {
    // Do not process text that will not be shown: a payload may have megabytes.
    let end = text.char_indices().nth(width.saturating_mul(2)).map_or(text.len(), |(at, _)| at);
    match end < text.len() {
        true => {
            let start: String = clean(&text[..end]).chars().take(width).collect();
            format!("{start}... ({} bytes of text)", text.len())
        }
        false => crate::clean::cut(&clean(text), width),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_become_links() {
        let link = rfc_link("rfc6455#5.5.2:2");
        assert_eq!(link.as_deref(), Some("https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2"));
        assert_eq!(rfc_link("rfc6455#5.5\"onclick:2"), None);
        assert_eq!(rfc_link("javascript#5:1"), None);
    }

    #[test]
    fn a_long_text_is_cut_before_it_is_looked_at() {
        assert_eq!(shown(&"\u{7}".repeat(100), 3), "\\u{... (100 bytes of text)");
        assert_eq!(shown("a\u{7}", 20), "a\\u{7}");
    }
}
