//! `wsspec tap` as a process between a client and a server: what it prints, writes and saves, and how it exits.

#![cfg(unix)]

mod common;
#[path = "common/peer.rs"]
mod peer;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
};

use common::{code, folder, stderr, stdout, unwrapped, wsspec};
use wsspec_peer::{Client, Flaw, Peer};

/// A server on a free port, for as long as the test runs; returns its host and port.
fn server(flaw: Option<Flaw>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let peer = flaw.map_or_else(Peer::new, Peer::with);
            thread::spawn(move || peer::converse(&stream.unwrap(), peer));
        }
    });
    address
}

/// A running tap.
struct Tap {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    /// Where clients connect.
    address: String,
}

/// A test that fails leaves no process behind.
impl Drop for Tap {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How it ended.
struct Ended {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Tap {
    fn start(dir: &Path, server: &str, options: &[&str]) -> Self {
        let to = format!("ws://{server}");
        let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .args(["tap", "--listen", "127.0.0.1:0", "--to", &to])
            .args(options)
            .current_dir(dir)
            .env_remove("CLICOLOR_FORCE")
            .env_remove("GITHUB_ACTIONS")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let address = first.strip_prefix("listening on ws://").and_then(|rest| rest.split(',').next());
        let address = address.unwrap_or_else(|| panic!("{first}")).to_owned();
        assert!(first.ends_with(&format!("passing everything on to {to}/\n")), "{first}");
        Self { child, out, address }
    }

    /// The next line of its output.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.out.read_line(&mut line).unwrap();
        line
    }

    /// Asks it to end.
    fn end(mut self) -> Ended {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let (mut stdout, mut stderr) = (String::new(), String::new());
        self.out.read_to_string(&mut stdout).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        Ended { code: self.child.wait().unwrap().code(), stdout, stderr }
    }
}

/// A key and a masking key of each connection.
const KEYS: [(&str, u8); 2] = [("dGhlIHNhbXBsZSBub25jZQ==", 0x17), ("x3JJHMbDL1EzLkh9GBhXDw==", 0x5c)];

/// A conversation of a client that sends a message, and closes when it is back; its first or its second connection.
fn talk(address: &str, connection: usize) {
    let (key, mask) = KEYS[connection];
    let masked = |opcode: u8, payload: [u8; 2]| {
        let mask = [mask, mask ^ 0x31, mask ^ 0xe4, mask ^ 0x9a];
        [&[opcode, 0x82][..], &mask, &[payload[0] ^ mask[0], payload[1] ^ mask[1]]].concat()
    };
    let mut stream = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /chat HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nCookie: secret\r\n\
         Sec-WebSocket-Protocol: wsspec.echo\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    stream.write_all(&masked(0x81, *b"hi")).unwrap();
    let mut first = [0; 2];
    stream.read_exact(&mut first).unwrap();
    let mask = if first[1] & 0x80 == 0 { 0 } else { 4 };
    stream.read_exact(&mut vec![0; usize::from(first[1] & 0x7f) + mask]).unwrap();
    stream.write_all(&masked(0x88, [3, 0xe8])).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn a_conversation_without_faults_ends_with_0() {
    let dir = folder("tap/clean");
    let tap = Tap::start(&dir, &server(None), &["--json", "tap.json"]);
    talk(&tap.address, 0);
    let ended = tap.end();
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("The server breaks no MUST in what was seen."), "{}", ended.stdout);
    assert!(ended.stdout.contains("The clients break no MUST in what was seen."), "{}", ended.stdout);
    assert!(
        ended.stdout.contains("\n1 connection, 1 of them WebSocket; 2 frames of clients, 2 of servers; in ")
    );
    for file in ["tap.json", "tap.2.json"] {
        let report = wsspec(&dir, &["report", file]);
        assert_eq!(code(&report), 0, "{}", stdout(&report));
        assert!(stdout(&report).contains("1 trial: 1 passed"), "{}", stdout(&report));
    }
}

#[test]
fn a_fault_is_said_at_once_counted_reported_and_saved() {
    let dir = folder("tap/fault");
    let server = server(Some(Flaw::MasksFrames));
    let reports = ["--json", "tap.json", "--junit", "tap.xml", "--sarif", "tap.sarif", "--html", "tap.html"];
    let mut tap = Tap::start(&dir, &server, &[&reports[..], &["--save", "found"]].concat());
    talk(&tap.address, 0);
    let live: Vec<String> = (0..4).map(|_| tap.line()).collect();
    assert!(live[0].starts_with("connection 1, 0."), "{live:?}");
    assert!(live[0].contains("the server breaks rfc6455#5.1:5: "), "{live:?}");
    assert!(
        live[1].starts_with("  MUST    RFC 6455 section 5.1: A server does not mask its frames"),
        "{live:?}"
    );
    assert!(live[2].starts_with("  sent    text \"hi\" mask:"), "{live:?}");
    talk(&tap.address, 1);
    let ended = tap.end();
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("The server breaks 1 MUST:\n"), "{}", ended.stdout);
    assert!(unwrapped(&ended.stdout).contains("4 times on 2 connections"), "{}", ended.stdout);

