//! Writes a record as JSON, and reads it.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use wsspec_record::{FORMAT, ParseError, Record};

use crate::{Report, totals::Totals};

/// The record as JSON, one line per trial, with totals.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

impl Report for Json {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        record.write(&Totals::of(record), out)
    }
}

/// A record that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file could not be read.
    #[error("cannot read `{path}`: {source}", path = path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The record is from an unsupported version.
    #[error("{path} is format {found}; this wsspec reads formats 1 to {FORMAT}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// The file is JSON, but not a record.
    #[error("{path} is not a record of wsspec: it has no `format`", path = path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
    },
    /// The file is not JSON, or has a field that a record does not have.
    #[error("{path}:{line}:{column}: {message}", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// 1-based; 0 if the JSON ends too early.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// What is wrong there.
        message: String,
    },
}

/// Reads a record of this format or the previous one.
pub fn read_record(path: &Path) -> Result<Record, ReadError> {
    let bytes = std::fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    Record::parse(&bytes).map_err(|error| match error {
        ParseError::NotARecord => ReadError::NotARecord { path: path.to_owned() },
        ParseError::Format(found) => ReadError::Format { path: path.to_owned(), found },
        ParseError::Json(error) => json_error(path, &error),
    })
}

fn json_error(path: &Path, error: &serde_json::Error) -> ReadError {
    let (line, column) = (error.line(), error.column());
    let mut message = error.to_string();
    let place = format!(" at line {line} column {column}");
    message.truncate(message.strip_suffix(&place).map_or(message.len(), str::len));
    ReadError::Json { path: path.to_owned(), line, column, message: crate::clean::sentence(&message) }
}
