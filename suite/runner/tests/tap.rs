//! A tap between real sockets: what it passes on, what it says, and what it does without a server.

mod common;

use std::{sync::Arc, time::Duration};

use common::{Server, drain, plan};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{
        mpsc::{UnboundedReceiver, unbounded_channel},
        oneshot,
    },
    task::JoinHandle,
};
use wsspec_capture::{BrokenRule, Ledger, ObserverSettings, RuleBook};
use wsspec_peer::{Client, Flaw, Peer, PeerOutput};
use wsspec_record::{Record, Verdict};
use wsspec_runner::{Dialer, Listener, RunOptions, TapEvent, TapLedger, TapOptions, Target, run_plan, tap};
use wsspec_wire::Role;

/// A running tap.
struct Tap {
    address: String,
    ledger: TapLedger,
    events: UnboundedReceiver<TapEvent>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Tap {
    async fn before(server: &str, most_connections: usize) -> Self {
        let listener = Listener::bind("127.0.0.1:0", None).await.unwrap();
        let dialer = Dialer::new(Arc::new(Target::parse(server).unwrap())).await.unwrap();
        let ledger = TapLedger::new(Ledger::new(RuleBook::default()));
        let (sender, events) = unbounded_channel();
        let (stop, stopped) = oneshot::channel();
        let (address, watching) = (listener.url("/"), ledger.clone());
        let task = tokio::spawn(async move {
            let options = TapOptions { most_connections, observer: ObserverSettings::default() };
            let stopped = async { drop(stopped.await) };
            tap(&listener, &dialer, &options, &watching, &sender, stopped).await;
        });
        Self { address, ledger, events, stop, task }
    }

    fn host(&self) -> &str {
        self.address.trim_start_matches("ws://").trim_end_matches('/')
    }

    /// Stops it; returns the ends and rules in the order in which they were first broken.
    async fn stop(self) -> (Vec<(Role, String)>, TapLedger, UnboundedReceiver<TapEvent>) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
        let rule = |broken: &BrokenRule| (broken.from, broken.rule.id.to_string());
        let broken = self.ledger.read(|ledger| ledger.broken().iter().map(rule).collect());
        (broken, self.ledger, self.events)
    }
}

/// A client's conversation, to its end.
async fn converse(mut client: Client, address: &str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut buffer = vec![0; 16 << 10];
    loop {
        for output in client.take() {
            match output {
                PeerOutput::Write(bytes) => stream.write_all(&bytes).await.unwrap(),
                PeerOutput::Close | PeerOutput::Reset => stream.shutdown().await.unwrap(),
            }
        }
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => client.receive(&buffer[..count]),
            Ok(0) | Err(_) => return,
        }
    }
}

async fn run(address: &str, filter: &[&str]) -> Arc<Record> {
    let target = Arc::new(Target::parse(address).unwrap());
    run_plan(&plan(filter), &target, &RunOptions::default(), &mut |_| {}, std::future::pending()).await
}

#[tokio::test]
async fn a_run_through_it_has_the_verdicts_of_a_run_without_it() {
    let server = Server::peer(None).await;
    let filter = ["rfc6455/5.4", "rfc6455/5.5.1", "rfc6455/7.4.1", "rfc7692/7.2.1"];
    let tap = Tap::before(&server.url(), 1000).await;
    let through = run(&tap.address, &filter).await;
    let direct = run(&server.url(), &filter).await;
    let verdicts = |record: &Record| {
        record.trials.iter().map(|trial| (trial.id.clone(), trial.verdict.word())).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&through), verdicts(&direct));
    assert!(through.trials.iter().any(|trial| trial.verdict == Verdict::Pass));
    let (broken, ledger, _) = tap.stop().await;
    // The client of these trials breaks rules on purpose; the server does not.
    assert!(broken.iter().all(|(from, _)| *from == Role::Client), "{broken:?}");
    assert!(broken.contains(&(Role::Client, "rfc6455#5.4:7".to_owned())) || broken.len() > 5, "{broken:?}");
    let connections = ledger.read(|ledger| (ledger.opened, ledger.connections));
    assert!(connections.0 as usize > filter.len() && connections.0 <= connections.1, "{connections:?}");
}

#[tokio::test]
async fn each_end_that_breaks_a_rule_is_named_once() {
    let server = Server::peer(Some(Flaw::MasksFrames)).await;
    let mut tap = Tap::before(&server.url(), 1000).await;
    run(&tap.address, &["rfc6455/5.2/kinds-are-kept", "rfc6455/5.4/two-fragments"]).await;
    let TapEvent::Broken(first) = tap.events.recv().await.unwrap() else { panic!("not a broken rule") };
    assert_eq!(
        (first.from, first.rule.id.as_str(), first.name),
        (Role::Server, "rfc6455#5.1:5", "masked-frame")
    );
    let (broken, ledger, _) = tap.stop().await;
    let masked: Vec<_> = broken.iter().filter(|(from, _)| *from == Role::Server).collect();
    assert_eq!(masked, [&(Role::Server, "rfc6455#5.1:5".to_owned())]);
    let times = ledger.read(|ledger| ledger.broken()[0].times);
    assert!(times > 1, "{times}");
}

