//! A run as Markdown: for a CI job's summary, a pull request, a chat.
//!
//! Text from a peer or a record is in code spans, where Markdown, HTML and mentions have no effect. Never longer than a
//! CI system accepts for a summary.

use std::{
    cmp::Reverse,
    fmt::Write as _,
    io::{self, Write},
};

use wsspec_record::{ExplainedRule, Record, TrialRecord, Verdict};

use crate::{
    Report,
    clean::{clean, count, sentence},
    finding::{Kind, finding},
    grouped::grouped,
    link::link,
    rule::Rule,
    tally::Tally,
    text::trial_text,
    verdict_line::{numbers, verdict},
};

/// Number of ids listed in a group.
const LISTED: usize = 5;
/// Maximum size in bytes, of which GitHub accepts 1 MiB for all commands of a step; the rest is only counted.
const ENOUGH: usize = 200 * 1024;
/// Number of lines shown of a trial.
const LINES: usize = 80;

/// Markdown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Markdown {
    /// As in [`RunOutcome::of`](crate::RunOutcome::of).
    pub strict: bool,
}

impl Report for Markdown {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let mut text = MarkdownText::default();
        text.line(&format!("## wsspec: {}\n", code(&record.target)));
        text.line(&format!("**{}**\n", escaped(&verdict(record, self.strict).1)));
        text.line(&format!("{}\n", escaped(&numbers(record))));
        table(record, &mut text);
        let open: Vec<_> = record.trials.iter().filter(|trial| trial.known().is_none()).collect();
        for (kind, heading) in [
            (Kind::Broken, "Broken"),
            (Kind::Flaky, "Not always kept"),
            (Kind::UnexpectedPass, "Passed unexpectedly"),
            (Kind::Expired, "Expected no longer"),
            (Kind::Inconclusive, "No verdict"),
            (Kind::Lenient, "Recommended but missed"),
        ] {
            let of_kind = |trial: &&&TrialRecord| finding(trial).is_some_and(|(found, _)| found == kind);
            let trials: Vec<_> = open.iter().filter(of_kind).copied().collect();
            section(record, kind, heading, &trials, &mut text);
        }
        reasons(record, &mut text);
        incidents(record, &mut text);
        out.write_all(text.finished().as_bytes())
    }
}

/// The text so far; entries that do not fit are counted.
#[derive(Default)]
struct MarkdownText {
    text: String,
    left_out: usize,
}

impl MarkdownText {
    fn line(&mut self, line: &str) {
        if self.text.len() + line.len() > ENOUGH {
            self.left_out += 1;
        } else {
            self.text.push_str(line);
            self.text.push('\n');
        }
    }

    fn finished(mut self) -> String {
        if self.left_out > 0 {
            let _ = writeln!(self.text, "\nAnd {} more, left out for length.", self.left_out);
        }
        self.text.truncate(self.text.trim_end().len());
        self.text.push('\n');
        self.text
    }
}

fn table(record: &Record, page: &mut MarkdownText) {
    let sections = grouped(record.trials.iter(), |trial| trial.section());
    if sections.is_empty() {
        return;
    }
    let all = Tally::of_record(record).columns();
    let shown = |at: usize| all[at].1 > 0 || matches!(all[at].0, "passed" | "failed");
    let mut head = "| section |".to_owned();
    let mut rule = "|---|".to_owned();
    for (_, (word, _)) in all.iter().enumerate().filter(|(at, _)| shown(*at)) {
        let _ = write!(head, " {word} |");
        rule.push_str("--:|");
    }
    page.line(&head);
    page.line(&rule);
    for (name, trials) in &sections {
        // In a table, a vertical bar ends the cell even within code.
        let called = record.guide.section(name).map(|name| format!(" {}", escaped(&sentence(name))));
        let section = code(name).replace('|', r"\|");
        let mut row = format!("| {section}{} |", called.unwrap_or_default());
        for (at, (_, number)) in Tally::of(trials.iter().copied()).columns().iter().enumerate() {
            if shown(at) {
                let _ = write!(row, " {number} |");
            }
        }
        page.line(&row);
    }
    page.line("");
}

