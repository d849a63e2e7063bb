//! `wsspec test-client` and `wsspec serve --exec`: results of clients, clients that cannot be tested, and clean-up.
//!
//! The client is this test itself, started again with an address in its environment.

#![cfg(unix)]

use std::{
    env,
    io::{Read, Write},
    net::TcpStream,
    process::Command,
    thread,
    time::Duration,
};

use serde_json::Value;
use wsspec_peer::{Client, Http2Client, PeerOutput};

mod common;
#[path = "common/peer.rs"]
mod peer;

use common::{code, folder, stderr, stdout, wsspec};
use peer::{FLAW, URL, authority, flaw, given, seed, started, write};

const PING: &str = "rfc6455/5.4/ping-between-fragments";
const SECOND_URL: &str = "WSSPEC_TEST_SECOND_URL";
const LATE: &str = "WSSPEC_TEST_LATE";
/// Set if it speaks HTTP/2.
const HTTP2: &str = "WSSPEC_TEST_HTTP2";
/// Above the one-second line limit of these tests, and below two seconds.
const LATENESS: Duration = Duration::from_millis(1300);

/// Not a test but an echo client. If the path of its address begins with `/next/`, it connects until there are no more
/// cases. If it has a second address, it opens that, too, as soon as it may.
#[test]
#[ignore = "the client that the tests start"]
fn echoes() {
    let Some(url) = given(URL) else { return };
    let second = given(SECOND_URL);
    if given(HTTP2).is_some() {
        return echo_over_http2(Http2Client::of_uri(flaw(), &url, seed()), &address(&url));
    }
    for connection in 0.. {
        let client = Client::of_uri(flaw(), &url, seed() + connection);
        let other = second.as_ref().map(|url| (client.beside(url, seed() - 1), address(url)));
        let slowness =
            env::var_os(LATE).map(|_| if connection == 0 { Slowness::Mute } else { Slowness::Late });
        let pause = client.reconnects(u32::try_from(connection).unwrap());
        if !echo(client, &address(&url), other, slowness) {
            return;
        }
        match pause {
            Some(pause) => thread::sleep(pause),
            None if url.contains("/next/") => {}
            None => return,
        }
    }
}

/// The client that speaks HTTP/2, on its only connection.
fn echo_over_http2(mut client: Http2Client, address: &str) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let mut buffer = vec![0; 1 << 16];
    loop {
        for output in client.take() {
            match output {
                PeerOutput::Write(bytes) if stream.write_all(&bytes).is_ok() => {}
                _ => return,
            }
        }
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => client.receive(&buffer[..count]),
            _ => return,
        }
    }
}

/// How the client is slow once its connection is open.
#[derive(Clone, Copy, PartialEq)]
enum Slowness {
    /// It never answers.
    Mute,
    /// It answers each message later than a line's time limit.
    Late,
}

/// The socket address of a URI. All names that the tests use are this machine's.
fn address(url: &str) -> String {
    let authority = authority(url);
    match authority.rsplit_once(':') {
        Some((host, port)) if host.ends_with("localhost") => format!("127.0.0.1:{port}"),
        Some((_, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => authority.to_owned(),
        _ => format!("{authority}:80"),
    }
}

/// Whether there may be another case.
fn echo(
    mut client: Client,
    address: &str,
    mut other: Option<(Client, String)>,
    slowness: Option<Slowness>,
) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    stream.set_nodelay(true).unwrap();
    let (mut buffer, mut first, mut beside) = (vec![0; 1 << 16], true, None);
    let goes_on = loop {
        write(client.take(), &mut &stream);
        if let Some((other, address)) = other.take_if(|_| client.goes_on()) {
            beside = Some(thread::spawn(move || echo(other, &address, None, None)));
        }
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => {
                let is_first = std::mem::take(&mut first);
                if is_first && buffer.starts_with(b"HTTP/1.1 410 ") {
                    break false;
                }
                match slowness.filter(|_| !is_first) {
                    Some(Slowness::Mute) => continue,
                    Some(Slowness::Late) => thread::sleep(LATENESS),
                    None => {}
                }
                client.receive(&buffer[..count]);
            }
            Ok(0) | Err(_) => break true,
        }
    };
    if let Some(beside) = beside {
        beside.join().unwrap();
    }
    goes_on
}

