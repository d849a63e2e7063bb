//! What flaws of the proxy do to the heads of an opening handshake.

use bytes::Bytes;
use wsspec_wire::Role;

use super::flaw::ProxyFlaw;

/// A head as the proxy passes it on.
pub(super) fn changed(flaw: ProxyFlaw, from: Role, head: &Bytes) -> Bytes {
    if from == Role::Client {
        return head.clone();
    }
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
