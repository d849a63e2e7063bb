//! A cause for people to read: how often, which rule, why it matters, how to fix it, and one trial that shows it.

use anstyle::Style;
use wsspec_record::{Record, TrialRecord};

use crate::{
    cause::Cause,
    clean::{clean, count, sentence},
    layout::Layout,
    origin::{Origin, again},
    paint::{BAD, BOLD, DIM},
    run_outcome::peer,
    standing,
    text::{Explains, explanation, last_words, more},
    timeline::timeline,
};

/// Number of timeline lines shown at its start and at its end.
const ENDS: (usize, usize) = (6, 9);
/// Number of cases named besides the one that is shown.
const NAMED: usize = 3;

/// Writes the block of a cause.
pub(crate) fn block(record: &Record, cause: &Cause<'_>, layout: Layout, out: &mut String) {
    headline(record, cause, layout, out);
    if let Some(rule) = cause.rule {
        let level = rule.level.to_string();
        let demanded = format!("{}: {}", clean(&rule.citation), sentence(&rule.text));
        layout.labelled(&level, Style::new(), &demanded, out);
        explanation(record.guide.rule(&rule.id), Explains::Short, layout, out);
    }
    let trial = cause.example();
    layout.labelled("trial", BOLD, &clean(&trial.id), out);
    layout.labelled("", Style::new(), &sentence(&trial.title), out);
    transcript(record, trial, layout, out);
    if let Some(failure) = trial.verdict.failure() {
        layout.labelled("found", BAD, &sentence(&failure.headline()), out);
    }
    trial.death.iter().for_each(|death| last_words(death, layout, out));
    if let Some(reason) = standing::known_or_expired(trial) {
        layout.labelled("known", Style::new(), &sentence(&reason), out);
    }
    others(cause, layout, out);
    layout.labelled("case", Style::new(), &format!("{}:{}", clean(&trial.file), trial.line), out);
    layout.command("again", &again(trial, &Origin::of(record)), out);
    if let Some(rule) = cause.rule {
        more(rule, layout, out);
    }
}

fn headline(record: &Record, cause: &Cause<'_>, layout: Layout, out: &mut String) {
    let (number, one) = (count(cause.trials.len(), "trial"), cause.trials.len() == 1);
    let what = match (cause.rule, cause.death) {
        (Some(rule), _) => {
            format!("{number} break{} {}", if one { "s" } else { "" }, clean(rule.id.as_str()))
        }
        (None, how) => {
            format!("the {} dies of {number}: {}", peer(record), sentence(how.unwrap_or_default()))
        }
    };
    let word = layout.paint.on(BAD.bold(), "FAIL");
    layout.after(&format!("{word}  "), 6, BOLD, &what, out);
}

/// The timeline, shortened in the middle if it is long.
fn transcript(record: &Record, trial: &TrialRecord, layout: Layout, out: &mut String) {
    let lines = timeline(trial, record.role, layout);
    let (start, end) = ENDS;
    let hidden = lines.len().saturating_sub(start + end);
    for (at, line) in lines.iter().enumerate() {
        if hidden > 1 && at == start {
            let text = format!("... {hidden} more lines, shown by --each");
            out.push_str(&format!("{:15}{}\n", "", layout.paint.on(DIM, text)));
        }
        if hidden <= 1 || at < start || at >= start + hidden {
            out.push_str(line);
            out.push('\n');
        }
    }
}

fn others(cause: &Cause<'_>, layout: Layout, out: &mut String) {
    let others = cause.others();
    let mut named: Vec<String> = others.iter().take(NAMED).cloned().collect();
    if others.len() > NAMED {
        named.push(format!("and {}", count(others.len() - NAMED, "more case")));
    }
    if !named.is_empty() {
        layout.labelled("also", Style::new(), &named.join(", "), out);
    }
}
