//! Both connections of a proxy that opens tunnels, compared octet by octet.

use std::time::Duration;

use wsspec_capture::{ObservedEnd, ProxyEnd, ProxyRelation, RelationViolation, TunnelViolation};
use wsspec_wire::Role;

const CONNECT: &[u8] = b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n";
const OPENED: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n";
const FRONT: ProxyEnd = ProxyEnd::Front;
const BACK: ProxyEnd = ProxyEnd::Back;

/// Both connections, and a clock that moves on with each thing that happens.
struct Tunnelled {
    relation: ProxyRelation,
    now: Duration,
}

impl Tunnelled {
    fn asking() -> Self {
        Self { relation: ProxyRelation::of_tunnel(true), now: Duration::ZERO }
    }

    fn open() -> Self {
        let mut tunnel = Self::asking();
        tunnel.saw(FRONT, Role::Client, CONNECT);
        tunnel.saw(FRONT, Role::Server, OPENED);
        tunnel
    }

    fn tick(&mut self) -> Duration {
        self.now += Duration::from_millis(1);
        self.now
    }

    fn saw(&mut self, end: ProxyEnd, from: Role, bytes: &[u8]) {
        let at = self.tick();
        self.relation.saw(end, from, bytes, at);
    }

    fn ended(&mut self, end: ProxyEnd, from: Role, how: ObservedEnd) {
        let at = self.tick();
        self.relation.ended(end, from, how, at);
    }

    /// The rules that are broken, and how many octets are awaited.
    fn found(&self) -> (Vec<String>, Option<String>) {
        let faults = self.relation.judge().into_iter().map(|fault| fault.violation.requirement().to_string());
        (faults.collect(), self.relation.awaited().map(|(end, what)| format!("{what} at {}", end.name())))
    }

    fn breaks(&self, requirement: &str) {
        assert_eq!(self.found().0, [requirement]);
    }
}

#[test]
fn octets_that_arrive_as_they_were_sent_are_no_fault() {
    let mut tunnel = Tunnelled::open();
    tunnel.saw(FRONT, Role::Client, b"\x00ab\r\n");
    assert_eq!(tunnel.found(), (Vec::new(), Some("5 octets at back".into())));
    tunnel.saw(BACK, Role::Client, b"\x00a");
    tunnel.saw(BACK, Role::Client, b"b\r\n");
    tunnel.saw(BACK, Role::Server, b"\xff");
    tunnel.saw(FRONT, Role::Server, b"\xff");
    assert_eq!(tunnel.found(), (Vec::new(), None));
}

#[test]
fn a_changed_octet_is_found_at_its_place() {
    let mut tunnel = Tunnelled::open();
    tunnel.saw(FRONT, Role::Client, b"abc");
    tunnel.saw(BACK, Role::Client, b"abd");
    let faults = tunnel.relation.judge();
    let [fault] = &faults[..] else { panic!("{faults:?}") };
    let changed = TunnelViolation::Changed(2, "c".into(), "d".into());
    assert_eq!((fault.end, &fault.violation), (BACK, &RelationViolation::Tunnel(changed)));
    tunnel.breaks("http-connect#9110.9.3.6:1");
}

#[test]
fn octets_that_nobody_has_sent_are_found() {
    let mut tunnel = Tunnelled::open();
    tunnel.saw(FRONT, Role::Server, b"hello");
    tunnel.breaks("http-connect#9110.9.3.6:1");
    let mut tunnel = Tunnelled::open();
    tunnel.saw(BACK, Role::Client, CONNECT);
    tunnel.breaks("http-connect#9110.9.3.6:1");
    let mut tunnel = Tunnelled::open();
    tunnel.saw(BACK, Role::Client, b"CONNECT a:1 HTTP/1.1\r\nproxy-AUTHORIZATION: x\r\n\r\n");
    tunnel.breaks("http-connect#9110.11.7.2:1");
}

#[test]
fn what_a_closed_end_had_sent_is_not_left_out() {
    let lost = |client_closes: bool, server_closes: bool, how: ObservedEnd| {
        let mut tunnel = Tunnelled::open();
        tunnel.saw(FRONT, Role::Client, b"abc");
        tunnel.saw(BACK, Role::Client, b"ab");
        if client_closes {
            tunnel.ended(FRONT, Role::Client, ObservedEnd::Eof);
        }
        if server_closes {
            tunnel.ended(BACK, Role::Server, ObservedEnd::Eof);
        }
        tunnel.ended(BACK, Role::Client, how);
        tunnel.found().0
    };
    assert_eq!(lost(true, false, ObservedEnd::Eof), ["http-connect#9110.9.3.6:2"]);
    // A tunnel that nobody has closed does not judge what comes through it.
    assert_eq!(lost(false, false, ObservedEnd::Eof), ["http-connect#9110.9.3.6:1"]);
    assert_eq!(lost(false, false, ObservedEnd::Reset), ["http-connect#9110.9.3.6:1"]);
    // What is on its way to an end that has closed its connection is discarded; a reset may destroy what was sent on.
    assert_eq!(lost(false, true, ObservedEnd::Eof), [""; 0]);
    assert_eq!(lost(true, false, ObservedEnd::Reset), [""; 0]);
}

