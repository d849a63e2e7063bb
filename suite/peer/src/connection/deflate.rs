//! Decompresses messages, and sets up their compression (RFC 7692, 6 and 7.2).

use wsspec_wire::{DeflateParams, Deflater, Header, Inflater, Opcode, Role, Rsv, Violation};

use crate::{Flaw, flaw::Conduct};

/// Maximum size of a decompressed message, in bytes.
const LIMIT: usize = 64 << 20;

/// The largest window (RFC 1951, 2).
const WINDOW: usize = 1 << 15;

/// The part of its window that a usual compressor reserves for lookahead.
const LOOKAHEAD: usize = 262;

/// permessage-deflate in use.
#[derive(Debug)]
pub(crate) struct Deflate {
    fault: Conduct,
    inflater: Inflater,
    /// The window that a flaw uses instead, if it has its own.
    narrow: Option<Inflater>,
    /// Whether a flaw has stopped decompressing.
    forgot: bool,
}

impl Deflate {
    pub(crate) fn new(fault: Conduct, role: Role, agreed: &DeflateParams) -> Self {
        let small = DeflateParams { client_max_window_bits: 9, server_max_window_bits: 9, ..*agreed };
        let sender = role.peer();
        let narrow = match fault.flaw {
            Some(Flaw::InflatesWithin512) => Some(Inflater::new(sender, &small)),
            Some(Flaw::InflatesAlmost32768) => Some(Inflater::new(
                sender,
                &DeflateParams { client_max_window_bits: 14, server_max_window_bits: 14, ..*agreed },
            )),
            Some(Flaw::TakesHintForAgreed) if agreed.client_max_window_bits == 9 => {
                Some(Inflater::new(sender, &small))
            }
            _ => None,
        };
        Self { fault, inflater: Inflater::new(sender, agreed), narrow, forgot: false }
    }

    /// The compressor for what the peer sends.
    pub(crate) fn deflater(fault: Conduct, role: Role, agreed: &DeflateParams) -> Deflater {
        let params = match fault.flaw {
            Some(Flaw::UsesLargestWindow | Flaw::ExceedsClientWindow) => {
                DeflateParams { client_max_window_bits: 15, server_max_window_bits: 15, ..*agreed }
            }
            Some(Flaw::KeepsItsContext) => DeflateParams {
                client_no_context_takeover: false,
                server_no_context_takeover: false,
                ..*agreed
            },
            _ => *agreed,
        };
        Deflater::new(role, &params)
    }

    /// Whether the frame begins a compressed message (RFC 7692, 6).
    pub(super) fn compresses(&self, header: &Header) -> bool {
        let empty = header.length.value == 0 && !header.fin;
        match self.fault.flaw {
            Some(Flaw::InflatesPlain) => header.opcode != Opcode::CONTINUATION,
            Some(Flaw::ForgetsEmptyRsv1) if empty => false,
            _ => header.rsv.contains(Rsv::RSV1),
        }
    }

    /// Whether RSV1 may be set on that frame (RFC 7692, 6.1), which may come within a message that is not compressed.
    pub(super) fn allows_rsv1(&self, opcode: Opcode, in_plain: bool) -> bool {
        match opcode {
            Opcode::TEXT | Opcode::BINARY => true,
            Opcode::CONTINUATION if self.fault.is(Flaw::TakesRsv1WithinPlain) => in_plain,
            Opcode::CONTINUATION => self.fault.is(Flaw::TakesCompressedContinuation),
            _ => opcode.is_control() && self.fault.is(Flaw::TakesCompressedControl),
        }
    }

    /// Handles an uncompressed message, which leaves the window unchanged (RFC 7692, 7.2.3.2).
    pub(super) fn pass_plain(&mut self) {
        if self.fault.is(Flaw::DropsContextAtPlain) {
            self.inflater.reset();
        }
    }

    /// A message's decompressed payload; `None` if it does not decompress.
    pub(super) fn inflate(&mut self, payload: &[u8], fragments: usize) -> Option<Vec<u8>> {
        if self.refuses(payload, fragments) {
            return None;
        }
        if matches!(self.fault.flaw, Some(Flaw::DropsTheirContext | Flaw::AgreesInSilence)) {
            self.inflater.reset();
        }
        if self.forgot {
            return Some(Vec::new());
        }
        let inflated = self.inflated(payload)?;
        if inflated.is_empty() && self.fault.is(Flaw::DropsContextAtEmpty) {
            self.inflater.reset();
        }
        let is_final = payload.first().is_some_and(|first| first & 1 == 1);
        self.forgot = self.fault.is(Flaw::ForgetsAfterLongFinal) && is_final && inflated.len() > 128 << 10;
        Some(inflated)
    }

    fn inflated(&mut self, payload: &[u8]) -> Option<Vec<u8>> {
        if !self.fault.is(Flaw::DeliversCutData) {
            return self.inflater.decompress(payload, LIMIT).ok();
        }
        let mut out = Vec::new();
        self.inflater.push(payload, &mut out, LIMIT).ok()?;
        // Ignores what this says about the end of the data.
        let _ = self.inflater.finish(&mut out, LIMIT);
        Some(out)
    }

    /// Starts again with an empty window.
    pub(super) fn forget(&mut self) {
        self.inflater.reset();
    }

    /// Whether a flaw refuses to decompress this.
    fn refuses(&self, payload: &[u8], fragments: usize) -> bool {
        let Some(flaw) = self.fault.flaw else { return false };
        // The first byte contains BFINAL and, above it, BTYPE (RFC 1951, 3.2.3).
        let first = payload.first().copied().unwrap_or_default();
        let (is_final, kind) = (first & 1 == 1, first >> 1 & 3);
        match flaw {
            Flaw::InflatesWithin512 | Flaw::TakesHintForAgreed => {
                self.narrow.as_ref().is_some_and(|narrow| narrow.judge(payload).is_some())
            }
            Flaw::InflatesAlmost32768 => {
                let judged = self.narrow.as_ref().and_then(|narrow| narrow.judge(payload));
                matches!(judged, Some(Violation::DeflateWindow { distance, .. }) if distance > WINDOW - LOOKAHEAD)
            }
            Flaw::InflatesFramesAlone => fragments > 1,
            Flaw::RefusesStoredBlocks => kind == 0 && payload.len() > 1,
            Flaw::RefusesDynamicBlocks => kind == 2,
            Flaw::RefusesSeveralBlocks => payload.windows(4).any(|bytes| bytes == [0, 0, 0xFF, 0xFF]),
            Flaw::RefusesFinalBlocks => is_final,
            Flaw::AddsNoTail => !is_final,
            Flaw::RefusesInflatedNothing => payload == [0],
            Flaw::RefusesEmptyLastBlock => fragments > 1 && payload.ends_with(&[0xFF, 0xFF, 0]),
            _ => false,
        }
    }
}
