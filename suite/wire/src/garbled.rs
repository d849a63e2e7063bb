//! A response whose status line cannot be read: what a server did wrong that meant it for one (RFC 6455, 4.2.2).

use bytes::Bytes;

use crate::{Decoded, Decoder, Header, Opcode, ResponseHead, Violation, head::is_status_line};

/// Payload of a frame that comes too early, in bytes: no more is decoded.
const LONGEST: u64 = 64 << 10;

/// Judges a response that has no status. Frames before a status line came too early; anything else before it, or in its
/// place, makes the line malformed. Nothing is found in what is not recognisable as HTTP, nor in a response with a status:
/// other protocols break none of these rules.
///
/// ```
/// use wsspec_wire::{ResponseHead, judge_garbled};
///
/// let early = ResponseHead::parse(b"\x89\x00HTTP/1.1 101 Switching Protocols\r\n\r\n");
/// assert_eq!(judge_garbled(&early)[0].requirement(), "rfc6455#4.2.2:42");
/// ```
#[must_use]
pub fn judge_garbled(response: &ResponseHead) -> Vec<Violation> {
    if response.status.is_some() {
        return Vec::new();
    }
    let status_line = status_line_within(&response.raw);
    let malformed = response.faults.iter().find(|fault| matches!(fault, Violation::StatusLineMalformed(_)));
    match status_line {
        Some((at, _)) if are_frames(&response.raw[..at]) => {
            vec![Violation::FrameBeforeResponse(response.raw.slice(..at))]
        }
        Some((_, accepts)) => fault(malformed, accepts).into_iter().collect(),
        None if is_acceptance(response) => fault(malformed, true).into_iter().collect(),
        None if response.raw.starts_with(b"HTTP/") => fault(malformed, false).into_iter().collect(),
        None => Vec::new(),
    }
}

/// Judges what a server sent in place of a response, whose head never ended: frames came too early.
///
/// ```
/// use wsspec_wire::judge_unfinished_response;
///
/// let early = judge_unfinished_response(&b"\x88\x02\x03\xea"[..].into()).unwrap();
/// assert_eq!(early.requirement(), "rfc6455#4.2.2:42");
/// assert_eq!(judge_unfinished_response(&b"HTTP/1.1 400 Bad"[..].into()), None);
/// ```
#[must_use]
pub fn judge_unfinished_response(bytes: &Bytes) -> Option<Violation> {
    are_frames(bytes).then(|| Violation::FrameBeforeResponse(bytes.clone()))
}

/// The fault of a response that accepts, or of one that refuses.
fn fault(malformed: Option<&Violation>, accepts: bool) -> Option<Violation> {
    let malformed = malformed?.clone();
    Some(if accepts { malformed } else { Violation::RefusalMalformed(Box::new(malformed)) })
}

/// Where a status line begins that has something before it, and whether it is that of a 101.
fn status_line_within(raw: &Bytes) -> Option<(usize, bool)> {
    const START: &[u8] = b"HTTP/1.";
    let starts = (1..raw.len()).filter(|&at| raw[at..].starts_with(START));
    let lines = starts.map(|at| (at, raw[at..].split(|&byte| byte == b'\n').next().unwrap_or_default()));
    let mut found = lines.filter(|(_, line)| is_status_line(line.strip_suffix(b"\r").unwrap_or(line)));
    found.next().map(|(at, line)| (at, line[8..].starts_with(b" 101")))
}

/// Whether bytes are frames as a server sends them, and nothing else.
fn are_frames(mut bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(LONGEST);
    let mut any = false;
    while let Some(decoded) = decoder.decode(&mut bytes) {
        let Decoded::Frame(frame) = decoded else { return false };
        let continues = any && frame.header.opcode == Opcode::CONTINUATION;
        if !continues && !is_first_of_server(&frame.header) {
            return false;
        }
        any = true;
    }
    any && decoder.pending_bytes().is_empty()
}

/// Whether a frame with this header may be the first that a server sends: no other octets are taken for one.
#[must_use]
pub fn is_first_of_server(header: &Header) -> bool {
    let first = [Opcode::TEXT, Opcode::BINARY, Opcode::CLOSE, Opcode::PING, Opcode::PONG];
    first.contains(&header.opcode) && header.rsv.is_none() && header.mask.is_none()
}

/// Whether its fields are those of a 101.
fn is_acceptance(response: &ResponseHead) -> bool {
    let fields = &response.fields;
    let upgrades = fields.get("Upgrade").is_some_and(|value| value.eq_ignore_ascii_case(b"websocket"));
    fields.get("Sec-WebSocket-Accept").is_some() || upgrades && fields.get("Sec-WebSocket-Version").is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &[u8]) -> Vec<&'static str> {
        judge_garbled(&ResponseHead::parse(head)).iter().map(Violation::name).collect()
    }

    #[test]
    fn frames_before_a_response_are_named() {
        for frames in
            [&b"\x89\x00"[..], b"\x81\x06hello\n", b"\x01\x01a\x80\x00", b"\x81\x01a\x88\x02\x03\xe8"]
        {
            let head = [frames, b"HTTP/1.1 101 X\r\nSec-WebSocket-Accept: a\r\n\r\n"].concat();
            assert_eq!(found(&head), ["frame-before-response"], "{frames:?}");
        }
        assert_eq!(found(b"\x89\x00HTTP/1.1 400 Bad\r\n\r\n"), ["frame-before-response"]);
    }

    #[test]
    fn other_bytes_before_a_response_make_its_line_malformed() {
        for garbage in [
            &b"\xef\xbb\xbf"[..],
            b" ",
            b"welcome\r\n",
            b"\x80\0",
            b"\x89\x80\0\0\0\0",
            b"\xc1\x00",
            b"\x89\x05",
        ] {
            let head = [garbage, b"HTTP/1.1 101 X\r\n\r\n"].concat();
            assert_eq!(found(&head), ["status-line-malformed"], "{garbage:?}");
            let head = [garbage, b"HTTP/1.1 403 X\r\n\r\n"].concat();
            assert_eq!(found(&head), ["refusal-malformed"], "{garbage:?}");
        }
    }

    #[test]
    fn a_status_line_that_cannot_be_read_is_named_by_what_the_response_means() {
        for line in ["HTTP/1.1 Switching Protocols", "101 Switching Protocols", "HTTP/1.1 0101 X"] {
            let head = format!("{line}\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: a\r\n\r\n");
            assert_eq!(found(head.as_bytes()), ["status-line-malformed"], "{line}");
        }
        assert_eq!(found(b"HTTP/1.1 Switching\r\nUpgrade: WebSocket\r\n\r\n"), ["status-line-malformed"]);
        assert_eq!(found(b"HTTP/1.1 Forbidden\r\n\r\n"), ["refusal-malformed"]);
        let refusal = b"HTTP/1.1 Use 13\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\r\n";
        assert_eq!(found(refusal), ["refusal-malformed"]);
    }

    #[test]
    fn other_protocols_break_no_rule_of_http() {
        for bytes in [
            &b"220 mail.example ESMTP\r\n500 no 'GET / HTTP/1.1'\r\n\r\n"[..],
            b"\x00\x01\xfe\x1b[2J\r\n\r\n",
            b"ICY 200 OK\r\n\r\n",
            b"\x89\x00\r\n\r\n",
            b"HTTP/1.1 101 X\r\n\r\n",
            b"HTTP/1.1 403 X\r\n\r\n",
        ] {
            assert_eq!(found(bytes), [""; 0], "{bytes:?}");
        }
    }
}
