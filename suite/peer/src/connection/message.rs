//! Joins fragments into messages (RFC 6455, 5.4), and checks that text is UTF-8 (8.1).

use wsspec_wire::{Header, MessageKind, Opcode, Rsv};

use super::PeerConnection;
use crate::{
    Flaw, Habit,
    flaw::Conduct,
    utf8::{Checker, Invalid},
};

/// The longest message, in bytes, that a peer takes which closes on big ones.
const BIG: usize = 16_384;
/// The same for a peer that refuses long ones.
const LONG: usize = 1000;

/// A message being received.
#[derive(Debug)]
pub(super) struct MessageInProgress {
    fault: Conduct,
    kind: MessageKind,
    payload: Vec<u8>,
    /// Where each fragment begins in the payload.
    starts: Vec<usize>,
    checker: Checker,
    /// How much of the payload has been checked.
    checked: usize,
    /// Whether the payload must be UTF-8.
    is_text: bool,
    rsv: Rsv,
    /// Whether it is compressed (RFC 7692, 6).
    compressed: bool,
}

impl MessageInProgress {
    pub(super) fn kind(&self) -> MessageKind {
        self.kind
    }

    pub(super) fn is_compressed(&self) -> bool {
        self.compressed
    }

    /// Number of bytes received.
    pub(super) fn len(&self) -> usize {
        self.payload.len()
    }

    /// Number of fragments begun.
    pub(super) fn fragments(&self) -> usize {
        self.starts.len()
    }

    pub(super) fn into_payload(self) -> Vec<u8> {
        self.payload
    }

    /// Adds bytes that do not belong to it.
    pub(super) fn add_stray(&mut self, bytes: &[u8]) {
        self.payload.extend_from_slice(bytes);
    }

    fn add(&mut self, wire: &[u8], data: &[u8]) -> Result<(), Invalid> {
        self.payload.extend_from_slice(data);
        match self.fault.flaw {
            Some(Flaw::ChecksMaskedText) if self.is_text => self.checker.push(wire),
            _ if self.fault.has(Habit::ChecksTextAtTheEnd) || self.fault.has(Habit::ChecksTextByFrame) => {
                Ok(())
            }
            Some(Flaw::ChecksTextByRead) if self.is_text => self.check().and_then(|()| self.checker.finish()),
            _ => self.check(),
        }
    }

    fn end_fragment(&mut self) -> Result<(), Invalid> {
        match self.fault.flaw {
            _ if self.fault.has(Habit::ChecksTextByFrame) => self.check(),
            Some(Flaw::ChecksFragmentsAlone) if self.is_text => self.checker.finish(),
            _ => Ok(()),
        }
    }

    fn finish(&mut self) -> Result<(), Invalid> {
        if self.fault.has(Habit::ChecksTextAtTheEnd) {
            self.check()?;
        }
        let skips = match self.fault.flaw {
            Some(Flaw::ChecksFirstFragmentOnly) => self.starts.len() > 1,
            Some(Flaw::ChecksFirst64Only) => self.payload.len() > 64,
            Some(Flaw::CarriesSequences) => true,
            _ => false,
        };
        if self.is_text && !skips { self.checker.finish() } else { Ok(()) }
    }

    /// Checks what has arrived since the last check.
    fn check(&mut self) -> Result<(), Invalid> {
        let from = self.checked;
        self.checked = self.payload.len();
        let until = match self.fault.flaw {
            Some(Flaw::ChecksFirstFragmentOnly) if self.starts.len() > 1 => from,
            Some(Flaw::ChecksFirst64Only) => self.checked.min(64).max(from),
            _ => self.checked,
        };
        if self.is_text { self.checker.push(&self.payload[from..until]) } else { Ok(()) }
    }

    /// The fragments joined in order (RFC 6455, 5.4), or differently with a flaw.
    fn joined(&self) -> Vec<u8> {
        let fragment = |at: usize| {
            let end = self.starts.get(at + 1).copied().unwrap_or(self.payload.len());
            &self.payload[self.starts[at]..end]
        };
        let count = self.starts.len();
        match self.fault.flaw {
            Some(Flaw::KeepsFirstFragment) if count > 1 => fragment(0).to_vec(),
            Some(Flaw::KeepsLastFragment) if count > 1 => fragment(count - 1).to_vec(),
            Some(Flaw::ReversesFragments) => (0..count).rev().map(fragment).collect::<Vec<_>>().concat(),
            _ => self.payload.clone(),
        }
    }
}

impl PeerConnection {
    /// Begins a message, or continues the current one.
    pub(super) fn begin_fragment(&mut self, header: &Header) {
        let fault = self.fault;
        let continues = header.opcode == Opcode::CONTINUATION || fault.is(Flaw::JoinsMessages);
        if !continues || self.message.is_none() {
            self.message = Some(self.new_message(header));
        }
        if let Some(message) = &mut self.message {
            message.starts.push(message.payload.len());
        }
    }

