//! Ways between wsspec and its peer: clients behind a proxy and clients that look at certificates, the proxy of the
//! environment, Unix sockets.
//!
//! The client is this test itself, started again with addresses in its environment.

#![cfg(unix)]

use std::{
    io::{Read, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
};

use serde_json::Value;
use wsspec_peer::{Client, Flaw, Peer};

mod common;
#[path = "common/peer.rs"]
mod peer;

use common::{code, folder, stderr, stdout, unwrapped, wsspec};
use peer::{
    AUTHORITY, FLAW, URL, authority, connected, connected_over_tls, converse, echo, flaw, given, seed,
    started,
};

const PROXY: &str = "WSSPEC_TEST_PROXY";
/// What no output may show.
const SECRET: &str = "hush";
const PING: &str = "rfc6455/5.5.2/ping-first";

/// Not a test but an echo client, behind a proxy or over TLS if it is given those.
#[test]
#[ignore = "the client that the tests start"]
fn echoes() {
    let Some(url) = given(URL) else { return };
    let Some(proxy) = given(PROXY) else {
        let client = Client::of_uri(flaw(), &url, seed());
        return match given(AUTHORITY) {
            Some(file) => echo(client, connected_over_tls(authority(&url), Path::new(&file)), |_| {}),
            None => echo(client, &connected(authority(&url)), |_| {}),
        };
    };
    let proxy = proxy.strip_prefix("http://").unwrap();
    let (credentials, address) = proxy.rsplit_once('@').map_or((None, proxy), |(user, at)| (Some(user), at));
    // Whatever wsspec gives has to be sent as it is: `wsspec:secret` in base64.
    let credentials = credentials.map(|user| {
        assert_eq!(user, "wsspec:secret");
        "d3NzcGVjOnNlY3JldA=="
    });
    let client = Client::through_proxy(flaw(), &url, credentials, seed());
    let goes_around = client.goes_around_proxy();
    echo(client, &connected(address), |_| {});
    if goes_around {
        echo(Client::of_uri(flaw(), &url, seed() + 1), &connected(authority(&url)), |_| {});
    }
}

/// The command of that client.
fn client(flaw: Option<&str>) -> String {
    started("echoes", &[(URL, "{url}"), (FLAW, flaw.unwrap_or_default())])
}

/// The verdicts of a client, by id.
fn verdicts(dir: &Path, command: &str, cases: &[&str]) -> Vec<(String, String)> {
    let args = ["test-client", "--exec", command, "--json", "record.json"];
    let output = wsspec(dir, &[&args[..], cases].concat());
    let record = std::fs::read(dir.join("record.json"));
    let record = record.unwrap_or_else(|_| panic!("{}{}", stdout(&output), stderr(&output)));
    let record: Value = serde_json::from_slice(&record).unwrap();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let trials = record["trials"].as_array().unwrap().iter();
    trials.map(|trial| (word(&trial["id"]), word(&trial["verdict"]["kind"]))).collect()
}

/// Cases about clients behind a proxy.
const PROXIED: [&str; 6] = [
    "rfc9110/9.3.6",
    "rfc9110/7.2",
    "rfc9110/11.7.2",
    "rfc6455/4.1/asks-proxy",
    "rfc6455/4.1/waits-for-tunnel",
    "rfc6455/4.1/no-way-around-proxy",
];

#[test]
fn a_client_behind_a_proxy_conforms() {
    let dir = folder("ways/proxied");
    let command = format!("{PROXY}={{proxy}} {}", client(None));
    let verdicts = verdicts(&dir, &command, &PROXIED);
    assert!(verdicts.len() > 20, "{verdicts:?}");
    assert!(verdicts.iter().all(|(_, kind)| kind == "pass"), "{verdicts:?}");
}

#[test]
fn a_client_that_misuses_its_proxy_fails() {
    let dir = folder("ways/misused");
    for (flaw, case) in [
        ("goes-around-proxy", "rfc6455/4.1/no-way-around-proxy"),
        ("leaks-proxy-credentials", "rfc9110/11.7.2/credentials-stay-outside"),
        ("speaks-before-tunnel", "rfc6455/4.1/waits-for-tunnel"),
    ] {
        let command = format!("{PROXY}={{proxy}} {}", client(Some(flaw)));
        assert_eq!(verdicts(&dir, &command, &[case]), [(case.to_owned(), "fail".to_owned())], "{flaw}");
    }
}

#[test]
fn a_client_without_a_proxy_is_not_tested_with_one() {
    let dir = folder("ways/unproxied");
    let args = ["test-client", "--exec", &client(None), "rfc9110/9.3.6/default-port"];
    let output = wsspec(&dir, &args);
    assert!(stdout(&output).contains("its command has no `{proxy}`"), "{}", stdout(&output));
    // One that is given a proxy, and does not ask it.
    let command = format!(": {{proxy}}; {}", client(None));
    let verdicts = verdicts(&dir, &command, &["rfc6455/4.1/no-way-around-proxy"]);
    assert_eq!(verdicts[0].1, "skip", "{verdicts:?}");
}

#[test]
fn a_client_over_tls_refuses_certificates_that_it_cannot_trust() {
    let dir = folder("ways/certificates");
    let command = format!("{AUTHORITY}={{ca}} {}", client(None));
    let verdicts =
        verdicts(&dir, &command, &["rfc6455/4.1/bad-certificate", "rfc6455/4.1/secure-client", PING]);
    assert_eq!(verdicts.len(), 7, "{verdicts:?}");
    assert!(verdicts.iter().all(|(_, kind)| kind == "pass"), "{verdicts:?}");
}

#[test]
fn a_client_over_tls_of_ones_own_is_not_asked_about_certificates() {
    let dir = folder("ways/own-certificate");
    let both = ["test-client", "--exec", "client {url} {ca}", "--tls", "self-signed"];
    let output = wsspec(&dir, &both);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("leave out --tls and --tls-cert"), "{}", stderr(&output));
}

