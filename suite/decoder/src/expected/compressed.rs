//! Compressed messages (RFC 7692): what they decompress to, and when a decoder may reject them.
//!
//! How early a decoder sees an error in compressed data depends on how it decompresses, so it may reject from the first
//! byte of the frame that contains the error on.

use wsspec_wire::{Assembled, Frame, Header, Length, LengthForm, Opcode, Rsv, Violation};

use crate::{
    Demands,
    rejection_reason::{Codes, RejectionReason, Why, duty},
};

use super::{FramePart, ReferenceDecoder};

/// The most bytes that one byte of compressed data can become: 258 from two bits.
const EXPANSION: u64 = 1032;
/// The longest message that is decompressed, in bytes, if a decoder need not accept as much.
const LONGEST: u64 = 1 << 18;

/// How many bytes the reference accepts in a message.
pub(super) fn limit(demands: &Demands) -> usize {
    usize::try_from(demands.limit.max(LONGEST)).unwrap_or(usize::MAX)
}

/// A compressed message whose last frame has not arrived.
pub(super) struct CompressedProgress {
    /// Offset of its first byte.
    at: usize,
    /// The text was found not to be UTF-8: index of the fault.
    fault: Option<usize>,
}

impl CompressedProgress {
    /// A message that begins here.
    pub(super) const fn at(at: usize) -> Self {
        Self { at, fault: None }
    }
}

impl ReferenceDecoder<'_> {
    /// Whether the frame begins a compressed message (RFC 7692, 6).
    pub(super) fn begins_compressed(&self, header: &Header) -> bool {
        let begins = matches!(header.opcode, Opcode::TEXT | Opcode::BINARY);
        self.setting.deflate.is_some() && begins && header.rsv.contains(Rsv::RSV1)
    }

    /// Judges what a data frame has decompressed to, if it is one of a compressed message; `false` if nothing after it
    /// counts.
    pub(super) fn decompressed(&mut self, at: usize, end: usize, fin: bool, assembled: &[Assembled]) -> bool {
        let Some(mut progress) = self.compressed.take() else { return true };
        for found in assembled {
            match found {
                Assembled::Violation(violation @ Violation::InvalidUtf8 { .. }) => {
                    progress.fault = Some(self.of_text(at, at + 1, violation.clone()));
                }
                Assembled::Violation(violation) if is_about_data(violation) => {
                    let duty = duty(violation, self.demands);
                    return self.meaningless(at, end, Why::Violation(violation.clone()), duty);
                }
                Assembled::Message { payload, .. } if payload.len() as u64 > self.demands.limit => {
                    self.large(progress.at, payload.len() as u64);
                }
                Assembled::Lost { .. } => {
                    let size = limit(self.demands) as u64;
                    return self.meaningless(progress.at, end, Why::Size(size), None);
                }
                _ => {}
            }
        }
        if !fin {
            self.compressed = Some(progress);
            return true;
        }
        if let Some(fault) = progress.fault {
            self.out.faults[fault].end = Some(end);
        }
        !self.must_reject(progress.fault)
    }

    /// A message without a meaning: `false`, as nothing after it counts.
    fn meaningless(&mut self, at: usize, end: usize, why: Why, duty: Option<&'static str>) -> bool {
        let codes = Codes { data: true, size: true };
        self.out.is_open = duty.is_none();
        self.fault(RejectionReason { why, at, known: at + 1, end: Some(end), duty, codes });
        false
    }

    fn large(&mut self, at: usize, size: u64) {
        let codes = Codes { data: true, size: true };
        let why = Why::Size(size);
        self.fault(RejectionReason { why, at, known: at + 1, end: None, duty: None, codes });
    }

    /// Judges the payload so far of a frame that does not end, if its message is compressed.
    pub(super) fn unfinished_compressed(&mut self, part: &FramePart<'_>) {
        if self.compressed.is_none() || !part.header.opcode.is_data() || self.demands.frames {
            return;
        }
        let length = Length { value: part.payload.len() as u64, form: LengthForm::Bits64 };
        let header = Header { fin: false, length, ..part.header };
        let mut assembled = Vec::new();
        self.assembler.push(&Frame { header, payload: part.payload.to_vec().into() }, &mut assembled);
        self.size += length.value;
        for found in assembled {
            match found {
                Assembled::Violation(violation @ Violation::InvalidUtf8 { .. }) => {
                    self.of_text(part.at, part.at + 1, violation);
                }
                Assembled::Violation(violation) if is_about_data(&violation) => {
                    let why = Why::Violation(violation);
                    let codes = Codes { data: true, size: true };
                    let (at, known) = (part.at, part.at + 1);
                    self.fault(RejectionReason { why, at, known, end: None, duty: None, codes });
                }
                _ => {}
            }
        }
    }

    /// A compressed message that does not end may already be larger than a decoder has to accept.
    pub(super) fn may_be_large(&mut self) {
        if let Some(progress) = &self.compressed
            && self.size.saturating_mul(EXPANSION) > self.demands.limit
        {
            let (at, size) = (progress.at, self.size.saturating_mul(EXPANSION));
            self.large(at, size);
        }
    }
}

/// Whether compressed data breaks a rule.
const fn is_about_data(violation: &Violation) -> bool {
    matches!(
        violation,
        Violation::DeflateCorrupt { .. } | Violation::DeflateWindow { .. } | Violation::DeflateContext { .. }
    )
}
