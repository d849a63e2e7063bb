//! Cases with many messages, each sent after the one before has come back.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use sha1::{Digest as _, Sha1};
use wsspec_wire::MessageKind;

use super::CaseSession;
use crate::{
    Behavior,
    case::{ECHOES, Echoed, Outgoing},
    data::TestData,
    traffic::TrafficStats,
};

/// The progress of a case.
#[derive(Debug, Default)]
pub(super) struct EchoProgress {
    sent: usize,
    /// Where in the data the next message begins.
    at: usize,
    expected: Bytes,
}

impl CaseSession {
    pub(super) fn begin_echoes(&mut self, messages: &Echoed, seconds: u64) {
        self.log.switch(false);
        if matches!(messages, Echoed::Compressed { .. }) && self.deflater.is_none() {
            self.verdict.0 = Behavior::Unimplemented;
            self.next_step = usize::MAX;
            self.send_close(Some(1000), None);
            return;
        }
        self.verdict.1 = format!("Case did not finish within {seconds} seconds.");
        self.send_one(messages);
    }

    fn send_one(&mut self, messages: &Echoed) {
        self.echoed.sent += 1;
        match *messages {
            Echoed::Plain { kind, byte, length } => {
                let opcode = if kind == MessageKind::Text { 1 } else { 2 };
                let unit = Bytes::from(vec![byte]);
                self.send_frame(&Outgoing { repeat: Some(length), ..Outgoing::new(opcode, unit) });
            }
            Echoed::Compressed { data, length, fragment, .. } => {
                let message = self.slice(data, length);
                self.echoed.expected = message.clone();
                self.send_message(kind_of(data), &message, fragment);
            }
        }
    }

    /// The next piece of the endless data.
    fn slice(&mut self, data: TestData, length: usize) -> Bytes {
        let bytes = data.bytes();
        let (from, to) = (self.echoed.at, (self.echoed.at + length) % bytes.len());
        self.echoed.at = to;
        if to > from {
            Bytes::from_static(&bytes[from..to])
        } else {
            [&bytes[from..], &bytes[..to]].concat().into()
        }
    }

    pub(super) fn judge_echo(&mut self, messages: &Echoed, kind: MessageKind, payload: &Bytes) {
        match self.echo_differs(messages, kind, payload) {
            Some(result) => self.end_echoes(Behavior::Failed, result),
            None if self.echoed.sent < ECHOES => self.send_one(messages),
            None => {
                if matches!(messages, Echoed::Compressed { .. }) {
                    self.stats = Some(TrafficStats::new(&self.incoming, &self.outgoing));
                }
                self.end_echoes(Behavior::Ok, "Ok, received all echo'ed messages in time.".into());
            }
        }
    }

    fn end_echoes(&mut self, behavior: Behavior, result: String) {
        self.verdict = (behavior, result);
        self.log.switch(true);
        self.send_close(Some(1000), None);
    }

    fn echo_differs(&self, messages: &Echoed, kind: MessageKind, payload: &Bytes) -> Option<String> {
        let written = |binary: bool| if binary { "True" } else { "False" };
        let is_binary = kind == MessageKind::Binary;
        let got = payload.len();
        match *messages {
            Echoed::Plain { kind: sent, length, .. } => (kind != sent || got != length).then(|| {
                let binary = written(is_binary);
                format!(
                    "Echo'ed message type or length differs from what I sent (got binary = {binary}, payload length = \
                     {got})."
                )
            }),
            Echoed::Compressed { data, .. } if kind != kind_of(data) => Some(format!(
                "Echo'ed message type differs from what I sent (got binary {}, expected binary {}).",
                written(is_binary),
                written(data.is_binary())
            )),
            Echoed::Compressed { length, .. } if got != length => Some(format!(
                "Echo'ed message length differs from what I sent (got length {got}, expected length {length})."
            )),
            Echoed::Compressed { .. } => (*payload != self.echoed.expected).then(|| {
                let sha1 = |bytes: &[u8]| HEXLOWER.encode(&Sha1::digest(bytes));
                format!(
                    "Echo'ed message contents differs from what I sent (got SHA1 {}, expected SHA1 {}).",
                    sha1(payload),
                    sha1(&self.echoed.expected)
                )
            }),
        }
    }
}

fn kind_of(data: TestData) -> MessageKind {
    if data.is_binary() { MessageKind::Binary } else { MessageKind::Text }
}
