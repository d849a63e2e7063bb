//! Builds our opening handshakes from script and setup.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_carriers::{ComposedOpening, StartLine};
use wsspec_notation::{FieldEdit, FieldPlace, ItemSpec, Payload, PeerValue, RequestSpec, ResponseSpec, Word};
use wsspec_wire::{DeflateOffer, Offer, accept_for, is_interim};

use crate::{
    peer_value,
    setup::{Carrier, Setup, Side, TunnelSettings},
};

/// A request with this key.
pub(crate) fn request(
    spec: &RequestSpec,
    setup: &Setup,
    offers_deflate: bool,
    key: [u8; 16],
) -> ComposedOpening {
    if let Some(tunnel) = setup.tunnel.as_ref().filter(|_| asks_for_tunnel(spec)) {
        return tunnel_request(spec, setup, tunnel);
    }
    let (authority, target) = match &setup.side {
        Side::Client(uri) => (&*uri.authority, &*uri.target),
        Side::Server(_) => ("", "/"),
    };
    let word = |word: &Option<Word>, usual: &str| {
        word.as_ref().map_or_else(|| Bytes::copy_from_slice(usual.as_bytes()), Word::bytes)
    };
    let target = filled_in(&word(&spec.target, target), target);
    let mut fields = match setup.carrier {
        Carrier::Http1 | Carrier::Tcp => vec![
            field("Host", authority),
            field("Upgrade", "websocket"),
            field("Connection", "Upgrade"),
            field("Sec-WebSocket-Key", STANDARD.encode(key)),
            field("Sec-WebSocket-Version", "13"),
        ],
        Carrier::Http2 | Carrier::Http3 => extended_connect(setup, authority, &target),
    };
    for (name, value) in &setup.fields {
        // There is one host, whoever names it.
        let is_host =
            |usual: &str| name.eq_ignore_ascii_case("Host") && matches!(usual, "Host" | ":authority");
        match fields.iter_mut().find(|(usual, _)| is_host(usual)) {
            Some(host) => host.1 = Bytes::copy_from_slice(value.as_bytes()),
            None => fields.push(field(name, value)),
        }
    }
    fields.extend(offers_deflate.then(|| field("Sec-WebSocket-Extensions", "permessage-deflate")));
    let (method, version) = (word(&spec.method, "GET"), word(&spec.version, "HTTP/1.1"));
    let start = StartLine::Request { method, target, version };
    edited(start, fields, &spec.fields, &|value| peer_value::of_server(value, setup).unwrap_or_default())
}

fn asks_for_tunnel(spec: &RequestSpec) -> bool {
    spec.method.as_ref().is_some_and(|method| method.bytes() == "CONNECT")
}

/// A request to a proxy for a tunnel (RFC 9110, 9.3.6). In its target, `{target}` is the server's host and port, `{host}` and
/// `{port}` are each of them, and `{wrapped}` is a number that looks like the port to who keeps 16 bits of it.
fn tunnel_request(spec: &RequestSpec, setup: &Setup, tunnel: &TunnelSettings) -> ComposedOpening {
    let TunnelSettings { host, port, fields: own } = tunnel;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let text = spec.target.as_ref().map_or_else(|| "{target}".into(), Word::bytes);
    let (whole, wrapped) = (format!("{host}:{port}"), u32::from(*port) + (1 << 16));
    let (port, wrapped) = (port.to_string(), wrapped.to_string());
    let values: [(&str, &str); 4] =
        [("{target}", &whole), ("{host}", &host), ("{port}", &port), ("{wrapped}", &wrapped)];
    let target = Bytes::from(values.into_iter().fold(text.to_vec(), replaced));
    let mut fields = vec![field("Host", target.clone())];
    fields.extend(own.iter().map(|(name, value)| field(name, value)));
    let version = spec.version.as_ref().map_or_else(|| Bytes::from_static(b"HTTP/1.1"), Word::bytes);
    let start = StartLine::Request { method: Bytes::from_static(b"CONNECT"), target, version };
    edited(start, fields, &spec.fields, &|value| peer_value::of_server(value, setup).unwrap_or_default())
}

/// A request of HTTP that opens no WebSocket, with the length of its body.
pub(crate) fn http_request(spec: &ItemSpec, setup: &Setup) -> ComposedOpening {
    let authority = setup.side.uri().map_or("", |uri| &uri.authority);
    let mut fields = vec![field("Host", authority)];
    for (name, value) in &setup.fields {
        fields.retain(|(usual, _)| !usual.eq_ignore_ascii_case(name));
        fields.push(field(name, value));
    }
    let has_body = spec.body.is_some() || spec.is("POST");
    let length = spec.body.as_ref().map_or(0, Payload::len);
    fields.extend(has_body.then(|| field("Content-Length", length.to_string())));
    let target = spec.request.as_ref().map(|request| request.target.bytes()).unwrap_or_default();
    let version = spec.request.as_ref().and_then(|request| request.version.as_ref()).map(Word::bytes);
    let version = version.unwrap_or_else(|| Bytes::from_static(b"HTTP/1.1"));
    let start = StartLine::Request { method: spec.word.bytes(), target, version };
    edited(start, fields, &spec.fields, &|value| peer_value::of_server(value, setup).unwrap_or_default())
}

