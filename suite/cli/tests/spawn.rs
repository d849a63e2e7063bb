//! `wsspec run --spawn` as people call it: its messages and exit codes, and that it leaves no process behind.
//!
//! The server is this test itself, started again with a port in its environment.

#![cfg(unix)]

use std::{
    env, fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use wsspec_runner::EmbeddedServer;

mod common;

use common::wsspec;

const PORT: &str = "WSSPEC_TEST_PORT";
/// Words in a request that kill the server.
const DEADLY: &str = "WSSPEC_TEST_DEADLY";
/// The file in which a server that never answers records that it is being probed.
const SILENT: &str = "WSSPEC_TEST_SILENT";

/// Not a test but the other tests' server; does nothing when run directly.
#[tokio::test]
#[ignore = "the server that the tests start"]
async fn serves() {
    let Some(port) = env::var(PORT).ok().and_then(|port| port.parse::<u16>().ok()) else { return };
    let server = EmbeddedServer::start().unwrap();
    let to = server.url().trim_start_matches("ws://").trim_end_matches('/').to_owned();
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    if let Some(noted) = env::var_os(SILENT) {
        // The first connection only checks whether the port is open.
        let _seen = listener.accept().await.unwrap();
        let _probing = listener.accept().await.unwrap();
        fs::write(noted, "").unwrap();
        return std::future::pending().await;
    }
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut other = TcpStream::connect(&to).await.unwrap();
        tokio::spawn(async move {
            let mut first = [0; 4096];
            let count = stream.peek(&mut first).await.unwrap_or(0);
            let deadly = env::var(DEADLY).unwrap_or_default();
            if !deadly.is_empty()
                && first[..count].windows(deadly.len()).any(|part| part == deadly.as_bytes())
            {
                std::io::Write::write_all(&mut std::io::stderr(), b"last words\n").unwrap();
                std::process::exit(3);
            }
            copy_bidirectional(&mut stream, &mut other).await
        });
    }
}

fn server() -> String {
    let this = env::current_exe().unwrap();
    format!("{PORT}={{port}} exec '{}' --ignored --exact serves --nocapture", this.display())
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
}

fn run(args: &[&str]) -> Output {
    wsspec(&folder(), &[&["run"], args].concat())
}

/// Exit code and standard error of a run that failed to start.
fn refused(args: &[&str]) -> (i32, String) {
    let output = run(args);
    assert_eq!(output.stdout, b"");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn is_alive(pid: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", pid]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

#[test]
fn a_server_is_started_and_what_it_used_is_told() {
    let json = folder().join("spawned.json");
    let output = run(&["--spawn", &server(), "rfc6455/5.5.2/ping", "--json", json.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.starts_with("1 trial against ws://127.0.0.1:"), "{text}");
    assert!(text.lines().any(|line| line.starts_with("server  ") && line.contains(" s CPU")), "{text}");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(record["process"]["command"].as_str(), Some(&*server()));
    assert!(record["process"]["peak_memory"].as_u64().unwrap() > 0);
}

#[test]
fn a_server_that_dies_of_a_trial_is_broken_and_its_last_words_are_told() {
    let command = format!("{DEADLY}='Version: 013' {}", server());
    let args = ["--spawn", &command, "rfc6455/4.2.1/version-with-leading-zeros", "rfc6455/5.5.2/ping-length"];
    let output = run(&args);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("the server dies of this: exit status 3; it wrote last: "), "{text}");
    assert!(text.contains("FAIL  the server dies of 1 trial: exit status 3\n"), "{text}");
    assert!(text.contains("  trial  rfc6455/4.2.1/version-with-leading-zeros["), "{text}");
    assert_eq!(text.matches("  wrote  | last words\n").count(), 1, "{text}");
    assert!(text.ends_with("The peer dies of 1 trial.\n"), "{text}");
}

#[test]
fn a_server_that_does_not_come_up_is_no_verdict() {
    let (code, text) = refused(&["--spawn", "echo cannot >&2; exit 4 # {port}"]);
    assert_eq!(code, 3);
    assert!(
        text.starts_with("error: `echo cannot >&2; exit 4 # {port}` ended before it listened on"),
        "{text}"
    );
    assert!(
        text.ends_with("exit status 4; it must stay in the foreground; it wrote:\n  | cannot\n"),
        "{text}"
    );
    let (code, text) = refused(&["--spawn", "exec sleep 1000 # {port}", "--spawn-timeout", "200ms"]);
    assert_eq!(code, 3);
    assert!(text.contains("did not listen on 127.0.0.1:") && text.contains("within 200ms"), "{text}");
}

#[test]
fn a_server_at_an_unknown_address_is_wrong_usage() {
    let (code, text) = refused(&["--spawn", "serve"]);
    assert_eq!(
        (code, &*text),
        (2, "error: --spawn needs `{port}` in its command, or the address it listens on as TARGET\n")
    );
}

/// A file for a process id, not there yet.
fn note(name: &str) -> PathBuf {
    let noted = folder().join(name);
    let _ = fs::remove_file(&noted);
    noted
}

/// A server that writes down its process id and never listens.
fn sleeper(noted: &Path) -> String {
    format!("echo $$ > '{0}.new'; mv '{0}.new' '{0}'; exec sleep 1000 # {{port}}", noted.display())
}

fn start(args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.args(args).current_dir(folder()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn kill(signal: &str, child: &Child) {
    assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
}

/// Polls until `look` returns a value.
fn soon<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it never comes");
        thread::sleep(Duration::from_millis(5));
    }
}

fn noted_pid(noted: &Path) -> String {
    soon(|| fs::read_to_string(noted).ok()).trim().to_owned()
}

#[test]
fn being_interrupted_leaves_no_server_behind() {
    for signal in ["-INT", "-TERM"] {
        let noted = note("interrupted.pid");
        let mut child = start(&["run", "--spawn", &sleeper(&noted), "--spawn-timeout", "60s"]);
        let pid = noted_pid(&noted);
        kill(signal, &child);
        assert_eq!(child.wait().unwrap().code(), Some(3), "{signal}");
        assert!(!is_alive(&pid), "{signal}");
    }
}

#[test]
fn being_killed_leaves_no_server_behind() {
    let noted = note("killed.pid");
    let mut child = start(&["run", "--spawn", &sleeper(&noted), "--spawn-timeout", "600s"]);
    let pid = noted_pid(&noted);
    kill("-KILL", &child);
    assert_eq!(child.wait().unwrap().code(), None);
    soon(|| (!is_alive(&pid)).then_some(()));
}

#[cfg(target_os = "linux")]
#[test]
fn a_process_that_left_the_group_is_not_left_behind() {
    let noted = note("daemon.pid");
    let command = format!("setsid sh -c \"{}\"; exit 1 # {{port}}", sleeper(&noted).replace('$', "\\$"));
    let command = command.replace("setsid", "setsid -f");
    let mut child = start(&["run", "--spawn", &command, "--spawn-timeout", "60s"]);
    let pid = noted_pid(&noted);
    assert_eq!(child.wait().unwrap().code(), Some(3));
    soon(|| (!is_alive(&pid)).then_some(()));
}

#[test]
fn an_interrupt_is_heard_while_a_campaign_probes() {
    let noted = note("probed");
    let command = format!("{SILENT}='{}' {}", noted.display(), server());
    let mut child = start(&["fuzz", "--spawn", &command, "--out", "probed-campaign"]);
    soon(|| fs::metadata(&noted).ok());
    kill("-INT", &child);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{said}");
    assert!(said.contains("interrupted before anything was run"), "{said}");
}
