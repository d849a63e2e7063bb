//! A WebSocket of a service: with frames of SockJS, or for raw messages.

use bytes::Bytes;
use wsspec_wire::{Assembled, Assembler, Decoded, Decoder, Frame, Opcode, Role};

use super::{flaw::SockJsFlaw, request::SockJsService, session, transport::array};
use crate::PeerOutput;

/// The longest frame that it takes, in bytes.
const LONGEST: u64 = 1 << 24;

/// One WebSocket.
#[derive(Debug)]
pub(super) struct SockJsSocket {
    flaw: Option<SockJsFlaw>,
    service: SockJsService,
    is_framed: bool,
    decoder: Decoder,
    assembler: Assembler,
    is_closed: bool,
    out: Vec<PeerOutput>,
}

impl SockJsSocket {
    /// One whose opening handshake is over. `is_shared`: another one has the same session.
    pub fn new(flaw: Option<SockJsFlaw>, service: SockJsService, is_framed: bool, is_shared: bool) -> Self {
        let mut socket = Self {
            flaw,
            service,
            is_framed,
            decoder: Decoder::new(LONGEST),
            assembler: Assembler::new(Role::Client),
            is_closed: false,
            out: Vec::new(),
        };
        socket.begin(is_shared);
        socket
    }

    fn has(&self, flaw: SockJsFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    fn begin(&mut self, is_shared: bool) {
        if is_shared && self.has(SockJsFlaw::SocketsShared) {
            self.text("c[2010,\"Another connection still open\"]");
            return self.close(3000, "");
        }
        if (self.is_framed && !self.has(SockJsFlaw::OpenFrameMissing)) || self.has(SockJsFlaw::RawFramed) {
            self.text("o");
        }
        if self.service == SockJsService::Close {
            if self.is_framed {
                self.text("c[3000,\"Go away!\"]");
            }
            if !(self.is_framed && self.has(SockJsFlaw::SocketKept)) {
                let reason = if self.has(SockJsFlaw::RawReasonLost) { "" } else { "Go away!" };
                self.close(3000, reason);
            }
        }
    }

    /// The client has sent these octets.
    pub fn receive(&mut self, octets: &[u8]) {
        self.decoder.push(octets);
        while let Some(decoded) = self.decoder.next_frame() {
            let mut assembled = Vec::new();
            match decoded {
                Decoded::Frame(frame) => self.assembler.push(&frame, &mut assembled),
                Decoded::Oversize(header) => self.assembler.oversize(&header, &mut assembled),
            }
            assembled.into_iter().for_each(|one| self.message(one));
        }
    }

    fn message(&mut self, assembled: Assembled) {
        match assembled {
            _ if self.is_closed => {}
            Assembled::Message { payload, .. } if self.is_framed => self.data(&payload),
            Assembled::Message { payload, .. } => self.frame(Opcode::TEXT, payload),
            Assembled::Ping(payload) => self.frame(Opcode::PONG, payload),
            Assembled::Close(_) => self.close(1000, ""),
            _ => {}
        }
    }

    /// Messages of a client, as JSON.
    fn data(&mut self, payload: &Bytes) {
        if payload.is_empty() {
            if self.has(SockJsFlaw::EmptyMessageCloses) {
                self.end();
            }
            return;
        }
        match str::from_utf8(payload).ok().and_then(session::messages) {
            None if self.has(SockJsFlaw::BrokenSocketIgnored) => {}
            None => self.end(),
            Some(messages) if messages.is_empty() && !self.has(SockJsFlaw::EmptyArrayAnswered) => {}
            Some(messages) => {
                let frame = format!("a{}", array(&messages, self.flaw));
                self.text(&frame);
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.frame(Opcode::TEXT, Bytes::copy_from_slice(text.as_bytes()));
    }

    fn frame(&mut self, opcode: Opcode, payload: Bytes) {
        let mut octets = Vec::new();
        Frame::new(opcode, payload).encode(&mut octets);
        self.out.push(PeerOutput::Write(octets.into()));
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.frame(Opcode::CLOSE, [&code.to_be_bytes()[..], reason.as_bytes()].concat().into());
        self.end();
    }

    fn end(&mut self) {
        self.is_closed = true;
        self.out.push(PeerOutput::Close);
    }

    /// What it wants done.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        std::mem::take(&mut self.out)
    }
}
