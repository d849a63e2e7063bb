//! `wsspec serve`: its resources and its error messages.

#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread,
};

mod common;

#[path = "../../../reports/tests/driver/mod.rs"]
mod driver;

use common::{code, folder, stderr, wsspec};
use driver::{DESK, browse, keep};
use fantoccini::Locator;
use serde_json::{Value, json};
use tempfile::TempDir;

const FAMILY: &str = "rfc6455/5.4/ping-between-fragments";
const PING: &str = "rfc6455/5.4/ping-between-fragments[chop=0]";

struct Serving {
    child: Child,
    address: String,
    _dir: TempDir,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    fn start() -> Self {
        Self::with(&[FAMILY])
    }

    fn with(args: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on ws://").unwrap().split('/').next().unwrap().to_owned();
        Self { child, address, _dir: dir }
    }

    /// The response to a request for a resource.
    fn ask(&self, resource: &str, fields: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {resource} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n").unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[test]
fn browsers_get_a_page_and_the_list_of_cases() {
    let serving = Serving::start();
    let page = serving.ask("/", "");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{page}");
    assert!(page.contains("<title>wsspec: this browser</title>"), "{page}");
    let cases = serving.ask("/cases", "");
    assert!(cases.contains(&format!("\"id\":\"{PING}\"")), "{cases}");
}

#[test]
fn a_case_that_does_not_exist_is_answered_with_the_nearest() {
    let serving = Serving::start();
    let answer = serving.ask("/case/rfc6455/5.4/ping-between-fragment[chop=0]", "Upgrade: websocket\r\n");
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\n"), "{answer}");
    assert!(answer.contains(&format!("did you mean `{PING}`?")), "{answer}");
    let answer = serving.ask("/%1b%5b31m<b>", "");
    assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain"), "{answer}");
    assert!(!answer.contains('\u{1b}'), "{answer}");
    let answer = serving.ask(&format!("/case/{PING}"), "");
    assert!(answer.starts_with("HTTP/1.1 426 Upgrade Required\r\n"), "{answer}");
}

#[test]
fn what_a_client_came_to_is_kept_under_its_name() {
    let serving = Serving::start();
    assert!(serving.ask("/verdicts?agent=me", "").starts_with("HTTP/1.1 404 Not Found\r\n"));
    // A request without its key breaks a rule in any case.
    let answer = serving.ask(&format!("/case/{PING}?agent=me"), "Upgrade: websocket\r\n");
    assert!(!answer.starts_with("HTTP/1.1 404"), "{answer}");
    let verdicts = loop {
        let answer = serving.ask("/verdicts?agent=me", "");
        if answer.starts_with("HTTP/1.1 200 OK\r\n") {
            break answer;
        }
    };
    assert!(verdicts.contains("\"verdict\":\"fail\""), "{verdicts}");
}

#[test]
fn a_page_from_elsewhere_plays_nothing_and_reads_nothing() {
    let refused = "HTTP/1.1 403 Forbidden\r\n";
    let serving = Serving::start();
    let foreign = "Origin: https://evil.example\r\n";
    for resource in [format!("/case/{PING}?agent=me"), "/next/me".to_owned()] {
        let answer = serving.ask(&resource, &format!("Upgrade: websocket\r\n{foreign}"));
        assert!(answer.starts_with(refused) && answer.contains("--allow-origin"), "{answer}");
    }
    assert!(serving.ask("/agents", foreign).starts_with(refused));
    assert!(serving.ask("/agents", "").ends_with("[]"), "no case was played");
    let serving = Serving::with(&[FAMILY, "--allow-origin", "https://evil.example"]);
    assert!(serving.ask("/agents", foreign).starts_with("HTTP/1.1 200 OK\r\n"));
}

#[test]
fn a_port_that_is_taken_and_a_certificate_that_is_none_are_named() {
    let serving = Serving::start();
    let dir = folder("serve-bad");
    let output = wsspec(&dir, &["serve", "--listen", &serving.address]);
    assert_eq!(code(&output), 2);
    let said = format!("error: something listens on {} already", serving.address);
    assert!(stderr(&output).starts_with(&said), "{}", stderr(&output));
    let tls = ["serve", "--listen", "127.0.0.1:0", "--tls-cert", "none.pem", "--tls-key", "none.pem"];
    let output = wsspec(&dir, &tls);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).starts_with("error: cannot read `none.pem`: "), "{}", stderr(&output));
}

