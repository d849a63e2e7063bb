//! The bytes of what went over the wire, and which of them are at fault.

use std::ops::Range;

use wsspec_exchange::{EntryRecord, EventKind, Failure, TrialRecord, Verdict, bytes_of};
use wsspec_wire::Role;

/// Texts longer than this are not turned into bytes again.
const MOST_TEXT: usize = 64 * 1024;

/// The bytes of an entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Bytes {
    pub(super) all: Vec<u8>,
    /// A key of ours is drawn from the seed and stands in no record: the payload is shown without it.
    pub(super) keyless: bool,
}

/// The bytes that `text` stands for; `None` for what has none of its own, is several frames, or is too long.
pub(super) fn bytes(text: &str, sender: Role) -> Option<Bytes> {
    if text.is_empty() || text.len() > MOST_TEXT || text.contains('\n') {
        return None;
    }
    // What stands behind the payload.
    let attributes = text.rsplit('"').next().unwrap_or_default();
    if attributes.contains("split:") || attributes.contains("deflate") {
        return None;
    }
    if let Some(all) = bytes_of(text, sender) {
        return Some(Bytes { all, keyless: false });
    }
    let all = bytes_of(&format!("{text} mask:00000000"), sender)?;
    Some(Bytes { all, keyless: true })
}

/// Who sent an entry.
pub(super) fn sender(event: EventKind, peer: Role) -> Role {
    match (event, peer) {
        (EventKind::Sent | EventKind::Skipped, Role::Server) => Role::Client,
        (EventKind::Sent | EventKind::Skipped, Role::Client) => Role::Server,
        _ => peer,
    }
}

/// Whether an entry is one that a verdict is put down to.
pub(super) fn is_at_fault(entry: &EntryRecord) -> bool {
    ["breaks ", "not expected", "sends our own code"].iter().any(|start| entry.remark.starts_with(start))
}

/// The bytes at fault; empty where the entry is not.
pub(super) fn at_fault(
    trial: &TrialRecord,
    entry: &EntryRecord,
    peer: Role,
    bytes: &[u8],
) -> Option<Range<usize>> {
    if !is_at_fault(entry) || bytes.is_empty() {
        return None;
    }
    let rule =
        entry.remark.strip_prefix("breaks ").and_then(|rest| rest.split(": ").next()).unwrap_or_default();
    let range = match (entry.text.starts_with("raw "), failure(trial)) {
        (true, _) => of_head(rule, bytes),
        (false, Some(failure)) if rule.is_empty() => of_surprise(failure, peer, bytes),
        (false, _) => of_frame(rule, bytes),
    };
    Some(range.start.min(bytes.len())..range.end.min(bytes.len())).filter(|range| !range.is_empty())
}

fn failure(trial: &TrialRecord) -> Option<&Failure> {
    match &trial.verdict {
        Verdict::Fail { failure } | Verdict::Flaky { failure } => Some(failure),
        _ => None,
    }
}

/// Where the parts of a frame are (RFC 6455, 5.2).
#[derive(Clone, Debug, PartialEq)]
struct Layout {
    length: Range<usize>,
    key: Range<usize>,
    payload: Range<usize>,
}

impl Layout {
    fn of(bytes: &[u8]) -> Self {
        let second = bytes.get(1).copied().unwrap_or_default();
        let length = match second & 0x7f {
            126 => 1..4,
            127 => 1..10,
            _ => 1..2,
        };
        let key = length.end..length.end + if second & 0x80 == 0 { 0 } else { 4 };
        let payload = key.end..bytes.len().max(key.end);
        Self { length, key, payload }
    }

    /// The payload as it is meant, from one of its places on.
    fn unmasked(&self, bytes: &[u8]) -> Vec<u8> {
        let key = bytes.get(self.key.clone()).filter(|key| !key.is_empty());
        let payload = bytes.get(self.payload.clone()).unwrap_or_default();
        let at = |place: usize| key.map_or(0, |key| key[place % key.len()]);
        payload.iter().enumerate().map(|(place, byte)| byte ^ at(place)).collect()
    }
}

/// The part of a frame that a requirement is about.
fn of_frame(rule: &str, bytes: &[u8]) -> Range<usize> {
    let layout = Layout::of(bytes);
    let payload = layout.payload.clone();
    let (spec, rule) = rule.split_once('#').unwrap_or_default();
    match (spec, rule.split(':').next().unwrap_or_default(), rule) {
        ("rfc6455", "5.1", _) => 1..2,
        ("rfc6455", _, "5.2:19" | "5.2:22" | "5.5:3") => layout.length,
        // FIN, the reserved bits and the opcode share a byte.
        ("rfc6455", "5.2" | "5.4", _) | ("rfc7692", "6.1", _) | (_, _, "5.5:5") => 0..1,
        ("rfc6455", _, "5.5.1:5") => payload,
        ("rfc6455", _, "5.5.1:13" | "5.5.1:15") => 0..bytes.len(),
        ("rfc6455", _, "5.5.1:8") => payload.start + 2 + text_until(&layout.unmasked(bytes), 2)..bytes.len(),
        ("rfc6455", "5.6", _) => payload.start + text_until(&layout.unmasked(bytes), 0)..bytes.len(),
        ("rfc6455", "7.4.1" | "7.4.2" | "11.7" | "5.5.1", _) => payload.start..payload.start + 2,
        ("rfc7692", ..) => payload,
        _ => 0..bytes.len(),
    }
}