/// The command of that client.
fn client(url: &str, flaw: Option<&str>) -> String {
    started("echoes", &[(FLAW, flaw.unwrap_or_default()), (URL, url)])
}

fn tested(name: &str, command: &str) -> (i32, String) {
    let dir = folder(&format!("test-client/{name}"));
    let output = wsspec(&dir, &["test-client", "--exec", command, "--connect-timeout", "300ms", PING]);
    (code(&output), format!("{}{}", stdout(&output), stderr(&output)))
}

/// The record that a run saved, by verdict.
fn verdicts(record: &[u8]) -> Vec<(String, String)> {
    let record: Value = serde_json::from_slice(record).unwrap();
    assert_eq!(record["role"], "client");
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let trials = record["trials"].as_array().unwrap().iter();
    trials.map(|trial| (word(&trial["id"]), word(&trial["verdict"]["kind"]))).collect()
}

#[test]
fn a_client_that_is_started_for_each_case_conforms() {
    let dir = folder("test-client/conforming");
    let args = ["test-client", "rfc6455/4.1", "rfc6455/5.4", "rfc7692/7.1.2", "--json", "record.json"];
    let output =
        wsspec(&dir, &[&args[..], &["--exec", &client("{url}", None), "--junit", "junit.xml"]].concat());
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let verdicts = verdicts(&std::fs::read(dir.join("record.json")).unwrap());
    let passed = verdicts.iter().filter(|(_, kind)| kind == "pass").count();
    assert!(passed > 100, "{verdicts:?}");
    assert!(verdicts.iter().all(|(_, kind)| kind == "pass" || kind == "skip"), "{verdicts:?}");
    assert!(std::fs::read_to_string(dir.join("junit.xml")).unwrap().contains("rfc6455/4.1/accept-wrong"));
}

#[test]
fn a_client_is_tested_over_http2() {
    let dir = folder("test-client/http2");
    let command = format!("{HTTP2}=1 {}", client("{url}", None));
    let cases = ["rfc8441", "rfc9113", "rfc6455/4.1"];
    let args = ["test-client", "--http2-prior-knowledge", "--json", "record.json", "--exec", &command];
    let output = wsspec(&dir, &[&args[..], &cases].concat());
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let verdicts = verdicts(&std::fs::read(dir.join("record.json")).unwrap());
    let passed = verdicts.iter().filter(|(_, kind)| kind == "pass").count();
    assert!(passed > 50, "{verdicts:?}");
    assert!(verdicts.iter().all(|(_, kind)| kind == "pass" || kind == "skip"), "{verdicts:?}");
    let flawed = format!("{HTTP2}=1 {}", client("{url}", Some("connects-unasked")));
    let args = ["test-client", "--http2-prior-knowledge", "--exec", &flawed, "rfc8441/3"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("breaks rfc8441#3:4"), "{}", stdout(&output));
}

#[test]
fn a_client_of_http1_cannot_be_tested_over_http2() {
    let dir = folder("test-client/http2-absent");
    let args = ["test-client", "--http2-prior-knowledge", "--exec", &client("{url}", None), PING];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("does not begin with the preface of HTTP/2"), "{}", stdout(&output));
    let mixed = wsspec(&dir, &["test-client", "--http2", "--exec", "x {url}", PING]);
    assert_eq!(code(&mixed), 2);
    assert!(
        stderr(&mixed).contains("add --tls self-signed, or use --http2-prior-knowledge"),
        "{}",
        stderr(&mixed)
    );
}

#[test]
fn a_client_that_breaks_a_rule_fails_by_it_and_can_be_run_again() {
    let dir = folder("test-client/flawed");
    let command = client("{url}", Some("sends-no-pong"));
    let output = wsspec(&dir, &["test-client", "--exec", &command, "rfc6455/5.5.2/ping-first"]);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    assert!(stdout(&output).contains("RFC 6455 section 5.5.2"), "{}", stdout(&output));
    assert!(stdout(&output).contains("wsspec test-client "), "{}", stdout(&output));
}

