//! Both connections of an intermediary, compared: what shows that something was lost, and what only looks like it.

use std::time::Duration;

use wsspec_capture::{ObservedEnd, ProxyEnd, ProxyRelation, RelationViolation};
use wsspec_exchange::{Carried, CarriedPart};
use wsspec_wire::{Field, Fields, Frame, Mask, Opcode, Opening, RequestHead, ResponseHead, Role, Version};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const RESPONSE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// Both connections, and a clock that moves on with each thing that happens.
struct Relayed {
    relation: ProxyRelation,
    now: Duration,
}

impl Relayed {
    fn open() -> Self {
        let mut relayed = Self { relation: ProxyRelation::default(), now: Duration::ZERO };
        for end in [ProxyEnd::Front, ProxyEnd::Back] {
            relayed.saw(end, Role::Client, REQUEST);
        }
        for end in [ProxyEnd::Back, ProxyEnd::Front] {
            relayed.saw(end, Role::Server, RESPONSE);
        }
        relayed
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

    /// The client's frame, at either end.
    fn client(&mut self, end: ProxyEnd, opcode: Opcode, payload: &'static str) {
        let mut bytes = Vec::new();
        Frame::new(opcode, payload).with_mask(Mask([1, 2, 3, 4])).encode(&mut bytes);
        self.saw(end, Role::Client, &bytes);
    }

    fn server(&mut self, end: ProxyEnd, opcode: Opcode, payload: &'static str) {
        let mut bytes = Vec::new();
        Frame::new(opcode, payload).encode(&mut bytes);
        self.saw(end, Role::Server, &bytes);
    }

    /// The end and the rule of each fault, and whether something may still arrive.
    fn found(&self) -> (Vec<(&'static str, String)>, bool) {
        let faults = self.relation.judge();
        let named = faults.iter().map(|fault| (fault.end.name(), fault.violation.requirement().to_string()));
        (named.collect(), self.relation.awaited().is_some())
    }
}

const NOTHING: (Vec<(&str, String)>, bool) = (Vec::new(), false);

#[test]
fn an_offer_of_compression_that_does_not_arrive_is_declined() {
    const OFFER: &str = "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
    let head = |head: &[u8], offers: bool| {
        let text = std::str::from_utf8(head).unwrap().trim_end();
        format!("{text}\r\n{}", if offers { OFFER } else { "\r\n" }).into_bytes()
    };
    let declines = |offered: [bool; 2], accepted: [bool; 2]| {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        for (number, end) in [ProxyEnd::Front, ProxyEnd::Back].into_iter().enumerate() {
            relayed.saw(end, Role::Client, &head(REQUEST, offered[number]));
        }
        for (number, end) in [ProxyEnd::Front, ProxyEnd::Back].into_iter().enumerate() {
            relayed.saw(end, Role::Server, &head(RESPONSE, accepted[number]));
        }
        relayed.relation.declines_deflate()
    };
    assert!(declines([true, false], [false, false]));
    assert!(!declines([true, true], [false, true]), "the answer was dropped");
    assert!(!declines([true, true], [false, false]), "the server declines");
    assert!(!declines([true, false], [true, false]), "it compresses in front alone");
    assert!(!declines([false, false], [false, false]), "nothing was offered");
}

#[test]
fn what_arrives_as_it_was_sent_breaks_nothing() {
    let mut relayed = Relayed::open();
    relayed.client(ProxyEnd::Front, Opcode::TEXT, "a");
    relayed.client(ProxyEnd::Back, Opcode::TEXT, "a");
    relayed.server(ProxyEnd::Back, Opcode::TEXT, "a");
    relayed.server(ProxyEnd::Front, Opcode::TEXT, "a");
    assert_eq!(relayed.found(), NOTHING);
}

#[test]
fn a_message_is_lost_only_once_a_later_one_arrives() {
    let mut relayed = Relayed::open();
    relayed.client(ProxyEnd::Front, Opcode::TEXT, "a");
    relayed.now += Duration::from_secs(600);
    assert_eq!(relayed.found(), (Vec::new(), true));
    let fence = relayed.relation.fence().unwrap();
    relayed.saw(ProxyEnd::Front, Role::Client, &fence);
    assert_eq!(relayed.found(), (Vec::new(), true));
    relayed.saw(ProxyEnd::Back, Role::Client, &fence);
    assert_eq!(relayed.found().0, [("back", "intermediaries#6455.5.4:3".to_owned())]);
}

#[test]
fn a_close_frame_is_lost_once_a_later_ping_arrives() {
    let mut relayed = Relayed::open();
    relayed.client(ProxyEnd::Front, Opcode::CLOSE, "");
    let fence = relayed.relation.fence().unwrap();
    relayed.saw(ProxyEnd::Front, Role::Client, &fence);
    assert_eq!(relayed.found(), (Vec::new(), true));
    relayed.saw(ProxyEnd::Back, Role::Client, &fence);
    assert_eq!(relayed.found().0, [("back", "intermediaries#6455.5.4:4".to_owned())]);
}

#[test]
fn what_came_before_the_end_is_lost_unless_nobody_is_there_to_get_it() {
    for (how, left_first, lost) in
        [(ObservedEnd::Eof, false, true), (ObservedEnd::Eof, true, false), (ObservedEnd::Reset, false, false)]
    {
        let mut relayed = Relayed::open();
        relayed.server(ProxyEnd::Back, Opcode::TEXT, "a");
        if left_first {
            relayed.ended(ProxyEnd::Front, Role::Client, ObservedEnd::Eof);
        }
        relayed.ended(ProxyEnd::Front, Role::Server, how);
        let fault = ("front", "intermediaries#6455.5.4:4".to_owned());
        let expected = if lost { vec![fault] } else { Vec::new() };
        assert_eq!(relayed.found(), (expected, false), "{how:?} {left_first}");
    }
}

#[test]
fn an_intermediary_may_refuse_what_is_too_much_for_it() {
    static MUCH: [u8; 8192] = [b'*'; 8192];
    let much = std::str::from_utf8(&MUCH).unwrap();
    for (code, message, allowed) in [
        (Some(1009), "a", true),
        (Some(1008), "a", true),
        (Some(1000), "a", false),
        (Some(1002), "a", false),
        (None, much, true),
        (None, "a", false),
    ] {
        let mut relayed = Relayed::open();
        relayed.client(ProxyEnd::Front, Opcode::TEXT, message);
        match code {
            Some(code) => {
                let mut bytes = Vec::new();
                Frame::new(Opcode::CLOSE, u16::to_be_bytes(code).to_vec())
                    .with_mask(Mask([1, 2, 3, 4]))
                    .encode(&mut bytes);
                relayed.saw(ProxyEnd::Back, Role::Client, &bytes);
            }
            None => relayed.ended(ProxyEnd::Back, Role::Client, ObservedEnd::Eof),
        }
        assert_eq!(relayed.relation.judge().is_empty(), allowed, "{code:?} {message:.4}");
    }
}

#[test]
fn nothing_is_missed_by_an_end_that_has_sent_its_close_frame() {
    let mut relayed = Relayed::open();
    relayed.server(ProxyEnd::Back, Opcode::CLOSE, "");
    relayed.client(ProxyEnd::Front, Opcode::TEXT, "late");
    relayed.server(ProxyEnd::Front, Opcode::CLOSE, "");
    relayed.client(ProxyEnd::Front, Opcode::CLOSE, "");
    relayed.client(ProxyEnd::Back, Opcode::CLOSE, "");
    assert_eq!(relayed.found(), NOTHING);
}

#[test]
fn a_close_frame_that_arrives_before_its_like_was_sent_is_not_that_one() {
    let mut relayed = Relayed::open();
    relayed.client(ProxyEnd::Back, Opcode::CLOSE, "");
    relayed.client(ProxyEnd::Front, Opcode::CLOSE, "");
    let [fault] = &relayed.relation.judge()[..] else { panic!("{:?}", relayed.relation.judge()) };
    assert!(matches!(fault.violation, RelationViolation::ClosedUnasked(..)), "{fault:?}");
}

#[test]
fn faults_may_be_passed_on_or_refused_and_nothing_else() {
    let broken = |came: Option<(Opcode, &'static str)>| {
        let mut relayed = Relayed::open();
        let mut bytes = Vec::new();
        Frame::new(Opcode::TEXT, &b"\xff"[..]).with_mask(Mask([0; 4])).encode(&mut bytes);
        relayed.saw(ProxyEnd::Front, Role::Client, &bytes);
        match came {
            Some((opcode, payload)) => relayed.client(ProxyEnd::Back, opcode, payload),
            None => relayed.saw(ProxyEnd::Back, Role::Client, &bytes),
        }
        relayed.found().0
    };
    assert_eq!(broken(None), []);
    assert_eq!(broken(Some((Opcode::CLOSE, ""))), []);
    let repaired = ("back", "intermediaries#6455.7.1.7:1".to_owned());
    // Octets that look like text which was not masked, as it happens with some keys.
    let looks = |key: [u8; 4]| {
        let mut bytes = Vec::new();
        Frame::new(Opcode::TEXT, &b"\xdd\xde\xd7\xd6\xd1\xd2\xdb\xda"[..])
            .with_mask(Mask(key))
            .encode(&mut bytes);
        bytes
    };
    let mut relayed = Relayed::open();
    relayed.saw(ProxyEnd::Front, Role::Client, &looks([0xb2; 4]));
    relayed.saw(ProxyEnd::Back, Role::Client, &looks([0x01; 4]));
    assert_eq!(relayed.found().0, []);
    assert_eq!(broken(Some((Opcode::TEXT, "\u{fffd}"))), [repaired]);
}

#[test]
fn a_connection_whose_other_one_is_closed_is_kept_open_until_it_ends() {
    let mut relayed = Relayed::open();
    assert_eq!(relayed.relation.unclosed(), None);
    relayed.ended(ProxyEnd::Front, Role::Client, ObservedEnd::Eof);
    let kept = relayed.relation.unclosed().unwrap();
    assert_eq!((kept.end, kept.violation), (ProxyEnd::Back, RelationViolation::EndNotPassed));
    relayed.ended(ProxyEnd::Back, Role::Client, ObservedEnd::Eof);
    assert_eq!(relayed.relation.unclosed(), None);
}

#[test]
fn nothing_that_follows_a_refused_request_may_arrive() {
    let refusal = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n";
    let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
    relayed.saw(ProxyEnd::Front, Role::Client, REQUEST);
    relayed.saw(ProxyEnd::Back, Role::Client, REQUEST);
    relayed.saw(ProxyEnd::Back, Role::Server, refusal);
    assert!(!relayed.relation.is_refused());
    relayed.saw(ProxyEnd::Front, Role::Server, refusal);
    assert!(relayed.relation.is_refused());
    let fence = relayed.relation.fence().unwrap();
    relayed.saw(ProxyEnd::Front, Role::Client, &fence);
    assert_eq!(relayed.found(), NOTHING);
    relayed.saw(ProxyEnd::Back, Role::Client, &fence);
    assert_eq!(relayed.found().0, [("back", "intermediaries#9110.7.8:1".to_owned())]);
}

#[test]
fn a_close_frame_that_answers_ours_may_have_another_code() {
    let closed = |answered: bool| {
        let mut relayed = Relayed::open();
        if answered {
            relayed.client(ProxyEnd::Front, Opcode::CLOSE, "");
            relayed.client(ProxyEnd::Back, Opcode::CLOSE, "");
        }
        relayed.server(ProxyEnd::Back, Opcode::CLOSE, "");
        relayed.server(ProxyEnd::Front, Opcode::CLOSE, "\u{f}5");
        relayed.found().0
    };
    assert_eq!(closed(true), []);
    assert_eq!(closed(false), [("front", "intermediaries#6455.7.1.5:1".to_owned())]);
}

#[test]
fn a_frame_that_has_not_ended_may_be_refused() {
    let mut relayed = Relayed::open();
    relayed.saw(ProxyEnd::Front, Role::Client, b"\x89\xfe");
    relayed.client(ProxyEnd::Back, Opcode::CLOSE, "");
    assert_eq!(relayed.found(), NOTHING);
    let mut relayed = Relayed::open();
    relayed.client(ProxyEnd::Back, Opcode::CLOSE, "");
    assert_eq!(relayed.found().0, [("back", "intermediaries#6455.5.4:4".to_owned())]);
}

const REFUSAL: &[u8] = b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// The request as an intermediary may write it.
fn rewritten() -> Vec<u8> {
    [&REQUEST[..REQUEST.len() - 2], b"Via: 1.1 a\r\n\r\n"].concat()
}

#[test]
fn a_request_after_a_refused_one_may_be_passed_on_but_not_as_it_is() {
    let second = |came: &[u8]| {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.saw(ProxyEnd::Front, Role::Client, REQUEST);
        relayed.saw(ProxyEnd::Back, Role::Client, &rewritten());
        relayed.saw(ProxyEnd::Back, Role::Server, REFUSAL);
        relayed.saw(ProxyEnd::Front, Role::Server, REFUSAL);
        relayed.saw(ProxyEnd::Front, Role::Client, REQUEST);
        relayed.saw(ProxyEnd::Back, Role::Client, came);
        relayed.found().0
    };
    assert_eq!(second(&rewritten()), []);
    assert_eq!(second(REQUEST), [("back", "intermediaries#9110.7.8:1".to_owned())]);
}

#[test]
fn a_request_that_is_pipelined_is_not_a_tunnel() {
    let second = |came: &[u8]| {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.saw(ProxyEnd::Front, Role::Client, &[REQUEST, REQUEST].concat());
        relayed.saw(ProxyEnd::Back, Role::Client, &[&rewritten(), came].concat());
        relayed.saw(ProxyEnd::Back, Role::Server, REFUSAL);
        relayed.saw(ProxyEnd::Front, Role::Server, REFUSAL);
        relayed.found().0
    };
    assert_eq!(second(&rewritten()), []);
    assert_eq!(second(REQUEST), [("back", "intermediaries#9110.7.8:1".to_owned())]);
}

#[test]
fn a_101_is_unasked_if_the_server_has_already_refused() {
    for (refused_first, expected) in
        [(true, vec![("front", "intermediaries#9110.7.8:1".to_owned())]), (false, Vec::new())]
    {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.saw(ProxyEnd::Front, Role::Client, REQUEST);
        relayed.saw(ProxyEnd::Back, Role::Client, REQUEST);
        let mut answers = [(ProxyEnd::Back, REFUSAL), (ProxyEnd::Front, RESPONSE)];
        if !refused_first {
            answers.reverse();
        }
        answers.into_iter().for_each(|(end, answer)| relayed.saw(end, Role::Server, answer));
        assert_eq!(relayed.found().0, expected, "{refused_first}");
    }
}

#[test]
fn a_handshake_that_must_be_refused_is_passed_on_or_refused() {
    let without = |head: &[u8], name: &str| {
        let lines = std::str::from_utf8(head).unwrap().split_inclusive('\n');
        lines.filter(|line| !line.starts_with(name)).collect::<String>().into_bytes()
    };
    let accept = without(RESPONSE, "Sec-WebSocket-Accept");
    let answered = |came: &[u8]| {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.saw(ProxyEnd::Front, Role::Client, REQUEST);
        relayed.saw(ProxyEnd::Back, Role::Client, REQUEST);
        relayed.saw(ProxyEnd::Back, Role::Server, &accept);
        relayed.saw(ProxyEnd::Front, Role::Server, came);
        relayed.found().0
    };
    assert_eq!(answered(&accept), []);
    assert_eq!(answered(REFUSAL), []);
    assert_eq!(answered(RESPONSE), [("front", "intermediaries#6455.4.1:1".to_owned())]);
    let key = without(REQUEST, "Sec-WebSocket-Key");
    let upgrade = without(&key, "Upgrade");
    for (came, expected) in [
        (&key[..], Vec::new()),
        // A server may ignore Upgrade.
        (&upgrade[..], Vec::new()),
        (REQUEST, vec![("back", "intermediaries#6455.4.2.1:1".to_owned())]),
    ] {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.saw(ProxyEnd::Front, Role::Client, &key);
        relayed.saw(ProxyEnd::Back, Role::Client, came);
        assert_eq!(relayed.found().0, expected, "{:?}", String::from_utf8_lossy(came));
    }
}

#[test]
fn a_head_is_not_passed_on_with_what_recipients_read_differently() {
    for (field, requirement) in [
        ("A: b\r\n c", Some("intermediaries#9112.5.2:1")),
        ("A: b\rc", Some("intermediaries#9112.2.2:1")),
        ("Content-Length: 5\r\nTransfer-Encoding: chunked", Some("intermediaries#9112.6.3:1")),
        ("Transfer-Encoding: chunked", None),
    ] {
        let head = [&REQUEST[..REQUEST.len() - 2], field.as_bytes(), b"\r\n\r\n"].concat();
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.saw(ProxyEnd::Front, Role::Client, &head);
        assert_eq!(relayed.found(), NOTHING, "{field}");
        relayed.saw(ProxyEnd::Back, Role::Client, &head);
        let expected: Vec<_> = requirement.map(|id| ("back", id.to_owned())).into_iter().collect();
        assert_eq!(relayed.found().0, expected, "{field}");
    }
}

#[test]
fn what_was_sent_on_another_connection_is_foreign() {
    let named = |one: &Relayed, other: &Relayed| {
        one.relation.foreign(&other.relation).map(|fault| fault.violation.requirement().to_string())
    };
    let relayed = |sent: &'static str, came: &'static str| {
        let mut relayed = Relayed::open();
        relayed.client(ProxyEnd::Front, Opcode::TEXT, sent);
        relayed.client(ProxyEnd::Back, Opcode::TEXT, came);
        relayed
    };
    let (one, other) = (relayed("a", "a"), relayed("b", "a"));
    assert_eq!(named(&one, &other), None);
    assert_eq!(named(&other, &one).as_deref(), Some("intermediaries#9110.3.7:1"));
    let request = |name: &str| {
        let field = format!("Authorization: Basic {name}\r\n\r\n");
        [&REQUEST[..REQUEST.len() - 2], field.as_bytes()].concat()
    };
    let asked = |sent: &str, came: &str| {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.saw(ProxyEnd::Front, Role::Client, &request(sent));
        relayed.saw(ProxyEnd::Back, Role::Client, &request(came));
        relayed
    };
    // A gateway may have credentials of its own.
    assert_eq!(named(&asked("b", "gateway"), &asked("a", "gateway")), None);
    assert_eq!(named(&asked("b", "a"), &asked("a", "a")).as_deref(), Some("intermediaries#9110.3.3:1"));
}

#[test]
fn a_request_with_two_kinds_of_length_is_the_last_that_is_answered() {
    let fields = "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    let content = b"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nHTTP/1.\r\n0\r\n\r\n";
    for (first, second, breaks) in
        [(REFUSAL, REFUSAL, true), (REFUSAL, b"", false), (content, REFUSAL, true), (content, b"", false)]
    {
        let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
        let request = [&REQUEST[..REQUEST.len() - 2], fields.as_bytes(), REQUEST].concat();
        relayed.saw(ProxyEnd::Front, Role::Client, &request);
        [first, second].concat().chunks(5).for_each(|part| relayed.saw(ProxyEnd::Front, Role::Server, part));
        let expected = vec![("front", "intermediaries#9112.6.1:1".to_owned())];
        assert_eq!(relayed.found().0, if breaks { expected } else { Vec::new() }, "{breaks}");
    }
}

#[test]
fn a_client_that_cannot_upgrade_or_has_not_asked_for_it_gets_no_101() {
    let request = std::str::from_utf8(REQUEST).unwrap();
    for (request, requirement) in [
        (request.replace("Upgrade: websocket\r\n", ""), "intermediaries#9110.7.8:2"),
        (request.replace("HTTP/1.1", "HTTP/1.0"), "intermediaries#9110.15.2:2"),
    ] {
        let answered = |answer: &[u8]| {
            let mut relayed = Relayed { relation: ProxyRelation::default(), now: Duration::ZERO };
            relayed.saw(ProxyEnd::Front, Role::Client, request.as_bytes());
            relayed.saw(ProxyEnd::Front, Role::Server, answer);
            relayed.found().0
        };
        assert_eq!(answered(REFUSAL), []);
        assert_eq!(answered(RESPONSE), [("front", requirement.to_owned())]);
    }
}

fn fields(pairs: &[(&str, &str)]) -> Fields {
    let field =
        |(name, value): &(&str, &str)| Field { name: (*name).into(), value: (*value).to_owned().into() };
    Fields(pairs.iter().map(field).collect())
}

/// A request on a stream of HTTP/2.
fn extended_connect(more: &[(&str, &str)]) -> Opening {
    let pseudo = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "http"), (":path", "/")];
    let version = [("sec-websocket-version", "13")];
    let fields = fields(&[&pseudo[..], &version, more].concat());
    let (method, target) = ("CONNECT".into(), "/".into());
    let raw = "request".into();
    Opening::Request(RequestHead {
        method,
        target,
        version: Some(Version::HTTP_2),
        fields,
        raw,
        faults: Vec::new(),
    })
}

