//! The saved record of a run: versioned, complete, the source of every report.

use serde::{Deserialize, Serialize};
use wsspec_catalogue::{Trial, family};
use wsspec_wire::Role;

use crate::{
    exchange::Outcome,
    process::ProcessRecord,
    setup::Fence,
    text::received_text,
    transcript::{Entry, Event, Received},
    verdict::{Note, Verdict},
};

/// The format this version writes and reads.
pub const FORMAT: u32 = 1;

/// One run against one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of wsspec that made it.
    pub wsspec: String,
    /// When the run began, RFC 3339, UTC.
    pub started: String,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The role of the target.
    #[serde(with = "RoleRecord", default = "server", skip_serializing_if = "is_server")]
    pub role: Role,
    /// The target's address, without secrets; a client's command, or the name that it gave itself.
    pub target: String,
    /// The seed of the run.
    pub seed: u64,
    /// Options of the run that its trials depend on, as on the command line; without secrets.
    pub options: Vec<String>,
    /// What the peer turned out to be able to do.
    pub peer: PeerProfile,
    /// Limits in force.
    pub limits: LimitsRecord,
    /// Things that concern the run, not one trial: a peer that died, a run cut short.
    pub incidents: Vec<String>,
    /// The server's process, where it was watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessRecord>,
    /// Why the run ended before all trials were done.
    pub aborted: Option<String>,
    /// In the order of the plan.
    pub trials: Vec<TrialRecord>,
}

/// How a role is written.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Role", rename_all = "lowercase")]
enum RoleRecord {
    Client,
    Server,
}

/// The role that a record has unless it says otherwise.
fn server() -> Role {
    Role::Server
}

fn is_server(role: &Role) -> bool {
    *role == Role::Server
}

/// What a peer can do, as far as the probes found out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PeerProfile {
    /// It sends messages back.
    pub echo: bool,
    /// It answers pings.
    pub pong: bool,
    /// It negotiates permessage-deflate.
    pub deflate: bool,
    /// The subprotocol it chose among those offered.
    pub subprotocol: Option<String>,
    /// Its Server header field.
    pub server: Option<String>,
    /// How many connections it serves at once, as far as tried.
    pub connections: u32,
    /// The round trip of a frame, in microseconds.
    pub round_trip_us: u64,
    /// What a fence is made of.
    pub fence: Fence,
}

/// Limits in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsRecord {
    /// Of a line.
    pub line_ms: u64,
    /// Of a trial.
    pub trial_ms: u64,
    /// Of what is only better or allowed.
    pub watch_ms: u64,
}

/// One trial and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialRecord {
    /// The trial's id.
    pub id: String,
    /// The case's title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// The first requirement cited.
    pub requirement: RequirementRecord,
    /// The requirement that the failure or the first note names, where it is another one.
    pub broken: Option<RequirementRecord>,
    /// Further requirements cited.
    pub also: Vec<String>,
    /// Autobahn cases with the same stimulus.
    pub autobahn: Vec<String>,
    /// Words for selection.
    pub tags: Vec<String>,
    /// File of the case.
    pub file: String,
    /// Line of the case in it.
    pub line: usize,
    /// From the opening of the connection to the outcome, in microseconds.
    pub duration_us: u64,
    /// Runs it took.
    pub attempts: u32,
    /// The reason why this verdict is expected.
    pub known: Option<String>,
    /// It was expected, but only until a day that is over: the glob, the day and the reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expired: Option<String>,
    /// It passed although it was expected to deviate: the reason given for that.
    pub unexpected_pass: Option<String>,
    /// The script that ran.
    pub script: Vec<ScriptLine>,
    /// What happened.
    pub transcript: Vec<EntryRecord>,
    /// Frames left out of the transcript.
    pub omitted: u64,
    /// Things worth knowing.
    pub remarks: Vec<Note>,
}

/// A requirement, with what a reader needs of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RequirementRecord {
    /// `rfc6455#5.5.2:2`.
    pub id: String,
    /// `MUST`, `SHOULD`, `MAY`.
    pub level: String,
    /// `RFC 6455 section 5.5.2`.
    pub citation: String,
    /// What it demands.
    pub text: String,
}

/// One line of a script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptLine {
    /// 1-based, in the script as written.
    pub number: usize,
    /// In the notation.
    pub text: String,
}

/// One entry of a transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EntryRecord {
    /// Since the connection opened, in microseconds.
    pub at_us: u64,
    /// The script's line it belongs to; 0: none.
    pub line: usize,
    /// What happened.
    pub event: EventKind,
    /// In the notation; empty where the event says it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What it meant.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
}

