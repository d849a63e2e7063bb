//! Deaths of a peer: distinguished from a peer that is only busy, and attributed to the trial that causes them.

mod common;

use std::time::Duration;

use common::{
    Server, assert_clean, drain, options, patient, plan, probes, run, serve_peer, trial, with_script,
};
use tokio::net::TcpSocket;
use wsspec_peer::{Flaw, Peer};
use wsspec_record::{Record, Verdict};
use wsspec_runner::{RunOptions, Target};

const PINGS: &str = "rfc6455/5.5.2/ping-length";
const KILLS: &str = "> raw \"DIE\"\n< pong \"p\"\n";

fn words(record: &Record, word: &str) -> usize {
    record.trials.iter().filter(|trial| trial.verdict.word() == word).count()
}

fn with_jobs(jobs: u32) -> RunOptions {
    RunOptions { jobs, comeback: Duration::from_secs(5), ..patient() }
}

#[tokio::test]
async fn the_trial_that_a_supervised_server_dies_of_is_found_by_replay() {
    for jobs in [1, 8] {
        let server = Server::mortal("DIE", Duration::from_millis(200)).await;
        let plan = with_script(&[PINGS], "a/kills", KILLS, &[]);
        let record = run(&server.url(), &plan, &with_jobs(jobs)).await;
        assert_eq!(record.aborted, None);
        let killer = trial(&record, "a/kills");
        let Verdict::Fail { failure } = &killer.verdict else { panic!("{:?}", killer.verdict) };
        assert!(failure.actual.starts_with("the server dies of this: "), "{}", failure.actual);
        let death = killer.death.as_ref().unwrap();
        assert_eq!(death.trials, ["a/kills"]);
        assert!(death.how.contains("connection refused"), "{}", death.how);
        assert_eq!(words(&record, "pass"), plan.trials.len() - 1, "{:?}", common::not_passed(&record));
        assert_eq!(record.deaths(), record.deaths.len());
        assert!(record.deaths.iter().any(|death| death.trials == ["a/kills"]), "{:?}", record.deaths);
    }
}

#[tokio::test]
async fn a_trial_that_passes_before_the_server_dies_of_it_is_found_too() {
    // The word is in the last bytes sent, after which nothing is expected.
    let server = Server::mortal("DIE", Duration::from_millis(200)).await;
    let mut plan = with_script(&[PINGS], "a/kills", "alive\n> raw \"DIE\"\n", &[]);
    plan.trials.rotate_right(1);
    let record = run(&server.url(), &plan, &with_jobs(1)).await;
    let killer = trial(&record, "a/kills");
    assert!(killer.verdict.is_fail() && killer.death.is_some(), "{:?}", killer.verdict);
    assert_eq!(words(&record, "pass"), plan.trials.len() - 1, "{:?}", common::not_passed(&record));
}

#[tokio::test]
async fn a_death_is_not_taken_for_the_answer_of_another_trial() {
    let server = Server::mortal("DIE", Duration::from_millis(200)).await;
    let mut plan = with_script(&[PINGS], "a/kills", "alive\nwait 300ms\n> raw \"DIE\"\n< pong \"p\"\n", &[]);
    let waits = "alive\n< text \"never\" |? eof\n";
    plan.trials.extend(with_script(&[], "b/waits", waits, &[]).trials.pop());
    plan.trials.rotate_right(2);
    let record = run(&server.url(), &plan, &with_jobs(8)).await;
    assert!(trial(&record, "a/kills").death.is_some());
    let waits = trial(&record, "b/waits");
    assert!(waits.verdict.is_fail() && waits.death.is_none() && waits.attempts > 1, "{waits:?}");
    assert_eq!(words(&record, "pass"), plan.trials.len() - 2, "{:?}", common::not_passed(&record));
}

