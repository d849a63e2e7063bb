//! `wsspec fuzz decoder` as people call it: what it finds, how it names bad shims, and its exit codes.
//!
//! The shims are shell commands and this test itself, started again with its task in an environment variable.

#![cfg(unix)]

use std::{
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use wsspec_decoder::{DecoderUnderTest, Setting, shim::Reply};
use wsspec_wire::Role;

mod common;
#[path = "../../decoder/tests/common/right.rs"]
mod right;

use common::wsspec;
use right::{Right, Strictness};

const DOES: &str = "WSSPEC_TEST_SHIM";

/// Not a test but the other tests' shim; does nothing when run directly.
#[test]
#[ignore = "the shim that the tests start"]
fn serves() {
    let Ok(does) = env::var(DOES) else { return };
    let mut out = File::create("/dev/fd/3").unwrap();
    let mut say = |replies: &[Reply]| {
        let mut bytes = Vec::new();
        replies.iter().for_each(|reply| reply.encode(&mut bytes));
        out.write_all(&bytes).unwrap();
    };
    let (does, version) = does.strip_prefix("in batches ").map_or((&*does, 1), |does| (does, 2));
    say(&[Reply::Hello(version)]);
    let mut right = None;
    while let Some((kind, payload)) = message(&mut std::io::stdin()) {
        let mut batch = &payload[..];
        match kind {
            b'Q' if version == 2 => {
                let mut replies = Vec::new();
                while let Some((kind, payload)) = message(&mut batch) {
                    replies.extend(request(&mut right, does, kind, payload));
                }
                say(&replies);
            }
            kind if version == 1 => say(&request(&mut right, does, kind, payload)),
            kind => panic!("{kind}"),
        }
    }
}

/// The next message, if there is one.
fn message(from: &mut impl Read) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 5];
    from.read_exact(&mut head).ok()?;
    let [kind, length @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes(length) as usize];
    from.read_exact(&mut payload).unwrap();
    Some((kind, payload))
}

/// The answer to a request; a connection that has ended gets none.
fn request(right: &mut Option<Right>, does: &str, kind: u8, payload: Vec<u8>) -> Vec<Reply> {
    if kind == b'N' {
        let sender = if payload == b"C" { Role::Client } else { Role::Server };
        *right = Some(Right::new(Setting::of(sender), Strictness::Strict));
        return Vec::new();
    }
    let Some(decoder) = right else { return Vec::new() };
    let replies = answer(decoder, does, payload);
    let is_end = |reply: &Reply| {
        matches!(reply, Reply::Rejected(_) | Reply::Event(wsspec_decoder::DecoderEvent::Close(..)))
    };
    if replies.iter().any(is_end) {
        *right = None;
    }
    replies
}

fn answer(right: &mut Right, does: &str, mut bytes: Vec<u8>) -> Vec<Reply> {
    match does {
        "dies of pings" if bytes.first() == Some(&0x89) => std::process::exit(7),
        "dies of nothing" if bytes.is_empty() => std::process::exit(9),
        "accepts reserved bits" => bytes.iter_mut().take(1).for_each(|byte| *byte &= 0x8F),
        "writes much to standard error" => {
            std::io::stderr().write_all("\u{1b}[31m".repeat(20_000).as_bytes()).unwrap();
        }
        _ => {}
    }
    let mut events = Vec::new();
    let verdict = right.decode(&bytes, &mut events);
    let verdict = verdict.map_or_else(Reply::Rejected, |()| Reply::Accepted);
    events.into_iter().map(Reply::Event).chain([verdict]).collect()
}

fn shim(does: &str) -> String {
    let this = env::current_exe().unwrap();
    let this = this.display();
    format!("{DOES}='{does}' exec '{this}' --ignored --exact serves --nocapture 3>&1 1>/dev/null")
}

