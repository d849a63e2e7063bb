//! What the referee reports about a connection of which it sees both halves.

use std::collections::BTreeSet;

use wsspec_referee::{Arrival, ClientTls, Conversation, ConversationInput, KeyBook, Received, Seen, Uri};
use wsspec_wire::{
    CloseCode, Frame, LengthForm, Mask, MessageKind, Offer, Opcode, Opening, RequestHead, ResponseHead, Role,
    Rsv, Violation, ViolationKind, accept_for,
};

const LIMIT: usize = 1 << 16;

/// Violations that show only with a whole connection, its URI or other connections.
const OF_CONNECTIONS: [ViolationKind; 28] = [
    ViolationKind::TargetHasFragment,
    ViolationKind::TargetMalformed,
    ViolationKind::TargetNotAscii,
    ViolationKind::PathNotOfUri,
    ViolationKind::QueryNotOfUri,
    ViolationKind::HostNotOfUri,
    ViolationKind::PortNotOfUri,
    ViolationKind::HostNotAscii,
    ViolationKind::RequestBesidePending,
    ViolationKind::RequestInTheClear,
    ViolationKind::ServerNameNotOfUri,
    ViolationKind::HostNotFirst,
    ViolationKind::KeyRepeated,
    ViolationKind::KeyNotRandom,
    ViolationKind::KeysOfFewValues,
    ViolationKind::KeyBitsUnused,
    ViolationKind::DataBeforeResponse,
    ViolationKind::ExtensionsNotListed,
    ViolationKind::ExtensionsBlamed,
    ViolationKind::ControlAfterClose,
    ViolationKind::HttpBehindResponse,
    ViolationKind::FrameBehindRefusal,
    ViolationKind::MaskNotApplied,
    ViolationKind::PongForPong,
    ViolationKind::PongAfterFailure,
    ViolationKind::MaskRepeated,
    ViolationKind::MaskPredictable,
    ViolationKind::MaskNotRandom,
];

/// A request for a target, with these first fields.
fn request(target: &str, first: &str) -> Opening {
    let key = "dGhlIHNhbXBsZSBub25jZQ==";
    request_with(target, first, key)
}

fn request_with(target: &str, first: &str, key: &str) -> Opening {
    let text = format!(
        "GET {target} HTTP/1.1\r\n{first}Upgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    );
    Opening::Request(RequestHead::parse(text.as_bytes()))
}

/// A response to the default request, with these additional fields.
fn response(more: &str) -> Opening {
    let accept = accept_for(b"dGhlIHNhbXBsZSBub25jZQ==");
    let text = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n{more}\r\n"
    );
    Opening::Response(ResponseHead::parse(text.as_bytes()))
}

fn uri() -> Option<Uri> {
    Some(Uri::new("a:1", "/b?c"))
}

/// Judges a client that was given this URI; the connection is open.
fn open_client() -> Conversation {
    let mut conversation = Conversation::judging(Role::Client, LIMIT).at(uri());
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/b?c", "Host: a:1\r\n")));
    conversation.saw(Role::Server, ConversationInput::Opening(&response("")));
    conversation
}

