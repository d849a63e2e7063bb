//! Watched servers as real processes: started, restarted when they die, stopped with all their processes, measured.
//!
//! The server is this test itself, started again with a port in its environment.

#![cfg(unix)]

use std::{
    env, fs,
    future::pending,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::{self, Command},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    signal::unix::{SignalKind, signal},
    sync::Notify,
};
use wsspec_catalogue::{Need, Plan, Trial};
use wsspec_peer::{Peer, PeerOutput};
use wsspec_record::{Record, TrialRecord, Verdict};
use wsspec_runner::{Address, RunOptions, SpawnError, SpawnOptions, Target, Watched, free_port, run_plan};

mod common;

use common::{assert_clean, not_passed, patient, plan, script};

const PORT: &str = "WSSPEC_TEST_PORT";
const PATIENCE: Duration = Duration::from_secs(20);

/// Not a test but the other tests' server; does nothing when run directly.
#[tokio::test]
#[ignore = "the server that the tests start"]
async fn serves() {
    let Some(port) = env::var(PORT).ok().and_then(|port| port.parse::<u16>().ok()) else { return };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let mut end = signal(SignalKind::terminate()).unwrap();
    let ends = Arc::new(Notify::new());
    loop {
        tokio::select! {
            accepted = listener.accept() => drop(tokio::spawn(serve(accepted.unwrap().0, ends.clone()))),
            _ = end.recv() => break,
        }
    }
    ends.notify_waiters();
    tokio::time::sleep(Duration::from_millis(20)).await;
    process::exit(0);
}

/// What it sends on an open connection when it is asked to exit.
const FAREWELL: &str = "WSSPEC_TEST_FAREWELL";

/// A conforming peer, except for the words that make it die, leak or hoard.
async fn serve(mut stream: TcpStream, ends: Arc<Notify>) {
    let mut peer = Peer::new();
    let mut buffer = vec![0; 16 << 10];
    let has = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
    loop {
        for output in peer.take() {
            match output {
                PeerOutput::Write(bytes) if stream.write_all(&bytes).await.is_err() => return,
                PeerOutput::Write(_) => {}
                PeerOutput::Close | PeerOutput::Reset => return,
            }
        }
        let count = tokio::select! {
            read = stream.read(&mut buffer) => match read {
                Ok(count @ 1..) => count,
                _ => return,
            },
            () = ends.notified() => {
                let code = env::var(FAREWELL).ok().and_then(|code| code.parse::<u16>().ok());
                if let Some([high, low]) = code.map(u16::to_be_bytes) {
                    let _ = stream.write_all(&[0x88, 2, high, low]).await;
                }
                return;
            }
        };
        let bytes = &buffer[..count];
        if has(bytes, "EXIT") {
            io::stderr().write_all(b"last words \x1b[31m\n").unwrap();
            process::exit(3);
        } else if has(bytes, "ABORT") {
            process::abort();
        } else if has(bytes, "LEAK") {
            return std::mem::forget(stream.into_std().unwrap());
        } else if has(bytes, "HOARD") {
            Vec::leak(vec![1_u8; 64 << 20]);
            let _ = stream.write_all(b"\x8a\x04done").await;
        } else {
            peer.receive(bytes);
        }
    }
}

fn server() -> String {
    let this = env::current_exe().unwrap();
    format!("{PORT}={{port}} exec '{}' --ignored --exact serves --nocapture", this.display())
}

fn spawn_options(command: &str, timeout: Duration) -> SpawnOptions {
    let address = Address::Tcp { host: "127.0.0.1".into(), port: free_port().unwrap() };
    SpawnOptions { command: command.to_owned(), address, timeout, variables: Vec::new() }
}

/// Starts a server and runs a plan on it.
async fn run(command: &str, plan: &Plan, options: RunOptions) -> Arc<Record> {
    let spawn = spawn_options(command, PATIENCE);
    let target = Target::parse(&format!("ws://{}/", spawn.address)).unwrap();
    let watched = Some(Arc::new(Watched::start(spawn).await.unwrap()));
    run_plan(plan, &Arc::new(target), &RunOptions { watched, ..options }, &mut |_| {}, pending()).await
}

async fn not_started(command: &str, timeout: Duration) -> SpawnError {
    Watched::start(spawn_options(command, timeout)).await.unwrap_err()
}

fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("spawn-{name}"));
    let _ = fs::remove_file(&path);
    path
}

/// Whether a process is running; a zombie is not.
fn runs(pid: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// The plan of `ordinary`, followed by a script.
fn with_script(ordinary: &[&str], id: &str, text: &str) -> Plan {
    let mut plan = plan(ordinary);
    plan.trials.push(scripted(id, text));
    plan
}

fn scripted(id: &str, text: &str) -> Arc<Trial> {
    let needs = if text.contains("measure") { &[Need::Process][..] } else { &[] };
    let trial = Trial::clone(&script(text, needs).trials[0]);
    Arc::new(Trial { id: id.into(), ..trial })
}

fn of<'r>(record: &'r Record, id: &str) -> &'r TrialRecord {
    record.trials.iter().find(|trial| trial.id == id).unwrap()
}

const PINGS: &str = "rfc6455/5.5.2/ping-length";

#[tokio::test]
async fn a_server_is_started_tested_and_stopped_with_all_that_it_started() {
    let noted = file("grandchild");
    let command = format!("sleep 1000 & echo $! > '{}'; {}", noted.display(), server());
    let plan = plan(&[PINGS]);
    let record = run(&command, &plan, patient()).await;
    assert_eq!((not_passed(&record), record.trials.len()), (vec![], plan.trials.len()));
    let process = record.process.as_ref().unwrap();
    assert_eq!((process.command.as_str(), process.deaths.len()), (command.as_str(), 0));
    assert!(process.peak_memory > 1 << 20, "{process:?}");
    assert!(process.peak_memory >= process.start_memory);
    let grandchild = fs::read_to_string(noted).unwrap();
    assert!(!runs(grandchild.trim()), "{grandchild}");
}

#[tokio::test]
async fn what_ignores_being_asked_to_end_is_made_to() {
    let noted = file("stubborn");
    let command =
        format!("(trap '' TERM; sleep 1000 & echo $! > '{}'; wait) & {}", noted.display(), server());
    drop(Watched::start(spawn_options(&command, PATIENCE)).await.unwrap());
    let stubborn = fs::read_to_string(noted).unwrap();
    assert!(!runs(stubborn.trim()), "{stubborn}");
}

#[tokio::test]
async fn a_server_that_dies_of_a_trial_is_restarted_and_the_trial_named() {
    let plan = with_script(&[PINGS], "test/kills", "> raw \"EXIT\"\n< pong \"p\"\n");
    let record = run(&server(), &plan, patient()).await;
    assert_eq!(record.aborted, None);
    assert_eq!(record.trials.len(), plan.trials.len());
    let others = not_passed(&record);
    assert_eq!(others.iter().map(|(id, _)| *id).collect::<Vec<_>>(), ["test/kills"]);
    let killer = of(&record, "test/kills");
    let Verdict::Fail { failure } = &killer.verdict else { panic!("{:?}", killer.verdict) };
    let words = "the server dies of this: exit status 3; it wrote last: ";
    assert!(failure.actual.starts_with(words) && failure.actual.contains("last words"), "{}", failure.actual);
    assert_eq!(killer.death.as_ref().map(|death| &*death.how), Some("exit status 3"));
    let deaths = &record.process.as_ref().unwrap().deaths;
    assert_eq!(deaths.len(), 2);
    assert_eq!((&*deaths[1].trials, &*deaths[1].how), (&["test/kills".to_owned()][..], "exit status 3"));
    assert!(deaths[0].trials.contains(&"test/kills".to_owned()));
    assert!(deaths.iter().flat_map(|death| &death.output).all(|line| !line.contains(char::is_control)));
    assert_clean(&record);
}

#[tokio::test]
async fn a_server_that_dies_of_a_trial_that_passes_fails_it() {
    let plan = with_script(&[PINGS], "test/kills", "alive\n> raw \"ABORT\"\n< eof | reset\n");
    let record = run(&server(), &plan, patient()).await;
    let [(id, Verdict::Fail { failure })] = &not_passed(&record)[..] else { panic!("{record:?}") };
    assert_eq!(*id, "test/kills");
    let words = "the server dies of this: signal 6 (SIGABRT)";
    assert!(failure.actual.starts_with(words), "{}", failure.actual);
    let told = "the server dies of test/kills, also alone: signal 6 (SIGABRT)".to_owned();
    assert!(record.incidents.contains(&told), "{:?}", record.incidents);
}

