//! Every violation can be triggered by bytes, says what happened, and cites a requirement in the catalogue.

use std::collections::BTreeSet;

use bytes::Bytes;
use wsspec_wire::{
    Assembled, Assembler, CloseCode, Decoded, Decoder, DeflateParams, LayerViolation, Offer, Opcode,
    ParamError, RequestHead, RequirementId, ResponseHead, Role, Scope, Violation, ViolationKind,
    judge_garbled, judge_refusal, judge_request, judge_response,
};

/// Violations that show only with the whole connection, or its address, known: the referee's tests trigger these.
fn of_connections() -> Vec<Violation> {
    let (expected, actual) = (|| "/a".to_owned(), || Bytes::from_static(b"/b\x1b"));
    vec![
        Violation::TargetHasFragment(actual()),
        Violation::TargetMalformed(actual()),
        Violation::TargetNotAscii { secure: false, target: actual() },
        Violation::TargetNotAscii { secure: true, target: actual() },
        Violation::PathNotOfUri { expected: expected(), actual: actual() },
        Violation::QueryNotOfUri { expected: expected(), actual: actual() },
        Violation::HostNotOfUri { expected: expected(), actual: actual() },
        Violation::PortNotOfUri { expected: expected(), actual: actual() },
        Violation::HostNotAscii { secure: false, actual: actual() },
        Violation::HostNotAscii { secure: true, actual: actual() },
        Violation::RequestBesidePending,
        Violation::RequestInTheClear,
        Violation::ServerNameNotOfUri { expected: expected(), actual: None },
        Violation::ServerNameNotOfUri { expected: expected(), actual: Some(expected()) },
        Violation::HostNotFirst,
        Violation::RequestPrefaced,
        Violation::KeyRepeated,
        Violation::KeyNotRandom { values: 1 },
        Violation::KeysOfFewValues { at: None, values: 1, keys: 2 },
        Violation::KeyBitsUnused,
        Violation::DataBeforeResponse,
        Violation::ExtensionsNotListed,
        Violation::ExtensionsBlamed,
        Violation::ControlAfterClose(Opcode::PONG),
        Violation::HttpBehindResponse(actual()),
        Violation::FrameBehindRefusal(Opcode::PING),
        Violation::DeflateAccepted(ParamError::Unknown("a".to_owned())),
        Violation::MaskNotApplied,
        Violation::PongForPong,
        Violation::PongAfterFailure,
        Violation::MaskRepeated { keys: 1, frames: 2 },
        Violation::MaskPredictable,
        Violation::MaskNotRandom { bits: 8 },
    ]
}

/// Violations that only HTTP/2, HTTP/3 or a layer shows: the tests of the carriers, of the layers and of the exchange trigger these.
fn of_http2() -> Vec<Violation> {
    let (name, sender) = (|| "a\x1b".to_owned(), Role::Server);
    vec![
        Violation::Http2SettingInvalid(2),
        Violation::Http2SettingWithdrawn,
        Violation::Http2WindowExceeded,
        Violation::Http2ConnectUnasked,
        Violation::Http2NotForWebsocket { method: "GET".into(), protocol: None },
        Violation::Http2NotForWebsocket { method: "CONNECT".into(), protocol: Some("a\x1b".into()) },
        Violation::Http2TargetMissing(":path"),
        Violation::Http2AuthorityMissing,
        Violation::Http2SchemeNotOfUri { expected: "https", actual: "ws\x1b".into() },
        Violation::Http2SwitchingProtocols,
        Violation::Http2StatusMissing,
        Violation::Http2PseudoField { name: name(), sender, why: "is repeated" },
        Violation::Http2ConnectionField { name: name(), sender },
        Violation::Http2ConnectionField { name: name(), sender: Role::Client },
        Violation::Http2ConnectionField { name: "upgrade".into(), sender: Role::Client },
        Violation::Http2FieldUppercase { name: name(), sender },
        Violation::Http2FieldInvalid { name: name(), sender },
        Violation::Http3SettingInvalid(2),
        Violation::Http3SwitchingProtocols,
        Violation::Http3StatusMissing,
        Violation::Http3PseudoField { name: name(), sender, why: "is repeated" },
        Violation::Http3ConnectionField { name: name(), sender },
        Violation::Http3FieldUppercase { name: name(), sender },
        Violation::Http3FieldInvalid { name: name(), sender },
        Violation::Layer(Box::new(LayerViolation {
            name: "stomp-receipt-id-missing",
            requirement: "stomp#1.2.receiptframe:2",
            scope: Scope::Everywhere,
            what: "the RECEIPT has no receipt-id".into(),
        })),
    ]
}