/// `wsspec` with variables.
fn with_variables(variables: &[(&str, &str)], args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wsspec"));
    for name in ["all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).env("WSSPEC_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"));
    let output = command.args(args).output().unwrap();
    let all = format!("{}{}", stdout(&output), stderr(&output));
    assert!(!all.contains(SECRET) && !all.contains("bWU6aHVzaA=="), "{all}");
    output
}

/// A port on which nothing listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn the_proxy_of_the_environment_leads_to_other_machines_only() {
    let proxy = format!("http://me:{SECRET}@127.0.0.1:{}", closed_port());
    let unreachable = |variables: &[(&str, &str)], url: &str| {
        let output = with_variables(variables, &["run", url, PING, "--connect-timeout", "300ms"]);
        assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
        unwrapped(stdout(&output)).contains("the proxy `http://127.0.0.1:")
    };
    let elsewhere = "ws://192.0.2.1:9/";
    assert!(unreachable(&[("ALL_PROXY", &proxy)], elsewhere));
    assert!(unreachable(&[("all_proxy", &proxy), ("ALL_PROXY", "http://nosuch.invalid")], elsewhere));
    assert!(unreachable(&[("ALL_PROXY", &proxy), ("NO_PROXY", "192.0.3.0/24")], elsewhere));
    assert!(!unreachable(&[("ALL_PROXY", &proxy), ("no_proxy", "192.0.2.0/24")], elsewhere));
    assert!(!unreachable(&[("ALL_PROXY", &proxy)], &format!("ws://localhost:{}/", closed_port())));
}

#[test]
fn credentials_are_shown_neither_in_an_error_nor_in_the_command_that_runs_a_trial_again() {
    let wrong = format!("ftp://me:{SECRET}@proxy");
    let output = with_variables(&[("ALL_PROXY", &wrong)], &["run", "ws://192.0.2.1/"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("error: ALL_PROXY: `ftp:` is not a scheme"), "{}", stderr(&output));
    let output = with_variables(&[], &["run", "ws://192.0.2.1/", "--proxy", &wrong]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("error: --proxy: `ftp:` is not a scheme"), "{}", stderr(&output));

    let dir = folder("ways/again");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://me:{SECRET}@{}", listener.local_addr().unwrap());
    let relaying = thread::spawn(move || relay(&listener));
    let (record, page) = (dir.join("record.json"), dir.join("page.html"));
    let files = ["--json", record.to_str().unwrap(), "--html", page.to_str().unwrap()];
    let args = ["run", "ws://server.test/", "--proxy", &proxy, "rfc6455/5.5.2/ping-first", "-j", "1"];
    let output = with_variables(&[], &[&args[..], &files].concat());
    drop(relaying);
    let said = stdout(&output);
    assert!(said.contains("--proxy") && said.contains("http://...@127.0.0.1:"), "{said}{}", stderr(&output));
    for file in [record, page] {
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains(SECRET) && !text.contains("bWU6aHVzaA=="), "{text}");
    }
}

