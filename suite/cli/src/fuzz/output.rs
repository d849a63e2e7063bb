//! What `wsspec fuzz` prints and writes, for servers and decoders.

use std::path::{Path, PathBuf};

use crate::{
    color::ColorArgs,
    failure::CommandError,
    heading,
    output::{destination, first_error, page},
};

/// Options for what is printed and written.
#[derive(Clone, Debug, clap::Args)]
pub struct FuzzOutputArgs {
    /// Write the record, with all findings, as JSON
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub json: Vec<PathBuf>,
    /// Write JUnit XML with a failure for each finding
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub junit: Vec<PathBuf>,
    /// Write an HTML page of the findings: a file ending in .html, or index.html in a folder
    #[arg(long, value_name = "DIR|FILE", help_heading = heading::OUTPUT)]
    pub html: Vec<PathBuf>,
    /// Print only the last lines
    #[arg(short, long, help_heading = heading::OUTPUT)]
    pub quiet: bool,
    /// Colour.
    #[command(flatten)]
    pub color: ColorArgs,
}

impl FuzzOutputArgs {
    /// Whether a report goes to standard output.
    pub fn takes_stdout(&self) -> bool {
        self.files().any(|path| destination::is_stdout(&path))
    }

    /// Fails if a report cannot be written, before a campaign that would be in vain.
    pub fn check(&self) -> Result<(), CommandError> {
        self.files().try_for_each(|path| destination::check(&path))
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> {
        let pages = self.html.iter().map(|path| page(path));
        self.json.iter().chain(&self.junit).cloned().chain(pages)
    }

    /// Writes each report to its files. A failure does not prevent the other reports.
    pub fn write(
        &self,
        json: impl Fn(&Path) -> Result<(), CommandError>,
        junit: impl Fn(&Path) -> Result<(), CommandError>,
        html: impl Fn(&Path) -> Result<(), CommandError>,
    ) -> Result<(), CommandError> {
        let json = self.json.iter().map(|path| json(path));
        let junit = self.junit.iter().map(|path| junit(path));
        first_error(json.chain(junit).chain(self.html.iter().map(|path| html(&page(path)))))
    }
}
