//! The HTML page: its contents without scripts, the data for its script, and that no hostile content gets through.

use std::path::Path;

use serde_json::Value;
use wsspec_record::{
    DeathRecord, EchoedKind, EntryRecord, EventKind, Meaning, ProcessRecord, Record, Verdict,
};
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

/// [`fixture::HOSTILE`] as the page shows it.
const SHOWN: &str =
    r"\u{1b}[31mred\u{7}\u{0} ]]> <script>alert('&')</script> \u{d}\u{a}\u{9b}2J \u{202e}drow \u{ffff}";

fn details(html: &str) -> Value {
    serde_json::from_str(&page::details(html)).unwrap()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

#[test]
fn a_trial_is_its_verdict_its_rule_its_finding_and_its_command() {
    let html = rendered(&fixture::record());
    insta::assert_snapshot!(page::markup(&html, "li.trial").replace("><", ">\n<"));
}

#[test]
fn the_page_has_its_parts_and_loads_nothing() {
    let html = rendered(&fixture::record());
    assert!(html.starts_with("<!DOCTYPE html><html lang=\"en\">"), "{}", &html[..40]);
    assert_eq!(page::text(&html, "title"), "5 failed – ws://127.0.0.1:9001 – wsspec");
    let parts = page::attributes(&html, "nav a", "href");
    assert_eq!(parts, ["#matrix", "#trials", "#requirements", "#timing"]);
    let sections = page::attributes(&html, "main section[id]", "id");
    assert_eq!(sections, parts.iter().map(|part| part[1..].to_owned()).collect::<Vec<_>>());
    let policy = &page::attributes(&html, "meta[http-equiv]", "content")[0];
    assert!(policy.starts_with("default-src 'none'; img-src data:; style-src 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let end =
        "; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
    assert!(policy.ends_with(end), "{policy}");
}

#[test]
fn a_target_has_its_outcome_its_tallies_with_the_worst_first_and_its_facts() {
    let html = rendered(&fixture::record());
    assert_eq!(
        page::text(&html, ".outcome"),
        "✕ breaks 4 requirements, and passes 1 trial that known deviations list"
    );
    assert_eq!(
        page::texts(&html, "ul.tallies li"),
        [
            "✕ 5 failed",
            "! 1 unexpected pass",
            "≈ 1 flaky",
            "? 1 inconclusive",
            "~ 1 lenient",
            "= 1 known",
            "– 2 skipped",
            "✓ 1 passed"
        ]
    );
    assert_eq!(page::attributes(&html, "svg.bar rect", "width"), ["5", "1", "1", "1", "1", "1", "2", "1"]);
    assert_eq!(page::texts(&html, "dl.facts dt"), ["Address", "Server", "Peer", "Run"]);
    assert_eq!(
        page::texts(&html, "dl.facts dd"),
        [
            "ws://127.0.0.1:9001".to_owned(),
            format!("X/1.0 {SHOWN}"),
            "echoes, answers pings".to_owned(),
            "2026-03-01T12:30:45Z, 13 trials in 0.412 s, seed 7, by wsspec 0.1.0".to_owned()
        ]
    );
    assert_eq!(page::text(&html, "p.incident"), format!("the peer died once {SHOWN}"));
}

#[test]
fn what_is_broken_is_listed_with_its_trials() {
    let html = rendered(&fixture::record());
    assert_eq!(
        page::texts(&html, "ul.broken li"),
        [
            "✕ a ping is answered with a pong, unless a close was received MUST, RFC 6455 section 5.5.2 2 trials"
                .to_owned(),
            "✕ a server does not mask a frame that it sends to a client MUST, RFC 6455 section 5.1 1 trial"
                .to_owned(),
            "✕ an unknown version is answered with those understood MUST, RFC 6455 section 4.4 1 trial"
                .to_owned(),
            format!("✕ text {SHOWN} MUST, citation {SHOWN} 1 trial"),
        ]
    );
    assert_eq!(page::attributes(&html, "ul.broken a", "href")[0], "#?verdict=fail&q=rfc6455%235.5.2%3A2");
}

#[test]
fn the_matrix_has_the_worst_verdict_of_each_section() {
    let html = rendered(&fixture::record());
    assert_eq!(
        page::attributes(&html, ".matrix tbody a", "title"),
        [
            "ws://127.0.0.1:9001, rfc6455/5.1: 1 passed",
            "ws://127.0.0.1:9001, rfc6455/5.4: 4 failed, 1 flaky, 1 known",
            "ws://127.0.0.1:9001, rfc6455/4.4: 1 failed",
            "ws://127.0.0.1:9001, rfc6455/5.2: 1 lenient",
            "ws://127.0.0.1:9001, rfc6455/5.5.2: 1 inconclusive",
            "ws://127.0.0.1:9001, rfc6455/9.1: 2 skipped",
            "ws://127.0.0.1:9001, rfc6455/5.5.3: 1 unexpected pass"
        ]
    );
    let signs = page::texts(&html, ".matrix tbody td span[aria-hidden]");
    assert_eq!(signs, ["✓", "✕ 4", "✕ 1", "~ 1", "? 1", "–", "! 1"]);
    // What is visible is a part of what screen readers read.
    assert_eq!(
        page::texts(&html, ".matrix tbody a span.quiet")[0],
        "ws://127.0.0.1:9001, rfc6455/5.1: 1 passed"
    );
    let headings = page::texts(&html, ".matrix th.section");
    assert_eq!(&headings[..3], ["5.1", "5.4 Fragmentation", "4.4"]);
    let classes = page::attributes(&html, ".matrix tbody td", "class");
    assert_eq!(&classes[..3], ["v-pass", "v-fail", "v-fail"]);
}

#[test]
fn the_filters_have_every_verdict_level_and_section() {
    let html = rendered(&fixture::record());
    assert_eq!(
        page::attributes(&html, "fieldset.verdicts input", "value"),
        ["fail", "unexpected", "flaky", "inconclusive", "lenient", "known", "skip", "pass"]
    );
    assert_eq!(page::texts(&html, "select[name=level] option"), ["any", "MUST"]);
    let sections = page::texts(&html, ".matrix th.section");
    let number = |section: &String| section.split(' ').next().unwrap().to_owned();
    let sections: Vec<_> = sections.iter().map(|section| format!("rfc6455/{}", number(section))).collect();
    assert_eq!(page::texts(&html, "select[name=section] option")[1..], sections);
}

#[test]
fn each_trial_that_needs_a_look_names_its_requirement() {
    let html = rendered(&fixture::record());
    let ping = "MUST RFC 6455 section 5.5.2: a ping is answered with a pong, unless a close was received";
    let expected = [
        // Trials that break the same rule are next to each other.
        ("rfc6455/5.4/ping-between-fragments".to_owned(), ping.to_owned()),
        ("rfc6455/5.4/hundred-pings".to_owned(), ping.to_owned()),
        (
            "rfc6455/5.4/payloads[size=65536,chop=1]".to_owned(),
            "MUST RFC 6455 section 5.1: a server does not mask a frame that it sends to a client".to_owned(),
        ),
        (
            "rfc6455/4.4/unknown-version".to_owned(),
            "MUST RFC 6455 section 4.4: an unknown version is answered with those understood".to_owned(),
        ),
        (format!("rfc6455/5.4/edited {SHOWN}"), format!("MUST citation {SHOWN}: text {SHOWN}")),
        ("rfc6455/5.5.3/unsolicited".to_owned(), ping.to_owned()),
        (
            "rfc6455/5.4/many".to_owned(),
            "MUST RFC 6455 section 5.4: a message is its fragments put together".to_owned(),
        ),
        ("rfc6455/5.5.2/ping".to_owned(), ping.to_owned()),
    ];
    let ids = page::attributes(&html, "li.trial", "id");
    let rules = page::texts(&html, "li.trial blockquote");
    assert_eq!(ids.into_iter().zip(rules).collect::<Vec<_>>(), expected);
    assert_eq!(
        page::attributes(&html, "li.trial blockquote a", "href")[2],
        "https://www.rfc-editor.org/rfc/rfc6455#section-5.1"
    );
}

#[test]
fn what_is_hostile_in_a_trial_is_text_in_each_of_its_places() {
    let html = rendered(&fixture::record());
    let places = [
        ("li.trial > p:not([class]):not(:has(code))", format!("title {SHOWN}")),
        ("li.trial h3 code", format!("rfc6455/5.4/edited {SHOWN}")),
        ("li.trial p.found", format!("expected expected {SHOWN}, got actual {SHOWN}")),
    ];
    for (selector, text) in places {
        assert_eq!(page::texts(&html, selector)[4], text);
    }
    let command = &page::texts(&html, "li.trial .command")[4];
    let words = shlex::split(command).unwrap();
    assert_eq!(words[..4], ["wsspec", "run", "ws://127.0.0.1:9001", &format!("rfc6455/5.4/edited {SHOWN}")]);
}

#[test]
fn each_requirement_has_its_trials_by_verdict() {
    let html = rendered(&fixture::record());
    assert_eq!(
        page::text(&html, "#requirements .hint"),
        "6 are cited by trials that are here, 4 of them broken."
    );
    assert_eq!(
        page::texts(&html, ".coverage tbody th"),
        [
            "rfc6455#4.4:2 MUST",
            "rfc6455#5.1:3 MUST",
            "rfc6455#5.4:2 MUST",
            "rfc6455#5.5.2:2 MUST",
            "rfc6455#5.4:14 MUST",
            "rfc6455#7.1.7:5 SHOULD"
        ]
    );
    assert_eq!(
        page::attributes(&html, ".coverage .numbers a", "title")[3],
        "ws://127.0.0.1:9001: 2 trials failed, 1 trial unexpected pass, 1 trial inconclusive, 1 trial known, \
         2 trials skipped, 1 trial passed"
    );
}

#[test]
fn times_are_a_sentence_columns_and_the_slowest() {
    let html = rendered(&fixture::record());
    assert_eq!(
        page::text(&html, "#timing figcaption"),
        "ws://127.0.0.1:9001 half of 11 trials within 0.003 s, 95 % within 2.003 s, all within 18446744073709.551 s"
    );
    let columns = page::texts(&html, "rect.column title");
    let filled: Vec<_> = columns.iter().filter(|column| !column.starts_with("0 trials")).collect();
    assert_eq!(
        filled,
        [
            "8 trials of 2.154 ms to 4.642 ms",
            "2 trials of 1.000 s to 2.154 s",
            "1 trial of 46.416 s to 100.000 s"
        ]
    );
    let slowest = page::texts(&html, ".slowest li");
    assert_eq!((slowest.len(), &*slowest[1]), (8, "2.003 s rfc6455/5.4/ping-between-many"));
}

#[test]
fn what_the_script_is_given_has_every_trial_with_its_script_and_its_remarks() {
    let record = fixture::record();
    let html = rendered(&record);
    let details = details(&html);
    assert_eq!(list(&page::index(&html)["trials"]).len(), record.trials.len());
    assert_eq!(list(&details["trials"]).len(), record.trials.len());
    let lines =
        ["> text \"frag\" -fin", "> ping \"p\"", "> cont \"ment\"", "< pong \"p\" & text \"fragment\""];
    let numbered: Vec<_> = (1..).zip(lines).collect();
    assert_eq!(details["scripts"][0], serde_json::json!(numbered));
    let rules = page::index(&html)["requirements"].clone();
    assert_eq!(rules[0][7], "answer a ping where it is read.");
    let edited = &details["trials"][4][0];
    assert_eq!(edited["n"], serde_json::json!([[u64::MAX, format!("note {SHOWN}"), "rfc6455#5.4:2"]]));
    let remark = Value::from(format!("breaks rfc6455#5.4:2: what {SHOWN}"));
    assert!(list(&details["remarks"]).contains(&remark), "{}", details["remarks"]);
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
    let details = details(&rendered(&fixture::record()));
    let happening = list(&details["trials"]).iter().flat_map(|trial| list(&trial[0]["e"]));
    let marked = happening.map(list).filter(|entry| entry.len() == 7);
    let marked: Vec<_> = marked
        .map(|entry| {
            let hex = details["texts"][entry[3].as_u64().unwrap() as usize][1].as_str().unwrap();
            (&hex[..8], entry[5].as_u64().unwrap(), entry[6].as_u64().unwrap())
        })
        .collect();
    // A whole close frame, the second byte of a masked frame from a server, a whole head (`HTTP`).
    assert_eq!(marked, [("880703f3", 0, 9), ("81fe0578", 1, 2), ("48545450", 0, 59)]);
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
    let details = details(&html);
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

#[test]
fn the_page_says_what_the_peer_does_of_its_own_accord() {
    let mut record = fixture::record();
    record.peer.echoes_only = Some(EchoedKind::Text);
    record.peer.speaks_unasked = true;
    assert!(rendered(&record).contains("speaks first, echoes text only, answers pings"));
}

#[test]
fn deaths_are_shown_whether_or_not_the_process_was_watched() {
    let death = DeathRecord {
        trials: vec!["a/one".into(), "a/two".into()],
        how: "connection refused".into(),
        output: vec![fixture::HOSTILE.into()],
    };
    let process = ProcessRecord { deaths: vec![death.clone()], ..ProcessRecord::default() };
    let unwatched = Record { deaths: vec![death], ..fixture::record() };
    let watched = Record { process: Some(process), ..fixture::record() };
    for record in [&unwatched, &watched] {
        let html = rendered(record);
        assert!(html.contains("<b>server died</b>: connection refused, during a/one, a/two<pre>"), "{html}");
        assert!(!html.contains("<script>alert"));
    }
    assert!(!rendered(&fixture::record()).contains("class=\"deaths\""));
}

#[test]
fn each_failure_has_why_and_fix_in_place() {
    let html = rendered(&fixture::record());
    let explained = page::texts(&html, "li.trial dl.explained");
    let words = "Why it mattersa ping shows who is alive.What breaks ita read loop that looks at pings between messages \
                 only.Fixanswer a ping where it is read.";
    assert_eq!(explained[0], words);
}

#[test]
fn more_broken_rules_than_are_shown_are_behind_a_fold() {
    let mut record = fixture::record();
    record.trials.clear();
    for number in 1..=8 {
        let id = format!("rfc6455#5.4:{number}");
        let failure = fixture::failure(1, "a", "b", &id);
        let mut trial = fixture::trial(&format!("rfc6455/5.4/t{number}"), "title", Verdict::Fail { failure });
        trial.requirement = fixture::requirement(&id, wsspec_wire::Level::Must, &id);
        record.trials.push(trial);
    }
    let html = rendered(&record);
    assert_eq!(page::text(&html, ".target details summary"), "and 3 more");
    assert_eq!(page::texts(&html, ".target details ul.broken li").len(), 3);
}

#[test]
fn several_runs_of_one_target_have_a_trend_and_runs_of_several_have_none() {
    let (one, mut other) = (fixture::record(), fixture::record());
    other.started = "2026-02-01T00:00:00Z".into();
    other.trials.truncate(2);
    let html = of_several(&[("new", &one), ("old", &other)]);
    assert_eq!(page::text(&html, "#trend .hint"), "2 runs of ws://127.0.0.1:9001, the oldest first.");
    assert_eq!(page::texts(&html, "#trend tbody th"), ["old", "new"]);
    let label = &page::attributes(&html, "#trend svg.plot", "aria-label")[0];
    assert_eq!(label, "old: 1 failed, 0 lenient, 0 skipped; new: 5 failed, 1 lenient, 2 skipped");
    other.target = "ws://127.0.0.1:9002".into();
    assert!(!of_several(&[("new", &one), ("old", &other)]).contains("id=\"trend\""));
    assert!(!rendered(&one).contains("id=\"trend\""));
}
