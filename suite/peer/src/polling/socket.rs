//! A WebSocket of the server, whose messages are packets.

use bytes::Bytes;
use wsspec_wire::{Assembled, Assembler, CloseBody, Decoded, Decoder, Frame, MessageKind, Opcode, Role};

use crate::PeerOutput;

/// The longest frame that it takes, in bytes.
const LONGEST: u64 = 1 << 24;

/// One WebSocket whose opening handshake is over.
#[derive(Debug)]
pub(super) struct PacketSocket {
    decoder: Decoder,
    assembler: Assembler,
    is_closed: bool,
    out: Vec<PeerOutput>,
}

impl PacketSocket {
    pub fn new() -> Self {
        Self {
            decoder: Decoder::new(LONGEST),
            assembler: Assembler::new(Role::Client),
            is_closed: false,
            out: Vec::new(),
        }
    }

    /// The client has sent these octets: its messages.
    pub fn receive(&mut self, octets: &[u8]) -> Vec<(MessageKind, Bytes)> {
        self.decoder.push(octets);
        let mut messages = Vec::new();
        while let Some(decoded) = self.decoder.next_frame() {
            let mut assembled = Vec::new();
            match decoded {
                Decoded::Frame(frame) => self.assembler.push(&frame, &mut assembled),
                Decoded::Oversize(header) => self.assembler.oversize(&header, &mut assembled),
            }
            for one in assembled {
                match one {
                    _ if self.is_closed => {}
                    Assembled::Message { kind, payload, .. } => messages.push((kind, payload)),
                    Assembled::Ping(payload) => self.frame(Opcode::PONG, payload),
                    Assembled::Close(_) => self.close(),
                    _ => {}
                }
            }
        }
        messages
    }

    /// Sends a message.
    pub fn send(&mut self, kind: MessageKind, message: Bytes) {
        let opcode = if kind == MessageKind::Text { Opcode::TEXT } else { Opcode::BINARY };
        self.frame(opcode, message);
    }

    fn frame(&mut self, opcode: Opcode, payload: Bytes) {
        if !self.is_closed {
            let mut octets = Vec::new();
            Frame::new(opcode, payload).encode(&mut octets);
            self.out.push(PeerOutput::Write(octets.into()));
        }
    }

    /// Sends a close frame and ends the connection.
    pub fn close(&mut self) {
        self.frame(Opcode::CLOSE, CloseBody::Empty.to_bytes());
        if !std::mem::replace(&mut self.is_closed, true) {
            self.out.push(PeerOutput::Close);
        }
    }

    /// What it wants done.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        std::mem::take(&mut self.out)
    }
}