#[tokio::test]
async fn failures_that_need_no_time_stand_when_the_server_does_not_come_back() {
    let serve = |stream, _| serve_peer(stream, Peer::with(Flaw::DropsLastByte));
    // Two more probes wait for a better echo, and one connection for messages of the server's own.
    let server = Server::start_for(probes(2).await + 2 + 4 + 1, serve).await;
    let plan = plan(&["rfc6455/5.2/text-length", "rfc6455/5.2/binary-length"]);
    let record = run(&server.url(), &plan, &RunOptions { jobs: 2, ..patient() }).await;
    let why = record.aborted.as_deref().unwrap();
    assert!(why.starts_with("the server died, and did not come back within 400ms: "), "{why}");
    assert_eq!((record.trials.len(), record.deaths()), (plan.trials.len(), 1));
    // An empty text has no byte to drop.
    assert_eq!((words(&record, "pass"), words(&record, "fail")), (1, 3));
    assert_eq!(words(&record, "inconclusive"), plan.trials.len() - 4);
}

#[tokio::test]
async fn failures_by_silence_do_not_stand_when_the_server_does_not_come_back() {
    let server = Server::start_for(probes(2).await + 2, |stream, _| serve_peer(stream, Peer::new())).await;
    let mut plan = with_script(&[], "a/silent", "> text \"a\"\n< text \"b\"\n", &[]);
    plan.trials = vec![plan.trials.pop().unwrap()];
    plan.trials.extend(with_script(&[], "b/silent", "< text \"b\"\n", &[]).trials.pop());
    // No probe is late, and so repeated.
    let record = run(&server.url(), &plan, &RunOptions { jobs: 2, ..options(Duration::from_secs(2)) }).await;
    assert!(record.aborted.is_some());
    let silent = trial(&record, "b/silent");
    assert_eq!(silent.verdict.word(), "inconclusive");
    assert!(silent.unconfirmed.is_some(), "{silent:?}");
    assert_eq!(trial(&record, "a/silent").verdict.word(), "fail", "another text came back");
    let told = "1 failures could not be confirmed, and count as inconclusive".to_owned();
    assert!(record.incidents.contains(&told), "{:?}", record.incidents);
}

#[tokio::test]
async fn a_server_whose_backlog_is_full_for_a_while_has_not_died() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let probes = probes(2).await;
    let server = tokio::spawn(async move {
        for number in 0_usize.. {
            let (stream, _) = listener.accept().await.unwrap();
            if number == probes + 1 {
                // Nothing is accepted meanwhile.
                tokio::time::sleep(Duration::from_millis(700)).await;
            }
            tokio::spawn(serve_peer(stream, Peer::new()));
        }
    });
    let mut target = Target::parse(&url).unwrap();
    target.connect_timeout = Duration::from_millis(150);
    let plan = plan(&[PINGS]);
    let record = common::run_target(target, &plan, &RunOptions { jobs: 2, ..patient() }).await;
    server.abort();
    assert_eq!((record.aborted.as_deref(), record.deaths()), (None, 0));
    assert!(record.incidents.iter().all(|what| !what.contains("died")), "{:?}", record.incidents);
    assert_eq!(words(&record, "pass"), plan.trials.len(), "{:?}", common::not_passed(&record));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_takes_connections_and_answers_none_any_more_has_not_died() {
    let probes = probes(2).await;
    let server = Server::start(move |mut stream, number| async move {
        match number.checked_sub(probes + 2) {
            None => serve_peer(stream, Peer::new()).await,
            Some(_) => drain(&mut stream).await,
        }
    })
    .await;
    let plan = plan(&[PINGS]);
    let record = run(&server.url(), &plan, &RunOptions { jobs: 2, ..options(Duration::from_secs(2)) }).await;
    let why = record.aborted.as_deref().unwrap();
    assert!(why.starts_with("the server no longer answers: "), "{why}");
    assert_eq!((record.deaths(), words(&record, "fail")), (0, 0));
    assert_clean(&record);
}
