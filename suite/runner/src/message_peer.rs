//! A conforming peer that answers messages: an echo server, an echo client, a fuzzing server's control connections.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use wsspec_wire::{
    Assembled, Assembler, CloseBody, CloseCode, Decoded, Decoder, Frame, Mask, MessageKind, Opcode, Role,
    Violation,
};

use crate::player::{FOREVER, Heard, Player, PlayerStep};

/// Maximum size of a message, in bytes.
const LIMIT: u64 = 64 << 20;
/// How long the peer may take to answer a close frame, and to close TCP.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);
/// We send nothing secret, so any masking key will do.
const MASK: Mask = Mask([0x37, 0xFA, 0x21, 0x3D]);

/// The frames that answer a message, each with the size of its segments; or why the message is refused.
pub type MessageAnswer = Result<Vec<(Vec<u8>, Option<usize>)>, String>;

/// One endpoint of a connection, after its opening handshake.
pub struct MessagePeer<F> {
    role: Role,
    decoder: Decoder,
    assembler: Assembler,
    answer: F,
    outbound: VecDeque<Bytes>,
    state: ClosingState,
    /// When to stop waiting for the peer.
    until: Duration,
    other_ended: bool,
}

/// How far the closing handshake has got.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ClosingState {
    /// Messages are answered.
    Open,
    /// Everything that arrives is dropped.
    Listening,
    /// Our close frame is being sent; then we wait for the peer's.
    Closing,
    /// Both close frames were sent, or time is up. After the last write, the server closes TCP (RFC 6455, 7.1.1).
    Closed,
    /// We wait for the peer to close TCP.
    Ending,
}

impl<F: FnMut(MessageKind, &[u8]) -> MessageAnswer> MessagePeer<F> {
    /// Answers every message with `answer`; also answers pings and the closing handshake.
    #[must_use]
    pub fn new(role: Role, answer: F) -> Self {
        Self {
            role,
            decoder: Decoder::new(LIMIT),
            assembler: Assembler::new(role.peer()),
            answer,
            outbound: VecDeque::new(),
            state: ClosingState::Open,
            until: FOREVER,
            other_ended: false,
        }
    }

    /// Handles the bytes that arrived after the head.
    #[must_use]
    pub fn after(mut self, rest: &[u8]) -> Self {
        self.receive(rest);
        self
    }

    /// Drops everything that arrives from now on.
    #[must_use]
    pub fn listening(self) -> Self {
        Self { state: ClosingState::Listening, ..self }
    }

    /// Sends a text message, then closes.
    pub fn say_and_close(&mut self, text: Option<String>) {
        if let Some(text) = text {
            self.send(Opcode::TEXT, text.into());
        }
        self.close(CloseBody::Empty);
    }

    fn close(&mut self, body: CloseBody) {
        self.send(Opcode::CLOSE, body.to_bytes());
        self.state = match self.role {
            Role::Server => ClosingState::Closing,
            Role::Client => ClosingState::Closed,
        };
    }

    fn fail(&mut self, code: u16, why: &str) {
        let reason: String = why.chars().take(30).collect();
        self.close(CloseBody::Full { code: CloseCode(code), reason: reason.into() });
    }

    fn send(&mut self, opcode: Opcode, payload: Bytes) {
        self.outbound.push_back(encoded(self.role, opcode, payload).into());
    }

    /// Whether there is time left to wait for the peer, counted from the first call.
    fn has_time(&mut self, now: Duration) -> bool {
        self.until = self.until.min(now + CLOSE_TIMEOUT);
        now < self.until
    }

    fn end(&mut self, now: Duration) -> PlayerStep {
        (self.state, self.until) = (ClosingState::Ending, FOREVER);
        if self.role == Role::Server { PlayerStep::Shutdown } else { self.next(false, now) }
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        let mut found = Vec::new();
        while let Some(decoded) = self.decoder.decode(&mut bytes) {
            match decoded {
                Decoded::Frame(frame) => self.assembler.push(&frame, &mut found),
                Decoded::Oversize(header) => self.assembler.oversize(&header, &mut found),
            }
        }
        for item in found {
            match self.state {
                ClosingState::Open => self.respond(item),
                ClosingState::Closing if matches!(item, Assembled::Close(_)) => {
                    self.state = ClosingState::Closed
                }
                _ => {}
            }
        }
    }

    fn respond(&mut self, item: Assembled) {
        match item {
            Assembled::Message { kind, payload, .. } => match (self.answer)(kind, &payload) {
                Ok(frames) => self.outbound.extend(frames.into_iter().flat_map(segments)),
                Err(why) => self.fail(1008, &why),
            },
            Assembled::Ping(payload) => self.send(Opcode::PONG, payload),
            Assembled::Pong(_) => {}
            Assembled::Close(body) => {
                let full = |code| CloseBody::Full { code, reason: Bytes::new() };
                self.send(Opcode::CLOSE, body.code().map_or(CloseBody::Empty, full).to_bytes());
                self.state = ClosingState::Closed;
            }
            Assembled::Violation(Violation::InvalidUtf8 { .. }) => self.fail(1007, "not UTF-8"),
            Assembled::Violation(_) => self.fail(1002, "protocol error"),
            Assembled::Lost { .. } => self.fail(1009, "too long"),
        }
    }
}

