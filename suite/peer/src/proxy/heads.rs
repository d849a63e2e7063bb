//! The heads of an opening handshake as the proxy passes them on (RFC 9110, 7.6), and what its flaws do to them.

use bytes::Bytes;
use wsspec_wire::{Fields, RequestHead, ResponseHead, accept_for};

use super::{checks, flaw::ProxyFlaw, leak::ProxyLeak};

/// Fields of one connection, besides those that Connection names.
const OF_ONE_CONNECTION: [&str; 4] = ["Connection", "Keep-Alive", "Proxy-Connection", "TE"];

/// The request: with this connection's fields in place of the client's.
pub(super) fn request(flaw: Option<ProxyFlaw>, leak: &ProxyLeak, head: &[u8]) -> Bytes {
    let parsed = RequestHead::parse(head);
    let kept = match flaw {
        Some(ProxyFlaw::HopFieldsKept) => without("Connection", head),
        Some(ProxyFlaw::ConnectionFieldsKept) => without_named(&parsed.fields, &["Connection"], head),
        Some(ProxyFlaw::VersionRepaired) => {
            let kept = without("Sec-WebSocket-Version", &without_hop(&parsed.fields, head));
            with("Sec-WebSocket-Version: 13", &kept)
        }
        Some(ProxyFlaw::CredentialsCrossed) => crossed(leak, &parsed, &without_hop(&parsed.fields, head)),
        Some(ProxyFlaw::CredentialsLent) => lent(leak, &parsed, &without_hop(&parsed.fields, head)),
        Some(ProxyFlaw::CookieJoined) => joined(leak, &parsed, &without_hop(&parsed.fields, head)),
        Some(ProxyFlaw::ReturnDropped) => at_bare_returns(b"", &without_hop(&parsed.fields, head)),
        Some(ProxyFlaw::ReturnEndsLine) => at_bare_returns(b"\r\n", &without_hop(&parsed.fields, head)),
        _ => without_hop(&parsed.fields, head),
    };
    let kept = match parsed.fields.has_token("Connection", "upgrade") {
        true => with("Connection: Upgrade", &kept),
        false => with("Connection: close", &kept),
    };
    match flaw {
        Some(ProxyFlaw::ViaLeftOut) => kept,
        Some(ProxyFlaw::ViaIncomplete) => with("Via: wsspec", &kept),
        Some(ProxyFlaw::ViaReplaced) => with("Via: 1.1 wsspec", &without("Via", &kept)),
        _ => with("Via: 1.1 wsspec", &kept),
    }
}

/// With the credentials of the first client that had any, in place of its own.
fn crossed(leak: &ProxyLeak, parsed: &RequestHead, head: &Bytes) -> Bytes {
    let Some(own) = parsed.fields.get("Authorization") else { return head.clone() };
    let credentials = leak.credentials(&Bytes::copy_from_slice(own));
    let line = format!("Authorization: {}", String::from_utf8_lossy(&credentials));
    with(&line, &without("Authorization", head))
}

/// With the credentials of the first client that had any, if it has none.
fn lent(leak: &ProxyLeak, parsed: &RequestHead, head: &Bytes) -> Bytes {
    match parsed.fields.get("Authorization") {
        Some(own) => {
            leak.credentials(&Bytes::copy_from_slice(own));
            head.clone()
        }
        None => leak.known_credentials().map_or_else(
            || head.clone(),
            |first| with(&format!("Authorization: {}", String::from_utf8_lossy(&first)), head),
        ),
    }
}

/// With the cookie of the first client that had any before its own.
fn joined(leak: &ProxyLeak, parsed: &RequestHead, head: &Bytes) -> Bytes {
    let Some(own) = parsed.fields.get("Cookie") else { return head.clone() };
    let first = leak.credentials(&Bytes::copy_from_slice(own));
    let (first, own) = (String::from_utf8_lossy(&first), String::from_utf8_lossy(own));
    with(&format!("Cookie: {first}; {own}"), &without("Cookie", head))
}

/// With this in place of each CR that no LF follows.
fn at_bare_returns(replacement: &[u8], head: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(head.len());
    for (at, byte) in head.iter().enumerate() {
        match (byte, head.get(at + 1)) {
            (b'\r', Some(b'\n')) => out.push(b'\r'),
            (b'\r', _) => out.extend_from_slice(replacement),
            _ => out.push(*byte),
        }
    }
    out.into()
}

