//! The live status of a campaign: one line at the bottom of a terminal, with findings above it.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wsspec_campaign::{HuntPulse, campaign::Summary};
use wsspec_reports::clean_line;

use crate::failure::{CommandError, complain, print};

/// Shows the status of a campaign.
pub struct Status {
    bar: ProgressBar,
    quiet: bool,
    /// Whether a report goes to standard output; text for people then goes to standard error.
    aside: bool,
}

impl Status {
    /// Shows the line only if both streams are terminals. With `aside`, prints nothing to standard output.
    pub fn new(quiet: bool, aside: bool) -> Self {
        let live = !quiet && io::stdout().is_terminal() && io::stderr().is_terminal();
        let bar = match live {
            true => ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
            false => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{spinner} {elapsed}  {wide_msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        Self { bar, quiet, aside }
    }

    /// Whether the output has colours.
    pub fn colour(&self) -> bool {
        anstream::stdout().current_choice() != anstream::ColorChoice::Never
    }

    /// Prints text above the line.
    pub fn say(&self, text: &str) -> Result<(), CommandError> {
        if self.quiet {
            return Ok(());
        }
        self.bar.suspend(|| self.last(&format!("{}\n", text.trim_end())))
    }

    /// Warns above the line, also with `--quiet`: something that was asked for is left out.
    pub fn warn(&self, text: &str) -> Result<(), CommandError> {
        self.bar.suspend(|| complain(&format!("warning: {text}\n")))
    }

    /// Prints the last lines, also with `--quiet`.
    pub fn last(&self, text: &str) -> Result<(), CommandError> {
        if self.aside { complain(text) } else { print(text) }
    }

    /// Shows how things stand after so much time.
    pub fn update(&self, summary: &Summary, elapsed: Duration, pulse: &HuntPulse) {
        self.bar.set_message(line(summary, elapsed, pulse));
        self.bar.tick();
    }

    /// Shows another text in the line.
    pub fn note(&self, line: String) {
        self.bar.set_message(line);
        self.bar.tick();
    }

    /// Removes the line.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn line(summary: &Summary, elapsed: Duration, pulse: &HuntPulse) -> String {
    let Summary {
        counts,
        transitions,
        transitions_possible,
        requirements,
        corpus,
        edges,
        edges_possible,
        findings,
        deaths,
        suspects,
    } = summary;
    let edges =
        if *edges_possible == 0 { String::new() } else { format!(", edges {edges}/{edges_possible}") };
    let rate = counts.sessions as f64 / elapsed.as_secs_f64().max(0.001);
    let suspects = if *suspects == 0 { String::new() } else { format!(" ({suspects} being looked into)") };
    let deaths = if *deaths == 0 { String::new() } else { format!(", deaths {deaths}") };
    format!(
        "{} sessions, {rate:.0}/s{} | transitions {transitions}/{transitions_possible}, requirements {requirements}{edges}, \
         corpus {corpus} | findings {findings}{suspects}{deaths}",
        counts.sessions,
        strain(counts.inconclusive, pulse),
    )
}

/// What keeps sessions from being judged, and what is done about it.
fn strain(inconclusive: u64, pulse: &HuntPulse) -> String {
    let mut parts = Vec::new();
    if inconclusive > 0 {
        parts.push(format!("{inconclusive} not to be judged"));
    }
    if pulse.waiting > 0 {
        parts.push(format!(
            "{} to be played again alone, {} at once after that",
            pulse.waiting, pulse.at_once
        ));
    }
    match (&pulse.why, parts.is_empty()) {
        (_, true) => String::new(),
        (Some(why), false) => format!(" ({}: {})", parts.join("; "), clean_line(why)),
        (None, false) => format!(" ({})", parts.join("; ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_says_why_sessions_are_not_judged() {
        let pulse = HuntPulse { at_once: 8, waiting: 3, why: Some("no answer\u{1b}[2J".into()), usage: None };
        let said = strain(2, &pulse);
        assert!(said.starts_with(
            " (2 not to be judged; 3 to be played again alone, 8 at once after that: no answer"
        ));
        assert!(!said.contains('\u{1b}'), "{said:?}");
        assert_eq!(strain(0, &HuntPulse { waiting: 0, ..pulse }), "");
    }
}
