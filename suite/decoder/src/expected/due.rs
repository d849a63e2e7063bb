//! What a decoder has to report.

use wsspec_wire::{Assembled, CloseBody, Frame, MessageKind, Opcode, Rsv};

use crate::DecoderEvent;

use super::{DueEvent, ReferenceDecoder};

impl ReferenceDecoder<'_> {
    /// Notes what a frame has completed; `within`: inside a message.
    pub(super) fn due(&mut self, at: usize, end: usize, assembled: Assembled, within: bool) {
        let of_control = |alone| if within { "rfc6455#5.4:14" } else { alone };
        let (event, requirement) = match assembled {
            Assembled::Message { kind, payload, frames, compressed } => {
                let requirement = match (frames, kind) {
                    _ if compressed => "rfc7692#6.2:2",
                    (1, MessageKind::Text) => "rfc6455#5.6:6",
                    (1, MessageKind::Binary) => "rfc6455#5.6:7",
                    _ => "rfc6455#5.4:8",
                };
                (DecoderEvent::Message(kind, payload.to_vec()), requirement)
            }
            Assembled::Ping(_) if self.demands.pings_unreported => return,
            Assembled::Pong(_) if self.demands.pongs_unreported => return,
            Assembled::Ping(payload) => (DecoderEvent::Ping(payload.to_vec()), of_control("rfc6455#5.5.2:5")),
            Assembled::Pong(payload) => (DecoderEvent::Pong(payload.to_vec()), of_control("rfc6455#5.5.3:4")),
            Assembled::Close(CloseBody::Full { code, reason }) => {
                (DecoderEvent::Close(Some(code.0), reason.to_vec()), of_control("rfc6455#7.1.5:2"))
            }
            Assembled::Close(_) => (DecoderEvent::Close(None, Vec::new()), of_control("rfc6455#5.5.1:2")),
            Assembled::Violation(_) | Assembled::Lost { .. } => return,
        };
        let is_close = matches!(event, DecoderEvent::Close(..));
        let in_any_words = is_close && self.out.faults.iter().any(|fault| fault.at == at);
        self.out.events.push(DueEvent { event, at, end, requirement, in_any_words });
    }

    /// Notes a data frame, for a decoder that reports frames.
    pub(super) fn due_frame(&mut self, at: usize, end: usize, frame: &Frame) {
        let header = &frame.header;
        let requirement = match header.opcode {
            Opcode::TEXT if header.fin => "rfc6455#5.6:6",
            Opcode::BINARY if header.fin => "rfc6455#5.6:7",
            _ => "rfc6455#5.4:8",
        };
        let event = DecoderEvent::Frame {
            fin: header.fin,
            compressed: header.rsv.contains(Rsv::RSV1),
            opcode: header.opcode.value(),
            payload: frame.payload.to_vec(),
        };
        self.out.events.push(DueEvent { event, at, end, requirement, in_any_words: false });
    }
}
