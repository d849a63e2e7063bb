//! `--known-bugs`, against the embedded server and against a saved record.

use std::process::Output;

mod common;

use common::{code, folder, stderr, stdout, wsspec};

fn seen(output: &Output) -> (i32, &str, &str) {
    (code(output), stdout(output), stderr(output))
}

/// The lines about bugs.
fn answers(text: &str) -> Vec<&str> {
    let starts = ["PRESENT ", "not found ", "cannot tell "];
    text.lines().filter(|line| starts.iter().any(|start| line.starts_with(start))).collect()
}

#[test]
fn a_bug_is_asked_for_by_its_cve_and_answered_in_one_line() {
    let output = wsspec(&folder("known-bugs/cve"), &["run", "embedded", "--known-bugs", "cve-2020-13935"]);
    let (code, text, error) = seen(&output);
    assert_eq!((code, error), (0, ""), "{text}");
    let line =
        "not found    length-with-top-bit-loops  Apache Tomcat: CVE-2020-13935, apache/tomcat@1c1c77b0ef";
    assert_eq!(answers(text), [line], "{text}");
    assert!(text.contains("\n1 known bug: 0 present, 1 not found, 0 cannot tell\n6 trials: "), "{text}");
}

#[test]
fn every_bug_has_its_answer_in_a_run_and_in_the_report_of_its_record() {
    let dir = folder("known-bugs/all");
    let run = wsspec(&dir, &["run", "embedded", "--known-bugs", "--json", "record.json"]);
    let (code, text, error) = seen(&run);
    assert_eq!((code, error), (0, ""), "{text}");
    let bugs = wsspec_catalogue::Catalogue::embedded().unwrap().bugs;
    assert_eq!(answers(text).len(), bugs.len(), "{text}");
    assert!(bugs.iter().all(|bug| text.contains(&format!("  {} ", bug.id))), "{text}");
    let report = wsspec(&dir, &["report", "--known-bugs", "record.json"]);
    assert_eq!(seen(&report).0, 0);
    assert!(text.ends_with(seen(&report).1), "{text}\n{}", seen(&report).1);
}

#[test]
fn a_bug_that_is_there_is_shown_with_the_command_that_shows_it_again() {
    let output = wsspec(
        &folder("known-bugs/present"),
        &["run", "embedded", "--known-bugs", "length-not-minimal-is-taken"],
    );
    let (code, text, _) = seen(&output);
    // A missed recommendation does not fail a run.
    assert_eq!(code, 0, "{text}");
    assert!(answers(text)[0].starts_with("PRESENT      length-not-minimal-is-taken  tungstenite"), "{text}");
    let again =
        "             wsspec run embedded 'known-bugs/lengths/length-not-minimal[kind=text,form=len16]'\n";
    // A long command continues on further lines, which a shell joins.
    assert!(text.replace(" \\\n               ", " ").contains(again), "{text}");
}

#[test]
fn what_needs_a_process_cannot_be_told_without_one() {
    let output =
        wsspec(&folder("known-bugs/process"), &["run", "embedded", "--known-bugs", "messages-without-limit"]);
    let (code, text, _) = seen(&output);
    assert_eq!(code, 3, "{text}");
    assert!(answers(text)[0].ends_with(": there is no process to watch: give --spawn"), "{text}");
}

#[test]
fn a_bug_that_nobody_knows_is_an_error() {
    let output =
        wsspec(&folder("known-bugs/unknown"), &["run", "embedded", "--known-bugs", "length-with-top-bit"]);
    let error = "error: no known bug fits `length-with-top-bit`; did you mean `length-with-top-bit-loops`?\n";
    assert_eq!(seen(&output), (2, "", error));
    let output = wsspec(&folder("known-bugs/unknown"), &["run", "embedded", "--known-bugs", "CVE-1999-0001"]);
    let error = "error: no known bug fits `CVE-1999-0001`; docs/known-bugs.md lists them\n";
    assert_eq!(seen(&output), (2, "", error));
}
