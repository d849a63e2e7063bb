//! Pings, pongs and the closing handshake (RFC 6455, 5.5 and 7.1.2).

use bytes::Bytes;
use wsspec_wire::{CloseBody, CloseCode, MessageKind, Role, Rsv};

use super::{ConnectionState, PeerConnection, echo::before_nul};
use crate::{Flaw, Habit};

impl PeerConnection {
    /// Answers a ping with a pong with the same payload (RFC 6455, 5.5.2 and 5.5.3).
    pub(super) fn ping(&mut self, payload: Bytes, rsv: Rsv) {
        let fault = self.fault;
        self.memory.pings += 1;
        let previous = std::mem::replace(&mut self.memory.last_ping, payload.clone());
        match fault.flaw {
            Some(Flaw::ForgetsMessageAtPing) => self.message = None,
            Some(Flaw::AddsPingToMessage) => {
                if let Some(message) = &mut self.message {
                    message.add_stray(&payload);
                }
            }
            _ => {}
        }
        if self.swallows_ping(&payload) {
            return;
        }
        let within = self.message.is_some();
        let payload = match fault.flaw {
            Some(Flaw::AnswersPingWithPing | Flaw::ReflectsControlFrames) => {
                return self.writer.ping(payload);
            }
            Some(Flaw::AnswersPingWithText) => {
                return self.writer.message(MessageKind::Text, "pong", Rsv::NONE);
            }
            Some(Flaw::HoldsPongs) if within => return self.memory.held_pongs.push(payload),
            Some(Flaw::PongsPreviousPayload) => previous,
            Some(Flaw::EmptiesPongs) => Bytes::new(),
            Some(Flaw::ShortensPongs) => payload.slice(..payload.len().min(124)),
            Some(Flaw::ShortensPongInMessage) if within => payload.slice(..payload.len().min(16)),
            Some(Flaw::CutsPongsAtNul) => payload.slice(..before_nul(&payload)),
            Some(Flaw::AltersPongs) => altered(&payload),
            Some(Flaw::EchoesGarbage) => vec![b'?'; payload.len()].into(),
            Some(Flaw::PongsTextOnly) => {
                let text = Bytes::from(String::from_utf8_lossy(&payload).into_owned());
                text.slice(..text.len().min(125))
            }
            _ => payload.slice(..payload.len().min(125)),
        };
        self.writer.pong(payload, rsv);
    }

    fn swallows_ping(&self, payload: &Bytes) -> bool {
        let memory = &self.memory;
        match self.fault.flaw {
            Some(Flaw::SendsNoPong) => true,
            Some(Flaw::SendsNoEmptyPong) => payload.is_empty(),
            Some(Flaw::PongsFirstOnly) => memory.pings > 1,
            Some(Flaw::PongsAfterMessageOnly) => memory.messages == 0,
            Some(Flaw::ForgetsLastPing) => memory.pings.is_multiple_of(10),
            Some(Flaw::IgnoresPingBehindMessage) => memory.messages_in_segment > 0,
            Some(Flaw::LosesPingBehindLongMessage) => {
                memory.messages_in_segment > 0 && memory.last_length >= 1 << 19
            }
            Some(Flaw::LimitsPings) => memory.pings > 500,
            Some(Flaw::TakesPongForAnswer) => memory.pongs.contains(payload),
            _ => false,
        }
    }

    /// Ignores an unsolicited pong (RFC 6455, 5.5.3).
    pub(super) fn pong(&mut self, payload: Bytes) {
        match (self.fault.flaw, &mut self.message) {
            (Some(Flaw::ReflectsControlFrames | Flaw::AnswersPongs), _) => {
                self.writer.pong(payload.clone(), Rsv::NONE)
            }
            (Some(Flaw::EchoesPongs), _) => self.writer.message(MessageKind::Text, "pong", Rsv::NONE),
            (Some(Flaw::ForgetsMessageAtPong), message) => *message = None,
            (Some(Flaw::AddsPongToMessage), Some(message)) => message.add_stray(&payload),
            _ => {}
        }
        if matches!(
            self.fault.flaw,
            Some(Flaw::TakesPongForAnswer | Flaw::LimitsPongs | Flaw::LimitsPongsTo1500)
        ) {
            self.memory.pongs.push(payload);
        }
    }

    /// Answers a close frame with a close frame, then closes TCP (RFC 6455, 5.5.1).
    pub(super) fn close(&mut self, payload: Bytes) {
        let body = CloseBody::parse(payload.clone());
        if self.swallows_close(&body) {
            return;
        }
        if self.fault.is(Flaw::ResetsOnClose) {
            return self.reset();
        }
        if self.drops_on(&body) {
            return self.drop_stream();
        }
        match self.answer_to(&body) {
            Ok(_) if self.fault.is(Flaw::ReportsErrorInAnswer) => self.fail(1002),
            Ok(_) if self.fault.is(Flaw::ReportsBadDataInAnswer) => self.fail(1007),
            Ok(_) if self.holds_close() => self.memory.held_close = Some(payload),
            Ok(answer) => self.answer_close(answer),
            Err(code) => self.fail(code),
        }
    }

    fn holds_close(&self) -> bool {
        match self.fault.flaw {
            Some(Flaw::HoldsClose) => self.message.is_some(),
            Some(Flaw::EchoesBeforeClosing) => self.memory.messages == 0,
            _ => false,
        }
    }

