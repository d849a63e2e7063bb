//! Compares two records: each kind of change, what is a regression, and the text.

use wsspec_record::{Note, PeerProfile, Record, Standing, TrialRecord, Verdict};
use wsspec_reports::{Change, Diff};
use wsspec_wire::Level;

mod fixture;

use fixture::HOSTILE;

fn fail(requirement: &str) -> Verdict {
    Verdict::Fail { failure: fixture::failure(1, "< pong", "nothing", requirement) }
}

fn lenient(requirement: &str) -> Verdict {
    Verdict::Lenient {
        notes: vec![Note {
            line: 1,
            text: "a".into(),
            requirement: fixture::rule(requirement),
            level: Level::Should,
        }],
    }
}

fn flaky() -> Verdict {
    Verdict::Flaky { failure: fixture::failure(1, "a", "b", "rfc6455#5.4:1") }
}

fn inconclusive() -> Verdict {
    Verdict::Inconclusive { why: "a".into() }
}

fn skip() -> Verdict {
    Verdict::Skip { reason: "a".into() }
}

fn trial(id: &str, verdict: Verdict) -> TrialRecord {
    let mut trial = fixture::trial(id, "x", verdict);
    let named = match &trial.verdict {
        Verdict::Fail { failure } => Some(failure.requirement.clone()),
        Verdict::Lenient { notes } => Some(notes[0].requirement.clone()),
        _ => None,
    };
    trial.broken = named.map(|id| fixture::requirement(id.as_str(), Level::Must, "a"));
    trial
}

fn record(trials: Vec<TrialRecord>) -> Record {
    let peer = PeerProfile { server: None, ..fixture::record().peer };
    Record { trials, peer, incidents: Vec::new(), aborted: None, ..fixture::record() }
}

fn one(verdict: Verdict) -> Record {
    record(vec![trial("rfc6455/5.4/x", verdict)])
}

#[test]
fn each_pair_of_verdicts_is_a_change_of_one_kind() {
    use Change::{
        Doubtful, Fixed, NewlyFailing, NewlyLenient, NewlySkipped, NoLongerLenient, NoLongerSkipped, Other,
    };
    let verdicts =
        [Verdict::Pass, lenient("rfc6455#7.1.7:5"), fail("rfc6455#5.4:1"), flaky(), inconclusive(), skip()];
    let table = [
        [None, Some(NewlyLenient), Some(NewlyFailing), Some(Doubtful), Some(Doubtful), Some(NewlySkipped)],
        [Some(NoLongerLenient), None, Some(NewlyFailing), Some(Doubtful), Some(Doubtful), Some(NewlySkipped)],
        [Some(Fixed), Some(Fixed), None, Some(Other), Some(Other), Some(NewlySkipped)],
        [Some(Fixed), Some(Fixed), Some(NewlyFailing), None, Some(Other), Some(NewlySkipped)],
        [Some(Fixed), Some(Fixed), Some(NewlyFailing), Some(Other), None, Some(NewlySkipped)],
        [Some(NoLongerSkipped), Some(NoLongerSkipped), Some(NewlyFailing), Some(Other), Some(Other), None],
    ];
    for (old, row) in verdicts.iter().zip(table) {
        for (new, expected) in verdicts.iter().zip(row) {
            let diff = Diff::of(&one(old.clone()), &one(new.clone()));
            let kind = diff.trials.first().map(|change| change.kind);
            assert_eq!(kind, expected, "{} -> {}", old.word(), new.word());
            assert_eq!(diff.is_worse(), expected.is_some_and(Change::is_worse));
        }
    }
}

#[test]
fn newly_failing_newly_lenient_and_doubtful_alone_are_worse() {
    let all = [
        (Change::NewlyFailing, true),
        (Change::Doubtful, true),
        (Change::NewlyLenient, true),
        (Change::Fixed, false),
        (Change::Other, false),
        (Change::OtherRequirement, false),
        (Change::NewlySkipped, false),
        (Change::Added, false),
        (Change::Removed, false),
    ];
    for (kind, worse) in all {
        assert_eq!(kind.is_worse(), worse, "{kind:?}");
    }
}