/// The fields that open a connection on a stream of HTTP/2 or HTTP/3 (RFC 8441, 5).
fn extended_connect(setup: &Setup, authority: &str, target: &[u8]) -> Vec<(String, Bytes)> {
    let is_secure = setup.side.uri().is_some_and(|uri| uri.secure);
    vec![
        field(":method", "CONNECT"),
        field(":protocol", "websocket"),
        field(":scheme", if is_secure { "https" } else { "http" }),
        field(":path", target),
        field(":authority", authority),
        field("sec-websocket-version", "13"),
    ]
}

/// Fills in a target: `{target}` becomes the endpoint's own target, `{?}` what starts another query parameter in it,
/// and `{to N}` padding.
fn filled_in(written: &[u8], own: &str) -> Bytes {
    let separator = if own.contains('?') { "&" } else { "?" };
    let text = [("{target}", own), ("{?}", separator)].into_iter().fold(written.to_vec(), replaced);
    lengthened(text).into()
}

/// The longest target that a script can ask for, in bytes.
const LONGEST_TARGET: usize = 1 << 20;

/// Replaces `{to N}` by enough of `/?` to make the target N bytes long.
fn lengthened(text: Vec<u8>) -> Vec<u8> {
    const BEGIN: &[u8] = b"{to ";
    let Some(at) = text.windows(BEGIN.len()).position(|window| window == BEGIN) else { return text };
    let (before, rest) = (&text[..at], &text[at + BEGIN.len()..]);
    let Some(end) = rest.iter().position(|&byte| byte == b'}') else { return text };
    let length = str::from_utf8(&rest[..end]).ok().and_then(|digits| digits.parse::<usize>().ok());
    let Some(length) = length.filter(|length| *length <= LONGEST_TARGET) else { return text };
    let after = &rest[end + 1..];
    let filling = b"/?".iter().cycle().take(length.saturating_sub(before.len() + after.len()));
    before.iter().chain(filling).chain(after).copied().collect()
}

fn replaced(text: Vec<u8>, (name, value): (&str, &str)) -> Vec<u8> {
    let Some(at) = text.windows(name.len()).position(|window| window == name.as_bytes()) else { return text };
    [&text[..at], value.as_bytes(), &text[at + name.len()..]].concat()
}

/// What a response of ours takes of an offer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TakenOffer {
    /// An offer of permessage-deflate.
    pub deflate: bool,
    /// This subprotocol.
    pub subprotocol: Option<&'static str>,
}

/// A response to this offer.
pub(crate) fn response(
    spec: &ResponseSpec,
    setup: &Setup,
    takes: TakenOffer,
    offered: &Offer,
) -> ComposedOpening {
    let status = spec.status();
    let mut fields = match status {
        _ if setup.carrier.is_stream() => stream_answer(status, offered, takes.deflate),
        // An interim response needs no field.
        _ if is_interim(status) => Vec::new(),
        101 => accepting(offered, takes),
        _ => vec![field("Connection", "close"), field("Content-Length", "0")],
    };
    fields.extend(setup.fields.iter().map(|(name, value)| field(name, value)));
    answer(spec, fields, offered)
}

/// A response that opens a tunnel: after its head there is no content to describe (RFC 9110, 9.3.6).
pub(crate) fn tunnel(spec: &ResponseSpec, offered: &Offer) -> ComposedOpening {
    answer(spec, Vec::new(), offered)
}

fn answer(spec: &ResponseSpec, fields: Vec<(String, Bytes)>, offered: &Offer) -> ComposedOpening {
    let status = spec.status();
    let reason = spec.reason().map_or_else(|| usual_reason(status).into(), |reason| reason.bytes());
    edited(StartLine::Response { status, reason }, fields, &spec.fields, &|value| {
        peer_value::from_request(value, offered).unwrap_or_default()
    })
}

/// The fields that accept the opening handshake (RFC 6455, 4.2.2).
fn accepting(offered: &Offer, takes: TakenOffer) -> Vec<(String, Bytes)> {
    let mut fields = vec![
        field("Upgrade", "websocket"),
        field("Connection", "Upgrade"),
        field("Sec-WebSocket-Accept", accept_for(&offered.key)),
    ];
    fields.extend(takes.subprotocol.map(|name| field("Sec-WebSocket-Protocol", name)));
    fields.extend(accepted_extension(offered, takes.deflate));
    fields
}

