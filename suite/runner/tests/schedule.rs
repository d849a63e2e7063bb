//! Trials in parallel and again alone, the death of a server, interruption, and the same bytes for the same seed.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
};
use wsspec_catalogue::{Baseline, Catalogue, Filter, Plan, Trial};
use wsspec_notation::Step;
use wsspec_peer::{Flaw, Peer, PeerOutput};
use wsspec_record::{RunEvent, TrialRecord, Verdict};
use wsspec_runner::{RunOptions, Target, run_plan};
use wsspec_wire::Role;

mod common;

use common::{
    Server, assert_all_pass, assert_clean, brief, not_passed, options, patient, peer, plan, probes, run,
    serve_peer, trial,
};

const LENGTHS: &str = "rfc6455/5.2/binary-length[size=12*";
const LENGTH_FAMILIES: [&str; 4] = [
    "rfc6455/5.2/binary-length",
    "rfc6455/5.2/long-binary-length",
    "rfc6455/5.2/text-length",
    "rfc6455/5.2/long-text-length",
];
const PINGS: &str = "rfc6455/5.5.2/ping-length";

fn with_jobs(jobs: u32) -> RunOptions {
    RunOptions { jobs, ..patient() }
}

/// Counts the connections that are open.
#[derive(Clone, Default)]
struct Open(Arc<AtomicUsize>);

struct Counted(Open);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Open {
    fn one_more(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }

    /// How many are open once the first bytes of one have arrived: those closed before no longer count.
    async fn at_first_bytes(&self, stream: &mut TcpStream, first: &mut Vec<u8>) -> usize {
        let _ = stream.read_buf(first).await;
        self.0.load(Ordering::Relaxed)
    }
}

/// A server whose peer has a flaw on every connection that is not the only one.
async fn server_confused_by_company(flaw: Flaw) -> Server {
    let open = Open::default();
    Server::start(move |mut stream, _| {
        let counted = open.one_more();
        async move {
            let mut first = Vec::new();
            let company = counted.0.at_first_bytes(&mut stream, &mut first).await > 1;
            let mut peer = peer(company.then_some(flaw));
            peer.receive(&first);
            serve_peer(stream, peer).await;
        }
    })
    .await
}

#[tokio::test]
async fn what_fails_only_in_company_is_flaky() {
    let server = server_confused_by_company(Flaw::DropsLastByte).await;
    let plan = plan(&[LENGTHS]);
    assert_eq!(plan.trials.len(), 4);
    let record = run(&server.url(), &plan, &with_jobs(4)).await;
    assert_eq!((record.aborted.as_deref(), record.peer.connections), (None, 4));
    for trial in &record.trials {
        let Verdict::Flaky { failure } = &trial.verdict else { panic!("{trial:?}") };
        assert_eq!((failure.requirement.as_str(), trial.attempts), (trial.requirement.id.as_str(), 2));
        assert!(failure.actual.starts_with("a binary message "), "{failure:?}");
    }
    assert_eq!(record.incidents, [""; 0]);
}

/// A run of one trial against a server with these flaws in turn: in the first pass, then in each confirming run.
async fn with_flaws_in_turn(flaws: [Option<Flaw>; 3]) -> TrialRecord {
    let probes = probes(2).await;
    let [first, second, third] = flaws;
    let server = Server::start(move |stream, number| {
        let flaw = match number.checked_sub(probes) {
            Some(0) => first,
            // Two probes come between the first pass and the confirming runs.
            Some(3) => second,
            Some(4) => third,
            _ => None,
        };
        serve_peer(stream, peer(flaw))
    })
    .await;
    let record = run(&server.url(), &plan(&["rfc6455/5.2/kinds-are-kept"]), &with_jobs(2)).await;
    let [trial] = &record.trials[..] else { panic!("{record:?}") };
    trial.clone()
}

#[tokio::test]
async fn two_runs_that_fail_differently_want_a_third() {
    let [one, two, three] = [Flaw::SendsRsv1, Flaw::SendsRsv2, Flaw::SendsRsv3].map(Some);
    let failed = |trial: &TrialRecord| match &trial.verdict {
        Verdict::Fail { failure } => failure.requirement.as_str().to_owned(),
        other => other.word().to_owned(),
    };
    for (flaws, expected, attempts) in [
        ([one, one, None], "rfc6455#5.2:3", 2),
        ([one, two, two], "rfc6455#5.2:4", 3),
        ([one, two, one], "rfc6455#5.2:3", 3),
        ([one, two, three], "flaky", 3),
        ([one, two, None], "flaky", 3),
        ([one, None, None], "flaky", 2),
    ] {
        let trial = with_flaws_in_turn(flaws).await;
        assert_eq!((&*failed(&trial), trial.attempts), (expected, attempts), "{flaws:?}");
    }
}

