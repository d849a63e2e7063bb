//! The verdict so far: broken rules, missed recommendations, and the transcript that shows them.

use std::{mem, sync::Arc, time::Duration};

use wsspec_catalogue::{Requirement, Trial};
use wsspec_record::{Failure, Meaning, Note, Verdict, that};
use wsspec_referee::Broken;
use wsspec_wire::{ConnectionName, Level, RequirementId, Scope};

use crate::{
    duties,
    moment::Moment,
    outcome::Outcome,
    pace::Pace,
    transcript::{Event, Transcript},
    waiver::Waiver,
};

/// A trial's transcript and its verdict so far.
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
    /// Nothing has happened yet. Rules that `waiver` covers decide only trials that cite them. Keeps at most `room`
    /// bytes of what is received.
    pub(crate) fn new(trial: Arc<Trial>, waiver: Waiver, room: usize) -> Self {
        let transcript = Transcript::with_room(room);
        Self { trial, waiver, transcript, notes: Vec::new(), remarks: Vec::new(), verdict: None }
    }

    /// Whether the outcome is known.
    pub(crate) fn is_decided(&self) -> bool {
        self.verdict.is_some()
    }

    /// The verdict, once it is known.
    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        self.verdict.as_ref()
    }

    /// Whether something recommended was missed.
    pub(crate) fn has_notes(&self) -> bool {
        !self.notes.is_empty()
    }

    /// Records an event. Returns its place, or `None` if there are too many already.
    pub(crate) fn add(&mut self, at: Moment, line: usize, event: Event) -> Option<usize> {
        self.transcript.add(at, line, event)
    }

    /// Records an event of a connection with a name.
    pub(crate) fn add_on(
        &mut self,
        connection: Option<ConnectionName>,
        at: Moment,
        line: usize,
        event: Event,
    ) -> Option<usize> {
        self.transcript.add_on(connection, at, line, event)
    }

    /// Sets which line an entry belongs to, and what it meant there.
    pub(crate) fn explain(&mut self, place: Option<usize>, line: usize, meaning: Meaning) {
        self.transcript.explain(place, line, meaning);
    }

    /// What happened so far.
    pub(crate) fn transcript(&self) -> &Transcript {
        &self.transcript
    }

    /// A broken rule decides the trial, whatever its script says.
    pub(crate) fn judge(&mut self, broken: &[Broken], place: Option<usize>, line: usize) {
        for Broken { violation, bytes } in broken {
            let requirement = violation.requirement();
            let only_where_cited = violation.scope() == Scope::WhereCited;
            if only_where_cited && !self.trial.cites(&requirement) {
                continue;
            }
            // A probe knows no requirements, and only finds out what the peer can do.
            let Some(rule) = self.rule(&requirement) else { continue };
            let (expected, level) = (that(&rule.text), rule.level);
            let (what, bytes) = (violation.to_string(), bytes.clone());
            let meaning = Meaning::Broke { requirement: requirement.clone(), what: what.clone(), bytes };
            self.explain(place, line, meaning);
            let failure = Failure { line, expected, actual: what, requirement, level };
            match self.is_waived(&failure.requirement) {
                true => self.remarks.push(failure.note()),
                false => self.decide(failure),
            }
        }
    }

    /// The script could not go on, by this rule. A fault on every connection is waived only if it is about closing: in
    /// other places, the trial has nothing to go on with.
    pub(crate) fn fell_short(
        &mut self,
        line: usize,
        expected: String,
        actual: String,
        requirement: RequirementId,
    ) {
        let level = self.level(&requirement).unwrap_or(Level::Must);
        let failure = Failure { line, expected, actual, requirement, level };
        match duties::is_of_closing(&failure.requirement) && self.is_waived(&failure.requirement) {
            true => self.remarks.push(failure.note()),
            false => self.decide(failure),
        }
    }

    /// A rule was broken; its level determines the effect on the verdict.
    fn decide(&mut self, failure: Failure) {
        match failure.level {
            Level::Should | Level::May => self.note(failure.note()),
            Level::Must => self.verdict = Some(Verdict::Fail { failure }),
        }
    }

    /// A recommendation was missed: this requirement, or what the case recommends.
    pub(crate) fn miss(&mut self, line: usize, text: String, requirement: Option<RequirementId>) {
        let requirement = requirement.unwrap_or_else(|| self.recommendation());
        let level = self.level(&requirement).unwrap_or(Level::Should);
        self.note(Note { line, text, requirement, level });
    }

    /// Remarks that what a line waits for arrived late, which breaks no rule.
    pub(crate) fn remark_late(&mut self, line: usize, took: Duration) {
        let text = format!("this came late, after {:.1} s", took.as_secs_f64());
        let (requirement, level) = (self.trial.requirement.clone(), self.trial.level);
        self.remarks.push(Note { line, text, requirement, level });
    }

    /// The first SHOULD that the case cites; without one, the first MAY. `wsspec check` makes sure that there is one if
    /// a line asks for something that is only recommended.
    fn recommendation(&self) -> RequirementId {
        let of_level = |level| self.trial.cited().find(|id| self.level(id) == Some(level));
        let found = of_level(Level::Should).or_else(|| of_level(Level::May));
        found.unwrap_or(&self.trial.requirement).clone()
    }

    /// Nothing can be said about the peer.
    pub(crate) fn give_up(&mut self, why: String) {
        self.verdict.get_or_insert(Verdict::Inconclusive { why });
    }

    /// The trial does not apply to this peer.
    pub(crate) fn skip(&mut self, reason: &str) {
        self.verdict.get_or_insert(Verdict::Skip { reason: reason.to_owned() });
    }

    /// The script is finished.
    pub(crate) fn conclude(&mut self) {
        let notes = mem::take(&mut self.notes);
        let verdict = if notes.is_empty() { Verdict::Pass } else { Verdict::Lenient { notes } };
        self.verdict.get_or_insert(verdict);
    }

    /// The outcome; an undecided trial was cut short by `why`.
    pub(crate) fn finish(self, why: &str, pace: Pace) -> Outcome {
        let verdict = self.verdict.unwrap_or_else(|| Verdict::Inconclusive { why: why.to_owned() });
        Outcome { verdict, transcript: self.transcript, remarks: self.remarks, pace }
    }

    /// A note at level MAY does not change the verdict.
    fn note(&mut self, note: Note) {
        let decides = note.level != Level::May && !self.is_waived(&note.requirement);
        let notes = if decides { &mut self.notes } else { &mut self.remarks };
        notes.push(note);
    }

    fn level(&self, requirement: &RequirementId) -> Option<Level> {
        self.rule(requirement).map(|rule| rule.level)
    }

    /// Whether the peer breaks the rule on every connection.
    pub(crate) fn is_always_broken(&self, requirement: &RequirementId) -> bool {
        self.waiver.names(requirement)
    }

    /// Whether the peer breaks the rule on every connection, and the trial is about something else.
    pub(crate) fn is_waived(&self, requirement: &RequirementId) -> bool {
        self.waiver.covers(requirement) && !self.trial.cites(requirement)
    }

    fn rule(&self, requirement: &RequirementId) -> Option<&Requirement> {
        self.trial.requirements.get(requirement)
    }
}
