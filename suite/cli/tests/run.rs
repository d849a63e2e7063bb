//! `wsspec run` as people and CI call it: a real situation for every exit code, the files it writes, colours, Ctrl-C.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Command, Output, Stdio},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    runtime::Runtime,
};
use wsspec_runner::EmbeddedServer;

mod common;

use common::{code, folder, stderr, stdout, unwrapped, wsspec};

/// A case that the embedded server passes, and one that it fails.
const PASSED: &str = "rfc6455/5.5.2/ping";
const FAILED: &str = "rfc6455/4.2.1/host-missing";

/// Runs in an empty folder.
fn run(args: &[&str]) -> Output {
    wsspec(Path::new(env!("CARGO_TARGET_TMPDIR")), &[&["run"], args].concat())
}

/// The last line that is not empty.
fn last_line(output: &Output) -> &str {
    stdout(output).lines().rfind(|line| !line.is_empty()).unwrap()
}

/// A usage error: exit code 2, nothing on standard output.
fn usage_error(args: &[&str]) -> String {
    let output = run(args);
    assert_eq!((code(&output), stdout(&output)), (2, ""), "{}", stderr(&output));
    stderr(&output).to_owned()
}

#[test]
fn without_arguments_the_embedded_server_conforms_apart_from_known_deviations() {
    let output = wsspec(Path::new(env!("CARGO_TARGET_TMPDIR")), &[]);
    assert_eq!((code(&output), stderr(&output)), (0, ""), "{}", stdout(&output));
    let text = stdout(&output);
    assert!(text.contains(" trials against embedded\n"), "{text}");
    assert!(text.contains("1 known deviation: accepts a request without Host (4.2.1, item 2)\n"), "{text}");
    assert!(text.contains(&format!("        {FAILED}\n")), "{text}");
    assert!(text.contains("\nThe peer conforms as far as it was tested ("), "{text}");
    let is_named = |line: &str| line.split_whitespace().take(2).eq(["rfc6455/5.5.2", "Ping"]);
    assert!(text.lines().any(is_named), "{text}");
    // An id is never wrapped, so that it can be copied.
    let is_wide = |line: &&str| line.chars().count() > 80 && line.trim().contains(' ');
    assert_eq!(text.lines().find(is_wide), None);
}

#[test]
fn records_and_reports_are_written_as_often_as_asked_and_read_back() {
    let dir = folder("run/written");
    let args = "run embedded autobahn:1.1.* --json a.json --json new/b.json --junit c.xml --junit new/d.xml";
    let output = wsspec(&dir, &args.split(' ').collect::<Vec<_>>());
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    assert_eq!(read("a.json"), read("new/b.json"));
    assert_eq!(read("c.xml"), read("new/d.xml"));
    let report = wsspec(&dir, &["report", "a.json", "--junit", "e.xml", "--json", "f.json"]);
    assert_eq!((code(&report), stderr(&report)), (0, ""));
    assert_eq!(read("e.xml"), read("c.xml"));
    assert_eq!(read("f.json"), read("a.json"));
    let record: serde_json::Value = serde_json::from_str(&read("a.json")).unwrap();
    assert_eq!(record["target"], "embedded");
    let trials = record["trials"].as_array().unwrap();
    assert!(trials.len() >= 8);
    assert!(trials.iter().all(|trial| trial["verdict"]["kind"] == "pass"), "{trials:?}");
}

#[test]
fn pages_are_written_as_files_or_into_folders_and_several_records_make_one() {
    let dir = folder("run/pages");
    let args = "run embedded autobahn:1.1.1 --json a.json --html page.html --html new/folder";
    let output = wsspec(&dir, &args.split(' ').collect::<Vec<_>>());
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let read = |name: &str| fs::read_to_string(dir.join(name)).unwrap();
    assert_eq!(read("page.html"), read("new/folder/index.html"));
    let report = wsspec(&dir, &["report", "a.json", "--quiet", "--html", "again.html"]);
    assert_eq!((code(&report), stderr(&report)), (0, ""));
    assert_eq!(read("again.html"), read("page.html"));
    fs::copy(dir.join("a.json"), dir.join("b.json")).unwrap();
    let report = wsspec(&dir, &["report", "a.json", "b.json", "--quiet", "--html", "both.html"]);
    assert_eq!((code(&report), stderr(&report)), (0, ""));
    let both = read("both.html");
    assert!(both.contains("<th scope=\"row\">a</th>") && both.contains("<th scope=\"row\">b</th>"));
}

