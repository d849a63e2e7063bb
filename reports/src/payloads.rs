//! A passed trial without what makes records large: kilobytes of payload that came back unchanged.

use std::borrow::Cow;

use wsspec_notation::{FrameSpec, Payload, Sending, parse_sending};
use wsspec_record::{EntryRecord, EventKind, TrialRecord, Verdict};

use crate::clean::cut;

/// Texts longer than this, in characters of the notation, are truncated.
const LONG: usize = 512;
/// Bytes kept of a payload, and characters kept of other text.
const KEPT: usize = 32;

/// The trial; if it passed, with only the start of long payloads. A received frame that was truncated is marked as
/// such, so that nobody mistakes it for the whole.
pub(crate) fn without_payloads(trial: &TrialRecord) -> Cow<'_, TrialRecord> {
    let is_long = |entry: &EntryRecord| entry.text.len() > LONG;
    if trial.verdict != Verdict::Pass || !trial.transcript.iter().any(is_long) {
        return Cow::Borrowed(trial);
    }
    let transcript = trial.transcript.iter().map(|entry| match is_long(entry) {
        true => shortened(entry),
        false => entry.clone(),
    });
    Cow::Owned(TrialRecord { transcript: transcript.collect(), ..without_transcript(trial) })
}

/// Copies everything except the transcript, which may be large.
fn without_transcript(trial: &TrialRecord) -> TrialRecord {
    TrialRecord {
        id: trial.id.clone(),
        title: trial.title.clone(),
        verdict: trial.verdict.clone(),
        requirement: trial.requirement.clone(),
        broken: trial.broken.clone(),
        also: trial.also.clone(),
        autobahn: trial.autobahn.clone(),
        tags: trial.tags.clone(),
        file: trial.file.clone(),
        line: trial.line,
        duration_us: trial.duration_us,
        attempts: trial.attempts,
        standing: trial.standing.clone(),
        script: trial.script.clone(),
        transcript: Vec::new(),
        omitted: trial.omitted,
        remarks: trial.remarks.clone(),
        death: trial.death.clone(),
        unconfirmed: trial.unconfirmed.clone(),
    }
}

fn shortened(entry: &EntryRecord) -> EntryRecord {
    let event = match entry.event {
        EventKind::Received | EventKind::Unfinished => EventKind::Oversize,
        event => event,
    };
    EntryRecord {
        at_us: entry.at_us,
        line: entry.line,
        connection: entry.connection.clone(),
        event,
        text: start_of(&entry.text),
        meaning: entry.meaning.clone(),
    }
}

/// A frame with the start of its payload and its whole length; of other text, the start.
fn start_of(text: &str) -> String {
    let Ok(Sending::Frame(frame)) = parse_sending(text) else { return cut(text, KEPT) };
    let FrameSpec { kind, payload, mut attributes } = frame;
    let all = payload.bytes();
    if all.len() <= KEPT {
        return cut(text, KEPT);
    }
    attributes.length.get_or_insert(all.len() as u64);
    let payload = Payload::of(&all.slice(..KEPT));
    Sending::Frame(FrameSpec { kind, payload, attributes }).to_string()
}
