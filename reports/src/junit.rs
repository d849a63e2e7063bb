//! JUnit XML, for CI.
//!
//! A suite for each section, a test case for each trial. What broke a rule is a failure and nothing else is; harness
//! trouble is an error; what is skipped, and what failed as known, is skipped with a message. What junit-report has
//! no element for (properties, flaky runs, lines) stands in `system-out` and in the failure's text.

use std::io::{self, Write};

use junit_report::{Duration, OffsetDateTime, ReportBuilder, TestCase, TestResult, TestSuite};
use time::format_description::well_known::Rfc3339;
use wsspec_record::{Record, TrialRecord, Verdict};
use wsspec_wire::RequirementId;

use crate::{
    Report,
    clean::{clean, sentence},
    standing,
    tally::Tally,
    text::trial_text,
};

/// JUnit XML.
#[derive(Clone, Copy, Debug, Default)]
pub struct Junit;

impl Report for Junit {
    fn render(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let mut suites: Vec<(&str, TestSuite)> = Vec::new();
        for trial in &record.trials {
            let section = trial.section();
            let place = match suites.iter().position(|(known, _)| *known == section) {
                Some(place) => place,
                None => {
                    suites.push((section, suite(record, &dotted(section))));
                    suites.len() - 1
                }
            };
            suites[place].1.add_testcase(test_case(record, trial));
        }
        let mut report = ReportBuilder::new();
        report.add_testsuites(run_suite(record));
        report.add_testsuites(suites.into_iter().map(|(_, suite)| suite));
        report.build().write_xml(&mut *out).map_err(io::Error::other)?;
        out.write_all(b"\n")
    }
}

/// Something that was checked and is no trial.
#[derive(Clone, Debug)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub elapsed: std::time::Duration,
    /// What it came to.
    pub came_to: Checked,
}

/// What a [`Check`] came to.
#[derive(Clone, Debug)]
pub enum Checked {
    /// Nothing is wrong.
    Passed,
    /// Something is wrong: in a word, in a sentence, and in full.
    Failed {
        /// In a word: a requirement, or a kind.
        kind: String,
        /// In a sentence.
        message: String,
        /// In full.
        text: String,
    },
    /// It could not be found out: in a word, and in a sentence.
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
    let report = ReportBuilder::new().add_testsuite(suite).build();
    report.write_xml(&mut *out).map_err(io::Error::other)?;
    out.write_all(b"\n")
}

fn suite(record: &Record, section: &str) -> TestSuite {
    let name = format!("wsspec.{section}");
    let mut suite = TestSuite::new(&name);
    suite.package = name;
    suite.hostname = host(&record.target);
    // The time as it was written: in UTC it might be one that cannot be written.
    suite.timestamp = OffsetDateTime::parse(&record.started, &Rfc3339).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    suite
}

/// What concerns the run as a whole, where something does: a report never looks empty or complete when it is not.
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
    case.set_classname(&format!("wsspec.{}.run", host(&record.target)));
    if !record.incidents.is_empty() {
        let incidents: Vec<String> = record.incidents.iter().map(|incident| sentence(incident)).collect();
        case.set_system_out(&output(&incidents.join("\n")));
    }
    let mut suite = suite(record, "run");
    suite.add_testcase(case);
    Some(suite)
}

fn test_case(record: &Record, trial: &TrialRecord) -> TestCase {
    let name = clean(&trial.id);
    let mut case = TestCase::success(&name, duration(trial.duration_us));
    case.set_classname(&format!("wsspec.{}.{}", host(&record.target), dotted(trial.section())));
    case.set_filepath(&clean(&trial.file));
    case.result = result(record, trial);
    let mut out = properties(record, trial);
    if matches!(trial.verdict, Verdict::Lenient { .. } | Verdict::Flaky { .. }) && case.is_success() {
        out.push('\n');
        out.push_str(&output(&trial_text(record, trial, false)));
    }
    case.system_out = Some(out);
    case
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

/// Properties in the convention of readers that take them from `system-out`; junit-report writes no others.
fn properties(record: &Record, trial: &TrialRecord) -> String {
    let requirement = &trial.requirement;
    let mut all = vec![
        ("verdict", trial.verdict.word().to_owned()),
        ("requirement", requirement.id.to_string()),
        ("level", requirement.level.to_string()),
        ("rfc", requirement.citation.clone()),
        ("case", format!("{}:{}", trial.file, trial.line)),
        ("seed", record.seed.to_string()),
    ];
    all.extend((!trial.also.is_empty()).then(|| ("also", ids(&trial.also))));
    all.extend((!trial.autobahn.is_empty()).then(|| ("autobahn", trial.autobahn.join(" "))));
    let lines = all.iter().map(|(name, value)| {
        // A bracket could end the property, or begin another.
        let value = sentence(value).replace('[', "(").replace(']', ")");
        format!("[[PROPERTY|{name}={value}]]")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Text for `system-out`, in which a reader might take `[[ATTACHMENT|path]]` for an instruction.
fn output(text: &str) -> String {
    let mut text = text.replace("[[", "[ [");
    // Of three in a row, two are still together.
    while text.contains("[[") {
        text = text.replace("[[", "[ [");
    }
    character_data(&text)
}

/// Text for a CDATA section. junit-report does not look into it, so the one sequence that would end the section is
/// divided between two of them; a reader puts them together again.
fn character_data(text: &str) -> String {
    text.replace("]]>", "]]]]><![CDATA[>")
}

/// `rfc6455/5.4` as `rfc6455.5.4`.
fn dotted(section: &str) -> String {
    clean(section).replace('/', ".")
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
