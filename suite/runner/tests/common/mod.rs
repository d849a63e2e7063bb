//! Servers on free ports of this machine, on the test's own runtime, and runs against them.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{
    future::pending,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use wsspec_catalogue::{Catalogue, Filter, Limits, Location, Need, Plan, Requirements, Trial};
use wsspec_peer::{Flaw, Habit, Peer, PeerOutput};
use wsspec_record::{Meaning, Record, TrialRecord, Verdict};
use wsspec_runner::{RunOptions, Target, run_plan};
use wsspec_wire::RequirementId;
use wsspec_wire::Role;

/// A server that is stopped, with all its connections, when it is dropped.
pub struct Server {
    pub address: SocketAddr,
    accepted: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Listens on IPv4. Calls `serve` with each connection and its number, from 0.
    pub async fn start<S: Future<Output = ()> + Send + 'static>(
        serve: impl FnMut(TcpStream, usize) -> S + Send + 'static,
    ) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap(), usize::MAX, serve)
    }

    /// Stops listening after `most` connections; open ones go on.
    pub async fn start_for<S: Future<Output = ()> + Send + 'static>(
        most: usize,
        serve: impl FnMut(TcpStream, usize) -> S + Send + 'static,
    ) -> Self {
        Self::on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap(), most, serve)
    }

    /// Listens on IPv6, if this machine has it.
    pub async fn start_v6<S: Future<Output = ()> + Send + 'static>(
        serve: impl FnMut(TcpStream, usize) -> S + Send + 'static,
    ) -> Option<Self> {
        let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await.ok()?;
        Some(Self::on(listener, usize::MAX, serve))
    }

    fn on<S: Future<Output = ()> + Send + 'static>(
        listener: TcpListener,
        most: usize,
        mut serve: impl FnMut(TcpStream, usize) -> S + Send + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let accepted = Arc::new(AtomicUsize::new(0));
        let count = accepted.clone();
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            for number in 0..most {
                let (stream, _) = listener.accept().await.unwrap();
                stream.set_nodelay(true).unwrap();
                count.store(number + 1, Ordering::Relaxed);
                connections.spawn(serve(stream, number));
                while connections.try_join_next().is_some() {}
            }
            drop(listener);
            while connections.join_next().await.is_some() {}
        });
        Self { address, accepted, task }
    }

    /// A peer, with or without a flaw.
    pub async fn peer(flaw: Option<Flaw>) -> Self {
        Self::start(move |stream, _| serve_peer(stream, peer(flaw))).await
    }

    /// A conforming peer with this habit.
    pub async fn with_habit(habit: Habit) -> Self {
        Self::start(move |stream, _| serve_peer(stream, Peer::with_habit(habit))).await
    }

    /// Reads a request and sends `response`, whatever the request.
    pub async fn answering(response: &'static [u8]) -> Self {
        Self::start(move |mut stream, _| async move {
            read_head(&mut stream).await;
            let _ = stream.write_all(response).await;
        })
        .await
    }

    /// A peer that dies, with all its connections, when one of them receives `word`, and comes back after `downtime`,
    /// as under a supervisor.
    pub async fn mortal(word: &'static str, downtime: Duration) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            let mut listener = Some(listener);
            loop {
                live_once(listener.take().unwrap(), word).await;
                tokio::time::sleep(downtime).await;
                listener = Some(TcpListener::bind(address).await.unwrap());
            }
        });
        Self { address, accepted: Arc::default(), task }
    }

    pub fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    /// Number of connections so far.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

/// Serves until a connection receives the word.
async fn live_once(listener: TcpListener, word: &'static str) {
    let dead = Arc::new(tokio::sync::Notify::new());
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = dead.notified() => return,
            accepted = listener.accept() => {
                let (stream, dead) = (accepted.unwrap().0, dead.clone());
                connections.spawn(async move {
                    let mut peer = Peer::new();
                    if serve_until(stream, &mut peer, word).await {
                        dead.notify_one();
                        pending::<()>().await;
                    }
                });
            }
        }
    }
}