/// A proxy that is also the server, one that sends no pongs, for as long as the test lasts.
fn relay(listener: &TcpListener) {
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { return };
        thread::spawn(move || {
            let (mut head, mut byte) = (Vec::new(), [0]);
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
                head.extend(byte);
            }
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            converse(&stream, Peer::with(Flaw::SendsNoPong));
        });
    }
}

#[test]
fn a_proxy_for_a_unix_socket_is_wrong_usage_and_a_missing_socket_is_told() {
    let path: PathBuf = folder("ways/socket").join("none");
    let url = format!("ws+unix://{}:/", path.display());
    let output = with_variables(&[], &["run", &url, "--proxy", "http://127.0.0.1:1"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("no proxy leads to a Unix socket"), "{}", stderr(&output));
    let output = with_variables(&[("ALL_PROXY", "http://127.0.0.1:1")], &["run", &url]);
    assert_eq!(code(&output), 3);
    assert!(unwrapped(stdout(&output)).contains("there is no socket `"), "{}", stdout(&output));
}

/// Serves our own peer over HTTP/1.1, until the test ends.
fn http1_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(|| converse(&stream.unwrap(), Peer::new()));
        }
    });
    address
}

#[test]
fn each_carrier_that_the_server_speaks_has_a_record_and_a_column() {
    let dir = folder("ways/carriers");
    let reports = ["--json", "run.json", "--html", "page.html"];
    let output = wsspec(&dir, &[&["run", "embedded", "--carrier", "auto", PING], &reports[..]].concat());
    let text = stdout(&output);
    assert_eq!(code(&output), 0, "{text}{}", stderr(&output));
    let places =
        ["Over HTTP/1.1:\n", "Over HTTP/2:\n", "Over HTTP/3:\n"].map(|head| text.find(head).unwrap());
    assert!(places.is_sorted(), "{text}");
    let page = std::fs::read_to_string(dir.join("page.html")).unwrap();
    for (file, protocol) in [("run.json", "HTTP/1.1"), ("run.2.json", "HTTP/2"), ("run.3.json", "HTTP/3")] {
        let record: Value = serde_json::from_slice(&std::fs::read(dir.join(file)).unwrap()).unwrap();
        assert_eq!(record["trials"][0]["verdict"]["kind"], "pass", "{file}");
        assert!(page.contains(&format!("embedded over {protocol}")), "{protocol}");
    }
    let dry = wsspec(&dir, &["run", "embedded", "--carrier", "auto", PING, "rfc8441/3", "--dry-run"]);
    assert!(stdout(&dry).contains("embedded over HTTP/2; nothing was run\n"), "{}", stdout(&dry));
}

#[test]
fn a_carrier_that_the_server_does_not_speak_is_named_and_counts_for_nothing() {
    let (dir, address) = (folder("ways/one-carrier"), http1_server());
    let output = wsspec(&dir, &["run", &address, "--carrier", "auto", PING, "--json", "run.json"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let text = stdout(&output);
    assert!(text.contains("\nOver HTTP/2:\n") && text.contains("in HTTP/1.1, not HTTP/2"), "{text}");
    assert!(text.ends_with(&format!("\nNot tested, and not counted: {address} over HTTP/2\n")), "{text}");
    assert!(dir.join("run.json").exists() && !dir.join("run.2.json").exists());
    let alone = wsspec(&dir, &["run", &address, "--carrier", "http2", PING]);
    assert_eq!(code(&alone), 3, "{}{}", stdout(&alone), stderr(&alone));
    let of_one = wsspec(&dir, &["run", &address, "--carrier", "auto", "--protocol", "stomp"]);
    let expected = "error: --protocol is for one carrier; give --carrier http1, http2 or http3 with it\n";
    assert_eq!((code(&of_one), stderr(&of_one)), (2, expected));
}
