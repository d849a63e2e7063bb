//! `wsspec test-proxy`: the embedded proxy, one with a flaw, and servers that are not proxies.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    thread,
};

use serde_json::Value;
use wsspec_peer::ProxyFlaw;
use wsspec_runner::EmbeddedProxy;

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
        let may_stay = trial["script"].as_array().unwrap().iter().any(is_optional);
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