#[test]
fn several_records_end_as_the_worst_and_only_a_page_takes_them_all() {
    let dir = folder("run/several");
    let server = EmbeddedServer::start().unwrap();
    let failing = wsspec(&dir, &["run", &server.url(), FAILED, "--quiet", "--json", "bad.json"]);
    assert_eq!(code(&failing), 1);
    assert_eq!(code(&wsspec(&dir, &["run", "embedded", PASSED, "--quiet", "--json", "good.json"])), 0);
    assert_eq!(code(&wsspec(&dir, &["report", "good.json", "bad.json", "good.json", "--quiet"])), 1);
    assert_eq!(code(&wsspec(&dir, &["report", "good.json", "good.json", "--quiet"])), 0);
    let junit = wsspec(&dir, &["report", "good.json", "bad.json", "--junit", "a.xml"]);
    assert_eq!(code(&junit), 2);
    assert_eq!(
        stderr(&junit),
        "error: `a.xml` can contain only one record; only --html combines several in one file\n"
    );
}

#[test]
fn a_file_that_cannot_be_written_is_an_error() {
    let dir = folder("run/unwritable");
    fs::write(dir.join("file"), "").unwrap();
    let output = wsspec(&dir, &["run", "embedded", PASSED, "--json", "file/a.json"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).starts_with("error: cannot write `file/a.json`: "), "{}", stderr(&output));
}

#[test]
fn a_failure_ends_with_1_and_its_last_line_shows_it_again() {
    let server = EmbeddedServer::start().unwrap();
    let cases = [
        FAILED,
        "rfc6455/4.2.1/host-twice",
        "rfc6455/4.2.1/connection-in-several-fields",
        "rfc6455/9.1/malformed-extension",
    ];
    let url = server.url();
    let output = run(&[&[url.as_str()], &cases[..], &["--seed", "5", "--verbose"]].concat());
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    assert!(stdout(&output).contains(&format!("FAIL  {FAILED} ")), "{}", stdout(&output));
    // A long command continues on further lines, which a shell joins.
    let whole = stdout(&output).replace(" \\\n", " ");
    let mut again: Vec<_> = whole.lines().filter_map(|line| line.strip_prefix("  again  ")).collect();
    assert!(again.len() >= cases.len(), "{again:?}");
    again.dedup();
    let bin = Path::new(env!("CARGO_BIN_EXE_wsspec")).parent().unwrap();
    for command in again {
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let output = Command::new("sh").args(["-c", command]).env("PATH", path).output().unwrap();
        let id = command.split([' ', '\'']).find(|word| word.starts_with("rfc6455/")).unwrap();
        assert_eq!(code(&output), 1, "{command}");
        assert!(stdout(&output).contains("FAIL  1 trial breaks rfc6455#"), "{command}: {}", stdout(&output));
        assert!(stdout(&output).contains(&format!("  trial  {id}\n")), "{command}: {}", stdout(&output));
        assert!(stdout(&output).starts_with("1 trial against "), "{command}: {}", stdout(&output));
    }
}

#[test]
fn a_failure_that_a_list_of_known_deviations_lacks_ends_with_1() {
    let dir = folder("run/known");
    fs::write(dir.join("known.toml"), "[known]\n\"rfc6455/4.2.1/host-twice\" = \"takes two\"\n").unwrap();
    let output =
        wsspec(&dir, &["run", "embedded", "rfc6455/4.2.1/host-*", "--known", "known.toml", "--quiet"]);
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    assert!(last_line(&output).contains("1 failed, 1 known failure"), "{}", last_line(&output));
}

#[test]
fn a_known_deviation_that_is_gone_ends_with_1() {
    let dir = folder("run/gone");
    fs::write(dir.join("known.toml"), format!("[known]\n\"{PASSED}\" = \"answers no ping\"\n")).unwrap();
    let output = wsspec(&dir, &["run", "embedded", PASSED, "--known", "known.toml"]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("answers no ping"), "{}", stdout(&output));
    assert!(last_line(&output).contains("passes 1 trial that known deviations list"), "{}", stdout(&output));
}

#[test]
fn what_is_only_recommended_ends_with_1_when_strict() {
    let args = ["embedded", "rfc6455/7.1.7/server-fails-by-closing"];
    assert_eq!(code(&run(&args)), 0);
    let strict = run(&[&args[..], &["--strict"]].concat());
    assert_eq!(code(&strict), 1, "{}", stdout(&strict));
}