#[test]
fn another_requirement_is_a_change_and_another_duration_none() {
    let diff = Diff::of(&one(fail("rfc6455#5.4:1")), &one(fail("rfc6455#5.4:2")));
    let change = &diff.trials[0];
    assert_eq!((change.kind, diff.is_worse()), (Change::OtherRequirement, false));
    assert_eq!(change.old_requirement.as_deref(), Some("rfc6455#5.4:1"));
    assert_eq!(change.requirement.as_deref(), Some("rfc6455#5.4:2"));
    let mut slow = one(fail("rfc6455#5.4:1"));
    slow.trials[0].duration_us *= 1000;
    slow.duration_us *= 1000;
    slow.trials[0].standing = Some(Standing::Known { reason: "it is expected".into() });
    let same = Diff::of(&one(fail("rfc6455#5.4:1")), &slow);
    assert_eq!((&*same.trials, &*same.peer, same.is_worse()), (&[][..], &[][..], false));
    assert!(same.text(false).ends_with("\nNo difference.\n"));
}

#[test]
fn trials_of_one_record_alone_are_listed_and_no_regression() {
    let diff = Diff::of(
        &record(vec![trial("rfc6455/5.4/old", Verdict::Pass)]),
        &record(vec![trial("rfc6455/5.4/new", fail("rfc6455#5.4:1"))]),
    );
    let kinds: Vec<_> = diff.trials.iter().map(|change| (change.kind, &*change.id)).collect();
    assert_eq!(kinds, [(Change::Added, "rfc6455/5.4/new"), (Change::Removed, "rfc6455/5.4/old")]);
    assert!(!diff.is_worse());
}

#[test]
fn a_new_run_that_was_cut_short_is_worse() {
    let mut cut = one(Verdict::Pass);
    cut.aborted = Some("the server died".into());
    assert!(Diff::of(&one(Verdict::Pass), &cut).is_worse());
    assert!(!Diff::of(&cut, &cut).is_worse());
    let text = Diff::of(&one(Verdict::Pass), &cut).text(false);
    assert!(text.ends_with("\nWorse: the new run was cut short.\n"), "{text}");
}

fn pair() -> Diff {
    let sizes = [0, 125, 126, 65535, 65536];
    let family = |verdict: &dyn Fn(usize) -> Verdict| -> Vec<TrialRecord> {
        let member = |(at, size)| trial(&format!("rfc6455/5.2/length[size={size}]"), verdict(at));
        sizes.iter().enumerate().map(member).collect()
    };
    let mut old = family(&|_| Verdict::Pass);
    let mut new = family(&|at| if at == 0 { lenient("rfc6455#5.2:9") } else { fail("rfc6455#5.2:8") });
    let singles = [
        ("rfc6455/5.4/fixed", fail("rfc6455#5.4:1"), Verdict::Pass),
        ("rfc6455/5.4/another", fail("rfc6455#5.4:1"), fail("rfc6455#5.4:2")),
        ("rfc6455/5.5/doubtful", Verdict::Pass, inconclusive()),
        ("rfc6455/5.5/better", lenient("rfc6455#7.1.7:5"), Verdict::Pass),
        ("rfc7692/7/offer", Verdict::Pass, skip()),
        ("rfc7692/7/other", flaky(), inconclusive()),
        ("rfc7692/7/same", skip(), skip()),
    ];
    for (id, was, is) in singles {
        old.push(trial(id, was));
        new.push(trial(id, is));
    }
    old.push(trial("rfc6455/5.4/gone", fail("rfc6455#5.4:1")));
    old.extend((0..3).map(|number| trial(&format!("rfc6455/5.4/fine[number={number}]"), Verdict::Pass)));
    old.push(trial("rfc6455/5.4/skipped", skip()));
    let failure = fixture::failure(1, "< pong", HOSTILE, "rfc6455#5.4:2");
    new.push(trial(&format!("rfc6455/5.4/{HOSTILE}"), Verdict::Fail { failure }));
    let mut new = record(new);
    new.peer.deflate = true;
    new.peer.server = Some(HOSTILE.into());
    new.target = HOSTILE.into();
    new.aborted = Some(HOSTILE.into());
    Diff::of(&record(old), &new)
}

#[test]
fn the_text_has_each_kind_by_section_and_each_family_once() {
    insta::assert_snapshot!(pair().text(false));
}

#[test]
fn nothing_a_peer_sent_moves_the_terminal() {
    let text = pair().text(false);
    assert!(text.contains("script"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert!(!text.contains(['\u{202e}', '\u{ffff}']), "{text}");
    assert!(pair().text(true).contains("\u{1b}["));
}