    /// Does what was delayed until the end of the current message.
    pub(super) fn release_held(&mut self) {
        for payload in std::mem::take(&mut self.memory.held_pongs) {
            self.writer.pong(payload, Rsv::NONE);
        }
        if let Some(payload) = self.memory.held_close.take() {
            self.close(payload);
        }
    }

    fn swallows_close(&self, body: &CloseBody) -> bool {
        match self.fault.flaw {
            Some(Flaw::IgnoresClose) => true,
            Some(Flaw::IgnoresOneByteClose) => matches!(body, CloseBody::OneByte(_)),
            Some(Flaw::IgnoresBadReason) => {
                matches!(body, CloseBody::Full { reason, .. } if str::from_utf8(reason).is_err())
            }
            Some(Flaw::LosesCloseBehindMessages) => self.memory.messages_in_segment >= 50,
            Some(Flaw::EchoesAfterClose | Flaw::FailsAndGoesOn) => self.memory.has_closed,
            _ => false,
        }
    }

    fn drops_on(&self, body: &CloseBody) -> bool {
        let code = body.code().map_or(0, |code| code.0);
        let reason = if let CloseBody::Full { reason, .. } = body { reason.len() } else { 0 };
        match self.fault.flaw {
            Some(Flaw::DropsOnClose) => true,
            Some(Flaw::DropsOnEmptyClose) => *body == CloseBody::Empty,
            Some(Flaw::DropsOnReason) => reason > 0,
            Some(Flaw::DropsOnLongReason) => reason == 123,
            Some(Flaw::DropsOnDefinedCodes) => code > 1000,
            Some(Flaw::DropsOnPrivateCodes) => code >= 3000,
            Some(Flaw::DropsOnCodeWithZeroByte) => code >= 3000 && code.is_multiple_of(256),
            _ => false,
        }
    }

    /// The body that answers a close frame, or the code with which to fail the connection (RFC 6455, 5.5.1 and 7.4).
    fn answer_to(&self, body: &CloseBody) -> Result<Bytes, u16> {
        let fault = self.fault;
        let whole = body.to_bytes();
        let (code, reason) = match body {
            CloseBody::Empty => return Ok(whole),
            CloseBody::OneByte(_) if fault.enforces(Flaw::MirrorsOneByteClose) => return Err(1002),
            CloseBody::OneByte(_) => return Ok(whole),
            CloseBody::Full { code, reason } => (*code, reason),
        };
        if whole.len() > 125 {
            return Ok(whole);
        }
        if !code.is_sendable() {
            return match fault.flaw {
                Some(Flaw::MirrorsBadCodes | Flaw::ValidatesNothing) => Ok(whole.slice(..2)),
                Some(Flaw::AcceptsBadCodes) => Ok(bytes_of(CloseCode(1000))),
                _ => Err(1002),
            };
        }
        if str::from_utf8(reason).is_err() {
            return match fault.flaw {
                Some(Flaw::EchoesCodeOfBadReason) => Ok(bytes_of(code)),
                Some(Flaw::ReadsNoReasonInMessages) if self.message.is_some() => Ok(whole),
                _ if fault.enforces(Flaw::MirrorsBadReason) => Err(1007),
                _ => Ok(whole),
            };
        }
        Ok(bytes_of(match code.0 {
            _ if fault.has(Habit::ClosesWithOwnCode) => CloseCode(1001),
            // Only a client sends 1010 (RFC 6455, 7.4.1).
            1010 if !fault.is(Flaw::Sends1010Back) => CloseCode(1000),
            _ => code,
        }))
    }

    fn answer_close(&mut self, answer: Bytes) {
        let message = self.message.take();
        if let Some(message) = message.filter(|_| self.fault.is(Flaw::AnswersMessageInClose)) {
            self.echo(message.kind(), message.into_payload());
        }
        self.writer.close_with(answer.clone());
        self.memory.has_closed = true;
        match self.fault.flaw {
            Some(Flaw::EchoesAfterClose) => return,
            Some(Flaw::KeepsTcp) => {
                self.state = ConnectionState::Done;
                return;
            }
            Some(Flaw::ClosesTwice) => self.writer.close_with(answer),
            Some(Flaw::PongsAfterClose) => self.writer.pong(Bytes::from_static(b"late"), Rsv::NONE),
            Some(Flaw::SendsHttpAfterClose) => {
                self.writer.raw(b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n")
            }
            Some(Flaw::ResetsAfterClosing) => return self.reset(),
            Some(Flaw::SpeaksAfterClose) => self.writer.message(MessageKind::Text, "bye", Rsv::NONE),
            _ => {}
        }
        self.end_closed();
    }

    /// Both close frames were sent: the server closes TCP, and the client waits for that (RFC 6455, 7.1.1).
    fn end_closed(&mut self) {
        match self.role {
            Role::Client if !self.fault.is(Flaw::EndsTcpFirst) => self.state = ConnectionState::Done,
            _ => self.drop_stream(),
        }
    }
}

fn bytes_of(code: CloseCode) -> Bytes {
    Bytes::copy_from_slice(&code.0.to_be_bytes())
}

/// The same bytes, with the last one changed.
fn altered(payload: &Bytes) -> Bytes {
    let mut altered = payload.to_vec();
    if let Some(last) = altered.last_mut() {
        *last ^= 1;
    }
    altered.into()
}
