//! tokio-websockets: a `WebSocketStream`, which joins fragments, checks text, and answers pings and close frames itself.

use futures_util::{StreamExt, future::poll_immediate};
use tokio_websockets::{ClientBuilder, Limits, Message, ServerBuilder, WebSocketStream};
use wsspec_wire::{Decoded, Decoder, Frame, MessageKind, Opcode, Role};

use super::{Breaks, Implementation, Known, LIMIT, pipe::Pipe, task::Task};
use wsspec_decoder::{DecoderEvent, Demands, DisagreementKind, Setting};

pub(super) const IMPLEMENTATION: Implementation = Implementation {
    name: "tokio-websockets",
    version: "0.12.3",
    new: |setting| Box::new(start(setting)),
    demands: Demands::DEFAULT,
    known: &KNOWN,
};

/// Listed in `docs/findings.md`, with the RFC's rule.
const KNOWN: [Known; 1] = [Known {
    kind: DisagreementKind::Accepted,
    breaks: Breaks::This("rfc6455#5.6:5"),
    when: has_empty_last_fragment,
    example: (Role::Server, b"\x01\x01\xEF\x80\x00"),
    got: "text \"\\xEF\"",
    what: "a text may end within a character if its last fragment is empty",
}];

fn has_empty_last_fragment(bytes: &[u8]) -> bool {
    let (mut decoder, mut rest) = (Decoder::new(bytes.len() as u64), bytes);
    std::iter::from_fn(|| decoder.decode(&mut rest)).any(|decoded| {
        let (Decoded::Frame(Frame { header, .. }) | Decoded::Oversize(header)) = decoded;
        header.opcode == Opcode::CONTINUATION && header.fin && header.length.value == 0
    })
}

fn start(setting: Setting) -> Task {
    Task::new(move |pipe, events| async move {
        let mut socket = socket(setting, pipe);
        // The pipe never ends.
        while let Some(message) = socket.next().await {
            if message.is_err() {
                // Its close frame is written when it is polled again.
                poll_immediate(socket.next()).await;
            }
            let event = event(&message?);
            let is_last = matches!(event, DecoderEvent::Close(..));
            events.push(event);
            if is_last {
                break;
            }
        }
        Ok(())
    })
}

fn socket(setting: Setting, pipe: Pipe) -> WebSocketStream<Pipe> {
    let limits = Limits::default().max_payload_len(Some(LIMIT));
    match setting.sender {
        Role::Client => ServerBuilder::new().limits(limits).serve(pipe),
        Role::Server => ClientBuilder::new().limits(limits).take_over(pipe),
    }
}

fn event(message: &Message) -> DecoderEvent {
    let payload = message.as_payload().to_vec();
    if message.is_text() {
        DecoderEvent::Message(MessageKind::Text, payload)
    } else if message.is_binary() {
        DecoderEvent::Message(MessageKind::Binary, payload)
    } else if message.is_ping() {
        DecoderEvent::Ping(payload)
    } else if message.is_pong() {
        DecoderEvent::Pong(payload)
    } else {
        match payload.split_first_chunk() {
            Some((code, reason)) => DecoderEvent::Close(Some(u16::from_be_bytes(*code)), reason.to_vec()),
            None => DecoderEvent::Close(None, payload),
        }
    }
}
