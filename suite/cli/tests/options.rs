//! Options of a run: short forms, environment variables, settings files of parent folders, filters, and limits.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use wsspec_runner::EmbeddedServer;

mod common;

use common::{code, folder, stderr, stdout, wsspec};

/// A case that the embedded server passes.
const PASSED: &str = "rfc6455/5.5.2/ping";
/// Cases that it fails.
const FAILED: [&str; 3] =
    ["rfc6455/4.2.1/host-missing", "rfc6455/4.2.1/host-twice", "rfc6455/9.1/malformed-extension"];

fn with_variables(dir: &Path, variables: &[(&str, &str)], args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(args)
        .current_dir(dir)
        .env_remove("GITHUB_ACTIONS")
        .env("WSSPEC_CACHE_DIR", dir.join("cache"))
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn trials(record: &Path) -> Vec<String> {
    let record: serde_json::Value = serde_json::from_slice(&fs::read(record).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap().iter();
    trials.map(|trial| trial["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn short_options_are_the_long_ones() {
    let dir = folder("options/short");
    let output =
        wsspec(&dir, &["run", "embedded", PASSED, "-q", "-j", "2", "-H", "X-A: b", "--json", "a.json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 1, "{}", stdout(&output));
    assert!(fs::read_to_string(dir.join("a.json")).unwrap().contains("X-A: b"));
}

#[test]
fn no_jobs_and_too_many_are_refused_with_the_numbers_that_do() {
    for jobs in ["0", "4097", "1000000000"] {
        let output = wsspec(Path::new("."), &["run", "embedded", "--jobs", jobs]);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("write a whole number from 1 to 4096"), "{}", stderr(&output));
    }
}

#[test]
fn a_variable_sets_an_option_and_the_command_line_is_worth_more() {
    let dir = folder("options/variables");
    let seed = |variables: &[(&str, &str)], args: &[&str]| {
        let args = [&["run", "embedded", PASSED, "--json", "a.json", "-q"], args].concat();
        let output = with_variables(&dir, variables, &args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let record: serde_json::Value =
            serde_json::from_slice(&fs::read(dir.join("a.json")).unwrap()).unwrap();
        record["seed"].as_u64().unwrap()
    };
    fs::write(dir.join("wsspec.toml"), "[run]\nseed = 3\n").unwrap();
    assert_eq!(seed(&[], &[]), 3);
    assert_eq!(seed(&[("WSSPEC_SEED", "5")], &[]), 5);
    assert_eq!(seed(&[("WSSPEC_SEED", "5")], &["--seed", "7"]), 7);
    let bad = with_variables(&dir, &[("WSSPEC_TIMEOUT", "2")], &["run", "embedded", PASSED]);
    assert_eq!(code(&bad), 2);
    assert!(stderr(&bad).contains("write `500ms`, `2s` or `1.5s`"), "{}", stderr(&bad));
}

#[test]
fn a_variable_turns_a_flag_on_and_off() {
    let dir = folder("options/flags");
    for (value, lines) in [("1", 1), ("true", 1), ("0", 2), ("", 2)] {
        let output = with_variables(&dir, &[("WSSPEC_QUIET", value)], &["run", "embedded", PASSED]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(stdout(&output).lines().count().min(2), lines, "{value:?}: {}", stdout(&output));
    }
}

#[test]
fn settings_are_found_in_the_folder_above_up_to_the_root_of_the_project() {
    let dir = folder("options/above");
    let inner = dir.join("project/a/b");
    fs::create_dir_all(&inner).unwrap();
    fs::create_dir_all(dir.join("project/.git")).unwrap();
    fs::write(dir.join("wsspec.toml"), "not read\n").unwrap();
    assert_eq!(code(&wsspec(&inner, &["run", "embedded", PASSED])), 0);
    fs::write(dir.join("project/wsspec.toml"), "[run]\nseed = 3\n[report]\njson = [\"a.json\"]\n").unwrap();
    assert_eq!(code(&wsspec(&inner, &["run", "embedded", PASSED])), 0);
    assert!(fs::read_to_string(dir.join("project/a.json")).unwrap().contains("\"seed\": 3"));
    fs::write(dir.join("project/wsspec.toml"), "[rnu]\n").unwrap();
    let bad = wsspec(&inner, &["run", "embedded", PASSED]);
    assert!(stderr(&bad).contains("../../wsspec.toml:1:"), "{}", stderr(&bad));
}

#[test]
fn a_filter_goes_to_the_only_target_and_a_wrong_name_does_not() {
    let dir = folder("options/filter");
    let server = EmbeddedServer::start().unwrap();
    let target = |name: &str| format!("[target.{name}]\nurl = \"{}\"\n", server.url());
    fs::write(dir.join("wsspec.toml"), target("local")).unwrap();
    let output = wsspec(&dir, &["run", PASSED, "rfc6455/5.5.3", "--json", "a.json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(trials(&dir.join("a.json")).contains(&PASSED.to_owned()));
    let typo = wsspec(&dir, &["run", "loacl"]);
    assert!(stderr(&typo).contains("did you mean `local`?"), "{}", stderr(&typo));
    fs::write(dir.join("wsspec.toml"), target("local") + &target("staging")).unwrap();
    let several = wsspec(&dir, &["run", PASSED]);
    assert_eq!(code(&several), 2);
    let advice = format!("name one before it, as in `wsspec run local {PASSED}`");
    assert!(stderr(&several).contains(&advice), "{}", stderr(&several));
    fs::remove_file(dir.join("wsspec.toml")).unwrap();
    let none = wsspec(&dir, &["run", PASSED]);
    assert!(stderr(&none).contains("selects cases; name the server before it"), "{}", stderr(&none));
}

#[test]
fn a_dry_run_lists_what_would_run_and_runs_nothing() {
    let dir = folder("options/dry");
    let args = ["run", "ws://127.0.0.1:1", "rfc6455/5.5.2/ping", "--dry-run", "--json", "a.json"];
    let output = wsspec(&dir, &args);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    assert_eq!(stdout(&output), format!("{PASSED}\n1 trial against ws://127.0.0.1:1; nothing was run\n"));
    assert!(!dir.join("a.json").exists());
}

#[test]
fn a_run_ends_after_so_many_failures() {
    let dir = folder("options/failures");
    let server = EmbeddedServer::start().unwrap();
    let run = |more: &[&str]| {
        let url = server.url();
        let args =
            [&["run", &url, "rfc6455/4.2.1", "rfc6455/9.1", "-j", "1", "--json", "a.json"], more].concat();
        let output = wsspec(&dir, &args);
        assert_eq!(code(&output), 1, "{}", stderr(&output));
        output
    };
    run(&[]);
    let all = trials(&dir.join("a.json")).len();
    for option in [&["--fail-fast"][..], &["--max-failures", "1"]] {
        let output = run(option);
        assert!(stdout(&output).contains("stopped after 1 failure"), "{}", stdout(&output));
    }
    assert!(all > 10);
    let both = wsspec(&dir, &["run", "embedded", "--fail-fast", "--max-failures", "2"]);
    assert_eq!(code(&both), 2);
}

#[test]
fn what_did_not_pass_runs_again_alone() {
    let dir = folder("options/last");
    let server = EmbeddedServer::start().unwrap();
    let url = server.url();
    let run = |args: &[&str]| with_variables(&dir, &[], &[&["run", &url, "--json", "a.json"], args].concat());
    let unknown = run(&["--last-failed"]);
    assert_eq!(code(&unknown), 2);
    assert!(stderr(&unknown).contains("no earlier run of this target is remembered"), "{}", stderr(&unknown));
    assert_eq!(code(&run(&[&[PASSED][..], &FAILED].concat())), 1);
    assert_eq!(code(&run(&["--last-failed"])), 1);
    let failed = trials(&dir.join("a.json"));
    assert!(!failed.contains(&PASSED.to_owned()) && failed.len() >= FAILED.len(), "{failed:?}");
    // A run of other trials does not forget failures.
    assert_eq!(code(&run(&[PASSED])), 0);
    run(&["--last-failed"]);
    assert_eq!(trials(&dir.join("a.json")), failed);
    let none = run(&["--last-failed", PASSED]);
    assert_eq!(code(&none), 3);
    assert!(stderr(&none).contains("none of the selected trials failed"), "{}", stderr(&none));
}

#[test]
fn the_version_has_the_numbers_of_the_catalogue() {
    let output = wsspec(Path::new("."), &["--version"]);
    let (first, second) = stdout(&output).split_once('\n').unwrap();
    assert!(first.starts_with(concat!("wsspec ", env!("CARGO_PKG_VERSION"))), "{first}");
    let catalogue = wsspec_catalogue::Catalogue::embedded().unwrap();
    let counts =
        format!("catalogue: {} cases, {} trials", catalogue.cases.len(), catalogue.members().count());
    assert!(second.starts_with(&counts), "{second}");
    assert_eq!(stdout(&wsspec(Path::new("."), &["-V"])), stdout(&output));
}

#[test]
fn tags_are_listed_with_the_number_of_their_cases() {
    let output = wsspec(Path::new("."), &["list", "--tags"]);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    assert!(stdout(&output).lines().any(|line| line.starts_with("slow ")), "{}", stdout(&output));
}

#[test]
fn a_missing_file_of_tls_is_wrong_usage() {
    let output = wsspec(Path::new("."), &["run", "wss://127.0.0.1:1", "--ca-file", "no/such.pem"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    assert!(stderr(&output).starts_with("error: cannot read `no/such.pem`: "), "{}", stderr(&output));
}
