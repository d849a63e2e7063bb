//! Runs that check survival: which trial a death is attributed to.

mod common;

use common::{Server, patient, plan, probes, run, serve_peer};
use wsspec_peer::Peer;
use wsspec_record::{Failure, Verdict};
use wsspec_runner::RunOptions;

const PINGS: &str = "rfc6455/5.5.2/ping-length";

#[tokio::test]
async fn a_death_is_laid_to_the_trial_before_it_although_it_passed_on_its_own_connection() {
    // Each trial has one connection, and another to check whether the server survived it.
    let server =
        Server::start_for(probes(1).await + 2 + 2 + 1, |stream, _| serve_peer(stream, Peer::new())).await;
    let plan = plan(&[PINGS]);
    let options = RunOptions { checks_survival: true, jobs: 1, ..patient() };
    let record = run(&server.url(), &plan, &options).await;
    let refused = format!(
        "nothing listens on {}: connection refused; start the server, or check the port",
        server.address
    );
    let died = format!("the server died, and did not come back within 400ms: {refused}");
    let told = [
        format!("the server died: {refused}"),
        format!("the server dies of {}, also alone: {refused}", plan.trials[2].id),
    ];
    assert_eq!((&record.incidents[..], record.aborted.as_ref()), (&told[..], Some(&died)));
    let failure = Failure {
        line: 0,
        expected: "the server to survive".into(),
        actual: format!("the server dies of this: {refused}"),
        requirement: plan.trials[2].requirement.clone(),
        level: plan.trials[2].level,
    };
    for (number, trial) in record.trials.iter().enumerate() {
        let expected = match number {
            0 | 1 => Verdict::Pass,
            2 => Verdict::Fail { failure: failure.clone() },
            _ => Verdict::Inconclusive { why: format!("not run: {died}") },
        };
        assert_eq!((&trial.id, &trial.verdict), (&plan.trials[number].id, &expected));
    }
    assert_eq!(record.trials.len(), plan.trials.len());
}

#[tokio::test]
async fn a_server_that_lives_is_looked_at_after_each_trial() {
    let server = Server::peer(None).await;
    let plan = plan(&[PINGS]);
    let options = RunOptions { checks_survival: true, ..patient() };
    let record = run(&server.url(), &plan, &options).await;
    assert!(record.trials.iter().all(|trial| trial.verdict == Verdict::Pass));
    assert_eq!((&record.incidents, &record.aborted), (&vec![], &None));
    // One more check at the end.
    let probes = probes(patient().jobs).await;
    assert_eq!(server.accepted(), probes + 2 * plan.trials.len() + 1);
}