#[test]
fn a_client_that_loses_what_follows_the_response_is_tested_on_all_else() {
    let dir = folder("test-client/loses");
    let command = client("{url}", Some("loses-frames-behind-response"));
    let behind = "rfc6455/4.2.2/frames-behind-the-response";
    let cases = [behind, "rfc6455/5.4/two-fragments[chop=0]", "rfc6455/5.5.2/ping-first"];
    let args = [&["test-client", "--json", "record.json", "--exec", &command][..], &cases].concat();
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    for (id, kind) in verdicts(&std::fs::read(dir.join("record.json")).unwrap()) {
        assert_eq!(kind, if id == behind { "fail" } else { "pass" }, "{id}");
    }
}

#[test]
fn what_the_process_of_a_client_holds_is_measured() {
    let dir = folder("test-client/measured");
    let command = client("{url}", None);
    let cases = ["rfc6455/10.4/empty-fragments", "rfc6455/10.4/declared-length"];
    let args = [&["test-client", "--json", "record.json", "--exec", &command][..], &cases].concat();
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let verdicts = verdicts(&std::fs::read(dir.join("record.json")).unwrap());
    assert_eq!(verdicts.len(), 4, "{verdicts:?}");
    assert!(verdicts.iter().all(|(_, kind)| kind == "pass"), "{verdicts:?}");
}

#[test]
fn a_client_goes_through_all_cases_by_itself() {
    let dir = folder("test-client/all");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--json", "record.json", "--html", "report", "--quiet"];
    let output = wsspec(&dir, &[&serve[..], &["--exec", &client("{url}", None)]].concat());
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let verdicts = verdicts(&std::fs::read(dir.join("record.json")).unwrap());
    assert!(verdicts.len() > 900, "{}", verdicts.len());
    let other: Vec<_> = verdicts.iter().filter(|(_, kind)| kind != "pass" && kind != "skip").collect();
    assert!(other.is_empty(), "{other:?}");
    assert!(dir.join("report/index.html").is_file());
}

#[test]
fn a_client_that_ends_before_it_is_through_is_told_of() {
    let dir = folder("test-client/early");
    let serve = ["serve", "--listen", "127.0.0.1:0", PING];
    let output =
        wsspec(&dir, &[&serve[..], &["--exec", "echo '{url}'; echo no-such-thing >&2; exit 7"]].concat());
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("the client ended: exit status 7; "), "{said}");
    assert!(said.contains("cases were not played; it wrote last: "), "{said}");
    let output = wsspec(&dir, &[&serve[..], &["--exec", "client"]].concat());
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("neither `{url}` nor `{page}`"), "{}", stderr(&output));
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let (code, text) = tested("missing", "no-such-client {url}");
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("the client ended before it connected: exit status 127"), "{text}");
    assert!(text.contains("no-such-client"), "{text}");
}

#[test]
fn a_command_without_a_place_for_the_address_is_refused() {
    let (code, text) = tested("placeless", "client");
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("--exec has no `{url}` in its command"), "{text}");
}

#[test]
fn a_client_that_never_connects_is_stopped_with_all_it_started() {
    let (code, text) = tested("idle", "sleep 600 & echo \"url {url}, child $!\"; sleep 600");
    assert_eq!(code, 3, "{text}");
    assert!(text.contains("the client did not connect within 300ms"), "{text}");
    let child = text.split("child ").nth(1).unwrap();
    let child: String = child.chars().take_while(char::is_ascii_digit).collect();
    let alive = Command::new("kill").args(["-0", &child]).output().unwrap();
    assert!(!alive.status.success(), "process {child} is still there");
}