#[tokio::test]
async fn a_server_that_dies_again_and_again_is_given_up() {
    let trials = (0..25).map(|number| scripted(&format!("test/kills-{number}"), "> raw \"EXIT\"\n< pong\n"));
    let plan = Plan { trials: trials.collect() };
    let record = run(&server(), &plan, RunOptions { jobs: 1, ..patient() }).await;
    assert_eq!(record.aborted.as_deref(), Some("the server died 20 times"));
    // Twenty deaths in the first pass, and as many while their cause was being looked for.
    assert_eq!((record.process.as_ref().unwrap().deaths.len(), record.deaths()), (40, 40));
    let killers = record.trials.iter().filter(|trial| trial.death.is_some() && trial.verdict.is_fail());
    assert_eq!(killers.count(), 20);
}

#[tokio::test]
async fn each_trial_that_a_server_dies_of_is_found_among_many() {
    let mut plan = plan(&[PINGS, "rfc6455/5.2/text-length"]);
    assert!(plan.trials.len() > 15);
    for (number, at) in [3, 4, 15].into_iter().enumerate() {
        let (id, text) = (format!("test/kills-{number}"), "alive\n> raw \"EXIT\"\n< pong \"p\"\n");
        plan.trials.insert(at, scripted(&id, text));
    }
    let record = run(&server(), &plan, RunOptions { jobs: 16, ..patient() }).await;
    assert_eq!(record.aborted, None);
    let bad: Vec<_> = not_passed(&record).iter().map(|(id, verdict)| (*id, verdict.word())).collect();
    assert_eq!(bad, ["test/kills-0", "test/kills-1", "test/kills-2"].map(|id| (id, "fail")));
    let killers = record.trials.iter().filter(|trial| trial.death.is_some()).count();
    assert_eq!(killers, 3);
}

#[tokio::test]
async fn a_server_that_does_not_start_again_ends_the_run() {
    let once = file("once");
    let command =
        format!("[ ! -e '{0}' ] || {{ echo no more; exit 5; }}; touch '{0}'; {1}", once.display(), server());
    let plan = with_script(&[], "test/kills", "> raw \"EXIT\"\n< pong\n");
    let plan = Plan { trials: plan.trials.into_iter().filter(|trial| trial.id == "test/kills").collect() };
    let mut spawn = spawn_options(&command, PATIENCE);
    spawn.timeout = Duration::from_secs(3);
    let target = Target::parse(&format!("ws://{}/", spawn.address)).unwrap();
    let watched = Some(Arc::new(Watched::start(spawn).await.unwrap()));
    let options = RunOptions { watched, ..patient() };
    let record = run_plan(&plan, &Arc::new(target), &options, &mut |_| {}, pending()).await;
    let why = record.aborted.as_deref().unwrap();
    assert!(why.starts_with("the server died, and could not be started again"), "{why}");
    assert!(why.contains("exit status 5") && why.contains("| no more"), "{why}");
    assert_clean(&record);
}

#[tokio::test]
async fn a_command_that_ends_at_once_is_told_with_what_it_wrote() {
    let error = not_started("echo one; printf 'two\\033[2J' >&2; exit 4", PATIENCE).await;
    let text = error.to_string();
    assert!(text.contains("exit status 4; it must stay in the foreground; it wrote:\n  | "), "{text}");
    assert!(text.contains("| one") && text.contains("| two"), "{text}");
    assert!(!text.contains('\u{1b}'), "{text:?}");
    let error = not_started("kill -SEGV $$", PATIENCE).await.to_string();
    assert!(error.contains("signal 11 (SIGSEGV)") && error.ends_with("it wrote nothing"), "{error}");
}

#[tokio::test]
async fn a_command_that_never_listens_is_told_and_stopped() {
    let noted = file("deaf");
    let command = format!("echo $$ > '{}'; echo waiting; exec sleep 1000", noted.display());
    let error = not_started(&command, Duration::from_millis(300)).await;
    assert!(matches!(&error, SpawnError::Silent { output, .. } if output == &["waiting"]), "{error:?}");
    assert!(error.to_string().contains("within 300ms"), "{error}");
    let pid = fs::read_to_string(noted).unwrap();
    assert!(!runs(pid.trim()), "{pid}");
}