fn answer_over_http2(status: u16) -> Opening {
    let fields = fields(&[(":status", &status.to_string())]);
    Opening::Response(ResponseHead {
        version: Some(Version::HTTP_2),
        status: Some(status),
        reason: "".into(),
        fields,
        raw: "response".into(),
        faults: Vec::new(),
    })
}

impl Relayed {
    /// With HTTP/2 in front: this request there, this one behind, and the answers of the server and of the intermediary.
    fn over_http2(request: &[(&str, &str)], behind: &[u8], answer: &[u8], status: u16) -> Self {
        let mut relayed = Self { relation: ProxyRelation::default(), now: Duration::ZERO };
        relayed.carried(Role::Client, CarriedPart::Opening(extended_connect(request)));
        relayed.saw(ProxyEnd::Back, Role::Client, behind);
        relayed.saw(ProxyEnd::Back, Role::Server, answer);
        relayed.carried(Role::Server, CarriedPart::Opening(answer_over_http2(status)));
        relayed
    }

    /// On the stream in front.
    fn carried(&mut self, from: Role, what: CarriedPart) {
        let at = self.tick();
        self.relation.carried(ProxyEnd::Front, Carried { from, what }, at);
    }
}

#[test]
fn what_crosses_a_stream_is_compared_with_the_connection_behind() {
    let mut relayed = Relayed::over_http2(&[], REQUEST, RESPONSE, 200);
    assert!(relayed.relation.is_open());
    let mut frame = Vec::new();
    Frame::new(Opcode::TEXT, "a").with_mask(Mask([1, 2, 3, 4])).encode(&mut frame);
    relayed.carried(Role::Client, CarriedPart::Data(frame.into()));
    assert!(relayed.relation.awaited().is_some());
    relayed.client(ProxyEnd::Back, Opcode::TEXT, "b");
    assert_eq!(relayed.found(), (vec![("back", "intermediaries#6455.5.4:1".into())], false));
    let mut relayed = Relayed::over_http2(&[], REQUEST, RESPONSE, 200);
    relayed.carried(Role::Client, CarriedPart::End);
    assert_eq!(relayed.relation.unclosed().map(|fault| fault.end), Some(ProxyEnd::Back));
    relayed.ended(ProxyEnd::Back, Role::Client, ObservedEnd::Eof);
    relayed.carried(Role::Server, CarriedPart::Reset);
    assert_eq!(relayed.relation.unclosed(), None);
}

