//! The heads of an opening handshake, from HTTP/2 to HTTP/1.1 and back (RFC 8441, 5; RFC 9113, 8.2), and what flaws do to them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_carriers::{ComposedOpening, StartLine};
use wsspec_wire::{RequestHead, ResponseHead, Violation};

use super::flaw::GatewayFlaw;
use crate::http_peer::is_of_http1;

/// The key that it asks with. A real gateway chooses another one each time.
pub(super) fn key(flaw: Option<GatewayFlaw>) -> String {
    STANDARD.encode(if flaw == Some(GatewayFlaw::KeyOfZeros) {
        b"0000000000000000"
    } else {
        b"wsspec gateway 1"
    })
}

/// Why a request is not passed on: with the status that it is answered with; without one it is reset.
pub(super) fn fault(flaw: Option<GatewayFlaw>, request: &RequestHead) -> Option<Option<&'static str>> {
    let has = |name: &str| request.fields.get(name).is_some();
    let passes = |fault: &Violation| match fault {
        Violation::Http2FieldInvalid { .. } => flaw == Some(GatewayFlaw::InvalidFieldPassed),
        Violation::Http2ConnectionField { .. } => flaw == Some(GatewayFlaw::ConnectionFieldPassed),
        _ => false,
    };
    if let Some(fault) = request.faults.iter().find(|fault| !passes(fault)) {
        return Some(matches!(fault, Violation::Http2FieldInvalid { .. }).then_some("400"));
    }
    let is_whole = has(":scheme") && has(":path") && has(":authority");
    let Some(protocol) = request.fields.get(":protocol") else {
        // A tunnel to any host, or another request: none of that is offered.
        let is_malformed =
            if request.method == "CONNECT" { has(":scheme") || has(":path") } else { !is_whole };
        return Some((!is_malformed).then_some("501"));
    };
    if !is_whole || request.method != "CONNECT" {
        return Some(None);
    }
    let is_known = protocol == "websocket" || flaw == Some(GatewayFlaw::UnknownProtocolUpgraded);
    (!is_known).then_some(Some("501"))
}

/// The request for an upgrade.
pub(super) fn upgrade(flaw: Option<GatewayFlaw>, request: &RequestHead, key: &str) -> Bytes {
    let value = |name: &str| request.fields.get(name).cloned().unwrap_or_default();
    let mut out = [b"GET ", &value(":path")[..], b" HTTP/1.1\r\nHost: ", &value(":authority")].concat();
    out.extend_from_slice(b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nVia: 2.0 wsspec");
    if let Some(via) = request.fields.get("via") {
        let start = out.len() - b"2.0 wsspec".len();
        out.splice(start..start, [via, &b", "[..]].concat());
    }
    out.extend_from_slice(b"\r\n");
    out.extend_from_slice(format!("Sec-WebSocket-Key: {key}\r\n").as_bytes());
    // One field, as other versions have it (RFC 9113, 8.2.3).
    let cookies: Vec<_> = request.fields.all("cookie").map(|cookie| &cookie[..]).collect();
    let is_split = flaw == Some(GatewayFlaw::CookiesSplit);
    if !cookies.is_empty() && !is_split {
        out.extend_from_slice(&[b"Cookie: ", &cookies.join(&b"; "[..])[..], b"\r\n"].concat());
    }
    for field in &request.fields.0 {
        let name = &field.name[..];
        let is_own = ["host", "via"].contains(&name)
            || name == "sec-websocket-key" && flaw != Some(GatewayFlaw::KeyKept)
            || name == "cookie" && !is_split
            || name == "sec-websocket-protocol" && flaw == Some(GatewayFlaw::SubprotocolDropped);
        if !name.starts_with(':') && !is_own && !is_of_http1(name) {
            out.extend_from_slice(&[name.as_bytes(), b": ", &field.value, b"\r\n"].concat());
        }
    }
    out.extend_from_slice(b"\r\n");
    out.into()
}

/// The response as HTTP/2 has it.
pub(super) fn response(flaw: Option<GatewayFlaw>, response: &ResponseHead) -> ComposedOpening {
    let status = match response.status {
        Some(101) => 200,
        status => status.unwrap_or(502),
    };
    let mut fields = vec![(":status".to_owned(), Bytes::from(status.to_string()))];
    let named: Vec<_> =
        response.fields.all("Connection").flat_map(|value| value.split(|byte| *byte == b',')).collect();
    let is_named =
        |name: &str| named.iter().any(|option| option.trim_ascii().eq_ignore_ascii_case(name.as_bytes()));
    for field in &response.fields.0 {
        let name = field.name.to_ascii_lowercase();
        let is_hop = is_of_http1(&name) || name == "proxy-connection" || is_named(&name);
        let is_kept = flaw == Some(GatewayFlaw::ConnectionFieldsReturned)
            && matches!(&name[..], "connection" | "upgrade");
        if is_kept || !is_hop {
            fields.push((name, field.value.clone()));
        }
    }
    composed(fields)
}

pub(super) fn composed(fields: Vec<(String, Bytes)>) -> ComposedOpening {
    // The first line is among the fields.
    let start = StartLine::Response { status: 200, reason: Bytes::new() };
    ComposedOpening { start, fields, verbatim: Vec::new() }
}