#[test]
fn an_end_that_is_not_passed_on_is_found() {
    let mut tunnel = Tunnelled::open();
    tunnel.saw(FRONT, Role::Client, b"a");
    tunnel.saw(BACK, Role::Client, b"a");
    assert_eq!(tunnel.relation.unclosed(), None);
    tunnel.ended(FRONT, Role::Client, ObservedEnd::Eof);
    let kept = tunnel.relation.unclosed().unwrap();
    assert_eq!(kept.violation.requirement().as_str(), "http-connect#9110.9.3.6:3");
    assert!(kept.violation.is_silence());
    tunnel.ended(BACK, Role::Client, ObservedEnd::Eof);
    assert_eq!(tunnel.relation.unclosed(), None);
}

#[test]
fn what_is_sent_before_the_answer_may_be_left_out_but_not_changed() {
    let early = |arrived: &[u8]| {
        let mut tunnel = Tunnelled::asking();
        tunnel.saw(FRONT, Role::Client, &[CONNECT, b"early"].concat());
        tunnel.saw(FRONT, Role::Server, b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 299 OK\r\n\r\n");
        tunnel.saw(FRONT, Role::Client, b"later");
        tunnel.saw(BACK, Role::Client, arrived);
        tunnel.found()
    };
    assert_eq!(early(b"earlylater"), (Vec::new(), None));
    assert_eq!(early(b"later"), (Vec::new(), None));
    assert_eq!(early(b"earlier").0, ["http-connect#9110.9.3.6:1"]);
}

#[test]
fn nothing_arrives_after_a_refusal_until_a_tunnel_is_opened() {
    let refusal = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno";
    let mut tunnel = Tunnelled::asking();
    tunnel.saw(FRONT, Role::Client, &[CONNECT, b"early"].concat());
    tunnel.saw(FRONT, Role::Server, &refusal[..refusal.len() - 1]);
    assert_eq!(tunnel.found(), (Vec::new(), None));
    tunnel.saw(FRONT, Role::Client, CONNECT);
    tunnel.saw(FRONT, Role::Server, b"o");
    tunnel.saw(FRONT, Role::Server, OPENED);
    tunnel.saw(FRONT, Role::Client, b"x");
    tunnel.saw(BACK, Role::Client, b"x");
    assert_eq!(tunnel.found(), (Vec::new(), None));
    for is_before in [true, false] {
        let mut tunnel = Tunnelled::asking();
        tunnel.saw(FRONT, Role::Client, &[CONNECT, b"early"].concat());
        if is_before {
            tunnel.saw(BACK, Role::Client, b"early");
        }
        tunnel.saw(FRONT, Role::Server, refusal);
        if !is_before {
            tunnel.saw(BACK, Role::Client, b"early");
        }
        tunnel.breaks("http-connect#9110.9.3.6:8");
    }
    // A request of another kind may be passed on, as itself.
    let mut tunnel = Tunnelled::asking();
    tunnel.saw(FRONT, Role::Client, CONNECT);
    tunnel.saw(FRONT, Role::Server, refusal);
    tunnel.saw(BACK, Role::Client, b"GET / HTTP/1.1\r\n\r\n");
    assert_eq!(tunnel.found(), (Vec::new(), None));
}

#[test]
fn answers_are_judged_by_their_fields() {
    for (answer, requirement) in [
        ("200 OK\r\nTransfer-Encoding: chunked", "http-connect#9110.9.3.6:6"),
        ("204 No Content\r\ncontent-length: 0", "http-connect#9110.9.3.6:7"),
        ("407 Who\r\nContent-Length: 0", "http-connect#9110.11.7.1:1"),
    ] {
        let mut tunnel = Tunnelled::asking();
        tunnel.saw(FRONT, Role::Client, CONNECT);
        tunnel.saw(FRONT, Role::Server, format!("HTTP/1.1 {answer}\r\n\r\n").as_bytes());
        tunnel.breaks(requirement);
    }
}

#[test]
fn a_tunnel_that_leads_nowhere_should_not_have_been_opened() {
    let mut tunnel = Tunnelled::open();
    assert_eq!(tunnel.found().0, [""; 0]);
    tunnel.ended(FRONT, Role::Server, ObservedEnd::Eof);
    tunnel.breaks("http-connect#9110.9.3.6:5");
    // The client may have closed it first.
    let mut tunnel = Tunnelled::open();
    tunnel.ended(FRONT, Role::Client, ObservedEnd::Eof);
    tunnel.ended(FRONT, Role::Server, ObservedEnd::Eof);
    assert_eq!(tunnel.found().0, [""; 0]);
}