/// The agreed permessage-deflate parameters, if it is in use.
type Deflate = Option<DeflateParams>;
const PLAIN: Deflate = None;
const DEFLATE: Deflate = agreed(15, false);
const WINDOW_OF_256: Deflate = agreed(8, false);
const AFRESH: Deflate = agreed(15, true);

const fn agreed(server_max_window_bits: u8, server_no_context_takeover: bool) -> Deflate {
    Some(DeflateParams {
        server_no_context_takeover,
        client_no_context_takeover: false,
        server_max_window_bits,
        client_max_window_bits: 15,
    })
}

/// Sender, permessage-deflate, bytes, and the names of the violations in order.
const FRAMES: &[(Role, Deflate, &[u8], &[&str])] = &[
    (Role::Client, PLAIN, b"\x81\x02hi", &["unmasked-frame"]),
    (Role::Server, PLAIN, b"\x81\x82\0\0\0\0hi", &["masked-frame"]),
    (Role::Server, PLAIN, b"\xc1\x02hi", &["reserved-bits"]),
    (Role::Server, DEFLATE, b"\xa1\x02hi", &["reserved-bits"]),
    (Role::Server, DEFLATE, b"\x99\x00", &["reserved-bits"]),
    (Role::Server, PLAIN, b"\x83\x02hi", &["reserved-opcode"]),
    (Role::Server, PLAIN, b"\x8b\x02hi", &["reserved-opcode"]),
    (Role::Server, PLAIN, b"\x81\x7e\x00\x02hi", &["length-not-minimal"]),
    (Role::Server, PLAIN, b"\x82\x7f\x80\0\0\0\0\0\0\0", &["length-top-bit"]),
    (Role::Server, PLAIN, b"\x09\x02hi", &["fragmented-control"]),
    (Role::Server, PLAIN, b"\x89\x7e\x00\x7e", &["long-control"]),
    (Role::Server, PLAIN, b"\x80\x02hi", &["orphan-continuation"]),
    (Role::Server, PLAIN, b"\x01\x02hi\x81\x02hi", &["interrupted-message"]),
    (Role::Server, PLAIN, b"\x81\x02\xc3\x28", &["invalid-utf8"]),
    (Role::Server, PLAIN, b"\x01\x01\xc3\x80\x01\x28", &["invalid-utf8"]),
    (Role::Server, PLAIN, b"\x01\x01\xc3\x80\x00", &["invalid-utf8"]),
    (Role::Server, DEFLATE, b"\xc1\x08\x00\x02\x00\xfd\xff\xc3\x28\x00", &["invalid-utf8"]),
    (Role::Server, PLAIN, b"\x88\x01\x03", &["close-body-one-byte"]),
    (Role::Server, PLAIN, b"\x88\x02\x03\xed", &["close-code-not-sendable"]),
    (Role::Server, PLAIN, b"\x88\x02\x03\xf2", &["close-code-not-sendable"]),
    (Role::Server, PLAIN, b"\x88\x03\x03\xe8\xff", &["close-reason-invalid-utf8"]),
    (Role::Server, PLAIN, b"\x88\x02\x03\xe8\x81\x00", &["data-after-close"]),
    (Role::Server, PLAIN, b"\x88\x00\x88\x00", &["second-close"]),
    (Role::Server, DEFLATE, b"\xc9\x00", &["compressed-control"]),
    (Role::Server, DEFLATE, b"\x01\x01a\xc0\x01b", &["compressed-continuation"]),
    (Role::Server, DEFLATE, b"\xc1\x03\xff\xff\xff", &["deflate-corrupt"]),
    (
        Role::Server,
        WINDOW_OF_256,
        b"\xc2\x0f\x4a\x4c\x84\x81\xa4\x11\x0f\x92\xf1\x02\x78\x40\x25\x02\x00",
        &["deflate-window"],
    ),
    (
        Role::Server,
        AFRESH,
        b"\xc1\x07\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x05\xf2\x00\x11\x00\x00",
        &["deflate-context"],
    ),
];

