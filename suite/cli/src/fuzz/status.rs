//! The live status of a campaign: one line at the bottom of a terminal, with findings above it.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use wsspec_campaign::campaign::Summary;

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

    /// Prints the last lines, also with `--quiet`.
    pub fn last(&self, text: &str) -> Result<(), CommandError> {
        if self.aside { complain(text) } else { print(text) }
    }

    /// Updates the line with the status after `elapsed`.
    pub fn update(&self, summary: &Summary, elapsed: Duration) {
        self.bar.set_message(line(summary, elapsed));
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

fn line(summary: &Summary, elapsed: Duration) -> String {
    let Summary { counts, transitions, transitions_possible, requirements, corpus, findings, suspects } =
        summary;
    let rate = counts.sessions as f64 / elapsed.as_secs_f64().max(0.001);
    let suspects = if *suspects == 0 { String::new() } else { format!(" ({suspects} being looked into)") };
    format!(
        "{} sessions, {rate:.0}/s | transitions {transitions}/{transitions_possible}, requirements {requirements}, \
         corpus {corpus} | findings {findings}{suspects}",
        counts.sessions
    )
}
