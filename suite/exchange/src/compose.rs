//! Builds our opening handshakes from script and setup.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_carriers::{ComposedOpening, StartLine};
use wsspec_notation::{FieldEdit, FieldPlace, PeerValue, RequestSpec, ResponseSpec, Word};
use wsspec_wire::{DeflateOffer, Offer, accept_for, is_interim};

use crate::{
    peer_value,
    setup::{Setup, Side},
};

/// A request with this key.
pub(crate) fn request(
    spec: &RequestSpec,
    setup: &Setup,
    offers_deflate: bool,
    key: [u8; 16],
) -> ComposedOpening {
    let (authority, target) = match &setup.side {
        Side::Client(uri) => (&*uri.authority, &*uri.target),
        Side::Server(_) => ("", "/"),
    };
    let mut fields = vec![
        field("Host", authority),
        field("Upgrade", "websocket"),
        field("Connection", "Upgrade"),
        field("Sec-WebSocket-Key", STANDARD.encode(key)),
        field("Sec-WebSocket-Version", "13"),
    ];
    for (name, value) in &setup.fields {
        // There is only one Host field, whoever sets it.
        match fields.iter_mut().find(|(usual, _)| usual == "Host" && name.eq_ignore_ascii_case(usual)) {
            Some(host) => host.1 = Bytes::copy_from_slice(value.as_bytes()),
            None => fields.push(field(name, value)),
        }
    }
    fields.extend(offers_deflate.then(|| field("Sec-WebSocket-Extensions", "permessage-deflate")));
    let word = |word: &Option<Word>, usual: &str| {
        word.as_ref().map_or_else(|| Bytes::copy_from_slice(usual.as_bytes()), Word::bytes)
    };
    let start = StartLine::Request {
        method: word(&spec.method, "GET"),
        target: filled_in(&word(&spec.target, target), target),
        version: word(&spec.version, "HTTP/1.1"),
    };
    edited(start, fields, &spec.fields, &|value| peer_value::of_server(value, setup).unwrap_or_default())
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

/// A response to this offer.
pub(crate) fn response(
    spec: &ResponseSpec,
    setup: &Setup,
    takes_deflate: bool,
    offered: &Offer,
) -> ComposedOpening {
    let status = spec.status();
    let mut fields = match status {
        // An interim response needs no field.
        _ if is_interim(status) => Vec::new(),
        101 => accepting(offered, takes_deflate),
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
fn accepting(offered: &Offer, takes_deflate: bool) -> Vec<(String, Bytes)> {
    let mut fields = vec![
        field("Upgrade", "websocket"),
        field("Connection", "Upgrade"),
        field("Sec-WebSocket-Accept", accept_for(&offered.key)),
    ];
    let mut offers = offered.extensions.iter().map(DeflateOffer::from_extension);
    if let (true, Some(offer)) = (takes_deflate, offers.find_map(Result::ok)) {
        fields.push(field("Sec-WebSocket-Extensions", offer.accept().to_string()));
    }
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
                    None => fields.push((name.clone(), value.bytes_with(known))),
                }
            }
            FieldEdit::Add(name, value) => fields.push((name.clone(), value.bytes_with(known))),
            FieldEdit::Remove(name) => fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name)),
            FieldEdit::Move(name, place) => {
                let is_moved = |(field, _): &(String, Bytes)| field.eq_ignore_ascii_case(name);
                let (moved, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_moved);
                fields = match place {
                    FieldPlace::First => [moved, others].concat(),
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
