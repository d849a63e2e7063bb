//! The data for the page's script: an index of all trials as JSON, and their details as compressed JSON.
//!
//! Texts, requirements and scripts are stored once, however many targets share them.

use std::{
    collections::HashMap,
    hash::Hash,
    io::{self, Write},
    ops::Range,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use data_encoding::HEXLOWER;
use flate2::{Compression, write::DeflateEncoder};
use serde::{Serialize, ser::SerializeTuple as _};
use wsspec_notation::{Octets, is_octets};
use wsspec_record::{EntryRecord, EventKind, Meaning, RequirementRecord, TrialRecord, Verdict};
use wsspec_wire::Role;

use super::{
    mark::Mark,
    model::{Page, expectation, found, rfc_link, shown},
};
use crate::{
    clean::{clean, sentence, shell_quoted},
    meaning,
    octets::{octets, sender},
    origin::{Origin, around_id},
};

/// Characters kept of a transcript's text: if it is at fault, and otherwise.
const TEXT: (usize, usize) = (4_000, 400);
/// Characters kept of a script's line.
const SCRIPT: usize = 600;
/// Bytes kept of a frame, in the same two cases.
const BYTES: (usize, usize) = (512, 48);
/// Entries kept at the start and at the end of a transcript, in the same two cases.
const ENTRIES: (usize, usize) = (150, 20);
/// Limit on the details before compression, in bytes; beyond it, details of passed trials are omitted.
const ROOM: usize = 24 << 20;

/// Values stored once, referred to by index.
#[derive(Debug)]
struct Table<K, V> {
    places: HashMap<K, usize>,
    all: Vec<V>,
}

impl<K: Eq + Hash, V> Table<K, V> {
    fn new() -> Self {
        Self { places: HashMap::new(), all: Vec::new() }
    }

    fn place(&mut self, key: K, value: impl FnOnce() -> V) -> usize {
        *self.places.entry(key).or_insert_with(|| {
            self.all.push(value());
            self.all.len() - 1
        })
    }
}

/// Everything for the list and its filters.
#[derive(Debug, Serialize)]
struct Index {
    /// Key, word and sign of each verdict.
    marks: Vec<[&'static str; 3]>,
    targets: Vec<TargetData>,
    /// Id, level, citation, text, link; why it exists, what breaks it, how to fix that.
    requirements: Vec<[String; 8]>,
    strings: Vec<String>,
    trials: Vec<TrialData>,
}

#[derive(Debug, Serialize)]
struct TargetData {
    name: String,
    /// The parts before and after a trial's id in the command that runs it again.
    before: String,
    after: String,
}

#[derive(Debug, Serialize)]
struct TrialData {
    id: String,
    /// The id quoted for a shell, if that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    q: Option<String>,
    title: String,
    section: String,
    /// The index of the requirement.
    r: usize,
    place: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    autobahn: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    /// By target: verdict, microseconds, number of runs, finding, named requirement, reason of the expectation, line.
    /// Texts are given by index, -1 for a missing one.
    cells: Vec<Option<[i64; 7]>>,
}

/// The index as JSON that is safe inside markup.
pub(super) fn index(page: &Page<'_>) -> io::Result<String> {
    let mut requirements = Table::new();
    let mut strings = Table::new();
    let trials = page.rows.iter().map(|row| {
        let trial = row.any();
        let (id, title) = (shown(&trial.id, 400), sentence(&trial.title));
        let quoted = shell_quoted(&id).into_owned();
        let list = |texts: &[String]| texts.iter().map(|text| sentence(text)).collect();
        TrialData {
            q: (quoted != id).then_some(quoted),
            title,
            section: sentence(trial.section()),
            r: requirement_place(&mut requirements, page, &trial.requirement),
            place: format!("{}:{}", sentence(&trial.file), trial.line),
            also: trial.also.iter().map(|id| sentence(id.as_str())).collect(),
            autobahn: list(&trial.autobahn),
            tags: list(&trial.tags),
            cells: row
                .cells
                .iter()
                .map(|trial| trial.map(|trial| cell(page, trial, &mut strings, &mut requirements)))
                .collect(),
            id,
        }
    });
    let trials = trials.collect();
    let index = Index {
        marks: Mark::ALL.iter().map(|mark| [mark.key(), mark.word(), mark.sign()]).collect(),
        targets: page.targets.iter().map(target).collect(),
        requirements: requirements.all,
        strings: strings.all,
        trials,
    };
    Ok(without_markup(&serde_json::to_string(&index)?))
}

fn target(target: &super::model::ReportTarget<'_>) -> TargetData {
    let record = target.record;
    let origin = Origin::of(record);
    let (before, after) = around_id(&origin);
    TargetData { name: target.name.clone(), before, after }
}

fn requirement_place<'a>(
    table: &mut Table<&'a str, [String; 8]>,
    page: &Page<'a>,
    of: &'a RequirementRecord,
) -> usize {
    table.place(of.id.as_str(), || {
        let link = rfc_link(of.id.as_str()).unwrap_or_default();
        let (id, level) = (sentence(of.id.as_str()), of.level.to_string());
        let explained = page.explained(&of.id);
        let [why, breaks, fix] = explained
            .map(|rule| [&rule.why, &rule.breaks, &rule.fix])
            .map_or_else(Default::default, |texts| texts.map(|text| clean(text).into_owned()));
        [id, level, sentence(&of.citation), sentence(&of.text), link, why, breaks, fix]
    })
}

fn cell<'a>(
    page: &Page<'a>,
    trial: &'a TrialRecord,
    strings: &mut Table<String, String>,
    requirements: &mut Table<&'a str, [String; 8]>,
) -> [i64; 7] {
    let mut place = |text: String| match text.is_empty() {
        true => -1,
        false => number(strings.place(text.clone(), || text)),
    };
    let line = match &trial.verdict {
        Verdict::Fail { failure } | Verdict::Flaky { failure } => number(failure.line),
        Verdict::Lenient { notes } => notes.first().map_or(0, |note| number(note.line)),
        _ => 0,
    };
    [
        number(Mark::of(trial) as usize),
        i64::try_from(trial.duration_us).unwrap_or(i64::MAX),
        i64::from(trial.attempts),
        place(told(trial)),
        number(requirement_place(requirements, page, trial.named())),
        place(expectation(trial)),
        line,
    ]
}

