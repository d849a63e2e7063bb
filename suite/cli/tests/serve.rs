//! `wsspec serve`: what stands where, and what is wrong said plainly.

#![allow(clippy::unwrap_used, reason = "these are tests, their helpers too")]
#![cfg(unix)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

mod common;

use common::{code, folder, stderr, wsspec};

const FAMILY: &str = "rfc6455/5.4/ping-between-fragments";
const PING: &str = "rfc6455/5.4/ping-between-fragments[chop=0]";

struct Serving {
    child: Child,
    address: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wsspec"))
            .args(["serve", "--listen", "127.0.0.1:0", FAMILY])
            .current_dir(folder("serve"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on ws://").unwrap().split('/').next().unwrap().to_owned();
        Self { child, address }
    }

    /// The answer to a request for a resource.
    fn ask(&self, resource: &str, fields: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {resource} HTTP/1.1\r\nHost: a\r\n{fields}\r\n").unwrap();
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
    // A request that lacks its key breaks a rule in any case.
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
    assert!(stderr(&output).starts_with("error: `none.pem` is not a PEM file"), "{}", stderr(&output));
}
