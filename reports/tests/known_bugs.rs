//! The results for known bugs, one by one.

use wsspec_catalogue::{Bug, IdGlob, Location};
use wsspec_record::{DeathRecord, ProcessRecord, Record, ScriptLine, TrialRecord, Verdict};
use wsspec_reports::{Presence, known_bugs};
use wsspec_wire::RequirementId;

mod fixture;

fn bug(id: &str, cases: &[&str]) -> Bug {
    Bug {
        id: id.into(),
        title: "Does what no server may".into(),
        software: vec!["Some Server".into()],
        references: vec!["CVE-2020-13935".into(), "owner/repo#1".into()],
        cases: cases.iter().map(|glob| IdGlob::parse(glob).unwrap()).collect(),
        recommended: false,
        location: Location { path: "cases/x/bugs.toml".into(), line: 1, script_line: 1 },
    }
}

/// One bug for each result, of the fixture's trials; and one with hostile words.
fn bugs() -> Vec<Bug> {
    vec![
        bug("fails", &["rfc6455/5.4/ping-between-fragments"]),
        bug("passes", &["rfc6455/5.1/text", "rfc6455/5.2/reserved-bit"]),
        Bug { recommended: true, ..bug("falls-short", &["rfc6455/5.2/reserved-bit"]) },
        bug("not-run", &["rfc6455/99/nothing"]),
        bug("skipped", &["rfc6455/9.1/deflate-*"]),
        Bug {
            title: fixture::HOSTILE.into(),
            software: vec![fixture::HOSTILE.into()],
            references: vec![fixture::HOSTILE.into()],
            ..bug(fixture::HOSTILE, &["rfc6455/*"])
        },
    ]
}

/// A record of trials with these ids and verdicts.
fn record(trials: &[(&str, Verdict)]) -> Record {
    let trials = trials.iter().map(|(id, verdict)| fixture::trial(id, "T", verdict.clone()));
    Record { trials: trials.collect::<Vec<TrialRecord>>(), ..fixture::record() }
}

fn lenient() -> Verdict {
    Verdict::Lenient { notes: Vec::new() }
}

fn failed() -> Verdict {
    Verdict::Fail { failure: fixture::failure(1, "pong", "nothing", "rfc6455#5.5.2:2") }
}

#[test]
fn every_answer_has_its_line() {
    insta::assert_snapshot!(known_bugs(&bugs(), &fixture::record(), false, false));
}

#[test]
fn answers_have_colours() {
    let text = known_bugs(&bugs(), &fixture::record(), true, false);
    insta::assert_snapshot!(text.replace('\x1b', "␛"));
}

#[test]
fn nothing_hostile_comes_out() {
    let text = known_bugs(&bugs(), &fixture::record(), false, false);
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
}

#[test]
fn one_failure_is_enough_whatever_the_others_say() {
    let skip = Verdict::Skip { reason: "no echo".into() };
    let record = record(&[("a/1", skip), ("a/2", Verdict::Pass), ("a/3", failed())]);
    let found = Presence::of(&bug("x", &["a"]), &record);
    assert_eq!(found, Presence::Present { trial: &record.trials[2] });
}

#[test]
fn a_failure_by_a_rule_that_the_case_is_not_about_leaves_it_open() {
    let failure = fixture::failure(1, "an answer", "code 1002", "rfc6455#6.2:2");
    let mut record = record(&[("a/1", Verdict::Fail { failure })]);
    let open = Presence::CannotTell { why: "its case failed for another reason" };
    assert_eq!(Presence::of(&bug("x", &["a"]), &record), open);
    record.trials[0].also = vec![RequirementId::from_static("rfc6455#6.2:2")];
    assert_eq!(Presence::of(&bug("x", &["a"]), &record), Presence::Present { trial: &record.trials[0] });
    // What happens on every connection is not the bug.
    record.peer.always_breaks = vec![RequirementId::from_static("rfc6455#6.2:2")];
    assert_eq!(Presence::of(&bug("x", &["a"]), &record), open);
}

