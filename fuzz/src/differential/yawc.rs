//! yawc: a `WebSocket`, which joins fragments, answers pings and close frames, and checks text if it is asked to.

use wsspec_wire::{Decoded, Decoder, Frame, MessageKind, Role, Rsv};
use yawc::{OpCode, Options, WebSocket};

use super::{
    Breaks, Implementation, Known, LIMIT, STILL_MASKED, always, fastwebsockets::long_pong, task::Task,
};
use wsspec_decoder::{DecoderEvent, Demands, DisagreementKind, Setting};

pub(super) const IMPLEMENTATION: Implementation = Implementation {
    name: "yawc",
    version: "0.5.0",
    new: |setting| Box::new(start(setting)),
    demands: Demands::DEFAULT,
    known: &KNOWN,
};

/// Listed in `docs/findings.md`, each with the RFC's rule.
const KNOWN: [Known; 3] = [
    STILL_MASKED,
    Known {
        kind: DisagreementKind::Accepted,
        breaks: Breaks::This("rfc6455#5.2:6"),
        when: has_compressed_control_frame,
        example: (Role::Server, b"\xCA\x00"),
        got: "pong \"\"",
        what: "a control frame may have RSV1 set without an extension",
    },
    Known {
        kind: DisagreementKind::Accepted,
        breaks: Breaks::This("rfc6455#5.5:4"),
        when: always,
        example: (Role::Server, &long_pong()),
        got: "pong \"aaaa",
        what: "control frames may be longer than 125 bytes",
    },
];

fn has_compressed_control_frame(bytes: &[u8]) -> bool {
    let (mut decoder, mut rest) = (Decoder::new(bytes.len() as u64), bytes);
    std::iter::from_fn(|| decoder.decode(&mut rest)).any(|decoded| {
        let (Decoded::Frame(Frame { header, .. }) | Decoded::Oversize(header)) = decoded;
        header.opcode.is_control() && header.rsv == Rsv::RSV1
    })
}

fn start(setting: Setting) -> Task {
    Task::new(move |pipe, events| async move {
        let role = match setting.sender {
            Role::Client => yawc::Role::Server,
            Role::Server => yawc::Role::Client,
        };
        let options = Options::default().with_utf8().with_limits(LIMIT, 2 * LIMIT);
        let mut socket = WebSocket::from_stream(pipe, role, options)?;
        // The pipe never ends.
        loop {
            let (opcode, _, payload) = socket.next_frame().await?.into_parts();
            let payload = payload.to_vec();
            events.push(match opcode {
                OpCode::Text => DecoderEvent::Message(MessageKind::Text, payload),
                OpCode::Ping => DecoderEvent::Ping(payload),
                OpCode::Pong => DecoderEvent::Pong(payload),
                OpCode::Close => {
                    events.push(close(payload));
                    return Ok(());
                }
                OpCode::Binary | OpCode::Continuation => DecoderEvent::Message(MessageKind::Binary, payload),
            });
        }
    })
}

fn close(payload: Vec<u8>) -> DecoderEvent {
    match payload.split_first_chunk() {
        Some((code, reason)) => DecoderEvent::Close(Some(u16::from_be_bytes(*code)), reason.to_vec()),
        None => DecoderEvent::Close(None, payload),
    }
}
