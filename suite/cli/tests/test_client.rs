//! `wsspec test-client`: what becomes of clients that cannot be tested, and of what they leave behind.

#![allow(clippy::unwrap_used, reason = "these are tests, their helpers too")]
#![cfg(unix)]

mod common;

use common::{code, folder, stderr, stdout, wsspec};

const PING: &str = "rfc6455/5.4/ping-between-fragments";

fn tested(name: &str, command: &str) -> (i32, String) {
    let dir = folder(&format!("test-client/{name}"));
    let output = wsspec(&dir, &["test-client", "--exec", command, "--connect-timeout", "300ms", PING]);
    (code(&output), format!("{}{}", stdout(&output), stderr(&output)))
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
    let alive = std::process::Command::new("kill").args(["-0", &child]).output().unwrap();
    assert!(!alive.status.success(), "process {child} is still there");
}
