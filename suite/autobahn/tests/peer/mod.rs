//! A peer without I/O: it answers what a session writes, correctly or with one flaw, on its own clock.

#![allow(dead_code, reason = "not every test file has use for all of it")]

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wsspec_autobahn::{
    AutobahnCase, CaseResult, CaseSession, ClientHandshake, ProtocolOptions, SessionAction, SessionPace, find,
};
use wsspec_wire::{
    Assembled, Assembler, CloseBody, CloseCode, Decoded, Decoder, DeflateParams, Deflater, Extension, Frame,
    Mask, MessageKind, Offer, Opcode, ResponseHead, Role, Rsv, Violation, accept_for,
};

/// What is wrong with a peer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flaw {
    None,
    /// Answers the opening handshake with 404.
    Refuses,
    /// Never answers it.
    NeverOpens,
    /// Ends TCP at the first bytes after it.
    Drops,
    /// Does nothing except complete the closing handshake.
    OnlyCloses,
    /// Does nothing at all.
    Silent,
    /// Echoes with one byte changed.
    ChangesByte,
    /// Echoes one byte less.
    Shortens,
    /// Echoes text as binary and vice versa.
    OtherKind,
    /// Fails the connection before echoing the messages it received.
    FailsFirst,
    /// Echoes even messages that violate the protocol.
    Accepts,
    /// Answers pings with another payload.
    WrongPong,
    /// Closes with 1011 whatever happens.
    WrongCode,
    /// Completes the closing handshake and leaves TCP to the tester.
    KeepsTcp,
    /// Ends TCP when it should fail the connection.
    EndsTcp,
    /// Notices that text is not UTF-8 only at the end of the message.
    LateUtf8,
    /// Masks as the tester does.
    WrongMasking,
    /// Declines permessage-deflate.
    NoDeflate,
}

/// One connection.
pub struct Peer {
    flaw: Flaw,
    role: Role,
    decoder: Decoder,
    assembler: Assembler,
    deflater: Option<Deflater>,
    head: Vec<u8>,
    open: bool,
    closed: bool,
    /// Its answer, and whether it then ends TCP.
    out: Vec<u8>,
    pub ends: bool,
    /// The text of an unfinished message or frame, for peers that check early.
    early: Vec<u8>,
}

impl Peer {
    pub fn new(flaw: Flaw, role: Role) -> Self {
        Self {
            flaw,
            role,
            decoder: Decoder::new(64 << 20),
            assembler: Assembler::new(role.peer()),
            deflater: None,
            head: Vec::new(),
            open: role == Role::Client,
            closed: false,
            out: Vec::new(),
            ends: false,
            early: Vec::new(),
        }
    }

    /// Agrees on compression.
    fn deflate(&mut self, params: &DeflateParams) {
        let assembler = std::mem::replace(&mut self.assembler, Assembler::new(self.role.peer()));
        self.assembler = assembler.with_deflate(*params);
        self.deflater = Some(Deflater::new(self.role, params));
    }

