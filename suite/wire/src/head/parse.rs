//! Bytes of a head to its parts; accepts any bytes.

use bytes::Bytes;

use super::{Field, Fields, RequestHead, ResponseHead};
use crate::{Role, Version, Violation, extension::is_token};

impl ResponseHead {
    /// Parses a head; malformed parts are in [`faults`](Self::faults). Bytes after the empty line are ignored.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let raw = Bytes::copy_from_slice(bytes);
        let mut lines = HeadLines::new(&raw);
        let first = lines.first();
        let mut faults = Vec::new();
        // Only a request may be preceded by empty lines (RFC 2616, 4.1).
        if raw.starts_with(b"\r") || raw.starts_with(b"\n") {
            faults.push(Violation::StatusLineMalformed(Bytes::new()));
        }
        let (version, status, reason) = match status_line(&first) {
            Some((version, status, reason)) => {
                // Parsers accept its absence, but the space before the reason is required even without a reason.
                if first.len() == STATUS_END {
                    faults.push(Violation::StatusLineMalformed(first));
                }
                (Some(version), Some(status), reason)
            }
            None => {
                faults.push(Violation::StatusLineMalformed(first));
                (None, None, Bytes::new())
            }
        };
        let fields = fields(&mut lines, Role::Server, &mut faults);
        let raw = raw.slice(..lines.at);
        Self { version, status, reason, fields, raw, faults }
    }
}

impl RequestHead {
    /// Parses a head; malformed parts are in [`faults`](Self::faults). Bytes after the empty line are ignored.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Self {
        let raw = Bytes::copy_from_slice(bytes);
        let mut lines = HeadLines::new(&raw);
        let first = lines.first();
        let (method, target, version) = request_line(&first);
        let well_formed = is_token(&method) && version.is_some() && is_target(&target);
        let mut faults = Vec::new();
        if !well_formed {
            faults.push(Violation::RequestLineMalformed(first));
        }
        let fields = fields(&mut lines, Role::Client, &mut faults);
        let raw = raw.slice(..lines.at);
        Self { method, target, version, fields, raw, faults }
    }
}

/// The lines of a head, up to its empty line.
struct HeadLines<'a> {
    raw: &'a Bytes,
    at: usize,
    bare_line_feed: bool,
}

impl<'a> HeadLines<'a> {
    fn new(raw: &'a Bytes) -> Self {
        Self { raw, at: 0, bare_line_feed: false }
    }

    /// The first line; empty lines before it are skipped (RFC 2616, 4.1).
    fn first(&mut self) -> Bytes {
        loop {
            match self.next_line() {
                Some(line) if line.is_empty() => {}
                line => return line.unwrap_or_default(),
            }
        }
    }

    /// The next field line; `None` at the empty line or the end.
    fn field(&mut self) -> Option<Bytes> {
        self.next_line().filter(|line| !line.is_empty())
    }

    /// The next line without its line ending; `None` at the end.
    fn next_line(&mut self) -> Option<Bytes> {
        let rest = self.raw.slice(self.at..);
        if rest.is_empty() {
            return None;
        }
        let Some(feed) = rest.iter().position(|&byte| byte == b'\n') else {
            self.at = self.raw.len();
            return Some(rest);
        };
        self.at += feed + 1;
        let line = rest.slice(..feed);
        match line.strip_suffix(b"\r") {
            Some(stripped) => Some(line.slice_ref(stripped)),
            None => {
                self.bare_line_feed = true;
                Some(line)
            }
        }
    }
}

/// Where the status of a status line ends.
const STATUS_END: usize = "HTTP/1.1 101".len();

/// Whether a line, without its line end, is a status line.
pub(crate) fn is_status_line(line: &[u8]) -> bool {
    status_line(&Bytes::copy_from_slice(line)).is_some()
}