/// A response that does not open the connection; it is not used again.
pub(super) fn refused(flaw: Option<ProxyFlaw>, head: &[u8]) -> Bytes {
    let fields = ResponseHead::parse(head).fields;
    let kept = without_hop(&fields, head);
    let is_cut = checks::has_both_lengths(&fields) && flaw != Some(ProxyFlaw::BothLengthsReturned);
    with("Connection: close", &if is_cut { without("Content-Length", &kept) } else { kept })
}

/// How long the content of a refusal is, if its head says so.
pub(super) fn length(head: &ResponseHead) -> Option<usize> {
    let length = head.fields.get("Content-Length")?;
    let is_chunked = head.fields.get("Transfer-Encoding").is_some();
    std::str::from_utf8(length).ok().filter(|_| !is_chunked)?.trim().parse().ok()
}

/// The response that opens the connection.
pub(super) fn accepted(flaw: Option<ProxyFlaw>, request: &RequestHead, raw: &Bytes) -> Bytes {
    let head = &match flaw {
        Some(ProxyFlaw::HopFieldsReturned) => raw.clone(),
        _ => with("Connection: Upgrade", &without_hop(&ResponseHead::parse(raw).fields, raw)),
    };
    let Some(flaw) = flaw else { return head.clone() };
    match flaw {
        ProxyFlaw::AcceptDropped => without("Sec-WebSocket-Accept", head),
        ProxyFlaw::AcceptReplaced => {
            with("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=", &without("Sec-WebSocket-Accept", head))
        }
        ProxyFlaw::AcceptRepaired => with(&accept(request), &without("Sec-WebSocket-Accept", head)),
        ProxyFlaw::UnofferedRemoved => {
            let names = ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"];
            let unoffered = names.iter().filter(|name| request.fields.get(name).is_none());
            unoffered.fold(head.clone(), |head, name| without(name, &head))
        }
        ProxyFlaw::LengthOfSwitch => with("Content-Length: 0", head),
        ProxyFlaw::CodingOfSwitch => with("Transfer-Encoding: chunked", head),
        ProxyFlaw::ConnectionDropped => without("Connection", head),
        ProxyFlaw::UpgradeDropped => without("Upgrade", head),
        ProxyFlaw::ExtensionAnswerDropped => without("Sec-WebSocket-Extensions", head),
        ProxyFlaw::ExtensionAccepted => with("Sec-WebSocket-Extensions: x-wsspec-unasked", head),
        ProxyFlaw::SubprotocolAdded => with("Sec-WebSocket-Protocol: unasked", head),
        _ => head.clone(),
    }
}

/// A response that opens the connection though the server has sent none.
pub(super) fn own_acceptance(request: &RequestHead) -> Bytes {
    let line = accept(request);
    format!("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{line}\r\n\r\n")
        .into()
}

fn accept(request: &RequestHead) -> String {
    let key = request.fields.get("Sec-WebSocket-Key").cloned().unwrap_or_default();
    format!("Sec-WebSocket-Accept: {}", accept_for(&key))
}

/// Without the fields of one connection, other than Upgrade, which it is about.
fn without_hop(fields: &Fields, head: &[u8]) -> Bytes {
    without_named(fields, &OF_ONE_CONNECTION, head)
}

/// Without the fields that Connection names, and these.
fn without_named(fields: &Fields, others: &[&str], head: &[u8]) -> Bytes {
    let values: Vec<_> = fields.all("Connection").collect();
    let options = values.iter().filter_map(|value| std::str::from_utf8(value).ok());
    let options = options.flat_map(|value| value.split(',')).map(str::trim);
    let named = options.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("upgrade"));
    named.chain(others.iter().copied()).fold(Bytes::copy_from_slice(head), |head, name| without(name, &head))
}

/// Without the lines of a field.
fn without(name: &str, head: &[u8]) -> Bytes {
    let is_other = |line: &&[u8]| {
        !line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
            || line.get(name.len()) != Some(&b':')
    };
    head.split_inclusive(|byte| *byte == b'\n').filter(is_other).collect::<Vec<_>>().concat().into()
}

/// With another line before the empty one.
fn with(line: &str, head: &[u8]) -> Bytes {
    let body = head.strip_suffix(b"\r\n").unwrap_or(head);
    [body, line.as_bytes(), b"\r\n\r\n"].concat().into()
}
