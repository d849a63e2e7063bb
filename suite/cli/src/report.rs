//! `wsspec report`: prints or converts saved records. Exits like the run; with several, like the worst of them.

use std::path::{Path, PathBuf};

use wsspec_catalogue::Catalogue;
use wsspec_record::Record;
use wsspec_reports::{ExitStatus, ReadError, exit_status, explain, read_record, run_text};

use crate::{
    catalogue::Source,
    color::ColorArgs,
    failure::{CommandError, print},
    heading,
    output::{Outputs, ReportOptions, ShowsArgs, When, first_error},
};

/// Options of `wsspec report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Records saved by `wsspec run --json`; only --html combines several in one file
    #[arg(value_name = "RECORD", required = true)]
    pub records: Vec<PathBuf>,
    /// The reports to write.
    #[command(flatten)]
    pub outputs: Outputs,
    /// Print which known bugs the record shows, instead of its trials
    #[arg(long, conflicts_with = "quiet", help_heading = heading::SELECTION)]
    pub known_bugs: bool,
    /// Print nothing
    #[arg(short, long, conflicts_with_all = ["verbose", "each"], help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Print each trial that did not pass, not one for each thing that is wrong
    #[arg(long, help_heading = heading::OUTPUT)]
    pub each: bool,
    /// Print every trial, also those that passed, with what was sent and received
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub verbose: bool,
    /// Treat a missed SHOULD as a failure
    #[arg(long, help_heading = heading::VERDICT)]
    pub strict: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Prints records, and writes them in other formats.
pub fn run(args: &ReportArgs) -> Result<ExitStatus, CommandError> {
    args.color.apply();
    let (names, records): (Vec<_>, Vec<_>) = read(&args.records)?.into_iter().unzip();
    let options = ReportOptions { strict: args.strict, quiet: args.quiet, github: When::Never };
    let written = args.outputs.write(&names.into_iter().zip(&records).collect::<Vec<_>>(), options);
    let shown = records.iter().try_for_each(|record| show(args, record));
    first_error([written, shown])?;
    Ok(worst_exit_status(&records, args.strict))
}

/// The exit code of several runs: the worst of them.
pub fn worst_exit_status(records: &[Record], strict: bool) -> ExitStatus {
    let statuses = records.iter().map(|record| exit_status(record, strict));
    statuses.fold(ExitStatus::Success, ExitStatus::worse)
}

/// Reads each record, named after its file; a single one is named after its target.
fn read(paths: &[PathBuf]) -> Result<Vec<(String, Record)>, CommandError> {
    let name = |path: &Path, record: &Record| match paths {
        [_] => record.target.clone(),
        _ => path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    };
    let read = |path: &PathBuf| {
        let mut record = read_record(path)?;
        explain(&mut record, || Catalogue::embedded().ok());
        Ok((name(path, &record), record))
    };
    let records = paths.iter().map(read).collect::<Result<_, ReadError>>();
    records.map_err(|error| CommandError::Usage(error.to_string()))
}

fn show(args: &ReportArgs, record: &Record) -> Result<(), CommandError> {
    if args.quiet || args.outputs.takes_stdout() {
        return Ok(());
    }
    let bugs = match args.known_bugs {
        true => Some(Source::default().catalogue()?.bugs),
        false => None,
    };
    let shows = ShowsArgs { quiet: false, each: args.each, verbose: args.verbose };
    print(&run_text(record, &shows.options(args.strict, bugs, false)))
}
