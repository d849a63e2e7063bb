//! JUnit, read back by an XML parser.

use roxmltree::{Document, Node};
use wsspec_record::{Record, TrialRecord};
use wsspec_reports::{Junit, Report, trial_text};

mod fixture;

fn xml(record: &Record) -> String {
    let mut out = Vec::new();
    Junit.render(record, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn case<'a, 'input>(document: &'a Document<'input>, name: &str) -> Node<'a, 'input> {
    document.descendants().find(|node| node.attribute("name") == Some(name)).unwrap()
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    node.children().find(|node| node.has_tag_name(name))
}

fn all_text(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text()).collect()
}

fn trial<'a>(record: &'a Record, name: &str) -> &'a TrialRecord {
    record.trials.iter().find(|trial| trial.id == name).unwrap()
}

/// What stands below a test case beside its output: `failure`, `error`, `skipped`, or nothing.
fn result(document: &Document<'_>, name: &str) -> Option<(String, String, String)> {
    let node =
        case(document, name).children().find(|node| node.is_element() && !node.has_tag_name("system-out"))?;
    let attribute = |name| node.attribute(name).unwrap_or_default().to_owned();
    Some((node.tag_name().name().to_owned(), attribute("type"), attribute("message")))
}

fn triple(tag: &str, kind: &str, message: &str) -> Option<(String, String, String)> {
    Some((tag.into(), kind.into(), message.into()))
}

#[test]
fn every_trial_has_a_name_a_class_and_a_time() {
    let record = fixture::record();
    let xml = xml(&record);
    let document = Document::parse(&xml).unwrap();
    let cases: Vec<_> = document.descendants().filter(|node| node.has_tag_name("testcase")).collect();
    assert_eq!(cases.len(), record.trials.len() + 1);
    for case in cases {
        assert!(!case.attribute("name").unwrap().is_empty());
        assert!(case.attribute("classname").unwrap().starts_with("wsspec.127.0.0.1:9001."));
        assert!(case.attribute("time").unwrap().parse::<f64>().unwrap() >= 0.0);
    }
}

#[test]
fn a_suite_is_a_section_with_its_numbers() {
    let xml = xml(&fixture::record());
    let document = Document::parse(&xml).unwrap();
    let suite = case(&document, "wsspec.rfc6455.5.4");
    for (name, value) in [
        ("tests", "6"),
        ("failures", "4"),
        ("errors", "0"),
        ("hostname", "127.0.0.1:9001"),
        ("timestamp", "2026-03-01T12:30:45Z"),
    ] {
        assert_eq!(suite.attribute(name), Some(value), "{name}");
    }
}

#[test]
fn what_broke_a_rule_is_a_failure_that_names_it() {
    let xml = xml(&fixture::record());
    let document = Document::parse(&xml).unwrap();
    let message = "expected pong \"p\", got nothing more: no pong within 2 s";
    let name = "rfc6455/5.4/ping-between-fragments";
    assert_eq!(result(&document, name), triple("failure", "rfc6455#5.5.2:2", message));
    let name = "rfc6455/5.4/payloads[size=65536,chop=1]";
    assert_eq!(result(&document, name).unwrap().1, "rfc6455#5.1:3");
}

#[test]
fn a_failure_has_the_text_of_the_terminal_to_the_byte() {
    let record = fixture::record();
    let xml = xml(&record);
    let document = Document::parse(&xml).unwrap();
    for name in ["rfc6455/5.4/ping-between-fragments", "rfc6455/5.4/payloads[size=65536,chop=1]"] {
        let failure = child(case(&document, name), "failure").unwrap();
        assert_eq!(all_text(failure), trial_text(&record, trial(&record, name), false));
    }
}

#[test]
fn other_verdicts_are_never_failures() {
    let xml = xml(&fixture::record());
    let document = Document::parse(&xml).unwrap();
    let busy = "the opening handshake was answered with response 503 \"Busy\"";
    assert_eq!(result(&document, "rfc6455/5.5.2/ping"), triple("error", "inconclusive", busy));
    let reason = "the peer does not negotiate permessage-deflate";
    assert_eq!(result(&document, "rfc6455/9.1/deflate-offer"), triple("skipped", "skip", reason));
    let expected = "expected failure: github.com/example/x/issues/1: pings wait for the message";
    let known = "rfc6455/5.4/ping-between-many";
    assert_eq!(result(&document, known), triple("skipped", "rfc6455#5.5.2:2", expected));
    for passed in ["rfc6455/5.1/text", "rfc6455/5.4/many", "rfc6455/5.2/reserved-bit[bit=2]"] {
        assert_eq!(result(&document, passed), None, "{passed}");
    }
}

#[test]
fn an_unexpected_pass_is_a_failure_of_that_type() {
    let xml = xml(&fixture::record());
    let document = Document::parse(&xml).unwrap();
    let message = "passed, though listed as a known deviation: closes on pongs; fixed upstream?";
    let found = result(&document, "rfc6455/5.5.3/unsolicited");
    assert_eq!(found, triple("failure", "unexpected-pass", message));
}

#[test]
fn a_flaky_trial_passes_and_says_so() {
    let xml = xml(&fixture::record());
    let document = Document::parse(&xml).unwrap();
    let out = all_text(child(case(&document, "rfc6455/5.4/many"), "system-out").unwrap());
    assert!(out.starts_with("[[PROPERTY|verdict=flaky]]\n"), "{out}");
    assert!(
        out.contains("\n  found  the first time: expected text \"x\", got nothing more within 2s\n"),
        "{out}"
    );
}

#[test]
fn a_run_cut_short_or_without_trials_is_an_error() {
    let aborted = Record { aborted: Some("the peer died".into()), ..fixture::record() };
    let empty = Record { trials: Vec::new(), ..fixture::record() };
    for (record, kind) in [(aborted, "aborted"), (empty, "nothing-run")] {
        let xml = xml(&record);
        let document = Document::parse(&xml).unwrap();
        let found = result(&document, "run").unwrap();
        assert_eq!((found.0.as_str(), found.1.as_str()), ("error", kind));
    }
}

#[test]
fn a_run_without_incident_has_no_case_of_its_own() {
    let xml = xml(&Record { incidents: Vec::new(), ..fixture::record() });
    assert!(!xml.contains("wsspec.run"));
}

#[test]
fn a_payload_cannot_make_a_reader_attach_a_file() {
    let mut record = fixture::record();
    record.incidents = vec!["[[ATTACHMENT|/etc/passwd]]".into()];
    for trial in &mut record.trials {
        trial.file = "[[ATTACHMENT|/etc/passwd]]".into();
        trial.title = "[[[ATTACHMENT|/etc/passwd]]]".into();
    }
    let xml = xml(&record);
    let document = Document::parse(&xml).unwrap();
    for out in document.descendants().filter(|node| node.has_tag_name("system-out")) {
        assert!(!all_text(out).contains("[[ATTACHMENT"));
    }
}

#[test]
fn a_time_that_is_none_is_the_epoch() {
    let started = ["yesterday", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:60Z"];
    for started in started {
        let xml = xml(&Record { started: started.into(), ..fixture::record() });
        assert!(Document::parse(&xml).is_ok(), "{started}");
    }
}
