//! Reports that are written beside the record and JUnit XML, and what GitHub Actions is told.

use std::{
    env,
    ffi::OsString,
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;
use wsspec_exchange::Record;
use wsspec_reports::{Badge, Github, Markdown, Report, Sarif, Tap};

use crate::{
    failure::{Failure, complain, print},
    run::save,
};

/// Options about further reports.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Outputs {
    /// Write a summary in Markdown
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub markdown: Vec<PathBuf>,
    /// Write SARIF 2.1.0, for code scanning
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub sarif: Vec<PathBuf>,
    /// Write TAP 14
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub tap: Vec<PathBuf>,
    /// Write a badge with the outcome, an SVG
    #[arg(long, value_name = "FILE", help_heading = "Output")]
    pub badge: Vec<PathBuf>,
    /// Annotate for GitHub Actions and add to the job's summary: `auto`, as a run does by itself, `always` or `never`
    // The values have descriptions, which would make the whole help a long one.
    #[arg(long, value_name = "WHEN", value_enum, hide_possible_values = true, help_heading = "Output")]
    pub github: Option<When>,
}

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum When {
    /// Where GitHub Actions runs this
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

/// How a record came to be reported.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Fail for a missed SHOULD, too.
    pub strict: bool,
    /// Nothing but its last line is to be seen of the run.
    pub quiet: bool,
    /// When to tell GitHub Actions, unless an option says so.
    pub github: When,
}

impl Outputs {
    /// All files that are asked for.
    pub fn paths(&self) -> impl Iterator<Item = &PathBuf> {
        [&self.markdown, &self.sarif, &self.tap, &self.badge].into_iter().flatten()
    }

    /// Writes every report that is asked for.
    pub fn write(&self, record: &Record, manner: Manner) -> Result<(), Failure> {
        let strict = manner.strict;
        let reports: [(&[PathBuf], &dyn Report); 4] = [
            (&self.markdown, &Markdown { strict }),
            (&self.sarif, &Sarif),
            (&self.tap, &Tap),
            (&self.badge, &Badge { strict }),
        ];
        for (paths, report) in reports {
            paths.iter().try_for_each(|path| save(path, report, record))?;
        }
        self.tell_github(record, manner)
    }

    /// Annotations are printed, as that is where GitHub Actions takes them from; the summary is added to its file.
    fn tell_github(&self, record: &Record, manner: Manner) -> Result<(), Failure> {
        let when = self.github.unwrap_or(manner.github);
        let there = env::var_os("GITHUB_ACTIONS").is_some_and(|set| set == "true");
        if when == When::Never || when == When::Auto && !there {
            return Ok(());
        }
        if when == When::Always || !manner.quiet {
            print(&text(&Github, record)?)?;
        }
        match env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
            Some(path) => add_summary(path, record, manner.strict),
            None => Ok(()),
        }
    }
}

/// A summary that cannot be written does not change what the run found.
fn add_summary(path: OsString, record: &Record, strict: bool) -> Result<(), Failure> {
    let path = Path::new(&path);
    let summary = text(&Markdown { strict }, record)?;
    let file = OpenOptions::new().append(true).create(true).open(path);
    match file.and_then(|mut file| file.write_all(format!("{summary}\n").as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) => complain(&format!("warning: no summary: cannot write `{}`: {error}\n", path.display())),
    }
}

fn text(report: &dyn Report, record: &Record) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    report.render(record, &mut bytes).map_err(Failure::Output)?;
    String::from_utf8(bytes).map_err(|error| Failure::Output(io::Error::other(error)))
}
