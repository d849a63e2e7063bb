//! A trial's deviation in a few words, for files that people edit.

use wsspec_record::{TrialRecord, Verdict};

use crate::clean::{clean, sentence};

/// Maximum length of the finding, in characters.
const FOUND: usize = 100;

/// A trial's finding, shortened, with the section of the broken rule: one line with invisible characters escaped.
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

/// Text from untrusted sources with invisible characters escaped, except line ends.
pub fn clean_text(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// Text from untrusted sources on one line, shortened, with invisible characters escaped.
pub fn clean_line(text: &str) -> String {
    sentence(text)
}
