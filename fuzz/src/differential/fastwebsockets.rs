//! fastwebsockets: a `FragmentCollector`, which joins fragments, checks text, and by default answers pings and close
//! frames itself.

use fastwebsockets::{FragmentCollector, Frame, OpCode, WebSocket};
use wsspec_wire::{MessageKind, Role};

use super::{Breaks, Implementation, Known, LIMIT, STILL_MASKED, UNMASKED, always, task::Task};
use wsspec_decoder::{DecoderEvent, Demands, DisagreementKind, Setting};

pub(super) const IMPLEMENTATION: Implementation = Implementation {
    name: "fastwebsockets",
    version: "0.10.0",
    new: |setting| Box::new(start(setting)),
    demands: Demands { pings_unreported: true, ..Demands::DEFAULT },
    known: &KNOWN,
};

/// Listed in `docs/findings.md`, each with the RFC's rule.
const KNOWN: [Known; 5] = [
    UNMASKED,
    STILL_MASKED,
    Known {
        kind: DisagreementKind::Accepted,
        breaks: Breaks::This("rfc6455#5.4:13"),
        when: always,
        example: (Role::Server, b"\x01\x01a\x01\x01b\x80\x01c"),
        got: "text \"bc\"",
        what: "the first fragment of a message within another drops the other",
    },
    Known {
        kind: DisagreementKind::Accepted,
        breaks: Breaks::This("rfc6455#5.5:4"),
        when: always,
        example: (Role::Server, &long_pong()),
        got: "pong \"aaaa",
        what: "pongs and close frames may be longer than 125 bytes",
    },
    Known {
        kind: DisagreementKind::Accepted,
        breaks: Breaks::This("rfc6455#5.6:5"),
        when: always,
        example: (Role::Server, b"\x01\x02a\xCE\x80\x00"),
        got: "text \"a\"",
        what: "a fragmented text may end within a character, whose bytes are dropped",
    },
];

/// A pong of 126 bytes.
pub(super) const fn long_pong() -> [u8; 4 + 126] {
    let mut frame = [b'a'; 4 + 126];
    (frame[0], frame[1], frame[2], frame[3]) = (0x8A, 126, 0, 126);
    frame
}

fn start(setting: Setting) -> Task {
    let role = match setting.sender {
        Role::Client => fastwebsockets::Role::Server,
        Role::Server => fastwebsockets::Role::Client,
    };
    Task::new(move |stream, events| async move {
        let mut socket = WebSocket::after_handshake(stream, role);
        socket.set_max_message_size(LIMIT);
        let mut collector = FragmentCollector::new(socket);
        loop {
            let event = event(&collector.read_frame().await?);
            let is_last = matches!(event, DecoderEvent::Close(..));
            events.push(event);
            if is_last {
                return Ok(());
            }
        }
    })
}

/// The message of a frame whose fragments are joined.
fn event(frame: &Frame<'_>) -> DecoderEvent {
    let payload = frame.payload.to_vec();
    match frame.opcode {
        OpCode::Text => DecoderEvent::Message(MessageKind::Text, payload),
        OpCode::Binary | OpCode::Continuation => DecoderEvent::Message(MessageKind::Binary, payload),
        OpCode::Ping => DecoderEvent::Ping(payload),
        OpCode::Pong => DecoderEvent::Pong(payload),
        OpCode::Close => match payload.split_first_chunk() {
            Some((code, reason)) => DecoderEvent::Close(Some(u16::from_be_bytes(*code)), reason.to_vec()),
            None => DecoderEvent::Close(None, payload),
        },
    }
}
