//! JUnit XML, for CI.
//!
//! A suite for each section, a test case for each trial. A broken rule is a failure; nothing else is. Problems of the
//! run are errors; skipped trials and known failures are skipped with a message. junit-report writes the cases;
//! [`complete`] adds what it does not support.

use std::io::{self, Write};

use junit_report::{Duration, OffsetDateTime, ReportBuilder, TestCase, TestResult, TestSuite};
use time::format_description::well_known::Rfc3339;
use wsspec_record::{Record, TrialRecord, Verdict};
use wsspec_wire::RequirementId;

use crate::{
    Report,
    clean::{clean, count, sentence},
    grouped::grouped,
    rule::Rule,
    run_outcome::peer,
    standing,
    tally::Tally,
    text::trial_text,
};

mod complete;

use complete::{Added, Additions, Rerun, complete};

/// JUnit XML.
#[derive(Clone, Copy, Debug, Default)]
pub struct Junit;

impl Report for Junit {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let mut suites: Vec<(TestSuite, Vec<Added>)> = Vec::new();
        suites.extend(run_suite(record).map(|suite| (suite, Vec::new())));
        for (section, trials) in grouped(record.trials.iter(), |trial| trial.section()) {
            let mut suite = suite(record, &class(record, section));
            suite.add_testcases(trials.iter().map(|trial| test_case(record, trial)));
            suites.push((suite, trials.iter().map(|trial| added(record, trial)).collect()));
        }
        write(suites, record.duration_us, out)
    }
}

/// Writes suites, each with the additions to its cases.
fn write(suites: Vec<(TestSuite, Vec<Added>)>, micros: u64, out: &mut dyn Write) -> io::Result<()> {
    let total = |number: fn(&TestSuite) -> usize| {
        suites.iter().map(|(suite, _)| number(suite)).sum::<usize>().to_string()
    };
    let totals = vec![
        ("name", "wsspec".into()),
        ("tests", total(TestSuite::tests)),
        ("failures", total(TestSuite::failures)),
        ("errors", total(TestSuite::errors)),
        ("skipped", total(TestSuite::skipped)),
        ("time", duration(micros).as_seconds_f64().to_string()),
    ];
    let (mut report, mut added) = (ReportBuilder::new(), Vec::new());
    for (suite, cases) in suites {
        added.push((suite.skipped(), cases));
        report.add_testsuite(suite);
    }
    let mut xml = Vec::new();
    report.build().write_xml(&mut xml).map_err(io::Error::other)?;
    complete(&String::from_utf8_lossy(&xml), Additions { totals, suites: added }, out)?;
    out.write_all(b"\n")
}

/// A check that is not a trial.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub elapsed: std::time::Duration,
    /// Its result.
    pub came_to: Checked,
}

/// The result of a [`Check`].
#[derive(Clone, Debug)]
pub enum Checked {
    /// Nothing is wrong.
    Passed,
    /// Something is wrong, in three lengths.
    Failed {
        /// In a word: a requirement, or a kind.
        kind: String,
        /// In a sentence.
        message: String,
        /// In full.
        text: String,
    },
    /// The check could not be carried out, in two lengths.
    Error {
        /// In a word.
        kind: String,
        /// In a sentence.
        message: String,
    },
}

/// Writes JUnit XML of one suite, `wsspec.NAME`.
pub fn render_checks(name: &str, checks: &[Check], out: &mut dyn Write) -> io::Result<()> {
    let name = format!("wsspec.{name}");
    let mut suite = TestSuite::new(&name);
    suite.package.clone_from(&name);
    for check in checks {
        let time = duration(u64::try_from(check.elapsed.as_micros()).unwrap_or(u64::MAX));
        let mut case = TestCase::success(&clean(&check.name), time);
        case.set_classname(&name);
        case.result = match &check.came_to {
            Checked::Passed => TestResult::Success,
            Checked::Failed { kind, message, text } => TestResult::Failure {
                type_: clean(kind).into_owned(),
                message: sentence(message),
                cause: Some(character_data(text)),
            },
            Checked::Error { kind, message } => {
                TestResult::Error { type_: clean(kind).into_owned(), message: sentence(message), cause: None }
            }
        };
        suite.add_testcase(case);
    }
    let micros = checks.iter().map(|check| check.elapsed).sum::<std::time::Duration>().as_micros();
    let micros = u64::try_from(micros).unwrap_or(u64::MAX);
    write(vec![(suite, Vec::new())], micros, out)
}

