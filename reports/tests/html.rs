//! The page for people: what it has without scripts, what its script is given, and that nothing hostile gets through.

use std::path::Path;

use serde_json::Value;
use wsspec_record::{EntryRecord, EventKind, Meaning, Record, Verdict};
use wsspec_reports::{Html, Report, write_html};

mod fixture;
mod page;

fn rendered(record: &Record) -> String {
    let mut out = Vec::new();
    Html.render(record, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn of_several(records: &[(&str, &Record)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new/page.html");
    let records: Vec<(String, &Record)> =
        records.iter().map(|(name, record)| ((*name).to_owned(), *record)).collect();
    write_html(&path, &records).unwrap();
    std::fs::read_to_string(path).unwrap()
}

/// The page with a line for each element, without our style and script, and with what is packed in sight.
fn readable(html: &str) -> String {
    let data: Value = serde_json::from_str(&page::details(html)).unwrap();
    let mut out = String::new();
    let mut rest = html;
    for (open, close) in
        [("<style>", "</style>"), ("data-part=\"details\">", "</script>"), ("<script>", "</script>")]
    {
        let (before, after) = rest.split_once(open).unwrap();
        out.push_str(before);
        out.push_str(open);
        rest = &after[after.find(close).unwrap()..];
    }
    out.push_str(rest);
    let policy = out.find("style-src").unwrap()..out.find("; base-uri").unwrap();
    out.replace_range(policy, "...");
    format!("{}\n\n{data:#}\n", out.replace("><", ">\n<"))
}

#[test]
fn the_page_has_every_verdict_and_shows_what_is_hostile_as_text() {
    insta::assert_snapshot!(readable(&rendered(&fixture::record())));
}

#[test]
fn nothing_hostile_gets_through() {
    let record = fixture::record();
    let html = of_several(&[(fixture::HOSTILE, &record), ("<b>", &record)]);
    assert_eq!(page::foreign(&html), Vec::<String>::new());
    assert!(!html.chars().any(|c| c.is_control() && c != '\n'));
}

#[test]
fn a_page_taken_apart_shows_what_is_foreign_to_it() {
    let html = rendered(&fixture::record())
        .replace("<main>", "<main><img src=x onerror=alert(1)><script>1</script>");
    let foreign = page::foreign(&html);
    assert!(
        foreign.contains(&"<img>".to_owned()) && foreign.contains(&"4 scripts".to_owned()),
        "{foreign:?}"
    );
    assert!(foreign.contains(&"<img onerror=\"alert(1)\">".to_owned()), "{foreign:?}");
}

#[test]
fn without_scripts_the_worst_stands_first_with_its_sentence_and_its_command() {
    let html = rendered(&fixture::record());
    let first = &page::texts(&html, "li.trial")[0];
    assert!(first.contains("failed") && first.contains("rfc6455/5.4/ping-between-fragments"), "{first}");
    assert!(first.contains("RFC 6455 section 5.5.2: a ping is answered with a pong"), "{first}");
    assert!(first.contains("expected pong \"p\", got nothing more: no pong within 2 s"), "{first}");
    let command =
        "wsspec run ws://127.0.0.1:9001 rfc6455/5.4/ping-between-fragments --seed 7 --origin 'http://a b'";
    assert!(first.contains(command), "{first}");
}

#[test]
fn several_records_make_one_matrix() {
    let (one, mut other) = (fixture::record(), fixture::record());
    other.trials.retain(|trial| trial.id != "rfc6455/5.4/ping-between-fragments");
    other.trials.push(fixture::trial("rfc6455/9.9/only-here", "Only here", Verdict::Pass));
    let html = of_several(&[("one", &one), ("other", &other), ("one", &one)]);
    assert_eq!(page::texts(&html, ".matrix tbody th"), ["one", "other", "one (2)"]);
    let index = page::index(&html);
    let cells = |id: &str| {
        let trials = index["trials"].as_array().unwrap();
        let trial = trials.iter().find(|trial| trial["id"] == id).unwrap();
        trial["cells"].as_array().unwrap().iter().map(|cell| !cell.is_null()).collect::<Vec<_>>()
    };
    assert_eq!(cells("rfc6455/5.4/ping-between-fragments"), [true, false, true]);
    assert_eq!(cells("rfc6455/9.9/only-here"), [false, true, false]);
    assert_eq!(cells("rfc6455/5.1/text"), [true, true, true]);
}

#[test]
fn the_bytes_at_fault_are_marked() {
    let details: Value = serde_json::from_str(&page::details(&rendered(&fixture::record()))).unwrap();
    let text = details["texts"].as_array().unwrap();
    let happening =
        details["trials"].as_array().unwrap().iter().flat_map(|trial| trial[0]["e"].as_array().unwrap());
    let marked: Vec<&Value> = happening.filter(|entry| entry.as_array().unwrap().len() == 7).collect();
    // A masked frame from a server: its second byte.
    let masked = marked
        .iter()
        .find(|entry| text[entry[3].as_u64().unwrap() as usize][1].as_str().unwrap().starts_with("81fe"));
    let masked = masked.unwrap();
    assert_eq!((&masked[5], &masked[6]), (&Value::from(1), &Value::from(2)));
}

#[test]
fn what_is_large_is_cut() {
    let mut record = fixture::record();
    let payload = "x".repeat(1 << 20);
    let entry = |at_us| EntryRecord {
        at_us,
        line: 1,
        connection: None,
        event: EventKind::Received,
        text: format!("text \"{at_us} {payload}\""),
        meaning: Some(Meaning::Matched),
    };
    record.trials[0].transcript = (0..300).map(entry).collect();
    let html = rendered(&record);
    assert!(html.len() < 200_000, "{}", html.len());
    let details: Value = serde_json::from_str(&page::details(&html)).unwrap();
    let passed = details["trials"].as_array().unwrap().last().unwrap();
    assert_eq!(passed[0]["e"].as_array().unwrap().len(), 40);
    assert_eq!(passed[0]["o"], serde_json::json!([260, 20]));
}

#[test]
fn a_page_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let path = dir.path().join("file/page.html");
    let error = write_html(Path::new(&path), &[]).unwrap_err();
    assert_eq!(error.path, path);
}