/// A folder for one test.
fn folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("decoder").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn fuzz(name: &str, exec: &str, args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        wsspec(&folder(name), &[&["fuzz", "decoder", "--exec", exec], args].concat());
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

#[test]
fn nothing_is_found_in_a_decoder_that_is_right() {
    let (code, out, err) = fuzz("right", &shim("right"), &["--inputs", "300", "--seed", "1"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("300 inputs") && out.ends_with("Nothing found.\n"), "{out}");
}

/// A finding says why its rule exists, what breaks it, and how to fix and reproduce it, wherever it is shown.
fn assert_is_explained(text: &str, json: &serde_json::Value, page: &str) {
    for (label, column) in [("why", "\n  why      "), ("breaks", "\n  breaks   "), ("fix", "\n  fix      ")] {
        let start = &json[label].as_str().unwrap()[..40];
        assert!(text.contains(&format!("{column}{start}")), "{label}: {text}");
        // What follows may be escaped.
        let start = start.split(['"', '\'', '<', '&']).next().unwrap();
        assert!(page.contains(&format!("{column}{start}")), "{label}: {start}");
    }
    assert_eq!((&json["level"], &json["requirement"]), (&"MUST".into(), &"rfc6455#5.2:6".into()));
    assert!(text.contains(&format!("\n  again    {}\n", json["again"].as_str().unwrap())), "{text}");
    assert!(text.ends_with("\n  more     wsspec explain 'rfc6455#5.2:6'\n"), "{text}");
}

#[test]
fn what_is_found_is_small_saved_and_shown_again() {
    let args = ["--inputs", "600", "--seed", "1", "--json", "found.json", "--html", "page"];
    let (code, out, _) = fuzz("reserved", &shim("accepts reserved bits"), &args);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("breaks   rfc6455#5.2:6"), "{out}");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("decoder/reserved");
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("found.json")).unwrap()).unwrap();
    let findings = record["findings"].as_array().unwrap();
    assert_eq!((&record["seed"], &record["inputs"]), (&1.into(), &600.into()));
    let first = findings.iter().find(|finding| finding["requirement"] == "rfc6455#5.2:6").unwrap();
    assert_eq!(first["kind"], "accepted");
    let input = fs::read(folder.join("wsspec-decoder/accepted-rfc6455-5-2-6.bin")).unwrap();
    assert!(input.len() <= 12 + 6 + 8, "{}", input.escape_ascii());
    let told = fs::read_to_string(folder.join("wsspec-decoder/accepted-rfc6455-5-2-6.txt")).unwrap();
    assert!(told.contains("+rsv1") && told.contains("MUST     section 5.2:"), "{told}");
    assert_is_explained(&told, first, &fs::read_to_string(folder.join("page/index.html")).unwrap());
    let path = folder.join("wsspec-decoder/accepted-rfc6455-5-2-6.bin").display().to_string();
    let (code, out, _) = fuzz("again", &shim("accepts reserved bits"), &[&path]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("1 input,"), "{out}");
}

#[test]
fn the_same_seed_finds_the_same() {
    let found = |name| {
        let (_, out, _) = fuzz(name, &shim("accepts reserved bits"), &["--inputs", "200", "--seed", "5"]);
        out.lines().filter(|line| line.starts_with("  rfc6455#")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("seed"), found("seed-again"));
}

#[test]
fn several_shims_share_the_inputs() {
    let found = |name, jobs| {
        let args = [
            "--inputs",
            "400",
            "--seed",
            "5",
            "--jobs",
            jobs,
            "--junit",
            "found.xml",
            "--json",
            "found.json",
        ];
        let (code, out, err) = fuzz(name, &shim("accepts reserved bits"), &args);
        assert_eq!((code, err.as_str()), (1, ""), "{out}");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("decoder").join(name);
        let junit = fs::read_to_string(folder.join("found.xml")).unwrap();
        let record: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("found.json")).unwrap()).unwrap();
        let failures = record["findings"].as_array().unwrap().len();
        assert!(junit.contains(&format!("tests=\"{}\"", failures + 1)), "{junit}");
        assert!(
            junit.contains(&format!("failures=\"{failures}\"")) && junit.contains("rfc6455#5.2:6"),
            "{junit}"
        );
        // A shim that starts late finds nothing left to do.
        assert!((1..=jobs.parse().unwrap()).contains(&record["starts"].as_u64().unwrap()), "{record}");
        out.lines().filter(|line| line.starts_with("  rfc6455#")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("one", "1"), found("four", "4"));
}

#[test]
fn an_interrupt_loses_nothing() {
    let folder = folder("interrupt");
    let child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(["fuzz", "decoder", "--exec", &shim("accepts reserved bits"), "--seed", "1", "--jobs", "2"])
        .args(["--junit", "found.xml", "--json", "found.json"])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // Once a finding is printed, interrupt.
    lines.find(|line| line.as_ref().is_ok_and(|line| line.starts_with("  again"))).unwrap().unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<_> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest:?}");
    assert!(rest.iter().any(|line| line.ends_with("found, in wsspec-decoder")), "{rest:?}");
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("found.json")).unwrap()).unwrap();
    for finding in record["findings"].as_array().unwrap() {
        assert!(folder.join(finding["file"].as_str().unwrap()).is_file(), "{finding}");
    }
    assert!(fs::read_to_string(folder.join("found.xml")).unwrap().contains("<failure"));
}

