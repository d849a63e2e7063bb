//! Sends messages back.

use std::borrow::Cow;

use wsspec_wire::{MessageKind, Rsv};

use super::PeerConnection;
use crate::{Flaw, Habit};

impl PeerConnection {
    /// Sends a message back.
    pub(super) fn echo(&mut self, kind: MessageKind, payload: Vec<u8>) {
        self.echo_with(kind, payload, Rsv::NONE);
    }

    /// Sends back a message whose first frame had these reserved bits.
    pub(super) fn echo_with(&mut self, kind: MessageKind, payload: Vec<u8>, rsv: Rsv) {
        let fault = self.fault;
        let Some((kind, mut payload)) = kept_to_habit(fault.habit, kind, payload) else { return };
        let swallows = fault.is(Flaw::DropsEmptyMessages) && payload.is_empty()
            || fault.is(Flaw::DropsBinary) && kind == MessageKind::Binary
            || fault.is(Flaw::StopsAfterTen) && self.memory.messages > 10
            || fault.has(Habit::EchoesFirst) && self.memory.messages > 1;
        if swallows {
            return;
        }
        if fault.is(Flaw::ClosesAfterThree) && self.memory.messages > 3 {
            return self.fail(1000);
        }
        if fault.has(Habit::LimitsMessages) && self.memory.messages > 50 {
            return self.fail(1008);
        }
        if fault.has(Habit::Acknowledges) {
            self.writer.message(MessageKind::Text, "received", Rsv::NONE);
        }
        self.alter_extent(&mut payload);
        match kind {
            MessageKind::Text => self.alter_text(&mut payload),
            MessageKind::Binary => {
                let cut = payload.windows(4).position(|window| window == b"\r\n\r\n");
                if let Some(cut) = cut.filter(|_| fault.is(Flaw::CutsBinaryAtLineEnds)) {
                    payload.truncate(cut);
                }
            }
        }
        match fault.flaw {
            Some(Flaw::EchoesGarbage) => payload.fill(7),
            Some(Flaw::DropsLastByte) => payload.truncate(payload.len().saturating_sub(1)),
            Some(Flaw::DropsByteAt65536) if payload.len() >= 65536 => payload.truncate(payload.len() - 1),
            Some(Flaw::CutsAt128Kib) => payload.truncate(0x1_FFFF),
            Some(Flaw::EchoesTwice) => self.writer.message(kind, payload.clone(), rsv),
            _ => {}
        }
        self.writer.message(kind, payload, rsv);
        if fault.has(Habit::EchoesOnce) {
            self.fail(1000);
        }
    }

    /// Treats more or fewer bytes as application data than there are (RFC 6455, 5.2).
    fn alter_extent(&self, payload: &mut Vec<u8>) {
        match self.fault.flaw {
            Some(Flaw::SendsExtensionData) => drop(payload.splice(..0, [1, 2, 3])),
            Some(Flaw::SkipsExtensionData) => drop(payload.drain(..payload.len().min(2))),
            Some(Flaw::PadsToWholeWords) => payload.resize(payload.len().next_multiple_of(4), 0),
            _ => {}
        }
    }

    fn alter_text(&self, text: &mut Vec<u8>) {
        // What it wrongly treats as text, it still sends as UTF-8: it breaks one rule, not two.
        if !self.fault.is(Flaw::ValidatesNothing)
            && let Cow::Owned(repaired) = String::from_utf8_lossy(text)
        {
            *text = repaired.into_bytes();
        }
        match self.fault.flaw {
            Some(Flaw::SendsInvalidText) => text.push(0xFF),
            Some(Flaw::ReadsTextAsLatin1) => {
                *text = text.iter().map(|&byte| char::from(byte)).collect::<String>().into_bytes();
            }
            Some(Flaw::CutsAtNul) => text.truncate(before_nul(text)),
            Some(Flaw::ConvertsLineEnds) => text.retain(|&byte| byte != b'\r'),
            Some(Flaw::StripsByteOrderMark) if text.starts_with(b"\xEF\xBB\xBF") => {
                text.drain(..3);
            }
            _ => {}
        }
    }
}

/// The message after the peer's habit is applied; `None` if it is not echoed.
fn kept_to_habit(
    habit: Option<Habit>,
    kind: MessageKind,
    payload: Vec<u8>,
) -> Option<(MessageKind, Vec<u8>)> {
    match (habit, kind) {
        (Some(Habit::KeepsMessages | Habit::GreetsAndKeepsMessages), _)
        | (Some(Habit::EchoesTextOnly), MessageKind::Binary)
        | (Some(Habit::EchoesBinaryOnly), MessageKind::Text) => None,
        (Some(Habit::AnswersWithPrefix), _) => Some((kind, [b"Echo: ", &*payload].concat())),
        (Some(Habit::KeepsEmptyMessages), _) if payload.is_empty() => None,
        (Some(Habit::EchoesAsText), MessageKind::Binary) => {
            Some((MessageKind::Text, String::from_utf8_lossy(&payload).into_owned().into_bytes()))
        }
        (Some(Habit::EchoesAsBinary | Habit::GreetsAndEchoesAsBinary), MessageKind::Text) => {
            Some((MessageKind::Binary, payload))
        }
        _ => Some((kind, payload)),
    }
}

/// The number of bytes before the first NUL.
pub(super) fn before_nul(bytes: &[u8]) -> usize {
    bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len())
}