impl<F: FnMut(MessageKind, &[u8]) -> MessageAnswer> Player for MessagePeer<F> {
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep {
        if writing {
            return PlayerStep::Wait(FOREVER);
        }
        if let Some(bytes) = self.outbound.pop_front() {
            return PlayerStep::Write(bytes);
        }
        let state = self.state;
        match state {
            ClosingState::Open | ClosingState::Listening if self.other_ended => PlayerStep::Done,
            ClosingState::Open | ClosingState::Listening => PlayerStep::Wait(FOREVER),
            ClosingState::Closing if !self.other_ended && self.has_time(now) => PlayerStep::Wait(self.until),
            ClosingState::Closing | ClosingState::Closed => self.end(now),
            ClosingState::Ending if !self.other_ended && self.has_time(now) => PlayerStep::Wait(self.until),
            ClosingState::Ending => PlayerStep::Done,
        }
    }

    fn hear(&mut self, heard: Heard<'_>, _: Duration) {
        match heard {
            Heard::Bytes(bytes) => self.receive(bytes),
            Heard::Eof | Heard::Reset => self.other_ended = true,
            Heard::Usage(_) => {}
        }
    }

    /// Zero: a peer that does not read our answers gets no more of them.
    fn allowance(&self, _: usize) -> usize {
        0
    }
}

fn segments((bytes, size): (Vec<u8>, Option<usize>)) -> Vec<Bytes> {
    let mut rest = Bytes::from(bytes);
    let mut segments = Vec::new();
    while !rest.is_empty() {
        segments.push(rest.split_to(size.unwrap_or(usize::MAX).clamp(1, rest.len())));
    }
    segments
}

/// The bytes of a frame, masked if a client sends it.
#[must_use]
pub fn encoded(role: Role, opcode: Opcode, payload: Bytes) -> Vec<u8> {
    let frame = Frame::new(opcode, payload);
    let mut bytes = Vec::new();
    if role == Role::Client { frame.with_mask(MASK) } else { frame }.encode(&mut bytes);
    bytes
}

/// Sends each message back.
pub fn echo(role: Role) -> impl FnMut(MessageKind, &[u8]) -> MessageAnswer {
    move |kind, payload| {
        let opcode = if kind == MessageKind::Text { Opcode::TEXT } else { Opcode::BINARY };
        Ok(vec![(encoded(role, opcode, Bytes::copy_from_slice(payload)), None)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(peer: &mut impl Player, now: Duration) -> Vec<u8> {
        let mut bytes = Vec::new();
        while let PlayerStep::Write(more) = peer.next(false, now) {
            bytes.extend(more);
        }
        bytes
    }

    #[test]
    fn a_server_echoes_then_answers_the_close_frame_and_ends_tcp() {
        let now = Duration::ZERO;
        let mut peer = MessagePeer::new(Role::Server, echo(Role::Server));
        peer.hear(Heard::Bytes(&encoded(Role::Client, Opcode::TEXT, "hi".into())), now);
        assert_eq!(written(&mut peer, now), b"\x81\x02hi");
        peer.hear(Heard::Bytes(&encoded(Role::Client, Opcode::CLOSE, b"\x03\xE8"[..].into())), now);
        assert_eq!(peer.next(false, now), PlayerStep::Write(b"\x88\x02\x03\xE8"[..].into()));
        assert_eq!(peer.next(false, now), PlayerStep::Shutdown);
        assert_eq!(peer.next(false, now), PlayerStep::Wait(CLOSE_TIMEOUT));
        assert_eq!(peer.next(false, CLOSE_TIMEOUT), PlayerStep::Done);
    }

    #[test]
    fn a_server_that_closes_waits_for_the_answer_before_it_ends_tcp() {
        let now = Duration::ZERO;
        let mut peer = MessagePeer::new(Role::Server, echo(Role::Server));
        peer.say_and_close(Some("bye".into()));
        assert_eq!(written(&mut peer, now), b"\x81\x03bye\x88\x00");
        assert_eq!(peer.next(false, now), PlayerStep::Wait(CLOSE_TIMEOUT));
        peer.hear(Heard::Bytes(&encoded(Role::Client, Opcode::CLOSE, Bytes::new())), now);
        assert_eq!(peer.next(false, now), PlayerStep::Shutdown);
    }

    #[test]
    fn a_refused_message_and_one_that_breaks_the_protocol_are_closed_with_their_codes() {
        let close = |bytes: &[u8]| {
            let mut peer = MessagePeer::new(Role::Server, |_, _: &[u8]| Err("no".into())).after(bytes);
            written(&mut peer, Duration::ZERO)
        };
        assert_eq!(close(&encoded(Role::Client, Opcode::TEXT, "?".into())), b"\x88\x04\x03\xF0no");
        assert_eq!(close(b"\x81\x00"), b"\x88\x10\x03\xEAprotocol error");
    }

    #[test]
    fn what_arrives_while_listening_is_dropped_even_where_it_is_cut() {
        let message = encoded(Role::Client, Opcode::TEXT, "hi".into());
        let (now, answered) = (Duration::ZERO, echo(Role::Server));
        let mut peer = MessagePeer::new(Role::Server, answered).listening().after(&message[..3]);
        assert_eq!(peer.next(false, now), PlayerStep::Wait(FOREVER));
        peer.say_and_close(None);
        peer.hear(Heard::Bytes(&message[3..]), now);
        assert_eq!(written(&mut peer, now), b"\x88\x00");
        assert_eq!(peer.next(false, now), PlayerStep::Wait(CLOSE_TIMEOUT));
    }

    #[test]
    fn an_answer_is_cut_into_segments() {
        let sizes = |size| segments((vec![0; 5], size)).iter().map(Bytes::len).collect::<Vec<_>>();
        assert_eq!((sizes(Some(2)), sizes(None)), (vec![2, 2, 1], vec![5]));
    }
}