/// The finding. For a failure, the expected and the actual are on separate lines.
fn told(trial: &TrialRecord) -> String {
    match &trial.verdict {
        Verdict::Fail { failure } | Verdict::Flaky { failure } => {
            format!("{}\n{}", sentence(&failure.expected), sentence(&failure.actual))
        }
        _ => found(trial),
    }
}

fn number(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// JSON that cannot end the surrounding element: `<` occurs only within strings, and is escaped.
fn without_markup(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

/// The lines of a script, with their numbers.
type NumberedLines<T> = Vec<(usize, T)>;

/// Additional data for the view of one trial.
#[derive(Debug, Serialize)]
struct Details {
    scripts: Vec<NumberedLines<String>>,
    /// Texts; bytes in hexadecimal, their number, and whether the masking key is unknown.
    texts: Vec<EntryText>,
    remarks: Vec<String>,
    /// By trial and target.
    trials: Vec<Vec<Option<TargetTrial>>>,
}

#[derive(Debug, Serialize)]
struct EntryText(String, String, usize, u8);

/// A trial against one target.
#[derive(Debug, Serialize)]
struct TargetTrial {
    /// The index of the script.
    s: usize,
    /// What happened; `None` if it is omitted for lack of space.
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<Vec<Happening>>,
    /// The number of omitted frames and entries, and the entry before which they belong.
    #[serde(skip_serializing_if = "is_nothing")]
    o: (u64, usize),
    /// Line, text and requirement of each note.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    n: Vec<(usize, String, String)>,
}

fn is_nothing(omitted: &(u64, usize)) -> bool {
    omitted.0 == 0
}

/// Microseconds, line, kind, text, remark; and if bytes are at fault, the first one and the end of the range.
#[derive(Debug)]
struct Happening([u64; 3], i64, i64, Option<(usize, usize)>);

impl Serialize for Happening {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(numbers, text, remark, fault) = self;
        let length = 5 + if fault.is_some() { 2 } else { 0 };
        let mut tuple = serializer.serialize_tuple(length)?;
        numbers.iter().try_for_each(|number| tuple.serialize_element(number))?;
        tuple.serialize_element(text)?;
        tuple.serialize_element(remark)?;
        if let Some((start, end)) = fault {
            tuple.serialize_element(start)?;
            tuple.serialize_element(end)?;
        }
        tuple.end()
    }
}

/// The details: JSON, deflated, in Base64.
pub(super) fn details(page: &Page<'_>) -> io::Result<String> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::new(7));
    packer.write_all(&details_json(page)?)?;
    Ok(STANDARD.encode(packer.finish()?))
}

/// The details before compression.
pub(super) fn details_json(page: &Page<'_>) -> io::Result<Vec<u8>> {
    let mut teller = Teller { scripts: Table::new(), texts: Table::new(), remarks: Table::new(), room: ROOM };
    // The worst rows come first, so only passed trials lack space.
    let trials = page.rows.iter().map(|row| {
        let cells = page.targets.iter().zip(&row.cells);
        cells.map(|(target, trial)| trial.map(|trial| teller.tell(trial, target.record.role))).collect()
    });
    let trials = trials.collect();
    let Teller { scripts, texts, remarks, .. } = teller;
    let details = Details { scripts: scripts.all, texts: texts.all, remarks: remarks.all, trials };
    Ok(serde_json::to_vec(&details)?)
}

struct Teller<'a> {
    scripts: Table<NumberedLines<&'a str>, NumberedLines<String>>,
    /// By text, whether we sent it, and whether it is at fault.
    texts: Table<(&'a str, bool, bool), EntryText>,
    remarks: Table<String, String>,
    room: usize,
}

impl<'a> Teller<'a> {
    fn tell(&mut self, trial: &'a TrialRecord, peer: Role) -> TargetTrial {
        let passed = Mark::of(trial) >= Mark::Skip;
        let most = if passed { ENTRIES.1 } else { ENTRIES.0 };
        let all = &trial.transcript;
        let (start, end) = match all.len() > 2 * most + 1 {
            true => (most, all.len() - most),
            false => (all.len(), all.len()),
        };
        let entries = (!passed || self.room > 0).then(|| {
            let kept = all[..start].iter().chain(&all[end..]);
            kept.map(|entry| self.happening(entry, peer)).collect()
        });
        let lines = || trial.script.iter().map(|line| (line.number, line.text.as_str()));
        TargetTrial {
            s: self.scripts.place(lines().collect(), || {
                lines().map(|(number, text)| (number, shown(text, SCRIPT))).collect()
            }),
            e: entries,
            o: (trial.omitted.saturating_add((end - start) as u64), start),
            n: trial
                .remarks
                .iter()
                .chain(trial.verdict.notes())
                .map(|note| (note.line, sentence(&note.text), sentence(note.requirement.as_str())))
                .collect(),
        }
    }

    fn happening(&mut self, entry: &'a EntryRecord, peer: Role) -> Happening {
        let sender = sender(entry.event, peer);
        let fault = entry.meaning.as_ref().is_some_and(Meaning::is_at_fault);
        let range = at_fault(entry, sender);
        let before = self.texts.all.len();
        let text = match entry.text.is_empty() {
            true => -1,
            false => number(
                self.texts.place((&entry.text, sender != peer, fault), || text(&entry.text, sender, fault)),
            ),
        };
        if let Some(new) = self.texts.all.get(before) {
            self.room = self.room.saturating_sub(new.0.len() + new.1.len());
        }
        self.room = self.room.saturating_sub(24);
        let remark = match &entry.meaning {
            None if entry.event != EventKind::Measured => -1,
            _ => {
                let remark = sentence(&meaning::sentence(entry, peer));
                number(self.remarks.place(remark.clone(), || remark))
            }
        };
        Happening(
            [entry.at_us, entry.line as u64, kind(entry.event)],
            text,
            remark,
            range.map(|range| (range.start, range.end)),
        )
    }
}

/// The bytes at fault, clipped to those that the entry has; all of them if it is not known which.
fn at_fault(entry: &EntryRecord, sender: Role) -> Option<Range<usize>> {
    let meaning = entry.meaning.as_ref().filter(|meaning| meaning.is_at_fault())?;
    let length = octets(&entry.text, sender)?.bytes.len();
    let range = meaning.bytes_at_fault().unwrap_or(0..length);
    Some(range.start.min(length)..range.end.min(length)).filter(|range| !range.is_empty())
}

/// The index of an event in the script's list of events.
fn kind(event: EventKind) -> u64 {
    match event {
        EventKind::Sent => 0,
        EventKind::Skipped => 1,
        EventKind::Received => 2,
        EventKind::Oversize => 3,
        EventKind::Unfinished => 4,
        EventKind::Eof => 5,
        EventKind::Reset => 6,
        EventKind::Measured => 7,
        EventKind::Timeout => 8,
    }
}

fn text(text: &str, sender: Role, fault: bool) -> EntryText {
    let pick = |pair: (usize, usize)| if fault { pair.0 } else { pair.1 };
    let is_head = is_octets(text);
    let width = if is_head { TEXT.0 } else { pick(TEXT) };
    let shown = match text.contains('\n') {
        // Field lines below a head stay separate lines.
        true => text
            .lines()
            .take(100)
            .map(|line| clean(&shown(line, width)).into_owned())
            .collect::<Vec<_>>()
            .join("\n"),
        false => shown(text, width),
    };
    // A head is its own text; its bytes are needed only if some of them are at fault.
    let bytes = (fault || !is_head).then(|| octets(text, sender)).flatten();
    let Some(Octets { bytes, is_keyless }) = bytes else { return EntryText(shown, String::new(), 0, 0) };
    let hex = HEXLOWER.encode(&bytes[..bytes.len().min(pick(BYTES))]);
    EntryText(shown, hex, bytes.len(), u8::from(is_keyless))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_no_markup_left_and_says_the_same() {
        let json = serde_json::to_string("</script><!-- &amp;").unwrap_or_default();
        let escaped = without_markup(&json);
        assert!(!escaped.contains(['<', '>', '&']));
        assert_eq!(serde_json::from_str::<String>(&escaped).ok().as_deref(), Some("</script><!-- &amp;"));
    }

    #[test]
    fn a_frame_has_its_bytes_and_a_head_only_where_it_is_at_fault() {
        let EntryText(shown, hex, total, keyless) = text("ping \"p\"", Role::Server, false);
        assert_eq!((shown.as_str(), hex.as_str(), total, keyless), ("ping \"p\"", "890170", 3, 0));
        assert_eq!(text("raw \"ab\"", Role::Server, false).1, "");
        assert_eq!(text("raw \"ab\"", Role::Server, true).1, "6162");
    }
}
