//! Exit codes, and the sentences that go with them.

use wsspec_record::{DeathRecord, Note, Record, Standing, TrialRecord, Verdict};
use wsspec_reports::{RunOutcome, Tally, TextOptions, exit_status, run_text};
use wsspec_wire::Level;

mod fixture;

fn of(verdicts: impl IntoIterator<Item = Verdict>) -> Record {
    let trials = verdicts.into_iter().map(|verdict| fixture::trial("rfc6455/5.4/x", "x", verdict)).collect();
    Record { trials, incidents: Vec::new(), aborted: None, ..fixture::record() }
}

/// The text of the run, in lines wide enough for everything.
fn summary(record: &Record) -> String {
    run_text(record, &TextOptions { width: 300, ..TextOptions::default() })
}

fn edited(mut record: Record, edit: impl Fn(&mut TrialRecord)) -> Record {
    record.trials.iter_mut().for_each(edit);
    record
}

fn fail() -> Verdict {
    Verdict::Fail { failure: fixture::failure(1, "a", "b", "rfc6455#5.4:1") }
}

fn flaky() -> Verdict {
    Verdict::Flaky { failure: fixture::failure(1, "a", "b", "rfc6455#5.4:1") }
}

fn lenient() -> Verdict {
    let note = Note {
        line: 1,
        text: "a".into(),
        requirement: fixture::rule("rfc6455#7.1.7:5"),
        level: Level::Should,
    };
    Verdict::Lenient { notes: vec![note] }
}

fn inconclusive() -> Verdict {
    Verdict::Inconclusive { why: "a".into() }
}

fn skip() -> Verdict {
    Verdict::Skip { reason: "a".into() }
}

fn known(trial: &mut TrialRecord) {
    trial.standing = Some(Standing::Known { reason: "a".into() });
}

/// Exit codes without and with `--strict`.
fn codes(record: &Record) -> [u8; 2] {
    [exit_status(record, false).code(), exit_status(record, true).code()]
}

#[test]
fn a_peer_that_passes_conforms() {
    assert_eq!(codes(&of([Verdict::Pass, skip()])), [0, 0]);
}

#[test]
fn a_failure_is_1_whatever_else_there_is() {
    assert_eq!(codes(&of([Verdict::Pass, fail(), inconclusive(), flaky(), skip()])), [1, 1]);
}

#[test]
fn a_known_failure_is_none() {
    assert_eq!(codes(&edited(of([fail()]), known)), [0, 0]);
}

#[test]
fn an_expired_expectation_is_1_and_says_so() {
    let late = |trial: &mut TrialRecord| {
        trial.standing = Some(Standing::Expired {
            pattern: "a".into(),
            deviation: "fail".into(),
            until: "2026-01-31".into(),
            reason: "b".into(),
        });
    };
    assert_eq!(codes(&edited(of([fail()]), late)), [1, 1]);
    assert_eq!(codes(&edited(of([Verdict::Pass, lenient()]), late)), [1, 1]);
    let text = summary(&edited(of([lenient()]), late));
    assert!(text.contains("1 expired expectation: `a` was expected (fail) until 2026-01-31: b\n"), "{text}");
    assert!(text.ends_with("The peer deviates in 1 trial whose expectation has expired.\n"), "{text}");
}

#[test]
fn what_is_known_to_be_flaky_or_inconclusive_is_no_doubt_unless_nothing_else_ran() {
    let mut record = of([Verdict::Pass, flaky(), inconclusive()]);
    assert_eq!(codes(&record), [3, 3]);
    record.trials[1..].iter_mut().for_each(known);
    assert_eq!(codes(&record), [0, 0]);
    assert_eq!(codes(&edited(of([inconclusive(), skip()]), known)), [3, 3]);
}

#[test]
fn a_lenient_trial_is_1_when_strict_and_not_known() {
    assert_eq!(codes(&of([lenient()])), [0, 1]);
    assert_eq!(codes(&edited(of([lenient()]), known)), [0, 0]);
    assert_eq!(codes(&of([Verdict::Lenient { notes: Vec::new() }])), [0, 1]);
}

#[test]
fn an_unexpected_pass_is_1() {
    let record = edited(of([Verdict::Pass]), |trial| {
        trial.standing = Some(Standing::UnexpectedPass { reason: "a".into() });
    });
    assert_eq!(codes(&record), [1, 1]);
}

#[test]
fn what_came_to_no_verdict_is_3() {
    assert_eq!(codes(&of([Verdict::Pass, inconclusive()])), [3, 3]);
    assert_eq!(codes(&of([Verdict::Pass, flaky()])), [3, 3]);
}

#[test]
fn a_run_cut_short_is_3_unless_something_was_broken() {
    let aborted = |record| Record { aborted: Some("the peer died".into()), ..record };
    assert_eq!(codes(&aborted(of([Verdict::Pass]))), [3, 3]);
    assert_eq!(codes(&aborted(of([fail()]))), [1, 1]);
}

