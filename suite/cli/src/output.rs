//! What a run prints while it lasts, and the reports it writes.

use std::{
    env,
    io::{self, IsTerminal},
    sync::Arc,
};

use wsspec_catalogue::Bug;
use wsspec_record::{Record, RunEvent};
use wsspec_reports::{Progress, Shows, Terminal, TerminalOptions, TextOptions};

use crate::{color::ColorArgs, failure::CommandError, heading};

pub mod destination;
mod files;

pub use files::{Outputs, ReportOptions, When, first_error, page, save};

/// Maximum line width: longer lines are harder to read.
const WIDEST: usize = 120;

/// Options of what is printed and written.
#[derive(Clone, Debug, clap::Args)]
pub struct OutputArgs {
    /// Reports.
    #[command(flatten)]
    pub files: Outputs,
    /// Keep long payloads of trials that passed in the record, too: tens of megabytes
    #[arg(long, help_heading = heading::OUTPUT)]
    pub payloads: bool,
    /// How much of a run is printed.
    #[command(flatten)]
    pub shows: ShowsArgs,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// How much of a run is printed.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct ShowsArgs {
    /// Print only the last line
    #[arg(short, long, conflicts_with_all = ["verbose", "each"], help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Print each trial that did not pass, not one for each thing that is wrong
    #[arg(long, help_heading = heading::OUTPUT)]
    pub each: bool,
    /// Print every trial, also those that passed, with what was sent and received
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub verbose: bool,
}

impl ShowsArgs {
    /// The options for a run's text. With `aside`, it goes to standard error, because a report goes to standard output.
    pub fn options(self, strict: bool, bugs: Option<Vec<Bug>>, aside: bool) -> TextOptions {
        let shows = match self {
            Self { quiet: true, .. } => Shows::LastLine,
            Self { verbose: true, .. } => Shows::All,
            Self { each: true, .. } => Shows::Each,
            _ => Shows::Causes,
        };
        let choice = match aside {
            true => anstream::stderr().current_choice(),
            false => anstream::stdout().current_choice(),
        };
        let colour = choice != anstream::ColorChoice::Never;
        let width = width().map_or(TextOptions::default().width, |width| width.min(WIDEST));
        TextOptions { colour, width, shows, strict, bugs }
    }
}

/// The width of the terminal on standard output, in columns, if it is a terminal.
pub fn width() -> Option<usize> {
    if !io::stdout().is_terminal() {
        return None;
    }
    let columns = env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let measured = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
    columns.or_else(measured).filter(|columns| *columns > 0)
}

impl OutputArgs {
    /// Does a run, and shows its progress. The record is kept even if it could not be shown.
    pub fn show(
        &self,
        text: TextOptions,
        run: impl FnOnce(&mut dyn FnMut(&RunEvent)) -> Arc<Record>,
    ) -> (Arc<Record>, Result<(), CommandError>) {
        let progress = match (self.shows.quiet, io::stderr().is_terminal()) {
            (true, _) => Progress::None,
            (false, true) => Progress::Bar,
            (false, false) => Progress::Lines(Box::new(io::stderr())),
        };
        let mut terminal = Terminal::new(TerminalOptions { out: self.stream(), progress, text });
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

    /// The stream for people: standard output, or standard error if a report goes to standard output.
    fn stream(&self) -> Box<dyn io::Write + Send> {
        match self.files.takes_stdout() {
            true => Box::new(anstream::stderr()),
            false => Box::new(anstream::stdout()),
        }
    }

    /// Writes every report of a run that was asked for.
    pub fn write(&self, record: &Record, strict: bool) -> Result<(), CommandError> {
        self.files.write(&[(record.target.clone(), record)], self.report_options(strict))
    }

    /// The options for the reports of a run.
    pub fn report_options(&self, strict: bool) -> ReportOptions {
        ReportOptions { strict, quiet: self.shows.quiet, github: When::Auto }
    }
}