/// What can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// We sent `text`.
    Sent,
    /// We did not send `text`: the peer had ended the connection.
    Skipped,
    /// The peer sent `text`.
    Received,
    /// The peer sent a frame of which `text` is all that was kept.
    Oversize,
    /// The peer began `text` and did not end it.
    Unfinished,
    /// The peer ended its half of the stream.
    Eof,
    /// The connection was reset.
    Reset,
    /// The peer's process used `text`.
    Measured,
    /// A limit ran out.
    Timeout,
}

impl TrialRecord {
    /// A trial's record from its outcome.
    pub fn new(trial: &Trial, outcome: Outcome, peer: Role, duration_us: u64, attempts: u32) -> Self {
        let entries = outcome.transcript.entries.iter().map(|entry| entry_record(entry, peer)).collect();
        let own = trial.requirement.as_str();
        let broken = broken(&outcome.verdict).filter(|id| id != own).and_then(|id| requirement(trial, &id));
        Self {
            id: trial.id.clone(),
            title: trial.title.clone(),
            requirement: requirement(trial, own).unwrap_or_else(|| unknown(own)),
            broken,
            also: trial.also.clone(),
            autobahn: trial.autobahn.clone(),
            tags: trial.tags.clone(),
            file: trial.location.path.clone(),
            line: trial.location.line,
            duration_us,
            attempts,
            known: None,
            expired: None,
            unexpected_pass: None,
            script: script_lines(trial),
            transcript: entries,
            omitted: outcome.transcript.omitted,
            remarks: outcome.remarks,
            verdict: outcome.verdict,
        }
    }

    /// The requirement that a failure names.
    pub fn named(&self) -> &RequirementRecord {
        self.broken.as_ref().unwrap_or(&self.requirement)
    }

    /// The case's part of the id, without a member's values.
    pub fn family(&self) -> &str {
        family(&self.id)
    }

    /// The folder and section of the id: `rfc6455/5.4`.
    pub fn section(&self) -> &str {
        let family = self.family();
        family.rsplit_once('/').map_or(family, |(section, _)| section)
    }
}

fn broken(verdict: &Verdict) -> Option<String> {
    match verdict {
        Verdict::Fail { failure } | Verdict::Flaky { failure } => Some(failure.requirement.clone()),
        Verdict::Lenient { notes } => notes.first().map(|note| note.requirement.clone()),
        _ => None,
    }
}

fn requirement(trial: &Trial, id: &str) -> Option<RequirementRecord> {
    let id = wsspec_wire::RequirementId::parse(id)?;
    trial.requirements.get(&id).map(|found| RequirementRecord {
        id: id.to_string(),
        level: found.level.to_string(),
        citation: id.citation(),
        text: found.text.clone(),
    })
}

fn unknown(id: &str) -> RequirementRecord {
    RequirementRecord { id: id.into(), level: "MUST".into(), citation: id.into(), text: id.into() }
}

/// Every line of the script with its number; fields of heads stand below theirs with the same number.
fn script_lines(trial: &Trial) -> Vec<ScriptLine> {
    let mut lines = Vec::new();
    for line in &trial.script.lines {
        let text = line.to_string();
        let step_by = usize::from(matches!(line.step, wsspec_notation::Step::Repeat { .. }));
        for (offset, text) in text.lines().enumerate() {
            lines.push(ScriptLine { number: line.number + offset * step_by, text: text.to_owned() });
        }
    }
    lines
}

fn entry_record(entry: &Entry, peer: Role) -> EntryRecord {
    let (event, text) = match &entry.event {
        Event::Sent(text) => (EventKind::Sent, text.clone()),
        Event::Skipped(text) => (EventKind::Skipped, text.clone()),
        Event::Received(received @ Received::Oversize(_)) => {
            (EventKind::Oversize, received_text(received, peer))
        }
        Event::Received(received @ Received::Unfinished(_)) => {
            (EventKind::Unfinished, received_text(received, peer))
        }
        Event::Received(received) => (EventKind::Received, received_text(received, peer)),
        Event::Eof => (EventKind::Eof, String::new()),
        Event::Reset => (EventKind::Reset, String::new()),
        Event::Measured(usage) => (EventKind::Measured, usage.to_string()),
        Event::Timeout => (EventKind::Timeout, String::new()),
    };
    EntryRecord { at_us: entry.at.micros(), line: entry.line, event, text, remark: entry.remark.clone() }
}
