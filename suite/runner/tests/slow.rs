//! Peers that are slow but correct: no failures, and they are tested to the end.

mod common;

use std::{sync::Arc, time::Duration};

use common::{Server, not_passed, options, plan, run, serve_peer, trial, with_script};
use tokio::{io::AsyncWriteExt, net::TcpStream, sync::Mutex};
use wsspec_catalogue::Need;
use wsspec_peer::{Peer, PeerOutput};
use wsspec_record::{Record, Verdict};
use wsspec_runner::RunOptions;

/// A conforming server that waits before each write.
async fn late_server(wait: Duration) -> Server {
    Server::start(move |stream, number| async move {
        // Probes are answered at once.
        let wait = if number < 13 { Duration::ZERO } else { wait };
        serve_late(stream, Peer::new(), wait).await;
    })
    .await
}

async fn serve_late(mut stream: TcpStream, mut peer: Peer, wait: Duration) {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(count @ 1..) = tokio::io::AsyncReadExt::read(&mut stream, &mut buffer).await {
        peer.receive(&buffer[..count]);
        for output in peer.take() {
            match output {
                PeerOutput::Write(bytes) => {
                    tokio::time::sleep(wait).await;
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                PeerOutput::Close | PeerOutput::Reset => return,
            }
        }
    }
}

fn bad(record: &Record) -> Vec<(&str, &Verdict)> {
    let good =
        |verdict: &Verdict| matches!(verdict, Verdict::Pass | Verdict::Lenient { .. } | Verdict::Skip { .. });
    not_passed(record).into_iter().filter(|(_, verdict)| !good(verdict)).collect()
}

#[tokio::test]
async fn a_late_and_right_answer_is_no_failure_and_the_trial_says_how_late() {
    let server = Server::peer(None).await;
    // The peer answers at once, but the line waits longer than its limit.
    let text = "> text \"a\"\nwait 1ms\n< text \"a\"\n";
    let plan = with_script(&[], "a/late", text, &[Need::Echo]);
    let plan =
        wsspec_catalogue::Plan { trials: plan.trials.into_iter().filter(|t| t.id == "a/late").collect() };
    let record = run(&server.url(), &plan, &options(Duration::from_millis(500))).await;
    assert_eq!(trial(&record, "a/late").verdict, Verdict::Pass);
    let server = Server::start(|stream, number| async move {
        let wait = if number < 13 { Duration::ZERO } else { Duration::from_millis(400) };
        serve_late(stream, Peer::new(), wait).await;
    })
    .await;
    let record = run(&server.url(), &plan, &options(Duration::from_millis(300))).await;
    let late = trial(&record, "a/late");
    assert!(matches!(late.verdict, Verdict::Pass | Verdict::Lenient { .. }), "{:?}", late.verdict);
    let text = &late.remarks[0].text;
    assert!(text.starts_with("this came late, after 0."), "{text}");
}

#[tokio::test]
async fn a_server_that_is_late_with_everything_is_tested_and_fails_nothing() {
    let server = late_server(Duration::from_millis(260)).await;
    let plan = plan(&["rfc6455/5.5.2/ping-length"]);
    let record = run(&server.url(), &plan, &options(Duration::from_millis(300))).await;
    assert_eq!((record.aborted.as_deref(), bad(&record)), (None, vec![]));
}

#[tokio::test]
async fn fewer_connections_are_opened_to_a_server_that_is_slow_with_many() {
    // Handles one thing at a time, each for 40 ms, once the probes are done.
    let turn = Arc::new(Mutex::new(()));
    let server = Server::start(move |stream, number| {
        let turn = turn.clone();
        async move {
            if number >= 38 {
                let _turn = turn.lock().await;
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            serve_peer(stream, Peer::new()).await;
        }
    })
    .await;
    let plan = plan(&["rfc6455/5.2/text-length", "rfc6455/5.2/binary-length", "rfc6455/5.5.2/ping-length"]);
    let options = RunOptions { jobs: 32, ..options(Duration::from_millis(500)) };
    let record = run(&server.url(), &plan, &options).await;
    assert_eq!((record.aborted.as_deref(), bad(&record)), (None, vec![]));
    let advice = record.incidents.iter().find(|what| what.contains("--jobs ")).unwrap();
    assert!(advice.starts_with("with 32 connections at once the server was too slow"), "{advice}");
}

#[tokio::test]
async fn a_silence_of_a_peer_that_is_alive_and_idle_fails_and_says_so() {
    let server = Server::peer(None).await;
    let plan = with_script(&[], "a/silent", "> text \"a\"\n< text \"a\"\n< text \"b\"\n", &[]);
    let plan =
        wsspec_catalogue::Plan { trials: plan.trials.into_iter().filter(|t| t.id == "a/silent").collect() };
    let record = run(&server.url(), &plan, &options(Duration::from_millis(300))).await;
    let Verdict::Fail { failure } = &trial(&record, "a/silent").verdict else { panic!("{record:?}") };
    assert!(failure.actual.starts_with("nothing more within "), "{}", failure.actual);
    assert!(
        failure.actual.ends_with("; the peer is alive, for it answered a ping after that"),
        "{}",
        failure.actual
    );
}

#[tokio::test]
async fn a_silence_of_a_peer_that_is_late_on_other_connections_too_is_inconclusive() {
    // From the first trial on it never answers within a line's limit, but it does answer in the end.
    let server = Server::start(|stream, number| async move {
        if number >= 7 {
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        serve_peer(stream, Peer::new()).await;
    })
    .await;
    let plan = with_script(&[], "a/silent", "> text \"a\"\n< text \"a\"\n< text \"b\"\n", &[]);
    let plan =
        wsspec_catalogue::Plan { trials: plan.trials.into_iter().filter(|t| t.id == "a/silent").collect() };
    let record =
        run(&server.url(), &plan, &RunOptions { jobs: 2, ..options(Duration::from_millis(400)) }).await;
    let silent = trial(&record, "a/silent");
    let Verdict::Inconclusive { why } = &silent.verdict else { panic!("{silent:?}") };
    assert!(why.ends_with("; but the peer was busy, or slow on another connection, too"), "{why}");
    assert!(silent.unconfirmed.is_some());
}

#[tokio::test]
async fn what_was_only_recommended_and_did_not_come_in_time_is_waited_for_again() {
    let server = Server::peer(None).await;
    let plan = with_script(&[], "a/lenient", "alive\n<? text \"b\"\n", &[]);
    let plan =
        wsspec_catalogue::Plan { trials: plan.trials.into_iter().filter(|t| t.id == "a/lenient").collect() };
    let record = run(&server.url(), &plan, &options(Duration::from_millis(300))).await;
    let lenient = trial(&record, "a/lenient");
    assert_eq!((lenient.verdict.word(), lenient.attempts), ("lenient", 2));
}