#[test]
fn a_case_that_does_not_exist_is_answered_with_the_nearest() {
    let message = format!("error: no case fits `rfc6455/5.5.2/pnig`; did you mean `{PASSED}`?\n");
    assert_eq!(usage_error(&["embedded", "rfc6455/5.5.2/pnig"]), message);
    assert_eq!(usage_error(&["embedded", PASSED, "--exclude", "rfc6455/5.5.2/pnig"]), message);
    let near = usage_error(&["embedded", "levle:must"]);
    assert!(near.contains("did you mean `level:`?"), "{near}");
}

#[test]
fn a_list_of_known_deviations_names_only_cases_that_exist() {
    let dir = folder("run/unknown");
    let path = dir.join("known.toml");
    fs::write(&path, "[known]\n\"rfc6455/5.5.2/pnig\" = \"answers no ping\"\n").unwrap();
    let path = path.to_str().unwrap();
    let strange = usage_error(&["embedded", PASSED, "--known", path]);
    assert!(strange.starts_with("error: no case fits `rfc6455/5.5.2/pnig`\n"), "{strange}");
    assert!(strange.contains(&format!("--> {path}:2:2\n")), "{strange}");
    assert!(strange.contains(&format!("help: did you mean `{PASSED}`?\n")), "{strange}");
    fs::write(path, "[known]\n\"rfc6455/5.5.2/ping\" = \"\"\n").unwrap();
    let no_reason = usage_error(&["embedded", PASSED, "--known", path]);
    assert!(no_reason.contains("`rfc6455/5.5.2/ping` has no reason"), "{no_reason}");
    let missing = usage_error(&["embedded", PASSED, "--known", "no/such.toml"]);
    assert!(missing.starts_with("error: cannot read `no/such.toml`: "), "{missing}");
}

#[test]
fn an_unknown_option_is_answered_with_the_one_that_is_meant() {
    let message = usage_error(&["embedded", "--jsno", "a.json"]);
    assert!(message.contains("unexpected argument '--jsno'") && message.contains("'--json'"), "{message}");
}

#[test]
fn cases_with_mistakes_are_not_run() {
    let output = wsspec(&common::fixtures(), &["run", "embedded", "--cases", "bad"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert!(stderr(&output).contains("01-unknown-key.toml"), "{}", stderr(&output));
    let missing = usage_error(&["embedded", "--cases", "no/such/folder"]);
    assert!(missing.starts_with("error: cannot read `no/such/folder`: "), "{missing}");
}

#[test]
fn addresses_that_are_none_are_told_so() {
    for (address, message) in [
        (
            "localhost:9001",
            "`localhost:9001` is not an address: it has no scheme; write `ws://host:port/path`",
        ),
        ("https://a.example/x", "`https:` is not a WebSocket scheme; did you mean `wss://a.example/x`?"),
        (
            "ws://a.example/#x",
            "`ws://a.example/#x` has a fragment, which a WebSocket address cannot have (RFC 6455 section 3); write \
             `%23` for `#`",
        ),
    ] {
        assert_eq!(usage_error(&[address]), format!("error: {message}\n"));
    }
}

#[test]
fn where_nothing_listens_the_run_ends_with_3_and_its_reports_say_so() {
    let dir = folder("run/refused");
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("ws://{address}/");
    let output = wsspec(&dir, &["run", &url, PASSED, "--json", "a.json", "--junit", "b.xml"]);
    assert_eq!((code(&output), stderr(&output)), (3, ""));
    let why =
        format!("nothing listens on {address}: connection refused; start the server, or check the port");
    let text = unwrapped(stdout(&output));
    assert!(text.ends_with(&format!("Nothing was tested: {why}.")), "{text}");
    assert_eq!(text.matches("nothing listens").count(), 1, "{text}");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("a.json")).unwrap()).unwrap();
    assert_eq!((record["aborted"].as_str(), record["trials"].as_array().unwrap().len()), (Some(&*why), 0));
    let junit = fs::read_to_string(dir.join("b.xml")).unwrap();
    assert!(junit.contains("errors=\"1\"") && junit.contains("<error ") && junit.contains(&why), "{junit}");
    assert_eq!(code(&wsspec(&dir, &["report", "a.json"])), 3);
}

