//! The request of the client over HTTP/2 (RFC 8441, 5).

use bytes::Bytes;
use wsspec_carriers::{ComposedOpening, StartLine};
use wsspec_wire::RequestHead;

use super::KEY;
use crate::{Flaw, flaw::Conduct, http_peer::is_of_http1};

/// The fields of a head being built.
type RequestFields = Vec<(String, Bytes)>;

/// An extended CONNECT for what a request of HTTP/1.1 asks for.
pub(super) fn of_http1(fault: Conduct, request: &[u8], secure: bool) -> ComposedOpening {
    let request = RequestHead::parse(request);
    let mut fields = pseudo_fields(fault, &request, secure);
    for field in &request.fields.0 {
        let is_own = |name: &str| field.name.eq_ignore_ascii_case(name);
        if !is_own("Host") && !is_own(KEY) && !is_of_http1(&field.name) {
            fields.push((field.name.to_ascii_lowercase(), field.value.clone()));
        }
    }
    spoil(fault, &mut fields);
    // The first line is among the fields.
    let start = StartLine::Request { method: Bytes::new(), target: Bytes::new(), version: Bytes::new() };
    ComposedOpening { start, fields, verbatim: Vec::new() }
}

fn pseudo_fields(fault: Conduct, request: &RequestHead, secure: bool) -> RequestFields {
    let authority = request.fields.get("Host").cloned().unwrap_or_default();
    let scheme = match (fault.is(Flaw::WritesWsScheme), secure) {
        (true, true) => "wss",
        (true, false) => "ws",
        (false, true) => "https",
        (false, false) => "http",
    };
    let method = if fault.is(Flaw::GetsInHttp2) { "GET" } else { "CONNECT" };
    let protocol = if fault.is(Flaw::NamesOtherProtocol) { "websockets" } else { "websocket" };
    let all: [(&str, Bytes); 5] = [
        (":method", method.into()),
        (":protocol", protocol.into()),
        (":scheme", scheme.into()),
        (":path", request.target.clone()),
        (":authority", authority),
    ];
    let left_out = match fault.flaw {
        Some(Flaw::LeavesProtocolOut) => ":protocol",
        Some(Flaw::LeavesSchemeOut) => ":scheme",
        Some(Flaw::LeavesPathOut) => ":path",
        Some(Flaw::LeavesAuthorityOut) => ":authority",
        _ => "",
    };
    let kept = all.into_iter().filter(|(name, _)| *name != left_out);
    kept.map(|(name, value)| (name.to_owned(), value)).collect()
}

/// What a faulty client adds or moves.
fn spoil(fault: Conduct, fields: &mut RequestFields) {
    let more: &[(&str, &str)] = match fault.flaw {
        Some(Flaw::AsksForUpgradeInHttp2) => &[("connection", "Upgrade"), ("upgrade", "websocket")],
        Some(Flaw::SendsKeepAlive) => &[("keep-alive", "timeout=5")],
        Some(Flaw::WritesNamesInUppercase) => &[("X-Wsspec", "1")],
        Some(Flaw::SendsNulInField) => &[("x-wsspec", "a\0b")],
        Some(Flaw::SendsPseudoFieldLast) => &[(":wsspec", "1")],
        _ => &[],
    };
    fields.extend(more.iter().map(|(name, value)| ((*name).to_owned(), Bytes::from(*value))));
    if fault.is(Flaw::RepeatsProtocol) {
        fields.insert(2, (":protocol".to_owned(), "websocket".into()));
    }
}
