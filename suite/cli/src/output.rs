//! What a run prints while it lasts, and the reports it writes.

use std::{
    io::{self, IsTerminal},
    sync::Arc,
};

use wsspec_catalogue::Bug;
use wsspec_record::{Record, RunEvent};
use wsspec_reports::{Terminal, TerminalOptions};

use crate::{color::ColorArgs, failure::CommandError, heading};

pub mod destination;
mod files;

pub use files::{Outputs, ReportOptions, When, first_error, save};

/// Options of what is printed and written.
#[derive(Clone, Debug, clap::Args)]
pub struct OutputArgs {
    /// Reports.
    #[command(flatten)]
    pub files: Outputs,
    /// Print only the last line
    #[arg(short, long, conflicts_with = "verbose", help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Print every trial with its transcript
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub verbose: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// What else the terminal has to know of a run.
#[derive(Debug, Default)]
pub struct Shown {
    /// What is only recommended counts.
    pub strict: bool,
    /// The run's seed.
    pub seed: u64,
    /// Options for the command that runs a trial again.
    pub again: Vec<String>,
    /// Bugs to answer for.
    pub bugs: Option<Vec<Bug>>,
}

impl OutputArgs {
    /// Does a run, and shows it as it happens. That it could not be shown makes its record no less worth keeping.
    pub fn show(
        &self,
        shown: Shown,
        run: impl FnOnce(&mut dyn FnMut(&RunEvent)) -> Arc<Record>,
    ) -> (Arc<Record>, Result<(), CommandError>) {
        let (out, colour) = self.stream();
        let mut terminal = Terminal::new(TerminalOptions {
            colour,
            progress: !self.quiet && io::stdout().is_terminal() && io::stderr().is_terminal(),
            out,
            verbose: self.verbose,
            quiet: self.quiet,
            strict: shown.strict,
            seed: shown.seed,
            again: shown.again,
            bugs: shown.bugs,
        });
        let mut unwritten = None;
        let record = run(&mut |event| {
            // A closed pipe does not end the run: its reports are still wanted.
            if let Err(error) = terminal.handle(event) {
                unwritten.get_or_insert(error);
            }
        });
        match unwritten {
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                (record, Err(CommandError::Output(error)))
            }
            _ => (record, Ok(())),
        }
    }

    /// Where people read, and whether in colour: standard error, where a report goes to standard output.
    fn stream(&self) -> (Box<dyn io::Write + Send>, bool) {
        if self.files.takes_stdout() {
            let out = anstream::stderr();
            let colour = out.current_choice() != anstream::ColorChoice::Never;
            return (Box::new(out), colour);
        }
        let out = anstream::stdout();
        let colour = out.current_choice() != anstream::ColorChoice::Never;
        (Box::new(out), colour)
    }

    /// Writes every report of a run that was asked for.
    pub fn write(&self, record: &Record, strict: bool) -> Result<(), CommandError> {
        self.files.write(&[(record.target.clone(), record)], self.report_options(strict))
    }

    /// How a run comes to be reported.
    pub fn report_options(&self, strict: bool) -> ReportOptions {
        ReportOptions { strict, quiet: self.quiet, github: When::Auto }
    }
}
