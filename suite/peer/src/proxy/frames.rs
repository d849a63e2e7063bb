//! What the proxy does to the frames of one side: nothing, or what its flaw says.

use bytes::Bytes;
use wsspec_wire::{CloseCode, Decoded, Decoder, Frame, LengthForm, Mask, Opcode, Role, Rsv};

use super::{flaw::ProxyFlaw as F, leak::ProxyLeak};

/// Messages from this length on are mixed up, in octets.
const CROSSED: usize = 100;
/// How much is passed to the client before a message is dropped, in octets.
const ROOM: usize = 4 << 20;

/// Relays what comes from one side.
#[derive(Debug)]
pub(super) struct FrameRelay {
    flawed: Option<Box<FlawedRelay>>,
}

/// A relay that reads frames and changes some.
#[derive(Debug)]
struct FlawedRelay {
    flaw: F,
    from: Role,
    decoder: Decoder,
    /// The number of messages that have begun.
    messages: usize,
    /// A message that waits for the next one.
    kept: Option<Frame>,
    leak: ProxyLeak,
    /// How much was passed to the client, in octets.
    passed: usize,
}

impl FrameRelay {
    /// Passes octets on as they are.
    pub(super) fn plain() -> Self {
        Self { flawed: None }
    }

    /// Changes what comes from `from`.
    pub(super) fn with(flaw: F, from: Role, leak: &ProxyLeak) -> Self {
        let decoder = Decoder::new(LengthForm::Bits64.max());
        let leak = leak.clone();
        let relay = FlawedRelay { flaw, from, decoder, messages: 0, kept: None, leak, passed: 0 };
        Self { flawed: Some(Box::new(relay)) }
    }

    /// A frame that completes a message of the server that has not ended.
    pub(super) fn last_fragment() -> Bytes {
        let mut out = Vec::new();
        Frame::new(Opcode::CONTINUATION, "").encode(&mut out);
        out.into()
    }

    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> Vec<Bytes> {
        let Some(relay) = &mut self.flawed else { return vec![Bytes::copy_from_slice(bytes)] };
        let mut out = Vec::new();
        while let Some(decoded) = relay.decoder.decode(&mut bytes) {
            let Decoded::Frame(frame) = decoded else { continue };
            relay.frame(frame).iter().for_each(|frame| frame.encode(&mut out));
        }
        if out.is_empty() { Vec::new() } else { vec![out.into()] }
    }
}

impl FlawedRelay {
    /// What becomes of a frame.
    fn frame(&mut self, frame: Frame) -> Vec<Frame> {
        let opcode = frame.header.opcode;
        let is_new = matches!(opcode, Opcode::TEXT | Opcode::BINARY);
        self.messages += usize::from(is_new);
        match (self.from, opcode) {
            (_, Opcode::CLOSE) => self.close(frame),
            (_, Opcode::PING | Opcode::PONG) => self.ping_or_pong(frame),
            (Role::Client, _) => self.data(frame, is_new),
            (Role::Server, _) => self.data_to_front(frame),
        }
    }

