//! Which trials test an intermediary, such as a reverse proxy, or one that opens tunnels by CONNECT or SOCKS, with one end of ours on either side.

use std::sync::Arc;

use wsspec_notation::{Expected, Http2Spec, Script, Sending, Step, Strength};
use wsspec_wire::Role;

use crate::{
    case::Need,
    catalogue::Catalogue,
    extra::Extra,
    filter::Filter,
    http1::is_about_http1,
    intermediary_kind::IntermediaryKind,
    plan::{Plan, Trial},
};

/// Rules for what a gateway sends to a server of HTTP/1.1: the key of the upgrade, and cookies in one field.
const OF_HTTP1_BEHIND: [&str; 2] = ["intermediaries#8441.5:3", "intermediaries#9113.8.2.3:1"];

/// Whether a server ends its half before it has answered: on a stream, that is malformed, and whoever reads it may end the
/// connection with all other streams.
fn ends_unanswered(behind: &Script) -> bool {
    let mut sendings = behind.walk().filter_map(|line| match &line.step {
        Step::Send(sending) => Some(sending),
        _ => None,
    });
    matches!(sendings.next(), Some(Sending::Eof))
}

/// Whether we end our half and still want an answer. Once one half has ended, an intermediary may end both (RFC 9110, 9.3.6).
fn wants_answer_behind_end(script: &Script) -> bool {
    let mut has_ended = false;
    script.walk().any(|line| match &line.step {
        Step::Send(Sending::Eof | Sending::Http2(Http2Spec::Data { ends: true, .. })) => {
            has_ended = true;
            false
        }
        Step::Expect(expectation) => {
            let is_end = |expected: &Expected| matches!(expected, Expected::Eof | Expected::Reset);
            has_ended && expectation.strength == Strength::Must && !expectation.expected().all(is_end)
        }
        _ => false,
    })
}

impl Plan {
    /// The trials for an intermediary in front of a server, of those that `filter` selects: the ones about intermediaries of
    /// this kind, and the ones about servers that say something about both connections once they are open, or about HTTP/2,
    /// which only one that speaks it can play. These use one connection, and need no look at the server's process.
    pub fn through_intermediary(
        catalogue: &Catalogue,
        filter: &Filter,
        seed: u64,
        kind: IntermediaryKind,
    ) -> Self {
        let requirements = Arc::new(catalogue.requirements.clone());
        let trials = catalogue
            .members()
            .filter(|(case, member)| case.roles.contains(&Role::Server) && filter.selects(case, member))
            .map(|(case, member)| {
                (member.intermediary(), Arc::new(Trial::of(case, member, seed, &requirements)))
            })
            .filter(|(about, trial)| match about {
                Some(about) => *about == kind,
                None => {
                    trial.is_about_open_connection()
                        || kind == IntermediaryKind::Reverse && trial.is_about_http2()
                }
            })
            .map(|(_, trial)| trial)
            .collect();
        Self { trials }
    }
}

impl Trial {
    /// Whether it tests a server of HTTP/2, which a gateway is for its clients, and nothing behind it.
    #[must_use]
    pub fn is_about_http2(&self) -> bool {
        self.needs.contains(&Need::Http2)
            && !self.script.is_on_both_sides()
            && self.script.connections() == 1
            && !wants_answer_behind_end(&self.script)
            && self.script.streams().is_empty()
    }

    /// Whether what it has in front of an intermediary is about HTTP/1.1, so that nothing else can carry it.
    #[must_use]
    pub fn is_about_http1_in_front(&self) -> bool {
        match self.script.is_on_both_sides() {
            true => Self { script: self.script.in_front().into(), ..self.clone() }.is_about_http1(),
            false => self.is_about_http1(),
        }
    }

    /// Whether what it has behind an intermediary is about HTTP/1.1, so that nothing else can carry it.
    #[must_use]
    pub fn is_about_http1_behind(&self) -> bool {
        let behind = self.script.behind();
        self.script.is_on_both_sides()
            && (OF_HTTP1_BEHIND.contains(&self.requirement.as_str())
                || is_about_http1(&behind)
                || ends_unanswered(&behind))
    }

    fn is_about_open_connection(&self) -> bool {
        let script = &self.script;
        script.layer().is_none()
            && !script.does_handshake()
            && !script.measures()
            && !script.terminates()
            && script.connections() == 1
            && self.uri.is_none()
            && self.certificate.is_none()
            && !matches!(self.extra, Some(Extra::Resources | Extra::Throughput))
            && !self.needs.iter().any(|need| matches!(need, Need::Http2 | Need::Http3))
    }
}

#[cfg(test)]
mod tests {
    use wsspec_wire::RequirementId;

    use super::*;

    #[test]
    fn an_answer_behind_the_end_of_our_half_may_get_lost() {
        let wants = |script: &str| wants_answer_behind_end(&script.parse().unwrap());
        assert!(wants("> data \"a\" +end\n< close\n<? eof\n"));
        assert!(wants("> eof\n< close |? eof\n"));
        assert!(!wants("> eof\n< eof\n"));
        assert!(!wants("> data \"a\"\n< close\n> eof\n<? text \"a\"\n"));
    }

    #[test]
    fn what_a_server_of_http1_alone_can_do_is_not_played_behind_http2() {
        let about = |requirement: &'static str, script: &str| {
            Trial::new("a", RequirementId::from_static(requirement), script.parse().unwrap())
                .is_about_http1_behind()
        };
        let rule = "intermediaries#6455.5.4:1";
        let opened = "front > request\nback < request\nback > accepted\nfront < accepted\n";
        assert!(!about(rule, opened));
        assert!(!about(rule, &format!("{opened}back > eof\n")));
        assert!(about("intermediaries#9113.8.2.3:1", opened));
        for script in [
            "front > request\nback < request\nback > eof\nfront < eof\n",
            "front > request\nback < request\nback > raw \"no\"\nfront < eof\n",
            "front > request\nback < request\nback > response 403\n>   Connection: close\nfront < response 4xx\n",
            "front > request\nback < request\n<   Sec-WebSocket-Key:\nback > accepted\nfront < accepted\n",
        ] {
            assert!(about(rule, script), "{script}");
        }
    }
}
