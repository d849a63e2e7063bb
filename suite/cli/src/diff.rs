//! `wsspec diff`: what has changed between two saved records.

use std::{
    fs,
    path::{Path, PathBuf},
};

use wsspec_record::Record;
use wsspec_reports::{Diff, read_record};

use crate::{
    color::ColorArgs,
    exit_status::{DIFF_EXIT_CODES, ExitStatus},
    failure::{CommandError, print},
};

const NOTES: &str = "\
How long trials took is not compared, nor whether failures were expected. Trials that only one of the records has are
listed, and are no regression.";

/// Options of `wsspec diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{DIFF_EXIT_CODES}\n\n{NOTES}"))]
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
pub fn run(args: &DiffArgs) -> Result<ExitStatus, CommandError> {
    args.color.apply();
    let diff = Diff::of(&read(&args.old)?, &read(&args.new)?);
    if let Some(path) = &args.json {
        let usage = |error: &dyn std::fmt::Display| {
            CommandError::Usage(format!("cannot write `{}`: {error}", path.display()))
        };
        let text = serde_json::to_string_pretty(&diff).map_err(|error| usage(&error))?;
        fs::write(path, text + "\n").map_err(|error| usage(&error))?;
    }
    if !args.quiet {
        print(&diff.text(true))?;
    }
    Ok(ExitStatus::broken_if(diff.is_worse()))
}

fn read(path: &Path) -> Result<Record, CommandError> {
    read_record(path).map_err(|error| CommandError::Usage(error.to_string()))
}
