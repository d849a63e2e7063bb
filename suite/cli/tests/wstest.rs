//! `wsspec wstest`, and the program called as `wstest`: the files, URLs and lines that scripts rely on, over real
//! connections.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Output, Stdio},
};

use serde_json::Value;
use wsspec_wire::{Decoded, Decoder, HeadReader, Mask};

mod common;

use common::{code, folder, stderr, stdout};

/// A serving process, which ends with the test.
struct Served {
    child: Child,
    out: BufReader<ChildStdout>,
    port: u16,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// Reads its port, the first number of its first line.
    fn start(dir: &Path, args: &[&str]) -> Self {
        let mut child = command(dir, args).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        let digits = line.rsplit(|c: char| !c.is_ascii_digit()).find(|text| !text.is_empty());
        let port = digits.unwrap().parse().unwrap();
        Self { child, out, port }
    }

    /// A fuzzing server for some cases.
    fn fuzzing(dir: &Path, cases: &str) -> Self {
        let spec = format!(r#"{{"url": "ws://127.0.0.1:0", "outdir": "out", "cases": {cases}}}"#);
        fs::write(dir.join("fuzzingserver.json"), spec).unwrap();
        Self::start(dir, &["-m", "fuzzingserver"])
    }

    fn echo(dir: &Path) -> Self {
        Self::start(dir, &["-m", "echoserver", "-w", "ws://127.0.0.1:0"])
    }

    fn url(&self, path: &str) -> String {
        format!("ws://127.0.0.1:{}{path}", self.port)
    }

    /// The rest of its output, after it has exited on its own.
    fn rest(mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code(), rest)
    }

    /// Its response to an upgrade request for a path: the status line, and the payloads of its frames.
    fn ask(&self, path: &str) -> (String, Vec<String>) {
        self.ask_with(path, "")
    }

    /// As [`Self::ask`], with more header fields.
    fn ask_with(&self, path: &str, fields: &str) -> (String, Vec<String>) {
        let mut tcp = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: \
             dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{fields}\r\n"
        );
        tcp.write_all(request.as_bytes()).unwrap();
        let (mut head, mut frames) = (HeadReader::new(), Decoder::new(1 << 20));
        let (mut buffer, mut status, mut texts) = ([0; 4096], String::new(), Vec::new());
        while let Ok(count @ 1..) = tcp.read(&mut buffer) {
            let mut bytes = buffer[..count].to_vec();
            if status.is_empty() {
                head.push(&bytes);
                let Some(found) = head.take() else { continue };
                let found = found.unwrap();
                status = String::from_utf8_lossy(&found.head).lines().next().unwrap().to_owned();
                bytes = found.rest.to_vec();
                if !status.contains("101") {
                    continue;
                }
            }
            let mut rest = &bytes[..];
            while let Some(Decoded::Frame(frame)) = frames.decode(&mut rest) {
                match frame.header.opcode.value() {
                    8 => tcp.write_all(&[0x88, 0x80, 0, 0, 0, 0]).unwrap(),
                    _ => texts.push(String::from_utf8(frame.payload.to_vec()).unwrap()),
                }
            }
        }
        (status, texts)
    }

    /// Plays a case as an echo client.
    fn play(&self, dir: &Path, query: &str) {
        let output = wstest(dir, &["-m", "echoclient", "-w", &self.url(&format!("/runCase?{query}"))]);
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{query}");
    }
}

fn command(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    command.arg("wstest").args(args).current_dir(dir).stdin(Stdio::null());
    command
}

fn wstest(dir: &Path, args: &[&str]) -> Output {
    command(dir, args).output().unwrap()
}

