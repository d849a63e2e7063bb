//! Annotations for GitHub Actions: workflow commands, one per line, which a runner reads from a step's output.
//!
//! There is one annotation per broken requirement, because a rule broken in fifty trials is one thing to fix. GitHub
//! silently drops all but the first ten errors and ten warnings of a step, so the tenth says how many there are.

use std::io::{self, Write};

use wsspec_record::{Record, TrialRecord};

use crate::{
    Report,
    clean::{clean, count, sentence},
    finding::{Kind, finding},
    grouped::grouped,
    origin::{Origin, again},
    rule::Rule,
    tally::Tally,
};

/// Number of annotations of each kind that GitHub shows for a step.
const SHOWN: usize = 10;

/// Annotations of GitHub Actions.
#[derive(Clone, Copy, Debug, Default)]
pub struct Github;

impl Report for Github {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let found: Vec<Found<'_>> = record.trials.iter().filter_map(Found::of).collect();
        let groups = grouped(found.iter(), |found| found.key());
        let (errors, warnings): (Vec<_>, Vec<_>) = groups.iter().partition(|((kind, _), _)| kind.is_error());
        let told = |groups: &[&((Kind, &str), Vec<&Found<'_>>)]| -> Vec<String> {
            groups.iter().map(|(_, group)| annotation(record, group)).collect()
        };
        let mut all_errors: Vec<String> = run(record).into_iter().collect();
        all_errors.extend(told(&errors));
        write(all_errors, "error", out)?;
        write(told(&warnings), "warning", out)
    }
}

/// A trial with its finding, unless that is known.
struct Found<'r> {
    trial: &'r TrialRecord,
    kind: Kind,
    text: String,
}

impl<'r> Found<'r> {
    fn of(trial: &'r TrialRecord) -> Option<Self> {
        let (kind, text) = finding(trial).filter(|_| trial.known().is_none())?;
        Some(Self { trial, kind, text })
    }

    /// Trials with the same key share one annotation.
    fn key(&self) -> (Kind, &str) {
        match self.kind {
            Kind::Inconclusive | Kind::Expired => (self.kind, &self.text),
            _ => (self.kind, self.trial.named().id.as_str()),
        }
    }
}

/// A problem of the run as a whole.
fn run(record: &Record) -> Option<String> {
    let why = match &record.aborted {
        Some(why) => format!("the run was cut short: {}", sentence(why)),
        None if Tally::of_record(record).run() == 0 => "no trial was run".to_owned(),
        None => return None,
    };
    Some(format!(" title={}::{}", property("wsspec"), data(&why)))
}

/// The part after the command's name.
fn annotation(record: &Record, group: &[&Found<'_>]) -> String {
    let first = group[0];
    let (trial, rule) = (first.trial, Rule::named_by(first.trial));
    let named = rule.requirement;
    let title = sentence(&format!("{}, {}", rule.level, named.citation));
    let mut lines = vec![sentence(&named.text), format!("{}: {}", sentence(&trial.id), first.text)];
    if group.len() > 1 {
        lines.push(format!("and {}", count(group.len() - 1, "more trial")));
    }
    if let Some(fix) = record.guide.rule(&named.id).map(|rule| &rule.fix).filter(|fix| !fix.is_empty()) {
        lines.push(format!("fix: {}", clean(fix)));
    }
    lines.push(again(trial, &Origin::of(record)));
    format!(
        " file={},line={},title={}::{}",
        property(&clean(&trial.file)),
        trial.line.max(1),
        property(&title),
        data(&lines.join("\n"))
    )
}

fn write(mut annotations: Vec<String>, command: &str, out: &mut dyn Write) -> io::Result<()> {
    if annotations.len() > SHOWN {
        let rest = annotations.len() - (SHOWN - 1);
        annotations.truncate(SHOWN - 1);
        let text = format!("{}, not shown; the log has them all", count(rest, &format!("more {command}")));
        annotations.push(format!(" title={}::{}", property("wsspec"), data(&text)));
    }
    annotations.iter().try_for_each(|annotation| writeln!(out, "::{command}{annotation}"))
}

/// Escapes text after the second pair of colons.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_end_a_value_is_encoded() {
        assert_eq!(property("100%, a:b\r\n"), "100%25%2C a%3Ab%0D%0A");
        assert_eq!(data("a:b,\n%0A"), "a:b,%0A%250A");
    }
}
