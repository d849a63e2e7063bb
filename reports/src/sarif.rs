//! SARIF 2.1.0, for code scanning.
//!
//! A rule for each broken or missed requirement, a result for each trial that deviates. Known deviations are included
//! as suppressed results. An inconclusive trial is a notification and not a result, because viewers take every result
//! for a fault in the code.

use std::io::{self, Write};

use data_encoding::HEXLOWER;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use wsspec_record::{Record, TrialRecord};
use wsspec_wire::Level;

use crate::{
    Report,
    clean::{clean, percent_encoded, sentence},
    finding::{Kind, finding},
    link::link,
    origin::{Origin, again},
    rule::Rule,
    tally::Tally,
};

/// The URL with information on wsspec.
const HOME: &str = match env!("CARGO_PKG_REPOSITORY").is_empty() {
    true => "https://crates.io/crates/wsspec",
    false => env!("CARGO_PKG_REPOSITORY"),
};

/// SARIF 2.1.0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sarif;

impl Report for Sarif {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let rules = requirements(record);
        let results: Vec<Value> =
            record.trials.iter().filter_map(|trial| result(record, trial, &rules)).collect();
        let log = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "wsspec",
                    "version": sentence(&record.wsspec),
                    "informationUri": HOME,
                    "rules": rules.iter().map(|found| rule(record, *found)).collect::<Vec<_>>(),
                }},
                "invocations": [invocation(record)],
                "results": results,
                "properties": { "target": sentence(&record.target), "seed": record.seed },
            }],
        });
        serde_json::to_writer_pretty(&mut *out, &log)?;
        out.write_all(b"\n")
    }
}

/// What trials break or miss, each once, in the order of first appearance.
fn requirements(record: &Record) -> Vec<Rule<'_>> {
    let mut all: Vec<Rule<'_>> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for trial in record.trials.iter().filter(|trial| is_result(trial)) {
        let rule = Rule::named_by(trial);
        if seen.insert(&rule.requirement.id) {
            all.push(rule);
        }
    }
    all
}

/// Whether a trial has a result.
fn is_result(trial: &TrialRecord) -> bool {
    finding(trial).is_some_and(|(kind, _)| kind != Kind::Inconclusive)
}

fn rule(record: &Record, rule: Rule<'_>) -> Value {
    let Rule { requirement, level } = rule;
    let id = clean(requirement.id.as_str());
    let (citation, text) = (clean(&requirement.citation), sentence(&requirement.text));
    let full = format!("{level}, {citation}: {text}.");
    let mut help = full.clone();
    if let Some(explained) = record.guide.rule(&requirement.id) {
        for (label, text) in
            [("Why", &explained.why), ("What breaks it", &explained.breaks), ("Fix", &explained.fix)]
        {
            if !text.is_empty() {
                help.push_str(&format!("\n\n{label}: {}", clean(text)));
            }
        }
    }
    let mut rule = json!({
        "id": id,
        "shortDescription": { "text": text },
        "fullDescription": { "text": full },
        "help": { "text": help },
        "defaultConfiguration": { "level": match level { Level::Must => "error", Level::Should => "warning", Level::May => "note" } },
        "properties": { "tags": ["websocket", level.name()] },
    });
    if let Some(link) = link(requirement.id.as_str()) {
        rule["helpUri"] = link.into();
    }
    rule
}

fn result(record: &Record, trial: &TrialRecord, rules: &[Rule<'_>]) -> Option<Value> {
    let (kind, text) = finding(trial).filter(|(kind, _)| *kind != Kind::Inconclusive)?;
    let named = trial.named();
    let origin = Origin::of(record);
    let message = format!("{}: {text}. Again: {}", sentence(&trial.title), again(trial, &origin));
    let print = fingerprint(trial);
    let mut result = json!({
        "ruleId": clean(named.id.as_str()),
        "ruleIndex": rules.iter().position(|rule| rule.requirement.id == named.id),
        "level": if kind.is_error() { "error" } else { "warning" },
        "message": { "text": message },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": percent_encoded(&sentence(&trial.file)) },
                "region": { "startLine": line(trial) },
            },
            "logicalLocations": [{ "fullyQualifiedName": clean(&trial.id) }],
        }],
        // GitHub uses the first one.
        "partialFingerprints": { "primaryLocationLineHash": format!("{print}:1"), "wsspecTrial/v1": print },
        "properties": { "verdict": kind.word(), "attempts": trial.attempts },
    });
    if let Some(reason) = trial.known() {
        let known = json!({ "kind": "external", "status": "accepted", "justification": sentence(reason) });
        result["suppressions"] = json!([known]);
    }
    Some(result)
}

/// What stays the same from run to run: which trial deviates, and from which rule.
fn fingerprint(trial: &TrialRecord) -> String {
    let digest = Sha1::digest(format!("{}\n{}", trial.id, trial.named().id));
    HEXLOWER.encode(&digest[..8])
}

/// A line number that is valid in SARIF.
fn line(trial: &TrialRecord) -> i32 {
    i32::try_from(trial.line).unwrap_or(i32::MAX).max(1)
}

fn invocation(record: &Record) -> Value {
    let open = record.trials.iter().filter_map(|trial| match finding(trial) {
        Some((Kind::Inconclusive, text)) => Some(format!("{}: {text}", sentence(&trial.id))),
        _ => None,
    });
    let nothing = Tally::of_record(record).run() == 0;
    let aborted = record.aborted.iter().map(|why| format!("the run was cut short: {}", sentence(why)));
    let errors = aborted.chain(nothing.then(|| "no trial was run".to_owned()));
    let warnings = record.incidents.iter().map(|incident| sentence(incident)).chain(open);
    let note = |level: &str, text: String| json!({ "level": level, "message": { "text": text } });
    let notes = errors.map(|text| note("error", text)).chain(warnings.map(|text| note("warning", text)));
    let mut invocation = json!({
        "executionSuccessful": record.aborted.is_none() && !nothing,
        "toolExecutionNotifications": notes.collect::<Vec<_>>(),
    });
    if OffsetDateTime::parse(&record.started, &Rfc3339).is_ok() {
        invocation["startTimeUtc"] = record.started.clone().into();
    }
    invocation
}
