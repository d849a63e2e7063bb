//! A trial's deviation in few words, to be written into files that people edit.

use wsspec_record::{TrialRecord, Verdict};

use crate::clean::{clean, sentence};

/// The most characters of what was found.
const FOUND: usize = 100;

/// What a trial found, cut short, and the section that says otherwise: one line, with nothing hidden in it.
pub fn reason(trial: &TrialRecord) -> String {
    let found = match &trial.verdict {
        Verdict::Fail { failure } | Verdict::Flaky { failure } => failure.headline(),
        Verdict::Lenient { notes } => notes.first().map(|note| note.text.clone()).unwrap_or_default(),
        Verdict::Inconclusive { why: found } | Verdict::Skip { reason: found } => found.clone(),
        Verdict::Pass => "passes".to_owned(),
    };
    let found = clean(&found);
    let mut short: String = found.chars().take(FOUND).collect();
    if short.len() < found.len() {
        short.push_str("...");
    }
    format!("{short} ({})", sentence(&trial.named().citation))
}

/// Lines of unknown origin, with what is not seen spelled out; only their ends stay.
pub fn clean_text(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// A text of unknown origin on one line, with what is not seen spelled out, not without end.
pub fn clean_line(text: &str) -> String {
    sentence(text)
}
