//! `wsspec diff`: compares two saved records.

use std::path::{Path, PathBuf};

use wsspec_record::Record;
use wsspec_reports::{Diff, read_record};

use crate::{
    color::ColorArgs,
    exit_status::{DIFF_EXIT_CODES, ExitStatus},
    failure::{CommandError, print},
    heading,
    output::destination,
};

const NOTES: &str = "\
The comparison ignores how long trials took, and whether failures were expected.
Trials that only one record has are listed, and do not count as a regression.";

/// Options of `wsspec diff`.
#[derive(Debug, clap::Args)]
#[command(after_help = format!("{DIFF_EXIT_CODES}\n\n{NOTES}"))]
pub struct DiffArgs {
    /// Record to compare with, saved by `wsspec run --json`
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// Record to compare
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// Write the comparison as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub json: Option<PathBuf>,
    /// Print nothing
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

/// Prints what has changed. Exit code 0 unless something has become worse.
pub fn run(args: &DiffArgs) -> Result<ExitStatus, CommandError> {
    args.color.apply();
    let diff = Diff::of(&read(&args.old)?, &read(&args.new)?);
    if let Some(path) = &args.json {
        let text = serde_json::to_string_pretty(&diff).unwrap_or_default();
        destination::write_text(path, &(text + "\n"))?;
    }
    if !args.quiet && !args.json.as_deref().is_some_and(destination::is_stdout) {
        print(&diff.text(true))?;
    }
    Ok(ExitStatus::broken_if(diff.is_worse()))
}

fn read(path: &Path) -> Result<Record, CommandError> {
    read_record(path).map_err(|error| CommandError::Usage(error.to_string()))
}
