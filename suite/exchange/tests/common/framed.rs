//! Messages in frames of WebSocket, for peers of the tests that have none of their own.

use bytes::Bytes;
use wsspec_peer::{MessageOutput, PeerOutput};
use wsspec_wire::{
    Assembled, Assembler, CloseBody, Decoded, Decoder, Frame, Mask, MessageKind, Opcode, Role,
};

/// One end of a WebSocket once it is open.
pub struct Framed {
    role: Role,
    decoder: Decoder,
    assembler: Assembler,
    out: Vec<PeerOutput>,
    is_closed: bool,
}

impl Framed {
    pub fn new(role: Role) -> Self {
        Self {
            role,
            decoder: Decoder::new(1 << 24),
            assembler: Assembler::new(role.peer()),
            out: Vec::new(),
            is_closed: false,
        }
    }

    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub fn write(&mut self, bytes: &[u8]) {
        self.out.push(PeerOutput::Write(Bytes::copy_from_slice(bytes)));
    }

    pub fn close(&mut self) {
        if !self.is_closed {
            self.is_closed = true;
            self.out.push(PeerOutput::Close);
        }
    }

    fn frame(&mut self, opcode: Opcode, payload: Bytes) {
        let mut octets = Vec::new();
        let frame = Frame::new(opcode, payload);
        let frame = if self.role == Role::Client { frame.with_mask(Mask([7, 1, 9, 4])) } else { frame };
        frame.encode(&mut octets);
        self.write(&octets);
    }

    /// The messages in these octets; pings and close frames are answered.
    pub fn messages(&mut self, bytes: &[u8]) -> Vec<(MessageKind, Bytes)> {
        let mut assembled = Vec::new();
        self.decoder.push(bytes);
        while let Some(decoded) = self.decoder.next_frame() {
            match decoded {
                Decoded::Frame(frame) => self.assembler.push(&frame, &mut assembled),
                Decoded::Oversize(header) => self.assembler.oversize(&header, &mut assembled),
            }
        }
        let mut messages = Vec::new();
        for one in assembled {
            match one {
                Assembled::Message { kind, payload, .. } => messages.push((kind, payload)),
                Assembled::Ping(payload) => self.frame(Opcode::PONG, payload),
                Assembled::Close(_) => {
                    self.frame(Opcode::CLOSE, Bytes::from_static(b"\x03\xe8"));
                    self.close();
                }
                _ => {}
            }
        }
        messages
    }

    /// Writes what a peer wants done, and returns all that was written.
    pub fn take(&mut self, outputs: Vec<MessageOutput>) -> Vec<PeerOutput> {
        for output in outputs {
            match output {
                _ if self.is_closed => {}
                MessageOutput::Send(MessageKind::Text, text) => self.frame(Opcode::TEXT, text),
                MessageOutput::Send(MessageKind::Binary, data) => self.frame(Opcode::BINARY, data),
                MessageOutput::Close => {
                    self.frame(Opcode::CLOSE, CloseBody::Empty.to_bytes());
                    self.close();
                }
            }
        }
        std::mem::take(&mut self.out)
    }
}

/// Takes a head off what has come, if it is whole: the head, and what follows it.
pub fn whole_head(buffer: &mut Vec<u8>, bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    buffer.extend_from_slice(bytes);
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let rest = buffer.split_off(end + 4);
    Some((std::mem::take(buffer), rest))
}