fn suite(record: &Record, class: &str) -> TestSuite {
    let mut suite = TestSuite::new(class);
    suite.package = class.to_owned();
    suite.hostname = host(&record.target);
    // Keep the time zone as written: in UTC, the time might be outside the supported range.
    suite.timestamp = OffsetDateTime::parse(&record.started, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    suite
}

/// A problem of the run as a whole, if there is one: a report must never look empty or complete when it is not.
fn run_suite(record: &Record) -> Option<TestSuite> {
    let nothing = Tally::of_record(record).run() == 0;
    if record.aborted.is_none() && record.incidents.is_empty() && !nothing {
        return None;
    }
    let time = duration(record.duration_us);
    let mut case = match &record.aborted {
        Some(why) => {
            TestCase::error("run", time, "aborted", &format!("the run was cut short: {}", sentence(why)))
        }
        None if nothing => TestCase::error("run", time, "nothing-run", "no trial was run"),
        None => TestCase::success("run", time),
    };
    let class = class(record, "run");
    case.set_classname(&class);
    if !record.incidents.is_empty() {
        let incidents: Vec<String> = record.incidents.iter().map(|incident| sentence(incident)).collect();
        case.set_system_out(&output(&incidents.join("\n")));
    }
    let mut suite = suite(record, &class);
    suite.add_testcase(case);
    Some(suite)
}

fn test_case(record: &Record, trial: &TrialRecord) -> TestCase {
    let name = clean(&trial.id);
    let mut case = TestCase::success(&name, duration(trial.duration_us));
    case.set_classname(&class(record, trial.section()));
    case.set_filepath(&clean(&trial.file));
    case.result = result(record, trial);
    if matches!(trial.verdict, Verdict::Lenient { .. }) && case.is_success() {
        case.set_system_out(&output(&trial_text(record, trial, false)));
    }
    case
}

/// The parts of a trial's test case that junit-report cannot write.
fn added(record: &Record, trial: &TrialRecord) -> Added {
    let result = result(record, trial);
    Added {
        line: Some(trial.line),
        properties: properties(record, trial),
        rerun: rerun(record, trial, &result),
    }
}

/// The failed run of a flaky trial, or the earlier run with the same failure.
fn rerun(record: &Record, trial: &TrialRecord, result: &TestResult) -> Option<Rerun> {
    let failure = trial.verdict.failure()?;
    let element = match (&trial.verdict, result) {
        (Verdict::Flaky { .. }, TestResult::Success) => "flakyFailure",
        (Verdict::Fail { .. }, TestResult::Failure { .. }) if trial.attempts > 1 => "rerunFailure",
        _ => return None,
    };
    let text = match element {
        "flakyFailure" => trial_text(record, trial, false),
        _ => format!("failed in each of {}\n", count(trial.attempts as usize, "run")),
    };
    Some(Rerun {
        element,
        kind: clean(failure.requirement.as_str()).into_owned(),
        message: sentence(&failure.headline()),
        text,
    })
}

fn result(record: &Record, trial: &TrialRecord) -> TestResult {
    let body = || Some(character_data(&trial_text(record, trial, false)));
    if let Some(reason) = trial.unexpected_pass() {
        let message = format!("passed, though listed as a known deviation: {}", sentence(reason));
        return TestResult::Failure { type_: "unexpected-pass".into(), message, cause: body() };
    }
    if let Some(reason) = standing::expired(trial).filter(|_| !trial.verdict.is_fail()) {
        return TestResult::Failure { type_: "expired".into(), message: sentence(&reason), cause: body() };
    }
    let requirement = || clean(trial.named().id.as_str()).into_owned();
    match &trial.verdict {
        Verdict::Pass | Verdict::Lenient { .. } | Verdict::Flaky { .. } => TestResult::Success,
        Verdict::Fail { failure } => match trial.known() {
            Some(reason) => TestResult::SkippedWithCause {
                type_: requirement(),
                message: format!("expected failure: {}", sentence(reason)),
                cause: body(),
            },
            None => {
                let message = sentence(&failure.headline());
                TestResult::Failure { type_: requirement(), message, cause: body() }
            }
        },
        Verdict::Inconclusive { why } if trial.known().is_some() => TestResult::SkippedWithCause {
            type_: "inconclusive".into(),
            message: sentence(why),
            cause: body(),
        },
        Verdict::Inconclusive { why } => {
            TestResult::Error { type_: "inconclusive".into(), message: sentence(why), cause: body() }
        }
        Verdict::Skip { reason } => {
            TestResult::SkippedWithCause { type_: "skip".into(), message: sentence(reason), cause: None }
        }
    }
}

/// Requirement ids, one after another.
fn ids(ids: &[RequirementId]) -> String {
    ids.iter().map(RequirementId::as_str).collect::<Vec<_>>().join(" ")
}

/// Additional facts about a trial.
fn properties(record: &Record, trial: &TrialRecord) -> Vec<(&'static str, String)> {
    let rule = Rule::named_by(trial);
    let mut all = vec![
        ("verdict", trial.verdict.word().to_owned()),
        ("requirement", rule.requirement.id.to_string()),
        ("level", rule.level.to_string()),
        ("rfc", rule.requirement.citation.clone()),
        ("case", format!("{}:{}", trial.file, trial.line)),
        ("seed", record.seed.to_string()),
        ("target", record.target.clone()),
    ];
    all.extend((!trial.also.is_empty()).then(|| ("also", ids(&trial.also))));
    all.extend((!trial.autobahn.is_empty()).then(|| ("autobahn", trial.autobahn.join(" "))));
    all.into_iter().map(|(name, value)| (name, sentence(&value))).collect()
}

/// Text for `system-out`, in which readers may interpret `[[ATTACHMENT|path]]`.
fn output(text: &str) -> String {
    let mut text = text.replace("[[", "[ [");
    // After one replacement in `[[[`, two brackets are still adjacent.
    while text.contains("[[") {
        text = text.replace("[[", "[ [");
    }
    character_data(&text)
}

/// Text for a CDATA section. junit-report does not escape it, so the sequence that would end the section is split
/// between two sections, which readers join.
fn character_data(text: &str) -> String {
    text.replace("]]>", "]]]]><![CDATA[>")
}

/// `wsspec.server.rfc6455.5_4`: the same in every run, without the target. Readers treat a dot as a package separator.
fn class(record: &Record, section: &str) -> String {
    format!("wsspec.{}.{}", peer(record), clean(section).replace('.', "_").replace('/', "."))
}

/// Host and port of a target: `127.0.0.1:9001`.
fn host(target: &str) -> String {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if host.is_empty() { "unknown".to_owned() } else { sentence(host) }
}

fn duration(micros: u64) -> Duration {
    Duration::microseconds(i64::try_from(micros).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_target_has_its_port_and_no_secrets() {
        assert_eq!(host("ws://127.0.0.1:9001/path?x"), "127.0.0.1:9001");
        assert_eq!(host("wss://user:secret@[::1]:443"), "[::1]:443");
        assert_eq!(host("unix:///run/socket"), "unknown");
    }

    #[test]
    fn the_end_of_a_cdata_section_is_divided() {
        assert_eq!(character_data("a]]>b"), "a]]]]><![CDATA[>b");
    }
}
