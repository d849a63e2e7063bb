//! Servers that turn requests away, end connections by their own choice, or take their time to: no rule is broken.

mod common;

use std::time::Duration;

use common::{Server, brief, not_passed, options, plan, probes, read_head, run, serve_peer};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wsspec_peer::{Peer, PeerOutput};
use wsspec_record::{Record, Verdict};
use wsspec_runner::RunOptions;
use wsspec_wire::RequirementId;

const TOO_MANY: &[u8] = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nConnection: close\r\n\r\n";

async fn turn_away(mut stream: TcpStream) {
    read_head(&mut stream).await;
    let _ = stream.write_all(TOO_MANY).await;
}

fn few() -> RunOptions {
    RunOptions { jobs: 4, ..brief() }
}

#[tokio::test]
async fn a_request_that_is_turned_away_is_made_again() {
    let probes = probes(few().jobs).await;
    let server = Server::start(move |stream, number| async move {
        match number >= probes && number % 2 == 1 {
            true => turn_away(stream).await,
            false => serve_peer(stream, Peer::new()).await,
        }
    })
    .await;
    // A refusal is right here, and one for this reason shows nothing.
    let plan = plan(&["rfc6455/5.5.2/ping-length", "rfc6455/4.2.1/key-missing"]);
    let record = run(&server.url(), &plan, &few()).await;
    assert!(not_passed(&record).is_empty(), "{:?}", not_passed(&record));
    assert!(server.accepted() > probes + plan.trials.len());
    assert!(record.incidents.iter().any(|what| what.contains("429")), "{:?}", record.incidents);
}

#[tokio::test]
async fn what_is_turned_away_every_time_is_inconclusive() {
    let probes = probes(few().jobs).await;
    let server = Server::start(move |stream, number| async move {
        match number >= probes {
            true => turn_away(stream).await,
            false => serve_peer(stream, Peer::new()).await,
        }
    })
    .await;
    let record = run(&server.url(), &plan(&["rfc6455/5.5.2/ping-length"]), &few()).await;
    let last = record.trials.last().unwrap();
    let is_open =
        matches!(&last.verdict, Verdict::Inconclusive { why } if why.contains("turned the request away"));
    assert!(is_open, "{:?}", last.verdict);
    assert!(!fails(&record));
}

#[tokio::test]
async fn a_server_that_closes_at_once_is_asked_for_what_it_wants() {
    let server = Server::start(|mut stream, _| async move {
        let mut peer = Peer::new();
        let head = read_head(&mut stream).await;
        peer.receive(&head);
        let Some(PeerOutput::Write(response)) = peer.take().into_iter().next() else { return };
        let _ = stream.write_all(&[&response[..], b"\x88\x0a\x03\xf0no token"].concat()).await;
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    })
    .await;
    let record = run(&server.url(), &plan(&["rfc6455/5.5.2"]), &brief()).await;
    let why = record.aborted.as_deref().unwrap_or_default();
    assert!(why.contains("code 1008 and the reason \"no token\"") && why.contains("--bearer"), "{why}");
    assert!(record.trials.is_empty());
}

/// Serves, and ends TCP only some time after it should.
async fn linger(mut stream: TcpStream, wait: Duration) {
    let mut peer = Peer::new();
    let mut buffer = vec![0; 16 << 10];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        peer.receive(&buffer[..count]);
        for output in peer.take() {
            let PeerOutput::Write(bytes) = output else {
                return tokio::time::sleep(wait).await;
            };
            if stream.write_all(&bytes).await.is_err() {
                return;
            }
        }
    }
}

#[tokio::test]
async fn tcp_that_ends_long_after_a_failure_is_waited_for() {
    let line = Duration::from_millis(300);
    let server = Server::start(move |stream, _| linger(stream, line * 3)).await;
    let plan = plan(&["rfc6455/5.4/orphan-continuation", "rfc6455/5.2/reserved-data-opcode"]);
    let record = run(&server.url(), &plan, &options(line)).await;
    assert!(!fails(&record), "{:?}", not_passed(&record));
    assert!(record.trials.iter().any(|trial| trial.verdict == Verdict::Pass));
    let ends_tcp = RequirementId::from_static("rfc6455#7.1.7:3");
    assert!(!record.peer.always_breaks.contains(&ends_tcp), "{:?}", record.peer.always_breaks);
}

fn fails(record: &Record) -> bool {
    record.trials.iter().any(|trial| matches!(trial.verdict, Verdict::Fail { .. } | Verdict::Flaky { .. }))
}
