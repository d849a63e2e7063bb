//! `wsspec report`: saved records, printed or converted. Ends as the run did, of several as the worst.

use std::path::{Path, PathBuf};

use wsspec_record::Record;
use wsspec_reports::{ExitStatus, Report, Text, exit_status, known_bugs, read_record};

use crate::{
    catalogue::Source,
    color::ColorArgs,
    failure::{CommandError, complain, print},
    heading,
    output::{Outputs, ReportOptions, When, first_error},
};

/// Options of `wsspec report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Records saved by `wsspec run --json`; only --html combines several in one file
    #[arg(value_name = "RECORD", required = true)]
    pub records: Vec<PathBuf>,
    /// What they become.
    #[command(flatten)]
    pub outputs: Outputs,
    /// Print which known bugs the record shows, instead of its trials
    #[arg(long, conflicts_with = "quiet", help_heading = heading::SELECTION)]
    pub known_bugs: bool,
    /// Print nothing
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Treat a missed SHOULD as a failure
    #[arg(long, help_heading = heading::VERDICT)]
    pub strict: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Prints records, and writes them again in other formats.
pub fn run(args: &ReportArgs) -> Result<ExitStatus, CommandError> {
    args.color.apply();
    let (names, records): (Vec<_>, Vec<_>) = read(&args.records)?.into_iter().unzip();
    let options = ReportOptions { strict: args.strict, quiet: args.quiet, github: When::Never };
    let written = args.outputs.write(&names.into_iter().zip(&records).collect::<Vec<_>>(), options);
    let shown = records.iter().try_for_each(|record| show(args, record));
    first_error([written, shown])?;
    Ok(worst_exit_status(&records, args.strict))
}

/// How several runs end: as the worst of them.
pub fn worst_exit_status(records: &[Record], strict: bool) -> ExitStatus {
    let statuses = records.iter().map(|record| exit_status(record, strict));
    statuses.fold(ExitStatus::Success, ExitStatus::worse)
}

/// Each record by the name of its file; one alone by the target's.
fn read(paths: &[PathBuf]) -> Result<Vec<(String, Record)>, CommandError> {
    let name = |path: &Path, record: &Record| match paths {
        [_] => record.target.clone(),
        _ => path.file_stem().unwrap_or(path.as_os_str()).to_string_lossy().into_owned(),
    };
    let read = |path: &PathBuf| read_record(path).map(|record| (name(path, &record), record));
    paths.iter().map(read).collect::<Result<_, _>>().map_err(|error| CommandError::Usage(error.to_string()))
}

fn show(args: &ReportArgs, record: &Record) -> Result<(), CommandError> {
    if args.outputs.takes_stdout() {
        return Ok(());
    }
    if args.known_bugs {
        let catalogue = Source::default().catalogue()?;
        let colour = anstream::stdout().current_choice() != anstream::ColorChoice::Never;
        print(&known_bugs(&catalogue.bugs, record, colour, args.strict))?;
    } else if !args.quiet {
        print_record(record, false)?;
    }
    Ok(())
}

/// Prints a record as the run printed it, to standard error if a report goes to standard output.
pub fn print_record(record: &Record, aside: bool) -> Result<(), CommandError> {
    let mut text = Vec::new();
    Text.render(record, &mut text).map_err(CommandError::Output)?;
    let text = String::from_utf8_lossy(&text);
    if aside { complain(&text) } else { print(&text) }
}
