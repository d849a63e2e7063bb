//! TAP version 14, for harnesses that collect the tests of many languages.
//!
//! A test point for each trial. A known deviation is `not ok` with `# TODO`, which a harness counts as passed. An
//! unexpected pass and an inconclusive trial are `not ok` without it. The YAML block below a test point has strings in
//! JSON syntax, which is valid YAML.

use std::io::{self, Write};

use wsspec_record::{Record, TrialRecord, Verdict};

use crate::{
    Report,
    clean::{clean, sentence},
    finding::{Kind, finding},
    link::link,
    origin::{Origin, again},
    rule::Rule,
    tally::Tally,
    text::trial_text,
};

/// TAP version 14.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tap;

impl Report for Tap {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let nothing = Tally::of_record(record).run() == 0;
        writeln!(out, "TAP version 14\n1..{}", record.trials.len() + usize::from(nothing))?;
        writeln!(out, "# {}", sentence(&record.target))?;
        for (index, trial) in record.trials.iter().enumerate() {
            test_point(record, trial, index + 1, out)?;
        }
        if nothing {
            // A harness counts a plan without tests, or with only skipped ones, as a success.
            writeln!(out, "not ok {} - a trial is run", record.trials.len() + 1)?;
        }
        for incident in &record.incidents {
            writeln!(out, "# incident: {}", sentence(incident))?;
        }
        match &record.aborted {
            Some(why) => writeln!(out, "Bail out! {}", escaped(&sentence(why))),
            None => Ok(()),
        }
    }
}

fn test_point(record: &Record, trial: &TrialRecord, number: usize, out: &mut dyn Write) -> io::Result<()> {
    let found = finding(trial);
    let ok = match found {
        Some((kind, _)) => matches!(kind, Kind::Lenient | Kind::Flaky) && trial.known().is_none(),
        None => true,
    };
    let directive = match (&trial.verdict, trial.known()) {
        (Verdict::Skip { reason }, _) => format!(" # SKIP {}", escaped(&sentence(reason))),
        (_, Some(reason)) if !ok => format!(" # TODO {}", escaped(&sentence(reason))),
        _ => String::new(),
    };
    let status = if ok { "ok" } else { "not ok" };
    writeln!(out, "{status} {number} - {}{directive}", escaped(&clean(&trial.id)))?;
    match found {
        Some((kind, text)) => diagnostics(record, trial, kind, &text, out),
        None => Ok(()),
    }
}

fn diagnostics(
    record: &Record,
    trial: &TrialRecord,
    kind: Kind,
    text: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let named = trial.named();
    let origin = Origin::of(record);
    writeln!(out, "  ---")?;
    for (name, value) in [
        ("message", text.to_owned()),
        ("severity", kind.word().to_owned()),
        ("title", sentence(&trial.title)),
        ("requirement", clean(named.id.as_str()).into_owned()),
        ("level", Rule::named_by(trial).level.to_string()),
        ("rfc", clean(&named.citation).into_owned()),
        ("text", sentence(&named.text)),
        ("again", again(trial, &origin)),
    ] {
        writeln!(out, "  {name}: {}", serde_json::Value::from(value))?;
    }
    if let Some(link) = link(named.id.as_str()) {
        writeln!(out, "  link: {}", serde_json::Value::from(link))?;
    }
    writeln!(out, "  at:\n    file: {}", serde_json::Value::from(&*clean(&trial.file)))?;
    writeln!(out, "    line: {}", trial.line)?;
    writeln!(out, "  trial: |")?;
    for line in trial_text(record, trial, false).lines() {
        writeln!(out, "    {line}")?;
    }
    writeln!(out, "  ...")
}

/// Escapes a description or a reason: `#` would begin a directive.
fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('#', r"\#")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_has_no_directive_of_its_own() {
        assert_eq!(escaped(r"a # TODO \# b"), r"a \# TODO \\\# b");
    }
}
