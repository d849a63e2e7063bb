//! A fault on every connection is one failure, not one for each trial.

use wsspec_peer::Flaw;
use wsspec_record::{Record, Verdict};
use wsspec_wire::RequirementId;

mod common;

use common::{Server, not_passed, patient, plan, run, trial};

/// The trials that failed, and the rules that they name.
fn failed(record: &Record) -> Vec<(&str, &str)> {
    let trials = record.trials.iter();
    let failures = trials.filter_map(|trial| match &trial.verdict {
        Verdict::Fail { failure } => Some((trial.id.as_str(), failure.requirement.as_str())),
        _ => None,
    });
    failures.collect()
}

const MASKED: RequirementId = RequirementId::from_static("rfc6455#5.1:5");

#[tokio::test]
async fn what_is_broken_on_every_connection_fails_where_it_is_asked_for_and_is_remarked_elsewhere() {
    let server = Server::peer(Some(Flaw::MasksFrames)).await;
    let plan = plan(&["rfc6455/5.1/*", "rfc6455/5.2/kinds-are-kept", "rfc6455/5.5.2/ping-length"]);
    let record = run(&server.url(), &plan, &patient()).await;
    assert_eq!(record.peer.always_breaks, [MASKED]);
    let failed = failed(&record);
    assert!(!failed.is_empty());
    for (id, rule) in failed {
        let record = trial(&record, id);
        assert!(
            rule == MASKED.as_str() && (record.requirement.id == MASKED || record.also.contains(&MASKED))
        );
    }
    let ping = trial(&record, "rfc6455/5.5.2/ping-length[size=124]");
    assert_eq!(ping.verdict, Verdict::Pass);
    assert!(ping.remarks.iter().any(|remark| remark.requirement == MASKED), "{:?}", ping.remarks);
}

#[tokio::test]
async fn where_no_trial_asks_for_it_the_first_that_saw_it_fails() {
    let server = Server::peer(Some(Flaw::MasksFrames)).await;
    let plan = plan(&["rfc6455/5.5.2/ping-length"]);
    let record = run(&server.url(), &plan, &patient()).await;
    let failed = failed(&record);
    assert!(matches!(failed[..], [(_, rule)] if rule == MASKED.as_str()), "{failed:?}");
    assert_eq!(not_passed(&record).len(), 1);
}

#[tokio::test]
async fn what_keeps_a_peer_from_answering_is_not_looked_past() {
    let server = Server::peer(Some(Flaw::FragmentsPongs)).await;
    let record = run(&server.url(), &plan(&["rfc6455/5.5.2/ping-length"]), &patient()).await;
    assert!(record.peer.always_breaks.is_empty());
    let failed = failed(&record);
    assert!(failed.iter().all(|(_, rule)| *rule == "rfc6455#5.5:5"), "{failed:?}");
    assert!(failed.len() > 1);
}

#[tokio::test]
async fn a_close_frame_that_never_comes_is_one_failure() {
    let server = Server::peer(Some(Flaw::IgnoresClose)).await;
    let about_closing = "rfc6455/5.5.1/*";
    // This expects an answer, and is about which codes may be in it.
    let about_codes = "rfc6455/7.4/library-or-private-code";
    let plan = plan(&[about_closing, about_codes, "rfc6455/5.5.2/ping-length", "rfc6455/5.2/kinds-are-kept"]);
    let record = run(&server.url(), &plan, &common::brief()).await;
    let failed = failed(&record);
    let is_about_it =
        |(id, rule): &(&str, &str)| id.starts_with("rfc6455/5.5.1/") || *rule == "rfc6455#5.5.1:14";
    assert!(!failed.is_empty() && failed.iter().all(is_about_it), "{failed:?}");
}

#[tokio::test]
async fn an_error_in_each_answer_to_a_close_frame_is_one_failure() {
    let server = Server::peer(Some(Flaw::ReportsErrorInAnswer)).await;
    let plan = plan(&["rfc6455/5.5.1/*", "rfc6455/5.5.2/ping-length", "rfc6455/4.2.1/field-order"]);
    let record = run(&server.url(), &plan, &patient()).await;
    assert!(record.peer.pong, "it answers pings, whatever it makes of close frames");
    let failed = failed(&record);
    assert!(!failed.is_empty() && failed.iter().all(|(_, rule)| *rule == "rfc6455#6.2:2"), "{failed:?}");
    let about_it = |id: &str| id.starts_with("rfc6455/5.5.1/");
    assert!(failed.iter().all(|(id, _)| about_it(id)), "{failed:?}");
}

#[tokio::test]
async fn a_pong_that_never_comes_breaks_one_rule() {
    let server = Server::peer(Some(Flaw::SendsNoPong)).await;
    let plan = plan(&["rfc6455/5.2", "rfc6455/5.3", "rfc6455/5.5.2", "rfc6455/5.6", "rfc7692/6.1"]);
    let record = run(&server.url(), &plan, &common::brief()).await;
    let failed = failed(&record);
    assert!(!failed.is_empty() && failed.iter().all(|(_, rule)| *rule == "rfc6455#5.5.2:2"), "{failed:?}");
    let skipped = record.trials.iter().filter(|trial| trial.verdict.word() == "skip").count();
    assert!(skipped > 0, "cases that see by a pong what they are about");
}

#[tokio::test]
async fn data_behind_a_close_frame_breaks_one_rule_whatever_it_is() {
    let server = Server::peer(Some(Flaw::SpeaksAfterClose)).await;
    let record =
        run(&server.url(), &plan(&["rfc6455/5.5.1", "rfc6455/7.1", "rfc6455/5.2"]), &patient()).await;
    assert!(!record.peer.speaks_unasked, "nothing comes before the close frame");
    let failed = failed(&record);
    assert!(!failed.is_empty() && failed.iter().all(|(_, rule)| *rule == "rfc6455#5.5.1:13"), "{failed:?}");
}

#[tokio::test]
async fn an_echo_that_is_compressed_though_nothing_was_agreed_is_judged_as_an_echo() {
    let server = Server::peer(Some(Flaw::CompressesUnasked)).await;
    let plan = plan(&["rfc6455/5.2/kinds-are-kept", "rfc6455/5.2/text-length"]);
    let record = run(&server.url(), &plan, &patient()).await;
    assert!(record.peer.echo);
    assert!(failed(&record).iter().any(|(_, rule)| *rule == "rfc6455#5.2:3"), "{:?}", failed(&record));
}