#[test]
fn a_client_that_is_gone_ends_the_run() {
    let dir = folder("test-client/gone");
    let counted = "n=$(cat n 2>/dev/null || echo 0); echo $((n+1)) > n; [ $n -lt 6 ] || exit 7";
    let command = format!("{counted}; {}", client("{url}", None));
    let args = ["test-client", "rfc6455/5.5.2", "--jobs", "1", "--exec", &command];
    let output = wsspec(&dir, &args);
    let said = stdout(&output);
    assert_eq!(code(&output), 3, "{said}{}", stderr(&output));
    let gone = "the client is gone: the client ended before it connected: exit status 7";
    assert!(common::unwrapped(said).contains(gone), "{said}");
    assert!(!common::unwrapped(said).contains("Nothing broken"), "{said}");
    assert!(common::unwrapped(said).contains("the client died 1 time"), "{said}");
}

#[test]
fn a_client_that_crashes_of_a_trial_fails_it() {
    let dir = folder("test-client/crash");
    let crash = "case {url} in *ping-first*) echo oops >&2; kill -SEGV $$;; esac";
    let command = format!("{crash}; {}", client("{url}", None));
    let output = wsspec(&dir, &["test-client", "rfc6455/5.5.2/ping-first", PING, "--exec", &command]);
    let said = stdout(&output);
    assert_eq!(code(&output), 1, "{said}{}", stderr(&output));
    let words = common::unwrapped(said);
    assert!(words.contains("the client dies of this: signal 11 (SIGSEGV); it wrote last: oops"), "{said}");
    assert!(said.trim_end().ends_with("The peer dies of 1 trial."), "{said}");
}

#[test]
fn two_connections_of_a_client_are_open_at_the_same_time() {
    let dir = folder("test-client/beside");
    let cases = ["rfc6455/4.1/one-handshake-at-a-time", "rfc6455/5.4/fragments-side-by-side-to-a-client"];
    let record = |flaw: Option<&str>| {
        let command = format!("{SECOND_URL}={{url2}} {}", client("{url}", flaw));
        let args = ["test-client", "--exec", &command, "--json", "record.json"];
        wsspec(&dir, &[&args[..], &cases].concat());
        let found = verdicts(&std::fs::read(dir.join("record.json")).unwrap());
        found.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>()
    };
    assert_eq!(record(None), ["pass", "pass"]);
    assert_eq!(record(Some("opens-connections-at-once"))[0], "fail");
    assert_eq!(record(Some("shares-messages"))[1], "fail");
}

#[test]
fn the_cases_about_two_connections_are_skipped_where_the_command_has_one_address() {
    let dir = folder("test-client/alone");
    let args = ["test-client", "--exec", &client("{url}", None), "rfc6455/4.1/one-handshake-at-a-time"];
    let output = wsspec(&dir, &args);
    assert!(stdout(&output).contains("its command has no `{url2}`"), "{}", stdout(&output));
}

#[test]
fn a_right_answer_that_comes_late_is_no_failure_of_a_client_that_comes_by_itself() {
    let dir = folder("test-client/late");
    let command = format!("{LATE}=1 {}", client("{url}", None));
    let args =
        ["serve", "--listen", "127.0.0.1:0", "--timeout", "1s", "--exec", &command, "--json", "record.json"];
    let output = wsspec(&dir, &[&args[..], &["rfc6455/5.5.2/ping-with-text"]].concat());
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    let trial = &record["trials"][0];
    assert_eq!((&trial["verdict"]["kind"], &trial["attempts"]), (&"pass".into(), &2.into()), "{trial}");
    let remark = trial["remarks"][0]["text"].as_str().unwrap();
    assert!(remark.starts_with("this came late, after 1."), "{trial}");
}

#[test]
fn a_client_that_connects_again_at_once_and_for_ever_is_lenient() {
    let dir = folder("test-client/again");
    let kind = |flaw: Option<&str>| {
        let args = ["test-client", "rfc6455/7.2.3", "--json", "record.json", "--exec"];
        wsspec(&dir, &[&args[..], &[&client("{url}", flaw)]].concat());
        verdicts(&std::fs::read(dir.join("record.json")).unwrap()).remove(0).1
    };
    assert_eq!(kind(Some("reconnects-at-once")), "lenient");
    assert_eq!(kind(None), "skip");
}