    /// Takes what the session wrote, and returns the answer.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.open {
            self.frames(bytes);
        } else {
            self.head.extend_from_slice(bytes);
            if self.head.ends_with(b"\r\n\r\n") {
                self.respond();
            }
        }
        std::mem::take(&mut self.out)
    }

    fn respond(&mut self) {
        match self.flaw {
            Flaw::NeverOpens => return,
            Flaw::Refuses => {
                self.out.extend_from_slice(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                return;
            }
            _ => {}
        }
        let offer = Offer::from_bytes(&self.head);
        let accept = accept_for(&offer.key);
        let mut head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nServer: Peer/1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n"
        );
        let answer = offer.extensions.first().filter(|_| self.flaw != Flaw::NoDeflate).map(answered);
        if let Some(answer) = answer {
            head += &format!("Sec-WebSocket-Extensions: {answer}\r\n");
            self.deflate(&DeflateParams::from_answer(&answer).expect("an answer"));
        }
        self.out.extend_from_slice((head + "\r\n").as_bytes());
        self.open = true;
    }

    /// As a client: the response has come.
    pub fn accepted(&mut self, head: &[u8]) {
        let response = ResponseHead::parse(head);
        assert_eq!(response.status, Some(101));
        let listed = response.fields.joined("Sec-WebSocket-Extensions").unwrap_or_default();
        let found = wsspec_wire::parse_extensions(&listed).unwrap_or_default();
        if let Some(agreed) = found.first() {
            self.deflate(&DeflateParams::from_answer(agreed).expect("an answer"));
        }
    }

    fn frames(&mut self, mut bytes: &[u8]) {
        if self.flaw == Flaw::Drops {
            self.ends = true;
            return;
        }
        let (all, mut complete) = (bytes, false);
        while let Some(decoded) = self.decoder.decode(&mut bytes) {
            let mut found = Vec::new();
            match decoded {
                Decoded::Frame(frame) => self.assembler.push(&frame, &mut found),
                Decoded::Oversize(header) => self.assembler.oversize(&header, &mut found),
            }
            if self.flaw == Flaw::FailsFirst && found.len() == 1 {
                // Frames in the same segments before it are handled first.
                let mut rest = bytes;
                while let Some(Decoded::Frame(frame)) = self.decoder.decode(&mut rest) {
                    self.assembler.push(&frame, &mut found);
                }
                bytes = rest;
                if found.iter().any(|item| matches!(item, Assembled::Violation(_))) {
                    found.retain(|item| matches!(item, Assembled::Violation(_)));
                }
            }
            found.into_iter().for_each(|item| self.see(item));
            complete = true;
        }
        if complete {
            self.early.clear();
        } else {
            self.look_early(all);
        }
    }

    /// Incomplete frames, and text that is invalid before the message is complete.
    fn look_early(&mut self, bytes: &[u8]) {
        if matches!(self.flaw, Flaw::LateUtf8 | Flaw::Silent | Flaw::OnlyCloses) || self.closed {
            return;
        }
        self.early.extend_from_slice(bytes);
        // A header of two bytes and a masking key, in the case that sends one frame in parts.
        let payload = match &self.early[..] {
            [0x81, 0x80..0xFE, a, b, c, d, masked @ ..] => {
                let mut payload = masked.to_vec();
                Mask([*a, *b, *c, *d]).apply(&mut payload, 0);
                payload
            }
            [0x81, 0..126, payload @ ..] => payload.to_vec(),
            _ => return,
        };
        if std::str::from_utf8(&payload).is_err_and(|error| error.error_len().is_some()) {
            self.fail(1007);
        }
    }

    fn see(&mut self, item: Assembled) {
        if self.closed || self.flaw == Flaw::Silent {
            return;
        }
        let idle = self.flaw == Flaw::OnlyCloses;
        match item {
            Assembled::Close(body) => self.answer_close(&body),
            _ if idle => {}
            Assembled::Message { kind, payload, .. } => self.echo(kind, &payload),
            Assembled::Ping(payload) => {
                let payload = if self.flaw == Flaw::WrongPong { Bytes::from_static(b"?") } else { payload };
                self.send(Opcode::PONG, payload, Rsv::NONE);
            }
            Assembled::Violation(_) if self.flaw == Flaw::Accepts => {}
            Assembled::Violation(Violation::InvalidUtf8 { .. } | Violation::CloseReasonInvalidUtf8) => {
                self.fail(1007)
            }
            // A client may send it (RFC 6455, 7.4.1).
            Assembled::Violation(Violation::CloseCodeNotSendable(CloseCode(1010))) => {}
            Assembled::Violation(_) => self.fail(1002),
            Assembled::Pong(_) | Assembled::Lost { .. } => {}
        }
    }

    fn echo(&mut self, kind: MessageKind, payload: &Bytes) {
        let mut payload = payload.to_vec();
        let mut kind = kind;
        match self.flaw {
            Flaw::ChangesByte => payload.iter_mut().take(1).for_each(|byte| *byte ^= 1),
            Flaw::Shortens => drop(payload.pop()),
            Flaw::OtherKind if kind == MessageKind::Text => kind = MessageKind::Binary,
            Flaw::OtherKind => kind = MessageKind::Text,
            _ => {}
        }
        let opcode = if kind == MessageKind::Text { Opcode::TEXT } else { Opcode::BINARY };
        match &mut self.deflater {
            Some(deflater) => {
                let compressed = deflater.compress(&payload);
                self.send(opcode, compressed.into(), Rsv::RSV1);
            }
            None => self.send(opcode, payload.into(), Rsv::NONE),
        }
    }

    fn answer_close(&mut self, body: &CloseBody) {
        let code = if self.flaw == Flaw::WrongCode { Some(1011) } else { body.code().map(|code| code.0) };
        self.close(code);
    }

    fn fail(&mut self, code: u16) {
        if self.flaw == Flaw::EndsTcp {
            (self.closed, self.ends) = (true, true);
            return;
        }
        self.close(Some(if self.flaw == Flaw::WrongCode { 1011 } else { code }));
    }

    fn close(&mut self, code: Option<u16>) {
        if self.closed {
            return;
        }
        let payload = code.map_or(Vec::new(), |code| code.to_be_bytes().to_vec());
        self.send(Opcode::CLOSE, payload.into(), Rsv::NONE);
        self.closed = true;
        self.ends = self.flaw != Flaw::KeepsTcp;
    }

    fn send(&mut self, opcode: Opcode, payload: Bytes, rsv: Rsv) {
        let frame = Frame::new(opcode, payload).with_rsv(rsv);
        let masked = (self.role == Role::Client) != (self.flaw == Flaw::WrongMasking);
        let frame = if masked { frame.with_mask(Mask([1, 2, 3, 4])) } else { frame };
        frame.encode(&mut self.out);
    }
}

