//! Records of format 1, in which the meaning of an entry was a sentence, and a standing was three texts. The only
//! place that parses those sentences.

use serde::Deserialize;
use wsspec_wire::{Level, RequirementId, Role};

use crate::{
    entry::{EntryRecord, EventKind, Meaning},
    guide::Guide,
    process::ProcessRecord,
    record::{
        Declared, FORMAT, LimitsRecord, PeerProfile, Record, RoleRecord, ScriptLine, TrialRecord, server,
    },
    requirement::RequirementRecord,
    serial,
    standing::Standing,
    verdict::{Failure, Note, Verdict},
};

/// Reads a record of format 1.
pub(crate) fn parse(json: &[u8]) -> Result<Record, serde_json::Error> {
    serde_json::from_slice::<Record1>(json).map(Record::from)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record1 {
    #[serde(rename = "format")]
    _format: u32,
    wsspec: String,
    started: String,
    duration_us: u64,
    #[serde(with = "RoleRecord", default = "server")]
    role: Role,
    target: String,
    seed: u64,
    options: Vec<String>,
    peer: PeerProfile,
    limits: LimitsRecord,
    incidents: Vec<String>,
    #[serde(default)]
    process: Option<ProcessRecord>,
    aborted: Option<String>,
    trials: Vec<Trial1>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trial1 {
    id: String,
    title: String,
    verdict: Verdict1,
    requirement: RequirementRecord,
    broken: Option<RequirementRecord>,
    #[serde(with = "serial::ids")]
    also: Vec<RequirementId>,
    autobahn: Vec<String>,
    tags: Vec<String>,
    file: String,
    line: usize,
    duration_us: u64,
    attempts: u32,
    known: Option<String>,
    #[serde(default)]
    expired: Option<String>,
    unexpected_pass: Option<String>,
    script: Vec<ScriptLine>,
    transcript: Vec<Entry1>,
    omitted: u64,
    remarks: Vec<Note1>,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
enum Verdict1 {
    Pass,
    Lenient { notes: Vec<Note1> },
    Fail { failure: Failure1 },
    Flaky { failure: Failure1 },
    Inconclusive { why: String },
    Skip { reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Note1 {
    line: usize,
    text: String,
    #[serde(with = "serial::id")]
    requirement: RequirementId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure1 {
    line: usize,
    expected: String,
    actual: String,
    #[serde(with = "serial::id")]
    requirement: RequirementId,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry1 {
    at_us: u64,
    line: usize,
    event: EventKind,
    #[serde(default)]
    text: String,
    #[serde(default)]
    remark: String,
}

impl From<Record1> for Record {
    fn from(old: Record1) -> Self {
        Self {
            format: FORMAT,
            wsspec: old.wsspec,
            started: old.started,
            duration_us: old.duration_us,
            role: old.role,
            target: old.target,
            seed: old.seed,
            options: old.options,
            declared: Declared::default(),
            peer: old.peer,
            limits: old.limits,
            incidents: old.incidents,
            process: old.process,
            deaths: Vec::new(),
            aborted: old.aborted,
            guide: Guide::default(),
            trials: old.trials.into_iter().map(TrialRecord::from).collect(),
        }
    }
}

impl From<Trial1> for TrialRecord {
    fn from(old: Trial1) -> Self {
        let levels = Levels([Some(old.requirement.clone()), old.broken.clone()]);
        let standing = standing(old.known, old.expired, old.unexpected_pass);
        Self {
            id: old.id,
            title: old.title,
            verdict: levels.verdict(old.verdict),
            requirement: old.requirement,
            broken: old.broken,
            also: old.also,
            autobahn: old.autobahn,
            tags: old.tags,
            file: old.file,
            line: old.line,
            duration_us: old.duration_us,
            attempts: old.attempts,
            standing,
            script: old.script,
            transcript: old.transcript.into_iter().map(EntryRecord::from).collect(),
            omitted: old.omitted,
            remarks: old.remarks.into_iter().map(|note| levels.note(note)).collect(),
            death: None,
            unconfirmed: None,
        }
    }
}

/// The requirements of a trial whose levels format 1 contains; notes and failures had no levels.
struct Levels([Option<RequirementRecord>; 2]);

impl Levels {
    fn of(&self, id: &RequirementId) -> Option<Level> {
        self.0.iter().flatten().find(|known| known.id == *id).map(|known| known.level)
    }

    fn note(&self, old: Note1) -> Note {
        let level = self.of(&old.requirement).unwrap_or(Level::Should);
        Note { line: old.line, text: old.text, requirement: old.requirement, level }
    }

    fn failure(&self, old: Failure1) -> Failure {
        let level = self.of(&old.requirement).unwrap_or(Level::Must);
        let Failure1 { line, expected, actual, requirement } = old;
        Failure { line, expected, actual, requirement, level }
    }

    fn verdict(&self, old: Verdict1) -> Verdict {
        match old {
            Verdict1::Pass => Verdict::Pass,
            Verdict1::Lenient { notes } => {
                Verdict::Lenient { notes: notes.into_iter().map(|note| self.note(note)).collect() }
            }
            Verdict1::Fail { failure } => Verdict::Fail { failure: self.failure(failure) },
            Verdict1::Flaky { failure } => Verdict::Flaky { failure: self.failure(failure) },
            Verdict1::Inconclusive { why } => Verdict::Inconclusive { why },
            Verdict1::Skip { reason } => Verdict::Skip { reason },
        }
    }
}

fn standing(known: Option<String>, expired: Option<String>, unexpected: Option<String>) -> Option<Standing> {
    if let Some(reason) = known {
        return Some(Standing::Known { reason });
    }
    if let Some(text) = expired {
        return Some(self::expired(&text).unwrap_or_else(|| Standing::Expired {
            pattern: String::new(),
            deviation: String::new(),
            until: String::new(),
            reason: text.clone(),
        }));
    }
    unexpected.map(|reason| Standing::UnexpectedPass { reason })
}

/// From "`GLOB` was expected (WORD) until DAY: REASON".
fn expired(text: &str) -> Option<Standing> {
    let (pattern, rest) = text.strip_prefix('`')?.split_once("` was expected (")?;
    let (deviation, rest) = rest.split_once(") until ")?;
    let (until, reason) = rest.split_once(": ")?;
    Some(Standing::Expired {
        pattern: pattern.into(),
        deviation: deviation.into(),
        until: until.into(),
        reason: reason.into(),
    })
}

impl From<Entry1> for EntryRecord {
    fn from(old: Entry1) -> Self {
        let meaning = meaning(&old.remark, old.event);
        Self { at_us: old.at_us, line: old.line, connection: None, event: old.event, text: old.text, meaning }
    }
}

/// The meaning of a sentence of format 1. It did not contain faulty bytes: the whole entry stands for them.
fn meaning(remark: &str, event: EventKind) -> Option<Meaning> {
    let everything = 0..usize::MAX;
    if let Some(rest) = remark.strip_prefix("breaks ") {
        let (id, what) = rest.split_once(": ")?;
        let requirement = RequirementId::parse(id)?;
        return Some(Meaning::Broke { requirement, what: what.into(), bytes: everything });
    }
    if let Some(what) = remark.strip_prefix("sends our own code back: ") {
        return Some(Meaning::EchoesOurCode { what: what.into(), bytes: everything });
    }
    match (remark, event) {
        ("matched", _) => Some(Meaning::Matched),
        ("matched, late", _) => Some(Meaning::MatchedLate),
        ("not expected here", _) => Some(Meaning::Unexpected { bytes: None }),
        ("the opening handshake did not come about", _) => Some(Meaning::HandshakeFailed),
        (_, EventKind::Timeout) => {
            let limit = remark.strip_prefix("nothing more within ").and_then(duration_us);
            limit.map(|limit_us| Meaning::TimedOut { limit_us })
        }
        _ => None,
    }
}

/// Microseconds, from Rust's form of a duration: `2s`, `1.5s`, `100ms`, `20µs`.
fn duration_us(text: &str) -> Option<u64> {
    let units = [("ns", 1e-3), ("\u{b5}s", 1.0), ("ms", 1e3), ("s", 1e6)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| text.strip_suffix(unit).map(|number| (number, factor)))?;
    let micros = number.parse::<f64>().ok()? * factor;
    (micros.is_finite() && micros >= 0.0).then_some(micros as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sentence_of_format_1_has_its_meaning() {
        let of = |remark| meaning(remark, EventKind::Received);
        assert_eq!(of("matched"), Some(Meaning::Matched));
        assert_eq!(of("matched, late"), Some(Meaning::MatchedLate));
        assert_eq!(of("not expected here"), Some(Meaning::Unexpected { bytes: None }));
        assert_eq!(of("1.0 MiB, 3 ms CPU"), None);
        let Some(Meaning::Broke { requirement, what, .. }) =
            of("breaks rfc6455#5.1:5: the server masks [81]")
        else {
            panic!("not broken")
        };
        assert_eq!((requirement.as_str(), &*what), ("rfc6455#5.1:5", "the server masks [81]"));
        assert_eq!(
            meaning("nothing more within 1.5s", EventKind::Timeout),
            Some(Meaning::TimedOut { limit_us: 1_500_000 })
        );
        assert_eq!(duration_us("100ms"), Some(100_000));
        assert_eq!(duration_us("20\u{b5}s"), Some(20));
        assert_eq!(duration_us("soon"), None);
    }

    #[test]
    fn an_expired_expectation_is_parsed() {
        let text = "`rfc6455/5.4/*` was expected (fail) until 2026-01-01: ticket: 7";
        let Some(Standing::Expired { pattern, deviation, until, reason }) = expired(text) else {
            panic!("not expired")
        };
        assert_eq!(
            (&*pattern, &*deviation, &*until, &*reason),
            ("rfc6455/5.4/*", "fail", "2026-01-01", "ticket: 7")
        );
    }
}
