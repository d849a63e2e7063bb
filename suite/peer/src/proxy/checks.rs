//! Requests that the proxy refuses as a server of HTTP does (RFC 9112, 2.2, 3.2, 5, and 6), unless it has the flaw to pass
//! them on.

use wsspec_wire::{Fields, RequestHead};

use super::flaw::ProxyFlaw;

/// The answer to a request that nobody can read in one way only.
const BAD_REQUEST: &[u8] = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
/// The answer to a client of HTTP/1.0, whose Upgrade does not count (RFC 9110, 7.8).
const UPGRADE_REQUIRED: &[u8] = b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n\
    Connection: Upgrade, close\r\nContent-Length: 0\r\n\r\n";

/// The answer to a request that is not passed on.
pub(super) fn refusal(flaw: Option<ProxyFlaw>, raw: &[u8]) -> Option<&'static [u8]> {
    let head = RequestHead::parse(raw);
    let faults = [
        (has_bare_return(raw), ProxyFlaw::ReturnPassed),
        (has_fold(raw), ProxyFlaw::FoldPassed),
        (has_blank(raw), ProxyFlaw::BlankPassed),
        (head.fields.all("Host").count() != 1, ProxyFlaw::HostUnchecked),
        (has_both_lengths(&head.fields), ProxyFlaw::BothLengthsPassed),
        (has_other_coding(&head.fields), ProxyFlaw::CodingUnchecked),
        (has_invalid_length(&head.fields), ProxyFlaw::LengthUnchecked),
    ];
    let passes_return = matches!(flaw, Some(ProxyFlaw::ReturnDropped | ProxyFlaw::ReturnEndsLine));
    let flaw = if passes_return { Some(ProxyFlaw::ReturnPassed) } else { flaw };
    if faults.iter().any(|(is_there, passes)| *is_there && flaw != Some(*passes)) {
        return Some(BAD_REQUEST);
    }
    let is_old = raw.split(|byte| *byte == b'\r').next().is_some_and(|line| line.ends_with(b"HTTP/1.0"));
    (is_old && flaw != Some(ProxyFlaw::OldVersionUpgraded)).then_some(UPGRADE_REQUIRED)
}

/// A message that is both chunked and of a certain length.
pub(super) fn has_both_lengths(fields: &Fields) -> bool {
    fields.get("Transfer-Encoding").is_some() && fields.get("Content-Length").is_some()
}

/// A value that goes on in a line of its own.
pub(super) fn has_fold(raw: &[u8]) -> bool {
    raw.windows(2).any(|pair| pair[0] == b'\n' && matches!(pair[1], b' ' | b'\t'))
}

fn has_bare_return(raw: &[u8]) -> bool {
    raw.windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n')
}

/// White space between a name and its colon.
fn has_blank(raw: &[u8]) -> bool {
    let name = |line: &[u8]| line.split(|byte| *byte == b':').next().is_some_and(ends_in_space);
    raw.split(|byte| *byte == b'\n').skip(1).any(|line| line.contains(&b':') && name(line))
}

fn ends_in_space(name: &[u8]) -> bool {
    matches!(name.last(), Some(b' ' | b'\t'))
}

fn has_other_coding(fields: &Fields) -> bool {
    let last =
        |value: &[u8]| value.rsplit(|byte| *byte == b',').next().map(<[u8]>::trim_ascii).map(<[u8]>::to_vec);
    let coding = fields.all("Transfer-Encoding").last().and_then(|value| last(value));
    coding.is_some_and(|coding| !coding.eq_ignore_ascii_case(b"chunked"))
}

fn has_invalid_length(fields: &Fields) -> bool {
    let values: Vec<_> = fields.all("Content-Length").map(|value| value.trim_ascii()).collect();
    values
        .iter()
        .any(|value| value.is_empty() || !value.iter().all(u8::is_ascii_digit) || *value != values[0])
}
