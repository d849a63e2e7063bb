//! `wsspec test-proxy`: the embedded proxy, one with a flaw, and servers that are not proxies.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use serde_json::Value;
use wsspec_peer::{ConnectFlaw, ProxyFlaw};
use wsspec_runner::{EmbeddedConnectProxy, EmbeddedProxy, EmbeddedSocksProxy};

mod common;

use common::{code, folder, stderr, stdout, unwrapped, wsspec};

/// An address on which nobody listens yet.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn the_embedded_proxy_conforms_and_both_connections_are_recorded() {
    let dir = folder("test-proxy-embedded");
    let output = wsspec(&dir, &["test-proxy", "intermediaries", "--json", "record.json"]);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap();
    assert!(trials.len() > 20 && trials.iter().all(|trial| trial["verdict"]["kind"] == "pass"), "{record}");
    for trial in trials {
        let entries = trial["transcript"].as_array().unwrap();
        // A proxy may answer some requests without asking the server.
        let is_optional = |line: &Value| line["text"] == "back <~ request";
        let lines = trial["script"].as_array().unwrap();
        let is_behind = |line: &Value| line["text"].as_str().unwrap().starts_with("back");
        let is_split = lines.iter().any(|line| line["text"].as_str().unwrap().starts_with("front"));
        let may_stay = lines.iter().any(is_optional) || is_split && !lines.iter().any(is_behind);
        for lane in if may_stay { &["front"][..] } else { &["front", "back"] } {
            assert!(entries.iter().any(|entry| entry["connection"] == *lane), "{trial}");
        }
    }
}

#[test]
fn a_flaw_of_a_proxy_is_named_with_the_command_that_shows_it_again() {
    let dir = folder("test-proxy-flaw");
    let backend = free();
    let proxy = EmbeddedProxy::start(backend, Some(ProxyFlaw::ViaLeftOut)).unwrap();
    let (url, backend) = (proxy.url(), backend.to_string());
    let args = ["test-proxy", &url, "--backend", &backend, "intermediaries/9110.7.6", "--html", "page.html"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let text = unwrapped(stdout(&output));
    assert!(text.contains("FAIL 1 trial breaks intermediaries#9110.7.6.3:1"), "{text}");
    let again = text.split("again ").nth(1).and_then(|rest| rest.split(" more ").next()).unwrap();
    let words: Vec<_> = again.split_whitespace().filter(|word| *word != "\\").collect();
    assert_eq!(words[..2], ["wsspec", "test-proxy"], "{again}");
    for word in [&url[..], "--backend", &backend, "intermediaries/9110.7.6/via"] {
        assert!(words.contains(&word), "{word} is missing in {again}");
    }
    assert!(std::fs::read_to_string(dir.join("page.html")).unwrap().contains("back"));
}

#[test]
fn a_gateway_from_http2_is_tested_with_the_cases_about_that() {
    let dir = folder("test-proxy-http2");
    let filters = ["intermediaries/8441.5", "rfc8441/4", "rfc9113/8.2.2", "intermediaries/9112.3.2"];
    let args = [&["test-proxy", "--http2-prior-knowledge", "--json", "record.json"][..], &filters].concat();
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap();
    for trial in trials {
        let is_about_http1 = trial["id"].as_str().unwrap().starts_with("intermediaries/9112");
        let kind = if is_about_http1 { "skip" } else { "pass" };
        assert_eq!(trial["verdict"]["kind"], kind, "{trial}");
    }
    let head = |trial: &Value, lane: &str| {
        let entries = trial["transcript"].as_array().unwrap().iter();
        let mut entries = entries.filter(|entry| entry["connection"] == lane && entry["event"] == "received");
        entries.next().unwrap()["text"].as_str().unwrap().to_owned()
    };
    let trial = trials.iter().find(|trial| trial["id"] == "intermediaries/8441.5/upgrade").unwrap();
    assert!(head(trial, "front").starts_with("raw \":status: 200"), "{trial}");
    assert!(head(trial, "back").starts_with("raw \"GET / HTTP/1.1"), "{trial}");
}

#[test]
fn what_does_not_speak_http2_is_inconclusive() {
    let address =
        answering("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").replace("http://", "ws://");
    let backend = free().to_string();
    let args = ["test-proxy", &address, "--backend", &backend, "--http2-prior-knowledge"];
    let output = wsspec(&folder("test-proxy-no-http2"), &args);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    let text = unwrapped(stdout(&output));
    assert!(text.contains("answered in HTTP/1.1, not HTTP/2"), "{text}");
}

#[test]
fn the_command_that_runs_a_trial_again_has_the_address_of_a_proxy_that_is_started() {
    let dir = folder("test-proxy-again");
    // A tap passes everything on, as a proxy below HTTP does.
    let start =
        format!("{} tap --listen 127.0.0.1:{{port}} --to ws://{{backend}}", env!("CARGO_BIN_EXE_wsspec"));
    let target = "ws://127.0.0.1:{port}/chat";
    let args = ["test-proxy", target, "--spawn", &start, "rfc6455/5.6/greeting", "--json", "record.json"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    assert_eq!(record["options"], serde_json::json!(["test-proxy", target, "--spawn", start]));
}

#[test]
fn what_is_no_proxy_of_this_backend_is_inconclusive() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("ws://{}/", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        }
    });
    let dir = folder("test-proxy-none");
    let backend = free().to_string();
    let output = wsspec(&dir, &["test-proxy", &address, "--backend", &backend]);
    assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
    let text = unwrapped(stdout(&output));
    let why = format!("the proxy answered 404, and did not connect to the backend at {backend}");
    assert!(text.contains(&why), "{text}");
}

