//! The heads of an opening handshake as the proxy passes them on (RFC 9110, 7.6), and what its flaws do to them.

use bytes::Bytes;
use wsspec_wire::{Fields, RequestHead, ResponseHead};

use super::flaw::ProxyFlaw;

/// Fields of one connection, besides those that Connection names.
const OF_ONE_CONNECTION: [&str; 4] = ["Connection", "Keep-Alive", "Proxy-Connection", "TE"];

/// The request: with this connection's fields in place of the client's.
pub(super) fn request(flaw: Option<ProxyFlaw>, head: &[u8]) -> Bytes {
    let parsed = RequestHead::parse(head);
    let kept = match flaw {
        Some(ProxyFlaw::HopFieldsKept) => without("Connection", head),
        _ => without_hop(&parsed.fields, head),
    };
    let kept = match parsed.fields.has_token("Connection", "upgrade") {
        true => with("Connection: Upgrade", &kept),
        false => with("Connection: close", &kept),
    };
    match flaw {
        Some(ProxyFlaw::ViaLeftOut) => kept,
        _ => with("Via: 1.1 wsspec", &kept),
    }
}

/// A response that does not open the connection; it is not used again.
pub(super) fn refused(head: &[u8]) -> Bytes {
    with("Connection: close", &without_hop(&ResponseHead::parse(head).fields, head))
}

/// The response that opens the connection.
pub(super) fn accepted(flaw: Option<ProxyFlaw>, head: &Bytes) -> Bytes {
    let Some(flaw) = flaw else { return head.clone() };
    match flaw {
        ProxyFlaw::AcceptDropped => without("Sec-WebSocket-Accept", head),
        ProxyFlaw::AcceptReplaced => {
            with("Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=", &without("Sec-WebSocket-Accept", head))
        }
        ProxyFlaw::ConnectionDropped => without("Connection", head),
        ProxyFlaw::UpgradeDropped => without("Upgrade", head),
        ProxyFlaw::ExtensionAnswerDropped => without("Sec-WebSocket-Extensions", head),
        ProxyFlaw::ExtensionAccepted => with("Sec-WebSocket-Extensions: x-wsspec-unasked", head),
        ProxyFlaw::SubprotocolAdded => with("Sec-WebSocket-Protocol: unasked", head),
        _ => head.clone(),
    }
}

/// Without the fields of one connection, other than Upgrade, which it is about.
fn without_hop(fields: &Fields, head: &[u8]) -> Bytes {
    let values: Vec<_> = fields.all("Connection").collect();
    let options = values.iter().filter_map(|value| std::str::from_utf8(value).ok());
    let options = options.flat_map(|value| value.split(',')).map(str::trim);
    let named = options.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("upgrade"));
    named.chain(OF_ONE_CONNECTION).fold(Bytes::copy_from_slice(head), |head, name| without(name, &head))
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