/// An answer to an offer: exactly what it asks of the server.
fn answered(offer: &Extension) -> Extension {
    wsspec_wire::DeflateOffer::from_extension(offer).map(|offer| offer.accept()).expect("an offer")
}

/// The case with this id.
pub fn case(id: &str) -> Arc<AutobahnCase> {
    find(&id.parse().expect("an id")).expect("a case").1.clone()
}

/// The other end of a server under test.
pub fn client(options: ProtocolOptions) -> ClientHandshake {
    let (authority, resource) = ("h:1".into(), "/x".into());
    ClientHandshake { authority, resource, origin: None, protocols: Vec::new(), options }
}

/// How long a peer takes to answer.
#[derive(Clone, Copy)]
pub struct Pacing {
    pub pace: SessionPace,
    pub opening: Duration,
    pub answers: Duration,
}

/// Answers that come immediately.
pub const PROMPT: Pacing =
    Pacing { pace: SessionPace::Quick, opening: Duration::from_millis(1), answers: Duration::ZERO };

/// Plays a case against a server with this flaw.
pub fn played(id: &str, flaw: Flaw) -> CaseResult {
    played_as(id, flaw, PROMPT, ProtocolOptions::default())
}

pub fn played_as(id: &str, flaw: Flaw, pacing: Pacing, options: ProtocolOptions) -> CaseResult {
    let session = CaseSession::client(&case(id), &client(options), pacing.pace);
    let mut peer = Peer::new(flaw, Role::Server);
    run(session, &mut peer, pacing).finish("Peer/1", 1, "2026-01-31T12:00:00.000Z".into())
}

/// Plays a case with a client with this flaw.
pub fn served(id: &str, flaw: Flaw, offer: &str) -> CaseResult {
    let head = format!(
        "GET /runCase?case=1&agent=a HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    );
    let session = CaseSession::server(&case(id), ProtocolOptions::default(), &[], head.as_bytes(), false);
    let mut session = session.expect("an upgrade");
    let mut peer = Peer::new(flaw, Role::Client);
    let SessionAction::Write(response) = session.next(Duration::ZERO) else { panic!("no response") };
    peer.accepted(&response);
    run(session, &mut peer, PROMPT).finish("a", 1, "2026-01-31T12:00:00.000Z".into())
}

/// To the end of the connection: the clock advances only when somebody waits.
pub fn run(mut session: CaseSession, peer: &mut Peer, pacing: Pacing) -> CaseSession {
    let mut now = Duration::ZERO;
    // Bytes on their way to the session, and when they arrive.
    let mut coming: Option<(Duration, Vec<u8>, bool)> = None;
    loop {
        if let Some((_, bytes, ends)) = coming.take_if(|(at, ..)| *at <= now) {
            if !bytes.is_empty() {
                session.receive(&bytes, now);
            }
            if ends {
                session.ended(now);
            }
        }
        match session.next(now) {
            SessionAction::End => return session,
            SessionAction::Write(bytes) => {
                let delay = if session.was_open() { pacing.answers } else { pacing.opening };
                let answer = peer.take(&bytes);
                if !answer.is_empty() || peer.ends {
                    let (at, mut bytes, _) = coming.take().unwrap_or((now + delay, Vec::new(), false));
                    bytes.extend(answer);
                    coming = Some((at, bytes, peer.ends));
                }
            }
            SessionAction::Wait(until) => {
                now = coming.as_ref().map_or(until, |(at, ..)| until.min(*at)).max(now)
            }
        }
    }
}
