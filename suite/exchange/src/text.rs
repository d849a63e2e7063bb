//! What went over the wire, in the notation: a frame's text read back gives the frame's bytes.

use wsspec_notation::{Attributes, FrameKind, FrameSpec, MaskSpec, Payload, Sending, parse_sending};
use wsspec_wire::{CloseBody, Frame, Header, Length, LengthForm, Mask, Opcode, Role};

use crate::transcript::Received;

/// What `sender` sent, in the notation.
pub fn received_text(received: &Received, sender: Role) -> String {
    match received {
        Received::Head(bytes) | Received::Raw(bytes) | Received::Unfinished(bytes) => {
            Sending::Raw(Payload::of(bytes)).to_string()
        }
        Received::Frame(frame) => frame_spec(frame, sender).to_string(),
        Received::Oversize(header) => {
            let frame = Frame { header: *header, payload: bytes::Bytes::new() };
            frame_spec(&frame, sender).to_string()
        }
    }
}

/// The frame as it would be written to send it.
fn frame_spec(frame: &Frame, sender: Role) -> FrameSpec {
    let Header { fin, rsv, opcode, mask, length } = frame.header;
    let (kind, payload) = kind_and_payload(opcode, frame);
    let minimal = Length::minimal(length.value);
    let attributes = Attributes {
        fin,
        rsv,
        mask: match (mask, sender) {
            (Some(Mask(key)), _) => MaskSpec::Key(Mask(key)),
            (None, Role::Client) => MaskSpec::Unmasked,
            (None, Role::Server) => MaskSpec::Usual,
        },
        length: (length.value != frame.payload.len() as u64).then_some(length.value),
        form: (length.form != minimal.form).then_some(length.form),
        split: None,
        deflate: false,
    };
    FrameSpec { kind, payload, attributes }
}

fn kind_and_payload(opcode: Opcode, frame: &Frame) -> (FrameKind, Payload) {
    let payload = Payload::of(&frame.payload);
    match opcode {
        Opcode::TEXT => (FrameKind::Text, payload),
        Opcode::BINARY => (FrameKind::Binary, payload),
        Opcode::CONTINUATION => (FrameKind::Continuation, payload),
        Opcode::PING => (FrameKind::Ping, payload),
        Opcode::PONG => (FrameKind::Pong, payload),
        Opcode::CLOSE => match CloseBody::parse(frame.payload.clone()) {
            CloseBody::Full { code, reason } => (FrameKind::Close(Some(code)), Payload::of(&reason)),
            CloseBody::Empty | CloseBody::OneByte(_) => (FrameKind::Close(None), payload),
        },
        other => (FrameKind::Opcode(other), payload),
    }
}

/// The bytes that `sender` sent, from their text; `None` for what is not such a text.
pub fn bytes_of(text: &str, sender: Role) -> Option<Vec<u8>> {
    let spec = match parse_sending(text).ok()? {
        Sending::Raw(payload) => return Some(payload.bytes().to_vec()),
        Sending::Frame(spec) => spec,
        _ => return None,
    };
    let payload = match spec.kind {
        FrameKind::Close(Some(code)) => [&code.0.to_be_bytes()[..], &spec.payload.bytes()].concat().into(),
        _ => spec.payload.bytes(),
    };
    let Attributes { fin, rsv, mask, length, form, .. } = spec.attributes;
    let value = length.unwrap_or(payload.len() as u64);
    let form: LengthForm = form.unwrap_or(Length::minimal(value).form);
    let mask = match (mask, sender) {
        (MaskSpec::Key(key), _) => Some(key),
        (MaskSpec::Unmasked, _) | (MaskSpec::Usual, Role::Server) => None,
        (MaskSpec::Usual, Role::Client) => return None,
    };
    let header = Header { fin, rsv, opcode: spec.kind.opcode(), mask, length: Length { value, form } };
    let mut out = Vec::new();
    Frame { header, payload }.encode(&mut out);
    Some(out)
}
