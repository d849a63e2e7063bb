//! The heads of an opening handshake, from HTTP/1.1 to HTTP/2 and back (RFC 8441, 5; RFC 9113, 8.2), and what flaws do to them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_carriers::{ComposedOpening, StartLine};
use wsspec_wire::{Fields, RequestHead, ResponseHead, accept_for};

use super::flaw::UpgradeGatewayFlaw;
use crate::http_peer::is_of_http1;

/// The octets of a key (RFC 6455, 4.1).
const KEY_LENGTH: usize = 16;

/// Whether a request asks for WebSocket.
pub(super) fn wants_websocket(request: &RequestHead) -> bool {
    request.fields.has_token("Upgrade", "websocket") && request.fields.has_token("Connection", "upgrade")
}

/// Whether a client offers subprotocols: flaws that no server accepts show only then.
fn offers(request: &RequestHead) -> bool {
    request.fields.get("Sec-WebSocket-Protocol").is_some()
}

/// The answer to the key of a request, which no server behind gets to see (RFC 6455, 4.2.1).
pub(super) fn accept(flaw: Option<UpgradeGatewayFlaw>, request: &RequestHead) -> Option<String> {
    let keys: Vec<_> = request.fields.all("Sec-WebSocket-Key").collect();
    let is_key = |key: &Bytes| STANDARD.decode(key).is_ok_and(|octets| octets.len() == KEY_LENGTH);
    let key = match keys[..] {
        _ if flaw == Some(UpgradeGatewayFlaw::AcceptOfPathSent) && offers(request) => request.target.clone(),
        _ if flaw == Some(UpgradeGatewayFlaw::KeyUnchecked) => {
            request.fields.get("Sec-WebSocket-Key").cloned().unwrap_or_default()
        }
        [key] if is_key(key) => key.clone(),
        _ => return None,
    };
    Some(accept_for(&key))
}

/// The request for a WebSocket.
pub(super) fn extended_connect(flaw: Option<UpgradeGatewayFlaw>, request: &RequestHead) -> ComposedOpening {
    let mut fields = control("CONNECT", request);
    fields.insert(1, (":protocol".into(), Bytes::from_static(b"websocket")));
    let flaw = flaw.filter(|_| offers(request));
    if flaw == Some(UpgradeGatewayFlaw::SchemeLeftOut) {
        fields.retain(|(name, _)| name != ":scheme");
    }
    fields.extend(others(&request.fields));
    match flaw {
        Some(UpgradeGatewayFlaw::OfferDropped) => {
            fields.retain(|(name, _)| name != "sec-websocket-protocol");
        }
        Some(UpgradeGatewayFlaw::ConnectionFieldSent) => {
            fields.push(("connection".into(), Bytes::from_static(b"Upgrade")));
        }
        Some(UpgradeGatewayFlaw::UppercaseSent) => {
            fields.push(("X-Forwarded-Proto".into(), Bytes::from_static(b"http")));
        }
        _ => {}
    }
    composed(fields)
}

/// Another request, without its content.
pub(super) fn request(request: &RequestHead) -> ComposedOpening {
    let method = String::from_utf8_lossy(&request.method);
    composed(control(&method, request).into_iter().chain(others(&request.fields)).collect())
}

fn control(method: &str, request: &RequestHead) -> Vec<(String, Bytes)> {
    let authority = request.fields.get("Host").cloned().unwrap_or_default();
    vec![
        (":method".into(), Bytes::from(method.to_owned())),
        (":scheme".into(), Bytes::from_static(b"http")),
        (":path".into(), request.target.clone()),
        (":authority".into(), authority),
    ]
}

/// The fields that are not about a connection of HTTP/1.1.
fn others(fields: &Fields) -> impl Iterator<Item = (String, Bytes)> + '_ {
    let named: Vec<_> =
        fields.all("Connection").flat_map(|value| value.split(|octet| *octet == b',')).collect();
    let is_own = move |name: &str| {
        let is_named = named.iter().any(|option| option.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
        is_named
            || is_of_http1(name)
            || ["host", "te", "proxy-connection", "sec-websocket-key"].contains(&name)
    };
    let lower = fields.0.iter().map(|field| (field.name.to_ascii_lowercase(), field));
    lower
        .filter(move |(name, _)| !is_own(name))
        .map(|(name, field)| (name, field.value.slice_ref(field.value.trim_ascii())))
}

/// The head that opens the connection of the client.
pub(super) fn accepted(flaw: Option<UpgradeGatewayFlaw>, response: &ResponseHead, accept: &str) -> Bytes {
    let mut out =
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n".to_vec();
    out.extend_from_slice(format!("Sec-WebSocket-Accept: {accept}\r\n").as_bytes());
    write(response, &mut out, |name| {
        name == "sec-websocket-protocol" && flaw == Some(UpgradeGatewayFlaw::ChoiceDropped)
    });
    out.into()
}

/// A response before the last one.
pub(super) fn response(response: &ResponseHead) -> Bytes {
    let mut out = status_line(response);
    write(response, &mut out, |_| false);
    out.into()
}

/// A response that opens nothing; the connection ends with its content.
pub(super) fn refused(response: &ResponseHead) -> Bytes {
    let mut out = status_line(response);
    out.extend_from_slice(b"Connection: close\r\n");
    write(response, &mut out, |_| false);
    out.into()
}

pub(super) fn own_answer(status: &str) -> Bytes {
    format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n").into()
}

fn status_line(response: &ResponseHead) -> Vec<u8> {
    format!("HTTP/1.1 {} \r\n", response.status.unwrap_or(502)).into_bytes()
}

fn write(response: &ResponseHead, out: &mut Vec<u8>, is_left_out: impl Fn(&str) -> bool) {
    for field in &response.fields.0 {
        let name = &field.name[..];
        if !(name.starts_with(':') || is_of_http1(name) || is_left_out(name)) {
            out.extend_from_slice(&[name.as_bytes(), b": ", &field.value, b"\r\n"].concat());
        }
    }
    out.extend_from_slice(b"\r\n");
}

pub(super) fn composed(fields: Vec<(String, Bytes)>) -> ComposedOpening {
    // The first line is among the fields.
    let start = StartLine::Response { status: 200, reason: Bytes::new() };
    ComposedOpening { start, fields, verbatim: Vec::new() }
}
