//! The verdict so far: what was broken, what was missed, and the transcript that shows it.

use std::{mem, sync::Arc, time::Duration};

use wsspec_catalogue::{Requirement, Trial};
use wsspec_record::{Failure, Meaning, Note, Verdict};
use wsspec_referee::Broken;
use wsspec_wire::{Level, RequirementId, Scope};

use crate::{
    moment::Moment,
    outcome::Outcome,
    pace::Pace,
    transcript::{Event, Transcript},
    waiver::Waiver,
    wording,
};

/// A trial's transcript and what it comes to.
#[derive(Debug)]
pub(crate) struct Grading {
    trial: Arc<Trial>,
    waiver: Waiver,
    transcript: Transcript,
    notes: Vec<Note>,
    remarks: Vec<Note>,
    verdict: Option<Verdict>,
}

impl Grading {
    /// Nothing has happened. Rules that `waiver` covers decide only a trial that cites them. At most `room` bytes of what
    /// is received are kept.
    pub(crate) fn new(trial: Arc<Trial>, waiver: Waiver, room: usize) -> Self {
        let transcript = Transcript::with_room(room);
        Self { trial, waiver, transcript, notes: Vec::new(), remarks: Vec::new(), verdict: None }
    }

    /// Whether the outcome is known.
    pub(crate) fn is_decided(&self) -> bool {
        self.verdict.is_some()
    }

    /// Whether something recommended was missed.
    pub(crate) fn has_notes(&self) -> bool {
        !self.notes.is_empty()
    }

    /// Writes down what happened; gives its place, unless there is too much already.
    pub(crate) fn add(&mut self, at: Moment, line: usize, event: Event) -> Option<usize> {
        self.transcript.add(at, line, event)
    }

    /// Says which line an entry belongs to and what it meant there.
    pub(crate) fn explain(&mut self, place: Option<usize>, line: usize, meaning: Meaning) {
        self.transcript.explain(place, line, meaning);
    }

    /// What happened so far.
    pub(crate) fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// A broken rule decides the trial, whatever its script says.
    pub(crate) fn judge(&mut self, broken: &[Broken], place: Option<usize>, line: usize) {
        for Broken { violation, bytes, is_echo } in broken {
            let requirement = violation.requirement();
            let only_where_cited = violation.scope() == Scope::WhereCited;
            if only_where_cited && !self.trial.cites(&requirement) {
                continue;
            }
            // A probe has no requirements: it only looks what the peer can do.
            let Some(rule) = self.rule(&requirement) else { continue };
            let (expected, level) = (wording::that(&rule.text), rule.level);
            let (what, bytes) = (violation.to_string(), bytes.clone());
            if *is_echo {
                self.note(line, what.clone(), requirement, level);
                self.explain(place, line, Meaning::EchoesOurCode { what, bytes });
                continue;
            }
            let meaning = Meaning::Broke { requirement: requirement.clone(), what: what.clone(), bytes };
            self.explain(place, line, meaning);
            self.broke(line, expected, what, requirement);
        }
    }

    /// A rule was broken: what that does to the verdict depends on the rule's level.
    pub(crate) fn broke(
        &mut self,
        line: usize,
        expected: String,
        actual: String,
        requirement: RequirementId,
    ) {
        let level = self.rule(&requirement).map_or(Level::Must, |rule| rule.level);
        let failure = Failure { line, expected, actual, requirement, level };
        match level {
            _ if self.is_waived(&failure.requirement) => {
                self.remark(line, failure.headline(), failure.requirement, level);
            }
            Level::Should => self.note(line, failure.headline(), failure.requirement, level),
            Level::May => {
                self.remark(line, failure.headline(), failure.requirement, level);
            }
            Level::Must => self.verdict = Some(Verdict::Fail { failure }),
        }
    }

    /// Something recommended was missed, of that requirement or of the case's own.
    pub(crate) fn miss(&mut self, line: usize, text: String, requirement: Option<RequirementId>) {
        let requirement = requirement.unwrap_or_else(|| self.trial.requirement.clone());
        let level = self.rule(&requirement).map_or(Level::Should, |rule| rule.level);
        self.note(line, text, requirement, level);
    }

    /// What a line waits for came, though late: that breaks no rule, and is worth knowing.
    pub(crate) fn remark_late(&mut self, line: usize, took: Duration) {
        let text = format!("this came late, after {:.1} s", took.as_secs_f64());
        let (requirement, level) = (self.trial.requirement.clone(), self.trial.level);
        self.remarks.push(Note { line, text, requirement, level });
    }

    /// Nothing can be said about the peer.
    pub(crate) fn give_up(&mut self, why: String) {
        self.verdict.get_or_insert(Verdict::Inconclusive { why });
    }

    /// The trial does not apply to this peer.
    pub(crate) fn skip(&mut self, reason: &str) {
        self.verdict.get_or_insert(Verdict::Skip { reason: reason.to_owned() });
    }

    /// The script is through.
    pub(crate) fn conclude(&mut self) {
        let notes = mem::take(&mut self.notes);
        let verdict = if notes.is_empty() { Verdict::Pass } else { Verdict::Lenient { notes } };
        self.verdict.get_or_insert(verdict);
    }

    /// The outcome; a trial that is not decided was cut short by `why`.
    pub(crate) fn finish(self, why: &str, pace: Pace) -> Outcome {
        let verdict = self.verdict.unwrap_or_else(|| Verdict::Inconclusive { why: why.to_owned() });
        Outcome { verdict, transcript: self.transcript, remarks: self.remarks, pace }
    }

    fn note(&mut self, line: usize, text: String, requirement: RequirementId, level: Level) {
        if self.is_waived(&requirement) {
            return self.remark(line, text, requirement, level);
        }
        self.notes.push(Note { line, text, requirement, level });
    }

    fn remark(&mut self, line: usize, text: String, requirement: RequirementId, level: Level) {
        self.remarks.push(Note { line, text, requirement, level });
    }

    /// Whether the peer breaks that rule on every connection, and the trial is about something else.
    fn is_waived(&self, requirement: &RequirementId) -> bool {
        self.waiver.covers(requirement) && !self.trial.cites(requirement)
    }

    fn rule(&self, requirement: &RequirementId) -> Option<&Requirement> {
        self.trial.requirements.get(requirement)
    }
}