/// Trials of one kind, grouped by the requirement or the reason that they share.
fn section(record: &Record, kind: Kind, heading: &str, trials: &[&TrialRecord], page: &mut MarkdownText) {
    if trials.is_empty() {
        return;
    }
    page.line(&format!("### {heading}\n"));
    let mut groups = grouped(trials.iter(), |trial| &trial.named().id);
    groups.sort_by_key(|(_, group)| Reverse(group.len()));
    for (id, group) in groups {
        let mut entry = format!("- {}", requirement(Rule::named_by(group[0])));
        if group.len() > 1 {
            let _ = write!(entry, " ({})", count(group.len(), "trial"));
        }
        entry.push('\n');
        if matches!(kind, Kind::Broken | Kind::Flaky) {
            entry.push_str(&explanation(record.guide.rule(id)));
        }
        for trial in group.iter().take(LISTED) {
            let text = finding(trial).map(|(_, text)| text).unwrap_or_default();
            let _ = writeln!(entry, "  - {}: {}", code(&trial.id), code(&text));
        }
        if group.len() > LISTED {
            let _ = writeln!(entry, "  - and {} more", group.len() - LISTED);
        }
        if kind == Kind::Broken {
            entry.push_str(&details(record, group[0]));
        }
        page.line(entry.trim_end());
    }
    page.line("");
}

/// `**MUST** [RFC 6455 section 5.5.2](https://...): a ping is answered`.
fn requirement(rule: Rule<'_>) -> String {
    let requirement = rule.requirement;
    let citation = escaped(&clean(&requirement.citation));
    let citation = match link(requirement.id.as_str()) {
        Some(link) => format!("[{citation}]({link})"),
        None => citation,
    };
    format!("**{}** {citation}: {}", escaped(&rule.level.to_string()), escaped(&sentence(&requirement.text)))
}

/// Why a rule exists, what typically breaks it, and how to fix that.
fn explanation(rule: Option<&ExplainedRule>) -> String {
    let texts = rule.map_or([""; 3], |rule| [&rule.why, &rule.breaks, &rule.fix]);
    let labelled =
        ["Why", "What breaks it", "Fix"].into_iter().zip(texts).filter(|(_, text)| !text.is_empty());
    labelled.map(|(label, text)| format!("  - *{label}*: {}\n", escaped(&clean(text)))).collect()
}

/// The whole text of a trial, folded.
fn details(record: &Record, trial: &TrialRecord) -> String {
    let text = trial_text(record, trial, false);
    let mut lines: Vec<&str> = text.lines().take(LINES).collect();
    if text.lines().nth(LINES).is_some() {
        lines.push("...");
    }
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let body: String = lines.iter().map(|line| format!("    {line}\n")).collect();
    format!(
        "\n    <details><summary>what happened</summary>\n\n    {fence}text\n{body}    {fence}\n\n    </details>\n"
    )
}

/// Known deviations and skipped trials, by reason.
fn reasons(record: &Record, page: &mut MarkdownText) {
    let known = record.trials.iter().filter(|trial| trial.known().is_some());
    let known = grouped(known, |trial| trial.known().unwrap_or_default());
    list("Known deviations", &known, page);
    let skipped = record.trials.iter().filter(|trial| matches!(trial.verdict, Verdict::Skip { .. }));
    let skipped = grouped(skipped, |trial| match &trial.verdict {
        Verdict::Skip { reason } => reason.as_str(),
        _ => "",
    });
    list("Skipped", &skipped, page);
}

fn list(heading: &str, groups: &[(&str, Vec<&TrialRecord>)], page: &mut MarkdownText) {
    if groups.is_empty() {
        return;
    }
    page.line(&format!("### {heading}\n"));
    for (reason, trials) in groups {
        page.line(&format!("- {}: {}", count(trials.len(), "trial"), code(&sentence(reason))));
    }
    page.line("");
}

fn incidents(record: &Record, page: &mut MarkdownText) {
    let aborted = record.aborted.iter().map(|why| format!("aborted: {why}"));
    let mut all = record.incidents.iter().cloned().chain(aborted).peekable();
    if all.peek().is_none() {
        return;
    }
    page.line("### Incidents\n");
    all.for_each(|incident| page.line(&format!("- {}", code(&incident))));
}

/// A code span that text cannot end early.
fn code(text: &str) -> String {
    let text = sentence(text);
    if text.is_empty() {
        return "(empty)".into();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    // Markdown removes one space at both ends.
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// The longest run of backticks.
fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

/// Escapes prose for Markdown. Prose that may contain a mention or an address becomes code.
fn escaped(text: &str) -> String {
    if text.contains('@') || text.contains("://") || text.contains("www.") {
        return code(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\`*_{}[]<>()#+!|~&$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_ends_after_its_own_backticks() {
        assert_eq!(code("a"), "`a`");
        assert_eq!(code("a``b"), "```a``b```");
        assert_eq!(code("`"), "`` ` ``");
    }

    #[test]
    fn prose_has_no_markup() {
        assert_eq!(escaped("*a* <b> [c](d) `e` | f"), r"\*a\* \<b\> \[c\]\(d\) \`e\` \| f");
        assert_eq!(escaped("ask @someone"), "`ask @someone`");
    }
}
