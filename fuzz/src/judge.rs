//! Judging a record is a function of the record alone: it gives the same verdict after saving, ends however the
//! record was damaged, and passes no peer with data that was never received.

use std::sync::Arc;

use arbitrary::{Arbitrary, Unstructured};
use wsspec_catalogue::Trial;
use wsspec_notation::{Step, Strength};
use wsspec_record::{EntryRecord, EventKind, TrialRecord, Verdict};
use wsspec_wire::Role;

use crate::{
    exchange::{Given, judged, play},
    generate::few,
    same,
};

/// Judges a record.
pub type RecordJudge = fn(&Arc<Trial>, &TrialRecord) -> Verdict;

/// A kind of damage to the transcript of a record.
#[derive(Clone, Copy, Debug, Arbitrary)]
enum Damage {
    Drop(u8),
    Double(u8),
    Swap(u8, u8),
    CutAt(u8),
    Delay(u8, i32),
    Becomes(u8, u8),
    Says(u8, u8),
    Omits(u8),
}

/// Judges the real judge with an input: a byte with the number of bytes of damage (up to 63), the damage, then an
/// input of the `exchange` target.
///
/// # Panics
///
/// If a property does not hold.
pub fn run(input: &[u8]) {
    run_with(judged, input);
}

/// Judges a judge with an input.
///
/// # Panics
///
/// If a property does not hold.
pub fn run_with(judge: RecordJudge, input: &[u8]) {
    let (damage, rest) = input.split_at(exchange_at(input));
    let Some(Given { trial, peer, bytes, .. }) = Given::of(rest) else { return };
    let record = play(&trial, &peer, &[bytes]).into_record(&trial, Role::Server, 0, 1);
    let verdict = judge(&trial, &record);
    same(&judge(&trial, &record), &verdict, "judged a second time, it is another verdict");
    same(&judge(&trial, &saved(&record)), &verdict, "saved and read, it is another verdict");

    let mut damaged = record.clone();
    let mut unstructured = Unstructured::new(damage.get(1..).unwrap_or_default());
    for damage in few::<Damage>(&mut unstructured).unwrap_or_default() {
        apply(damage, &mut damaged);
    }
    let verdict = judge(&trial, &damaged);
    same(&judge(&trial, &damaged), &verdict, "damaged, it is not always the same verdict");

    damaged.transcript.retain(|entry| matches!(entry.event, EventKind::Sent | EventKind::Timeout));
    damaged.omitted = 0;
    let passes = matches!(judge(&trial, &damaged), Verdict::Pass);
    assert!(!passes || !demands(&trial), "it passes although nothing required was received");
}

/// Where the contained input of the `exchange` target begins.
#[must_use]
pub fn exchange_at(input: &[u8]) -> usize {
    let damage = input.first().map_or(0, |size| 1 + usize::from(size % 64));
    damage.min(input.len())
}

/// Where an input's frames begin.
#[must_use]
pub fn frames_at(input: &[u8]) -> usize {
    let at = exchange_at(input);
    at + crate::exchange::frames_at(&input[at..])
}

fn saved(record: &TrialRecord) -> TrialRecord {
    let json = serde_json::to_string(record).expect("a record can be saved");
    let read: TrialRecord = serde_json::from_str(&json).expect("a saved record can be read");
    same(&read, record, "saved and read, it is another record");
    read
}

/// Whether something must be received first.
fn demands(trial: &Trial) -> bool {
    let first = trial.script.lines.iter().map(|line| &line.step).find(|step| !matches!(step, Step::Chop(_)));
    match first {
        Some(Step::Expect(expectation)) => expectation.strength == Strength::Must,
        Some(Step::Alive | Step::Finish) => true,
        _ => false,
    }
}

fn apply(damage: Damage, record: &mut TrialRecord) {
    let size = record.transcript.len();
    if size == 0 {
        return;
    }
    let at = |number: u8| usize::from(number) % size;
    let entries = &mut record.transcript;
    match damage {
        Damage::Drop(number) => drop(entries.remove(at(number))),
        Damage::Double(number) => entries.insert(at(number), entries[at(number)].clone()),
        Damage::Swap(one, other) => entries.swap(at(one), at(other)),
        Damage::CutAt(number) => entries.truncate(at(number)),
        Damage::Delay(number, by) => {
            let time = &mut entries[at(number)].at_us;
            *time = time.saturating_add_signed(i64::from(by) << 16);
        }
        Damage::Becomes(number, kind) => entries[at(number)].event = KINDS[usize::from(kind) % KINDS.len()],
        Damage::Says(number, by) => says(&mut entries[at(number)], by),
        Damage::Omits(count) => record.omitted = count.into(),
    }
}

/// A character of its text is a different one.
fn says(entry: &mut EntryRecord, by: u8) {
    let mut text: Vec<char> = entry.text.chars().collect();
    if !text.is_empty() {
        let at = usize::from(by) % text.len();
        text[at] = ['"', '\\', ' ', '0', 'x', '\u{1b}', 'é', '-'][usize::from(by) % 8];
    }
    entry.text = text.into_iter().collect();
}

const KINDS: [EventKind; 9] = [
    EventKind::Sent,
    EventKind::Skipped,
    EventKind::Received,
    EventKind::Unfinished,
    EventKind::Oversize,
    EventKind::Eof,
    EventKind::Reset,
    EventKind::Measured,
    EventKind::Timeout,
];
