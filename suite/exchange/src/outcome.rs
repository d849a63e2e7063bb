//! What became of a trial, and its record.

use wsspec_catalogue::Trial;
use wsspec_notation::{Step, frame_text, octets_text};
use wsspec_record::{EntryRecord, EventKind, Note, RequirementRecord, ScriptLine, TrialRecord, Verdict};
use wsspec_referee::Received;
use wsspec_wire::{Frame, Level, RequirementId, Role};

use crate::{
    pace::Pace,
    transcript::{Entry, Event, Transcript},
};

/// What became of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// What happened.
    pub transcript: Transcript,
    /// Things worth knowing that no requirement asks for.
    pub remarks: Vec<Note>,
    /// How long the peer took to give lines what they waited for.
    pub pace: Pace,
}

impl Outcome {
    /// A verdict on a trial in which nothing happened.
    pub fn of(verdict: Verdict) -> Self {
        Self { verdict, transcript: Transcript::default(), remarks: Vec::new(), pace: Pace::default() }
    }

    /// Nothing can be said about the peer, because of `why`.
    pub fn inconclusive(why: impl Into<String>) -> Self {
        Self::of(Verdict::Inconclusive { why: why.into() })
    }

    /// The trial's record, for a peer of that role.
    pub fn into_record(self, trial: &Trial, peer: Role, duration_us: u64, attempts: u32) -> TrialRecord {
        let entries = self.transcript.entries.iter().map(|entry| entry_record(entry, peer)).collect();
        let own = &trial.requirement;
        let broken = self.verdict.requirement().filter(|id| *id != own);
        TrialRecord {
            id: trial.id.clone(),
            title: trial.title.clone(),
            requirement: requirement(trial, own).unwrap_or_else(|| unknown(own)),
            broken: broken.and_then(|id| requirement(trial, id)),
            also: trial.also.clone(),
            autobahn: trial.autobahn.clone(),
            tags: trial.tags.clone(),
            file: trial.location.path.clone(),
            line: trial.location.line,
            duration_us,
            attempts,
            standing: None,
            script: script_lines(trial),
            transcript: entries,
            omitted: self.transcript.omitted,
            remarks: self.remarks,
            death: None,
            unconfirmed: None,
            verdict: self.verdict,
        }
    }
}

/// What `sender` sent, in the notation.
pub fn received_text(received: &Received, sender: Role) -> String {
    match received {
        Received::Head(bytes) | Received::Raw(bytes) | Received::Unfinished(bytes) => octets_text(bytes),
        Received::Frame(frame) => frame_text(frame, sender),
        Received::Http2(text) => text.clone(),
        Received::Oversize(header) => {
            frame_text(&Frame { header: *header, payload: bytes::Bytes::new() }, sender)
        }
    }
}

fn requirement(trial: &Trial, id: &RequirementId) -> Option<RequirementRecord> {
    trial.requirements.get(id).map(|found| RequirementRecord {
        id: id.clone(),
        level: found.level,
        citation: found.citation(),
        text: found.text.clone(),
    })
}

fn unknown(id: &RequirementId) -> RequirementRecord {
    RequirementRecord { id: id.clone(), level: Level::Must, citation: id.to_string(), text: id.to_string() }
}

/// Every line of the script with its number; fields of heads stand below theirs with the same number.
fn script_lines(trial: &Trial) -> Vec<ScriptLine> {
    let mut lines = Vec::new();
    for line in &trial.script.lines {
        let text = line.to_string();
        let step_by = usize::from(matches!(line.step, Step::Repeat { .. }));
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
    EntryRecord {
        at_us: entry.at.micros(),
        line: entry.line,
        connection: entry.connection.clone(),
        event,
        text,
        meaning: entry.meaning.clone(),
    }
}
