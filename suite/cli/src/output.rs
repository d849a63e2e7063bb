//! What a run prints while it lasts, and the reports it writes.

use std::{
    io::{self, IsTerminal},
    path::{Path, PathBuf},
    sync::Arc,
};

use wsspec_exchange::{Record, RunEvent};
use wsspec_reports::{Json, Junit, Report, Terminal, TerminalOptions, write_file};
use wsspec_script::Bug;

use crate::{args::ColorArgs, failure::Failure};

/// Options of what is printed and written.
#[derive(Clone, Debug, clap::Args)]
pub struct OutputArgs {
    /// Save the record of the run
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Vec<PathBuf>,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub junit: Vec<PathBuf>,
    /// Print only the last line
    #[arg(long, conflicts_with = "verbose", help_heading = "Output")]
    pub quiet: bool,
    /// Print the transcript of every trial
    #[arg(long, help_heading = "Output")]
    pub verbose: bool,
    /// Colour.
    #[command(flatten, next_help_heading = "Output")]
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
    /// Does a run, and shows it as it happens.
    pub fn show(
        &self,
        shown: Shown,
        run: impl FnOnce(&mut dyn FnMut(&RunEvent)) -> Arc<Record>,
    ) -> Result<Arc<Record>, Failure> {
        let out = anstream::stdout();
        let mut terminal = Terminal::new(TerminalOptions {
            colour: out.current_choice() != anstream::ColorChoice::Never,
            progress: !self.quiet && io::stdout().is_terminal() && io::stderr().is_terminal(),
            out: Box::new(out),
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
            Some(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
            _ => Ok(record),
        }
    }

    /// The same for one of several runs, from 0: the files of later ones have its number before their extension.
    #[must_use]
    pub fn numbered(&self, run: usize) -> Self {
        let rename = |path: &PathBuf| match (run, path.extension()) {
            (0, _) => path.clone(),
            (_, Some(extension)) => path.with_extension(format!("{}.{}", run + 1, extension.display())),
            (_, None) => path.with_extension((run + 1).to_string()),
        };
        Self {
            json: self.json.iter().map(rename).collect(),
            junit: self.junit.iter().map(rename).collect(),
            ..self.clone()
        }
    }

    /// Writes every report that was asked for.
    pub fn write(&self, record: &Record) -> Result<(), Failure> {
        self.json.iter().try_for_each(|path| save(path, &Json, record))?;
        self.junit.iter().try_for_each(|path| save(path, &Junit, record))
    }
}

/// Writes a report to a file.
pub fn save(path: &Path, report: &dyn Report, record: &Record) -> Result<(), Failure> {
    write_file(path, report, record).map_err(|error| Failure::Usage(error.to_string()))
}
