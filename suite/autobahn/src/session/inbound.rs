//! What is received.

use bytes::Bytes;
use wsspec_wire::{Assembled, CloseBody, CloseCode, Decoded, Frame, MessageKind, Role, Violation};

use super::{CaseSession, SessionState, Timer};
use crate::{
    Behavior, CaseEvent,
    case::{CaseJudge, Outgoing, Pause},
};

/// The most events that are kept for a connection; no case expects as many.
const EVENTS: usize = 1000;
/// The most bytes of messages that are kept complete; no case expects more.
const KEPT: usize = 1 << 20;
/// How much of a payload is kept after that, and shown of any.
const BEGINNING: usize = 64;
/// The most segments that may wait to be written when a ping arrives; the case with the most fragments has 65,536.
const WAITING: usize = 100_000;

impl CaseSession {
    /// Takes bytes after the opening handshake.
    pub(super) fn frames(&mut self, mut bytes: &[u8]) {
        while self.state != SessionState::Closed {
            let Some(decoded) = self.decoder.decode(&mut bytes) else { return };
            let mut found = Vec::new();
            match decoded {
                Decoded::Frame(frame) => {
                    self.count(&frame);
                    self.assembler.push(&frame, &mut found);
                }
                Decoded::Oversize(header) => self.assembler.oversize(&header, &mut found),
            }
            for item in found {
                self.see(item);
            }
        }
    }

    fn count(&mut self, frame: &Frame) {
        self.log.frame_received(frame);
        if self.state == SessionState::Open && frame.header.opcode.is_data() {
            self.incoming.frames += 1;
            self.incoming.websocket += frame.payload.len() as u64;
        }
    }

    fn see(&mut self, item: Assembled) {
        match item {
            Assembled::Violation(violation) => self.violated(&violation),
            Assembled::Ping(_) if self.queue.len() > WAITING => {
                self.unclean("the peer pings and does not read the answers");
            }
            Assembled::Ping(payload) => {
                if self.state == SessionState::Open {
                    self.send_frame(&Outgoing::new(10, payload));
                }
            }
            Assembled::Pong(payload) => {
                self.event(CaseEvent::Pong(payload));
                if matches!(self.pause, Some(Pause::Answered)) {
                    self.resume();
                }
            }
            Assembled::Message { kind, payload, .. } => {
                if self.state == SessionState::Open {
                    self.incoming.messages += 1;
                    self.incoming.app += payload.len() as u64;
                }
                if !self.facts.failed_by_me && self.state != SessionState::Closed {
                    self.message(kind, payload);
                }
            }
            Assembled::Close(body) => self.closed(body),
            Assembled::Lost { .. } => self.fail(1009, "message lost"),
        }
    }

    fn violated(&mut self, violation: &Violation) {
        let masking = matches!(violation, Violation::UnmaskedFrame | Violation::MaskedFrame);
        let tolerated = match self.role {
            Role::Client => self.options.accept_masked_servers,
            Role::Server => !self.options.require_masked_clients,
        };
        // A client's code, which a server may not send; but these cases ask for it to be echoed.
        let of_clients = matches!(violation, Violation::CloseCodeNotSendable(CloseCode(1010)));
        let text = matches!(violation, Violation::InvalidUtf8 { .. } | Violation::CloseReasonInvalidUtf8);
        if of_clients || (masking && tolerated) || (text && !self.options.validate_utf8) {
            return;
        }
        if text { self.fail(1007, "invalid payload") } else { self.fail(1002, "protocol violation") }
    }

    fn message(&mut self, kind: MessageKind, payload: Bytes) {
        match self.case.clone().judge {
            CaseJudge::Events { .. } => self.event(CaseEvent::Message(payload, kind)),
            CaseJudge::Length { kind: wanted, length, .. } => {
                self.judge_length(kind, payload.len(), wanted, length)
            }
            CaseJudge::Echoes { ref messages, .. } => self.judge_echo(messages, kind, &payload),
        }
    }

    /// Records an event, and closes if no more are expected.
    fn event(&mut self, event: CaseEvent) {
        if !matches!(self.case.judge, CaseJudge::Events { .. }) || self.received.len() > EVENTS {
            return;
        }
        self.kept += event.payload().len();
        self.received.push(if self.kept > KEPT { event.begun(BEGINNING + 1) } else { event });
        let complete = self.expected().iter().all(|(_, events)| *events == self.received);
        if complete && self.case.close.by_me && !self.case.rules.suppress_close {
            let code = self.case.close.codes.first().copied();
            self.send_close(code, None);
        }
    }

    fn judge_length(&mut self, kind: MessageKind, length: usize, wanted: MessageKind, expected: usize) {
        let name = |kind| if kind == MessageKind::Text { "text" } else { "binary" };
        let wanted_name = name(wanted);
        self.verdict.1 = if kind != wanted {
            format!("Expected {wanted_name} message with payload, but got {}.", name(kind))
        } else if length != expected {
            format!("Expected {wanted_name} message with payload of length {expected}, but got {length}.")
        } else {
            self.verdict.0 = Behavior::Ok;
            format!("Received {wanted_name} message of length {length}.")
        };
        self.log.on = true;
        self.send_close(Some(1000), None);
    }

    fn closed(&mut self, body: CloseBody) {
        if self.state == SessionState::Closed {
            return;
        }
        self.reacted();
        self.cancel(Timer::PeerDrop);
        let (code, reason) = match body {
            CloseBody::Full { code, reason } => {
                (Some(code.0), Some(reason).filter(|reason| !reason.is_empty()))
            }
            _ => (None, None),
        };
        (self.facts.remote_code, self.facts.remote_reason) = (code, reason.clone());
        let answers = self.state == SessionState::Closing;
        self.facts.was_clean = true;
        if answers {
            self.cancel(Timer::CloseHandshake);
        } else if self.options.echo_close {
            self.close_frame(code, reason, false);
        } else {
            self.close_frame(Some(1000), None, false);
        }
        match self.role {
            Role::Server => self.drop_connection(),
            Role::Client if answers => {
                if !self.options.drop_timeout.is_zero() {
                    self.after(self.options.drop_timeout, Timer::ServerDrop);
                }
            }
            Role::Client => self.after(self.options.drop_timeout, Timer::PeerDrop),
        }
    }
}