fn accepted_extension(offered: &Offer, takes_deflate: bool) -> Option<(String, Bytes)> {
    let mut offers = offered.extensions.iter().map(DeflateOffer::from_extension);
    let offer = offers.find_map(Result::ok).filter(|_| takes_deflate)?;
    Some(field("Sec-WebSocket-Extensions", offer.accept().to_string()))
}

/// The fields of a response over HTTP/2 and HTTP/3, where any of 2xx opens the connection.
fn stream_answer(status: u16, offered: &Offer, takes_deflate: bool) -> Vec<(String, Bytes)> {
    let accepts = status == 101 || (200..300).contains(&status);
    let shown = if status == 101 { 200 } else { status };
    let mut fields = vec![field(":status", shown.to_string())];
    fields.extend(accepted_extension(offered, takes_deflate).filter(|_| accepts));
    fields
}

fn usual_reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        426 => "Upgrade Required",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "",
    }
}

fn field(name: &str, value: impl AsRef<[u8]>) -> (String, Bytes) {
    (name.to_owned(), Bytes::copy_from_slice(value.as_ref()))
}

/// Where a field goes that is not there: behind all others, a pseudo-field behind those (RFC 9113, 8.3).
fn place_of(name: &str, fields: &[(String, Bytes)]) -> usize {
    let pseudo = fields.iter().take_while(|(name, _)| name.starts_with(':')).count();
    if name.starts_with(':') { pseudo } else { fields.len() }
}

/// The opening, with its fields edited as the script says.
fn edited(
    start: StartLine,
    mut fields: Vec<(String, Bytes)>,
    edits: &[FieldEdit],
    known: &dyn Fn(PeerValue) -> Bytes,
) -> ComposedOpening {
    let mut verbatim = Vec::new();
    for edit in edits {
        match edit {
            FieldEdit::Set(name, value) => {
                let at = fields.iter().position(|(field, _)| field.eq_ignore_ascii_case(name));
                match at {
                    Some(at) => fields[at] = (name.clone(), value.bytes_with(known)),
                    None => fields.insert(place_of(name, &fields), (name.clone(), value.bytes_with(known))),
                }
            }
            FieldEdit::Add(name, value) => fields.push((name.clone(), value.bytes_with(known))),
            FieldEdit::Remove(name) => fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name)),
            FieldEdit::Move(name, place) => {
                let is_moved = |(field, _): &(String, Bytes)| field.eq_ignore_ascii_case(name);
                let (moved, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_moved);
                fields = match place {
                    FieldPlace::First => {
                        let place = if name.starts_with(':') { 0 } else { place_of(":", &others) };
                        let (before, behind) = others.split_at(place);
                        [before, &moved, behind].concat()
                    }
                    FieldPlace::Last => [others, moved].concat(),
                };
            }
            FieldEdit::Verbatim(payload) => verbatim.push(payload.bytes_with(known)),
        }
    }
    ComposedOpening { start, fields, verbatim }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_is_given_stands_in_place_of_the_usual_one() {
        let mut setup = Setup::client("127.0.0.1:9001", "/");
        setup.fields = vec![("host".into(), "example.com".into()), ("Cookie".into(), "a=b".into())];
        let composed = request(&RequestSpec::default(), &setup, false, [0; 16]);
        let values = |name: &str| -> Vec<&[u8]> {
            let named = composed.fields.iter().filter(|(field, _)| field.eq_ignore_ascii_case(name));
            named.map(|(_, value)| &value[..]).collect()
        };
        assert_eq!((values("Host"), values("Cookie")), (vec![&b"example.com"[..]], vec![&b"a=b"[..]]));
    }

    #[test]
    fn a_target_has_the_endpoints_own_where_it_asks_for_it() {
        assert_eq!(filled_in(b"http://a{target}", "/echo"), "http://a/echo");
        assert_eq!(filled_in(b"{target}{?}x=1", "/echo"), "/echo?x=1");
        assert_eq!(filled_in(b"{target}{?}x=1", "/echo?EIO=4"), "/echo?EIO=4&x=1");
        assert_eq!(filled_in(b"/{?", "/echo"), "/{?");
        assert_eq!(filled_in(b"{target}{?}{to 12}", "/echo"), "/echo?/?/?/?");
        assert_eq!(filled_in(b"{target}{to 3}", "/echo"), "/echo");
        assert_eq!(filled_in(b"{to 99999999}{to x}{to", "/echo"), "{to 99999999}{to x}{to");
    }
}