/// Lines of a response that replace or join the usual ones, and the violation.
const RESPONSES: &[(&str, &str)] = &[
    ("HTTP/1.1 abc", "status-line-malformed"),
    ("no field", "field-malformed"),
    ("A: b\n", "bare-line-feed"),
    ("HTTP/1.0 101 X", "http-version"),
    ("-Upgrade", "upgrade-missing"),
    ("Upgrade: websockets", "upgrade-wrong"),
    ("-Connection", "connection-missing"),
    ("Connection: close", "connection-lacks-upgrade"),
    ("-Sec-WebSocket-Accept", "accept-missing"),
    ("Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "accept-wrong"),
    ("Sec-WebSocket-Protocol: soap", "subprotocol-not-offered"),
    ("Sec-WebSocket-Protocol: chat, superchat", "subprotocol-malformed"),
    ("Sec-WebSocket-Protocol: chat\r\nsec-websocket-protocol: chat", "duplicate-field"),
    ("Sec-WebSocket-Extensions: bogus", "extension-not-offered"),
    ("Sec-WebSocket-Extensions: a b", "extension-malformed"),
    ("Sec-WebSocket-Extensions: permessage-deflate; x", "deflate-param"),
    ("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=20", "deflate-param"),
    ("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=9", "deflate-not-as-offered"),
    ("Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate", "deflate-repeated"),
];

/// The same for lines of a refusal.
const REFUSALS: &[(&str, &str)] = &[
    ("HTTP/1.1 400", "refusal-malformed"),
    ("no field", "refusal-malformed"),
    ("HTTP/1.1 405 Method Not Allowed", "refusal-lacks-field"),
    ("HTTP/1.1 401 Unauthorized", "refusal-lacks-field"),
    ("HTTP/1.1 426 Upgrade Required", "refusal-lacks-field"),
    ("Upgrade: websocket", "upgrade-unconnected"),
    ("Sec-WebSocket-Version: 13, foo", "versions-malformed"),
];

/// The same for a request.
const REQUESTS: &[(&str, &str)] = &[
    ("GET /", "request-line-malformed"),
    ("GET / HTTP/1.0", "http-version"),
    ("POST / HTTP/1.1", "method-not-get"),
    ("no field", "field-malformed"),
    ("A : b", "field-outdated"),
    ("A: b\r\n c", "field-outdated"),
    ("A: b\n", "bare-line-feed"),
    ("-Host", "host-missing"),
    ("-Upgrade", "upgrade-missing"),
    ("Upgrade: h2c", "upgrade-wrong"),
    ("-Connection", "connection-missing"),
    ("Connection: close", "connection-lacks-upgrade"),
    ("-Sec-WebSocket-Key", "key-missing"),
    ("Sec-WebSocket-Key: AAAA", "key-invalid"),
    ("-Sec-WebSocket-Version", "version-missing"),
    ("Sec-WebSocket-Version: 8", "version-not-13"),
    ("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Version: 13", "duplicate-field"),
    ("Sec-WebSocket-Protocol: a b", "subprotocol-malformed"),
    ("Sec-WebSocket-Protocol: a, b, a", "subprotocol-repeated"),
    ("Sec-WebSocket-Extensions: a;", "extension-malformed"),
    ("Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits", "deflate-param"),
];

const RESPONSE: &[&str] = &[
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];

const REFUSAL: &[&str] = &["HTTP/1.1 400 Bad Request", "Connection: close"];

const REQUEST: &[&str] = &[
    "GET /chat HTTP/1.1",
    "Host: server.example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: chat, superchat",
    "Sec-WebSocket-Extensions: permessage-deflate",
];

/// `base` with one line replaced, added, or removed.
fn edited(base: &[&str], edit: &str) -> Vec<u8> {
    let name = |line: &str| line.split(':').next().unwrap_or_default().trim_start_matches('-').to_owned();
    let mut lines: Vec<String> = base.iter().map(|line| (*line).to_owned()).collect();
    let is_first_line = edit.starts_with("HTTP/") || edit.contains(" /");
    let at = if is_first_line { Some(0) } else { lines.iter().position(|line| name(line) == name(edit)) };
    match at {
        Some(at) if edit.starts_with('-') => drop(lines.remove(at)),
        Some(at) => lines[at] = edit.to_owned(),
        None => lines.push(edit.to_owned()),
    }
    let end = |line: &String| if line.ends_with('\n') { line.clone() } else { format!("{line}\r\n") };
    (lines.iter().map(end).collect::<String>() + "\r\n").into_bytes()
}

fn of_frames(sender: Role, deflate: Deflate, bytes: &[u8]) -> Vec<Violation> {
    let mut decoder = Decoder::new(1 << 20);
    let mut assembler = Assembler::new(sender);
    if let Some(agreed) = deflate {
        assembler = assembler.with_deflate(agreed);
    }
    decoder.push(bytes);
    let mut out = Vec::new();
    while let Some(decoded) = decoder.next_frame() {
        match decoded {
            Decoded::Frame(frame) => assembler.push(&frame, &mut out),
            Decoded::Oversize(header) => assembler.oversize(&header, &mut out),
        }
    }
    let mut found: Vec<_> = out.into_iter().filter_map(as_violation).collect();
    if let Some(wsspec_wire::Partial::Payload { header, received: 0, .. }) = decoder.partial()
        && found.is_empty()
    {
        found = assembler.header(&header);
    }
    found
}

fn as_violation(assembled: Assembled) -> Option<Violation> {
    if let Assembled::Violation(violation) = assembled { Some(violation) } else { None }
}

fn of_response(edit: &str) -> Vec<Violation> {
    let offer = Offer::from_bytes(&edited(REQUEST, "X: y"));
    judge_response(&offer, &ResponseHead::parse(&edited(RESPONSE, edit)))
}

fn of_refusal(edit: &str) -> Vec<Violation> {
    judge_refusal(&ResponseHead::parse(&edited(REFUSAL, edit)))
}

fn of_request(edit: &str) -> Vec<Violation> {
    judge_request(&RequestHead::parse(&edited(REQUEST, edit)))
}

fn names(found: &[Violation]) -> Vec<&'static str> {
    found.iter().map(Violation::name).collect()
}