#[test]
fn a_shim_that_dies_of_an_input_is_a_finding_and_is_started_again() {
    let (code, out, _) = fuzz("dies", &shim("dies of pings"), &["--inputs", "100", "--seed", "1"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("FOUND the decoder crashes"), "{out}");
    assert!(out.contains("exit status 7") && out.contains("> ping"), "{out}");
    assert!(out.contains("\n  why      Anybody who can open a connection can stop"), "{out}");
    assert!(out.contains("\n  fix      Replay the input with a stack trace"), "{out}");
    assert!(out.contains("100 inputs") && out.contains("started again"), "{out}");
}

#[test]
fn the_input_of_a_batch_that_ends_a_shim_is_named() {
    let args = ["--inputs", "100", "--seed", "1"];
    let (code, out, _) = fuzz("dies-in-batch", &shim("in batches dies of pings"), &args);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("FOUND the decoder crashes"), "{out}");
    assert!(out.contains("exit status 7") && out.contains("> ping"), "{out}");
    assert!(out.contains("100 inputs"), "{out}");
}

#[test]
fn a_shim_that_dies_of_no_bytes_is_a_finding() {
    let (code, out, _) = fuzz("nothing", &shim("dies of nothing"), &["--inputs", "10", "--seed", "1"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("at a connection without bytes: exit status 9"), "{out}");
}

#[test]
fn a_shim_in_batches_is_judged_as_one_without() {
    let found = |name, does| {
        let (code, out, err) = fuzz(name, &shim(does), &["--inputs", "300", "--seed", "5"]);
        assert_eq!((code, err.as_str()), (1, ""), "{out}");
        out.lines().filter(|line| line.starts_with("  rfc6455#")).map(str::to_owned).collect::<Vec<_>>()
    };
    let alone = found("alone", "accepts reserved bits");
    assert_eq!(found("batches", "in batches accepts reserved bits"), alone);
    let (code, out, err) =
        fuzz("batches-right", &shim("in batches right"), &["--inputs", "300", "--seed", "5"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
}

#[test]
fn standard_error_is_read_and_never_waited_for() {
    let (code, out, err) =
        fuzz("stderr", &shim("writes much to standard error"), &["--inputs", "20", "--seed", "1"]);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
}

/// A shell script that says hello as a shim, then runs `then`.
fn after_hello(then: &str) -> String {
    format!(r"printf 'H\0\0\0\20wsspec-decoder 1'; {then}")
}

#[test]
fn bad_shims_are_named() {
    let table = [
        ("nonsense", "echo hello".to_owned(), "speaks another protocol: it wrote \"hello\\n\""),
        ("missing", "/no/such/shim".to_owned(), "exit status 127"),
        ("at-once", "exit 3".to_owned(), "the shim ended: exit status 3"),
        ("mute", "exec sleep 60".to_owned(), "did not finish its answer within 300ms"),
        ("blocks", after_hello("exec sleep 60"), "did not finish its answer within 300ms"),
        ("floods", after_hello(r"exec yes ''"), "speaks another protocol"),
        ("pongs", after_hello(r"while printf 'O\0\0\0\0'; do :; done"), "the shim"),
        ("later", after_hello("cat >/dev/null; exit 4"), "did not finish its answer"),
    ];
    for (name, exec, named) in table {
        let args = ["--inputs", "10", "--seed", "1", "--timeout", "300ms", "--junit", "bad.xml"];
        let (code, out, err) = fuzz(name, &exec, &args);
        assert_eq!(code, 3, "{name}: {out}{err}");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("decoder").join(name);
        assert!(fs::read_to_string(folder.join("bad.xml")).unwrap().contains("<error type=\"trouble\""));
        assert!(err.contains(named), "{name}: {err}");
        assert!(!out.contains("Nothing found"), "{name}: {out}");
        assert!(!err.contains('\u{1b}'), "{name}: {err}");
    }
}

#[test]
fn nothing_is_left_behind() {
    let exec = after_hello("sleep 600 & echo $! > child; wait");
    let (code, ..) = fuzz("children", &exec, &["--inputs", "10", "--timeout", "300ms"]);
    assert_eq!(code, 3);
    let child = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("decoder/children/child");
    let child = fs::read_to_string(child).unwrap();
    let output = Command::new("ps").args(["-o", "stat=", "-p", child.trim()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    // The process may remain a zombie if nothing reaps it here.
    assert!(state.trim().is_empty() || state.starts_with('Z'), "{child}: {state}");
}

#[test]
fn wrong_usage_is_told() {
    let none = wsspec(&folder("usage"), &["fuzz", "decoder"]);
    assert_eq!(none.status.code(), Some(2));
    let (code, _, err) = fuzz("corpus", "cat", &["--corpus", "nowhere"]);
    assert_eq!(code, 2);
    assert!(err.contains("--corpus: cannot read `nowhere`"), "{err}");
    let (code, _, err) = fuzz("file", "cat", &["nowhere.bin"]);
    assert_eq!(code, 2);
    assert!(err.contains("cannot read `nowhere.bin`"), "{err}");
}