fn status_line(line: &Bytes) -> Option<(Version, u16, Bytes)> {
    let (version, rest) = line.split_at_checked(8)?;
    let version = http_version(version)?;
    let [b' ', a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', reason @ ..] = rest else { return None };
    let status = [a, b, c].iter().fold(0, |status, digit| status * 10 + u16::from(*digit - b'0'));
    let reason = match reason {
        [] => Bytes::new(),
        [b' ', reason @ ..] => line.slice_ref(reason),
        _ => return None,
    };
    has_no_control(&reason).then_some((version, status, reason))
}

fn request_line(line: &Bytes) -> (Bytes, Bytes, Option<Version>) {
    let (first, last) = (line.iter().position(|&b| b == b' '), line.iter().rposition(|&b| b == b' '));
    let (Some(first), Some(last)) = (first, last) else { return (line.clone(), Bytes::new(), None) };
    let version = http_version(&line[last + 1..]);
    let end = if version.is_some() { last } else { line.len() };
    (line.slice(..first), line.slice((first + 1).min(end)..end), version)
}

fn is_target(target: &[u8]) -> bool {
    !target.is_empty() && target.iter().all(|&byte| byte > b' ' && byte != 0x7F)
}

fn http_version(text: &[u8]) -> Option<Version> {
    match text.strip_prefix(b"HTTP/")? {
        [major @ b'0'..=b'9', b'.', minor @ b'0'..=b'9'] => {
            Some(Version { major: major - b'0', minor: minor - b'0' })
        }
        _ => None,
    }
}

fn fields(lines: &mut HeadLines<'_>, sender: Role, faults: &mut Vec<Violation>) -> Fields {
    let mut fields: Vec<Field> = Vec::new();
    let mut folded = Vec::new();
    while let Some(line) = lines.field() {
        match (line[0], fields.last()) {
            (b' ' | b'\t', Some(last)) if has_no_control(&line) => {
                fold(&mut folded, last, &line);
                faults.push(Violation::FieldOutdated { sender, line });
            }
            _ => {
                unfold(&mut folded, &mut fields);
                match field(&line) {
                    Some(field) => {
                        if line.len() > field.name.len() && line[field.name.len()] != b':' {
                            faults.push(Violation::FieldOutdated { sender, line: line.clone() });
                        }
                        fields.push(field);
                    }
                    None => faults.push(Violation::FieldMalformed { sender, line }),
                }
            }
        }
    }
    unfold(&mut folded, &mut fields);
    if lines.bare_line_feed {
        faults.push(Violation::BareLineFeed(sender));
    }
    Fields(fields)
}

/// `name: value`. White space before the colon is read as RFC 2616, 2.1 allowed it.
fn field(line: &Bytes) -> Option<Field> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    let name = name.trim_ascii_end();
    if !is_token(name) || !has_no_control(value) {
        return None;
    }
    let name = String::from_utf8_lossy(name).into_owned();
    Some(Field { name, value: line.slice_ref(value.trim_ascii()) })
}

fn has_no_control(text: &[u8]) -> bool {
    text.iter().all(|&byte| byte >= b' ' && byte != 0x7F || byte == b'\t')
}

/// Joins a line that begins with white space to the field before it (RFC 2616, 2.2), in linear time.
fn fold(folded: &mut Vec<u8>, field: &Field, line: &[u8]) {
    if folded.is_empty() {
        folded.extend_from_slice(&field.value);
    }
    folded.push(b' ');
    folded.extend_from_slice(line.trim_ascii());
}

