//! Optional colours.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use wsspec_record::{TrialRecord, Verdict};

pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default();
pub(crate) const THEIRS: Style = AnsiColor::Cyan.on_default();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const BOLD: Style = Style::new().bold();

/// Applies colours if enabled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(pub bool);

impl Paint {
    /// The text in a style that ends with it; white space is not styled.
    pub(crate) fn on(self, style: Style, text: impl Display) -> String {
        let text = text.to_string();
        match self.0 && !text.trim().is_empty() {
            true => format!("{style}{text}{style:#}"),
            false => text,
        }
    }

    /// The first word of a trial's text.
    pub(crate) fn verdict(self, trial: &TrialRecord) -> String {
        let (style, word) = match &trial.verdict {
            Verdict::Pass if trial.unexpected_pass().is_some() => (BAD, "UNEXPECTED PASS"),
            Verdict::Pass => (GOOD, "PASS"),
            Verdict::Lenient { .. } => (WARN, "LENIENT"),
            Verdict::Fail { .. } if trial.known().is_some() => (WARN, "KNOWN"),
            Verdict::Fail { .. } => (BAD, "FAIL"),
            Verdict::Flaky { .. } => (WARN, "FLAKY"),
            Verdict::Inconclusive { .. } => (WARN, "INCONCLUSIVE"),
            Verdict::Skip { .. } => (DIM, "SKIP"),
        };
        self.on(style.bold(), word)
    }
}
