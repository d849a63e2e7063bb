//! Reports for CI as the binary writes them, and the documented jobs and action.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use yaml_rust2::{Yaml, YamlLoader};

mod common;

use common::{code, fixtures, folder, stderr, stdout, wsspec};

/// A case that the embedded server passes, and one that it fails.
const PASSED: &str = "rfc6455/5.5.2/ping";
const FAILED: &str = "rfc6455/4.2.1/host-missing";

const CI: &str = include_str!("../../../docs/ci.md");
const ACTION: &str = include_str!("../../../action.yml");

const FILES: [(&str, &str); 4] =
    [("--markdown", "a.md"), ("--sarif", "a.sarif"), ("--tap", "a.tap"), ("--badge", "a.svg")];

/// `wsspec` as GitHub Actions runs it.
fn on_github(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(args)
        .current_dir(dir)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", dir.join("summary.md"))
        .output()
        .unwrap()
}

fn annotations(output: &Output) -> usize {
    stdout(output).lines().filter(|line| line.starts_with("::error ")).count()
}

/// A saved record of a run that fails.
fn failing(dir: &Path) {
    // A target given by its address has no known deviations.
    let server = wsspec_runner::EmbeddedServer::start().unwrap();
    let output = wsspec(dir, &["run", server.url().as_str(), FAILED, "--json", "failing.json"]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
}

#[test]
fn a_run_and_its_record_give_the_same_reports() {
    let dir = folder("formats/same");
    let mut run = vec!["run", "embedded", PASSED, FAILED, "--json", "a.json"];
    run.extend(FILES.iter().flat_map(|&(option, file)| [option, file]));
    let output = wsspec(&dir, &run);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    for (option, file) in FILES {
        let again = wsspec(&dir, &["report", "a.json", "--quiet", option, "new/again"]);
        assert_eq!((code(&again), stdout(&again), stderr(&again)), (0, "", ""));
        let text = fs::read_to_string(dir.join(file)).unwrap();
        assert!(text.len() > 200, "{text}");
        assert_eq!(fs::read_to_string(dir.join("new/again")).unwrap(), text);
    }
}

#[test]
fn the_settings_name_reports_beside_themselves() {
    let dir = folder("formats/settings");
    fs::create_dir(dir.join("sub")).unwrap();
    let settings =
        "[report]\nmarkdown = [\"a.md\"]\nsarif = [\"a.sarif\"]\ntap = [\"a.tap\"]\nbadge = [\"a.svg\"]\n";
    fs::write(dir.join("sub/my.toml"), settings).unwrap();
    let output = wsspec(&dir, &["run", "embedded", PASSED, "--config", "sub/my.toml", "--tap", "mine.tap"]);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    for file in ["sub/a.md", "sub/a.sarif", "sub/a.svg", "mine.tap"] {
        assert!(dir.join(file).exists(), "{file}");
    }
    assert!(!dir.join("sub/a.tap").exists());
}

#[test]
fn on_github_a_run_annotates_and_adds_to_the_summary() {
    let dir = folder("formats/github");
    fs::write(dir.join("summary.md"), "before\n").unwrap();
    let server = wsspec_runner::EmbeddedServer::start().unwrap();
    let output = on_github(&dir, &["run", server.url().as_str(), FAILED]);
    assert_eq!((code(&output), annotations(&output)), (1, 1), "{}", stdout(&output));
    let summary = fs::read_to_string(dir.join("summary.md")).unwrap();
    assert!(summary.starts_with("before\n## wsspec: `ws://127.0.0.1:"), "{summary}");
    assert!(summary.contains(FAILED), "{summary}");
}

#[test]
fn what_github_is_told_can_be_turned_off_and_on() {
    let dir = folder("formats/choice");
    failing(&dir);
    let report = |more: &[&str]| on_github(&dir, &[&["report", "failing.json"], more].concat());
    assert_eq!(annotations(&report(&[])), 0);
    assert!(!dir.join("summary.md").exists());
    assert_eq!(annotations(&report(&["--quiet", "--github", "always"])), 1);
    assert!(dir.join("summary.md").exists());
    let off = on_github(&dir, &["run", "embedded", FAILED, "--github", "never"]);
    fs::write(dir.join("off.toml"), "[report]\ngithub = \"never\"\n").unwrap();
    fs::remove_file(dir.join("summary.md")).unwrap();
    let by_file = on_github(&dir, &["run", "embedded", PASSED, "--config", "off.toml"]);
    assert_eq!((code(&off), code(&by_file)), (0, 0), "{}", stderr(&by_file));
    assert!(!dir.join("summary.md").exists());
}

#[test]
fn a_summary_that_cannot_be_written_does_not_fail_the_run() {
    let dir = folder("formats/no-summary");
    fs::create_dir(dir.join("summary.md")).unwrap();
    let output = on_github(&dir, &["run", "embedded", PASSED]);
    assert_eq!(code(&output), 0);
    assert!(stderr(&output).starts_with("warning: no summary: cannot write `"), "{}", stderr(&output));
}

/// The blocks of a language in `docs/ci.md`.
fn blocks(language: &str) -> Vec<&'static str> {
    let open = format!("```{language}\n");
    CI.match_indices(&open).map(|(at, _)| CI[at + open.len()..].split("\n```").next().unwrap()).collect()
}

