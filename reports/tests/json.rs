//! Records as JSON, there and back, and the error messages for files that cannot be read.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wsspec_record::{EventKind, Record, Verdict};
use wsspec_reports::{Json, Report, read_record, write_file};
use wsspec_wire::ConnectionName;

mod fixture;

fn file_with(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// The error for a file with this text, without its folder.
fn error(text: &str) -> String {
    let (folder, path) = file_with(text);
    let folder = format!("{}/", folder.path().display());
    read_record(&path).unwrap_err().to_string().replace(&folder, "")
}

fn fixture_text() -> String {
    let mut out = Vec::new();
    Json.render(&fixture::record(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_record_written_and_read_is_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new/folders/record.json");
    write_file(&path, &Json, &fixture::record()).unwrap();
    assert_eq!(read_record(&path).unwrap(), fixture::record());
}

#[test]
fn another_format_is_named_before_anything_else() {
    let message = error(r#"{"format": 3, "something": "new"}"#);
    assert_eq!(message, "record.json is format 3; this wsspec reads formats 1 to 2");
}

#[test]
fn what_is_no_record_is_called_so() {
    assert_eq!(error("{}"), "record.json is not a record of wsspec: it has no `format`");
}

#[test]
fn an_error_names_file_line_and_column() {
    assert_eq!(error("{\n  \"format\": x\n}"), "record.json:2:13: expected value");
    let text = fixture_text().replacen("\"seed\": 7", "\"seed\": true", 1);
    assert_eq!(error(&text), "record.json:6:12: invalid type: boolean `true`, expected u64");
    let text = fixture_text().replacen("\"seed\"", "\"sed\"", 1);
    assert!(error(&text).starts_with("record.json:6:5: unknown field `sed`, expected one of `format`"));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let message = read_record(Path::new("no/such/record.json")).unwrap_err().to_string();
    assert!(message.starts_with("cannot read `no/such/record.json`: "), "{message}");
}

#[test]
fn a_report_that_cannot_be_written_names_its_path() {
    let (_folder, file) = file_with("");
    let below = file.join("record.json");
    let message = write_file(&below, &Json, &fixture::record()).unwrap_err().to_string();
    assert!(message.starts_with(&format!("cannot write `{}`: ", below.display())), "{message}");
}

#[test]
fn an_entry_may_name_its_connection() {
    let mut record = fixture::record();
    record.trials[1].transcript[0].connection = ConnectionName::parse("front");
    let mut text = Vec::new();
    Json.render(&record, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (_folder, path) = file_with(&text);
    assert_eq!(read_record(&path).unwrap(), record);
    let wrong = error(&text.replace("\"front\"", "\"Front!\""));
    assert!(wrong.contains("`Front!` is not the name of a connection, like `front`"), "{wrong}");
}

#[test]
fn each_trial_is_a_line_and_the_totals_come_before() {
    let text = fixture_text();
    let trials = text.lines().filter(|line| line.starts_with("{\"id\":")).count();
    assert_eq!(trials, fixture::record().trials.len());
    let record: serde_json::Value = serde_json::from_str(&text).unwrap();
    let totals = &record["totals"];
    let number = |word: &str| totals[word].as_u64().unwrap();
    let words = ["passed", "lenient", "failed", "known", "flaky", "inconclusive", "skipped"];
    assert_eq!(words.map(number), [2, 1, 5, 1, 1, 1, 2]);
    assert_eq!((number("trials"), number("exit")), (13, 1));
    let first = serde_json::json!({ "requirement": "rfc6455#5.5.2:2", "trials": 2 });
    assert_eq!(totals["broken"][0], first);
    assert_eq!(totals["broken"].as_array().unwrap().len(), 4);
    assert_eq!(totals["missed"][0]["requirement"], "rfc6455#7.1.7:5");
    assert!(text.find("\"totals\"") < text.find("\"trials\": ["));
}

#[test]
fn a_record_without_a_guide_is_read() {
    let mut without: Record = fixture::record();
    without.guide = wsspec_record::Guide::default();
    let mut text = Vec::new();
    Json.render(&without, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(!text.contains("guide"));
    let (_folder, path) = file_with(&text);
    assert_eq!(read_record(&path).unwrap(), without);
}