#[test]
fn a_browser_runs_every_case_and_ends_in_the_report() {
    let serving = Serving::start();
    let page = format!("http://{}/?agent=me", serving.address);
    let cases: Value = serde_json::from_str(body(&serving.ask("/cases", ""))).unwrap();
    let cases = cases.as_array().unwrap().len();
    browse(DESK, |client| async move {
        client.goto(&page).await.unwrap();
        client.find(Locator::Id("start")).await.unwrap().click().await.unwrap();
        client.wait().for_element(Locator::Css("[data-part=status]")).await.unwrap();
        assert!(client.current_url().await.unwrap().as_str().ends_with("/report?agent=me"));
        keep(&client, "serve-report").await;
        client.goto(&page).await.unwrap();
        let cell = |number: usize| format!("#rows tr td:nth-child({number})");
        client.wait().for_element(Locator::Css(&cell(3))).await.unwrap();
        let mut row = Vec::new();
        for number in 1..=3 {
            let cell = client.find(Locator::Css(&cell(number))).await.unwrap();
            row.push(cell.text().await.unwrap());
        }
        assert_eq!(row, ["me".to_owned(), cases.to_string(), "0".to_owned()]);
        keep(&client, "serve").await;
        client.find(Locator::LinkText("Page")).await.unwrap().click().await.unwrap();
        client.wait().for_element(Locator::Css("[data-part=status]")).await.unwrap();
    });
}

#[test]
fn the_next_case_is_another_until_each_was_played_and_each_failure_confirmed() {
    let serving = Serving::start();
    let cases: Value = serde_json::from_str(body(&serving.ask("/cases", ""))).unwrap();
    // A request without a key breaks a rule, whatever the case. A failure is played again.
    for _ in 0..2 * cases.as_array().unwrap().len() {
        let answer = serving.ask("/next/me", "Upgrade: websocket\r\n");
        assert!(!answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    let answer = serving.ask("/next/me", "Upgrade: websocket\r\n");
    assert!(answer.starts_with("HTTP/1.1 410 Gone\r\n"), "{answer}");
    let agents = loop {
        let agents: Value = serde_json::from_str(body(&serving.ask("/agents", ""))).unwrap();
        if agents[0]["cases"] == cases.as_array().unwrap().len() {
            break agents;
        }
    };
    assert_eq!(agents, json!([{ "agent": "me", "cases": agents[0]["cases"], "failed": agents[0]["cases"] }]));
    let page = serving.ask("/report?agent=me", "");
    assert!(page.starts_with("HTTP/1.1 200 OK\r\nContent-Type: text/html"), "{page}");
}

#[test]
fn a_client_that_sends_nothing_back_is_not_failed_for_that() {
    let serving = Serving::with(&["rfc6455/5.6/*", "--timeout", "200ms"]);
    let cases: Value = serde_json::from_str(body(&serving.ask("/cases", ""))).unwrap();
    let cases = cases.as_array().unwrap().len();
    let request = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    thread::scope(|scope| {
        for _ in 0..cases {
            scope.spawn(|| assert!(serving.ask("/next/mute", request).starts_with("HTTP/1.1 ")));
        }
    });
    let verdicts = loop {
        let agents: Value = serde_json::from_str(body(&serving.ask("/agents", ""))).unwrap();
        if agents[0]["cases"] == cases {
            break serving.ask("/verdicts?agent=mute", "");
        }
    };
    assert!(verdicts.matches("\"verdict\":\"skip\"").count() >= 8, "{verdicts}");
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}