/// Judges a server; the connection is open.
fn open_server() -> Conversation {
    let mut conversation = Conversation::judging(Role::Server, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    conversation.saw(Role::Server, ConversationInput::Opening(&response("")));
    conversation
}

fn bytes(frame: &Frame) -> Vec<u8> {
    let mut out = Vec::new();
    frame.encode(&mut out);
    out
}

fn send(conversation: &mut Conversation, from: Role, frame: &Frame) -> Vec<Seen> {
    conversation.saw(from, ConversationInput::Data(&bytes(frame)))
}

fn masked(frame: Frame, key: u32) -> Frame {
    frame.with_mask(Mask(key.to_be_bytes()))
}

fn violations(seen: &[Seen]) -> Vec<Violation> {
    seen.iter().flat_map(|seen| &seen.broken).map(|broken| broken.violation.clone()).collect()
}

/// The rules broken by a request that is sent to the URI `a:1/b?c`.
fn of_request(target: &str, first: &str) -> Vec<Violation> {
    let mut conversation = Conversation::judging(Role::Client, LIMIT).at(uri());
    violations(&conversation.saw(Role::Client, ConversationInput::Opening(&request(target, first))))
}

/// The rules broken by the masking keys of forty frames.
fn of_masks(key: impl Fn(u32) -> u32) -> Option<Violation> {
    let mut conversation = open_client();
    for nth in 0..40 {
        send(&mut conversation, Role::Client, &masked(Frame::new(Opcode::PING, ""), key(nth)));
    }
    conversation.judge_whole().next()
}

/// Numbers without a pattern.
fn spread(nth: u32) -> u32 {
    let mixed = u64::from(nth + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 32) as u32
}

/// Bytes after a request that has not been answered.
fn of_haste() -> Vec<Seen> {
    let mut conversation = Conversation::judging(Role::Client, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    conversation.saw(Role::Client, ConversationInput::Data(b"\x89"))
}

/// The same key on two connections.
fn of_repeated_key() -> Vec<Violation> {
    of_second_request(&response(""))
}

/// What is wrong with a request that repeats the one that got `answer`.
fn of_second_request(answer: &Opening) -> Vec<Violation> {
    let keys = KeyBook::default();
    let request = request("/", "Host: a\r\n");
    let mut found = Vec::new();
    for _ in 0..2 {
        let mut conversation = Conversation::judging(Role::Client, LIMIT).with_keys(keys.clone());
        found = violations(&conversation.saw(Role::Client, ConversationInput::Opening(&request)));
        conversation.saw(Role::Server, ConversationInput::Opening(answer));
    }
    found
}

#[test]
fn a_request_that_follows_a_refusal_may_arrive_on_any_connection() {
    assert_eq!(of_second_request(&Opening::Response(ResponseHead::parse(b"HTTP/1.1 302 Found\r\n\r\n"))), []);
}

/// The last of many keys that consist only of letters.
fn of_keys_of_few_values() -> Vec<Violation> {
    let keys = KeyBook::default();
    let request = request("/", "Host: a\r\n");
    let mut found = Vec::new();
    for _ in 0..32 {
        let mut conversation = Conversation::judging(Role::Client, LIMIT).with_keys(keys.clone());
        found = violations(&conversation.saw(Role::Client, ConversationInput::Opening(&request)));
    }
    found
}

fn of_key(key: &str) -> Vec<Violation> {
    let mut conversation = Conversation::judging(Role::Client, LIMIT);
    let request = request_with("/", "Host: a\r\n", key);
    violations(&conversation.saw(Role::Client, ConversationInput::Opening(&request)))
}

#[test]
fn a_client_has_to_request_what_its_uri_names() {
    let (expected, actual) = (|| "a:1".to_owned(), || bytes::Bytes::from_static(b"a:2"));
    assert_eq!(of_request("/b?c", "Host: a:1\r\n"), []);
    assert_eq!(of_request("http://a:1/b?c", "Host: A:1\r\n"), []);
    let port = Violation::PortNotOfUri { expected: expected(), actual: actual() };
    assert_eq!(of_request("/b?c", "Host: a:2\r\n"), [port]);
    assert_eq!(of_request("/b?c", "X: y\r\nHost: a:1\r\n"), [Violation::HostNotFirst]);
    let query = Violation::QueryNotOfUri { expected: "/b?c".into(), actual: "/b".into() };
    assert_eq!(of_request("/b", "Host: a:1\r\n"), [query]);
}

/// A wss URI of that host and port.
fn secure(authority: &str) -> Uri {
    Uri { secure: true, ..Uri::new(authority, "/") }
}

/// What a request for `/` breaks, in the clear or over TLS with a server name or none.
fn of_request_at(uri: &Uri, tls: Option<Option<&str>>, first: &str) -> Vec<Violation> {
    let tls = tls.map(|name| ClientTls { server_name: name.map(str::to_owned) });
    let mut conversation = Conversation::judging(Role::Client, LIMIT).at(Some(uri.clone())).over(tls);
    violations(&conversation.saw(Role::Client, ConversationInput::Opening(&request("/", first))))
}

/// What a request breaks while another one of the client waits.
fn of_request_beside() -> Vec<Violation> {
    let mut conversation = Conversation::judging(Role::Client, LIMIT).at(uri()).beside(true);
    violations(&conversation.saw(Role::Client, ConversationInput::Opening(&request("/b?c", "Host: a:1\r\n"))))
}

#[test]
fn a_default_port_may_be_named_or_left_out() {
    let of = |uri: &Uri, host: &str| of_request_at(uri, Some(Some("a")), &format!("Host: {host}\r\n"));
    for (authority, host) in [("a", "a"), ("a", "a:80"), ("a:80", "a"), ("a:80", "A:80")] {
        assert_eq!(of(&Uri::new(authority, "/"), host), [], "{authority} {host}");
    }
    assert_eq!(of(&secure("a"), "a:443"), []);
    for (uri, host) in [(Uri::new("a", "/"), "a:443"), (secure("a"), "a:80"), (secure("a"), "a:x")] {
        let found = of(&uri, host);
        assert!(
            matches!(found[..], [Violation::PortNotOfUri { .. } | Violation::HostNotOfUri { .. }]),
            "{host}"
        );
    }
}

#[test]
fn an_internationalized_host_is_sent_in_ascii_of_either_kind() {
    let uri = Uri::new("b\u{fc}cher.example:1", "/");
    let of = |host: &str| of_request_at(&uri, None, &format!("Host: {host}\r\n"));
    assert_eq!(of("xn--bcher-kva.example:1"), []);
    assert_eq!(of("b%C3%BCcher.example:1"), []);
    let actual = "b\u{fc}cher.example:1".into();
    assert_eq!(of("b\u{fc}cher.example:1"), [Violation::HostNotAscii { secure: false, actual }]);
    assert!(matches!(of("bucher.example:1")[..], [Violation::HostNotOfUri { .. }]));
}

#[test]
fn a_client_of_a_secure_uri_begins_with_tls_and_names_the_server() {
    let of = |host: &str, tls| of_request_at(&secure(host), tls, &format!("Host: {host}\r\n"));
    assert_eq!(of("a:1", None), [Violation::RequestInTheClear]);
    assert_eq!(of("a:1", Some(Some("A"))), []);
    for actual in [None, Some("b")] {
        let name = Violation::ServerNameNotOfUri { expected: "a".into(), actual: actual.map(str::to_owned) };
        assert_eq!(of("a:1", Some(actual)), [name]);
    }
    // An address has no name that could stand there (RFC 6066, 3).
    assert_eq!(of("127.0.0.1:1", Some(None)), []);
    assert_eq!(of("[::1]:1", Some(None)), []);
}

#[test]
fn every_violation_of_a_connection_is_provoked() {
    let host = |host: &str| of_request("/b?c", &format!("Host: {host}\r\n"));
    let target = |target: &str| of_request(target, "Host: a:1\r\n");
    let provoked = [
        target("/b?c#d"),
        target("b?c"),
        target("/b\u{e9}?c"),
        target("/x?c"),
        target("/b?x"),
        host("b:1"),
        host("a:2"),
        of_request("/b?c", "X: y\r\nHost: a:1\r\n"),
        of_request_at(&Uri::new("b\u{fc}cher.example", "/"), None, "Host: b\u{fc}cher.example\r\n"),
        of_request_beside(),
        of_request_at(&secure("a"), None, "Host: a\r\n"),
        of_request_at(&secure("a"), Some(None), "Host: a\r\n"),
        of_blame(),
        of_repeated_key(),
        of_key("AAAAAAAAAAAAAAAAAAAAAA=="),
        of_key("dGhlIHNhbXBsZSBub25jZR=="),
        of_keys_of_few_values(),
        violations(&of_haste()),
        of_frames(&[close(1000)], &[close(1000), pong("a")]),
        of_bytes("", b"HTTP/1.1 500 No\r\n\r\n"),
        of_refusal("Content-Length: 0\r\n", &[b"\x89\x00"]),
        of_frames(&[pong("a")], &[pong("a")]),
        of_frames(&[ping("a").with_rsv(Rsv::RSV2), ping("b")], &[pong("b")]),
        of_wire(b"hello there", [0xff; 4]),
        of_masks(|_| 7).into_iter().collect(),
        of_masks(|nth| nth * 7).into_iter().collect(),
        of_masks(|nth| spread(nth) & 0x00FF_FFFF).into_iter().collect(),
    ];
    let kinds: BTreeSet<_> = provoked.iter().flatten().map(ViolationKind::from).collect();
    assert_eq!(kinds, OF_CONNECTIONS.into_iter().collect());
    assert_eq!(of_masks(spread), None);
}

#[test]
fn data_before_the_response_is_a_separate_violation() {
    let [seen] = &of_haste()[..] else { panic!("not one thing") };
    assert_eq!((&seen.what, &seen.arrivals[..]), (&None, &[][..]));
}

#[test]
fn the_answer_is_judged_by_the_offer_that_the_other_half_made() {
    let mut conversation = Conversation::judging(Role::Server, LIMIT);
    conversation.saw(
        Role::Client,
        ConversationInput::Opening(&request("/", "Host: a\r\nSec-WebSocket-Protocol: x\r\n")),
    );
    assert_eq!(conversation.offer().map(|offer| offer.subprotocols.clone()), Some(vec!["x".into()]));
    let seen = conversation
        .saw(Role::Server, ConversationInput::Opening(&response("Sec-WebSocket-Protocol: y\r\n")));
    let [broken] = &seen[0].broken[..] else { panic!("{:?}", seen[0].broken) };
    let name = "y".to_owned();
    assert_eq!(broken.violation, Violation::SubprotocolNotOffered { name, any_offered: true });
    let Some(Received::Head(head)) = &seen[0].what else { panic!("not a head") };
    assert_eq!(head[broken.bytes.clone()], b"Sec-WebSocket-Protocol: y\r\n"[..]);
}

#[test]
fn the_agreed_extension_applies_to_both_halves() {
    let offer = "Host: a\r\nSec-WebSocket-Extensions: permessage-deflate\r\n";
    let mut conversation = Conversation::judging(Role::Client, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", offer)));
    let agreeing = response("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    conversation.saw(Role::Server, ConversationInput::Opening(&agreeing));
    assert!(conversation.agreed().is_some() && conversation.is_answered() && !conversation.is_refused());
    let payload = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
    let compressed = Frame::new(Opcode::TEXT, &payload[..]).with_rsv(Rsv::RSV1);
    let seen = send(&mut conversation, Role::Client, &masked(compressed, 7));
    assert_eq!(seen[0].arrivals, [Arrival::Message(MessageKind::Text, "Hello".into())]);
}

#[test]
fn a_broken_rule_has_its_bytes() {
    let mut conversation = open_server();
    let frame = Frame::new(Opcode::TEXT, "a").with_rsv(Rsv::RSV2);
    let seen = send(&mut conversation, Role::Server, &frame);
    let [broken] = &seen[0].broken[..] else { panic!("{:?}", seen[0].broken) };
    assert_eq!((broken.violation.name(), broken.bytes.clone()), ("reserved-bits", 0..1));
    assert_eq!(seen[0].arrivals, [Arrival::Message(MessageKind::Text, "a".into())]);
}

fn close(code: u16) -> Frame {
    Frame::new(Opcode::CLOSE, code.to_be_bytes().to_vec())
}

fn ping(payload: &'static str) -> Frame {
    Frame::new(Opcode::PING, payload)
}

fn pong(payload: &'static str) -> Frame {
    Frame::new(Opcode::PONG, payload)
}

/// The rules broken by a server that answers a client's frames with these.
fn of_frames(client: &[Frame], server: &[Frame]) -> Vec<Violation> {
    let mut conversation = open_server();
    for frame in client {
        send(&mut conversation, Role::Client, &masked(frame.clone(), 7));
    }
    server.iter().flat_map(|frame| violations(&send(&mut conversation, Role::Server, frame))).collect()
}

/// The rules broken by a client that sends a text frame with this key and these octets behind it.
fn of_wire(wire: &[u8], key: [u8; 4]) -> Vec<Violation> {
    let mut payload = wire.to_vec();
    Mask(key).apply(&mut payload, 0);
    let frame = Frame::new(Opcode::TEXT, payload).with_mask(Mask(key));
    violations(&send(&mut open_client(), Role::Client, &frame))
}

/// The rules broken by a server that sends these bytes after its response with these fields.
fn of_bytes(fields: &str, bytes: &[u8]) -> Vec<Violation> {
    let mut conversation = Conversation::judging(Role::Server, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    conversation.saw(Role::Server, ConversationInput::Opening(&response(fields)));
    let mut seen = conversation.saw(Role::Server, ConversationInput::Data(bytes));
    seen.extend(conversation.unfinished(Role::Server));
    violations(&seen)
}

#[test]
fn a_payload_that_was_not_masked_with_its_key_is_called_that() {
    let key = [0x9a, 0x01, 0xf7, 0x33];
    assert_eq!(of_wire(b"hello there", key), [Violation::MaskNotApplied]);
    assert_eq!(of_wire("h\u{e9}llo th\u{e9}re".as_bytes(), key), [Violation::MaskNotApplied]);
    // The first may be text by chance, and the second is not.
    assert_eq!(of_wire(b"hello", key)[0].name(), "invalid-utf8");
    assert_eq!(of_wire(b"\x00\x01\x02hello", key)[0].name(), "invalid-utf8");
    // A key that makes text of octets that are all the same.
    assert_eq!(of_wire(b"abefabefabef", [0xde, 0xdd, 0xda, 0xd9])[0].name(), "invalid-utf8");
    assert_eq!(of_wire(b"hello there", [0; 4]), []);
}

#[test]
fn http_behind_the_response_is_called_that() {
    let http = |bytes: &'static [u8]| [Violation::HttpBehindResponse(bytes.into())];
    let status: &[u8] = b"HTTP/1.1 500 No\r\n\r\n";
    assert_eq!(of_bytes("", status), http(status));
    assert_eq!(of_bytes("", b"<html>a</html>"), http(b"<html>a</html>"));
    assert_eq!(of_bytes("Content-Length: 5\r\n", b"hello"), http(b"hello"));
    assert_eq!(of_bytes("Transfer-Encoding: chunked\r\n", b"5\r\nhello"), http(b"5\r\nhello"));
    // A text that begins no frame.
    assert_eq!(of_bytes("", b"Switching"), http(b"Switching"));
    assert_eq!(of_bytes("", b"\r\n"), http(b"\r\n"));
    assert_eq!(of_bytes("", b"0\r\n\r\n"), http(b"0\r\n\r\n"));
    // Nothing behind it is read.
    for text in ["\r\n", "0\r\n\r\n", "Switching"] {
        let bytes = [text.as_bytes(), b"\x8a\x02ab\x83\x00"].concat();
        let broken = of_bytes("", &bytes);
        assert!(matches!(&broken[..], [Violation::HttpBehindResponse(_)]), "{text:?}: {broken:?}");
    }
    // Neither a fragment of a control frame nor a short frame with reserved bits is HTTP.
    assert_eq!(of_bytes("", b"\x09\x0dabcdefghijklm")[0].name(), "fragmented-control");
    assert_eq!(of_bytes("", b"!\x05hello")[0].name(), "reserved-bits");
    // Without such a field, that is a frame, and an invalid one.
    assert_eq!(of_bytes("", b"A\x05hello")[0].name(), "reserved-bits");
    assert_eq!(of_bytes("Content-Length: 0\r\n", b"\x81\x05hello"), []);
    assert_eq!(of_bytes("Content-Length: 7\r\n", b"\x81\x05hello"), []);
    // After a close frame, too.
    let mut conversation = open_server();
    send(&mut conversation, Role::Server, &close(1000));
    conversation.saw(Role::Server, ConversationInput::Data(status));
    assert_eq!(violations(&Vec::from_iter(conversation.unfinished(Role::Server))), http(status));
}

/// What a server breaks that sends these bytes behind a refusal with these fields.
fn of_refusal(fields: &str, behind: &[&[u8]]) -> Vec<Violation> {
    let mut conversation = Conversation::judging(Role::Server, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    let text = format!("HTTP/1.1 400 Bad Request\r\n{fields}\r\n");
    let head = Opening::Response(ResponseHead::parse(text.as_bytes()));
    conversation.saw(Role::Server, ConversationInput::Opening(&head));
    let beyond = |bytes: &&[u8]| conversation.saw(Role::Server, ConversationInput::Beyond(bytes));
    violations(&behind.iter().flat_map(beyond).collect::<Vec<_>>())
}

#[test]
fn frames_behind_a_refusal_are_said_once_however_they_are_cut() {
    let empty = "Content-Length: 0\r\n";
    let frame = [Violation::FrameBehindRefusal(Opcode::TEXT)];
    assert_eq!(of_refusal(empty, &[b"\x81\x01a\x81\x01b"]), frame);
    assert_eq!(of_refusal(empty, &[b"\x81", b"\x01", b"a", b"\x81\x01b"]), frame);
    assert_eq!(of_refusal("Content-Length: 3\r\n", &[b"no\n\x81", b"\x01a"]), frame);
    // A body, another response, or what has no known end.
    for (fields, behind) in [
        ("Content-Length: 3\r\n", &b"\x81\x01a"[..]),
        (empty, b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        (empty, b"\r\n\x81\x01a"),
        ("", b"\x81\x01a"),
        ("Transfer-Encoding: chunked\r\n", b"\x81\x01a"),
        ("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", b"\x81\x01a"),
    ] {
        assert_eq!(of_refusal(fields, &[behind]), [], "{fields}");
    }
}

#[test]
fn frames_before_a_response_that_answer_ours_count_only_where_no_connection_opens() {
    let early = |ours: &[u8], status: &str| {
        let mut conversation = Conversation::judging(Role::Server, LIMIT);
        conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
        conversation.saw(Role::Client, ConversationInput::Data(ours));
        let head = [b"\x8a\x01p", format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()].concat();
        let head = Opening::Response(ResponseHead::parse(&head));
        violations(&conversation.saw(Role::Server, ConversationInput::Opening(&head)))
    };
    let broken = [Violation::FrameBeforeResponse(b"\x8a\x01p"[..].into())];
    let ping = b"\x89\x81\0\0\0\0p";
    assert_eq!(early(b"", "101 Switching Protocols"), broken);
    assert_eq!(early(ping, "101 Switching Protocols"), []);
    assert_eq!(early(ping, "400 Bad Request"), broken);
}

#[test]
fn an_unsendable_code_must_not_be_sent_back() {
    for code in [0, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000] {
        let broken = Violation::CloseCodeNotSendable(CloseCode(code));
        assert_eq!(of_frames(&[close(code)], &[close(code)]), [broken], "{code}");
    }
}

#[test]
fn a_client_that_misses_extensions_lists_them() {
    let of_client = |frame: Frame| {
        let mut conversation = open_client();
        violations(&send(&mut conversation, Role::Client, &masked(frame, 7)))
    };
    assert_eq!(of_client(close(1010)), [Violation::ExtensionsNotListed]);
    assert_eq!(of_client(Frame::new(Opcode::CLOSE, &b"\x03\xf2permessage-deflate"[..])), []);
    assert_eq!(of_client(close(1000)), []);
    assert_eq!(of_blame(), [Violation::ExtensionsNotListed, Violation::ExtensionsBlamed]);
}

/// What a client breaks that finds extensions missing where a frame is bad.
fn of_blame() -> Vec<Violation> {
    let mut conversation = open_client();
    send(&mut conversation, Role::Server, &Frame::new(Opcode::TEXT, "a").with_rsv(Rsv::RSV2));
    violations(&send(&mut conversation, Role::Client, &masked(close(1010), 7)))
}

#[test]
fn a_pong_answers_a_ping_and_no_pong() {
    assert_eq!(of_frames(&[ping("a")], &[pong("a")]), []);
    assert_eq!(of_frames(&[pong("a"), ping("a")], &[pong("a")]), []);
    assert_eq!(of_frames(&[pong("")], &[pong("")]), []);
    assert_eq!(of_frames(&[pong("a")], &[pong("b")]), []);
    assert_eq!(of_frames(&[pong("a")], &[pong("a")]), [Violation::PongForPong]);
    // Our pong answers theirs, and theirs is unsolicited.
    let mut conversation = open_server();
    send(&mut conversation, Role::Server, &ping("a"));
    send(&mut conversation, Role::Client, &masked(pong("a"), 7));
    assert_eq!(violations(&send(&mut conversation, Role::Server, &pong("a"))), []);
}

#[test]
fn a_pong_may_follow_a_close_frame_that_came_first() {
    let late = [Violation::ControlAfterClose(Opcode::PONG)];
    assert_eq!(of_frames(&[ping("a"), close(1000)], &[pong("a"), close(1000)]), []);
    assert_eq!(of_frames(&[ping("a"), close(1000)], &[close(1000), pong("a")]), late);
    // The end that closes first has to answer pings until the other close frame arrives.
    assert_eq!(of_frames(&[ping("a")], &[close(1000), pong("a")]), []);
}

#[test]
fn a_ping_behind_a_frame_that_ends_all_gets_no_pong() {
    let bad = Frame::new(Opcode::TEXT, "a").with_rsv(Rsv::RSV2);
    let after = [Violation::PongAfterFailure];
    assert_eq!(of_frames(&[ping("a"), bad.clone()], &[pong("a"), close(1002)]), []);
    assert_eq!(of_frames(&[bad.clone(), ping("a")], &[close(1002), pong("a")]), after);
    assert_eq!(of_frames(&[bad.clone(), ping("a")], &[pong("a")]), after);
    // A length that is not minimal need not be noticed.
    let long = Frame::new(Opcode::TEXT, "a").with_length_form(LengthForm::Bits16);
    assert_eq!(of_frames(&[long, ping("a")], &[pong("a")]), []);
    // Which of two pings with the same payload is answered cannot be seen.
    assert_eq!(of_frames(&[ping("a"), bad, ping("a")], &[pong("a")]), []);
}

#[test]
fn a_close_frame_is_good_if_it_has_no_error_to_report() {
    let sent = |frames: &[Frame]| {
        let mut conversation = open_server();
        for frame in frames {
            send(&mut conversation, Role::Client, &masked(frame.clone(), 7));
        }
        conversation.close(Role::Client).map(|close| (close.is_good, close.is_trailed))
    };
    let with = |body: &'static [u8]| Frame::new(Opcode::CLOSE, body);
    assert_eq!(sent(&[]), None);
    for good in [with(b""), close(1000), close(4999), with(b"\x03\xe8bye")] {
        assert_eq!(sent(&[good]), Some((true, false)));
    }
    for bad in [with(b"\x03"), close(1005), close(1012), close(2999), with(b"\x03\xe8\xff")] {
        assert_eq!(sent(&[bad]), Some((false, false)));
    }
    assert_eq!(sent(&[close(1000).with_rsv(Rsv::RSV2)]), Some((false, false)));
    assert_eq!(sent(&[ping("a").with_rsv(Rsv::RSV2), close(1000)]), Some((false, false)));
    assert_eq!(sent(&[close(1000), ping("a")]), Some((true, true)));
}

#[test]
fn the_half_that_is_only_followed_is_not_judged() {
    let mut conversation = open_server();
    assert_eq!(send(&mut conversation, Role::Client, &Frame::new(Opcode::TEXT, "unmasked")), []);
    let keys = KeyBook::default();
    let mut conversation = Conversation::judging(Role::Server, LIMIT).at(uri()).with_keys(keys.clone());
    let seen = conversation.saw(Role::Client, ConversationInput::Opening(&request("b#c", "")));
    assert_eq!((violations(&seen), conversation.offer().is_some()), (vec![], true));
    // Nor is its key remembered: the next client's key has nothing to be compared with.
    let mut conversation = Conversation::judging(Role::Client, LIMIT).at(uri()).with_keys(keys);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/b?c", "Host: a:1\r\n")));
    let found = conversation.undecidable();
    assert!(found.iter().any(|it| it.violation == Violation::KeyRepeated), "{found:?}");
}

#[test]
fn a_frame_that_does_not_end_is_judged_by_its_header() {
    let mut conversation = open_server();
    assert_eq!(conversation.saw(Role::Server, ConversationInput::Data(b"\xf1\x05ab")), []);
    let seen = conversation.unfinished(Role::Server).expect("it has begun");
    assert_eq!(seen.what, Some(Received::Unfinished(b"\xf1\x05ab"[..].into())));
    assert_eq!(seen.broken[0].violation.name(), "reserved-bits");
    assert_eq!(conversation.unfinished(Role::Client), None);
}

#[test]
fn without_a_uri_or_another_connection_some_rules_cannot_be_decided() {
    let mut conversation = Conversation::judging(Role::Client, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    let found = conversation.undecidable();
    let kinds: Vec<_> = found.iter().map(|it| ViolationKind::from(&it.violation)).collect();
    assert_eq!(kinds.len(), 11);
    assert!(kinds.contains(&ViolationKind::PathNotOfUri) && kinds.contains(&ViolationKind::KeyRepeated));
    assert!(!kinds.contains(&ViolationKind::TargetMalformed));
}

#[test]
fn a_refusal_leaves_the_connection_unopened() {
    let mut conversation = Conversation::judging(Role::Server, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    let refusal = Opening::Response(ResponseHead::parse(b"HTTP/1.1 426 No\r\n\r\n"));
    let seen = conversation.saw(Role::Server, ConversationInput::Opening(&refusal));
    assert!(conversation.is_refused());
    assert_eq!(violations(&seen)[0].name(), "refusal-lacks-field");
    let seen = conversation.saw(Role::Server, ConversationInput::Beyond(b"sorry"));
    assert_eq!(seen[0].what, Some(Received::Raw("sorry".into())));
}

#[test]
fn an_interim_response_answers_nothing() {
    let mut conversation = Conversation::judging(Role::Server, LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    let interim = Opening::Response(ResponseHead::parse(b"HTTP/1.1 103 Hints\r\n\r\n"));
    let seen = conversation.saw(Role::Server, ConversationInput::Opening(&interim));
    assert_eq!((seen[0].arrivals.len(), conversation.is_answered()), (0, false));
    assert_eq!(conversation.offer().map(|offer: &Offer| offer.several_keys), Some(false));
}

/// The rules that octets of an end break in a conversation that is watched from the middle.
fn broken_by(conversation: &mut Conversation, from: Role, bytes: &[u8]) -> Vec<&'static str> {
    let seen = conversation.saw(from, ConversationInput::Data(bytes));
    seen.iter().flat_map(|seen| &seen.broken).map(|broken| broken.violation.name()).collect()
}

#[test]
fn both_ends_are_judged_by_somebody_between_them() {
    let mut conversation = Conversation::watching(LIMIT);
    conversation.saw(Role::Client, ConversationInput::Opening(&request("/", "Host: a\r\n")));
    conversation.saw(Role::Server, ConversationInput::Opening(&response("")));
    assert_eq!(broken_by(&mut conversation, Role::Client, b"\x81\x02hi"), ["unmasked-frame"]);
    assert_eq!(broken_by(&mut conversation, Role::Server, b"\x81\x82\0\0\0\0hi"), ["masked-frame"]);
    assert_eq!(broken_by(&mut conversation, Role::Server, b"\x81\x02hi"), [""; 0]);
}

#[test]
fn missing_octets_cost_a_message_or_the_place_of_the_next_frame() {
    let mut conversation = Conversation::joining(LIMIT);
    assert_eq!(broken_by(&mut conversation, Role::Server, b"\x81\x04a"), [""; 0]);
    let lost = conversation.miss(Role::Server, 2).unwrap();
    assert!(matches!(lost[0].what, Some(Received::Oversize(_))), "{lost:?}");
    assert_eq!(broken_by(&mut conversation, Role::Server, b"d\x80\x00"), ["orphan-continuation"]);
    assert_eq!(conversation.miss(Role::Server, 1), None);
    assert_eq!(broken_by(&mut conversation, Role::Server, b"\x80\x00"), [""; 0]);
    conversation.rejoin(Role::Server);
    assert_eq!(broken_by(&mut conversation, Role::Server, b"\x80\x00"), ["orphan-continuation"]);
}
