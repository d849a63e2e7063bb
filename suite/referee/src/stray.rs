//! HTTP that continues where frames should follow a 101 response: read as frames, it would break rules that the peer
//! did not break.

use bytes::Bytes;
use wsspec_wire::{Decoded, Decoder, Fields, ResponseHead, Violation, is_first_of_server};

/// How many bytes are shown.
const SHOWN: usize = 48;

/// Payload of a frame after a refusal, in bytes, at most: what announces more is not taken for one.
const LONGEST: u64 = 64 << 10;

/// How many bytes of a body are examined: frames may follow it.
const LOOKED_AT: usize = 8;

/// Whether frames that came too early came before a 101.
pub(crate) fn is_answer_before_opening(violation: &Violation, head: &ResponseHead) -> bool {
    let Violation::FrameBeforeResponse(early) = violation else { return false };
    let opens = |line: &[u8]| line.get(8..).is_some_and(|rest| rest.starts_with(b" 101"));
    head.raw.get(early.len()..).is_some_and(opens)
}

/// What comes after a refusal: its body, and nothing of a WebSocket.
#[derive(Debug, Default)]
pub(crate) struct BehindRefusal {
    /// Octets of the body that are still to come.
    body: usize,
    /// Reads the first frame after it; `None`: what comes is not looked at, or was.
    decoder: Option<Decoder>,
}

impl BehindRefusal {
    /// After a response that opens no connection. Where the end of its body is not known, nothing after it is.
    pub(crate) fn of(head: &ResponseHead) -> Self {
        let fields = &head.fields;
        let length = fields.get("Content-Length").and_then(|value| str::from_utf8(value).ok()?.parse().ok());
        let body = length.filter(|_| fields.get("Transfer-Encoding").is_none());
        let decoder = body.map(|_| Decoder::new(LONGEST));
        Self { body: body.unwrap_or(0), decoder }
    }

    /// Takes in octets; the frame that they begin with after the body, once it is whole.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Option<Violation> {
        let body = self.body.min(bytes.len());
        self.body -= body;
        let mut bytes = &bytes[body..];
        let decoded = self.decoder.as_mut()?.decode(&mut bytes)?;
        self.decoder = None;
        let Decoded::Frame(frame) = decoded else { return None };
        is_first_of_server(&frame.header).then_some(Violation::FrameBehindRefusal(frame.header.opcode))
    }
}

/// What is known about a server's half when one of its frames begins.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Expecting {
    /// The response declares a body, although it has none.
    pub body: bool,
    /// No frame has come yet.
    pub first: bool,
}

/// Whether the fields of a response declare a body.
pub(crate) fn declares_body(fields: &Fields) -> bool {
    fields.get("Transfer-Encoding").is_some() || fields.all("Content-Length").any(|length| length != "0")
}

/// HTTP, or another text, in place of a frame that begins with these bytes; `whole`: nothing more of it will come. A header of
/// two printable characters has reserved bits set or a reserved opcode, so no valid frame is mistaken for it except the first
/// fragment of a compressed message, which does not begin like a status line and follows no response that declares a body.
pub(crate) fn http(bytes: &[u8], whole: bool, expecting: Expecting) -> Option<Violation> {
    let is_body = expecting.first && (expecting.body || bytes.first().is_some_and(begins_no_frame));
    let text = bytes.iter().take_while(|byte| is_text(byte)).count();
    let is_line = bytes[..text].windows(2).any(|end| end == b"\r\n");
    let is_long = text >= LOOKED_AT || whole && text > 1 && text == bytes.len();
    let is_http = bytes.starts_with(b"HTTP/1.") || is_body && (is_line || is_long);
    is_http.then(|| Violation::HttpBehindResponse(Bytes::copy_from_slice(&bytes[..SHOWN.min(bytes.len())])))
}

/// Whether a byte of text begins no frame that might be meant: neither the first fragment of a compressed message nor a control
/// frame in fragments.
fn begins_no_frame(byte: &u8) -> bool {
    (byte.is_ascii_graphic() || b" \r".contains(byte)) && !b"AB".contains(byte)
}

fn is_text(byte: &u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}
