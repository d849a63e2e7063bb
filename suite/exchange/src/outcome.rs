//! The outcome of a trial, and its record.

use wsspec_catalogue::Trial;
use wsspec_notation::{Step, frame_text, octets_text};
use wsspec_record::{EntryRecord, EventKind, Note, RequirementRecord, ScriptLine, TrialRecord, Verdict};
use wsspec_referee::Received;
use wsspec_wire::{Frame, Level, RequirementId, Role};

use crate::{
    pace::Pace,
    recorded::{entry_record, short_entry},
    transcript::{Entry, Event, Transcript},
};

/// The outcome of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// What happened.
    pub transcript: Transcript,
    /// Observations that do not affect the verdict.
    pub remarks: Vec<Note>,
    /// How long the peer took to answer.
    pub pace: Pace,
}

impl Outcome {
    /// An outcome with this verdict, of a trial in which nothing happened.
    pub fn of(verdict: Verdict) -> Self {
        Self { verdict, transcript: Transcript::default(), remarks: Vec::new(), pace: Pace::default() }
    }

    /// Nothing can be said about the peer, because of `why`.
    pub fn inconclusive(why: impl Into<String>) -> Self {
        Self::of(Verdict::Inconclusive { why: why.into() })
    }

    /// The trial's record, for a peer of this role.
    pub fn into_record(self, trial: &Trial, peer: Role, duration_us: u64, attempts: u32) -> TrialRecord {
        self.recorded(trial, (peer, entry_record), duration_us, attempts)
    }

    /// As [`Self::into_record`], with only the start of long payloads if the trial passed.
    pub fn into_short_record(
        self,
        trial: &Trial,
        peer: Role,
        duration_us: u64,
        attempts: u32,
    ) -> TrialRecord {
        let entry = if self.verdict == Verdict::Pass { short_entry } else { entry_record };
        self.recorded(trial, (peer, entry), duration_us, attempts)
    }

    fn recorded(
        self,
        trial: &Trial,
        (peer, record): (Role, fn(&Entry, Role) -> EntryRecord),
        duration_us: u64,
        attempts: u32,
    ) -> TrialRecord {
        let entries = self.transcript.entries.iter().map(|entry| record(entry, peer)).collect();
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

/// Every line of the script with its number; fields of heads follow, with the same number.
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
