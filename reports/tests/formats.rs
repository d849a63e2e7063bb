//! SARIF, TAP, annotations, Markdown and badges, read back.

use std::collections::BTreeSet;

use roxmltree::Document;
use serde_sarif::sarif;
use wsspec_record::{Record, Verdict};
use wsspec_reports::{Badge, Github, Junit, Markdown, Report, Sarif, Tap};
use wsspec_wire::Level;
use yaml_rust2::YamlLoader;

mod fixture;

fn rendered(report: &dyn Report, record: &Record) -> String {
    let mut out = Vec::new();
    report.render(record, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn without_trials() -> Record {
    Record { trials: Vec::new(), incidents: Vec::new(), ..fixture::record() }
}

/// A record in which `broken` requirements are broken, each in two trials.
fn many(broken: usize) -> Record {
    let mut record = without_trials();
    for number in 0..2 * broken {
        let id = format!("rfc6455#5.4:{}", number / 2 + 1);
        let failure = fixture::failure(1, "a", "b", &id);
        let mut trial = fixture::trial(&format!("rfc6455/5.4/t{number}"), "title", Verdict::Fail { failure });
        trial.requirement = fixture::requirement(&id, Level::Must, "text");
        record.trials.push(trial);
    }
    record
}

fn sarif_of(record: &Record) -> sarif::Sarif {
    serde_json::from_str(&rendered(&Sarif, record)).unwrap()
}

#[test]
fn sarif_has_a_rule_for_each_requirement_with_its_section() {
    let log = sarif_of(&fixture::record());
    let driver = &log.runs[0].tool.driver;
    let rules = driver.rules.as_ref().unwrap();
    let ids: BTreeSet<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    assert_eq!(ids.len(), rules.len());
    let ping = rules.iter().find(|rule| rule.id == "rfc6455#5.5.2:2").unwrap();
    assert_eq!(ping.help_uri.as_deref(), Some("https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2"));
    assert_eq!(ping.default_configuration.as_ref().unwrap().level, Some("error".into()));
    let help = &ping.help.as_ref().unwrap().text;
    assert!(help.contains("\n\nWhy: a ping shows who is alive.\n\nWhat breaks it: a read loop"), "{help}");
    assert!(help.ends_with("\n\nFix: answer a ping where it is read."), "{help}");
    assert!(driver.information_uri.as_ref().is_some_and(|uri| uri.starts_with("https://")));
    // Rules that nothing breaks, or whose trials are inconclusive, are not included.
    let results = log.runs[0].results.as_ref().unwrap();
    assert!(ids.iter().all(|id| results.iter().any(|result| result.rule_id.as_deref() == Some(id))));
}

#[test]
fn a_sarif_result_points_to_its_rule_its_case_and_itself() {
    let log = sarif_of(&fixture::record());
    let rules = log.runs[0].tool.driver.rules.as_ref().unwrap();
    let results = log.runs[0].results.as_ref().unwrap();
    assert_eq!(results.len(), 9);
    let mut prints = BTreeSet::new();
    for result in results {
        let index = usize::try_from(result.rule_index.unwrap()).unwrap();
        assert_eq!(Some(&rules[index].id), result.rule_id.as_ref());
        let print = &result.partial_fingerprints.as_ref().unwrap()["wsspecTrial/v1"];
        assert!(prints.insert(print.clone()), "{print}");
    }
    let location = &results[0].locations.as_ref().unwrap()[0];
    let physical = location.physical_location.as_ref().unwrap();
    let uri = physical.artifact_location.as_ref().unwrap().uri.as_deref();
    assert_eq!(uri, Some("cases/rfc6455/5.4-fragmentation.toml"));
    assert_eq!(physical.region.as_ref().unwrap().start_line, Some(14));
}

#[test]
fn a_sarif_fingerprint_does_not_depend_on_what_arrived() {
    let mut record = fixture::record();
    let print = |record: &Record| {
        let results = sarif_of(record).runs[0].results.clone().unwrap();
        results[0].partial_fingerprints.clone().unwrap()
    };
    let before = print(&record);
    record.target = "ws://127.0.0.1:9002".into();
    let Verdict::Fail { failure } = &mut record.trials[1].verdict else { panic!("no failure") };
    failure.actual = "something else".into();
    assert_eq!(print(&record), before);
}

#[test]
fn what_is_known_is_suppressed_in_sarif_and_nothing_else_is() {
    let log = sarif_of(&fixture::record());
    let results = log.runs[0].results.as_ref().unwrap().iter();
    let suppressed: Vec<_> = results.filter_map(|result| result.suppressions.as_ref()).collect();
    assert_eq!(suppressed.len(), 1);
    let reason = "github.com/example/x/issues/1: pings wait for the message";
    assert_eq!(suppressed[0][0].justification.as_deref(), Some(reason));
}

#[test]
fn sarif_says_that_a_run_was_no_success() {
    let aborted = Record { aborted: Some("the peer died".into()), ..fixture::record() };
    for record in [aborted, without_trials()] {
        let invocation = sarif_of(&record).runs[0].invocations.clone().unwrap().remove(0);
        assert!(!invocation.execution_successful);
        let notes = invocation.tool_execution_notifications.unwrap();
        assert_eq!(notes[0].level, Some("error".into()));
    }
}

/// A record of an earlier version, in which a lenient trial names the rule of its case, a MUST.
fn lenient_by_a_must() -> Record {
    let mut record = fixture::record();
    record.trials.retain(|trial| matches!(trial.verdict, Verdict::Lenient { .. }));
    for trial in &mut record.trials {
        let Verdict::Lenient { notes } = &mut trial.verdict else { panic!("lenient") };
        assert_eq!(trial.requirement.level, Level::Must);
        (trial.broken, notes[0].requirement) = (None, trial.requirement.id.clone());
    }
    record
}

#[test]
fn what_is_lenient_is_never_said_to_be_a_must() {
    let record = lenient_by_a_must();
    for report in [&Github as &dyn Report, &Markdown::default(), &Sarif, &Tap, &Junit] {
        let text = rendered(report, &record);
        assert!(text.contains("SHOULD") && !text.contains("MUST"), "{text}");
    }
    let rule = sarif_of(&record).runs[0].tool.driver.rules.as_ref().unwrap()[0].clone();
    assert_eq!(rule.default_configuration.unwrap().level, Some("warning".into()));
}

/// A test point as a strict reader sees it.
#[derive(Debug, PartialEq)]
struct Point {
    ok: bool,
    description: String,
    directive: Option<(String, String)>,
    diagnostics: Option<yaml_rust2::Yaml>,
}

/// Reads the TAP 14 that is written here; panics on every unexpected line.
fn tap(text: &str) -> (usize, Vec<Point>, Option<String>) {
    let mut lines = text.lines().peekable();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan: usize = lines.next().unwrap().strip_prefix("1..").unwrap().parse().unwrap();
    let (mut points, mut bail) = (Vec::new(), None);
    while let Some(line) = lines.next() {
        if let Some(why) = line.strip_prefix("Bail out! ") {
            bail = Some(why.to_owned());
            assert_eq!(lines.next(), None);
        } else if !line.starts_with("# ") {
            let (ok, rest) = match line.strip_prefix("not ok ") {
                Some(rest) => (false, rest),
                None => (true, line.strip_prefix("ok ").unwrap()),
            };
            let rest = rest.strip_prefix(&format!("{} - ", points.len() + 1)).unwrap();
            let (description, directive) = description(rest);
            let mut block = String::new();
            if lines.next_if_eq(&"  ---").is_some() {
                while let Some(line) = lines.next().filter(|line| *line != "  ...") {
                    block.push_str(line.strip_prefix("  ").unwrap());
                    block.push('\n');
                }
            }
            let diagnostics =
                (!block.is_empty()).then(|| YamlLoader::load_from_str(&block).unwrap().remove(0));
            points.push(Point { ok, description, directive, diagnostics });
        }
    }
    (plan, points, bail)
}

/// A description without its escapes, and the directive that the first unescaped `#` begins.
fn description(text: &str) -> (String, Option<(String, String)>) {
    let (mut parts, mut chars) = (vec![String::new()], text.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => parts.last_mut().unwrap().push(chars.next().unwrap()),
            '#' => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    assert!(parts.len() <= 2, "{text}");
    let directive = parts.get(1).map(|part| {
        let (word, reason) = part.trim().split_once(' ').unwrap();
        (word.to_owned(), reason.to_owned())
    });
    (parts[0].trim_end().to_owned(), directive)
}

#[test]
fn tap_has_a_point_for_each_trial_as_planned() {
    let record = fixture::record();
    let (plan, points, bail) = tap(&rendered(&Tap, &record));
    assert_eq!((plan, points.len(), bail), (record.trials.len(), record.trials.len(), None));
    let not_ok: Vec<usize> =
        points.iter().enumerate().filter(|(_, point)| !point.ok).map(|(at, _)| at).collect();
    assert_eq!(not_ok, [1, 2, 3, 4, 7, 10, 11, 12]);
    let todo = &points[10].directive;
    let reason = "github.com/example/x/issues/1: pings wait for the message";
    assert_eq!(*todo, Some(("TODO".into(), reason.into())));
    let skip = ("SKIP".into(), "the peer does not negotiate permessage-deflate".into());
    assert_eq!(points[8].directive, Some(skip));
}

#[test]
fn a_tap_diagnostic_has_the_rule_and_the_whole_text() {
    let record = fixture::record();
    let (_, points, _) = tap(&rendered(&Tap, &record));
    let diagnostics = points[1].diagnostics.as_ref().unwrap();
    assert_eq!(diagnostics["requirement"].as_str(), Some("rfc6455#5.5.2:2"));
    assert_eq!(diagnostics["at"]["line"].as_i64(), Some(14));
    let text = wsspec_reports::trial_text(&record, &record.trials[1], false);
    assert_eq!(diagnostics["trial"].as_str(), Some(&*text));
    assert_eq!(points[0].diagnostics, None);
}

#[test]
fn tap_of_nothing_is_no_success_and_a_run_cut_short_bails_out() {
    let (plan, points, _) = tap(&rendered(&Tap, &without_trials()));
    assert_eq!((plan, points.len(), points[0].ok), (1, 1, false));
    let aborted = Record { aborted: Some("it died # TODO\nok 1".into()), ..fixture::record() };
    let (_, _, bail) = tap(&rendered(&Tap, &aborted));
    assert_eq!(bail.as_deref(), Some(r"it died \# TODO\\u{a}ok 1"));
}

/// The value of a property, decoded as a runner does it.
fn property(line: &str, name: &str) -> String {
    let (properties, _) = line[2..].split_once("::").unwrap();
    let (_, list) = properties.split_once(' ').unwrap();
    let found = list.split(',').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name);
    let value = found.unwrap().1.replace("%0D", "\r").replace("%0A", "\n");
    value.replace("%3A", ":").replace("%2C", ",").replace("%25", "%")
}

#[test]
fn an_annotation_has_its_place_and_the_rule() {
    let text = rendered(&Github, &fixture::record());
    let first = text.lines().next().unwrap();
    assert!(first.starts_with("::error "));
    assert_eq!(property(first, "file"), "cases/rfc6455/5.4-fragmentation.toml");
    assert_eq!(property(first, "line"), "14");
    assert_eq!(property(first, "title"), "MUST, RFC 6455 section 5.5.2");
    assert!(first.contains("%0Awsspec run ws://127.0.0.1:9001 "), "{first}");
}

#[test]
fn each_annotation_is_one_command_whatever_a_peer_says() {
    let text = rendered(&Github, &fixture::record());
    for line in text.lines() {
        assert!(line.starts_with("::error ") || line.starts_with("::warning "), "{line}");
        assert!(!line.contains('\r') && !line.contains('\x1b'), "{line}");
    }
}

#[test]
fn there_are_no_more_annotations_than_are_shown() {
    assert_eq!(rendered(&Github, &many(10)).lines().count(), 10);
    let text = rendered(&Github, &many(30));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 10);
    assert_eq!(lines[9], "::error title=wsspec::21 more errors, not shown; the log has them all");
    assert!(lines[0].contains("%0Aand 1 more trial%0A"), "{}", lines[0]);
}

#[test]
fn a_run_of_nothing_is_annotated() {
    assert_eq!(rendered(&Github, &without_trials()), "::error title=wsspec::no trial was run\n");
}

#[test]
fn a_badge_says_the_outcome_in_its_title() {
    for (record, words) in [
        (fixture::record(), "breaks 4"),
        (many(3), "breaks 3"),
        (without_trials(), "inconclusive"),
        (Record { trials: vec![fixture::trial("a/1/b", "t", Verdict::Pass)], ..many(0) }, "conforms"),
    ] {
        let svg = rendered(&Badge::default(), &record);
        let document = Document::parse(&svg).unwrap();
        let texts: Vec<_> = document.descendants().filter(|node| node.has_tag_name("text")).collect();
        assert_eq!(texts.iter().map(|node| node.text().unwrap()).collect::<Vec<_>>(), ["wsspec", words]);
        let title = document.descendants().find(|node| node.has_tag_name("title")).unwrap();
        assert_eq!(title.text(), document.root_element().attribute("aria-label"));
        assert!(!svg.contains("href") && !svg.contains("url(h"), "{svg}");
    }
}

#[test]
fn a_strict_badge_counts_what_is_only_recommended() {
    let mut record = fixture::record();
    record.trials.retain(|trial| matches!(trial.verdict, Verdict::Lenient { .. }));
    assert!(rendered(&Badge { strict: true }, &record).contains(">breaks "));
    assert!(rendered(&Badge::default(), &record).contains(">conforms<"));
}

#[test]
fn a_hostile_reason_is_text_in_a_badge() {
    let record = Record { aborted: Some(format!("<script>\"'&{}", fixture::HOSTILE)), ..many(0) };
    let svg = rendered(&Badge::default(), &record);
    let document = Document::parse(&svg).unwrap();
    assert!(document.descendants().all(|node| !node.has_tag_name("script")));
    assert!(document.root_element().attribute("aria-label").unwrap().contains("<script>\"'&"));
}

#[test]
fn markdown_has_no_markup_of_a_peer() {
    let text = rendered(&Markdown::default(), &fixture::record());
    let folds = text.matches("<details>").count();
    assert_eq!(folds, text.matches("</details>").count());
    let mut fenced = false;
    for line in text.lines() {
        let start = line.trim_start();
        fenced = if start.starts_with("```") { !fenced } else { fenced };
        if !fenced && !start.starts_with("<details>") && !start.starts_with("</details>") {
            let bare: String = line.split('`').step_by(2).collect();
            assert!(!bare.replace("\\<", "").contains('<'), "{line}");
        }
    }
    assert!(!fenced && !text.contains('\x1b'));
}

#[test]
fn markdown_names_the_rule_with_its_address_and_ends_where_it_is_long_enough() {
    let link = "[RFC 6455 section 5.5.2](https://www.rfc-editor.org/rfc/rfc6455#section-5.5.2)";
    assert!(
        rendered(&Markdown::default(), &fixture::record()).contains(&format!("- **MUST** {link}: a ping"))
    );
    let text = rendered(&Markdown::default(), &many(4000));
    assert!(text.len() < 250 * 1024, "{}", text.len());
    assert!(text.trim_end().ends_with("more, left out for length."), "{}", &text[text.len() - 100..]);
}
