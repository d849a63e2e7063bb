//! Servers that refuse: an offer that must be declined is declined by any answer that does not name it.

mod common;

use common::{Cut, Other, named, play, server_plan, setup};
use wsspec_catalogue::{IdGlob, Trial};
use wsspec_peer::{Habit, Peer, PeerOutput};
use wsspec_record::Verdict;

/// Cases whose offer a server must decline (RFC 7692, section 7).
const DECLINED: &[&str] = &[
    "rfc7692/5/no-acceptable-offer",
    "rfc7692/7/unknown-parameter",
    "rfc7692/7/unknown-among-known",
    "rfc7692/7/repeated-parameter",
    "rfc7692/7/repeated-with-another-value",
    "rfc7692/7.1.1/server-takeover-with-a-value",
    "rfc7692/7.1.1/client-takeover-with-a-value",
    "rfc7692/7.1.2/server-bits-without-value",
    "rfc7692/7.1.2/server-bits-out-of-range",
    "rfc7692/7.1.2/server-bits-not-a-number",
    "rfc7692/7.1.2/client-bits-invalid",
];

/// Answers the first request with given bytes, and ends the connection.
struct Refusing(Option<&'static str>, Vec<PeerOutput>);

impl Other for Refusing {
    fn receive(&mut self, _: &[u8]) {
        if let Some(answer) = self.0.take() {
            self.1 = vec![PeerOutput::Write(answer.as_bytes().to_vec().into()), PeerOutput::Close];
        }
    }

    fn end(&mut self) {}

    fn take(&mut self) -> Vec<PeerOutput> {
        std::mem::take(&mut self.1)
    }
}

fn verdict(trial: &std::sync::Arc<Trial>, answer: &'static str) -> &'static str {
    play(trial, &setup(), &mut Refusing(Some(answer), Vec::new()), Cut::Whole).verdict.word()
}

#[test]
fn a_refusal_of_any_kind_declines_an_offer() {
    let plan = server_plan();
    for case in DECLINED {
        let glob = IdGlob::parse(case).unwrap();
        let trials: Vec<_> = plan.trials.iter().filter(|trial| glob.fits(&trial.id)).collect();
        assert!(!trials.is_empty(), "no trial of {case}");
        for trial in trials {
            for answer in [
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
            ] {
                assert_eq!(verdict(trial, answer), "lenient", "{}: {answer}", trial.id);
            }
        }
    }
}

#[test]
fn what_only_an_open_connection_can_bring_is_not_asked_of_one_that_was_not_opened() {
    const REFUSAL: &str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    let opening = "> request\n< accepted |? response 4xx |? eof\n";
    let rests = [
        "> text \"t\"\n< text \"t\"\nfinish\n",
        "> text \"\\xFF\"\n< fail 1007\n",
        "> ping \"p\"\n<? pong \"p\"\n",
        "> close 1000\n< close 1000\n< eof\n",
    ];
    for rest in rests {
        let trial = common::trial(&format!("{opening}{rest}"));
        for answer in ["", REFUSAL] {
            let verdict = play(&trial, &setup(), &mut Refusing(Some(answer), Vec::new()), Cut::Whole).verdict;
            let Verdict::Lenient { notes } = verdict else { panic!("{rest}: {answer}: {verdict:?}") };
            assert_eq!(notes.len(), 1, "{rest}: {answer}: {notes:?}");
        }
    }
}

#[test]
fn a_refusal_of_a_good_offer_is_a_failure() {
    let plan = server_plan();
    let trial = plan.trials.iter().find(|trial| trial.id == "rfc7692/7.1.2/server-bits[bits=8]").unwrap();
    let answer = "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(verdict(trial, answer), "fail");
}

/// The rule that a server breaks by an answer to the opening handshake of that trial.
fn broken(id: &str, answer: &'static str) -> Vec<String> {
    let plan = server_plan();
    let trial = plan.trials.iter().find(|trial| trial.id == id).unwrap();
    named(&play(trial, &setup(), &mut Refusing(Some(answer), Vec::new()), Cut::Whole).verdict)
}

#[test]
fn who_accepts_what_must_be_refused_breaks_the_rule_about_that_whatever_else_is_wrong_with_the_answer() {
    let bare = "HTTP/1.0 101 Switching Protocols\r\n\r\n";
    assert_eq!(broken("rfc6455/4.2.1/http-below-1-1[version=HTTP/1.0]", bare), ["rfc6455#4.2.1:7"]);
    assert_eq!(broken("rfc6455/4.2.1/host-missing", bare), ["rfc6455#4.2.1:11"]);
}

#[test]
fn a_server_that_takes_any_version_is_not_blamed_for_the_look_of_a_refusal() {
    let refusal = "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\r\n";
    assert_eq!(broken("rfc6455/4.4/refusal-names-the-versions", refusal), ["rfc6455#4.4:3"]);
    let accepts = "HTTP/1.1 101 Switching Protocols\r\n\r\n";
    assert_eq!(broken("rfc6455/4.4/refusal-names-the-versions", accepts), ["rfc6455#4.2.1:25"]);
}

#[test]
fn what_refers_back_says_nothing_of_a_server_that_asked_for_messages_that_do_not() {
    let plan = server_plan();
    let id = "rfc7692/7.2/distance-of-32768-over-messages";
    let trial = plan.trials.iter().find(|trial| trial.id == id).unwrap();
    let mut peer = Peer::with_habit(Habit::TakesNoContextOver);
    assert_eq!(play(trial, &setup(), &mut peer, Cut::Whole).verdict.word(), "skip");
    assert_eq!(play(trial, &setup(), &mut Peer::new(), Cut::Whole).verdict.word(), "pass");
}

/// A server that sends a text instead of failing the connection.
struct GoesOn {
    peer: Peer,
    text: &'static [u8],
}

impl Other for GoesOn {
    fn receive(&mut self, bytes: &[u8]) {
        self.peer.receive(bytes);
    }

    fn end(&mut self) {
        self.peer.end();
    }

    fn take(&mut self) -> Vec<PeerOutput> {
        let out = self.peer.take();
        match out.contains(&PeerOutput::Close) {
            true => vec![PeerOutput::Write(self.text.into())],
            false => out,
        }
    }
}

#[test]
fn who_takes_a_frame_that_it_must_refuse_breaks_the_rule_about_that_whatever_it_sends_back() {
    let plan = server_plan();
    let broken = |id: &str, text| {
        let trial = plan.trials.iter().find(|trial| trial.id.starts_with(id)).unwrap();
        named(&play(trial, &setup(), &mut GoesOn { peer: Peer::new(), text }, Cut::Whole).verdict)
    };
    for text in [b"\x81\x01a", b"\x81\x01\x80"] {
        assert_eq!(broken("rfc6455/5.1/unmasked-first-fragment", text), ["rfc6455#5.1:3"]);
    }
    assert_eq!(broken("rfc6455/8.1/fail-fast-after-a-bad-fragment", b"\x81\x01\x80"), ["rfc6455#8.1:2"]);
}
