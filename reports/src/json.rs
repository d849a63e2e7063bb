//! The record itself, as JSON, and back.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use wsspec_exchange::{FORMAT, Record};

use crate::Report;

/// The record as JSON, indented.
#[derive(Clone, Copy, Debug, Default)]
pub struct Json;

/// The record as JSON on one line.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompactJson;

impl Report for Json {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, record)?;
        out.write_all(b"\n")
    }
}

impl Report for CompactJson {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer(&mut *out, record)?;
        out.write_all(b"\n")
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
    /// It is a record of another version's.
    #[error("{path} is format {found}; this wsspec reads format {FORMAT}", path = path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u64,
    },
    /// It is JSON, but no record at all.
    #[error("{path} is not a record of wsspec: it has no `format`", path = path.display())]
    NotARecord {
        /// The file.
        path: PathBuf,
    },
    /// It is not JSON, or has something that a record has not.
    #[error("{path}:{line}:{column}: {message}", path = path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// 1-based; 0 where JSON ends too early.
        line: usize,
        /// 1-based, in bytes.
        column: usize,
        /// What is wrong there.
        message: String,
    },
}

/// The part of a record that every format has.
#[derive(Deserialize)]
struct Envelope {
    format: Option<u64>,
}

/// Reads a record; its format is looked at before anything else in it.
pub fn read_record(path: &Path) -> Result<Record, ReadError> {
    let bytes = std::fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    let json = |error| json_error(path, &error);
    let envelope: Envelope = serde_json::from_slice(&bytes).map_err(json)?;
    match envelope.format {
        None => Err(ReadError::NotARecord { path: path.to_owned() }),
        Some(found) if found != u64::from(FORMAT) => Err(ReadError::Format { path: path.to_owned(), found }),
        Some(_) => serde_json::from_slice(&bytes).map_err(json),
    }
}

fn json_error(path: &Path, error: &serde_json::Error) -> ReadError {
    let (line, column) = (error.line(), error.column());
    let mut message = error.to_string();
    let place = format!(" at line {line} column {column}");
    message.truncate(message.strip_suffix(&place).map_or(message.len(), str::len));
    ReadError::Json { path: path.to_owned(), line, column, message: crate::clean::sentence(&message) }
}
