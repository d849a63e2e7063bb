//! Encodes what the peer sends once the connection is open.

mod compressed;

use bytes::Bytes;
use wsspec_wire::{CloseCode, Deflater, Frame, Length, LengthForm, Mask, MessageKind, Opcode, Rsv};

use crate::{Flaw, PeerOutput, flaw::Conduct, keys::Keys};

const MASK: Mask = Mask([0x37, 0xFA, 0x21, 0x3D]);
const RESERVED_DATA: Opcode = Opcode::from_low_bits(0x3);
const RESERVED_CONTROL: Opcode = Opcode::from_low_bits(0xB);

/// Collects what the driver must do.
#[derive(Debug)]
pub(crate) struct Writer {
    fault: Conduct,
    pub(crate) out: Vec<PeerOutput>,
    /// Compresses messages if permessage-deflate is in use.
    deflater: Option<Deflater>,
    /// The type of the first message sent.
    first_kind: Option<MessageKind>,
    /// The masking keys of a client.
    keys: Option<Keys>,
}

impl Writer {
    pub(crate) fn new(fault: Conduct, deflater: Option<Deflater>, keys: Option<Keys>) -> Self {
        Self { fault, out: Vec::new(), deflater, first_kind: None, keys }
    }

    /// Sends a message in one frame.
    pub(crate) fn message(&mut self, kind: MessageKind, payload: impl Into<Bytes>, rsv: Rsv) {
        let payload = payload.into();
        if self.fault.is(Flaw::CompressesFragmentsAlone) && self.deflater.is_some() {
            return self.fragments_alone(kind, &payload);
        }
        let (payload, compression) = self.compressed(payload);
        let opcode = self.opcode_of(kind);
        let rsv = compression
            | match self.fault.flaw {
                Some(Flaw::SendsRsv1) => Rsv::RSV1,
                Some(Flaw::SendsRsv2) => Rsv::RSV2,
                Some(Flaw::SendsRsv3) => Rsv::RSV3,
                Some(Flaw::MirrorsRsv) => rsv,
                _ => Rsv::NONE,
            };
        match self.fault.flaw {
            Some(Flaw::SendsReservedDataOpcode) => self.send(&Frame::new(RESERVED_DATA, "")),
            Some(Flaw::SendsReservedControlOpcode) => self.send(&Frame::new(RESERVED_CONTROL, "")),
            _ => {}
        }
        let half = payload.len() / 2;
        let first = Frame::new(opcode, payload.slice(..half));
        let second = payload.slice(half..);
        match self.fault.flaw {
            Some(Flaw::RepeatsFirstOpcode) => {
                self.send(&first.with_fin(false));
                self.send(&Frame::new(opcode, second));
            }
            Some(Flaw::EndsEveryFragment) => {
                self.send(&first);
                self.send(&Frame::new(Opcode::CONTINUATION, second));
            }
            Some(Flaw::LosesSecondFragment) => self.send(&first.with_fin(false)),
            Some(Flaw::SetsRsv1OnAllFragments) if !compression.is_none() => {
                self.send(&first.with_fin(false).with_rsv(rsv));
                self.send(&Frame::new(Opcode::CONTINUATION, second).with_rsv(rsv));
            }
            Some(Flaw::MasksFragmentsWithOneKey) if payload.len() > 1000 && self.keys.is_some() => {
                let mask = self.keys.as_mut().map_or(MASK, |keys| keys.masking(self.fault));
                self.write(&first.with_fin(false).with_rsv(rsv).with_mask(mask));
                self.write(&Frame::new(Opcode::CONTINUATION, second).with_mask(mask));
            }
            _ => {
                let frame = Frame::new(opcode, payload).with_rsv(rsv);
                let fin = !self.fault.is(Flaw::NeverEndsMessages);
                let bytes = self.encode_message(frame.with_fin(fin));
                self.out.push(PeerOutput::Write(bytes.into()));
            }
        }
    }

