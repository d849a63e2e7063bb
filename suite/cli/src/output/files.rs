//! Reports written to files, and annotations for GitHub Actions.

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
use wsspec_record::Record;
use wsspec_reports::{Badge, Github, Json, Junit, Markdown, Report, Sarif, Tap, html_file, render_html};

use super::destination;
use crate::{
    failure::{CommandError, complain, print},
    heading,
};

/// Options about the reports that are written.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Outputs {
    /// Write the record of the run; for every report, `-` is standard output
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub json: Vec<PathBuf>,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub junit: Vec<PathBuf>,
    /// Write a summary in Markdown
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub markdown: Vec<PathBuf>,
    /// Write SARIF 2.1.0, for code scanning
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub sarif: Vec<PathBuf>,
    /// Write TAP 14
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub tap: Vec<PathBuf>,
    /// Write a badge with the outcome (SVG)
    #[arg(long, value_name = "FILE", help_heading = heading::OUTPUT)]
    pub badge: Vec<PathBuf>,
    /// Write an HTML page of all records: a file ending in .html, or index.html in a folder
    #[arg(long, value_name = "DIR|FILE", help_heading = heading::OUTPUT)]
    pub html: Vec<PathBuf>,
    /// Annotate in GitHub Actions and add to the job summary: `auto`, where a job runs `wsspec run`, `always` or `never`
    // The values have descriptions, which would lengthen the whole help.
    #[arg(long, value_name = "WHEN", value_enum, hide_possible_values = true, help_heading = heading::OUTPUT)]
    pub github: Option<When>,
}

/// When to do something.
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

/// Options for reporting a record.
#[derive(Clone, Copy, Debug)]
pub struct ReportOptions {
    /// Fail for a missed SHOULD, too.
    pub strict: bool,
    /// Only the last line of the run is printed.
    pub quiet: bool,
    /// When to annotate in GitHub Actions, unless an option says so.
    pub github: When,
}

impl Outputs {
    /// Fails if a report cannot be written, before a run that would be in vain.
    pub fn check(&self) -> Result<(), CommandError> {
        let all = || self.of_one().into_iter().chain([&self.html]).flatten();
        if all().filter(|path| destination::is_stdout(path)).count() > 1 {
            return Err(CommandError::Usage("only one report can go to standard output (`-`)".into()));
        }
        let pages = self.html.iter().map(|path| page(path));
        let files = self.of_one().into_iter().flatten().cloned().chain(pages);
        first_error(files.map(|path| destination::check(&path)))
    }

    /// Whether a report goes to standard output, so that nothing else may be printed there.
    pub fn takes_stdout(&self) -> bool {
        self.of_one().into_iter().chain([&self.html]).flatten().any(|path| destination::is_stdout(path))
    }

    /// Prints text for people: on standard output, unless a report goes there.
    pub fn say(&self, text: &str) -> Result<(), CommandError> {
        if self.takes_stdout() { complain(text) } else { print(text) }
    }

    /// Writes the reports of several records, each with its name. Only the HTML page can show them together.
    pub fn write(&self, records: &[(String, &Record)], options: ReportOptions) -> Result<(), CommandError> {
        let of_one = match records {
            [(_, record)] => self.write_one(record, options),
            _ => match self.of_one().into_iter().flatten().next() {
                Some(path) => Err(CommandError::Usage(format!(
                    "`{}` can contain only one record; only --html combines several in one file",
                    path.display()
                ))),
                None => Ok(()),
            },
        };
        first_error([of_one, self.write_pages(records)])
    }

    /// Writes the page with all records.
    pub fn write_pages(&self, records: &[(String, &Record)]) -> Result<(), CommandError> {
        first_error(
            self.html.iter().map(|path| destination::write(&page(path), |out| render_html(records, out))),
        )
    }