#[tokio::test]
async fn an_address_that_is_taken_is_not_tested_in_its_place() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let address = Address::Tcp { host: "127.0.0.1".into(), port };
    let options = SpawnOptions { command: server(), address, timeout: PATIENCE, variables: Vec::new() };
    assert!(
        matches!(Watched::start(options).await, Err(SpawnError::Taken { address: Address::Tcp { port: taken, .. } }) if taken == port)
    );
}

#[tokio::test]
async fn a_flood_of_output_does_not_block_the_server() {
    let command = format!("yes a flood of output & yes and of errors >&2 & {}", server());
    let record = run(&command, &plan(&[PINGS]), patient()).await;
    assert_eq!((not_passed(&record), &record.incidents), (vec![], &Vec::new()));
}

#[tokio::test]
async fn what_a_process_holds_and_leaks_is_seen() {
    let hoards = "alive\nmeasure\n> raw \"HOARD\"\n< pong \"done\"\nmeasure held 32MiB\n";
    let leaks = "connections 20\n> raw \"LEAK\"\nwait 100ms\n> reset\nmeasure descriptors 8\n";
    let closes = "connections 20\n> raw \"GET /\"\n> reset\nmeasure descriptors 8\n";
    let holds = "connections 20\n> request\n< response 101\nmeasure descriptors 8\n";
    let named =
        [("test/hoards", hoards), ("test/leaks", leaks), ("test/closes", closes), ("test/holds", holds)];
    let plan = Plan { trials: named.map(|(id, text)| scripted(id, text)).into() };
    let options = common::options(Duration::from_secs(1));
    let record = run(&server(), &plan, options).await;
    let actual = |id: &str| match &of(&record, id).verdict {
        Verdict::Fail { failure } => failure.actual.clone(),
        other => panic!("{id}: {other:?}"),
    };
    assert!(actual("test/hoards").contains("MiB more after"), "{}", actual("test/hoards"));
    let open: u32 = actual("test/leaks").parse().unwrap();
    assert!(open > 20, "{open}");
    assert_eq!(of(&record, "test/closes").verdict, Verdict::Pass);
    assert!(actual("test/holds").parse::<u32>().unwrap() > 20, "the other connections stay open");
}

#[tokio::test]
async fn without_a_process_to_watch_what_measures_is_skipped() {
    let server = common::Server::peer(None).await;
    let plan = Plan { trials: vec![scripted("test/measures", "measure\nalive\nmeasure held 1\n")] };
    let record = common::run(&server.url(), &plan, &patient()).await;
    let reason = Need::Process.lacking().to_owned();
    assert_eq!(not_passed(&record), [("test/measures", &Verdict::Skip { reason })]);
}

/// The result of the case about a server's exit, for a server that sends a close frame with a code, or none.
async fn farewell(code: Option<u16>) -> (TrialRecord, Arc<Record>) {
    const CASE: &str = "rfc6455/7.4/close-at-the-server-s-end";
    let said = code.map(|code| format!("{FAREWELL}={code} ")).unwrap_or_default();
    let plan = plan(&[CASE, "rfc6455/10.4/idle-connections", PINGS]);
    let record = run(&format!("{said}{}", server()), &plan, patient()).await;
    assert_eq!((record.aborted.as_deref(), record.process.as_ref().unwrap().deaths.len()), (None, 0));
    (of(&record, CASE).clone(), record)
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_may_say_so_or_not_and_is_started_again() {
    for code in [Some(1001), Some(1000), Some(1012), None] {
        let (trial, record) = farewell(code).await;
        assert_eq!((&trial.verdict, not_passed(&record)), (&Verdict::Pass, vec![]), "{code:?}");
    }
}

#[tokio::test]
async fn a_server_that_is_asked_to_end_sends_no_code_that_nobody_may_send() {
    let (trial, record) = farewell(Some(1006)).await;
    let Verdict::Fail { failure } = &trial.verdict else { panic!("{trial:?}") };
    assert_eq!(failure.requirement, "rfc6455#7.4.1:11");
    assert_eq!(not_passed(&record).len(), 1);
}
