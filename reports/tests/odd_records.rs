//! Whatever a record contains, no report panics, and only text comes out.

use proptest::prelude::*;
use roxmltree::Document;
use wsspec_record::{
    EntryRecord, EventKind, Meaning, Note, Record, RequirementRecord, ScriptLine, Standing, TrialRecord,
    Verdict,
};
use wsspec_reports::{
    Badge, Github, Html, Junit, Markdown, Report, Sarif, Shows, Tap, TextOptions, exit_status, run_text,
    trial_text,
};
use wsspec_wire::{Level, RequirementId};

mod fixture;
mod page;

/// Strings that are likely to do harm somewhere.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        "\\PC{0,8}",
        prop::sample::select(vec![
            "\x1b[2J",
            "]]>",
            "]",
            "[[",
            "<![CDATA[",
            "</script><script>alert(1)</script>",
            "<!--",
            "'\"><img src=x onerror=alert(1)>",
            "&",
            "\"",
            "'",
            "\r\n",
            "\\r\\n",
            "raw \"",
            "\u{0}",
            "\u{9d}",
            "\u{2028}",
            "\u{202e}",
            "\u{fffe}",
            "matched",
            "> ",
            "/",
            "[",
            "://",
            "@",
            "# TODO ",
            "\\",
            "::error::",
            "%0A",
            "```",
            "|",
            "</details>",
        ])
        .prop_map(String::from),
        (0_usize..300).prop_map(|times| "x".repeat(times)),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn id() -> impl Strategy<Value = RequirementId> {
    "[A-Za-z0-9.-]{1,12}#[A-Za-z0-9.-]{1,8}:[1-9][0-9]{0,3}".prop_map(|id| fixture::rule(&id))
}

fn level() -> impl Strategy<Value = Level> {
    prop::sample::select(vec![Level::Must, Level::Should, Level::May])
}

fn requirement() -> impl Strategy<Value = RequirementRecord> {
    (id(), level(), text(), text()).prop_map(|(id, level, citation, text)| RequirementRecord {
        id,
        level,
        citation,
        text,
    })
}

fn notes() -> impl Strategy<Value = Vec<Note>> {
    let note = (any::<usize>(), text(), id(), level());
    let note = note.prop_map(|(line, text, requirement, level)| Note { line, text, requirement, level });
    prop::collection::vec(note, 0..12)
}

fn meaning() -> impl Strategy<Value = Meaning> {
    let range = || (0_usize..40, any::<usize>()).prop_map(|(start, end)| start..end);
    prop_oneof![
        Just(Meaning::Matched),
        Just(Meaning::MatchedLate),
        Just(Meaning::HandshakeFailed),
        prop::option::of(range()).prop_map(|bytes| Meaning::Unexpected { bytes }),
        (id(), text(), range()).prop_map(|(requirement, what, bytes)| Meaning::Broke {
            requirement,
            what,
            bytes
        }),
        (text(), range()).prop_map(|(what, bytes)| Meaning::EchoesOurCode { what, bytes }),
        any::<u64>().prop_map(|limit_us| Meaning::TimedOut { limit_us }),
    ]
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        text().prop_map(|reason| Standing::Known { reason }),
        text().prop_map(|reason| Standing::UnexpectedPass { reason }),
        (text(), text(), text(), text()).prop_map(|(pattern, deviation, until, reason)| {
            Standing::Expired { pattern, deviation, until, reason }
        }),
    ]
}

fn verdict() -> impl Strategy<Value = Verdict> {
    let failure = || {
        (0_usize..4, text(), text(), id())
            .prop_map(|(line, expected, actual, id)| fixture::failure(line, &expected, &actual, id.as_str()))
    };
    prop_oneof![
        Just(Verdict::Pass),
        notes().prop_map(|notes| Verdict::Lenient { notes }),
        failure().prop_map(|failure| Verdict::Fail { failure }),
        failure().prop_map(|failure| Verdict::Flaky { failure }),
        text().prop_map(|why| Verdict::Inconclusive { why }),
        text().prop_map(|reason| Verdict::Skip { reason }),
    ]
}

fn script() -> impl Strategy<Value = Vec<ScriptLine>> {
    prop::collection::vec((0_usize..5, text()).prop_map(|(number, text)| ScriptLine { number, text }), 0..6)
}

fn transcript() -> impl Strategy<Value = Vec<EntryRecord>> {
    let event = prop::sample::select(vec![
        EventKind::Sent,
        EventKind::Skipped,
        EventKind::Received,
        EventKind::Oversize,
        EventKind::Eof,
        EventKind::Reset,
        EventKind::Timeout,
    ]);
    let entry = (any::<u64>(), 0_usize..6, event, text(), prop::option::of(meaning())).prop_map(
        |(at_us, line, event, text, meaning)| EntryRecord {
            at_us,
            line,
            connection: None,
            event,
            text,
            meaning,
        },
    );
    prop::collection::vec(entry, 0..20)
}