#[test]
fn valid_input_has_no_violations() {
    assert_eq!(of_frames(Role::Server, PLAIN, b"\x01\x01a\x89\x00\x80\x01b\x88\x02\x03\xe8\x89\x00"), []);
    assert_eq!((of_response("X: y"), of_request("X: y")), (vec![], vec![]));
}

#[test]
fn each_frame_breaks_the_listed_rules() {
    for (sender, deflate, bytes, expected) in FRAMES {
        assert_eq!(names(&of_frames(*sender, *deflate, bytes)), *expected, "{bytes:x?}");
    }
}

#[test]
fn each_response_breaks_the_listed_rule() {
    for (edit, expected) in RESPONSES {
        assert_eq!(names(&of_response(edit)), [*expected], "{edit}");
    }
}

#[test]
fn each_refusal_breaks_the_listed_rule() {
    for (edit, expected) in REFUSALS {
        let found = of_refusal(edit);
        assert_eq!(names(&found), [*expected], "{edit}");
        assert_eq!(found[0].scope(), Scope::WhereCited);
    }
}

#[test]
fn each_request_breaks_the_listed_rule() {
    for (edit, expected) in REQUESTS {
        assert_eq!(names(&of_request(edit)), [*expected], "{edit}");
    }
}

fn all() -> Vec<Violation> {
    let codes = [0, 999, 1004, 1005, 1006, 1010, 1015, 1016, 2999, 5000, 65535].map(CloseCode);
    let frames = FRAMES.iter().flat_map(|(sender, deflate, bytes, _)| of_frames(*sender, *deflate, bytes));
    frames
        .chain(RESPONSES.iter().flat_map(|(edit, _)| of_response(edit)))
        .chain(REFUSALS.iter().flat_map(|(edit, _)| of_refusal(edit)))
        .chain(REQUESTS.iter().flat_map(|(edit, _)| of_request(edit)))
        .chain(judge_garbled(&ResponseHead::parse(b"\x89\x00HTTP/1.1 101 Switching Protocols\r\n\r\n")))
        .chain(codes.map(Violation::CloseCodeNotSendable))
        .chain(of_connections())
        .chain(of_http2())
        .collect()
}

#[test]
fn every_violation_is_provoked() {
    let seen: BTreeSet<_> = all().iter().map(ViolationKind::from).collect();
    assert_eq!(seen, ViolationKind::all().collect());
}

#[test]
fn every_variant_has_a_name_of_its_own() {
    let names: BTreeSet<_> = ViolationKind::all().map(ViolationKind::name).collect();
    assert_eq!(names.len(), ViolationKind::all().count());
    assert_eq!(Violation::VersionNot13("8".into()).name(), "version-not-13");
}

#[test]
fn every_requirement_cited_is_in_the_catalogue() {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../../cases");
    for violation in all() {
        let cited = violation.requirement();
        assert_eq!(RequirementId::parse(cited.as_str()), Some(cited.clone()), "{violation:?}");
        let (rfc, id) = cited.as_str().split_once('#').expect("a specification and an id");
        let path = format!("{cases}/{rfc}/requirements.toml");
        let catalogue = std::fs::read_to_string(&path).expect("the catalogue");
        assert!(catalogue.contains(&format!("id = \"{id}\"\n")), "{violation:?} cites {rfc}#{id}");
    }
}

#[test]
fn every_violation_says_one_printable_sentence_without_full_stop() {
    for violation in all() {
        let text = violation.to_string();
        assert!(!text.is_empty() && !text.ends_with('.') && !text.contains(char::is_control), "{text:?}");
    }
}