/// How many bytes after `start` are UTF-8; none if all are, as what is wrong then began in an earlier fragment.
fn text_until(payload: &[u8], start: usize) -> usize {
    std::str::from_utf8(payload.get(start..).unwrap_or_default())
        .map_or_else(|error| error.valid_up_to(), |_| 0)
}

/// What of a frame is not what was expected: its opcode, or its payload from the first byte that differs.
fn of_surprise(failure: &Failure, peer: Role, bytes: &[u8]) -> Range<usize> {
    let Some(expected) = self::bytes(&failure.expected, peer) else { return 0..bytes.len() };
    let kind = |bytes: &[u8]| bytes.first().map(|byte| byte & 0x0f);
    if kind(&expected.all) != kind(bytes) {
        return 0..1;
    }
    let (layout, wanted) = (Layout::of(bytes), Layout::of(&expected.all).unmasked(&expected.all));
    let got = layout.unmasked(bytes);
    let same = got.iter().zip(&wanted).take_while(|(got, wanted)| got == wanted).count();
    match same == got.len() {
        // It ends too early.
        true => layout.length,
        false => layout.payload.start + same..bytes.len(),
    }
}

/// The line of a head that a requirement is about.
fn of_head(rule: &str, bytes: &[u8]) -> Range<usize> {
    let field: &[u8] = match rule {
        "rfc6455#4.2.2:30" => b"upgrade:",
        "rfc6455#4.2.2:31" => b"connection:",
        "rfc6455#4.2.2:32" | "rfc6455#4.2.2:33" | "rfc6455#11.3.3:1" => b"sec-websocket-accept:",
        "rfc6455#4.2.2:20" | "rfc6455#4.2.2:21" | "rfc6455#4.3:12" | "rfc6455#4.1:46"
        | "rfc6455#11.3.4:3" => b"sec-websocket-protocol:",
        "rfc6455#4.3:13" => b"sec-websocket-version:",
        "rfc6455#4.2.2:27" | "rfc6455#4.3:5" => b"sec-websocket-extensions:",
        _ if rule.starts_with("rfc7692") => b"sec-websocket-extensions:",
        _ => b"",
    };
    let mut start = 0;
    let mut first = None;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let range = start..start + line.len();
        start = range.end;
        if !field.is_empty() && line.len() >= field.len() && line[..field.len()].eq_ignore_ascii_case(field) {
            return range;
        }
        first.get_or_insert(range);
    }
    first.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> Vec<u8> {
        bytes(text, Role::Server).unwrap_or_default().all
    }

    #[test]
    fn a_frame_of_ours_is_shown_without_the_key_that_no_record_has() {
        let found = bytes("text \"a\" -fin", Role::Client);
        assert_eq!(found, Some(Bytes { all: vec![0x01, 0x81, 0, 0, 0, 0, b'a'], keyless: true }));
        assert_eq!(bytes("text \"a\" split:1", Role::Client), None);
        assert_eq!(bytes("request", Role::Client), None);
    }

    #[test]
    fn each_rule_marks_the_bytes_it_is_about() {
        let table = [
            ("rfc6455#5.1:5", "text \"a\" mask:01020304", 1..2),
            ("rfc6455#5.2:3", "text \"a\" +rsv1", 0..1),
            ("rfc6455#5.2:22", "text \"a\" len16", 1..4),
            ("rfc6455#5.2:12", "op:3 \"a\"", 0..1),
            ("rfc6455#5.4:4", "cont \"a\"", 0..1),
            ("rfc6455#5.5:5", "ping \"a\" -fin", 0..1),
            ("rfc6455#5.6:2", "text \"ab\\xFFc\"", 4..6),
            ("rfc6455#5.6:2", "text \"ab\\xFFc\" mask:01020304", 8..10),
            ("rfc6455#7.4.1:8", "close 1005 \"no\"", 2..4),
            ("rfc6455#5.5.1:5", "close x\"03\"", 2..3),
            ("rfc6455#5.5.1:8", "close 1000 \"a\\xFF\"", 5..6),
            ("rfc6455#5.5.1:13", "text \"a\"", 0..3),
        ];
        for (rule, text, range) in table {
            assert_eq!(of_frame(rule, &wire(text)), range, "{rule}: {text}");
        }
    }

    #[test]
    fn a_surprise_is_marked_from_where_it_differs() {
        let failure = |expected: &str| Failure {
            line: 1,
            expected: expected.into(),
            actual: String::new(),
            requirement: String::new(),
        };
        let of = |expected: &str, got: &str| of_surprise(&failure(expected), Role::Server, &wire(got));
        assert_eq!(of("pong \"p\"", "close 1011"), 0..1);
        assert_eq!(of("text \"fragment\"", "text \"fragrant\""), 6..10);
        assert_eq!(of("text \"fragment\"", "text \"frag\""), 1..2);
        assert_eq!(of("no notation", "text \"frag\""), 0..6);
    }

    #[test]
    fn a_head_is_marked_at_its_field() {
        let head = b"HTTP/1.1 101 Yes\r\nUpgrade: x\r\nSEC-WebSocket-Accept: y\r\n\r\n";
        assert_eq!(of_head("rfc6455#4.2.2:33", head), 30..55);
        assert_eq!(of_head("rfc6455#4.2.2:30", head), 18..30);
        assert_eq!(of_head("", head), 0..18);
        assert_eq!(of_head("rfc6455#4.2.2:31", head), 0..18);
    }
}
