//! soketto: a `Receiver`, which joins fragments and answers pings and close frames itself. Text is checked as in the
//! example of its documentation: soketto returns bytes, and a program makes a string of them.

use soketto::{
    Data, Incoming, Mode,
    connection::{Builder, Error},
};
use wsspec_wire::{Decoded, Decoder, Frame, MessageKind, Opcode, Role};

use super::{Breaks, Implementation, Known, LIMIT, UNMASKED, always, task::Task};
use wsspec_decoder::{DecoderEvent, Demands, DisagreementKind, Setting};

pub(super) const IMPLEMENTATION: Implementation = Implementation {
    name: "soketto",
    version: "0.8.1",
    new: |setting| Box::new(start(setting)),
    demands: Demands { pings_unreported: true, ..Demands::DEFAULT },
    known: &KNOWN,
};

/// Listed in `docs/findings.md`, each with the RFC's rule.
const KNOWN: [Known; 5] = [
    UNMASKED,
    Known {
        kind: DisagreementKind::Accepted,
        breaks: Breaks::This("rfc6455#5.1:6"),
        when: always,
        example: (Role::Server, b"\x81\x81\x37\xFA\x21\x3D\x56"),
        got: "text \"a\"",
        what: "a client takes masked frames",
    },
    Known {
        kind: DisagreementKind::Refused,
        breaks: Breaks::Next,
        when: has_pong_between_fragments,
        example: (Role::Server, b"\x01\x01a\x8A\x00\x80\x01b"),
        got: "a rejection: \"unexpected opcode: Continue\"",
        what: "after a pong between fragments, the fragment that follows is refused",
    },
    Known {
        kind: DisagreementKind::Missing,
        breaks: Breaks::Next,
        when: has_pong_between_fragments,
        // The reserved bit after the message would be a reason to refuse it, had the message been reported.
        example: (Role::Server, b"\x01\x01a\x8A\x00\x80\x01b\xC1\x00"),
        got: "a rejection: \"unexpected opcode: Continue\"",
        what: "likewise, with a frame behind it that is to be refused",
    },
    Known {
        kind: DisagreementKind::Accepted,
        breaks: Breaks::This("rfc6455#5.4:13"),
        when: has_pong_between_fragments,
        example: (Role::Server, b"\x01\x01a\x8A\x00\x81\x01b"),
        got: "text \"ab\"",
        what: "after a pong between fragments, another message is taken, and joined to them",
    },
];

/// Whether a pong arrives inside a fragmented message.
fn has_pong_between_fragments(bytes: &[u8]) -> bool {
    let (mut decoder, mut rest) = (Decoder::new(bytes.len() as u64), bytes);
    let mut is_within = false;
    std::iter::from_fn(|| decoder.decode(&mut rest)).any(|decoded| {
        let (Decoded::Frame(Frame { header, .. }) | Decoded::Oversize(header)) = decoded;
        if header.opcode.is_data() {
            is_within = !header.fin;
        }
        is_within && header.opcode == Opcode::PONG
    })
}

fn start(setting: Setting) -> Task {
    let mode = match setting.sender {
        Role::Client => Mode::Server,
        Role::Server => Mode::Client,
    };
    Task::new(move |stream, events| async move {
        let mut builder = Builder::new(stream, mode);
        builder.set_max_message_size(LIMIT);
        builder.set_max_frame_size(LIMIT);
        let (_sender, mut receiver) = builder.finish();
        let mut message = Vec::new();
        loop {
            let event = match receiver.receive(&mut message).await {
                Ok(Incoming::Pong(payload)) => DecoderEvent::Pong(payload.to_vec()),
                Ok(Incoming::Data(Data::Binary(_))) => {
                    DecoderEvent::Message(MessageKind::Binary, std::mem::take(&mut message))
                }
                Ok(Incoming::Data(Data::Text(_))) => {
                    let text = String::from_utf8(std::mem::take(&mut message))?;
                    DecoderEvent::Message(MessageKind::Text, text.into_bytes())
                }
                Ok(Incoming::Closed(reason)) => {
                    let words = reason.descr.unwrap_or_default();
                    events.push(DecoderEvent::Close(Some(reason.code), words.into_bytes()));
                    return Ok(());
                }
                // So it reports a close frame without a code; the pipe itself does not end.
                Err(Error::Closed) => {
                    events.push(DecoderEvent::Close(None, Vec::new()));
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            events.push(event);
        }
    })
}