#[test]
fn one_trial_without_an_answer_leaves_it_open() {
    for (verdict, why) in [
        (Verdict::Skip { reason: "no echo".into() }, "no echo"),
        (Verdict::Inconclusive { why: "refused".into() }, "refused"),
        (
            Verdict::Flaky { failure: fixture::failure(1, "a", "b", "rfc6455#5.4:1") },
            "it failed among other trials and not alone",
        ),
    ] {
        let record = record(&[("a/1", Verdict::Pass), ("a/2", verdict)]);
        assert_eq!(Presence::of(&bug("x", &["a"]), &record), Presence::CannotTell { why });
    }
}

#[test]
fn what_passes_is_not_found_and_what_was_not_run_is_left_open() {
    let record = record(&[("a/1", Verdict::Pass), ("a/2", lenient())]);
    assert_eq!(Presence::of(&bug("x", &["a"]), &record), Presence::NotFound);
    let open = Presence::CannotTell { why: "its cases were not run" };
    assert_eq!(Presence::of(&bug("x", &["b"]), &record), open);
}

#[test]
fn a_lenient_trial_shows_a_bug_that_only_misses_something_recommended() {
    let record = record(&[("a/1", Verdict::Pass), ("a/2", lenient())]);
    let bug = Bug { recommended: true, ..bug("x", &["a"]) };
    assert_eq!(Presence::of(&bug, &record), Presence::Present { trial: &record.trials[1] });
}

#[test]
fn a_trial_that_the_server_died_of_shows_the_bug_however_it_came_out() {
    let mut record = record(&[("a/1", lenient()), ("a/2", Verdict::Pass)]);
    let death = |trials: &[&str]| DeathRecord {
        trials: trials.iter().map(|id| (*id).to_owned()).collect(),
        how: "signal 6".into(),
        output: Vec::new(),
    };
    let bug = bug("x", &["a"]);
    record.process = Some(ProcessRecord { deaths: vec![death(&["a/1", "a/2"])], ..ProcessRecord::default() });
    assert_eq!(Presence::of(&bug, &record), Presence::NotFound, "one of several");
    record.process = Some(ProcessRecord { deaths: vec![death(&["a/2"])], ..ProcessRecord::default() });
    assert_eq!(Presence::of(&bug, &record), Presence::Present { trial: &record.trials[1] });
    let text = known_bugs(&[bug], &record, false, false);
    assert!(text.contains("             a/2: the server died: signal 6\n"), "{text}");
}

/// A trial that failed, and whether it measures memory that the peer keeps.
fn failed_trial(id: &str, measures: bool) -> TrialRecord {
    let mut trial = fixture::trial(id, "T", failed());
    let text = if measures { "measure held 32MiB" } else { "alive" };
    trial.script = vec![ScriptLine { number: 1, text: text.into() }];
    trial
}

#[test]
fn that_memory_is_kept_is_only_said_where_it_was_measured() {
    let bug = bug("keeps", &["a/*"]);
    let mut skipped = failed_trial("a/measured", true);
    skipped.verdict = Verdict::Skip { reason: "there is no process".into() };
    let of = |trials: Vec<TrialRecord>| Record { trials, ..fixture::record() };
    let record = of(vec![failed_trial("a/answer", false), skipped.clone()]);
    let why = "its memory was not measured; start the server with --spawn";
    assert_eq!(Presence::of(&bug, &record), Presence::CannotTell { why });
    let record = of(vec![failed_trial("a/answer", false), failed_trial("a/measured", true)]);
    assert_eq!(Presence::of(&bug, &record), Presence::Present { trial: &record.trials[1] });
    let record = of(vec![failed_trial("a/answer", false)]);
    assert_eq!(Presence::of(&bug, &record), Presence::Present { trial: &record.trials[0] });
}
