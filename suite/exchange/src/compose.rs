//! Openings of ours, as a script and a setup have them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_carriers::{ComposedOpening, StartLine};
use wsspec_notation::{FieldEdit, FieldPlace, PeerValue, RequestSpec, ResponseSpec, Word};
use wsspec_wire::{DeflateOffer, Offer, accept_for, is_interim};

use crate::setup::{Setup, Side};

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
    fields.extend(setup.fields.iter().map(|(name, value)| field(name, value)));
    fields.extend(offers_deflate.then(|| field("Sec-WebSocket-Extensions", "permessage-deflate")));
    let word = |word: &Option<Word>, usual: &str| {
        word.as_ref().map_or_else(|| Bytes::copy_from_slice(usual.as_bytes()), Word::bytes)
    };
    let start = StartLine::Request {
        method: word(&spec.method, "GET"),
        target: word(&spec.target, target),
        version: word(&spec.version, "HTTP/1.1"),
    };
    edited(start, fields, &spec.fields, &|_| Bytes::new())
}

/// A response to that offer.
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
    let reason = spec.reason().map_or_else(|| usual_reason(status).into(), |reason| reason.bytes());
    edited(StartLine::Response { status, reason }, fields, &spec.fields, &|value| told(value, offered))
}

/// What a client's request tells.
fn told(value: PeerValue, offered: &Offer) -> Bytes {
    let subprotocol = || offered.subprotocols.first().cloned().unwrap_or_default();
    match value {
        PeerValue::Accept => accept_for(&offered.key).into(),
        PeerValue::AcceptSwapped => swapped(&accept_for(&offered.key)),
        PeerValue::Subprotocol => subprotocol().into(),
        PeerValue::SubprotocolSwapped => swapped(&subprotocol()),
    }
}

/// The same, the case of its letters changed.
fn swapped(text: &str) -> Bytes {
    let swap = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    text.chars().map(swap).collect::<String>().into()
}

/// The fields that open the connection (RFC 6455, 4.2.2).
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
        404 => "Not Found",
        426 => "Upgrade Required",
        503 => "Service Unavailable",
        _ => "",
    }
}

fn field(name: &str, value: impl AsRef<[u8]>) -> (String, Bytes) {
    (name.to_owned(), Bytes::copy_from_slice(value.as_ref()))
}

/// The opening with its fields as the script changes them.
fn edited(
    start: StartLine,
    mut fields: Vec<(String, Bytes)>,
    edits: &[FieldEdit],
    told: &dyn Fn(PeerValue) -> Bytes,
) -> ComposedOpening {
    let mut verbatim = Vec::new();
    for edit in edits {
        match edit {
            FieldEdit::Set(name, value) => {
                let at = fields.iter().position(|(field, _)| field.eq_ignore_ascii_case(name));
                match at {
                    Some(at) => fields[at] = (name.clone(), value.bytes_with(told)),
                    None => fields.push((name.clone(), value.bytes_with(told))),
                }
            }
            FieldEdit::Add(name, value) => fields.push((name.clone(), value.bytes_with(told))),
            FieldEdit::Remove(name) => fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name)),
            FieldEdit::Move(name, place) => {
                let is_moved = |(field, _): &(String, Bytes)| field.eq_ignore_ascii_case(name);
                let (moved, others): (Vec<_>, Vec<_>) = fields.into_iter().partition(is_moved);
                fields = match place {
                    FieldPlace::First => [moved, others].concat(),
                    FieldPlace::Last => [others, moved].concat(),
                };
            }
            FieldEdit::Verbatim(payload) => verbatim.push(payload.bytes_with(told)),
        }
    }
    ComposedOpening { start, fields, verbatim }
}