#[test]
fn a_target_that_is_no_websocket_ends_with_3() {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let _ = stream.read_buf(&mut Vec::with_capacity(4096)).await;
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n").await;
        }
    });
    let output = run(&[&format!("ws://{address}/chat"), PASSED]);
    assert_eq!(code(&output), 3);
    let why = "the server answered the opening handshake for `/chat` with 404 Not Found, not 101";
    let text = unwrapped(stdout(&output));
    assert!(text.contains(&format!("Nothing was tested: {why}")), "{text}");
}

#[test]
fn where_nothing_runs_the_exit_code_is_3() {
    let none = run(&["embedded", PASSED, "--exclude", PASSED]);
    assert_eq!(code(&none), 3);
    assert!(last_line(&none).ends_with("no trial was run."), "{}", stdout(&none));
    // The embedded server has no permessage-deflate.
    let skipped = run(&["embedded", "rfc6455/11.3/known-extension-in-a-second-field"]);
    assert_eq!(code(&skipped), 3);
    assert!(last_line(&skipped).ends_with("no trial was run, 1 skipped."), "{}", stdout(&skipped));
}

#[test]
fn quiet_is_one_line_and_verbose_has_every_trial() {
    let quiet = run(&["embedded", "rfc6455/5.5.2/ping*", "--quiet"]);
    assert_eq!((code(&quiet), stdout(&quiet).lines().count()), (0, 1), "{}", stdout(&quiet));
    assert!(stdout(&quiet).contains(" The peer conforms"), "{}", stdout(&quiet));
    let verbose = run(&["embedded", "rfc6455/5.5.2/ping-length", "--verbose"]);
    let passed = stdout(&verbose).lines().filter(|line| line.starts_with("PASS  rfc6455/5.5.2/ping-length["));
    let listed = wsspec(Path::new("."), &["list", "--members", "rfc6455/5.5.2/ping-length"]);
    let members = stdout(&listed).lines().filter(|line| line.starts_with("rfc6455/")).count();
    assert_eq!((passed.count(), code(&verbose)), (members, 0), "{}", stdout(&verbose));
    // Passed trials are printed with what was sent and received.
    assert!(stdout(&verbose).contains("  > ping random(10,1)\n"), "{}", stdout(&verbose));
}

#[test]
fn a_report_prints_what_the_run_printed() {
    let dir = folder("run/same-text");
    let server = EmbeddedServer::start().unwrap();
    let url = server.url();
    for more in [&[][..], &["--each"], &["--verbose"], &["--strict"]] {
        let cases = ["rfc6455/4.2.1", "rfc6455/7.1.7", "known-bugs"];
        let run = [&["run", &url, "--json", "a.json"], &cases[..], more].concat();
        let run = wsspec(&dir, &run);
        assert_eq!(code(&run), 1, "{more:?}: {}", stderr(&run));
        let report = wsspec(&dir, &[&["report", "a.json"], more].concat());
        assert_eq!(code(&report), code(&run), "{more:?}");
        similar(stdout(&report), stdout(&run));
    }
}

/// Asserts that two texts are equal, or says where they begin to differ.
fn similar(one: &str, other: &str) {
    for (one, other) in one.lines().zip(other.lines()) {
        assert_eq!(one, other);
    }
    assert_eq!(one.lines().count(), other.lines().count());
}

