//! Reports on a run: pure functions of a saved [`Record`], and a listener that shows a run in progress.
//!
//! Never connects to anything and never judges: verdicts come from the record.
//!
//! | | what | for |
//! |---|---|---|
//! | [`Terminal`] | a run as it happens | people, live |
//! | [`trial_text`], [`run_text`] | one trial, the whole run | people |
//! | [`known_bugs`] | which known bugs the peer has | people |
//! | [`Json`], [`read_record`] | the record itself | programs, later reports |
//! | [`Junit`], [`render_checks`] | JUnit XML | CI |
//! | [`Tap`] | TAP 14 | CI, test harnesses |
//! | [`Sarif`] | SARIF 2.1.0 | code scanning |
//! | [`Github`] | annotations of GitHub Actions | CI |
//! | [`Markdown`] | Markdown | summaries of CI jobs, pull requests |
//! | [`Badge`] | SVG | READMEs |
//! | [`Html`], [`write_html`], [`render_checks_page`] | one page: of one record or several, of checks | people |
//! | [`Diff`] | the differences between two records | people, programs |
//! | [`replace_file`], [`check_writable`] | files that are replaced as a whole | other writers of files |
//! | [`RunOutcome`], [`ExitStatus`] | the run in one word | scripts |
//!
//! Records can be edited by hand, and peers choose much of their contents. Whatever a record contains, the only control
//! characters in a report for people are line feeds, and the only escape sequences are our own colours.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use wsspec_record::Record;

mod badge;
mod block;
mod cause;
mod clean;
mod diff;
mod exit_status;
mod finding;
mod github;
mod grouped;
mod guide;
mod html;
mod json;
mod junit;
mod known_bugs;
mod layout;
mod link;
mod markdown;
mod meaning;
mod octets;
mod origin;
mod paint;
mod process;
mod reason;
mod replace;
mod rule;
mod run_outcome;
mod run_text;
mod sarif;
mod section_table;
mod standing;
mod summary;
mod tally;
mod tap;
mod terminal;
mod text;
mod timeline;
mod totals;
mod verdict_line;

pub use badge::Badge;
pub use diff::{Change, ComparedRecord, DIFF_FORMAT, Diff, PeerChange, TrialChange};
pub use exit_status::ExitStatus;
pub use github::Github;
pub use guide::{explain, guide};
pub use html::{Html, html_file, render_checks_page, render_html, write_html};
pub use json::{Json, ReadError, read_record};
pub use junit::{Check, Checked, Junit, render_checks};
pub use known_bugs::{Presence, known_bugs};
pub use layout::labelled_text;
pub use markdown::Markdown;
pub use origin::rerun_command;
pub use reason::{clean_line, clean_text, reason};
pub use replace::{check_writable, replace_file};
pub use run_outcome::{RunOutcome, exit_status};
pub use run_text::{Shows, TextOptions, run_text};
pub use sarif::Sarif;
pub use tally::Tally;
pub use tap::Tap;
pub use terminal::{Progress, Terminal, TerminalOptions};
pub use text::trial_text;

/// A format for a record.
pub trait Report {
    /// Writes the record in this format. The same record gives the same bytes.
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()>;
}

/// A report that could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write `{path}`: {source}", path = path.display())]
pub struct WriteError {
    /// The file.
    pub path: PathBuf,
    /// What went wrong.
    pub source: io::Error,
}

/// Writes a report to a file, and creates the folders that it is in.
pub fn write_file(path: &Path, report: &dyn Report, record: &Record) -> Result<(), WriteError> {
    replace_file(path, |out| report.render(record, out))
}