/// A conforming server that needs 100 ms for each opening handshake, one at a time.
async fn slow_server() -> Server {
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    Server::start(move |stream, _| {
        let turn = turn.clone();
        async move {
            {
                let _turn = turn.lock().await;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            serve_peer(stream, Peer::new()).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_server_that_is_slow_at_handshakes_fails_nothing() {
    let server = slow_server().await;
    let plan = plan(&["rfc6455/4.2.2/*", "rfc6455/5.5.1/*"]);
    assert!(plan.trials.len() > 30);
    let options = RunOptions { jobs: 32, ..options(Duration::from_secs(2)) };
    let record = run(&server.url(), &plan, &options).await;
    let bad: Vec<_> = not_passed(&record)
        .into_iter()
        .filter(|(_, verdict)| matches!(verdict, Verdict::Fail { .. } | Verdict::Inconclusive { .. }))
        .collect();
    assert!(bad.is_empty(), "{bad:?}");
}

#[tokio::test]
async fn what_fails_alone_too_has_failed() {
    let server = Server::peer(Some(Flaw::DropsLastByte)).await;
    let record = run(&server.url(), &plan(&[LENGTHS]), &with_jobs(4)).await;
    for trial in &record.trials {
        assert_eq!((trial.verdict.word(), trial.attempts), ("fail", 2), "{}", trial.id);
    }
}

#[tokio::test]
async fn known_failures_and_unexpected_passes_have_their_reasons() {
    let server = Server::peer(Some(Flaw::DropsByteAt65536)).await;
    let known = "[known]\n\"rfc6455/5.2/*binary-length\" = \"drops a byte\"\n";
    let options = RunOptions { baseline: Baseline::parse_known("known.toml", known).unwrap(), ..patient() };
    let record = run(&server.url(), &plan(&LENGTH_FAMILIES[..2]), &options).await;
    let failed = trial(&record, "rfc6455/5.2/long-binary-length[size=65536]");
    assert_eq!((failed.verdict.word(), failed.known()), ("fail", Some("drops a byte")));
    let passed = trial(&record, "rfc6455/5.2/binary-length[size=0]");
    assert_eq!((&passed.verdict, passed.unexpected_pass()), (&Verdict::Pass, Some("drops a byte")));
}

#[tokio::test]
async fn a_server_for_one_connection_at_a_time_is_given_one_at_a_time() {
    // Like a server that accepts the next connection when it has finished with this one.
    let turn = Arc::new(tokio::sync::Mutex::new(()));
    let server = Server::start(move |stream, _| {
        let turn = turn.clone();
        async move {
            let _turn = turn.lock().await;
            serve_peer(stream, Peer::new()).await;
        }
    })
    .await;
    let side_by_side = "rfc6455/4.2.2/handshakes-side-by-side";
    let plan = plan(&[PINGS, side_by_side]);
    let record = run(&server.url(), &plan, &RunOptions { jobs: 4, ..brief() }).await;
    assert_eq!(record.peer.connections, 1);
    let reason = "the peer serves 1 at once of the 3 connections that this needs".to_owned();
    assert_eq!(not_passed(&record), [(side_by_side, &Verdict::Skip { reason })]);
    assert_eq!(record.trials.len(), plan.trials.len());
}

#[tokio::test]
async fn there_are_never_more_connections_than_jobs() {
    for jobs in [1, 3] {
        let (open, most) = (Open::default(), Arc::new(AtomicUsize::new(0)));
        let seen = most.clone();
        let server = Server::start(move |mut stream, _| {
            let (counted, most) = (open.one_more(), most.clone());
            async move {
                let mut first = Vec::new();
                let now = counted.0.at_first_bytes(&mut stream, &mut first).await;
                most.fetch_max(now, Ordering::Relaxed);
                let mut peer = Peer::with(Flaw::DropsByteAt65536);
                peer.receive(&first);
                serve_peer(stream, peer).await;
            }
        })
        .await;
        let plan = plan(&LENGTH_FAMILIES);
        let record = run(&server.url(), &plan, &with_jobs(jobs)).await;
        assert_eq!(not_passed(&record).len(), 2, "{:?}", not_passed(&record));
        assert_eq!(seen.load(Ordering::Relaxed), jobs as usize);
    }
}

#[tokio::test]
async fn a_server_that_stops_listening_ends_the_run() {
    let server = Server::start_for(probes(1).await + 3, |stream, _| serve_peer(stream, Peer::new())).await;
    let plan = plan(&[PINGS]);
    let record = run(&server.url(), &plan, &with_jobs(1)).await;
    let refused = format!(
        "nothing listens on {}: connection refused; start the server, or check the port",
        server.address
    );
    let died = format!("the server died, and did not come back within 400ms: {refused}");
    let told = format!("the server died: {refused}");
    assert_eq!((&record.incidents, record.aborted.as_ref()), (&vec![told], Some(&died)));
    assert_eq!(record.trials.len(), plan.trials.len());
    for (number, trial) in record.trials.iter().enumerate() {
        let expected = match number {
            0..3 => Verdict::Pass,
            3 => Verdict::Inconclusive { why: refused.clone() },
            _ => Verdict::Inconclusive { why: format!("not run: {died}") },
        };
        assert_eq!((&trial.id, &trial.verdict), (&plan.trials[number].id, &expected));
        assert_eq!(trial.attempts, 1);
    }
}

#[tokio::test]
async fn a_failure_alone_counts_when_the_server_dies_later() {
    // The second trial has a byte to drop; two more probes wait for a better echo.
    let serve = |stream, _| serve_peer(stream, Peer::with(Flaw::DropsLastByte));
    let server = Server::start_for(probes(1).await + 2 + 2, serve).await;
    let record = run(&server.url(), &plan(&["rfc6455/5.2/text-length"]), &with_jobs(1)).await;
    let words: Vec<_> = record.trials.iter().map(|trial| trial.verdict.word()).collect();
    assert_eq!(words[..3], ["pass", "fail", "inconclusive"]);
}

#[tokio::test]
async fn a_run_ends_when_its_time_is_over() {
    let plan = plan(&[PINGS]);
    let served = probes(1).await + 2;
    // A busy machine may need more time before the first trial.
    for millis in [400, 2000, 10_000, 60_000] {
        let server = Server::start(move |mut stream, number| async move {
            match number < served {
                true => serve_peer(stream, Peer::new()).await,
                false => common::drain(&mut stream).await,
            }
        })
        .await;
        let limits = options(Duration::from_secs(600));
        let options = RunOptions { jobs: 1, max_time: Some(Duration::from_millis(millis)), ..limits };
        let record = run(&server.url(), &plan, &options).await;
        let time = if millis < 1000 { format!("{millis}ms") } else { format!("{}s", millis / 1000) };
        let why =
            format!("the run reached its --max-time of {time}; trials not finished by then are left out");
        assert_eq!((record.aborted.as_deref(), not_passed(&record)), (Some(&*why), vec![]));
        assert!(record.trials.len() < plan.trials.len());
        if !record.trials.is_empty() {
            return;
        }
    }
    panic!("no trial ends within a minute");
}

#[tokio::test]
async fn what_failed_before_an_interruption_is_told() {
    let server = Server::peer(None).await;
    let silent = common::with_script(&[], "a/silent", "< text \"b\"\n", &[]).trials.pop().unwrap();
    let other =
        common::with_script(&[], "b/other", "> text \"a\"\n< text \"b\"\n", &[]).trials.pop().unwrap();
    let plan = Plan { trials: vec![silent, other] };
    let target = Arc::new(Target::parse(&server.url()).unwrap());
    let options = RunOptions { jobs: 2, ..options(Duration::from_millis(800)) };
    // What failed by bytes stands; a silence that is being confirmed does not.
    let (confirming, stop) = oneshot::channel::<()>();
    let mut confirming = Some(confirming);
    let mut listen = |event: &RunEvent| {
        if matches!(event, RunEvent::Confirming(id) if id == "a/silent") {
            drop(confirming.take());
        }
    };
    let record = run_plan(&plan, &target, &options, &mut listen, async { drop(stop.await) }).await;
    assert_clean(&record);
    assert!(record.aborted.is_some());
    let words: Vec<_> = record.trials.iter().map(|trial| trial.verdict.word()).collect();
    assert_eq!(words, ["inconclusive", "fail"]);
    assert!(trial(&record, "a/silent").unconfirmed.is_some());
}

#[tokio::test]
async fn an_interrupted_run_keeps_what_is_done() {
    let server = Server::peer(None).await;
    let plan = plan(&[PINGS]);
    let target = Arc::new(Target::parse(&server.url()).unwrap());
    let (sender, stop) = oneshot::channel::<()>();
    let (mut sender, mut finished, mut ended) = (Some(sender), 0, 0);
    let mut listen = |event: &RunEvent| match event {
        RunEvent::Finished(_) => {
            finished += 1;
            if finished == 3 {
                sender.take().unwrap().send(()).unwrap();
            }
        }
        RunEvent::Ended(_) => ended += 1,
        _ => {}
    };
    let stop = async {
        stop.await.unwrap();
    };
    let record = run_plan(&plan, &target, &with_jobs(1), &mut listen, stop).await;
    assert_eq!(record.aborted.as_deref(), Some("interrupted; trials not finished by then are left out"));
    assert_eq!((finished, ended), (3, 1));
    let ids: Vec<_> = record.trials.iter().map(|trial| &trial.id).collect();
    assert_eq!(ids, plan.trials[..3].iter().map(|trial| &trial.id).collect::<Vec<_>>());
    assert_eq!(not_passed(&record), []);
}

#[tokio::test]
async fn a_run_interrupted_before_the_server_answers_has_no_trials() {
    let server = Server::start(|mut stream, _| async move { common::drain(&mut stream).await }).await;
    let target = Arc::new(Target::parse(&server.url()).unwrap());
    let stop = async {
        while server.accepted() == 0 {
            tokio::task::yield_now().await;
        }
    };
    let record = run_plan(&plan(&[PINGS]), &target, &patient(), &mut |_| {}, stop).await;
    assert_clean(&record);
    assert!(common::unfit(&record).starts_with("interrupted; "));
}

type Recorded = Arc<Mutex<Vec<Vec<u8>>>>;

/// The bytes that a server receives on each connection when a plan of `seed` runs trial by trial.
async fn bytes_sent(server: &Server, recorded: &Recorded, seed: u64) -> Vec<Vec<u8>> {
    let catalogue = Catalogue::embedded().unwrap();
    let filter = ["rfc6455/5.2/random-binary-length", "rfc6455/5.3/*", "rfc6455/5.4/*"];
    let mut plan = Plan::new(&catalogue, &Filter::new(&filter, &[]).unwrap(), Role::Server, seed);
    // These use more than one connection each.
    let is_alone = |trial: &Trial| !trial.script.walk().any(|line| matches!(line.step, Step::Connections(_)));
    plan.trials.retain(|trial| is_alone(trial));
    assert!(plan.trials.len() > 50);
    let before = server.accepted();
    let record = run(&server.url(), &plan, &RunOptions { seed, ..with_jobs(1) }).await;
    assert_all_pass(&record, plan.trials.len());
    assert_eq!(record.seed, seed);
    // One more connection comes after the trials.
    assert_eq!(server.accepted() - before, probes(1).await + plan.trials.len() + 1);
    recorded.lock().unwrap()[before..server.accepted() - 1].to_vec()
}

async fn record_and_serve(mut stream: TcpStream, all: Recorded, number: usize) {
    let (mut peer, mut buffer) = (Peer::new(), vec![0; 16 << 10]);
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        all.lock().unwrap()[number].extend_from_slice(&buffer[..count]);
        peer.receive(&buffer[..count]);
        for output in peer.take() {
            let _ = match output {
                PeerOutput::Write(bytes) => stream.write_all(&bytes).await,
                PeerOutput::Close | PeerOutput::Reset => stream.shutdown().await,
            };
        }
    }
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    let recorded = Recorded::default();
    let all = recorded.clone();
    let server = Server::start(move |stream, number| {
        all.lock().unwrap().push(Vec::new());
        record_and_serve(stream, all.clone(), number)
    })
    .await;
    let first = bytes_sent(&server, &recorded, 7).await;
    let again = bytes_sent(&server, &recorded, 7).await;
    let other = bytes_sent(&server, &recorded, 8).await;
    assert_eq!(first.len(), again.len());
    for (number, (a, b)) in first.iter().zip(&again).enumerate() {
        assert!(!a.is_empty());
        assert!(a == b, "connection {number} differs");
    }
    // Probes are the same for every seed.
    let probes = probes(1).await;
    assert!(first[probes..].iter().zip(&other[probes..]).all(|(a, b)| a != b));
}
