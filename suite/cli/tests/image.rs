//! The container image: its files are assembled as the Dockerfile's instructions say, without a container engine, and
//! called as scripts call them.

#![cfg(unix)]

use std::{
    fs,
    os::unix::fs::{chown, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use wsspec_autobahn::{ClientSpec, ServerSpec};

mod common;

use common::{code, folder, stderr, stdout};

/// The user and group that the image runs as, unless a folder is mounted.
const NOBODY: &str = "65532:65532";

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// The instructions of the last stage, each on one line.
fn instructions() -> Vec<(String, String)> {
    let text = fs::read_to_string(root().join("Dockerfile")).unwrap().replace("\\\n", " ");
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
    let all: Vec<(String, String)> = lines
        .map(|line| {
            line.split_once(' ').map(|(name, rest)| (name.to_owned(), rest.trim().to_owned())).unwrap()
        })
        .collect();
    let last = all.iter().rposition(|(name, _)| name == "FROM").unwrap();
    all[last..].to_vec()
}

fn instruction(wanted: &str) -> String {
    instructions().into_iter().find(|(name, _)| name == wanted).unwrap().1
}

/// A path of the image, below a folder.
fn below(tree: &Path, path: &str) -> PathBuf {
    tree.join(path.strip_prefix('/').unwrap())
}

/// The files of the image, with the binary under test.
fn assembled(name: &str) -> PathBuf {
    let tree = folder(name);
    for (name, rest) in instructions() {
        match name.as_str() {
            "COPY" => copy(&tree, &rest),
            "RUN" => rest.split("&&").for_each(|command| obey(&tree, command)),
            "FROM" | "ENV" | "WORKDIR" | "VOLUME" | "EXPOSE" | "ENTRYPOINT" | "CMD" => {}
            _ => panic!("`{name}` is unknown to this test"),
        }
    }
    tree
}

fn copy(tree: &Path, rest: &str) {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let (to, from) = words.split_last().unwrap();
    for file in from {
        let source = match *file {
            "--from=build" | "--chmod=0755" => continue,
            "/src/target/release/wsspec" => PathBuf::from(env!("CARGO_BIN_EXE_wsspec")),
            file => root().join(file),
        };
        let target = below(tree, to);
        let target = if to.ends_with('/') { target.join(source.file_name().unwrap()) } else { target };
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(&source, &target).unwrap();
    }
}

fn obey(tree: &Path, command: &str) {
    match command.split_whitespace().collect::<Vec<_>>()[..] {
        ["mkdir", "-p", ref folders @ ..] => {
            folders.iter().for_each(|path| fs::create_dir_all(below(tree, path)).unwrap());
        }
        ["ln", "-s", to, link] => symlink(to, below(tree, link)).unwrap(),
        // The test of the entrypoint checks owners.
        ["chown", owner, "/config", "/reports"] => assert_eq!(owner, NOBODY),
        _ => panic!("`{command}` is unknown to this test"),
    }
}

#[test]
fn every_path_that_scripts_rely_on_is_there() {
    let tree = assembled("image/paths");
    for path in ["/config/fuzzingserver.json", "/config/fuzzingclient.json", "/usr/local/bin/wsspec"] {
        assert!(below(&tree, path).is_file(), "{path}");
    }
    for path in ["/config", "/reports"] {
        assert!(below(&tree, path).is_dir(), "{path}");
    }
    assert_eq!(instruction("VOLUME"), "/config /reports");
    assert_eq!(instruction("WORKDIR"), "/");
    assert_eq!(instruction("EXPOSE"), "9001");
}

#[test]
fn wstest_is_called_by_name_and_by_the_path_of_old() {
    let tree = assembled("image/names");
    for path in ["/usr/local/bin/wstest", "/opt/pypy/bin/wstest"] {
        let output = Command::new(below(&tree, path)).arg("--autobahnversion").output().unwrap();
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{path}");
        assert!(stdout(&output).ends_with(", in place of Autobahn|Testsuite 25.10.1\n"), "{path}");
    }
}

#[test]
fn the_default_command_serves_every_case_and_reports_to_the_volume() {
    let tree = assembled("image/default");
    let words: Vec<String> = serde_json::from_str(&instruction("CMD")).unwrap();
    assert_eq!(words, ["wstest", "--mode", "fuzzingserver", "--spec", "/config/fuzzingserver.json"]);
    let server = ServerSpec::parse(&fs::read_to_string(below(&tree, &words[4])).unwrap(), None).unwrap();
    assert_eq!((server.cases.len(), server.url.as_str()), (517, "ws://0.0.0.0:9001"));
    assert_eq!((server.outdir, server.notes), (PathBuf::from("/reports/clients"), vec![]));
    let client = fs::read_to_string(below(&tree, "/config/fuzzingclient.json")).unwrap();
    let client = ClientSpec::parse(&client, None).unwrap();
    assert_eq!((client.cases.len(), client.outdir), (517, PathBuf::from("/reports/servers")));
}

/// Like a script that mounts its spec: relative paths start at `/`, and the command after `&&` needs exit code 0.
#[test]
fn a_script_runs_wstest_in_a_shell_and_goes_on() {
    let tree = assembled("image/shell");
    let spec =
        r#"{"outdir": "./reports/servers", "servers": [{"url": "ws://127.0.0.1:1"}], "cases": ["1.1.1"]}"#;
    fs::write(tree.join("fuzzingclient.json"), spec).unwrap();
    let path = format!("{}:{}", below(&tree, "/usr/local/bin").display(), std::env::var("PATH").unwrap());
    let line = "wstest -m fuzzingclient -s fuzzingclient.json && echo went on";
    let output = Command::new("sh").args(["-c", line]).env("PATH", path).current_dir(&tree).output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    assert!(stdout(&output).ends_with("\nwent on\n"), "{}", stdout(&output));
    assert!(below(&tree, "/reports/servers/index.json").is_file());
}

/// The user and group that the entrypoint uses if `owner` owns the folder; `None` if we are not root.
fn as_owner(tree: &Path, folder: &str, owner: u32) -> Option<String> {
    let (mounted, reports) = (below(tree, folder), below(tree, "/reports"));
    fs::create_dir_all(&mounted).unwrap();
    chown(&mounted, Some(owner), Some(owner)).ok()?;
    let script = fs::read_to_string(below(tree, "/usr/local/bin/as-owner")).unwrap();
    let script = script.replace("=/reports\n", &format!("='{}'\n", reports.display()));
    let at = if folder == "/reports" { Path::new("/") } else { &mounted };
    let mut entrypoint = Command::new("sh");
    let output = entrypoint.args(["-c", &script, "as-owner", "id", "-u"]).current_dir(at).output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    Some(stdout(&output).trim().to_owned())
}

#[test]
fn it_runs_as_the_owner_of_the_folder_that_is_mounted() {
    assert_eq!(instruction("ENTRYPOINT"), "[\"as-owner\"]");
    let tree = assembled("image/owner");
    // Only root can change users.
    let Some(nobody) = as_owner(&tree, "/reports", 65532) else { return };
    assert_eq!(nobody, "65532");
    assert_eq!(as_owner(&tree, "/reports", 1001).as_deref(), Some("1001"));
    assert_eq!(as_owner(&tree, "/work", 1002).as_deref(), Some("1002"));
    assert_eq!(as_owner(&tree, "/reports", 0).as_deref(), Some("0"));
}