/// Plays a peer on a connection; returns whether it received the word.
async fn serve_until(mut stream: TcpStream, peer: &mut Peer, word: &str) -> bool {
    let mut buffer = vec![0; 16 << 10];
    while let Ok(count @ 1..) = stream.read(&mut buffer).await {
        if buffer[..count].windows(word.len()).any(|window| window == word.as_bytes()) {
            return true;
        }
        peer.receive(&buffer[..count]);
        for output in peer.take() {
            match output {
                PeerOutput::Write(bytes) if stream.write_all(&bytes).await.is_err() => return false,
                PeerOutput::Write(_) => {}
                PeerOutput::Close | PeerOutput::Reset => return false,
            }
        }
    }
    false
}

pub fn peer(flaw: Option<Flaw>) -> Peer {
    flaw.map_or_else(Peer::new, Peer::with)
}

/// Plays a peer on a connection, to its end.
pub async fn serve_peer(mut stream: impl AsyncRead + AsyncWrite + Unpin, mut peer: Peer) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        for output in peer.take() {
            match output {
                PeerOutput::Write(bytes) if stream.write_all(&bytes).await.is_err() => return,
                PeerOutput::Write(_) => {}
                PeerOutput::Close => {
                    let _ = stream.shutdown().await;
                    return drain(&mut stream).await;
                }
                PeerOutput::Reset => return,
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => break peer.end(),
            Ok(count) => peer.receive(&buffer[..count]),
        }
    }
}

/// Reads to the end.
pub async fn drain(stream: &mut (impl AsyncRead + Unpin)) {
    let mut buffer = vec![0; 16 << 10];
    while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
}

/// Reads a request head, as far as it arrives.
pub async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    head
}

/// Reads a request head and returns the response that accepts it, with a Server field.
pub async fn accepting(stream: &mut (impl AsyncRead + Unpin), server: &[u8]) -> Vec<u8> {
    let head = String::from_utf8(read_head(stream).await).unwrap();
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).unwrap_or_default();
    let accept = wsspec_wire::accept_for(key.as_bytes());
    let mut response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                         Server: "
        .to_vec();
    response.extend_from_slice(server);
    response.extend_from_slice(b"\r\nSec-WebSocket-Accept: ");
    response.extend_from_slice(accept.as_bytes());
    response.extend_from_slice(b"\r\n\r\n");
    response
}

/// The trials of the built-in catalogue that `filter` selects.
pub fn plan(filter: &[&str]) -> Plan {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    Plan::new(&catalogue, &Filter::new(filter, &[]).unwrap(), Role::Server, 0)
}

/// A plan of one trial with only this script.
pub fn script(script: &str, needs: &[Need]) -> Plan {
    let catalogue = Catalogue::embedded().unwrap_or_else(|errors| panic!("{errors:?}"));
    let trial = Trial {
        title: "A script".into(),
        needs: needs.to_vec(),
        location: Location { path: "test.toml".into(), line: 1, script_line: 1 },
        seed: 7,
        requirements: Arc::new(Requirements::clone(&catalogue.requirements)),
        ..Trial::new("test/script", RequirementId::parse("rfc6455#5.5.2:2").unwrap(), script.parse().unwrap())
    };
    Plan { trials: vec![Arc::new(trial)] }
}

/// The plan of `ordinary`, followed by a script.
pub fn with_script(ordinary: &[&str], id: &str, text: &str, needs: &[Need]) -> Plan {
    let mut plan = plan(ordinary);
    let trial = Trial::clone(&script(text, needs).trials[0]);
    plan.trials.push(Arc::new(Trial { id: id.into(), ..trial }));
    plan
}

