//! Servers that refuse: an offer that must be declined is declined by any answer that does not name it.

mod common;

use common::{Cut, Other, play, server_plan, setup};
use wsspec_catalogue::{IdGlob, Trial};
use wsspec_peer::PeerOutput;

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
fn a_refusal_of_a_good_offer_is_a_failure() {
    let plan = server_plan();
    let trial = plan.trials.iter().find(|trial| trial.id == "rfc7692/7.1.2/server-bits[bits=8]").unwrap();
    let answer = "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(verdict(trial, answer), "fail");
}
