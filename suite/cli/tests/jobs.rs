//! The jobs of `docs/ci.md` and of the README run unchanged, and the action fetches a release. A local folder replaces
//! the network.

#![cfg(unix)]

use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use yaml_rust2::{Yaml, YamlLoader};

mod common;

use common::{code, folder, stderr, stdout};

const CI: &str = include_str!("../../../docs/ci.md");
const README: &str = include_str!("../../../README.md");
const ACTION: &str = include_str!("../../../action.yml");

/// The settings of the repository that the jobs run in: quick cases that the embedded server passes.
const SETTINGS: &str = "[select]\ninclude = [\"rfc6455/5.5.2/ping\"]\n";

/// Stand-ins for the reader's own server and tools. Each takes the port from its last argument.
const SERVERS: [&str; 3] = ["my-echo-server", "echo-server", "bin/java"];
const TOOLS: [&str; 2] = ["bin/go", "bin/mvn"];

fn blocks(page: &str, language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    page.split(&open).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

/// The shell steps of each job.
fn jobs() -> Vec<Vec<String>> {
    let mut jobs: Vec<Vec<String>> = Vec::new();
    for block in [blocks(CI, "yaml"), blocks(README, "yaml")].concat() {
        let document = YamlLoader::load_from_str(&block).unwrap().remove(0);
        jobs.push(steps(&document));
    }
    for block in blocks(CI, "groovy") {
        let quoted = block.lines().filter_map(|line| line.trim().strip_prefix("sh '")?.strip_suffix('\''));
        jobs.push(quoted.map(str::to_owned).collect());
    }
    // The action's job has no shell steps.
    jobs.retain(|steps| !steps.is_empty());
    jobs
}

/// The contents of `run` and `script`, in order.
fn steps(yaml: &Yaml) -> Vec<String> {
    match yaml {
        Yaml::Array(items) => items.iter().flat_map(steps).collect(),
        Yaml::Hash(pairs) => pairs
            .iter()
            .flat_map(|(key, value)| match (key.as_str(), value) {
                (Some("run"), Yaml::String(step)) => vec![step.clone()],
                (Some("script"), Yaml::Array(lines)) => {
                    lines.iter().map(|line| line.as_str().unwrap().to_owned()).collect()
                }
                _ => steps(value),
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn program(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// The reader's repository, with stand-ins for servers and tools.
fn repository(dir: &Path) {
    fs::write(dir.join("wsspec.toml"), SETTINGS).unwrap();
    let server = format!(
        "#!/bin/sh\nfor last; do :; done\nexec '{}' wstest -m echoserver -w \"ws://127.0.0.1:${{last##*:}}\"\n",
        env!("CARGO_BIN_EXE_wsspec")
    );
    SERVERS.iter().for_each(|name| program(&dir.join(name), &server));
    TOOLS.iter().for_each(|name| program(&dir.join(name), "#!/bin/sh\nexit 0\n"));
    fs::create_dir_all(dir.join("target")).unwrap();
}

/// A wheel like maturin's, with the binary under test.
fn wheel(index: &Path) -> Option<()> {
    let version = env!("CARGO_PKG_VERSION");
    let info = format!("wsspec-{version}.dist-info");
    let name = format!("wsspec-{version}-py3-none-any.whl");
    let tree = folder("jobs/wheel");
    let scripts = tree.join(format!("wsspec-{version}.data/scripts"));
    fs::create_dir_all(&scripts).unwrap();
    fs::create_dir_all(tree.join(&info)).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_wsspec"), scripts.join("wsspec")).unwrap();
    let metadata = format!("Metadata-Version: 2.1\nName: wsspec\nVersion: {version}\n");
    fs::write(tree.join(&info).join("METADATA"), metadata).unwrap();
    let tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: false\nTag: py3-none-any\n";
    fs::write(tree.join(&info).join("WHEEL"), tags).unwrap();
    let record = format!(
        "wsspec-{version}.data/scripts/wsspec,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"
    );
    fs::write(tree.join(&info).join("RECORD"), record).unwrap();
    let mut zip = Command::new("python3");
    zip.args(["-m", "zipfile", "-c"]).arg(index.join(name)).current_dir(&tree);
    zip.args([format!("wsspec-{version}.data"), info]);
    zip.status().ok()?.success().then_some(())
}

/// Python as `setup-python` leaves it; `None` if this machine has no Python.
fn python(dir: &Path) -> Option<PathBuf> {
    let made = Command::new("python3").args(["-m", "venv"]).arg(dir).output().ok()?;
    made.status.success().then(|| dir.join("bin"))
}

fn bash(step: &str, dir: &Path, path: &[PathBuf]) -> Command {
    let old = env::var_os("PATH").unwrap();
    let path = env::join_paths(path.iter().cloned().chain(env::split_paths(&old))).unwrap();
    let mut bash = Command::new("bash");
    bash.args(["--noprofile", "--norc", "-eo", "pipefail", "-c", step]).current_dir(dir).env("PATH", path);
    bash
}

#[test]
fn every_job_runs_as_pasted() {
    let jobs = jobs();
    assert_eq!(jobs.len(), 6, "{jobs:?}");
    let index = folder("jobs/index");
    // Only if there is Python.
    let Some(bin) = wheel(&index).and_then(|()| python(&folder("jobs/python"))) else { return };
    for (number, steps) in jobs.iter().enumerate() {
        let dir = folder(&format!("jobs/{number}"));
        repository(&dir);
        for step in steps {
            let mut command = bash(step, &dir, &[bin.clone(), dir.join("bin")]);
            command.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &index).env_remove("GITHUB_ACTIONS");
            let output = command.output().unwrap();
            assert_eq!(code(&output), 0, "`{step}`: {}{}", stdout(&output), stderr(&output));
        }
        let written = [dir.join("wsspec.xml"), dir.join("target/wsspec.xml")];
        assert!(written.iter().any(|path| path.is_file()), "{steps:?}");
    }
}

/// A step of the action.
fn action(name: &str) -> String {
    let action = YamlLoader::load_from_str(ACTION).unwrap().remove(0);
    let steps = action["runs"]["steps"].as_vec().unwrap();
    let step = steps.iter().find(|step| step["name"].as_str() == Some(name)).unwrap();
    step["run"].as_str().unwrap().to_owned()
}

/// A release of version v1 in a folder, with the checksum of its archive; `None` without xz.
fn release(dir: &Path) -> Option<()> {
    let (name, v1) = ("wsspec-x86_64-unknown-linux-gnu", dir.join("v1"));
    fs::create_dir_all(dir.join(name)).unwrap();
    fs::create_dir_all(&v1).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_wsspec"), dir.join(name).join("wsspec")).unwrap();
    let script = format!(
        "tar -cJf v1/{name}.tar.xz {name} && cd v1 && sha256sum {name}.tar.xz > {name}.tar.xz.sha256"
    );
    Command::new("sh")
        .args(["-c", &script])
        .current_dir(dir)
        .env("XZ_OPT", "-0")
        .status()
        .ok()?
        .success()
        .then_some(())
}

fn fetch(dir: &Path, releases: &Path, version: &str, system: &str) -> Output {
    let mut step = bash(&action("Fetch the release"), dir, &[]);
    step.env("RELEASES", format!("file://{}", releases.display())).env("VERSION", version);
    step.env("SYSTEM", system).env("ROOT", dir.join("root")).env("GITHUB_OUTPUT", dir.join("output"));
    step.output().unwrap()
}

#[test]
fn the_action_fetches_a_release_by_its_checksum() {
    let (dir, releases) = (folder("jobs/action"), folder("jobs/releases"));
    if release(&releases).is_none() {
        return;
    }
    let output = fetch(&dir, &releases, "v1", "Linux-X64");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let version = Command::new(dir.join("root/bin/wsspec")).arg("--version").output().unwrap();
    assert!(stdout(&version).starts_with("wsspec "));
    assert_eq!(fs::read_to_string(dir.join("output")).unwrap(), "found=true\n");
}

#[test]
fn the_action_refuses_a_release_with_another_checksum() {
    let (dir, releases) = (folder("jobs/bad-action"), folder("jobs/bad-releases"));
    let archive = releases.join("v1/wsspec-x86_64-unknown-linux-gnu.tar.xz");
    fs::create_dir_all(archive.parent().unwrap()).unwrap();
    fs::write(&archive, "something else").unwrap();
    let checksum = format!("{} *{}\n", "0".repeat(64), archive.file_name().unwrap().display());
    fs::write(archive.with_extension("xz.sha256"), checksum).unwrap();
    let output = fetch(&dir, &releases, "v1", "Linux-X64");
    assert_ne!(code(&output), 0);
    assert!(!dir.join("root/bin/wsspec").exists() && !dir.join("output").exists());
}

#[test]
fn where_there_is_no_release_the_action_builds() {
    let (dir, releases) = (folder("jobs/no-action"), folder("jobs/no-releases"));
    for system in ["Linux-X64", "Linux-RISCV"] {
        assert_eq!(code(&fetch(&dir, &releases, "main", system)), 0);
    }
    assert_eq!(fs::read_to_string(dir.join("output")).unwrap(), "found=false\nfound=false\n");
    let action = YamlLoader::load_from_str(ACTION).unwrap().remove(0);
    let steps = action["runs"]["steps"].as_vec().unwrap();
    let build = steps.iter().find(|step| step["name"].as_str() == Some("Build")).unwrap();
    assert!(build["if"].as_str().unwrap().contains("steps.release.outputs.found != 'true'"));
}

#[test]
fn a_release_has_the_same_platforms_everywhere() {
    let cargo = include_str!("../../../Cargo.toml").split("\ntargets = [").nth(1).unwrap();
    let targets: Vec<&str> = cargo.split(']').next().unwrap().split('"').skip(1).step_by(2).collect();
    assert_eq!(targets.len(), 5, "{targets:?}");
    let release = include_str!("../../../.github/workflows/release.yml");
    let npm = include_str!("../../npm/scripts/package.mjs");
    for target in targets {
        assert!(ACTION.contains(&format!("archive=wsspec-{target}.")), "the action lacks {target}");
        let line = release.lines().find(|line| line.contains(&format!("target: {target},")));
        let platform = line.and_then(|line| line.split("npm: ").nth(1)?.split(' ').next());
        assert!(platform.is_some_and(|name| npm.contains(&format!("\"{name}\""))), "{target}: {line:?}");
    }
}
