//! Records as JSON, there and back, and what is said when one cannot be read.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use wsspec_reports::{CompactJson, Json, Report, read_record, write_file};
use wsspec_wire::ConnectionName;

mod fixture;

fn file_with(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.json");
    std::fs::write(&path, text).unwrap();
    (folder, path)
}

/// The error of reading such a file, without its folder.
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
    for (name, report) in [("pretty", &Json as &dyn Report), ("compact", &CompactJson)] {
        let path = folder.path().join("new/folders").join(name);
        write_file(&path, report, &fixture::record()).unwrap();
        assert_eq!(read_record(&path).unwrap(), fixture::record());
    }
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
    assert_eq!(error(&text), "record.json:7:14: invalid type: boolean `true`, expected u64");
    let text = fixture_text().replacen("\"seed\"", "\"sed\"", 1);
    assert!(error(&text).starts_with("record.json:7:7: unknown field `sed`, expected one of `format`"));
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