/// Options with `line` as a line's limit, five times that for a trial, and a few jobs.
pub fn options(line: Duration) -> RunOptions {
    let limits = Limits { line, trial: line * 5, watch: line, ..Limits::default() };
    RunOptions { jobs: 8, limits, comeback: Duration::from_millis(400), ..RunOptions::default() }
}

/// Limits that only something that never arrives can reach.
pub fn patient() -> RunOptions {
    options(Duration::from_secs(5))
}

/// Limits for peers that keep us waiting.
pub fn brief() -> RunOptions {
    options(Duration::from_millis(200))
}

/// How many connections a run with this many jobs makes before its first trial.
pub async fn probes(jobs: u32) -> usize {
    let server = Server::peer(None).await;
    let options = RunOptions { jobs, ..patient() };
    let record = run(&server.url(), &Plan::default(), &options).await;
    assert_clean(&record);
    // The last connection checks whether the server is as before.
    server.accepted() - 1
}

/// Runs a plan against an address.
pub async fn run(url: &str, plan: &Plan, options: &RunOptions) -> Arc<Record> {
    run_target(Target::parse(url).unwrap(), plan, options).await
}

/// Runs a plan against a target; checks what must hold for every record.
pub async fn run_target(target: Target, plan: &Plan, options: &RunOptions) -> Arc<Record> {
    let record = run_plan(plan, &Arc::new(target), options, &mut |_| {}, pending()).await;
    assert_clean(&record);
    record
}

/// Why a server cannot be tested, without what it was sent.
pub fn unfit(record: &Record) -> &str {
    assert!(record.trials.is_empty(), "{:?}", record.trials);
    let why = record.aborted.as_deref().unwrap();
    why.split_once("; it was sent `Host: ").map_or(why, |(why, _)| why)
}

/// The trial with an id.
pub fn trial<'r>(record: &'r Record, id: &str) -> &'r TrialRecord {
    record.trials.iter().find(|trial| trial.id == id).unwrap_or_else(|| panic!("no {id} in {record:?}"))
}

/// The ids and verdicts of trials that did not pass.
pub fn not_passed(record: &Record) -> Vec<(&str, &Verdict)> {
    let others = record.trials.iter().filter(|trial| trial.verdict != Verdict::Pass);
    others.map(|trial| (trial.id.as_str(), &trial.verdict)).collect()
}

/// Every trial of a complete run passed.
pub fn assert_all_pass(record: &Record, trials: usize) {
    assert_eq!((record.aborted.as_deref(), &record.incidents), (None, &Vec::new()));
    assert_eq!(not_passed(record), []);
    assert_eq!(record.trials.len(), trials);
    assert!(trials > 0);
}

/// No string of a record contains a control character.
pub fn assert_clean(record: &Record) {
    let mut strings = vec![&record.target];
    strings.extend(&record.incidents);
    strings.extend([&record.aborted, &record.peer.server, &record.peer.subprotocol].into_iter().flatten());
    for trial in &record.trials {
        match &trial.verdict {
            Verdict::Pass => {}
            Verdict::Lenient { notes } => strings.extend(notes.iter().map(|note| &note.text)),
            Verdict::Fail { failure } | Verdict::Flaky { failure } => {
                strings.extend([&failure.expected, &failure.actual]);
            }
            Verdict::Inconclusive { why } => strings.push(why),
            Verdict::Skip { reason } => strings.push(reason),
        }
        strings.extend(trial.remarks.iter().map(|note| &note.text));
        strings.extend(trial.script.iter().map(|line| &line.text));
        strings.extend(trial.transcript.iter().map(|entry| &entry.text));
        strings.extend(trial.transcript.iter().filter_map(|entry| match &entry.meaning {
            Some(Meaning::Broke { what, .. } | Meaning::EchoesOurCode { what, .. }) => Some(what),
            _ => None,
        }));
    }
    for string in strings {
        assert!(!string.contains(char::is_control), "{string:?}");
    }
}
