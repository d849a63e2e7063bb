//! Finds the bytes that a line did not expect.

use std::ops::Range;

use bytes::Bytes;
use wsspec_notation::{Expectation, Expected, ExpectedClose};
use wsspec_referee::Received;
use wsspec_wire::{Frame, MessageKind, Opcode};

use crate::waiting::Wait;

/// The bytes that differ: the first line of a head; the opcode of a frame, or its payload from the first difference.
/// `None` if there is nothing to compare with.
pub(crate) fn surprise(wait: &Wait, received: &Received) -> Option<Range<usize>> {
    match received {
        Received::Head(bytes) => {
            let line = bytes.iter().position(|byte| *byte == b'\n');
            Some(0..line.map_or(bytes.len(), |end| end + 1))
        }
        Received::Frame(frame) => {
            let Wait::Expect(expectation, _) = wait else { return None };
            let (opcode, payload) = only(expectation)?;
            Some(difference(frame, opcode, payload?))
        }
        Received::Oversize(_) | Received::Raw(_) | Received::Unfinished(_) | Received::Http2(_) => None,
    }
}

/// The frame that an expectation asks for, if it asks for exactly one.
fn only(expectation: &Expectation) -> Option<(Opcode, Option<Bytes>)> {
    let [alternative] = &expectation.alternatives[..] else { return None };
    let [expected] = &alternative.all[..] else { return None };
    Some(match expected {
        Expected::Message(MessageKind::Text, payload) => (Opcode::TEXT, payload.as_ref().map(|p| p.bytes())),
        Expected::Message(MessageKind::Binary, payload) => {
            (Opcode::BINARY, payload.as_ref().map(|p| p.bytes()))
        }
        Expected::Ping(payload) => (Opcode::PING, payload.as_ref().map(|p| p.bytes())),
        Expected::Pong(payload) => (Opcode::PONG, payload.as_ref().map(|p| p.bytes())),
        Expected::Close(wanted) => (Opcode::CLOSE, close(wanted)),
        Expected::Fail(_)
        | Expected::Item(_)
        | Expected::Request
        | Expected::Connect(_)
        | Expected::Response(_)
        | Expected::Eof
        | Expected::Reset => {
            return None;
        }
    })
}

/// The expected body of a close frame, as far as it is given.
fn close(wanted: &ExpectedClose) -> Option<Bytes> {
    match wanted {
        ExpectedClose::Any => None,
        ExpectedClose::Body(payload) => Some(payload.bytes()),
        ExpectedClose::Code(code, reason) => {
            let reason = reason.as_ref().map(|reason| reason.bytes()).unwrap_or_default();
            Some([&code.0.to_be_bytes()[..], &reason].concat().into())
        }
    }
}

fn difference(frame: &Frame, opcode: Opcode, wanted: Bytes) -> Range<usize> {
    if frame.header.opcode != opcode {
        return 0..1;
    }
    let start = frame.header.encoded_len();
    let same = frame.payload.iter().zip(&wanted).take_while(|(got, wanted)| got == wanted).count();
    if same < frame.payload.len() {
        return start + same..start + frame.payload.len();
    }
    // The payload is only too short.
    frame.header.length.place()
}

#[cfg(test)]
mod tests {
    use wsspec_notation::{Script, Step};
    use wsspec_wire::Mask;

    use super::*;
    use crate::matcher::Matcher;

    fn of(expected: &str, frame: Frame) -> Option<Range<usize>> {
        let script: Script = format!("< {expected}\n").parse().unwrap();
        let Step::Expect(expectation) = script.lines[0].step.clone() else { panic!("not an expectation") };
        let matcher = Matcher::new(&expectation);
        surprise(&Wait::Expect(expectation, matcher), &Received::Frame(frame))
    }

    #[test]
    fn a_frame_is_marked_from_where_it_differs() {
        let text = |payload: &'static str| Frame::new(Opcode::TEXT, payload);
        let close = Frame::new(Opcode::CLOSE, &b"\x03\xf3"[..]);
        assert_eq!(of("pong \"p\"", close.clone()), Some(0..1));
        assert_eq!(of("close 1000", close), Some(3..4));
        assert_eq!(of("text \"fragment\"", text("fragrant")), Some(6..10));
        assert_eq!(of("text \"fragment\"", text("fragrant").with_mask(Mask([0; 4]))), Some(10..14));
        assert_eq!(of("text \"fragment\"", text("frag")), Some(1..2));
        assert_eq!(of("text \"a\" | text \"b\"", text("frag")), None);
    }

    #[test]
    fn a_head_is_marked_at_its_first_line() {
        let head = Received::Head("HTTP/1.1 404 No\r\nA: b\r\n\r\n".into());
        assert_eq!(surprise(&Wait::Handshake, &head), Some(0..17));
    }
}