fn unfold(folded: &mut Vec<u8>, fields: &mut [Field]) {
    if let (false, Some(field)) = (folded.is_empty(), fields.last_mut()) {
        field.value = folded.trim_ascii().to_vec().into();
        folded.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(text: &str) -> ResponseHead {
        ResponseHead::parse(text.as_bytes())
    }

    #[test]
    fn a_well_formed_response_has_no_faults() {
        let head = response("HTTP/1.1 101 Switching Protocols\r\nA: 1\r\nb:  2 \r\n\r\nframes");
        assert_eq!((head.version, head.status), (Some(Version::HTTP_11), Some(101)));
        assert_eq!(head.reason, "Switching Protocols");
        assert_eq!(head.fields.get("B"), Some(&"2".into()));
        assert_eq!(head.faults, []);
        assert!(head.raw.ends_with(b"\r\n\r\n"));
    }

    #[test]
    fn a_status_line_may_lack_its_reason_but_not_the_space_before_it() {
        let (with, without) = (response("HTTP/1.1 101 \r\n\r\n"), response("HTTP/1.1 101\r\n\r\n"));
        assert_eq!((with.status, with.faults.len()), (Some(101), 0));
        assert_eq!((without.status, without.faults.len()), (Some(101), 1));
    }

    #[test]
    fn an_empty_line_before_a_response_is_reported() {
        let head = response("\r\nHTTP/1.1 101 X\r\n\r\n");
        assert_eq!((head.status, head.faults.len()), (Some(101), 1));
    }

    #[test]
    fn an_invalid_status_line_is_reported() {
        for line in ["", "HTTP/1.1", "HTTP/1.1 10", "HTTP/1.1 1011 X", "http/1.1 101 X", "ICY 200 OK"] {
            let head = response(&format!("{line}\r\nA: 1\r\n\r\n"));
            assert_eq!(head.status, None, "{line}");
            assert!(matches!(head.faults[0], Violation::StatusLineMalformed(_)), "{line}");
        }
    }

    #[test]
    fn an_invalid_field_is_reported_and_left_out() {
        let head = response("HTTP/1.1 101 X\r\nno colon\r\nb\x01d: 1\r\n: 2\r\nok: \x01\r\nA: 1\r\n\r\n");
        assert_eq!((head.fields.0.len(), head.faults.len()), (1, 4));
    }

    #[test]
    fn a_folded_line_joins_the_field_before_it() {
        let head = response("HTTP/1.1 101 X\r\nA: 1\r\n\t 2\r\n\r\n");
        let outdated = Violation::FieldOutdated { sender: Role::Server, line: "\t 2".into() };
        assert_eq!((head.fields.get("a"), head.faults), (Some(&"1 2".into()), vec![outdated]));
    }

    #[test]
    fn white_space_before_a_colon_is_reported_and_read_over() {
        let head = response("HTTP/1.1 101 X\r\nA : 1\r\n\r\n");
        let outdated = Violation::FieldOutdated { sender: Role::Server, line: "A : 1".into() };
        assert_eq!((head.fields.get("a"), head.faults), (Some(&"1".into()), vec![outdated]));
    }

    #[test]
    fn a_bare_line_feed_is_reported_once() {
        let head = response("HTTP/1.1 101 X\nA: 1\n\n");
        assert_eq!((head.status, head.faults), (Some(101), vec![Violation::BareLineFeed(Role::Server)]));
    }

    #[test]
    fn a_request_line_is_taken_apart() {
        let head = RequestHead::parse(b"GET /chat?x HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_eq!((&head.method[..], &head.target[..]), (&b"GET"[..], &b"/chat?x"[..]));
        assert_eq!((head.version, head.faults), (Some(Version::HTTP_11), vec![]));
    }

    #[test]
    fn a_malformed_request_line_is_parsed_as_far_as_possible() {
        let head = RequestHead::parse(b"GET /a b HTTP/1.1\r\n\r\n");
        assert_eq!((&head.target[..], head.faults.len()), (&b"/a b"[..], 1));
        let head = RequestHead::parse(b"GET\r\n\r\n");
        assert_eq!((&head.method[..], head.version, head.faults.len()), (&b"GET"[..], None, 1));
        let head = RequestHead::parse(b"GET /\r\n\r\n");
        assert_eq!((&head.target[..], head.version), (&b"/"[..], None));
        assert_eq!(RequestHead::parse(b" HTTP/1.1").faults.len(), 1);
        assert_eq!(RequestHead::parse(b"").faults.len(), 1);
    }
}
