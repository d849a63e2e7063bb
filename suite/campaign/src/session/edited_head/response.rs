//! Responses.

use std::sync::LazyLock;

use wsspec_notation::{Answer, ResponseSpec, Sending, Step};

use super::{HeadChange, HeadEdit, fields_of};

/// A response that has begun.
pub(super) const BEGUN: &str =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";

/// Edits that a client has to accept: the line below the response, the requirement.
pub(super) const TAKEN: [(&str, &str); 9] = [
    ("Upgrade: WebSocket", "rfc6455#4.1:55"),
    ("Upgrade: WEBSOCKET", "rfc6455#4.1:55"),
    ("Connection: upgrade", "rfc6455#4.1:58"),
    ("Connection: keep-alive, Upgrade", "rfc6455#4.1:59"),
    ("+X-Wsspec: 1", HeadEdit::RESPONSE_IS_TAKEN),
    ("+Date: Thu, 01 Jan 1970 00:00:00 GMT", HeadEdit::RESPONSE_IS_TAKEN),
    ("+Server: wsspec", HeadEdit::RESPONSE_IS_TAKEN),
    ("Upgrade last", HeadEdit::RESPONSE_IS_TAKEN),
    ("Sec-WebSocket-Accept first", HeadEdit::RESPONSE_IS_TAKEN),
];

/// Edits after which a client has to fail the connection.
pub(super) const REFUSED: [(&str, &str); 11] = [
    ("-Upgrade", "rfc6455#4.1:53"),
    ("Upgrade: websockets", "rfc6455#4.1:54"),
    ("Upgrade: foo", "rfc6455#4.1:54"),
    ("-Connection", "rfc6455#4.1:56"),
    ("Connection: keep-alive", "rfc6455#4.1:57"),
    ("Connection: close", "rfc6455#4.1:57"),
    ("-Sec-WebSocket-Accept", "rfc6455#4.1:60"),
    ("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "rfc6455#4.1:61"),
    ("Sec-WebSocket-Accept: AQ==", "rfc6455#4.1:61"),
    ("+Sec-WebSocket-Extensions: x-wsspec-unasked", "rfc6455#4.1:64"),
    ("+Sec-WebSocket-Protocol: wsspec.unasked", "rfc6455#4.1:65"),
];

/// Every edit.
pub(super) static EDITS: LazyLock<Vec<HeadEdit>> = LazyLock::new(|| {
    let taken = TAKEN.iter().map(|(line, taken)| HeadEdit::field(line, None, false, taken));
    let refused = REFUSED.iter().map(|(line, fault)| HeadEdit::field(line, Some(fault), false, fault));
    taken.chain(refused).collect()
});

/// The response with these edits.
pub(super) fn step(edits: &[&HeadEdit]) -> Step {
    let field = |edit: &&HeadEdit| match &edit.what {
        HeadChange::Field(field) => Some(field.clone()),
        HeadChange::Method(_) | HeadChange::Version(_) => None,
    };
    let fields = edits.iter().filter_map(field).collect();
    Step::Send(Sending::Response(ResponseSpec { answer: Answer::Status(101, None), fields }))
}

/// The edits of a response; `None` if one is unknown.
pub(super) fn edits_of(spec: &ResponseSpec) -> Option<Vec<&'static HeadEdit>> {
    if spec.answer != Answer::Status(101, None) {
        return None;
    }
    fields_of(&spec.fields, &EDITS)
}
