//! `wsspec fuzz` and `wsspec merge` as people call them.
//!
//! The server that dies is this test itself, started again with a port in its environment.

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
    process::Output,
};

use serde_json::Value;

mod common;
#[cfg(unix)]
#[path = "common/peer.rs"]
mod peer;

use common::{code, folder, stderr, stdout, unwrapped, wsspec};

fn fuzz(dir: &Path, args: &[&str]) -> Output {
    wsspec(dir, &[&["fuzz"], args].concat())
}

fn record(campaign: &Path) -> Value {
    serde_json::from_slice(&fs::read(campaign.join("campaign.json")).unwrap()).unwrap()
}

/// The ids of the findings.
fn found(record: &Value) -> BTreeSet<String> {
    let findings = record["findings"].as_array().unwrap();
    findings.iter().map(|finding| finding["trial"]["id"].as_str().unwrap().to_owned()).collect()
}

/// The names of the files of sessions worth varying.
fn corpus(campaign: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(campaign.join("corpus")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Known deviations of tokio-tungstenite: it accepts requests without Host or with two, and echoes status code 1010.
const KNOWN: [&str; 3] = [
    "fuzz/4.2.1/response-opening-rfc6455-4-2-1-11",
    "fuzz/4.2.1/response-opening-rfc6455-4-2-1-4",
    "fuzz/7.4.1/rule-rfc6455-7-4-1-20",
];

/// Each finding says why its rule exists, and how to fix and reproduce the violation, wherever it is shown.
fn assert_each_is_explained(text: &str, json: &Value, page: &str) {
    for label in ["  why    ", "  breaks ", "  fix    ", "  again  wsspec run "] {
        assert_eq!(text.matches(&format!("\n{label}")).count(), KNOWN.len(), "{label}: {text}");
    }
    for finding in json["findings"].as_array().unwrap() {
        let trial = &finding["trial"];
        let rule = &trial["verdict"]["failure"]["requirement"];
        let rules = json["guide"]["rules"].as_array().unwrap();
        let explained = rules.iter().find(|explained| explained["requirement"]["id"] == *rule);
        let explained = explained.unwrap_or_else(|| panic!("{rule}: {rules:?}"));
        let again = finding["again"].as_str().unwrap();
        assert!(again.contains(trial["id"].as_str().unwrap()), "{again}");
        assert!(again.ends_with(" --cases wsspec-fuzz/findings"), "{again}");
        let first =
            |text: &Value| text.as_str().unwrap().split(['\'', '"', '<', '&']).next().unwrap().to_owned();
        for label in ["why", "fix"] {
            assert!(page.contains(&first(&explained[label])), "{}", explained[label]);
        }
        assert!(page.contains(trial["id"].as_str().unwrap()), "{trial}");
    }
}

#[test]
fn what_is_found_is_a_case_that_fails_again() {
    let dir = folder("fuzz/found");
    let files = ["--junit", "f.xml", "--json", "f.json", "--html", "f.html"];
    let output = fuzz(&dir, &[&["--sessions", "4000", "--seed", "1"][..], &files].concat());
    let text = stdout(&output);
    assert_eq!(code(&output), 1, "{text}{}", stderr(&output));
    assert!(text.starts_with("fuzzing embedded, seed 1\n"), "{text}");
    assert!(text.ends_with("\n3 things found.\n"), "{text}");
    let campaign = record(&dir.join("wsspec-fuzz"));
    assert_eq!(found(&campaign), KNOWN.map(str::to_owned).into());
    let json: Value = serde_json::from_slice(&fs::read(dir.join("f.json")).unwrap()).unwrap();
    assert_eq!(found(&json), found(&campaign));
    let junit = fs::read_to_string(dir.join("f.xml")).unwrap();
    assert_eq!(junit.matches("<failure ").count(), 3, "{junit}");
    assert_each_is_explained(text, &json, &fs::read_to_string(dir.join("f.html")).unwrap());
    assert_eq!(junit.matches("\n  fix    ").count(), 3, "{junit}");

    let again = ["run", "embedded", "--cases", "wsspec-fuzz/findings", "fuzz/", "--json", "again.json"];
    let output = wsspec(&dir, &again);
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    let record: Value = serde_json::from_slice(&fs::read(dir.join("again.json")).unwrap()).unwrap();
    let verdicts: Vec<_> =
        record["trials"].as_array().unwrap().iter().map(|trial| &trial["verdict"]["kind"]).collect();
    assert_eq!(verdicts, ["fail", "fail", "fail"]);
    let output = wsspec(&dir, &["check", "wsspec-fuzz/findings"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn the_same_seed_gives_the_same_campaign_and_another_goes_on() {
    let dir = folder("fuzz/again");
    for out in ["a", "b"] {
        fuzz(&dir, &["--sessions", "3000", "--seed", "5", "--jobs", "3", "--out", out, "--quiet"]);
    }
    assert_eq!(corpus(&dir.join("a")), corpus(&dir.join("b")));
    assert_eq!(record(&dir.join("a"))["transitions"], record(&dir.join("b"))["transitions"]);
    fuzz(&dir, &["--sessions", "1400", "--seed", "5", "--out", "c", "--quiet"]);
    let output = fuzz(&dir, &["--sessions", "1600", "--out", "c"]);
    assert!(
        stdout(&output).starts_with("fuzzing embedded, seed 5; continuing after 1400 sessions"),
        "{}",
        stdout(&output)
    );
    assert_eq!(record(&dir.join("c"))["counts"]["sessions"], 3000);
    assert_eq!(corpus(&dir.join("c")), corpus(&dir.join("a")));
}

#[test]
fn parts_are_united() {
    let dir = folder("fuzz/parts");
    for (out, part) in [("one", "1/2"), ("two", "2/2")] {
        fuzz(&dir, &["--sessions", "2000", "--seed", "2", "--shard", part, "--out", out, "--quiet"]);
    }
    assert_ne!(corpus(&dir.join("one")), corpus(&dir.join("two")));
    let output = wsspec(&dir, &["merge", "one", "two", "--out", "all"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        stdout(&output).starts_with("2 of 2 campaigns: 4000 sessions, 3 findings, "),
        "{}",
        stdout(&output)
    );
    let all = record(&dir.join("all"));
    assert_eq!(found(&all), KNOWN.map(str::to_owned).into());
    let count = |name: &str| record(&dir.join(name))["transitions"]["open: ping"].as_u64().unwrap();
    assert_eq!(count("all"), count("one") + count("two"));

    let output = wsspec(&dir, &["merge", "one", "nowhere", "--out", "half"]);
    assert_eq!(
        (code(&output), stderr(&output)),
        (3, "warning: left out nowhere: no campaign is saved there\n")
    );
    let output =
        fuzz(&dir, &["--sessions", "100", "--seed", "3", "--corpus", "all", "--out", "next", "--quiet"]);
    assert_eq!(stderr(&output), "");
}

#[test]
fn what_cannot_be_read_is_left_out_by_name() {
    let dir = folder("fuzz/corrupt");
    fuzz(&dir, &["--sessions", "600", "--seed", "1", "--quiet"]);
    fs::write(dir.join("wsspec-fuzz/corpus/000000000001-x.session"), "> pang\n").unwrap();
    let output = fuzz(&dir, &["--sessions", "10", "--quiet"]);
    let warning = stderr(&output);
    assert!(
        warning.starts_with("warning: left out wsspec-fuzz/corpus/000000000001-x.session: line 1: "),
        "{warning}"
    );

    fs::write(dir.join("wsspec-fuzz/campaign.json"), "{ not json").unwrap();
    let output = fuzz(&dir, &["--sessions", "10"]);
    assert_eq!((code(&output), stdout(&output)), (2, ""));
    let error = stderr(&output);
    assert!(error.contains("wsspec-fuzz/campaign.json: not a saved campaign: "), "{error}");
    fs::write(dir.join("wsspec-fuzz/campaign.json"), r#"{"format": 99, "wsspec": "9.9.9"}"#).unwrap();
    let error = fuzz(&dir, &["--sessions", "10"]);
    assert!(stderr(&error).contains("written by wsspec 9.9.9 in format 99; this version reads format 1"));
}

#[test]
fn what_is_asked_for_wrongly_is_told() {
    let dir = folder("fuzz/wrong");
    fuzz(&dir, &["--sessions", "1", "--seed", "1", "--quiet"]);
    let table: [(&[&str], i32, &str); 9] = [
        (&["--client", "x {url}", "--insecure"], 2, "--insecure is for connections to a server"),
        (&["--client", "x {url}", "--ca-file", "x.pem"], 2, "--ca-file is for connections to a server"),
        (&["--client", "x {url}", "ws://127.0.0.1:1/"], 2, "cannot be used with"),
        (&["--client", "x"], 2, "--client has no `{url}` in its command"),
        (&["--seed", "2"], 2, "a campaign with --seed 1 is saved there; use the same to continue it"),
        (&["--shard", "1/2"], 2, "a campaign with --shard 1/1 is saved there"),
        (&["--shard", "3/2"], 2, "`3/2` is not a part of a whole: write `1/8`"),
        (&["--duration", "soon"], 2, "`soon` is not a length of time above zero: write `90s`"),
        (&["ws://127.0.0.1:1/"], 3, "nothing listens on 127.0.0.1:1"),
    ];
    for (args, expected, message) in table {
        let output = fuzz(&dir, &[&["--sessions", "1"], args].concat());
        assert_eq!(code(&output), expected, "{args:?}");
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
    }
}

/// Tests that start servers and send signals.
#[cfg(unix)]
mod started {
    use std::{
        io::Write,
        process::{Command, Stdio},
        thread,
        time::{Duration, Instant},
    };

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };
    use wsspec_peer::Client;
    use wsspec_runner::EmbeddedServer;
    use wsspec_wire::{Decoded, Decoder};

    use super::{
        peer::{
            AUTHORITY, FLAW, URL, authority, connected, connected_over_tls, echo, flaw, given, seed, started,
        },
        *,
    };

    const PORT: &str = "WSSPEC_TEST_PORT";
    /// Set: the server does not die of an opcode, but of a reset before the first frame, and a moment later.
    const DIES_LATER: &str = "WSSPEC_TEST_DIES_LATER";

    /// Watches for a frame with a reserved data opcode, however TCP splits the bytes.
    struct Watch {
        head: Vec<u8>,
        frames: Decoder,
        has_frames: bool,
    }

    impl Watch {
        fn is_deadly(&mut self, mut bytes: &[u8]) -> bool {
            while !self.head.ends_with(b"\r\n\r\n") {
                let Some((byte, rest)) = bytes.split_first() else { return false };
                self.head.push(*byte);
                bytes = rest;
            }
            self.has_frames |= !bytes.is_empty();
            self.frames.push(bytes);
            std::iter::from_fn(|| self.frames.next_frame()).any(|decoded| match decoded {
                Decoded::Frame(frame) => (3..=7).contains(&frame.header.opcode.value()),
                Decoded::Oversize(_) => false,
            })
        }
    }

    /// Ends the process as a panic does, once the connection is long gone.
    async fn die_later() -> ! {
        tokio::time::sleep(Duration::from_millis(10)).await;
        let words = b"thread 'main' panicked:\nindex out of bounds\nnote: no more is known\n";
        std::io::stderr().write_all(words).unwrap();
        std::process::abort();
    }

    /// Not a test but a server that dies of a frame with a reserved data opcode.
    #[tokio::test]
    #[ignore = "the server that the tests start"]
    async fn serves_and_dies() {
        let Some(port) = env::var(PORT).ok().and_then(|port| port.parse::<u16>().ok()) else { return };
        let server = EmbeddedServer::start().unwrap();
        let to = server.url().trim_start_matches("ws://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (mut from_client, mut to_client) = stream.into_split();
            let (mut from_server, mut to_server) = TcpStream::connect(&to).await.unwrap().into_split();
            tokio::spawn(async move { tokio::io::copy(&mut from_server, &mut to_client).await });
            tokio::spawn(async move {
                let mut buffer = vec![0; 16 << 10];
                let mut watch = Watch { head: Vec::new(), frames: Decoder::new(1 << 20), has_frames: false };
                let dies_later = env::var_os(DIES_LATER).is_some();
                loop {
                    let count = match from_client.read(&mut buffer).await {
                        Ok(0) => break,
                        Ok(count) => count,
                        Err(_) if dies_later && !watch.has_frames => die_later().await,
                        Err(_) => break,
                    };
                    if watch.is_deadly(&buffer[..count]) && !dies_later {
                        eprintln!("an opcode that I do not know\u{1b}[2J");
                        std::process::exit(9);
                    }
                    if to_server.write_all(&buffer[..count]).await.is_err() {
                        break;
                    }
                }
            });
        }
    }

    fn server() -> String {
        started("started::serves_and_dies", &[(PORT, "{port}")])
    }

    #[test]
    fn a_server_that_dies_is_started_again_and_the_session_that_killed_it_is_a_case() {
        let dir = folder("fuzz/death");
        let output = fuzz(&dir, &["--spawn", &server(), "--sessions", "1200", "--seed", "1"]);
        let text = stdout(&output);
        assert_eq!(code(&output), 1, "{text}{}", stderr(&output));
        assert!(
            text.contains("incident: the server died: exit status 9; it wrote last: ")
                && text.contains("an opcode that I do not know"),
            "{text}"
        );
        assert!(!text.contains('\u{1b}'), "{text}");
        let campaign = record(&dir.join("wsspec-fuzz"));
        assert_eq!(campaign["counts"]["sessions"], 1200);
        let findings = campaign["findings"].as_array().unwrap();
        let death = findings.iter().find(|finding| finding["signature"]["kind"] == "death").expect(text);
        assert!(death["session"].as_str().unwrap().contains("op:"), "{death:#}");
        assert!(death["session"].as_str().unwrap().lines().count() <= 3, "{death:#}");
    }

    /// A session that a server dies of a moment after it has ended as it may: it shows in no answer.
    #[test]
    fn ten_campaigns_of_ten_find_the_session_that_kills_the_server_later() {
        let dir = folder("fuzz/later");
        let server = format!("{DIES_LATER}=1 {}", server());
        for seed in 1..=10 {
            let (seed, out) = (seed.to_string(), format!("out-{seed}"));
            let args = ["--spawn", &server, "--sessions", "90", "--seed", &seed, "--out", &out];
            let output = fuzz(&dir, &args);
            let text = stdout(&output);
            assert_eq!(code(&output), 1, "{text}{}", stderr(&output));
            let campaign = record(&dir.join(&out));
            let findings = campaign["findings"].as_array().unwrap();
            let death = findings.iter().find(|finding| finding["signature"]["kind"] == "death");
            let death = death.unwrap_or_else(|| panic!("{seed}: {text}"));
            assert!(death["session"].as_str().unwrap().ends_with("> reset\n"), "{death:#}");
            let actual = death["trial"]["verdict"]["failure"]["actual"].as_str().unwrap();
            assert!(actual.starts_with("signal 6 (SIGABRT); it wrote last: "), "{actual}");
            assert!(actual.contains("index out of bounds | note: no more is known"), "{actual}");
            let saved = fs::read_dir(dir.join(&out).join("incidents/death-1")).unwrap();
            assert!(saved.count() > 1, "{text}");
        }
        let again = ["run", "--spawn", &server, "--cases", "out-1/findings", "fuzz/", "--json", "again.json"];
        let output = wsspec(&dir, &again);
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    }

    /// Not a test but an echo client, with a flaw or none.
    #[test]
    #[ignore = "the client that the tests start"]
    fn echoes() {
        let Some(url) = given(URL) else { return };
        let client = Client::of_uri(flaw(), &url, seed());
        if let Some(file) = given(AUTHORITY) {
            return echo(client, connected_over_tls(authority(&url), Path::new(&file)), |_| {});
        }
        let mut watch = Watch { head: Vec::new(), frames: Decoder::new(1 << 20), has_frames: false };
        let crashes = env::var_os(DIES_LATER).is_some();
        echo(client, &connected(authority(&url)), |bytes| {
            if crashes && watch.is_deadly(bytes) {
                std::process::abort();
            }
        });
    }

    fn client(flaw: &str) -> String {
        started("started::echoes", &[(URL, "{url}"), (FLAW, flaw)])
    }

    #[test]
    fn a_client_that_conforms_shows_nothing_and_one_with_a_flaw_does() {
        let dir = folder("fuzz/client");
        let fuzz_client = |flaw: &str, out: &str| {
            fuzz(&dir, &["--client", &client(flaw), "--sessions", "120", "--seed", "1", "--out", out])
        };
        let output = fuzz_client("none", "sound");
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        assert!(stdout(&output).ends_with("\nNothing found.\n"), "{}", stdout(&output));
        let sound = record(&dir.join("sound"));
        assert_eq!(
            (&sound["counts"]["inconclusive"], &sound["untaken"]),
            (&0.into(), &Value::Array(Vec::new()))
        );

        let output = fuzz_client("accepts-masked", "flawed");
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
        let findings = &record(&dir.join("flawed"))["findings"];
        assert_eq!(findings[0]["signature"]["requirement"], "rfc6455#5.1:6", "{findings:#}");
        let again =
            ["test-client", "--exec", &client("accepts-masked"), "--cases", "flawed/findings", "fuzz/"];
        let output = wsspec(&dir, &again);
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
        let sound = ["test-client", "--exec", &client("none"), "--cases", "flawed/findings", "fuzz/"];
        let output = wsspec(&dir, &sound);
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    }

    #[test]
    fn a_client_over_tls_is_fuzzed_as_one_without() {
        let dir = folder("fuzz/secure");
        let secure = |flaw: &str| format!("{AUTHORITY}={{ca}} {}", client(flaw));
        let args = |flaw: &str, out: &str| {
            fuzz(&dir, &["--client", &secure(flaw), "--sessions", "60", "--seed", "1", "--out", out])
        };
        let output = args("none", "sound");
        assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
        let sound = record(&dir.join("sound"));
        assert_eq!(sound["counts"]["inconclusive"], 0, "{sound:#}");

        let output = args("accepts-masked", "flawed");
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
        let findings = record(&dir.join("flawed"))["findings"].as_array().unwrap().len();
        assert_eq!(stdout(&output).matches("\nFAIL  fuzz/").count(), findings, "{}", stdout(&output));
        let again = stdout(&output).lines().find_map(|line| line.trim().strip_prefix("again: wsspec "));
        let again = shlex::split(again.unwrap()).unwrap();
        assert_eq!(again[..3], ["test-client", "--exec", &secure("accepts-masked")]);
        let output = wsspec(&dir, &again.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
        assert!(unwrapped(stdout(&output)).contains("rfc6455#5.1:6"), "{}", stdout(&output));
    }

    #[test]
    fn what_a_client_over_tls_meets_is_said_once_and_only_for_a_client() {
        let dir = folder("fuzz/certificates");
        let table: [(&[&str], &str); 3] = [
            (&["--client", "x {url} {ca}", "--tls", "self-signed"], "leave out --tls and --tls-cert"),
            (&["--tls", "self-signed"], "a server over TLS has a wss:// address"),
            (&["--client", "x {url}", "--tls-cert", "none", "--tls-key", "none"], "`none`"),
        ];
        for (args, message) in table {
            let output = fuzz(&dir, &[&["--sessions", "1"], args].concat());
            assert_eq!(code(&output), 2, "{args:?}");
            assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
        }
    }

    #[test]
    fn a_client_that_crashes_is_a_finding() {
        let dir = folder("fuzz/crash");
        let crashing = format!("{DIES_LATER}=1 {}", client("none"));
        let output = fuzz(&dir, &["--client", &crashing, "--sessions", "100", "--seed", "1"]);
        let text = stdout(&output);
        assert_eq!(code(&output), 1, "{text}{}", stderr(&output));
        let campaign = record(&dir.join("wsspec-fuzz"));
        let findings = campaign["findings"].as_array().unwrap();
        let death = findings.iter().find(|finding| finding["signature"]["kind"] == "death").expect(text);
        assert!(death["session"].as_str().unwrap().contains("op:"), "{death:#}");
        assert!(text.contains("incident: the client died: signal 6 (SIGABRT)"), "{text}");
        assert!(text.contains("its session is in incidents/death-1"), "{text}");

        let absent = "echo why >&2; exit 1 # {url}";
        let output = fuzz(&dir, &["--client", absent, "--sessions", "60", "--out", "none"]);
        assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
        assert!(stderr(&output).contains("the client ended before it connected"), "{}", stderr(&output));
    }

    /// The script for Slurm, for two parts, without Slurm.
    #[test]
    fn parts_of_an_array_job_are_united() {
        let dir = folder("fuzz/array");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../suite/campaign/cluster/slurm.sh");
        for part in ["1", "2"] {
            let output = Command::new("bash")
                .arg(&script)
                .current_dir(&dir)
                .env("SERVER", server())
                .env("WSSPEC", env!("CARGO_BIN_EXE_wsspec"))
                .env("DURATION", "1s")
                .env("SLURM_ARRAY_TASK_ID", part)
                .env("SLURM_ARRAY_TASK_COUNT", "2")
                .output()
                .unwrap();
            assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
            assert!(stdout(&output).contains(&format!("part {part} of 2")), "{}", stdout(&output));
        }
        let output = wsspec(&dir, &["merge", "campaign/part-1", "campaign/part-2", "--out", "all"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let sessions = |name: &str| record(&dir.join(name))["counts"]["sessions"].as_u64().unwrap();
        assert_eq!(sessions("all"), sessions("campaign/part-1") + sessions("campaign/part-2"));
        let output =
            Command::new("bash").arg(&script).current_dir(&dir).env_remove("SERVER").output().unwrap();
        assert!(stderr(&output).contains("SERVER"), "{}", stderr(&output));
    }

    #[test]
    fn an_interrupted_campaign_is_saved_and_can_go_on() {
        let dir = folder("fuzz/interrupted");
        let child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .args(["fuzz", "--seed", "3"])
            .current_dir(&dir)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(60);
        while !dir.join("wsspec-fuzz/campaign.json").exists() && Instant::now() < until {
            thread::sleep(Duration::from_millis(20));
        }
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(stdout(&output).ends_with("Stopped; the same command continues.\n"), "{}", stdout(&output));
        let sessions = record(&dir.join("wsspec-fuzz"))["counts"]["sessions"].as_u64().unwrap();
        assert!(sessions > 0);
        let output = fuzz(&dir, &["--sessions", "1"]);
        assert!(
            stdout(&output).contains(&format!("continuing after {sessions} sessions")),
            "{}",
            stdout(&output)
        );
    }
}

/// The default folder of a campaign.
#[test]
fn a_campaign_is_saved_in_the_working_folder() {
    let dir: PathBuf = folder("fuzz/default");
    fuzz(&dir, &["--sessions", "1", "--seed", "1", "--quiet"]);
    assert!(dir.join("wsspec-fuzz/campaign.json").is_file());
}