#[test]
fn colours_are_there_only_when_asked_for() {
    let coloured = |args: &[&str], vars: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
        command.args(["run", "embedded", FAILED, PASSED, "--verbose"]).args(args);
        command.env_remove("CLICOLOR_FORCE").env_remove("NO_COLOR").envs(vars.iter().copied());
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(!coloured(&[], &[]), "not to a pipe");
    assert!(!coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    assert!(coloured(&["--color", "always"], &[]));
    assert!(coloured(&["--color", "always"], &[("NO_COLOR", "1")]), "an option overrides a variable");
    assert!(coloured(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!coloured(&[], &[("NO_COLOR", "1")]));
}

#[test]
fn filters_and_exclusions_select_trials_and_an_id_with_brackets_exactly_one() {
    let dir = folder("run/selected");
    let server = EmbeddedServer::start().unwrap();
    let ids = |args: &[&str]| {
        let output = wsspec(&dir, &[&["run", &server.url()], args, &["--json", "a.json"]].concat());
        assert_eq!(code(&output), 0, "{}", stdout(&output));
        let record: serde_json::Value =
            serde_json::from_slice(&fs::read(dir.join("a.json")).unwrap()).unwrap();
        let trials = record["trials"].as_array().unwrap();
        trials.iter().map(|trial| trial["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let member = "rfc6455/5.5.2/ping-length[size=124]";
    assert_eq!(ids(&[member]), [member]);
    assert_eq!(ids(&["rfc6455/5.5.2/ping*", "--exclude", "rfc6455/5.5.2/ping?*"]), [PASSED]);
    assert_eq!(ids(&["rfc6455/5.5.2/ping", "rfc6455/5.5.3/unsolicited-pong"]).len(), 2);
}

#[test]
fn an_interrupt_ends_the_run_with_3_and_what_was_done_is_saved() {
    let dir = folder("run/interrupted");
    let server = EmbeddedServer::start().unwrap();
    // One trial at a time: hundreds of trials take longer than reading two lines.
    let args = ["--jobs", "1", "--verbose", "--json", "a.json", "--junit", "b.xml"];
    let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(["run", &server.url(), "rfc6455"])
        .args(args)
        .current_dir(&dir)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut passed = 0;
    while passed < 2 {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).unwrap() > 0, "it ended on its own");
        passed += usize::from(line.starts_with("PASS  "));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let mut rest = String::new();
    child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{rest}");
    let why = "interrupted; trials not finished by then are left out";
    assert!(unwrapped(&rest).contains(&format!("the run was cut short ({why})")), "{rest}");
    let record: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("a.json")).unwrap()).unwrap();
    assert_eq!(record["aborted"].as_str(), Some(why));
    let kept = record["trials"].as_array().unwrap().len();
    assert!((2..1000).contains(&kept), "{kept}");
    let junit = fs::read_to_string(dir.join("b.xml")).unwrap();
    assert!(junit.contains("<error ") && junit.contains(why), "{junit}");
}

#[test]
fn a_regression_between_two_records_ends_with_1() {
    let dir = folder("run/diff");
    let server = EmbeddedServer::start().unwrap();
    let args = ["run", &server.url(), PASSED, FAILED, "--json", "old.json", "--quiet"];
    assert_eq!(code(&wsspec(&dir, &args)), 1);
    let same = wsspec(&dir, &["diff", "old.json", "old.json"]);
    assert_eq!((code(&same), last_line(&same)), (0, "No difference."));
    let mut record: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("old.json")).unwrap()).unwrap();
    for trial in record["trials"].as_array_mut().unwrap() {
        if trial["id"] == FAILED {
            trial["verdict"] = serde_json::json!({ "kind": "pass" });
        }
    }
    fs::write(dir.join("better.json"), record.to_string()).unwrap();
    let fixed = wsspec(&dir, &["diff", "old.json", "better.json"]);
    assert_eq!((code(&fixed), last_line(&fixed)), (0, "Nothing has become worse."));
    let worse = wsspec(&dir, &["diff", "better.json", "old.json", "--json", "diff.json"]);
    assert_eq!((code(&worse), last_line(&worse)), (1, "Worse: 1 trial newly failing."));
    let diff: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("diff.json")).unwrap()).unwrap();
    assert_eq!((&diff["format"], &diff["trials"][0]["kind"]), (&1.into(), &"newly-failing".into()));
    let quiet = wsspec(&dir, &["diff", "better.json", "old.json", "--quiet"]);
    assert_eq!((code(&quiet), stdout(&quiet)), (1, ""));
    let missing = wsspec(&dir, &["diff", "old.json", "no.json"]);
    assert_eq!((code(&missing), stdout(&missing)), (2, ""));
    assert!(stderr(&missing).starts_with("error: cannot read `no.json`: "), "{}", stderr(&missing));
}

#[test]
fn a_server_that_speaks_before_its_response_is_broken_not_in_doubt() {
    let runtime = Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut head = vec![0; 4096];
                let _ = stream.read(&mut head).await;
                let _ = stream.write_all(b"\x89\x00HTTP/1.1 101 Switching Protocols\r\n\r\n").await;
            });
        }
    });
    let output = run(&[&format!("ws://{address}/"), "rfc6455/4.2.2", "--timeout", "300ms"]);
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    assert!(
        stdout(&output).contains("sends no frame before its handshake is complete"),
        "{}",
        stdout(&output)
    );
}
