//! What went over the wire, in the notation: the text of a frame parses back to the frame's bytes.

use wsspec_wire::{CloseBody, Frame, Header, Length, LengthForm, Mask, Opcode, Role};

use crate::{
    parse::parse_sending,
    payload::Payload,
    script::{Attributes, FrameKind, FrameSpec, MaskSpec, Sending},
};

/// A frame that `sender` sent, in the notation.
pub fn frame_text(frame: &Frame, sender: Role) -> String {
    frame_spec(frame, sender).to_string()
}

/// Octets that are not a frame, in the notation.
pub fn octets_text(octets: &bytes::Bytes) -> String {
    Sending::Raw(Payload::of(octets)).to_string()
}

/// The frame in the form that a script would use to send it.
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

/// The meaning of a text on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Octets {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The masking key is chosen when the frame is sent: here the payload is as if the key were zero.
    pub is_keyless: bool,
}

/// The bytes that `sender` sent, from their text; `None` for other texts, or for more than one frame.
pub fn octets_of(text: &str, sender: Role) -> Option<Octets> {
    let spec = match parse_sending(text).ok()? {
        Sending::Raw(payload) => return Some(Octets { bytes: payload.bytes().to_vec(), is_keyless: false }),
        Sending::Frame(spec) => spec,
        _ => return None,
    };
    let Attributes { fin, rsv, mask, length, form, split, deflate } = spec.attributes;
    if split.is_some() || deflate {
        return None;
    }
    let payload = match spec.kind {
        FrameKind::Close(Some(code)) => [&code.0.to_be_bytes()[..], &spec.payload.bytes()].concat().into(),
        _ => spec.payload.bytes(),
    };
    let value = length.unwrap_or(payload.len() as u64);
    let form: LengthForm = form.unwrap_or(Length::minimal(value).form);
    let is_keyless = mask == MaskSpec::Usual && sender == Role::Client;
    let mask = match mask {
        MaskSpec::Key(key) => Some(key),
        MaskSpec::Usual if is_keyless => Some(Mask([0; 4])),
        MaskSpec::Usual | MaskSpec::Unmasked => None,
    };
    let header = Header { fin, rsv, opcode: spec.kind.opcode(), mask, length: Length { value, form } };
    let mut bytes = Vec::new();
    Frame { header, payload }.encode(&mut bytes);
    Some(Octets { bytes, is_keyless })
}

/// The bytes that `sender` sent, from their text, if the text contains all of them.
pub fn bytes_of(text: &str, sender: Role) -> Option<Vec<u8>> {
    octets_of(text, sender).filter(|octets| !octets.is_keyless).map(|octets| octets.bytes)
}

/// Whether a text represents octets that are not a frame, as written by [`octets_text`].
pub fn is_octets(text: &str) -> bool {
    text.split(' ').next() == Some("raw")
}

/// Whether a script's line sends something.
pub fn is_sending(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_of_ours_is_shown_without_the_key_that_no_record_has() {
        let found = octets_of("text \"a\" -fin", Role::Client);
        let bytes = vec![0x01, 0x81, 0, 0, 0, 0, b'a'];
        assert_eq!(found, Some(Octets { bytes, is_keyless: true }));
        assert_eq!(bytes_of("text \"a\" -fin", Role::Client), None);
        assert_eq!(octets_of("text \"a\" split:1", Role::Client), None);
        assert_eq!(octets_of("request", Role::Client), None);
    }

    #[test]
    fn octets_that_are_not_a_frame_are_known_by_their_word() {
        let text = octets_text(&bytes::Bytes::from_static(b"HTTP/1.1 101 X\r\n\r\n"));
        assert!(is_octets(&text) && !is_octets("text \"raw\"") && is_sending("  > ping"));
        assert_eq!(bytes_of(&text, Role::Server).as_deref(), Some(&b"HTTP/1.1 101 X\r\n\r\n"[..]));
    }
}