/// Every scalar of a YAML document.
fn scalars(yaml: &Yaml) -> Vec<String> {
    match yaml {
        Yaml::String(text) => vec![text.clone()],
        Yaml::Array(items) => items.iter().flat_map(scalars).collect(),
        Yaml::Hash(pairs) => pairs.iter().flat_map(|(_, value)| scalars(value)).collect(),
        _ => Vec::new(),
    }
}

#[test]
fn every_job_of_the_page_is_yaml_with_options_that_exist() {
    let help = wsspec(&fixtures(), &["run", "--help"]);
    let jobs = blocks("yaml");
    assert_eq!(jobs.len(), 5);
    let mut commands: Vec<String> = Vec::new();
    for job in jobs {
        let document = YamlLoader::load_from_str(job).unwrap();
        assert_eq!(document.len(), 1);
        commands.extend(scalars(&document[0]).into_iter().filter(|text| text.contains("wsspec run ")));
    }
    commands
        .extend(blocks("groovy").concat().lines().filter(|l| l.contains("wsspec run")).map(str::to_owned));
    commands.extend(blocks("sh").iter().map(|&line| line.to_owned()));
    assert_eq!(commands.len(), 6, "{commands:?}");
    for option in commands.iter().flat_map(|line| line.split(' ')).filter(|word| word.starts_with("--")) {
        assert!(option == "--port" || stdout(&help).contains(&format!("{option} ")), "{option}");
    }
}

#[test]
fn the_action_has_what_the_page_uses() {
    let action = YamlLoader::load_from_str(ACTION).unwrap().remove(0);
    assert_eq!(action["runs"]["using"].as_str(), Some("composite"));
    let page = YamlLoader::load_from_str(blocks("yaml")[0]).unwrap().remove(0);
    let steps = page["jobs"]["websocket"]["steps"].as_vec().unwrap();
    let ours = steps.iter().find(|step| step["uses"].as_str() == Some("OWNER/wsspec@VERSION")).unwrap();
    for (input, _) in ours["with"].as_hash().unwrap() {
        assert!(!action["inputs"][input.as_str().unwrap()].is_badvalue(), "{input:?}");
    }
    assert!(!action["outputs"]["reports"].is_badvalue());
}

/// The last step of the action.
fn step() -> String {
    let action = YamlLoader::load_from_str(ACTION).unwrap().remove(0);
    action["runs"]["steps"].as_vec().unwrap().last().unwrap()["run"].as_str().unwrap().to_owned()
}

#[test]
fn the_step_of_the_action_runs_and_keeps_every_report() {
    let dir = folder("formats/action");
    let run = |target: &str, args: &str| {
        Command::new("bash")
            .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", &step()])
            .current_dir(&dir)
            .env("WSSPEC", env!("CARGO_BIN_EXE_wsspec"))
            .env("TARGET", target)
            .env("SPAWN", "")
            .env("ARGS", args)
            .env("REPORTS", "reports")
            .env("GITHUB_OUTPUT", dir.join("output"))
            .env_remove("GITHUB_STEP_SUMMARY")
            .output()
    };
    // Only if there is a bash.
    let Ok(output) = run("embedded", &format!("{PASSED} --origin 'http://a b;$(touch x)'")) else { return };
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    for file in ["json", "xml", "sarif", "tap", "md", "svg"] {
        assert!(dir.join(format!("reports/wsspec.{file}")).exists(), "{file}");
    }
    let record = fs::read_to_string(dir.join("reports/wsspec.json")).unwrap();
    assert!(record.contains("http://a b;$(touch x)") && !dir.join("x").exists());
    let failed = run("", "--no-such-option").unwrap();
    assert_eq!(code(&failed), 2);
    let written = fs::read_to_string(dir.join("output")).unwrap();
    assert_eq!(written, "exit-code=0\nreports=reports\nexit-code=2\nreports=reports\n");
}
