//! What goes to standard output and what to standard error, and what remains if a file cannot be written.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Output, Stdio},
};

mod common;

use common::{code, folder, stderr, stdout, wsspec};

/// A case that the embedded server passes, and one that it fails.
const PASSED: &str = "rfc6455/5.5.2/ping";
const FAILED: &str = "rfc6455/4.2.1/host-missing";

#[test]
fn a_dash_is_standard_output_for_every_format_and_people_read_standard_error() {
    let dir = folder("streams/dash");
    for (option, start) in [
        ("--json", "{"),
        ("--junit", "<?xml"),
        ("--markdown", "## wsspec"),
        ("--sarif", "{"),
        ("--tap", "TAP version 14"),
        ("--badge", "<svg"),
        ("--html", "<!DOCTYPE html>"),
    ] {
        let output = wsspec(&dir, &["run", "embedded", PASSED, option, "-"]);
        assert_eq!(code(&output), 0, "{option}: {}", stderr(&output));
        assert!(stdout(&output).starts_with(start), "{option}: {}", stdout(&output));
        assert!(stderr(&output).contains("The peer conforms"), "{option}: {}", stderr(&output));
    }
    let record = wsspec(&dir, &["run", "embedded", PASSED, "--json", "-"]);
    let json: serde_json::Value = serde_json::from_str(stdout(&record)).unwrap();
    assert_eq!(json["trials"][0]["id"], PASSED);
    fs::write(dir.join("a.json"), &record.stdout).unwrap();
    let report = wsspec(&dir, &["report", "a.json", "--json", "-"]);
    assert_eq!((stdout(&report), stderr(&report)), (stdout(&record), ""));
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "no file is named `-`");
}

#[test]
fn standard_output_takes_one_report() {
    let dir = folder("streams/two");
    let output = wsspec(&dir, &["run", "embedded", PASSED, "--json", "-", "--junit", "-"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert_eq!(stderr(&output), "error: only one report can go to standard output (`-`)\n");
}

#[test]
fn a_report_that_cannot_be_written_is_found_before_the_run() {
    let dir = folder("streams/unwritable");
    fs::write(dir.join("file"), "").unwrap();
    let output = wsspec(&dir, &["run", "embedded", PASSED, "--json", "good.json", "--junit", "file/a.xml"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert!(stderr(&output).starts_with("error: cannot write `file/a.xml`: "), "{}", stderr(&output));
    assert!(!dir.join("good.json").exists());
    let is_folder = wsspec(&dir, &["run", "embedded", PASSED, "--json", "."]);
    assert_eq!((code(&is_folder), stdout(&is_folder)), (2, ""));
}

/// `wsspec` with its standard output redirected to a file.
fn into(dir: &Path, file: &str, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(args)
        .current_dir(dir)
        .env_remove("GITHUB_ACTIONS")
        .env("WSSPEC_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"))
        .stdout(Stdio::from(File::options().write(true).open(file).unwrap()))
        .stderr(Stdio::piped())
        .output()
        .unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_keeps_no_other_report_from_being_written() {
    let dir = folder("streams/full");
    let args = ["run", "embedded", PASSED, "--json", "/dev/full", "--junit", "a.xml", "--tap", "a.tap"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).starts_with("error: cannot write `/dev/full`: "), "{}", stderr(&output));
    assert!(dir.join("a.xml").exists() && dir.join("a.tap").exists());
    let output = into(&dir, "/dev/full", &["run", "embedded", PASSED, "--json", "b.json"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).starts_with("error: cannot write the output: "), "{}", stderr(&output));
    assert!(dir.join("b.json").metadata().unwrap().len() > 1000, "the record is kept all the same");
    let output = into(&dir, "/dev/full", &["run", "embedded", PASSED, "--json", "-"]);
    assert_eq!(code(&output), 2);
}

#[cfg(unix)]
#[test]
fn two_runs_into_one_file_leave_a_whole_one() {
    let dir = folder("streams/both");
    let start = || {
        Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .args(["run", "embedded", PASSED, "--json", "a.json", "--quiet"])
            .current_dir(&dir)
            .env("WSSPEC_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let runs = [start(), start()];
    for mut run in runs {
        assert!(run.wait().unwrap().success());
    }
    let record: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("a.json")).unwrap()).unwrap();
    assert_eq!(record["trials"][0]["id"], PASSED);
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 1, "no partly written file is left");
}

#[test]
fn what_is_hidden_in_arguments_is_spelled_out() {
    let dir = folder("streams/hidden");
    let hidden = "a\u{202e}b\rc\x1b[31m";
    for args in [&["list", hidden][..], &["run", hidden], &["report", hidden], &["list", "--format", hidden]]
    {
        let output = wsspec(&dir, args);
        let said = stderr(&output);
        assert_eq!(code(&output), 2, "{args:?}: {said}");
        assert!(!said.contains(['\u{202e}', '\r', '\x1b']), "{args:?}: {said:?}");
        // Clap strips escape sequences from arguments.
        assert!(said.contains(r"a\u{202e}b\u{d}c"), "{args:?}: {said:?}");
    }
}

#[test]
fn what_is_hidden_in_titles_is_spelled_out() {
    let dir = folder("streams/titles");
    fs::create_dir_all(dir.join("cases/my-spec")).unwrap();
    let case = "[[case]]\nid = \"echo\"\ntitle = \"An echo \\u202e comes \\r back\"\ncites = [\"rfc6455#5.6:7\"]\n\
                script = '''\n> binary \"mine\"\n< binary \"mine\"\nfinish\n'''\n";
    fs::write(dir.join("cases/my-spec/1-mine.toml"), case).unwrap();
    for args in [&["list", "my-spec"][..], &["show", "my-spec/1/echo"], &["explain", "my-spec/1/echo"]] {
        let output = wsspec(&dir, &[args, &["--cases", "cases"]].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(stdout(&output).contains(r"An echo \u{202e} comes \u{d} back"), "{}", stdout(&output));
    }
}

#[test]
fn verbose_prints_the_transcript_of_what_passed() {
    let dir = folder("streams/verbose");
    let output = wsspec(&dir, &["run", "embedded", PASSED, FAILED, "-v"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let (_, passed) = stdout(&output).split_once(&format!("PASS  {PASSED}")).unwrap();
    assert!(passed.contains("> ping") && passed.contains("< pong"), "{}", stdout(&output));
}
