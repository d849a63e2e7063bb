//! Reads records, of this format and the previous one.

use serde::{Deserialize, de::IgnoredAny};
use wsspec_wire::Role;

use crate::{
    format1,
    guide::Guide,
    process::{DeathRecord, ProcessRecord},
    record::{Declared, FORMAT, LimitsRecord, PeerProfile, Record, RoleRecord, TrialRecord, server},
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
            Some(found) if found == u64::from(FORMAT) => Ok(serde_json::from_slice::<Record2>(json)?.into()),
            Some(found) => Err(ParseError::Format(found)),
        }
    }
}

/// A record of this format. What it comes to is made from its trials again, and not read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record2 {
    format: u32,
    wsspec: String,
    started: String,
    duration_us: u64,
    #[serde(with = "RoleRecord", default = "server")]
    role: Role,
    target: String,
    seed: u64,
    options: Vec<String>,
    #[serde(default)]
    declared: Declared,
    peer: PeerProfile,
    limits: LimitsRecord,
    incidents: Vec<String>,
    #[serde(default)]
    process: Option<ProcessRecord>,
    #[serde(default)]
    deaths: Vec<DeathRecord>,
    aborted: Option<String>,
    #[serde(default, rename = "totals")]
    _totals: IgnoredAny,
    #[serde(default)]
    guide: Guide,
    trials: Vec<TrialRecord>,
}

impl From<Record2> for Record {
    fn from(read: Record2) -> Self {
        Self {
            format: read.format,
            wsspec: read.wsspec,
            started: read.started,
            duration_us: read.duration_us,
            role: read.role,
            target: read.target,
            seed: read.seed,
            options: read.options,
            declared: read.declared,
            peer: read.peer,
            limits: read.limits,
            incidents: read.incidents,
            process: read.process,
            deaths: read.deaths,
            aborted: read.aborted,
            guide: read.guide,
            trials: read.trials,
        }
    }
}