fn trial() -> impl Strategy<Value = TrialRecord> {
    let names = (text(), text(), text(), any::<usize>(), any::<u64>());
    let rules = (requirement(), prop::option::of(requirement()), prop::option::of(standing()));
    (names, verdict(), rules, script(), transcript(), notes()).prop_map(
        |((id, title, file, line, duration_us), verdict, rules, script, transcript, remarks)| {
            let (requirement, broken, standing) = rules;
            TrialRecord {
                file,
                line,
                duration_us,
                requirement,
                broken,
                standing,
                script,
                transcript,
                remarks,
                ..fixture::trial(&id, &title, verdict)
            }
        },
    )
}

fn record() -> impl Strategy<Value = Record> {
    let texts = (text(), text(), prop::collection::vec(text(), 0..3), prop::option::of(text()));
    (texts, any::<u64>(), any::<u64>(), prop::collection::vec(trial(), 0..4)).prop_map(
        |((started, target, incidents, aborted), duration_us, seed, trials)| Record {
            started,
            target,
            incidents,
            aborted,
            duration_us,
            seed,
            trials,
            ..fixture::record()
        },
    )
}

fn rendered(report: &dyn Report, record: &Record) -> String {
    let mut out = Vec::new();
    report.render(record, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Removes our own styles, which end in `m` and contain only digits.
fn without_styles(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str(rest.strip_prefix('m').unwrap_or("\x1b"));
    }
    out
}

fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| (c.is_control() && c != '\n') || matches!(c, '\u{2028}'..='\u{202e}'))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn nothing_but_text_reaches_a_terminal(record in record()) {
        for shows in [Shows::Causes, Shows::Each, Shows::All, Shows::LastLine] {
            let plain = TextOptions { shows, ..TextOptions::default() };
            let text = run_text(&record, &plain);
            prop_assert!(is_plain(&text));
            let coloured = run_text(&record, &TextOptions { colour: true, ..plain });
            prop_assert_eq!(without_styles(&coloured), text);
        }
        for trial in &record.trials {
            let coloured = trial_text(&record, trial, true);
            prop_assert!(is_plain(&without_styles(&coloured)));
            prop_assert_eq!(without_styles(&coloured), trial_text(&record, trial, false));
        }
    }

    #[test]
    fn a_page_has_no_markup_but_its_own(record in record()) {
        let html = rendered(&Html, &record);
        prop_assert!(is_plain(&html));
        prop_assert_eq!(page::foreign(&html), Vec::<String>::new());
        let details = page::details(&html);
        prop_assert!(is_plain(&details));
        prop_assert_eq!(page::index(&html)["trials"].as_array().unwrap().len(), record.trials.len());
    }

    #[test]
    fn junit_is_always_xml_with_every_trial(record in record()) {
        let xml = rendered(&Junit, &record);
        let document = Document::parse(&xml).unwrap();
        let cases = document.descendants().filter(|node| node.has_tag_name("testcase"));
        let own = cases.filter(|case| case.attribute("name") != Some("run")).count();
        prop_assert!(own <= record.trials.len());
        prop_assert!(own + 1 >= record.trials.iter().filter(|trial| trial.id != "run").count());
    }

    #[test]
    fn the_other_formats_are_always_what_they_are(record in record()) {
        let sarif: serde_sarif::sarif::Sarif = serde_json::from_str(&rendered(&Sarif, &record)).unwrap();
        prop_assert_eq!(sarif.runs.len(), 1);
        let badge = rendered(&Badge::default(), &record);
        prop_assert!(Document::parse(&badge).is_ok(), "{}", badge);
        let tap = rendered(&Tap, &record);
        let points = tap.lines().filter(|line| line.starts_with("ok ") || line.starts_with("not ok "));
        let nothing = !record.trials.iter().any(|trial| !matches!(trial.verdict, Verdict::Skip { .. }));
        prop_assert_eq!(points.count(), record.trials.len() + usize::from(nothing));
        let annotations = rendered(&Github, &record);
        let are_commands = annotations.lines().all(|line| {
            line.starts_with("::error ") || line.starts_with("::warning ")
        });
        prop_assert!(are_commands, "{}", annotations);
        let markdown = rendered(&Markdown::default(), &record);
        for text in [badge, tap, annotations, markdown] {
            prop_assert!(is_plain(&text));
        }
    }

    #[test]
    fn an_exit_code_is_0_1_or_3_and_0_only_after_a_trial(record in record(), strict: bool) {
        let code = exit_status(&record, strict).code();
        prop_assert!([0, 1, 3].contains(&code));
        let ran = record.trials.iter().any(|trial| !matches!(trial.verdict, Verdict::Skip { .. }));
        prop_assert!(code != 0 || ran);
    }
}