    /// A frame of a message to the server, or one with a reserved opcode.
    fn data(&mut self, mut frame: Frame, is_new: bool) -> Vec<Frame> {
        let is_continued = frame.header.opcode == Opcode::CONTINUATION;
        match self.flaw {
            F::MessageChanged => replace(frame, |payload| {
                payload.first_mut().into_iter().for_each(|first| *first ^= 1);
            }),
            F::MessageCut => replace(frame, |payload| {
                payload.pop();
            }),
            F::Utf8Broken => replace(frame, |payload| {
                payload.first_mut().into_iter().for_each(|first| *first = 0xff);
            }),
            F::Utf8Repaired => replace(frame, |payload| {
                *payload = String::from_utf8_lossy(payload).into_owned().into_bytes();
            }),
            F::TextToBinary if is_new => opcode(frame, Opcode::BINARY),
            F::BinaryToText if is_new => opcode(frame, Opcode::TEXT),
            F::OpcodeReserved if is_new => opcode(frame, Opcode::from_low_bits(3)),
            F::ReservedOpcodeRepaired if frame.header.opcode.is_reserved() => opcode(frame, Opcode::TEXT),
            F::EmptyDropped if frame.payload.is_empty() && frame.header.fin && is_new => Vec::new(),
            F::MessageDropped if is_new && self.messages == 1 => Vec::new(),
            F::MessageRepeated if is_new && frame.header.fin => vec![frame.clone(), frame],
            F::MessagesSwapped if is_new && frame.header.fin => match self.kept.take() {
                Some(kept) => vec![frame, kept],
                None => {
                    self.kept = Some(frame);
                    Vec::new()
                }
            },
            F::ContinuationsDropped if is_continued => Vec::new(),
            F::ContinuationsDropped => final_bit(frame, true),
            F::FirstFragmentDropped if is_new && !frame.header.fin => Vec::new(),
            F::FinalBitDropped => final_bit(frame, false),
            F::ReservedBitSet => {
                frame.header.rsv = Rsv::from_low_bits(frame.header.rsv.bits() | Rsv::RSV3.bits());
                vec![frame]
            }
            F::ReservedBitsRepaired => {
                frame.header.rsv = Rsv::NONE;
                vec![frame]
            }
            F::MaskDropped => {
                frame.header.mask = None;
                vec![frame]
            }
            F::MaskRepaired => {
                frame.header.mask = frame.header.mask.or(Some(Mask([1, 2, 3, 4])));
                vec![frame]
            }
            F::LengthGrown => vec![frame.with_length_form(LengthForm::Bits64)],
            F::LengthRepaired => replace(frame, |_| {}),
            F::MessageAdded if is_new && self.messages == 1 => {
                vec![Frame::new(Opcode::TEXT, "added").with_mask(Mask([9, 8, 7, 6])), frame]
            }
            F::MessagesCrossed if frame.header.opcode == Opcode::TEXT && frame.payload.len() >= CROSSED => {
                let foreign = self.leak.swap(&frame.payload);
                replace(frame, |payload| {
                    if let Some(foreign) = foreign {
                        *payload = foreign.to_vec();
                    }
                })
            }
            F::CloseUnasked if is_new => {
                let close = Frame::new(Opcode::CLOSE, CloseCode(1000).0.to_be_bytes().to_vec());
                vec![frame, close.with_mask(Mask([5, 6, 7, 8]))]
            }
            _ => vec![frame],
        }
    }

    /// A frame of a message to the client.
    fn data_to_front(&mut self, mut frame: Frame) -> Vec<Frame> {
        let before = self.passed;
        self.passed += frame.payload.len();
        if self.flaw == F::OverflowDropped && before < ROOM && self.passed >= ROOM {
            return Vec::new();
        }
        if self.flaw == F::MaskAdded {
            frame.header.mask = Some(Mask([4, 3, 2, 1]));
        }
        vec![frame]
    }

    fn ping_or_pong(&self, frame: Frame) -> Vec<Frame> {
        match (self.flaw, frame.header.opcode, self.from) {
            (F::PingsDropped, Opcode::PING, _) => Vec::new(),
            (F::PongsChanged, Opcode::PONG, Role::Server) => replace(frame, |payload| payload.reverse()),
            _ => vec![frame],
        }
    }

    fn close(&self, frame: Frame) -> Vec<Frame> {
        let to_front = self.from == Role::Server;
        match self.flaw {
            F::CloseDropped if !to_front => Vec::new(),
            F::CloseCodeChanged => replace(frame, |body| {
                if let Some(code) = body.get_mut(..2) {
                    code.copy_from_slice(&1001_u16.to_be_bytes());
                }
            }),
            F::CloseForbidden => replace(frame, |body| {
                body.clear();
                body.extend_from_slice(&1005_u16.to_be_bytes());
            }),
            F::CloseFilled => replace(frame, |body| {
                if body.is_empty() {
                    body.extend_from_slice(&1000_u16.to_be_bytes());
                }
            }),
            F::CloseEmptied => replace(frame, Vec::clear),
            F::CloseOneByte => replace(frame, |body| body.truncate(1)),
            F::CloseReasonDropped => replace(frame, |body| body.truncate(2)),
            F::CloseFragmented => final_bit(frame, false),
            F::CloseRepeated if to_front => vec![frame.clone(), frame],
            F::MessageAfterClose if to_front => vec![frame, Frame::new(Opcode::TEXT, "late")],
            _ => vec![frame],
        }
    }
}

/// The frame with another payload, and a correct length.
fn replace(frame: Frame, change: impl FnOnce(&mut Vec<u8>)) -> Vec<Frame> {
    let mut payload = frame.payload.to_vec();
    change(&mut payload);
    let header = frame.header;
    let new = Frame::new(header.opcode, payload).with_fin(header.fin).with_rsv(header.rsv);
    vec![match header.mask {
        Some(mask) => new.with_mask(mask),
        None => new,
    }]
}

fn opcode(mut frame: Frame, opcode: Opcode) -> Vec<Frame> {
    frame.header.opcode = opcode;
    vec![frame]
}

fn final_bit(frame: Frame, fin: bool) -> Vec<Frame> {
    vec![frame.with_fin(fin)]
}