#[test]
fn a_proxy_that_is_running_needs_the_address_behind_it() {
    let output = wsspec(&folder("test-proxy-usage"), &["test-proxy", "ws://127.0.0.1:1"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("give --backend"), "{}", stderr(&output));
}

/// The address of something that answers every request with this.
fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

#[test]
fn the_embedded_proxy_for_tunnels_conforms_and_both_connections_are_recorded() {
    let dir = folder("test-proxy-connect");
    let filter = ["http-connect/9110.9.3.6/tunnel", "http-connect/9110.11.7/challenge"];
    let args = ["test-proxy", "--kind", "connect", filter[0], filter[1], "--json", "record.json"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap();
    assert!(trials.len() == 4 && trials.iter().all(|trial| trial["verdict"]["kind"] == "pass"), "{record}");
    for lane in ["front", "back"] {
        let entries = trials.iter().flat_map(|trial| trial["transcript"].as_array().unwrap());
        assert!(entries.into_iter().any(|entry| entry["connection"] == lane), "{record}");
    }
}

#[test]
fn a_flaw_of_a_proxy_for_tunnels_is_named_without_the_credentials() {
    let dir = folder("test-proxy-connect-flaw");
    let backend = free().to_string();
    let proxy = EmbeddedConnectProxy::start(Some(ConnectFlaw::LengthSent)).unwrap();
    let url = proxy.url();
    let case = "http-connect/9110.9.3.6/tunnel";
    let args = ["test-proxy", &url, "--kind", "connect", "--backend", &backend, case, "--html", "page.html"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 1, "{}{}", stdout(&output), stderr(&output));
    let text = unwrapped(stdout(&output));
    assert!(text.contains("FAIL 1 trial breaks http-connect#9110.9.3.6:7"), "{text}");
    assert!(text.contains("a 2xx with Content-Length") && text.contains("--kind connect"), "{text}");
    let page = std::fs::read_to_string(dir.join("page.html")).unwrap();
    assert!(!text.contains("tunnel@") && !page.contains("tunnel@"), "{text}");
}

#[test]
fn the_embedded_proxy_for_socks_conforms_and_one_that_is_not_is_named() {
    let dir = folder("test-proxy-socks");
    let args = ["test-proxy", "--kind", "socks5", "socks5", "rfc6455/5.2/reserved", "--json", "record.json"];
    let output = wsspec(&dir, &args);
    assert_eq!(code(&output), 0, "{}{}", stdout(&output), stderr(&output));
    let record: Value = serde_json::from_slice(&std::fs::read(dir.join("record.json")).unwrap()).unwrap();
    let trials = record["trials"].as_array().unwrap();
    assert!(trials.len() >= 9 && trials.iter().all(|trial| trial["verdict"]["kind"] == "pass"), "{record}");
    let proxy = EmbeddedSocksProxy::start(None).unwrap();
    let port = proxy.url().rsplit_once(':').unwrap().1.to_owned();
    let http = answering("HTTP/1.1 400 Bad Request\r\n\r\n").replace("http:", "socks5:");
    for (address, why) in [
        (
            format!("socks5://127.0.0.1:{port}"),
            "demands credentials; write them into its address: socks5://USER",
        ),
        (format!("socks5://wsspec:wrong@127.0.0.1:{port}"), "does not accept the user and password"),
        (http, "does not answer as SOCKS 5 has it"),
    ] {
        let args = ["test-proxy", &address, "--kind", "socks5", "--backend", &free().to_string()];
        let output = wsspec(&dir, &args);
        assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
        let text = unwrapped(stdout(&output));
        assert!(text.contains(why), "{text}");
    }
}

#[test]
fn what_opens_no_tunnel_is_inconclusive_and_the_reason_says_what_to_do() {
    let dir = folder("test-proxy-connect-none");
    for (answer, seen, advice) in [
        (
            "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
            "demands credentials (Basic realm=x)",
            "write them into its address: http://USER:PASSWORD@HOST:PORT",
        ),
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
            "with 403 Forbidden",
            "let it open tunnels to 127.0.0.1:",
        ),
        (
            "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
            "with 404 Not Found",
            "test a reverse proxy without --kind connect",
        ),
        ("HTTP/1.1 200 OK\r\n\r\n", "with 2xx, but the backend there got no request", "check that --backend"),
    ] {
        let (address, backend) = (answering(answer), free().to_string());
        let args = ["test-proxy", &address, "--kind", "connect", "--backend", &backend, "--timeout", "300ms"];
        let output = wsspec(&dir, &args);
        assert_eq!(code(&output), 3, "{}{}", stdout(&output), stderr(&output));
        let text = unwrapped(stdout(&output));
        assert!(text.contains(seen) && text.contains(advice), "{text}");
    }
}

#[test]
fn an_address_of_the_other_kind_is_refused_with_the_option_that_is_meant() {
    let dir = folder("test-proxy-kinds");
    for (args, why) in [
        (&["http://127.0.0.1:1", "--backend", "127.0.0.1:0"][..], "give --kind connect"),
        (
            &["ws://127.0.0.1:1", "--backend", "127.0.0.1:0", "--kind", "connect"],
            "`ws:` is not a scheme for proxies",
        ),
        (
            &["http://127.0.0.1:1", "--backend", "0.0.0.0:0", "--kind", "connect"],
            "an address that the proxy reaches",
        ),
        (&["--kind", "connect", "--http2-prior-knowledge"], "is tested over HTTP/1.1"),
        (&["--http3"], "leave out --http3"),
        (&["--kind", "conect"], "one of `reverse`, `connect`, `socks5`"),
        (
            &["socks5://127.0.0.1:1", "--backend", "127.0.0.1:0", "--kind", "connect"],
            "for one of SOCKS 5 give --kind socks5",
        ),
        (&["http://127.0.0.1:1", "--backend", "127.0.0.1:0", "--kind", "socks5"], "like socks5://host:port"),
    ] {
        let output = wsspec(&dir, &[&["test-proxy"][..], args].concat());
        assert_eq!(code(&output), 2, "{}{}", stdout(&output), stderr(&output));
        let text = unwrapped(stderr(&output));
        assert!(text.contains(why), "{text}");
    }
    let output = wsspec(&dir, &["run", "ws://127.0.0.1:1", "http-connect"]);
    assert!(unwrapped(stderr(&output)).contains("`wsspec test-proxy --kind connect` plays them"));
}