    /// Sends a pong.
    pub(crate) fn pong(&mut self, mut payload: Bytes, rsv: Rsv) {
        if self.fault.is(Flaw::SendsLongPongs) {
            let mut long = payload.to_vec();
            long.resize(126, b' ');
            payload = long.into();
        }
        if self.fault.is(Flaw::FragmentsPongs) {
            let half = payload.len() / 2;
            self.send(&Frame::new(Opcode::PONG, payload.slice(..half)).with_fin(false));
            self.send(&Frame::new(Opcode::CONTINUATION, payload.slice(half..)));
            return;
        }
        let frame = Frame::new(Opcode::PONG, payload);
        self.send(&match self.fault.flaw {
            Some(Flaw::MasksPongs) => self.masked(frame),
            Some(Flaw::SendsRsvOnPong) => frame.with_rsv(Rsv::RSV1),
            Some(Flaw::SetsRsv1OnPongs) if self.deflater.is_some() => frame.with_rsv(Rsv::RSV1),
            Some(Flaw::MirrorsRsv) => frame.with_rsv(rsv),
            Some(Flaw::PadsPongLength) => frame.with_length_form(LengthForm::Bits64),
            _ => frame,
        });
    }

    /// Sends a ping.
    pub(crate) fn ping(&mut self, payload: Bytes) {
        self.send(&Frame::new(Opcode::PING, payload));
    }

    /// Sends a close frame with this code.
    pub(crate) fn close(&mut self, code: CloseCode) {
        self.close_with(Bytes::copy_from_slice(&code.0.to_be_bytes()));
    }

    /// Sends a close frame with this body.
    pub(crate) fn close_with(&mut self, body: Bytes) {
        let code = |code: u16| Bytes::copy_from_slice(&code.to_be_bytes());
        let body = match self.fault.flaw {
            Some(Flaw::Sends0) => code(0),
            Some(Flaw::Sends999) => code(999),
            Some(Flaw::Sends1004) => code(1004),
            Some(Flaw::Sends1005) => code(1005),
            Some(Flaw::Sends1006) => code(1006),
            Some(Flaw::Sends1015) => code(1015),
            Some(Flaw::Sends2999) => code(2999),
            Some(Flaw::Sends5000) => code(5000),
            Some(Flaw::SendsOneByteClose) => Bytes::from_static(&[0x03]),
            Some(Flaw::SendsBadReason) => Bytes::from_static(b"\x03\xE8\xFF"),
            Some(Flaw::SendsLongReason) => [&b"\x03\xE8"[..], &[b'*'; 124]].concat().into(),
            Some(Flaw::SwapsCodeBytes) => body.iter().rev().copied().collect(),
            _ => body,
        };
        let frame = Frame::new(Opcode::CLOSE, body);
        self.send(&match self.fault.flaw {
            Some(Flaw::MasksClose) => self.masked(frame),
            Some(Flaw::SendsRsvOnClose) => frame.with_rsv(Rsv::RSV2),
            Some(Flaw::SetsRsv1OnClose) if self.deflater.is_some() => frame.with_rsv(Rsv::RSV1),
            _ => frame,
        });
    }

    /// Sends bytes that are not a frame; only with a flaw.
    pub(crate) fn raw(&mut self, bytes: &'static [u8]) {
        self.out.push(PeerOutput::Write(Bytes::from_static(bytes)));
    }

    /// Ends the connection.
    pub(crate) fn hang_up(&mut self) {
        self.out.push(PeerOutput::Close);
    }

    /// Resets the connection.
    pub(crate) fn reset(&mut self) {
        self.out.push(PeerOutput::Reset);
    }

    fn opcode_of(&mut self, kind: MessageKind) -> Opcode {
        let first = *self.first_kind.get_or_insert(kind);
        let (text, binary) = (Opcode::TEXT, Opcode::BINARY);
        match (self.fault.flaw, kind) {
            (Some(Flaw::BeginsWithContinuation), _) => Opcode::CONTINUATION,
            (Some(Flaw::SendsTextAsBinary), _) => binary,
            (Some(Flaw::CompressesToBinary), _) if self.deflater.is_some() => binary,
            (Some(Flaw::SendsBinaryAsText), _) => text,
            (Some(Flaw::SwapsOpcodes), MessageKind::Text) => binary,
            (Some(Flaw::SwapsOpcodes), MessageKind::Binary) => text,
            (Some(Flaw::KeepsFirstKind), _) if first != kind => {
                if first == MessageKind::Text {
                    text
                } else {
                    binary
                }
            }
            (_, MessageKind::Text) => text,
            (_, MessageKind::Binary) => binary,
        }
    }

    fn send(&mut self, frame: &Frame) {
        let frame = if self.fault.is(Flaw::MasksFrames) { self.masked(frame.clone()) } else { frame.clone() };
        let frame = self.finish(frame);
        self.write(&frame);
    }

    fn write(&mut self, frame: &Frame) {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.out.push(PeerOutput::Write(bytes.into()));
    }

    /// A server's frame, wrongly masked.
    fn masked(&self, frame: Frame) -> Frame {
        if self.keys.is_some() { frame } else { frame.with_mask(MASK) }
    }

