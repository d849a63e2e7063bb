//! What a ledger comes to as records, one for each end: a trial for each rule that it breaks, or one that passes.

use wsspec_record::{
    Declared, FORMAT, Failure, Guide, LimitsRecord, Note, PeerProfile, Record, RequirementRecord,
    TrialRecord, Verdict, that,
};
use wsspec_wire::{Level, RequirementId, Role};

use crate::{
    ledger::{BrokenRule, Ledger},
    observer::index,
    replay::{slug, title},
};

/// What a record says besides its trials.
#[derive(Clone, Debug)]
pub struct RecordHead {
    /// The version of wsspec.
    pub wsspec: String,
    /// When it began, RFC 3339, UTC.
    pub started: String,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// The name of each end: the client, then the server.
    pub ends: [String; 2],
    /// The command that watches again: its name, then its arguments.
    pub command: Vec<String>,
    /// The folder of the ids of trials.
    pub folder: &'static str,
    /// What else happened.
    pub incidents: Vec<String>,
    /// Why it ended early.
    pub aborted: Option<String>,
}

/// The rule that the trial of an end cites that breaks none: one that each of its frames shows.
const fn usual_rule(of: Role) -> RequirementId {
    RequirementId::from_static(match of {
        Role::Client => "rfc6455#5.1:1",
        Role::Server => "rfc6455#5.1:5",
    })
}

/// The records about both ends: the server, then the client.
pub fn records(ledger: &Ledger, head: &RecordHead, guide: &Guide) -> [Record; 2] {
    [Role::Server, Role::Client].map(|role| record(ledger, head, guide, role))
}

fn record(ledger: &Ledger, head: &RecordHead, guide: &Guide, role: Role) -> Record {
    let of_end = ledger.broken().iter().filter(|broken| broken.from == role);
    let mut trials: Vec<TrialRecord> = of_end.map(|broken| broken_rule(broken, head)).collect();
    if trials.is_empty() {
        trials.push(nothing_broken(ledger, head, role));
    }
    Record {
        format: FORMAT,
        wsspec: head.wsspec.clone(),
        started: head.started.clone(),
        duration_us: head.duration_us,
        role,
        target: head.ends[index(role)].clone(),
        seed: 0,
        options: head.command.clone(),
        declared: Declared::default(),
        peer: PeerProfile::default(),
        limits: LimitsRecord::default(),
        incidents: head.incidents.clone(),
        process: None,
        deaths: Vec::new(),
        aborted: head.aborted.clone(),
        guide: guide.of(&trials),
        trials,
    }
}

fn broken_rule(broken: &BrokenRule, head: &RecordHead) -> TrialRecord {
    let (rule, actual) = (&broken.rule, broken.in_full());
    let failure = Failure {
        line: 0,
        expected: that(&rule.text),
        actual,
        requirement: rule.id.clone(),
        level: rule.level,
    };
    let (verdict, remarks) = match rule.level {
        Level::Must => (Verdict::Fail { failure }, Vec::new()),
        Level::Should => (Verdict::Lenient { notes: vec![note(failure)] }, Vec::new()),
        Level::May => (Verdict::Pass, vec![note(failure)]),
    };
    TrialRecord {
        verdict,
        remarks,
        file: broken.file(),
        line: usize::try_from(broken.line()).unwrap_or(usize::MAX),
        duration_us: u64::try_from(broken.place.at.as_micros()).unwrap_or(u64::MAX),
        transcript: broken.transcript.clone(),
        omitted: broken.omitted,
        ..trial(
            format!("{}/{}/{}", head.folder, rule.id.section(), slug(broken.name, &rule.id)),
            title(broken.name, &rule.id),
            rule.clone(),
            head,
        )
    }
}

fn note(failure: Failure) -> Note {
    Note { text: failure.actual, line: 0, requirement: failure.requirement, level: failure.level }
}

/// The trial of an end that breaks nothing.
fn nothing_broken(ledger: &Ledger, head: &RecordHead, role: Role) -> TrialRecord {
    let rule = ledger.rules().rule(&usual_rule(role));
    let (verdict, title) = match ledger.asked {
        0 => {
            let why = match ledger.connections {
                0 => "there was no connection".to_owned(),
                1 => "the only connection did not ask for a WebSocket".to_owned(),
                all => format!("none of {all} connections asked for a WebSocket"),
            };
            (Verdict::Inconclusive { why }, "There is traffic to judge".to_owned())
        }
        asked => {
            let (frames, connections) = (ledger.count.frames[index(role)], if asked == 1 { "" } else { "s" });
            (
                Verdict::Pass,
                format!("No rule is broken on {asked} connection{connections}, in {frames} frames"),
            )
        }
    };
    TrialRecord { verdict, ..trial(format!("{}/connections", head.folder), title, rule, head) }
}

fn trial(id: String, title: String, requirement: RequirementRecord, head: &RecordHead) -> TrialRecord {
    TrialRecord {
        id,
        title,
        verdict: Verdict::Pass,
        requirement,
        broken: None,
        also: Vec::new(),
        autobahn: Vec::new(),
        tags: vec![head.folder.to_owned()],
        file: head.folder.to_owned(),
        line: 1,
        duration_us: head.duration_us,
        attempts: 1,
        standing: None,
        script: Vec::new(),
        transcript: Vec::new(),
        omitted: 0,
        remarks: Vec::new(),
        death: None,
        unconfirmed: None,
    }
}

impl BrokenRule {
    /// What the end did, where, and how often.
    pub fn in_full(&self) -> String {
        let often = match (self.times, self.connections) {
            (1, _) => String::new(),
            (times, 1) => format!("; {times} times"),
            (times, connections) => format!("; {times} times on {connections} connections"),
        };
        format!("{} ({}{often})", self.what, self.place)
    }

    /// Where it is in a file, as far as there is one; otherwise on which connection.
    fn file(&self) -> String {
        match self.place.file.as_str() {
            "" => "connection".to_owned(),
            file => file.to_owned(),
        }
    }

    fn line(&self) -> u64 {
        if self.place.packet == 0 { self.place.connection } else { self.place.packet }
    }
}
