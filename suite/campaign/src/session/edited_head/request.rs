//! Requests.

use std::sync::LazyLock;

use wsspec_notation::{RequestSpec, Sending, Step, Word};

use super::{HeadChange, HeadEdit, fields_of, is_word};

/// A request that has begun.
pub(super) const BEGUN: &str = "GET / HTTP/1.1\r\nHost: wsspec.invalid\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

/// Edits that a server has to accept: the line below the request, the requirement.
pub(super) const TAKEN: [(&str, &str); 17] = [
    ("Upgrade: WebSocket", "rfc6455#4.2.1:15"),
    ("Upgrade: WEBSOCKET", "rfc6455#4.2.1:15"),
    ("Connection: upgrade", "rfc6455#4.2.1:19"),
    ("Connection: UPGRADE", "rfc6455#4.2.1:19"),
    ("Connection: keep-alive, Upgrade", "rfc6455#4.2.1:20"),
    ("Connection: keep-alive,upgrade", "rfc6455#4.2.1:20"),
    ("+Cookie: wsspec=1; theme=\"dark\"", "rfc6455#4.2.1:30"),
    ("+User-Agent: wsspec", "rfc6455#4.2.1:30"),
    ("+Pragma: no-cache", "rfc6455#4.2.1:30"),
    ("+X-Wsspec: 1", "rfc6455#4.2.1:31"),
    ("+X-Empty:", "rfc6455#4.2.1:31"),
    ("+Sec-WebSocket-Extensions: x-wsspec", "rfc6455#9.1:16"),
    ("Host last", "rfc6455#4.2.1:5"),
    ("Upgrade first", "rfc6455#4.2.1:5"),
    ("Connection last", "rfc6455#4.2.1:5"),
    ("Sec-WebSocket-Key first", "rfc6455#4.2.1:5"),
    ("Sec-WebSocket-Version first", "rfc6455#4.2.1:5"),
];

/// Edits that a server has to refuse, and whether the result is a plain HTTP request.
pub(super) const REFUSED: [(&str, &str, bool); 22] = [
    ("-Host", "rfc6455#4.2.1:11", false),
    ("-Upgrade", "rfc6455#4.2.1:13", true),
    ("Upgrade: websockets", "rfc6455#4.2.1:14", true),
    ("Upgrade: foo", "rfc6455#4.2.1:14", true),
    ("-Connection", "rfc6455#4.2.1:17", true),
    ("Connection: keep-alive", "rfc6455#4.2.1:18", true),
    ("Connection: Upgraded", "rfc6455#4.2.1:18", true),
    ("-Sec-WebSocket-Key", "rfc6455#4.2.1:21", false),
    ("Sec-WebSocket-Key:", "rfc6455#4.2.1:23", false),
    ("Sec-WebSocket-Key: AQ==", "rfc6455#4.2.1:23", false),
    ("Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEBES", "rfc6455#4.2.1:23", false),
    ("Sec-WebSocket-Key: AQIDBAUGBwgJ!!!MDQ4PEA==", "rfc6455#4.2.1:22", false),
    ("Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA", "rfc6455#4.2.1:22", false),
    ("+Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "rfc6455#11.3.1:2", false),
    ("-Sec-WebSocket-Version", "rfc6455#4.2.1:24", false),
    ("Sec-WebSocket-Version: 12", "rfc6455#4.2.1:25", false),
    ("Sec-WebSocket-Version: 14", "rfc6455#4.2.1:25", false),
    ("Sec-WebSocket-Version: 255", "rfc6455#4.2.1:25", false),
    ("Sec-WebSocket-Version: abc", "rfc6455#4.2.1:4", false),
    ("Sec-WebSocket-Version: 013", "rfc6455#4.2.1:4", false),
    ("+Host: wsspec.invalid", "rfc6455#4.2.1:4", false),
    ("+Sec-WebSocket-Version: 13", "rfc6455#11.3.5:4", false),
];

/// Every edit.
pub(super) static EDITS: LazyLock<Vec<HeadEdit>> = LazyLock::new(|| {
    let plain = |what, fault| HeadEdit { what, fault: Some(fault), is_plain: true, taken: fault };
    let mut edits: Vec<HeadEdit> =
        TAKEN.iter().map(|(line, taken)| HeadEdit::field(line, None, false, taken)).collect();
    edits.extend(
        REFUSED.iter().map(|(line, fault, is_plain)| HeadEdit::field(line, Some(fault), *is_plain, fault)),
    );
    edits.extend(["POST", "HEAD", "get"].map(|method| plain(HeadChange::Method(method), "rfc6455#4.2.1:6")));
    edits.extend(
        ["HTTP/1.0", "HTTP/0.9"].map(|version| plain(HeadChange::Version(version), "rfc6455#4.2.1:7")),
    );
    edits
});

/// The request with these edits.
pub(super) fn step(edits: &[&HeadEdit]) -> Step {
    let mut spec = RequestSpec::default();
    for edit in edits {
        match &edit.what {
            HeadChange::Field(field) => spec.fields.push(field.clone()),
            HeadChange::Method(method) => spec.method = Some(Word::Bare((*method).to_owned())),
            HeadChange::Version(version) => {
                spec.target = Some(Word::Bare("/".to_owned()));
                spec.version = Some(Word::Bare((*version).to_owned()));
            }
        }
    }
    Step::Send(Sending::Request(spec))
}

/// The edits of a request; `None` if one is unknown.
pub(super) fn edits_of(spec: &RequestSpec) -> Option<Vec<&'static HeadEdit>> {
    let mut edits = fields_of(&spec.fields, &EDITS)?;
    if let Some(method) = &spec.method {
        let is = |edit: &&HeadEdit| matches!(edit.what, HeadChange::Method(known) if is_word(method, known));
        edits.push(EDITS.iter().find(is)?);
    }
    match (&spec.target, &spec.version) {
        (None, None) => {}
        (Some(target), Some(version)) if is_word(target, "/") => {
            let is =
                |edit: &&HeadEdit| matches!(edit.what, HeadChange::Version(known) if is_word(version, known));
            edits.push(EDITS.iter().find(is)?);
        }
        _ => return None,
    }
    Some(edits)
}