    /// Masks a client's frame (RFC 6455, 5.3); leaves a server's frame as it is.
    fn finish(&mut self, frame: Frame) -> Frame {
        let Some(keys) = &mut self.keys else { return frame };
        let opcode = frame.header.opcode;
        let unmasked = match self.fault.flaw {
            Some(Flaw::LeavesFramesUnmasked) => true,
            Some(Flaw::LeavesMessagesUnmasked) => opcode.is_data(),
            Some(Flaw::LeavesPongsUnmasked) => opcode == Opcode::PONG,
            Some(Flaw::LeavesCloseUnmasked) => opcode == Opcode::CLOSE,
            Some(Flaw::LeavesEmptyUnmasked) => frame.payload.is_empty(),
            Some(Flaw::LeavesLongUnmasked) => frame.payload.len() > 125,
            _ => false,
        };
        if unmasked {
            return frame;
        }
        let key = keys.masking(self.fault);
        let key = match self.fault.flaw {
            Some(Flaw::MasksControlWithOneKey) if opcode.is_control() => MASK,
            Some(Flaw::MasksCloseWithZero) if opcode == Opcode::CLOSE => Mask([0; 4]),
            _ => key,
        };
        frame.with_mask(key)
    }

    /// The bytes of a message's frame, with a wrong length if a flaw wants that (RFC 6455, 5.2).
    fn encode_message(&mut self, frame: Frame) -> Vec<u8> {
        let len = frame.payload.len() as u64;
        let padded = |frame: Frame, form| frame.with_length_form(form);
        let frame = match (self.fault.flaw, len) {
            (Some(Flaw::MasksFrames), _) => self.masked(frame),
            (Some(Flaw::PadsShortLength), ..=125) | (Some(Flaw::Pads125), 125) => {
                padded(frame, LengthForm::Bits16)
            }
            (Some(Flaw::PadsMiddleLength), 126..=65535) | (Some(Flaw::Pads65535), 65535) => {
                padded(frame, LengthForm::Bits64)
            }
            (Some(Flaw::OverstatesLength), _) => frame.with_length(Length::minimal(len + 1)),
            (Some(Flaw::CountsKeyInLength), _) => frame.with_length(Length::minimal(len + 4)),
            (Some(Flaw::UnderstatesLength), 1..) => frame.with_length(Length::minimal(len - 1)),
            (Some(Flaw::SetsTopBit), 65536..) => frame.with_length(Length::minimal(len | 1 << 63)),
            _ => frame,
        };
        let mut bytes = Vec::new();
        let frame = self.finish(frame);
        frame.encode(&mut bytes);
        self.alter_mask(&mut bytes, &frame);
        let bit = bytes[1] & 0x80;
        match (self.fault.flaw, len) {
            (Some(Flaw::SetsMaskBit), _) => bytes[1] |= 0x80,
            (Some(Flaw::ClearsMaskBit), _) => bytes[1] &= 0x7F,
            (Some(Flaw::SwapsLengthBytes), 126..=65535) => bytes[2..4].reverse(),
            (Some(Flaw::SwapsLengthBytes), 65536..) => bytes[2..10].reverse(),
            (Some(Flaw::Writes126InSevenBits), 126) | (Some(Flaw::Writes127InSevenBits), 127) => {
                bytes.splice(1..4, [bit | len as u8]);
            }
            (Some(Flaw::WrapsLengthAt65536), 65536..) => {
                let [.., high, low] = len.to_be_bytes();
                bytes.splice(1..10, [bit | 126, high, low]);
            }
            _ => {}
        }
        bytes
    }

    /// Masks differently than the header says; only a client with a flaw does.
    fn alter_mask(&self, bytes: &mut [u8], frame: &Frame) {
        if self.keys.is_none() || frame.header.mask.is_none() {
            return;
        }
        let len = frame.payload.len();
        let start = bytes.len() - len;
        match self.fault.flaw {
            Some(Flaw::MasksNothing) => bytes[start..].copy_from_slice(&frame.payload),
            Some(Flaw::MasksFirstFourBytes) if len > 4 => {
                bytes[start + 4..].copy_from_slice(&frame.payload[4..]);
            }
            Some(Flaw::MasksWholeWords) => {
                let whole = len - len % 4;
                bytes[start + whole..].copy_from_slice(&frame.payload[whole..]);
            }
            Some(Flaw::WritesKeyBackwards) => bytes[start - 4..start].reverse(),
            _ => {}
        }
    }
}