    /// Writes everything except the page. A failure does not prevent the other reports.
    pub fn write_one(&self, record: &Record, options: ReportOptions) -> Result<(), CommandError> {
        let strict = options.strict;
        let reports: [&dyn Report; 6] =
            [&Json, &Junit, &Markdown { strict }, &Sarif, &Tap, &Badge { strict }];
        let files = self.of_one().into_iter().zip(reports);
        let files = files.flat_map(|(paths, report)| paths.iter().map(move |path| (path, report)));
        let written = files.map(|(path, report)| save(path, report, record));
        first_error(written.chain([self.tell_github(record, options)]))
    }

    /// The files of the formats that contain one record.
    fn of_one(&self) -> [&Vec<PathBuf>; 6] {
        [&self.json, &self.junit, &self.markdown, &self.sarif, &self.tap, &self.badge]
    }

    /// The options for one of several records, counted from 0: files after the first get its number before their
    /// extension.
    #[must_use]
    pub fn numbered(&self, record: usize) -> Self {
        let rename = |path: &PathBuf| match (record, path.extension()) {
            (0, _) => path.clone(),
            _ if destination::is_stdout(path) => path.clone(),
            (_, Some(extension)) => path.with_extension(format!("{}.{}", record + 1, extension.display())),
            (_, None) => path.with_extension((record + 1).to_string()),
        };
        let all = |paths: &[PathBuf]| paths.iter().map(rename).collect();
        Self {
            json: all(&self.json),
            junit: all(&self.junit),
            markdown: all(&self.markdown),
            sarif: all(&self.sarif),
            tap: all(&self.tap),
            badge: all(&self.badge),
            html: self.html.clone(),
            github: self.github,
        }
    }

    /// Prints the annotations, which GitHub Actions reads from the output, and appends the summary to its file.
    fn tell_github(&self, record: &Record, options: ReportOptions) -> Result<(), CommandError> {
        let when = self.github.unwrap_or(options.github);
        let there = env::var_os("GITHUB_ACTIONS").is_some_and(|set| set == "true");
        if when == When::Never || when == When::Auto && !there {
            return Ok(());
        }
        if when == When::Always || !options.quiet {
            let annotations = text(&Github, record)?;
            self.say(&annotations)?;
        }
        match env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) {
            Some(path) => add_summary(path, record, options.strict),
            None => Ok(()),
        }
    }
}

/// Writes a report to a file.
pub fn save(path: &Path, report: &dyn Report, record: &Record) -> Result<(), CommandError> {
    destination::write(path, |out| report.render(record, out))
}

/// The path of the page that `--html` stands for.
pub fn page(path: &Path) -> PathBuf {
    if destination::is_stdout(path) { path.to_owned() } else { html_file(path) }
}

/// Evaluates everything, whatever fails, and returns the first error; later errors are printed.
pub fn first_error(done: impl IntoIterator<Item = Result<(), CommandError>>) -> Result<(), CommandError> {
    let mut first = Ok(());
    for error in done.into_iter().filter_map(Result::err) {
        match first {
            Ok(()) => first = Err(error),
            // The error is printed; the first error decides the exit code.
            Err(_) => drop(error.report()),
        }
    }
    first
}

/// Failing to write the summary does not change the result of the run.
fn add_summary(path: OsString, record: &Record, strict: bool) -> Result<(), CommandError> {
    let path = Path::new(&path);
    let summary = text(&Markdown { strict }, record)?;
    let file = OpenOptions::new().append(true).create(true).open(path);
    match file.and_then(|mut file| file.write_all(format!("{summary}\n").as_bytes())) {
        Ok(()) => Ok(()),
        Err(error) => complain(&format!("warning: no summary: cannot write `{}`: {error}\n", path.display())),
    }
}

fn text(report: &dyn Report, record: &Record) -> Result<String, CommandError> {
    let mut bytes = Vec::new();
    report.render(record, &mut bytes).map_err(CommandError::Output)?;
    String::from_utf8(bytes).map_err(|error| CommandError::Output(io::Error::other(error)))
}