fn json(path: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The names of all files below a folder.
fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs a spec of one server.
fn fuzz(dir: &Path, url: &str, rest: &str) -> Output {
    let spec = format!(r#"{{"outdir": "out", "servers": [{{"url": "{url}", "agent": "Echo 1"}}], {rest}}}"#);
    fs::write(dir.join("spec.json"), spec).unwrap();
    wstest(dir, &["--mode", "fuzzingclient", "--spec", "spec.json"])
}

#[test]
fn a_page_from_elsewhere_neither_plays_cases_nor_stops_the_server() {
    let dir = folder("wstest/foreign");
    let server = Served::fuzzing(&dir, r#"["1.1.1"]"#);
    let foreign = "Origin: https://evil.example\r\n";
    for path in ["/runCase?case=1&agent=me", "/updateReports?agent=me", "/stopServer"] {
        assert_eq!(server.ask_with(path, foreign), ("HTTP/1.1 403 Forbidden".into(), Vec::new()), "{path}");
    }
    assert_eq!(server.ask("/getCaseCount").1, ["1"]);
    assert!(!dir.join("out").exists());
}

#[test]
fn a_server_is_tested_and_its_reports_are_written() {
    let dir = folder("wstest/client");
    let server = Served::echo(&dir);
    let rest = r#""cases": ["1.1.*", "2.*", "6.4.*", "7.7.*", "9.7.1", "10.*", "12.1.1"],
        "exclude-cases": ["1.1.8", ""], "exclude-agent-cases": {"Echo*": ["2.7"]}"#;
    let output = fuzz(&dir, &server.url("/"), rest);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let lines = stdout(&output);
    assert!(
        lines.starts_with("Ok, will run 38 test cases against 1 servers\nCases = ['1.1.1', '1.1.2', "),
        "{lines}"
    );
    let peer = format!("for agent Echo 1 from peer tcp4:127.0.0.1:{}\n", server.port);
    assert!(lines.contains(&format!("Running test case ID 10.1.1 {peer}")), "{lines}");
    assert!(lines.contains("\nSkipping test case 2.7 for agent Echo 1 by test configuration!\n"), "{lines}");
    let index = json(dir.join("out/index.json"));
    let results = index["Echo 1"].as_object().unwrap();
    assert_eq!(results.len(), 37);
    for (id, result) in results {
        let expected = match id.as_str() {
            "12.1.1" => "UNIMPLEMENTED",
            "6.4.3" | "6.4.4" | "6.4.1" | "6.4.2" => "OK NON-STRICT",
            _ => "OK",
        };
        assert!(expected.contains(result["behavior"].as_str().unwrap()), "{id}: {result}");
        assert_eq!(result["behaviorClose"], "OK", "{id}");
        let report = json(dir.join("out").join(result["reportfile"].as_str().unwrap()));
        assert_eq!((&report["id"], &report["isServer"]), (&id.as_str().into(), &false.into()));
    }
    assert_eq!(json(dir.join("out/echo_1_case_10_1_1.json"))["case"], 301);
    assert_eq!(files(&dir.join("out")).len(), 2 + 2 * 37);
}

#[test]
fn a_server_that_is_not_there_is_said_and_the_next_one_is_tested() {
    let dir = folder("wstest/unreachable");
    let server = Served::echo(&dir);
    let nobody = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let spec = format!(
        r#"{{"outdir": "out", "cases": ["2.1"], "servers": [{{"url": "ws://127.0.0.1:{nobody}"}},
            {{"url": "{}", "agent": "there"}}]}}"#,
        server.url("/")
    );
    fs::write(dir.join("fuzzingclient.json"), spec).unwrap();
    let output = wstest(&dir, &["-m", "fuzzingclient"]);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let failed =
        format!("Connection to ws://127.0.0.1:{nobody} failed (nothing listens on 127.0.0.1:{nobody}: ");
    assert_eq!(stdout(&output).matches(&failed).count(), 1, "{}", stdout(&output));
    let index = json(dir.join("out/index.json"));
    assert_eq!(index.as_object().unwrap().keys().collect::<Vec<_>>(), ["there"]);
}

#[test]
fn without_a_spec_one_is_written_to_start_from() {
    let dir = folder("wstest/default");
    let output = wstest(&dir, &["-m", "fuzzingclient"]);
    assert_eq!(code(&output), 0);
    assert!(stdout(&output).starts_with(
        "Wrote fuzzingclient.json, to start from\nOk, will run 517 test cases against 1 servers\n"
    ));
    let spec = json(dir.join("fuzzingclient.json"));
    assert_eq!(spec["servers"][0]["url"], "ws://127.0.0.1:9001");
    assert!(dir.join("reports/servers/index.json").is_file());
}