#[test]
fn over_http2_a_status_of_2xx_opens_what_the_server_has_to_open() {
    let refusal = b"HTTP/1.1 204 No Content\r\n\r\n";
    let opened = Relayed::over_http2(&[], REQUEST, refusal, 204);
    assert_eq!(opened.found(), (vec![("front", "intermediaries#8441.5:1".into())], false));
    assert_eq!(Relayed::over_http2(&[], REQUEST, refusal, 502).found(), NOTHING);
    let unanswered = String::from_utf8_lossy(RESPONSE).replace("s3pPLMBi", "AAAAAAAA");
    let opened = Relayed::over_http2(&[], REQUEST, unanswered.as_bytes(), 200);
    assert_eq!(opened.found(), (vec![("front", "intermediaries#6455.4.1:1".into())], false));
    assert_eq!(Relayed::over_http2(&[], REQUEST, unanswered.as_bytes(), 502).found(), NOTHING);
}

#[test]
fn the_upgrade_behind_a_gateway_is_its_own_except_for_what_the_client_gave_it() {
    let with_key = |key: &str| String::from_utf8_lossy(REQUEST).replace("dGhlIHNhbXBsZSBub25jZQ==", key);
    let none = b"HTTP/1.1 400 Bad Request\r\n\r\n";
    let own = Relayed::over_http2(&[], with_key("short").as_bytes(), none, 400);
    assert_eq!(own.found(), (vec![("back", "rfc6455#4.1:34".into())], false));
    let constant = with_key("MDAwMDAwMDAwMDAwMDAwMA==");
    let opened = Relayed::over_http2(&[], constant.as_bytes(), none, 400);
    assert_eq!(opened.found(), (vec![("back", "intermediaries#8441.5:3".into())], false));
    let given = [("sec-websocket-key", "MDAwMDAwMDAwMDAwMDAwMA==")];
    assert_eq!(Relayed::over_http2(&given, constant.as_bytes(), none, 400).found(), NOTHING);
    let given = [("sec-websocket-key", "short")];
    assert_eq!(Relayed::over_http2(&given, with_key("short").as_bytes(), none, 400).found(), NOTHING);
}