#[test]
fn no_trial_run_is_3() {
    assert_eq!(codes(&of([])), [3, 3]);
    assert_eq!(codes(&of([skip(), skip()])), [3, 3]);
}

#[test]
fn requirements_are_counted_once() {
    let record = of([fail(), fail(), lenient()]);
    assert_eq!(
        RunOutcome::of(&record, false),
        RunOutcome::Breaks { deadly: 0, requirements: 1, unexpected: 0, expired: 0 }
    );
    assert_eq!(
        RunOutcome::of(&record, true),
        RunOutcome::Breaks { deadly: 0, requirements: 2, unexpected: 0, expired: 0 }
    );
}

#[test]
fn the_outcome_is_the_last_line_of_the_summary() {
    let last = |record: &Record| summary(record).lines().last().map(str::to_owned).unwrap();
    assert_eq!(last(&of([Verdict::Pass])), "The peer conforms.");
    assert_eq!(
        last(&of([Verdict::Pass, lenient()])),
        "The peer conforms, though it lacks something recommended in 1 trial."
    );
    assert_eq!(last(&edited(of([fail()]), known)), "The peer conforms, except for 1 known deviation.");
    assert_eq!(last(&of([fail()])), "The peer breaks 1 requirement.");
    assert_eq!(
        last(&of([Verdict::Pass, inconclusive(), flaky()])),
        "Nothing broken, but inconclusive: 1 trial came to no verdict; 1 trial failed among others but not alone."
    );
    assert_eq!(last(&of([skip()])), "Nothing broken, but inconclusive: no trial was run, 1 skipped.");
}

#[test]
fn the_numbers_are_the_line_before() {
    let text = summary(&of([Verdict::Pass, Verdict::Pass, lenient()]));
    assert_eq!(text.lines().rev().nth(1), Some("3 trials: 2 passed, 1 lenient; in 0.41 s"));
    let text = summary(&of([]));
    assert_eq!(text.lines().rev().nth(1), Some("0 trials; in 0.41 s"));
}

#[test]
fn every_trial_is_counted_once() {
    let record = fixture::record();
    let tally = Tally::of_record(&record);
    assert_eq!(tally.total(), record.trials.len());
    assert_eq!(tally.run(), record.trials.len() - 2);
    let expected = Tally {
        passed: 2,
        lenient: 1,
        failed: 5,
        known: 1,
        flaky: 1,
        inconclusive: 1,
        skipped: 2,
        unexpected: 1,
        expired: 0,
    };
    assert_eq!(tally, expected);
}

fn died(record: Record, trials: &[&str]) -> Record {
    let trials = trials.iter().map(|&id| id.to_owned()).collect();
    let death = DeathRecord { trials, how: "exit status 3".into(), output: vec!["oops\u{1b}[2J".into()] };
    Record { deaths: vec![death], ..record }
}

#[test]
fn a_trial_that_the_peer_dies_of_is_1_and_no_requirement_is_said_to_be_broken() {
    let record = edited(of([Verdict::Pass, fail()]), |trial| {
        let deadly = died(of([]), &["a"]).deaths.remove(0);
        trial.death = trial.verdict.is_fail().then_some(deadly);
    });
    assert_eq!(codes(&record), [1, 1]);
    assert_eq!(
        RunOutcome::of(&record, false),
        RunOutcome::Breaks { deadly: 1, requirements: 0, unexpected: 0, expired: 0 }
    );
    let text = summary(&record);
    assert!(text.contains("FAIL  the server dies of 1 trial: exit status 3\n"), "{text}");
    assert!(text.ends_with("The peer dies of 1 trial.\n"), "{text}");
    assert!(!text.contains("breaks"), "{text}");
}

#[test]
fn nothing_is_said_to_be_whole_where_the_peer_died() {
    let record = died(of([Verdict::Pass]), &["a", "b"]);
    assert_eq!(codes(&record), [3, 3]);
    let text = summary(&record);
    assert!(text.contains("server died: exit status 3\n  during  a, b\n"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    assert!(text.ends_with("It is open whether the peer conforms: the server died 1 time.\n"), "{text}");
    let known = edited(record, known);
    assert!(!summary(&known).contains("Nothing broken"));
}

#[test]
fn nothing_is_said_to_be_whole_where_a_failure_was_not_confirmed() {
    let record = edited(of([Verdict::Pass, inconclusive()]), |trial| {
        let Verdict::Fail { failure } = fail() else { panic!("a failure") };
        trial.unconfirmed = (trial.verdict.word() == "inconclusive").then_some(failure);
    });
    assert_eq!(codes(&record), [3, 3]);
    let end = "It is open whether the peer conforms: 1 trial came to no verdict; 1 failure could not be confirmed.\n";
    let text = summary(&record);
    assert!(text.ends_with(end), "{text}");
}