#[test]
fn a_client_asks_for_cases_and_reports_by_url() {
    let dir = folder("wstest/server");
    let server = Served::fuzzing(&dir, r#"["1.1.*", "2.2"]"#);
    let upgraded = "HTTP/1.1 101 Switching Protocols".to_owned();
    assert_eq!(server.ask("/getCaseCount"), (upgraded.clone(), vec!["9".into()]));
    let info = r#"{"id": "2.2", "description": "A ping with text."}"#;
    assert_eq!(server.ask("/getCaseInfo?case=9"), (upgraded.clone(), vec![info.into()]));
    assert_eq!(server.ask("/getCaseInfo?casetuple=2.2").1, [info]);
    server.play(&dir, "case=9&agent=Echo%201");
    server.play(&dir, "casetuple=1.1.1&agent=Echo%201");
    let ok = r#"{"behavior": "OK"}"#;
    assert_eq!(server.ask("/getCaseStatus?case=9&agent=Echo+1"), (upgraded.clone(), vec![ok.into()]));
    assert_eq!(server.ask("/updateReports?agent=Echo&shutdownOnComplete=True"), (upgraded, vec![]));
    let (exit, lines) = server.rest();
    assert_eq!(exit, Some(0));
    assert!(
        lines.starts_with("Ok, will run 9 test cases for any clients connecting\nCases = ['1.1.1', "),
        "{lines}"
    );
    assert!(lines.contains("Running test case ID 2.2 for agent Echo 1 from peer tcp4:127.0.0.1:"), "{lines}");
    assert!(lines.contains("\nUpdating reports, requested by peer tcp4:127.0.0.1:"), "{lines}");
    let index = json(dir.join("out/index.json"));
    assert_eq!(index["Echo 1"].as_object().unwrap().keys().collect::<Vec<_>>(), ["1.1.1", "2.2"]);
    let report = json(dir.join("out/echo_1_case_2_2.json"));
    assert_eq!((&report["case"], &report["isServer"]), (&9.into(), &true.into()));
}

#[test]
fn a_testee_asks_for_every_case_and_for_the_reports() {
    let dir = folder("wstest/testee");
    let server = Served::fuzzing(&dir, r#"["1.1.1", "2.*", "7.7.1"]"#);
    let output = wstest(&dir, &["-m", "testeeclient", "-i", "Te&st 1", "-w", &server.url("")]);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    assert!(stdout(&output).ends_with("Running test case 13 of 13\n"), "{}", stdout(&output));
    let index = json(dir.join("out/index.json"));
    let results = index["Te&st 1"].as_object().unwrap();
    assert_eq!(results.len(), 13);
    assert!(results.values().all(|result| result["behavior"] == "OK"), "{index}");
}

#[test]
fn what_cannot_be_served_is_an_error_of_http_and_the_server_goes_on() {
    let dir = folder("wstest/refused");
    let server = Served::fuzzing(&dir, r#"["1.1.1"]"#);
    let error = "HTTP/1.1 500 Internal Server Error";
    for path in [
        "/runCase?case=2&agent=a",
        "/runCase?case=1",
        "/runCase?case=x&agent=a",
        "/getCaseInfo?casetuple=9.9.9",
    ] {
        assert_eq!(server.ask(path).0, error, "{path}");
    }
    let mut silent = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    let mut garbage = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    garbage.write_all(b"\x00\xff\x16\x03\x01 no request\r\n\r\n").unwrap();
    let mut answer = String::new();
    garbage.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
    assert_eq!(server.ask("/getCaseCount").1, ["1"]);
    // Nor does a client that stalls in the middle of a case block others.
    silent.write_all(b"GET /runCase?case=1&agent=s HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").unwrap();
    server.play(&dir, "case=1&agent=a");
    assert_eq!(server.ask("/getCaseStatus?case=1&agent=s").1, [r#"{"behavior": "FAILED"}"#]);
}

#[test]
fn a_name_of_separators_markup_and_escapes_stays_a_name() {
    let dir = folder("wstest/hostile");
    let server = Served::fuzzing(&dir, r#"["1.1.1"]"#);
    server.play(&dir, "case=1&agent=..%2f..%2f%3Cscript%3E%1b[31m%0aRunning");
    assert_eq!(server.ask("/updateReports?agent=x&shutdownOnComplete=yes").1, [""; 0]);
    let (_, lines) = server.rest();
    assert!(!lines.contains('\u{1b}') && !lines.contains("\nRunning\n"), "{lines}");
    assert_eq!(
        files(&dir.join("out")),
        [
            "index.html",
            "index.json",
            "script___31m_running_case_1_1_1.html",
            "script___31m_running_case_1_1_1.json"
        ]
    );
    assert_eq!(files(&dir), ["fuzzingserver.json", "out"]);
    assert!(!fs::read_to_string(dir.join("out/index.html")).unwrap().contains("<script"));
}

#[test]
fn commands_on_any_other_path_are_obeyed() {
    let dir = folder("wstest/direct");
    let server = Served::fuzzing(&dir, r#"["1.1.1"]"#);
    let mut tcp = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    tcp.write_all(b"GET /x HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\
        \r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").unwrap();
    let mut head = HeadReader::new();
    let mut buffer = [0; 1024];
    while head.take().is_none() {
        let count = tcp.read(&mut buffer).unwrap();
        head.push(&buffer[..count]);
    }
    let mut said = br#"["sendframe", {"opcode": 9, "payload": "ab", "rsv": 4, "fin": false}]"#.to_vec();
    Mask([1, 2, 3, 4]).apply(&mut said, 0);
    let length = u8::try_from(said.len()).unwrap();
    tcp.write_all(&[&[0x81, 0x80 | length, 1, 2, 3, 4][..], &said].concat()).unwrap();
    let mut answer = [0; 4];
    tcp.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"\x49\x02ab");
}

#[test]
fn a_port_in_use_and_addresses_that_are_none_are_said() {
    let dir = folder("wstest/taken");
    let server = Served::echo(&dir);
    let refused = |mode: &str, uri: &str| {
        let output = wstest(&dir, &["-m", mode, "-w", uri]);
        (code(&output), stderr(&output).to_owned())
    };
    let taken = format!(
        "error: something listens on 127.0.0.1:{} already; stop it, or use another port (0 for a free one)\n",
        server.port
    );
    assert_eq!(refused("echoserver", &server.url("")), (2, taken.clone()));
    fs::write(
        dir.join("fuzzingserver.json"),
        format!(r#"{{"url": "{}", "cases": ["1.1.1"]}}"#, server.url("")),
    )
    .unwrap();
    assert_eq!(refused("fuzzingserver", "ws://x"), (2, taken));
    let scheme = "error: `http:` is not a WebSocket scheme; did you mean `ws://h:1/`?\n";
    assert_eq!(refused("echoserver", "http://h:1"), (2, scheme.into()));
    let tls = "error: wss:// needs a key and a certificate: --key FILE --cert FILE\n";
    assert_eq!(refused("echoserver", "wss://127.0.0.1:0"), (2, tls.into()));
    let none = wstest(&dir, &["-m", "echoserver"]);
    assert_eq!(stderr(&none), "error: this mode needs an address: --wsuri URI\n");
}

#[test]
fn mistakes_in_a_spec_are_said_with_file_and_line() {
    let dir = folder("wstest/mistakes");
    let refused = |text: &str| {
        fs::write(dir.join("s.json"), text).unwrap();
        let output = wstest(&dir, &["-m", "fuzzingserver", "-s", "s.json"]);
        assert_eq!((code(&output), stdout(&output)), (2, ""));
        stderr(&output).to_owned()
    };
    assert_eq!(
        refused("{\n\"cases\": [\"1.*\"\n"),
        "error: `s.json`: the file is not a valid spec: EOF while parsing a list at line 3 column 0\n"
    );
    assert_eq!(
        refused("{\"cases\": 1}"),
        "error: `s.json`: the file is not a valid spec: invalid type: integer `1`, expected a sequence at line 1 \
         column 11\n"
    );
    assert_eq!(
        refused("{\n\"cases\": [\"99.1\"]}"),
        "error: `s.json`: line 2: `99.1` is not a case; ids are like `1.1.1`, patterns like `1.*`\n"
    );
    let missing = wstest(&dir, &["-m", "fuzzingserver", "-s", "no.json"]);
    assert!(
        stderr(&missing).starts_with("error: cannot read the spec file `no.json`: "),
        "{}",
        stderr(&missing)
    );
}

#[test]
fn a_field_that_nobody_reads_is_warned_of() {
    let dir = folder("wstest/unread");
    let server = Served::echo(&dir);
    let output = fuzz(&dir, &server.url("/"), "\"webport\": 8080,\n\"case\": [],\n\"cases\": [\"2.1\"]");
    assert_eq!(code(&output), 0);
    assert_eq!(
        stderr(&output),
        "warning: `spec.json`: line 2: `case` is not a field of a spec file and is ignored; did you mean `cases`?\n"
    );
}

#[test]
fn tls_is_spoken_in_every_role() {
    let dir = folder("wstest/tls");
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(dir.join("cert.pem"), made.cert.pem()).unwrap();
    fs::write(dir.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    let tls = ["-k", "key.pem", "-c", "cert.pem"];
    let echo = Served::start(&dir, &[&["-m", "echoserver", "-w", "wss://localhost:0"], &tls[..]].concat());
    let output = fuzz(&dir, &format!("wss://localhost:{}/", echo.port), r#""cases": ["1.1.*", "7.7.1"]"#);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let index = json(dir.join("out/index.json"));
    let results = index["Echo 1"].as_object().unwrap();
    assert_eq!(results.len(), 9);
    assert!(results.values().all(|result| result["behavior"] == "OK"), "{index}");
    let spec = r#"{"url": "wss://localhost:0", "outdir": "out", "cases": ["2.2"], "key": "key.pem", "cert": "cert.pem"}"#;
    fs::write(dir.join("server.json"), spec).unwrap();
    let server = Served::start(&dir, &["-m", "fuzzingserver", "-s", "server.json"]);
    let at = |path: &str| format!("wss://localhost:{}{path}", server.port);
    for path in ["/runCase?case=1&agent=e", "/updateReports?agent=e&shutdownOnComplete=true"] {
        let output = wstest(&dir, &["-m", "echoclient", "-w", &at(path)]);
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{path}");
    }
    assert_eq!(server.rest().0, Some(0));
    assert_eq!(json(dir.join("out/index.json"))["e"]["2.2"]["behavior"], "OK");
}

#[cfg(unix)]
#[test]
fn a_link_named_wstest_is_wstest() {
    let dir = folder("wstest/link");
    let link = dir.join("wstest");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_wsspec"), &link).unwrap();
    let run = |args: &[&str]| Command::new(&link).args(args).current_dir(&dir).output().unwrap();
    let version = format!("wsspec {}, in place of Autobahn|Testsuite 25.10.1\n", env!("CARGO_PKG_VERSION"));
    for args in [["-a"], ["--autobahnversion"]] {
        let output = run(&args);
        assert_eq!((code(&output), stdout(&output)), (0, &*version));
    }
    let output =
        run(&["-d", "-u", "0", "-i", "x", "-o", "y", "--mode=echoclient", "--wsuri=ws://127.0.0.1:1"]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).starts_with("error: nothing listens on 127.0.0.1:1: "), "{}", stderr(&output));
    let output = run(&["--mode", "massconnect"]);
    assert_eq!(code(&output), 2);
    assert!(
        stderr(&output).contains(
            "[possible values: fuzzingclient, fuzzingserver, echoserver, echoclient, testeeclient]"
        )
    );
}

#[test]
fn the_version_is_asked_for_by_either_name() {
    let dir = folder("wstest/version");
    for option in ["--version", "--autobahnversion", "-a"] {
        let output = wstest(&dir, &[option]);
        assert_eq!((code(&output), stderr(&output)), (0, ""));
        assert!(
            stdout(&output).ends_with(", in place of Autobahn|Testsuite 25.10.1\n"),
            "{}",
            stdout(&output)
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_client_leaves_an_index() {
    let dir = folder("wstest/interrupted");
    // It accepts connections, and never answers.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let spec = format!(
        r#"{{"outdir": "out", "servers": [{{"url": "ws://{}"}}], "cases": ["1.1.1"]}}"#,
        silent.local_addr().unwrap()
    );
    fs::write(dir.join("fuzzingclient.json"), spec).unwrap();
    let mut child =
        command(&dir, &["-m", "fuzzingclient"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut tcp, _) = silent.accept().unwrap();
    let mut request = vec![0; 4096];
    let length = tcp.read(&mut request).unwrap();
    let request = String::from_utf8_lossy(&request[..length]).into_owned();
    assert!(request.contains("\r\nUser-Agent: AutobahnTestSuite/25.10.1-wsspec\r\n"), "{request}");
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{said}");
    assert_eq!(said, "error: interrupted; the reports contain the cases that were finished\n");
    let index: Value = serde_json::from_slice(&fs::read(dir.join("out/index.json")).unwrap()).unwrap();
    assert!(index.is_object(), "{index}");
}

#[cfg(unix)]
#[test]
fn an_interrupted_server_leaves_what_was_played() {
    let dir = folder("wstest/interrupted-server");
    let mut server = Served::fuzzing(&dir, r#"["1.1.1"]"#);
    server.play(&dir, "case=1&agent=A");
    Command::new("kill").args(["-INT", &server.child.id().to_string()]).status().unwrap();
    assert_eq!(server.child.wait().unwrap().code(), Some(0));
    let index: Value = serde_json::from_slice(&fs::read(dir.join("out/index.json")).unwrap()).unwrap();
    assert_eq!(index["A"]["1.1.1"]["behavior"], "OK");
}