#[tokio::test]
async fn a_flawed_client_is_named_and_the_server_is_not() {
    let server = Server::start(|mut stream, _| async move {
        let mut peer = Peer::new();
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).await.unwrap();
        peer.receive(&buffer[..count]);
        for output in peer.take() {
            let PeerOutput::Write(bytes) = output else { return };
            stream.write_all(&bytes).await.unwrap();
        }
        stream.write_all(b"\x81\x02hi\x88\x02\x03\xe8").await.unwrap();
        // The echo, or the close frame.
        let _ = stream.read(&mut buffer).await;
        stream.shutdown().await.unwrap();
        drain(&mut stream).await;
    })
    .await;
    let tap = Tap::before(&server.url(), 1000).await;
    converse(Client::with(Flaw::LeavesFramesUnmasked, tap.host(), "/", 7), tap.host()).await;
    let (broken, ..) = tap.stop().await;
    assert!(broken.contains(&(Role::Client, "rfc6455#5.1:1".to_owned())), "{broken:?}");
    assert!(broken.iter().all(|(from, _)| *from == Role::Client), "{broken:?}");
}

#[tokio::test]
async fn without_a_server_clients_are_reset_and_the_reason_is_said_once() {
    let gone = Server::peer(None).await;
    let address = gone.url();
    drop(gone);
    // The port is free as soon as the listener is dropped with its task.
    while TcpStream::connect(address.trim_start_matches("ws://").trim_end_matches('/')).await.is_ok() {
        tokio::task::yield_now().await;
    }
    let tap = Tap::before(&address, 10).await;
    for _ in 0..2 {
        let mut stream = TcpStream::connect(tap.host()).await.unwrap();
        assert!(stream.read(&mut [0; 10]).await.is_err(), "it is reset");
    }
    let (broken, ledger, mut events) = tap.stop().await;
    assert_eq!(broken, []);
    assert!(ledger.unreachable().unwrap().contains("nothing listens on"));
    assert!(matches!(events.recv().await, Some(TapEvent::Unreachable(_))));
    assert!(events.recv().await.is_none());
}

#[tokio::test]
async fn other_traffic_passes_and_is_named() {
    let server = Server::answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
    let mut tap = Tap::before(&server.url(), 10).await;
    let mut stream = TcpStream::connect(tap.host()).await.unwrap();
    stream.write_all(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await.unwrap();
    assert!(all.ends_with(b"hi"));
    let Some(TapEvent::Foreign(number, what)) = tap.events.recv().await else { panic!("no event") };
    assert_eq!((number, &*what), (1, "other requests of HTTP"));
    let (broken, ledger, _) = tap.stop().await;
    assert_eq!((broken, ledger.read(|ledger| (ledger.connections, ledger.asked))), (Vec::new(), (1, 0)));
}

/// A client that has sent its request.
async fn asking(address: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let PeerOutput::Write(request) = Client::new(address, "/", 7).take().remove(0) else {
        panic!("no request")
    };
    stream.write_all(&request).await.unwrap();
    stream
}

async fn answer(stream: &mut TcpStream) -> [u8; 12] {
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    start
}

#[tokio::test]
async fn further_clients_wait_for_a_place() {
    let server = Server::peer(None).await;
    let tap = Tap::before(&server.url(), 2).await;
    let (mut first, mut second) = (asking(tap.host()).await, asking(tap.host()).await);
    for stream in [&mut first, &mut second] {
        assert_eq!(&answer(stream).await, b"HTTP/1.1 101");
    }
    let mut third = asking(tap.host()).await;
    assert_eq!(server.accepted(), 2);
    drop(first);
    assert_eq!(&answer(&mut third).await, b"HTTP/1.1 101");
    assert_eq!(server.accepted(), 3);
    tap.stop().await;
}

#[tokio::test]
async fn a_reset_of_one_end_resets_the_other() {
    let server = Server::start(|mut stream, _| async move {
        let _ = stream.read(&mut [0; 10]).await;
        stream.set_zero_linger().unwrap();
    })
    .await;
    let tap = Tap::before(&server.url(), 2).await;
    let mut stream = TcpStream::connect(tap.host()).await.unwrap();
    stream.write_all(b"GET").await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(30), stream.read(&mut [0; 10])).await.unwrap();
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    tap.stop().await;
}
