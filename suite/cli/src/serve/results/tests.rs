use std::time::Duration;

use wsspec_catalogue::{Catalogue, Filter};
use wsspec_exchange::Outcome;
use wsspec_record::Failure;
use wsspec_runner::Evidence;

use super::*;

const AGENT: &str = "me";

fn plan() -> Plan {
    let catalogue = Catalogue::embedded().unwrap();
    let filter = Filter::new(&["rfc6455/5.5.2/ping-with-text", "rfc6455/5.2/kinds-are-kept"], &[]);
    Plan::new(&catalogue, &filter.unwrap(), Role::Client, 0)
}

fn results(plan: &Plan) -> AgentResults {
    AgentResults::new(plan, Limits::default(), 0, Baseline::default(), Vec::new())
}

fn failure(plan: &Plan, place: usize) -> Verdict {
    let (expected, actual) = ("this".to_owned(), "that".to_owned());
    let Plan { trials } = plan;
    let (requirement, level) = (trials[place].requirement.clone(), trials[place].level);
    Verdict::Fail { failure: Failure { line: 1, expected, actual, requirement, level } }
}

fn add(results: &AgentResults, plan: &Plan, place: usize, verdict: Verdict, confirm: bool) {
    add_with(results, plan, place, Evidence::default(), verdict, confirm);
}

fn add_with(
    results: &AgentResults,
    plan: &Plan,
    place: usize,
    evidence: Evidence,
    verdict: Verdict,
    confirm: bool,
) {
    let record = Outcome::of(verdict).into_record(&plan.trials[place], Role::Client, 0, 1);
    let pace = Pace { slowest: Duration::from_millis(100), ..Pace::default() };
    results.add(AGENT, AgentTrial { record, evidence, pace }, confirm);
}

#[test]
fn what_failed_is_given_once_more_when_all_is_done_one_at_a_time() {
    let plan = plan();
    let results = results(&plan);
    assert_eq!(plan.trials.len(), 2);
    for trial in &plan.trials {
        assert_eq!(results.next(AGENT).as_deref(), Some(&*trial.id));
    }
    assert_eq!(results.next(AGENT), None);
    add(&results, &plan, 0, failure(&plan, 0), false);
    assert!(!results.is_settled(AGENT));
    add(&results, &plan, 1, failure(&plan, 1), false);
    assert!(results.is_settled(AGENT) && !results.is_through(AGENT));
    assert_eq!(results.next_failure(AGENT).as_deref(), Some(&*plan.trials[0].id));
    assert!(!results.is_settled(AGENT), "one is running");
    add(&results, &plan, 0, failure(&plan, 0), true);
    assert_eq!(results.next_failure(AGENT).as_deref(), Some(&*plan.trials[1].id));
    assert_eq!(results.next_failure(AGENT), None, "a case that does not end is not given again");
    add(&results, &plan, 1, Verdict::Pass, true);
    assert!(results.is_through(AGENT));
    let trials = results.record(AGENT).unwrap().trials;
    assert!(trials[0].verdict.is_fail(), "{:?}", trials[0]);
    assert!(matches!(trials[1].verdict, Verdict::Flaky { .. }), "{:?}", trials[1]);
    assert!(trials.iter().all(|trial| trial.attempts == 2));
}

#[test]
fn a_third_run_decides_between_two_that_fail_for_different_reasons() {
    let plan = plan();
    let other = || {
        let Verdict::Fail { failure: one } = failure(&plan, 0) else { unreachable!() };
        let requirement = wsspec_wire::RequirementId::from_static("rfc6455#5.1:3");
        assert_ne!(one.requirement, requirement);
        Verdict::Fail { failure: Failure { requirement, ..one } }
    };
    for (third, expected) in [
        (failure(&plan, 0), "fail"),
        (other(), "fail"),
        (Verdict::Pass, "flaky"),
        (failure(&plan, 1), "flaky"),
    ] {
        let results = results(&plan);
        add(&results, &plan, 0, failure(&plan, 0), false);
        add(&results, &plan, 1, Verdict::Pass, false);
        let asked = || results.next_failure(AGENT);
        assert_eq!(asked().as_deref(), Some(&*plan.trials[0].id));
        add(&results, &plan, 0, other(), true);
        assert!(!results.is_through(AGENT) && results.is_settled(AGENT));
        assert_eq!(results.unconfirmed(AGENT).len(), 1);
        assert_eq!(asked().as_deref(), Some(&*plan.trials[0].id), "a third run");
        assert!(!results.is_settled(AGENT), "it is running");
        add(&results, &plan, 0, third.clone(), true);
        let decided = results.record(AGENT).unwrap().trials[0].clone();
        assert_eq!((decided.verdict.word(), decided.attempts), (expected, 3), "{third:?}");
        assert!(results.is_through(AGENT) && results.is_settled(AGENT));
        assert_eq!(asked(), None);
        if third.is_fail() && expected == "fail" {
            assert_eq!(decided.verdict, third);
        }
    }
}

#[test]
fn only_what_is_to_confirm_is_weighed_against_what_was_before() {
    let plan = plan();
    let results = results(&plan);
    let verdict = || results.record(AGENT).unwrap().trials[0].verdict.clone();
    let bytes = Evidence { by_bytes: true, ..Evidence::default() };
    add_with(&results, &plan, 0, bytes, failure(&plan, 0), false);
    add(&results, &plan, 0, Verdict::Inconclusive { why: "nothing came".into() }, true);
    assert!(verdict().is_fail(), "an inconclusive run does not clear a failure");
    add(&results, &plan, 0, Verdict::Pass, false);
    assert_eq!(verdict(), Verdict::Pass, "a corrected client");
}

#[test]
fn a_silence_is_taken_back_by_a_late_answer_of_a_slow_agent_and_flaky_of_a_fast_one() {
    let plan = plan();
    let silence = Evidence { by_silence: true, ..Evidence::default() };
    let of = |slowest: Duration| {
        let results = results(&plan);
        add_with(&results, &plan, 0, silence, failure(&plan, 0), false);
        let record = Outcome::of(Verdict::Pass).into_record(&plan.trials[0], Role::Client, 0, 1);
        let pace = Pace { slowest, ..Pace::default() };
        results.add(AGENT, AgentTrial { record, evidence: Evidence::default(), pace }, true);
        results.record(AGENT).unwrap().trials[0].verdict.clone()
    };
    assert_eq!(of(Duration::from_secs(3)), Verdict::Pass);
    assert!(matches!(of(Duration::from_millis(1)), Verdict::Flaky { .. }));
}

#[test]
fn invented_names_push_out_each_other_and_no_client_that_is_tested() {
    let plan = plan();
    let results = results(&plan);
    let come = |agent: &str, place: usize| {
        let record = Outcome::of(Verdict::Pass).into_record(&plan.trials[place], Role::Client, 0, 1);
        let pace = Pace::default();
        results.add(agent, AgentTrial { record, evidence: Evidence::default(), pace }, false);
    };
    (0..=100).for_each(|number| come(&format!("invented {number}"), 0));
    come("honest", 0);
    come("honest", 1);
    (200..=300).for_each(|number| come(&format!("invented {number}"), 0));
    assert_eq!(results.record("honest").unwrap().trials.len(), 2);
    assert!(results.record("invented 300").is_some());
    assert_eq!(results.records().len(), 64);
    let forgotten = "the results of 64 agents are kept; 139 with fewer cases were forgotten";
    assert_eq!(results.forgotten().as_deref(), Some(forgotten));
}
