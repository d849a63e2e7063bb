//! `wsspec.toml`: targets, defaults, expected outcomes, `--bless`, and error messages for its mistakes.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use snapbox::{assert_data_eq, file};
use wsspec_runner::EmbeddedServer;

mod common;

use common::{code, stderr, stdout, unwrapped, wsspec};

/// Cases that the embedded server passes, and one that it fails.
const PASSED: &str = "rfc6455/5.5.2/ping";
const LENGTHS: &str = "rfc6455/5.5.2/ping-length";
const FAILED: &str = "rfc6455/4.2.1/host-missing";

/// A new folder with a `wsspec.toml`.
fn folder(name: &str, config: &str) -> PathBuf {
    let path = common::folder(&format!("baseline/{name}"));
    fs::write(path.join("wsspec.toml"), config).unwrap();
    path
}

fn target(name: &str, server: &EmbeddedServer) -> String {
    format!("[target.{name}]\nurl = \"{}\"\n", server.url())
}

fn expect(glob: &str, more: &str) -> String {
    format!("[[expect]]\ncase = \"{glob}\"\nreason = \"because\"\n{more}\n")
}

fn ids(dir: &Path, record: &str) -> Vec<String> {
    let record: serde_json::Value = serde_json::from_slice(&fs::read(dir.join(record)).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap();
    trials.iter().map(|trial| trial["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_blessed_run_passes_from_then_on_and_keeps_what_people_wrote() {
    let server = EmbeddedServer::start().unwrap();
    let written = format!(
        "# Ours.\n{}\n# Not any more.\n{}# Long known.\n{}",
        target("local", &server),
        expect(PASSED, ""),
        expect("rfc6455/4.2.1/host-twice", "")
    );
    let dir = folder("bless", &written);
    let select = ["rfc6455/4.2.1/host-*", PASSED];
    let first = wsspec(&dir, &[&["run", "local"], &select[..]].concat());
    assert_eq!(code(&first), 1, "{}", stdout(&first));
    let bless = wsspec(&dir, &[&["run", "local", "--bless"], &select[..]].concat());
    assert_eq!((code(&bless), stderr(&bless)), (0, ""), "{}", stdout(&bless));
    let told = stdout(&bless);
    assert!(
        told.contains("wsspec.toml: 1 expected outcome added, 1 removed, 0 narrowed, 1 kept\n"),
        "{told}"
    );
    assert!(told.contains(&format!("  + {FAILED} (fail): expected ")), "{told}");
    assert!(told.contains(&format!("  - {PASSED}: because\n")), "{told}");
    let text = fs::read_to_string(dir.join("wsspec.toml")).unwrap();
    assert!(text.starts_with("# Ours.\n") && text.contains("# Long known.\n"), "{text}");
    assert!(text.contains("(RFC 6455 section 4.2.1)"), "{text}");
    assert!(!text.contains(PASSED) && !text.contains("# Not any more."), "{text}");
    let second = wsspec(&dir, &[&["run", "local"], &select[..]].concat());
    assert_eq!(code(&second), 0, "{}", stdout(&second));
    let again = wsspec(&dir, &[&["run", "local", "--bless"], &select[..]].concat());
    assert_eq!(code(&again), 0, "{}", stdout(&again));
    assert_eq!(fs::read_to_string(dir.join("wsspec.toml")).unwrap(), text);
}

#[test]
fn runs_that_bless_the_same_file_at_once_all_leave_their_entries() {
    let server = EmbeddedServer::start().unwrap();
    let dir = &folder("bless-at-once", &target("local", &server));
    let failed = [FAILED, "rfc6455/4.2.1/host-twice"];
    std::thread::scope(|scope| {
        let runs = failed.map(|id| scope.spawn(move || wsspec(dir, &["run", "local", id, "--bless"])));
        runs.into_iter().for_each(|run| assert_eq!(code(&run.join().unwrap()), 0));
    });
    let text = fs::read_to_string(dir.join("wsspec.toml")).unwrap();
    assert!(failed.iter().all(|id| text.contains(id)), "{text}");
}

#[test]
fn where_there_is_no_file_blessing_writes_one() {
    let server = EmbeddedServer::start().unwrap();
    let dir = folder("bless-new", "");
    let args = ["run", &server.url(), FAILED, PASSED, "--config", "new.toml", "--bless"];
    let bless = wsspec(&dir, &args);
    assert_eq!((code(&bless), stderr(&bless)), (0, ""), "{}", stdout(&bless));
    let text = fs::read_to_string(dir.join("new.toml")).unwrap();
    assert!(text.starts_with(&format!("[[expect]]\ncase = \"{FAILED}\"\nreason = ")), "{text}");
    assert_eq!(code(&wsspec(&dir, &args[..6])), 0);
    assert_eq!(fs::read_to_string(dir.join("wsspec.toml")).unwrap(), "");
}

#[test]
fn a_run_that_came_to_nothing_is_not_blessed() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let config = format!("[target.a]\nurl = \"ws://{address}\"\n{}", expect(PASSED, ""));
    let dir = folder("bless-aborted", &config);
    let output = wsspec(&dir, &["run", "--bless", "--quiet"]);
    assert_eq!(code(&output), 3);
    assert_eq!(stderr(&output), "`wsspec.toml` is unchanged: the run did not finish\n");
    assert_eq!(fs::read_to_string(dir.join("wsspec.toml")).unwrap(), config);
}

#[test]
fn an_expected_failure_that_passes_ends_with_1() {
    let server = EmbeddedServer::start().unwrap();
    let dir = folder("unexpected", &(target("local", &server) + &expect(PASSED, "")));
    let output = wsspec(&dir, &["run", "local", PASSED]);
    assert_eq!(code(&output), 1);
    assert!(stdout(&output).contains("because"), "{}", stdout(&output));
    assert!(stdout(&output).contains("passes 1 trial that known deviations list"), "{}", stdout(&output));
}

#[test]
fn an_expectation_whose_day_is_over_ends_with_1_and_says_so() {
    let server = EmbeddedServer::start().unwrap();
    let dir = folder("expired", &(target("local", &server) + &expect(FAILED, "expires = 2020-01-31")));
    let output = wsspec(&dir, &["run", "local", FAILED, "--junit", "a.xml"]);
    assert_eq!(code(&output), 1);
    let said = format!("1 expired expectation: `{FAILED}` was expected (fail) until 2020-01-31: because");
    assert!(unwrapped(stdout(&output)).contains(&said), "{}", stdout(&output));
    assert!(unwrapped(&fs::read_to_string(dir.join("a.xml")).unwrap()).contains("until 2020-01-31: because"));
    let bless = wsspec(&dir, &["run", "local", FAILED, "--bless"]);
    assert_eq!(code(&bless), 1);
    assert!(stdout(&bless).contains("1 trial expired and kept"), "{}", stdout(&bless));
    let dir = folder("not-expired", &(target("local", &server) + &expect(FAILED, "expires = 9999-12-31")));
    assert_eq!(code(&wsspec(&dir, &["run", "local", FAILED, "--quiet"])), 0);
}

#[test]
fn what_is_lenient_can_be_expected_in_a_strict_run() {
    let server = EmbeddedServer::start().unwrap();
    let id = "rfc6455/7.1.7/server-fails-by-closing";
    let config = target("local", &server) + "[run]\nstrict = true\n" + &expect(id, "outcome = \"lenient\"");
    let dir = folder("lenient", &config);
    assert_eq!(code(&wsspec(&dir, &["run", "local", id])), 0);
    fs::write(dir.join("wsspec.toml"), target("local", &server) + "[run]\nstrict = true\n").unwrap();
    assert_eq!(code(&wsspec(&dir, &["run", "local", id])), 1);
}

#[test]
fn expectations_of_another_target_are_not_asked() {
    let server = EmbeddedServer::start().unwrap();
    let config = target("local", &server) + &target("other", &server) + &expect(FAILED, "target = \"other\"");
    let dir = folder("targets", &config);
    assert_eq!(code(&wsspec(&dir, &["run", "local", FAILED])), 1);
    assert_eq!(code(&wsspec(&dir, &["run", "other", FAILED])), 0);
    assert_eq!(code(&wsspec(&dir, &["run", &server.url(), FAILED])), 1);
}

#[test]
fn without_a_target_the_only_one_is_tested_as_the_file_says() {
    let server = EmbeddedServer::start().unwrap();
    let config = format!(
        "{}header = {{ X-Client = \"a b\" }}\nsubprotocol = [\"chat\"]\n[run]\ntimeout = \"1s\"\nseed = 3\n\
         [select]\ninclude = [\"{LENGTHS}\"]\nexclude = [\"{LENGTHS}[size=124]\"]\n[report]\njson = [\"out/a.json\"]\n",
        target("local", &server)
    );
    let dir = folder("defaults", &config);
    let all = ids_of(&dir, &[]);
    assert!(all.len() > 2 && all.iter().all(|id| id.starts_with(LENGTHS)), "{all:?}");
    assert!(!all.contains(&format!("{LENGTHS}[size=124]")), "{all:?}");
    let record: serde_json::Value =
        serde_json::from_slice(&fs::read(dir.join("out/a.json")).unwrap()).unwrap();
    assert_eq!(record["seed"].as_u64(), Some(3));
    let options = "--header X-Client: a b --subprotocol chat --timeout 1000ms";
    let shown: Vec<_> =
        record["options"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!(shown.join(" "), options);
    assert_eq!(ids_of(&dir, &["run"]), all);
}

/// The ids of the trials that `args` run, from the report that the file asks for.
fn ids_of(dir: &Path, args: &[&str]) -> Vec<String> {
    let output = wsspec(dir, args);
    assert_eq!((code(&output), stderr(&output)), (0, ""), "{}", stdout(&output));
    ids(dir, "out/a.json")
}

#[test]
fn the_command_line_is_worth_more_than_the_file() {
    let server = EmbeddedServer::start().unwrap();
    let config = target("local", &server)
        + "[run]\ntimeout = \"1s\"\nseed = 3\n[select]\ninclude = [\"rfc6455/5.4\"]\n[report]\njson = [\"no.json\"]\n";
    let dir = folder("given", &config);
    let args = ["run", "local", PASSED, "--timeout", "2s", "--seed", "0", "--json", "a.json", "--quiet"];
    let output = wsspec(&dir, &args);
    assert_eq!((code(&output), stderr(&output)), (0, ""));
    let record: serde_json::Value = serde_json::from_slice(&fs::read(dir.join("a.json")).unwrap()).unwrap();
    assert_eq!(record["seed"].as_u64(), Some(0));
    // The limit is extended on a slow machine; options with their default are not repeated.
    assert!(record["limits"]["line_ms"].as_u64().unwrap() >= 2000, "{record:#}");
    assert!(!record["options"].as_array().unwrap().contains(&"--timeout".into()), "{record:#}");
    assert_eq!(ids(&dir, "a.json"), [PASSED]);
    assert!(!dir.join("no.json").exists());
}

#[test]
fn paths_are_from_the_folder_of_the_file() {
    let server = EmbeddedServer::start().unwrap();
    let dir = folder("paths", "");
    fs::create_dir(dir.join("sub")).unwrap();
    fs::write(
        dir.join("sub/my.toml"),
        target("local", &server) + "[report]\njunit = [\"a.xml\"]\nhtml = [\"page\"]\n",
    )
    .unwrap();
    let output = wsspec(&dir, &["run", "--config", "sub/my.toml", "local", PASSED]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(dir.join("sub/a.xml").is_file());
    assert!(dir.join("sub/page/index.html").is_file());
}

#[test]
fn secrets_come_from_variables_and_are_not_shown() {
    let server = EmbeddedServer::start().unwrap();
    let config =
        target("local", &server) + "bearer-env = \"WSSPEC_T\"\nheader-env = { X-Key = \"WSSPEC_K\" }\n";
    let dir = folder("secrets", &config);
    let missing = wsspec(&dir, &["run", PASSED]);
    assert_eq!(code(&missing), 2);
    let run = |vars: &[(&str, &str)]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
        command.args(["run", "local", PASSED, "--verbose", "--json", "a.json"]).current_dir(&dir);
        command.envs(vars.iter().copied()).output().unwrap()
    };
    let unset = run(&[("WSSPEC_K", "hush-key")]);
    assert_eq!(code(&unset), 2);
    assert!(stderr(&unset).contains("the environment variable `WSSPEC_T` is not set"), "{}", stderr(&unset));
    assert!(stderr(&unset).contains("wsspec.toml:3:14"), "{}", stderr(&unset));
    let output = run(&[("WSSPEC_T", "hush-token"), ("WSSPEC_K", "hush-key")]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let record = fs::read_to_string(dir.join("a.json")).unwrap();
    assert!(!record.contains("hush") && !stdout(&output).contains("hush"));
    assert!(record.contains("\"X-Key: ...\""), "{record}");
}

#[test]
fn a_target_is_reached_through_its_proxy_and_the_command_line_overrides_it() {
    let server = EmbeddedServer::start().unwrap();
    let proxy = "proxy-env = \"WSSPEC_P\"\n";
    let dir = folder("proxy", &(target("local", &server) + proxy));
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
        command.args(["run", "local", PASSED]).args(args).current_dir(&dir);
        command.env("WSSPEC_P", "http://me:hush@wsspec.invalid:1").output().unwrap()
    };
    let unreached = run(&[]);
    assert_eq!(code(&unreached), 3, "{}", stderr(&unreached));
    let said = format!("{}{}", stdout(&unreached), stderr(&unreached));
    assert!(said.contains("proxy") && said.contains("wsspec.invalid") && !said.contains("hush"), "{said}");
    let direct = run(&["--proxy", ""]);
    assert_eq!(code(&direct), 0, "{}", stderr(&direct));
}

#[test]
fn each_mistake_is_told_with_its_place_and_what_to_do() {
    let mistakes = [
        ("unknown-key", "[run]\ntiemout = \"2s\"\n"),
        ("wrong-type", "[run]\njobs = \"8\"\n"),
        ("no-list", "[select]\ninclude = \"level:must\"\n"),
        ("bad-toml", "[run\n"),
        ("no-url", "[target.a]\norigin = \"x\"\n"),
        ("bad-values", "[target.\"a b\"]\nurl = \"http://a\"\n[run]\ntimeout = \"2\"\n"),
        ("bad-header", "[target.a]\nurl = \"ws://a\"\nheader = { \"X Y\" = \"z\" }\n"),
        (
            "bad-target",
            "[target.embedded]\nurl = \"ws://a\"\nbearer-env = \"A\"\nuser-env = \"B\"\n\
                        tls = { client-cert = \"c\" }\n[run]\nno-builtin = true\n",
        ),
        (
            "bad-proxy",
            "[target.a]\nurl = \"ws://a\"\nproxy = \"ftp://b:1\"\n\
             [target.c]\nurl = \"ws://a\"\nproxy = \"http://me:hush@b:1\"\n\
             [target.d]\nurl = \"ws+unix:///a\"\nproxy = \"http://b:1\"\n\
             [target.e]\nurl = \"ws://a\"\nproxy = \"http://b:1\"\nproxy-env = \"P\"\n",
        ),
        ("bad-day", "[[expect]]\ncase = \"a\"\nreason = \"b\"\nexpires = 2027-02-30\n"),
        ("quoted-day", "[[expect]]\ncase = \"a\"\nreason = \"b\"\nexpires = \"2027-01-31\"\n"),
        ("no-reason", "[[expect]]\ncase = \"a\"\n"),
        (
            "bad-expect",
            "[target.staging]\nurl = \"ws://a\"\n[[expect]]\ncase = \"a\"\nreason = \" \"\n\
                        [[expect]]\ncase = \"b\"\nreason = \"c\"\noutcome = \"fails\"\n\
                        [[expect]]\ncase = \"b\"\nreason = \"c\"\nexpires = 12:00:00\n\
                        [[expect]]\ncase = \"{b\"\nreason = \"c\"\n",
        ),
        (
            "no-target",
            "[target.staging]\nurl = \"ws://a\"\n[[expect]]\ncase = \"a\"\nreason = \"b\"\n\
                       target = \"stagign\"\n",
        ),
        (
            "fits-nothing",
            "[select]\nexclude = [\"rfc6455/5.5.2/pnig\"]\n[[expect]]\ncase = \"rfc6455/5.5.2/pnig*\"\n\
                          reason = \"b\"\n",
        ),
    ];
    let mut told = String::new();
    for (name, config) in mistakes {
        let dir = folder(&format!("mistakes/{name}"), config);
        let output = wsspec(&dir, &["run", "embedded", PASSED]);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{name}");
        told.push_str(&format!("--- {name}\n{}", stderr(&output)));
    }
    let two = "[target.local]\nurl = \"ws://a\"\n[target.staging]\nurl = \"ws://b\"\n";
    for args in [&["run"][..], &["run", "stagign"], &[]] {
        let output = wsspec(&folder("mistakes/targets", two), args);
        assert_eq!((code(&output), stdout(&output)), (2, ""), "{args:?}");
        told.push_str(&format!("--- wsspec {}\n{}", args.join(" "), stderr(&output)));
    }
    assert!(!told.contains("hush"), "{told}");
    assert_data_eq!(told, file!["expected/config.txt"].raw());
    let missing = wsspec(&folder("mistakes/missing", ""), &["run", "--config", "no.toml"]);
    assert_eq!(code(&missing), 2);
    assert!(stderr(&missing).starts_with("error: cannot read `no.toml`: "), "{}", stderr(&missing));
}

#[test]
fn a_starter_is_written_once_unless_forced() {
    let dir = folder("init", "");
    let refused = wsspec(&dir, &["init"]);
    let told = "error: there is a `wsspec.toml` already; `--force` replaces it\n";
    assert_eq!((code(&refused), stderr(&refused)), (2, told));
    assert_eq!(code(&wsspec(&dir, &["init", "--force"])), 0);
    let forced = fs::read_to_string(dir.join("wsspec.toml")).unwrap();
    fs::remove_file(dir.join("wsspec.toml")).unwrap();
    assert_eq!(code(&wsspec(&dir, &["init"])), 0);
    assert_eq!(fs::read_to_string(dir.join("wsspec.toml")).unwrap(), forced);
    assert!(forced.contains("\n[target.local]\n"), "{forced}");
    assert_eq!(code(&wsspec(&dir, &["run", "embedded", PASSED, "--quiet"])), 0);
}

#[test]
fn the_files_that_the_page_on_baselines_shows_are_sound() {
    let page = include_str!("../../../docs/baselines.md");
    let blocks = page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let config: String = blocks.collect();
    assert_eq!(config.matches("[[expect]]").count(), 1);
    let dir = folder("page", &config);
    fs::create_dir(dir.join("my-cases")).unwrap();
    let output = wsspec(&dir, &["run", "embedded", PASSED]);
    assert_eq!((code(&output), stderr(&output)), (0, ""), "{}", stdout(&output));
    assert!(dir.join("wsspec.xml").is_file());
}
