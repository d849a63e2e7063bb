//! Sends messages with permessage-deflate in use (RFC 7692, 6.1 and 7.2.1).

use bytes::Bytes;
use wsspec_wire::{Frame, MessageKind, Opcode, Rsv};

use super::Writer;
use crate::Flaw;

impl Writer {
    /// Sends a message in two fragments that are compressed separately.
    pub(super) fn fragments_alone(&mut self, kind: MessageKind, payload: &Bytes) {
        let half = payload.len() / 2;
        let opcode = self.opcode_of(kind);
        let (first, rsv) = self.compressed(payload.slice(..half));
        let (second, _) = self.compressed(payload.slice(half..));
        self.send(&Frame::new(opcode, first).with_fin(false).with_rsv(rsv));
        self.send(&Frame::new(Opcode::CONTINUATION, second));
    }

    /// The payload to send, and the reserved bits that mark it (RFC 7692, 6.1).
    pub(super) fn compressed(&mut self, payload: Bytes) -> (Bytes, Rsv) {
        let Some(deflater) = &mut self.deflater else { return (payload, Rsv::NONE) };
        if self.fault.is(Flaw::ClaimsCompression) {
            return (payload, Rsv::RSV1);
        }
        if self.fault.is(Flaw::SendsEmptyWithoutData) && payload.is_empty() && self.first_kind.is_some() {
            return (payload, Rsv::RSV1);
        }
        let padding = match self.fault.flaw {
            Some(Flaw::OmitsByteAfterFinal) => Some(&[][..]),
            Some(Flaw::PadsFinalBlock) => Some(&[0x00, 0x00][..]),
            _ => None,
        };
        if let (Some(padding), Ok(len)) = (padding, u16::try_from(payload.len())) {
            return (final_block(len, &payload, padding), Rsv::RSV1);
        }
        let kept = if self.fault.is(Flaw::CompressesAllButLast) {
            payload.len().saturating_sub(1)
        } else {
            payload.len()
        };
        let mut compressed = deflater.compress(&payload[..kept]);
        if self.fault.is(Flaw::LeavesTail) {
            compressed.extend_from_slice(&[0x00, 0x00, 0xFF, 0xFF]);
        }
        let rsv = if self.fault.is(Flaw::CompressesWithoutRsv1) { Rsv::NONE } else { Rsv::RSV1 };
        (compressed.into(), rsv)
    }
}

/// Data in one stored block with BFINAL set (RFC 1951, 3.2.4).
fn final_block(len: u16, data: &[u8], padding: &[u8]) -> Bytes {
    [&[0x01], &len.to_le_bytes()[..], &(!len).to_le_bytes(), data, padding].concat().into()
}
