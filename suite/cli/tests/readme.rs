//! Executes every command of the README, against a server on a free port, in an empty folder.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Output},
    thread,
};

use wsspec_catalogue::{Case, Catalogue};
use wsspec_peer::{Flaw, Peer};
use wsspec_runner::EmbeddedServer;
use wsspec_wire::Role;

#[path = "common/peer.rs"]
mod peer;

use peer::converse;

const README: &str = include_str!("../../../README.md");

/// The README's address for the reader's server.
const THEIRS: &str = "ws://127.0.0.1:9001";

/// Commands that use `cargo`: the first is the binary without arguments, the second would run this test.
const BY_CARGO: [&str; 2] = ["cargo run --release", "cargo test --workspace"];

/// The lines of the README's blocks of a language.
fn blocks(language: &str) -> Vec<String> {
    let open = format!("```{language}\n");
    let blocks = README.split(&open).skip(1).map(|rest| rest.split("\n```").next().unwrap_or_default());
    blocks.map(str::to_owned).collect()
}

/// The run after something has become worse, and the command that shows it.
const AFTER: &str = "wsspec run ws://127.0.0.1:9001 --json after.json";
const DIFF: &str = "wsspec diff wsspec.json after.json";

/// `jobs.rs` runs the YAML job.
fn commands() -> Vec<String> {
    blocks("sh").into_iter().flat_map(|block| block.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn execute(command: &str, url: &str, folder: &Path) -> Output {
    let binary = env!("CARGO_BIN_EXE_wsspec");
    let line = match command {
        "cargo run --release" => format!("'{binary}'"),
        other => other.replacen("wsspec", &format!("'{binary}'"), 1).replace(THEIRS, url),
    };
    Command::new("sh").arg("-c").arg(line).current_dir(folder).output().unwrap()
}

/// The reader's own folder of cases.
fn my_cases(folder: &Path) {
    let cases = folder.join("my-cases/my-spec");
    fs::create_dir_all(&cases).unwrap();
    let case = "[[case]]\nid = \"echo\"\ntitle = \"An echo comes back\"\ncites = [\"rfc6455#5.6:7\"]\n\
                script = '''\n> binary \"mine\"\n< binary \"mine\"\nfinish\n'''\n";
    fs::write(cases.join("1-mine.toml"), case).unwrap();
}

/// A server that truncates long pongs; its threads end with the test.
fn worse() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(|| converse(&stream.unwrap(), Peer::with(Flaw::ShortensPongs)));
        }
    });
    url
}

/// The second server has become worse: it truncates long pongs.
fn assert_worse(diff: &Output) {
    let text = String::from_utf8_lossy(&diff.stdout);
    assert_eq!(diff.status.code(), Some(1), "{text}");
    assert!(text.contains("\nNewly failing: "), "{text}");
    let longest = text.lines().find(|line| line.contains("longest-ping"));
    assert_eq!(
        longest.map(str::trim),
        Some("longest-ping (2 members)  pass -> fail  rfc6455#5.5.3:1"),
        "{text}"
    );
}

#[test]
fn every_command_of_the_readme_runs() {
    let server = EmbeddedServer::start().unwrap();
    let (server_url, worse_url) = (server.url(), worse());
    let folder = tempfile::tempdir().unwrap();
    my_cases(folder.path());
    fs::write(folder.path().join("known.toml"), "[known]\n\"rfc6455/4.2.1/host-missing\" = \"known\"\n")
        .unwrap();
    let commands = commands();
    assert!(commands.len() >= 15, "{commands:?}");
    assert!([AFTER, DIFF].iter().all(|&one| commands.iter().any(|command| command == one)), "{commands:?}");
    for command in commands.iter().filter(|command| *command != BY_CARGO[1]) {
        let url = if command == AFTER { &worse_url } else { server_url.trim_end_matches('/') };
        let output = execute(command, url, folder.path());
        // 0 or 1: the server of this test has known bugs; usage errors and unreachable servers are 2 and 3.
        let code = output.status.code().unwrap_or(-1);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!((0..=1).contains(&code), "`{command}` ends with {code}: {text}");
        assert!(!output.stdout.is_empty() || command.contains(" fmt "), "`{command}` says nothing");
        if command == DIFF {
            assert_worse(&output);
        }
    }
    for written in ["wsspec.xml", "wsspec.json", "after.json", "again.xml"] {
        assert!(folder.path().join(written).metadata().unwrap().len() > 1000, "{written}");
    }
}

#[test]
fn the_first_command_conforms_save_for_known_deviations() {
    let output = execute(BY_CARGO[0], "", Path::new("."));
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("known deviation: "), "{text}");
}

#[test]
fn the_list_of_known_deviations_in_the_readme_is_one() {
    let source = &blocks("toml")[0];
    let known = wsspec_catalogue::Baseline::parse_known("README.md", source).unwrap();
    let catalogue = Catalogue::embedded().unwrap();
    assert_eq!(known.check(&catalogue), []);
}

/// The number at the start of a cell of the README's table, and after `before` in it.
fn number(row: &str, before: &str) -> usize {
    let line = README.lines().find(|line| line.starts_with(&format!("| {row} |"))).expect(row);
    let cell = line.split('|').nth(2).unwrap();
    let rest = cell.split_once(before).unwrap_or_else(|| panic!("no `{before}` in `{cell}`")).1;
    let digits: String = rest.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    digits.replace(',', "").parse().unwrap_or_else(|_| panic!("no number after `{before}` in `{cell}`"))
}

#[test]
fn the_readme_counts_what_the_catalogue_has() {
    let catalogue = Catalogue::embedded().unwrap();
    let is_explained = |id| {
        let explanation = catalogue.explanation(id);
        explanation.is_some_and(|found| !found.why.is_empty() && !found.fix.is_empty())
    };
    let explained = catalogue.requirements.keys().filter(|id| is_explained(id)).count();
    assert_eq!(number("requirements with section, why and fix", ""), explained);
    for (role, before) in [(Role::Server, ""), (Role::Client, "of a server,")] {
        let played = |case: &Case| case.extra.is_none() && case.roles.contains(&role);
        // Cases about a layer above are for its servers.
        let is_of_rfc = |case: &Case| case.id.starts_with("rfc");
        let trials = catalogue.members().filter(|(case, _)| played(case) && is_of_rfc(case)).count();
        assert_eq!(number("cases", before), trials / 100 * 100, "{trials} trials of a {role:?}");
    }
}
