//! Why a command failed, and printing that tolerates a closed pipe.

use std::{
    io::{self, Write},
    process,
};

use wsspec_catalogue::{CaseError, FilterError};
use wsspec_reports::clean_text;

use crate::exit_status::ExitStatus;

/// Maximum number of mistakes shown with their places.
const MOST_SHOWN: usize = 50;

/// Why a command stops.
#[derive(Debug)]
pub enum CommandError {
    /// Standard output cannot be written to.
    Output(io::Error),
    /// The request cannot be carried out: a message without its `error: `.
    Usage(String),
    /// There is nothing to test: a message without its `error: `.
    Unreachable(String),
    /// Case files have mistakes.
    Cases(Vec<CaseError>),
}

impl CommandError {
    /// Prints the error, and gives the exit code. A reader that closed the pipe has seen enough: that is not a failure.
    pub fn report(self) -> ExitStatus {
        let told = match &self {
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitStatus::Success,
            Self::Output(error) => complain(&format!("error: cannot write the output: {error}\n")),
            Self::Usage(message) | Self::Unreachable(message) => {
                complain(&format!("error: {}\n", clean_text(message)))
            }
            Self::Cases(errors) => {
                complain(&format!("{}{}\n", rendered(errors), count(errors.len(), "error")))
            }
        };
        // If standard error is closed, there is nowhere left to report to.
        let _ = told;
        if matches!(self, Self::Unreachable(_)) { ExitStatus::Inconclusive } else { ExitStatus::Usage }
    }
}

/// Prints a usage error, or the help that was asked for, and exits. Arguments are echoed, so invisible characters in
/// them are escaped.
pub fn misused<T>(error: &clap::Error) -> T {
    let plain = error.render().to_string();
    if error.use_stderr() && clean_text(&plain) != plain {
        // If standard error is closed, there is nowhere left to report to.
        let _ = complain(&clean_text(&plain));
        process::exit(ExitStatus::Usage.code().into());
    }
    error.exit()
}

impl From<FilterError> for CommandError {
    fn from(error: FilterError) -> Self {
        Self::Usage(error.to_string())
    }
}

/// Each mistake with its place, followed by an empty line; with colours, which the output stream strips where needed.
pub fn rendered(errors: &[CaseError]) -> String {
    let mut text: String =
        errors.iter().take(MOST_SHOWN).map(|error| format!("{}\n\n", error.render(true))).collect();
    if errors.len() > MOST_SHOWN {
        text += &format!("... and {} more\n\n", count(errors.len() - MOST_SHOWN, "error"));
    }
    text
}

/// Prints to standard output.
pub fn print(text: &str) -> Result<(), CommandError> {
    write(anstream::stdout().lock(), text).map_err(CommandError::Output)
}

/// Prints to standard error.
pub fn complain(text: &str) -> Result<(), CommandError> {
    write(anstream::stderr().lock(), text).map_err(CommandError::Output)
}

fn write(mut stream: impl Write, text: &str) -> io::Result<()> {
    stream.write_all(text.as_bytes())?;
    stream.flush()
}

/// `1 case`, `2 cases`.
pub fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
