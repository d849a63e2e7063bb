//! `wsspec diff`: what has changed between two saved records.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use wsspec_exchange::Record;
use wsspec_reports::{Diff, read_record};

use crate::{
    color::ColorArgs,
    failure::{Failure, print},
};

const EXIT_CODES: &str = "\
Exit codes:
  0  nothing has become worse
  1  a trial newly fails, is newly in doubt or newly lenient, or the new run was cut short
  2  wrong usage, or a record that cannot be read

How long trials took is not compared, nor whether failures were expected. Trials that only one of the records has are
listed, and are no regression.";

/// Options of `wsspec diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct DiffArgs {
    /// The record to compare with, as `wsspec run --json` saves it
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The record that is compared
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Write the comparison as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Print nothing
    #[arg(long)]
    pub quiet: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Says what has changed: 0 unless something has become worse.
pub fn run(args: &DiffArgs) -> Result<ExitCode, Failure> {
    args.color.apply();
    let diff = Diff::of(&read(&args.old)?, &read(&args.new)?);
    if let Some(path) = &args.json {
        let usage = |error: &dyn std::fmt::Display| {
            Failure::Usage(format!("cannot write `{}`: {error}", path.display()))
        };
        let text = serde_json::to_string_pretty(&diff).map_err(|error| usage(&error))?;
        fs::write(path, text + "\n").map_err(|error| usage(&error))?;
    }
    if !args.quiet {
        print(&diff.text(true))?;
    }
    Ok(ExitCode::from(u8::from(diff.is_worse())))
}

fn read(path: &Path) -> Result<Record, Failure> {
    read_record(path).map_err(|error| Failure::Usage(error.to_string()))
}
