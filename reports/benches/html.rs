//! The page of a record of 2,000 trials, against one target and against ten: how long it takes, how large it is.

#![allow(clippy::print_stdout, missing_docs)]

use std::{
    path::Path,
    time::{Duration, Instant},
};

use wsspec_record::{
    Declared, EntryRecord, EventKind, FORMAT, Failure, Guide, LimitsRecord, Meaning, Note, PeerProfile,
    Record, RequirementRecord, ScriptLine, TrialRecord, Verdict,
};
use wsspec_reports::write_html;
use wsspec_wire::{Level, RequirementId, Role};

const TRIALS: usize = 2_000;
const ROUNDS: usize = 10;

fn main() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("bench.html");
    for targets in [1, 10] {
        let records: Vec<Record> = (0..targets).map(record).collect();
        let named: Vec<(String, &Record)> =
            records.iter().enumerate().map(|(at, record)| (format!("target {at}"), record)).collect();
        let mut best = Duration::MAX;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            write_html(&path, &named).unwrap();
            best = best.min(start.elapsed());
        }
        let size = std::fs::metadata(&path).unwrap().len() as f64 / f64::from(1 << 20);
        println!("html trials={TRIALS} targets={targets} seconds={:.3} MiB={size:.2}", best.as_secs_f64());
    }
}

/// A number that looks like chance and is not.
fn noise(of: usize) -> u64 {
    (of as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).wrapping_mul(0xbf58_476d_1ce4_e5b9)
}

fn record(target: usize) -> Record {
    Record {
        format: FORMAT,
        wsspec: "0.1.0".into(),
        started: "2026-03-01T12:30:45Z".into(),
        duration_us: 2_000_000,
        role: Role::Server,
        target: format!("ws://127.0.0.1:{}", 9001 + target),
        seed: 0,
        options: Vec::new(),
        declared: Declared::default(),
        peer: PeerProfile::default(),
        limits: LimitsRecord::default(),
        incidents: Vec::new(),
        process: None,
        deaths: Vec::new(),
        aborted: None,
        guide: Guide::default(),
        trials: (0..TRIALS).map(|at| trial(target, at)).collect(),
    }
}

/// A handshake with a key of its own, a few frames, a tenth failed, and times that differ.
fn trial(target: usize, at: usize) -> TrialRecord {
    let chance = noise(target * TRIALS + at);
    let requirement = RequirementRecord {
        id: RequirementId::parse(&format!("rfc6455#5.{}:{}", at / 100, at % 12 + 1)).unwrap(),
        level: Level::Must,
        citation: format!("RFC 6455 section 5.{}", at / 100),
        text: format!("What an endpoint has to do in the situation that has the number {}", at / 8),
    };
    let verdict = match chance % 10 {
        0 => Verdict::Fail {
            failure: Failure {
                line: 3,
                expected: format!("text \"message {at}\""),
                actual: format!("text \"massage {at}\""),
                requirement: requirement.id.clone(),
                level: Level::Must,
            },
        },
        1 => Verdict::Lenient {
            notes: vec![Note {
                line: 3,
                text: "ended without a close frame".into(),
                requirement: requirement.id.clone(),
                level: Level::Should,
            }],
        },
        _ => Verdict::Pass,
    };
    TrialRecord {
        id: format!("rfc6455/5.{}/some-longer-name-of-a-case[size={at},chop=1]", at / 100),
        title: format!("A peer does what it is to do in the situation that has the number {}", at / 8),
        requirement,
        broken: None,
        also: vec![RequirementId::from_static("rfc6455#5.4:14")],
        autobahn: Vec::new(),
        tags: Vec::new(),
        file: format!("cases/rfc6455/5.{}.toml", at / 100),
        line: at,
        duration_us: chance % 100_000,
        attempts: 1,
        standing: None,
        script: ["alive", &format!("> text \"message {at}\""), &format!("< text \"message {at}\""), "finish"]
            .iter()
            .enumerate()
            .map(|(line, text)| ScriptLine { number: line + 1, text: (*text).to_owned() })
            .collect(),
        transcript: transcript(at, chance, &verdict),
        omitted: 0,
        remarks: Vec::new(),
        death: None,
        unconfirmed: None,
        verdict,
    }
}

fn transcript(at: usize, chance: u64, verdict: &Verdict) -> Vec<EntryRecord> {
    let head = format!(
        "raw \"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\
         Sec-WebSocket-Accept: {chance:016x}{:016x}=\\r\\n\\r\\n\"",
        noise(at)
    );
    let (wrong, right) = (format!("text \"massage {at}\""), format!("text \"message {at}\""));
    let matched = Some(Meaning::Matched);
    let (got, meaning) = match verdict.is_fail() {
        true => (&wrong, Some(Meaning::Unexpected { bytes: Some(3..10) })),
        false => (&right, matched.clone()),
    };
    let all = [
        (0, EventKind::Sent, "request", None),
        (0, EventKind::Received, &head, matched.clone()),
        (1, EventKind::Sent, &format!("ping \"alive {at:08x}\""), None),
        (1, EventKind::Received, &format!("pong \"alive {at:08x}\""), matched.clone()),
        (2, EventKind::Sent, &right, None),
        (3, EventKind::Received, got, meaning),
        (4, EventKind::Sent, "close 1000", None),
        (4, EventKind::Received, "close 1000", matched.clone()),
        (4, EventKind::Eof, "", matched),
    ];
    let entry = |(step, (line, event, text, meaning)): (usize, (usize, EventKind, &str, Option<Meaning>))| {
        EntryRecord {
            at_us: chance % 977 * step as u64,
            line,
            connection: None,
            event,
            text: text.to_owned(),
            meaning,
        }
    };
    all.into_iter().enumerate().map(entry).collect()
}
