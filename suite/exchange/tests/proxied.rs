//! Scripts that ask a proxy for a tunnel: what they send, and whose rules a wrong answer breaks.

use std::sync::Arc;

mod common;

use bytes::Bytes;
use common::{Cut, Other, named, play, setup, trial};
use wsspec_exchange::{Setup, TunnelSettings};
use wsspec_peer::{Peer, PeerOutput};
use wsspec_record::Verdict;

/// A proxy that answers each request in the order given, and behind the last answer an echo server.
struct AnsweringProxy {
    answers: Vec<&'static str>,
    requests: Vec<Bytes>,
    peer: Peer,
    out: Vec<PeerOutput>,
}

impl AnsweringProxy {
    fn new(answers: &[&'static str]) -> Self {
        let answers = answers.iter().rev().copied().collect();
        Self { answers, requests: Vec::new(), peer: Peer::new(), out: Vec::new() }
    }
}

impl Other for AnsweringProxy {
    fn receive(&mut self, bytes: &[u8]) {
        match self.answers.pop() {
            Some(answer) => {
                self.requests.push(Bytes::copy_from_slice(bytes));
                self.out.push(PeerOutput::Write(format!("HTTP/1.1 {answer}").into()));
            }
            None => self.peer.receive(bytes),
        }
    }

    fn end(&mut self) {
        self.peer.end();
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        let mut out = std::mem::take(&mut self.out);
        out.extend(self.peer.take());
        out
    }
}

fn proxied() -> Arc<Setup> {
    let fields = vec![("Proxy-Authorization".to_owned(), "Basic x".to_owned())];
    let tunnel = TunnelSettings { host: "::1".into(), port: 9000, fields };
    Arc::new(Setup { tunnel: Some(tunnel), ..(*setup()).clone() })
}

/// The verdict, and what the proxy was asked.
fn played(script: &str, answers: &[&'static str]) -> (Verdict, Vec<Bytes>) {
    let mut proxy = AnsweringProxy::new(answers);
    let verdict = play(&trial(script), &proxied(), &mut proxy, Cut::Every(5)).verdict;
    (verdict, proxy.requests)
}

#[test]
fn a_tunnel_is_asked_for_and_carries_the_opening_handshake() {
    let script = "> request CONNECT\n< response 2xx\n> request\n< accepted\nalive\nfinish\n";
    let (verdict, requests) = played(script, &["299 OK\r\nContent-Length: 7\r\n\r\n"]);
    assert_eq!(verdict, Verdict::Pass);
    let usual = "CONNECT [::1]:9000 HTTP/1.1\r\nHost: [::1]:9000\r\nProxy-Authorization: Basic x\r\n\r\n";
    assert_eq!(requests, [usual]);
}

#[test]
fn targets_have_parts_of_the_servers_address() {
    let script = "> request CONNECT {host}:{wrapped} HTTP/1.0\n>   -Proxy-Authorization\n< response 400\n\
        > request CONNECT \"{host}:x\"\n>   -Host\n< response 400\n> request CONNECT x{port}\n< response 400\n";
    let refusal = "400 X\r\nContent-Length: 2\r\n\r\nno";
    let (verdict, requests) = played(script, &[refusal; 3]);
    assert_eq!(verdict, Verdict::Pass);
    let first = "CONNECT [::1]:74536 HTTP/1.0\r\nHost: [::1]:74536\r\n\r\n";
    let second = "CONNECT [::1]:x HTTP/1.1\r\nProxy-Authorization: Basic x\r\n\r\n";
    let third = "CONNECT x9000 HTTP/1.1\r\nHost: x9000\r\nProxy-Authorization: Basic x\r\n\r\n";
    assert_eq!(requests, [first, second, third]);
}

#[test]
fn a_wrong_answer_breaks_the_rule_of_the_case() {
    for (script, answer) in [
        ("> request CONNECT\n< response 400\n", "200 OK\r\n\r\n"),
        ("> request CONNECT\n< response 2xx\n", "400 X\r\nContent-Length: 0\r\n\r\n"),
    ] {
        let (verdict, _) = played(script, &[answer]);
        assert!(verdict.is_fail());
        assert_eq!(named(&verdict), ["rfc6455#5.5.2:2"], "{script}");
    }
}
