//! What `wsspec fuzz` prints and writes, whatever it is about.

use std::path::{Path, PathBuf};

use crate::{color::ColorArgs, failure::CommandError};

/// Options of what is printed and written.
#[derive(Clone, Debug, clap::Args)]
pub struct FuzzOutputArgs {
    /// Save the record, with all that was found, as JSON
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub json: Vec<PathBuf>,
    /// Write JUnit XML: a failure for each finding
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub junit: Vec<PathBuf>,
    /// Print only the last lines
    #[arg(long, help_heading = "Output")]
    pub quiet: bool,
    /// Colour.
    #[command(flatten, next_help_heading = "Output")]
    pub color: ColorArgs,
}

impl FuzzOutputArgs {
    /// Writes each report to its files.
    pub fn write(
        &self,
        json: impl Fn(&Path) -> Result<(), CommandError>,
        junit: impl Fn(&Path) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        self.json.iter().try_for_each(|path| json(path))?;
        self.junit.iter().try_for_each(|path| junit(path))
    }
}