    fn new_message(&mut self, header: &Header) -> MessageInProgress {
        let fault = self.fault;
        let previous = self.memory.last_kind;
        let mut kind = match header.opcode {
            Opcode::TEXT | Opcode::CONTINUATION => MessageKind::Text,
            _ => MessageKind::Binary,
        };
        let mut payload = Vec::new();
        if header.opcode == Opcode::CONTINUATION && fault.is(Flaw::ReopensMessages) {
            kind = previous.unwrap_or(kind);
            payload.clone_from(&self.memory.last_payload);
        } else if !header.fin && fault.is(Flaw::KeepsOldFragments) {
            payload.clone_from(&self.memory.last_payload);
        }
        let compressed = self.deflate.as_ref().is_some_and(|deflate| deflate.compresses(header));
        let is_text = match (fault.flaw, kind) {
            (Some(Flaw::ChecksCompressedBytes), MessageKind::Text) => true,
            _ if compressed => false,
            (Some(Flaw::ChecksNoText | Flaw::ValidatesNothing), _) => false,
            (Some(Flaw::ChecksWholeFramesOnly), _) if !header.fin => false,
            (Some(Flaw::SkipsTextAfterBinary), _) if previous == Some(MessageKind::Binary) => false,
            (Some(Flaw::KeepsCheckingAsText), _) if previous == Some(MessageKind::Text) => true,
            (Some(Flaw::ChecksBinary), _) => true,
            (_, kind) => kind == MessageKind::Text,
        };
        let checker = self.memory.carried.take().unwrap_or_else(|| Checker::new(fault));
        let checked = payload.len();
        let (starts, rsv) = (Vec::new(), header.rsv);
        MessageInProgress { fault, kind, payload, starts, checker, checked, is_text, rsv, compressed }
    }

    /// Adds to the current fragment.
    pub(super) fn add_to_fragment(&mut self, wire: &[u8], data: &[u8]) {
        let Some(message) = &mut self.message else { return };
        if self.fault.has(Habit::ClosesOnBigMessages) && message.len() + data.len() > BIG {
            self.refuse();
        } else if self.fault.has(Habit::RefusesLongMessages) && message.len() + data.len() > LONG {
            self.fail(1009);
        } else if message.add(wire, data).is_err() {
            self.fail(1007);
        }
    }

    /// Ends a fragment, and with the last one the message.
    pub(super) fn end_fragment(&mut self, header: &Header) {
        let Some(message) = &mut self.message else { return };
        if message.end_fragment().is_err() {
            return self.fail(1007);
        }
        let empty = header.length.value == 0 && header.opcode == Opcode::CONTINUATION;
        let is_last = match self.fault.flaw {
            Some(Flaw::EndsAtEmptyFragment) if empty => true,
            Some(Flaw::WaitsBehindEmptyLast) if empty => false,
            Some(Flaw::SplitsMessages) => true,
            _ => header.fin,
        };
        if !is_last {
            return;
        }
        if message.finish().is_err() {
            return self.fail(1007);
        }
        if let Some(message) = self.message.take() {
            self.finish_message(message, header);
        }
    }

    fn finish_message(&mut self, mut message: MessageInProgress, last: &Header) {
        let is_fragmented = last.opcode == Opcode::CONTINUATION;
        if is_fragmented && self.fault.is(Flaw::TakesFragmentsForText) {
            message.kind = MessageKind::Text;
        }
        let Some(payload) = self.inflated(&message) else { return };
        self.memory.messages += 1;
        self.memory.messages_in_segment += 1;
        self.memory.last_length = payload.len();
        self.echo_with(message.kind, payload, message.rsv);
        if self.fault.is(Flaw::CarriesSequences) && message.is_text {
            self.memory.carried = Some(message.checker);
        }
        self.memory.last_kind = Some(message.kind);
        match self.fault.flaw {
            Some(Flaw::ReopensMessages) => self.memory.last_payload = message.payload,
            Some(Flaw::KeepsOldFragments) if is_fragmented => self.memory.last_payload = message.payload,
            _ => {}
        }
        if self.fault.is(Flaw::SplitsMessages) && !last.fin {
            self.split_off(message.kind);
        }
        self.release_held();
    }

    /// The payload of a whole message, decompressed if needed. Fails the connection if that is impossible, or if text
    /// is then not UTF-8.
    fn inflated(&mut self, message: &MessageInProgress) -> Option<Vec<u8>> {
        let fault = self.fault;
        let payload = message.joined();
        let Some(deflate) = &mut self.deflate else { return Some(payload) };
        if !message.compressed {
            deflate.pass_plain();
            return Some(payload);
        }
        if fault.is(Flaw::DropsContextAtOtherKind)
            && self.memory.last_kind.is_some_and(|kind| kind != message.kind)
        {
            deflate.forget();
        }
        if fault.is(Flaw::EchoesCompressedBytes) {
            return Some(payload);
        }
        let Some(mut inflated) = deflate.inflate(&payload, message.fragments()) else {
            if fault.enforces(Flaw::PassesOverCorrupt) {
                self.fail(1007);
            }
            return None;
        };
        let shrank = inflated.len() > payload.len().saturating_mul(500) && inflated.len() < 1 << 20;
        if fault.is(Flaw::LosesTailOfHighRatio) && shrank {
            inflated.pop();
        }
        if fault.is(Flaw::CutsHighRatios) {
            inflated.truncate(payload.len().saturating_mul(100));
        }
        if message.kind == MessageKind::Text && fault.enforces(Flaw::TrustsInflatedText) {
            let mut checker = Checker::new(fault);
            if checker.push(&inflated).and_then(|()| checker.finish()).is_err() {
                self.fail(1007);
                return None;
            }
        }
        Some(inflated)
    }

    /// Starts the next message right after a fragment that does not end this one.
    fn split_off(&mut self, kind: MessageKind) {
        let fault = self.fault;
        let is_text = kind == MessageKind::Text;
        let checker = Checker::new(fault);
        self.message = Some(MessageInProgress {
            fault,
            kind,
            payload: Vec::new(),
            starts: Vec::new(),
            checker,
            checked: 0,
            is_text,
            rsv: Rsv::NONE,
            compressed: false,
        });
    }
}