    let report = wsspec(&dir, &["report", "tap.json"]);
    assert_eq!(code(&report), 1);
    let text = stdout(&report);
    assert!(text.contains("tap/5.1/masked-frame-5"), "{text}");
    assert!(unwrapped(text).contains("wsspec tap --listen 127.0.0.1:0 --to ws://127.0.0.1:"), "{text}");
    assert_eq!(code(&wsspec(&dir, &["report", "tap.2.json"])), 0);
    let sarif = std::fs::read_to_string(dir.join("tap.sarif")).unwrap();
    assert!(sarif.contains("\"ruleId\": \"rfc6455#5.1:5\""), "{sarif}");
    assert!(std::fs::read_to_string(dir.join("tap.xml")).unwrap().contains("tap/5.1/masked-frame-5"));
    assert!(dir.join("tap.html").exists());

    let case = std::fs::read_to_string(dir.join("found/tap/5.1-masked-frame-5.toml")).unwrap();
    assert!(case.contains("wsspec.echo") && !case.contains("secret"), "{case}");
    let checked = wsspec(&dir, &["check", "found"]);
    assert_eq!(code(&checked), 0, "{}{}", stdout(&checked), stderr(&checked));
    let url = format!("ws://{server}");
    let again = ["run", &url, "--cases", "found", "--no-builtin", "--json", "again.json"];
    let again = wsspec(&dir, &again);
    assert_eq!(code(&again), 1, "{}", stdout(&again));
    assert!(stdout(&again).contains("1 trial breaks rfc6455#5.1:5"), "{}", stdout(&again));
}

#[test]
fn a_saved_case_passes_where_the_fault_is_gone() {
    let dir = folder("tap/fixed");
    let tap = Tap::start(&dir, &server(Some(Flaw::MasksFrames)), &["--save", "found", "--quiet"]);
    talk(&tap.address, 0);
    assert_eq!(tap.end().code, Some(1));
    let url = format!("ws://{}", server(None));
    let again = wsspec(&dir, &["run", &url, "--cases", "found", "--no-builtin"]);
    assert_eq!(code(&again), 0, "{}", stdout(&again));
    assert!(stdout(&again).contains("1 trial: 1 passed"), "{}", stdout(&again));
}

#[test]
fn a_flawed_client_is_reported_in_the_second_record() {
    let dir = folder("tap/client");
    let tap = Tap::start(&dir, &server(None), &["--json", "tap.json"]);
    let client = Client::with(Flaw::PutsHostLast, &tap.address, "/", peer::seed());
    let mut asked = client;
    let mut stream = &peer::connected(&tap.address);
    peer::write(asked.take(), &mut stream);
    stream.read_exact(&mut [0; 12]).unwrap();
    peer::PeerSocket::end(&mut stream);
    let _ = stream.read_to_end(&mut Vec::new());
    let ended = tap.end();
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(ended.stdout.contains("The clients miss 1 SHOULD:\n"), "{}", ended.stdout);
    let strict = wsspec(&dir, &["report", "tap.2.json", "--strict"]);
    assert_eq!(code(&strict), 1, "{}", stdout(&strict));
}

#[test]
fn without_clients_or_a_server_nothing_can_be_said() {
    let dir = folder("tap/nothing");
    let tap = Tap::start(&dir, &server(None), &[]);
    let ended = tap.end();
    assert_eq!(ended.code, Some(3));
    assert!(ended.stdout.contains("Nothing can be said: no client connected."), "{}", ended.stdout);

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut tap = Tap::start(&dir, &free, &[]);
    let _ = TcpStream::connect(&tap.address).unwrap().read(&mut [0]);
    assert!(tap.line().starts_with(&format!("warning: nothing listens on {free}")));
    let ended = tap.end();
    assert_eq!(ended.code, Some(3));
    assert!(ended.stderr.contains("error: nothing listens on"), "{}", ended.stderr);
}

#[test]
fn wrong_usage_is_named() {
    let dir = folder("tap/usage");
    let error = |options: &[&str]| {
        let output = wsspec(&dir, &[&["tap"], options].concat());
        (code(&output), stderr(&output).to_owned())
    };
    let (exit, text) = error(&["--to", "ws://127.0.0.1:1/chat"]);
    assert!(
        exit == 2 && text.contains("`ws://127.0.0.1:1/chat`: its path and credentials come from"),
        "{text}"
    );
    let (exit, text) = error(&["--to", "tcp://127.0.0.1:1"]);
    assert!(exit == 2 && text.contains("`tcp:` is not a WebSocket scheme"), "{text}");
    let (exit, text) = error(&[]);
    assert!(exit == 2 && text.contains("--to <ADDRESS>"), "{text}");
}
