//! Reads records, of this format and the previous one.

use serde::Deserialize;

use crate::{
    format1,
    record::{FORMAT, Record},
};

/// Why text is not a record.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// It is a record of an unknown format.
    #[error("format {0}; this wsspec reads formats 1 to {FORMAT}")]
    Format(u64),
    /// It has no `format`.
    #[error("not a record of wsspec: it has no `format`")]
    NotARecord,
    /// It is not JSON, or contains something that a record does not.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
}

/// The part of a record that every format has.
#[derive(Deserialize)]
struct Envelope {
    format: Option<u64>,
}

impl Record {
    /// Reads a record from JSON; checks its format before anything else.
    pub fn parse(json: &[u8]) -> Result<Self, ParseError> {
        match serde_json::from_slice::<Envelope>(json)?.format {
            None => Err(ParseError::NotARecord),
            Some(1) => Ok(format1::parse(json)?),
            Some(found) if found == u64::from(FORMAT) => Ok(serde_json::from_slice(json)?),
            Some(found) => Err(ParseError::Format(found)),
        }
    }
}
