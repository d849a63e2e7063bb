//! `wsspec report`: a saved record, printed or converted. Ends as the run did.

use std::{path::PathBuf, process::ExitCode};

use wsspec_reports::{Json, Junit, Report, Text, exit_code, known_bugs, read_record};

use crate::{
    args::ColorArgs,
    catalogue::Source,
    failure::{Failure, print},
    output::save,
};

/// Options of `wsspec report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// A record, as `wsspec run --json` saves it
    #[arg(value_name = "RECORD")]
    pub record: PathBuf,
    /// Write the record again
    #[arg(long, value_name = "FILE")]
    pub json: Vec<PathBuf>,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Vec<PathBuf>,
    /// Print which known bugs the record shows, instead of its trials
    #[arg(long, conflicts_with = "quiet")]
    pub known_bugs: bool,
    /// Print nothing
    #[arg(long)]
    pub quiet: bool,
    /// Exit as `wsspec run --strict` does
    #[arg(long)]
    pub strict: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Prints a record, and writes it again in other formats.
pub fn run(args: &ReportArgs) -> Result<ExitCode, Failure> {
    args.color.apply();
    let record = read_record(&args.record).map_err(|error| Failure::Usage(error.to_string()))?;
    for path in &args.json {
        save(path, &Json, &record)?;
    }
    for path in &args.junit {
        save(path, &Junit, &record)?;
    }
    if args.known_bugs {
        let catalogue = Source::default().catalogue()?;
        let colour = anstream::stdout().current_choice() != anstream::ColorChoice::Never;
        print(&known_bugs(&catalogue.bugs, &record, colour, args.strict))?;
    } else if !args.quiet {
        let mut text = Vec::new();
        Text.render(&record, &mut text).map_err(Failure::Output)?;
        print(&String::from_utf8_lossy(&text))?;
    }
    Ok(ExitCode::from(exit_code(&record, args.strict)))
}
