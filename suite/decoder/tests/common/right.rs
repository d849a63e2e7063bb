//! A correct decoder, which makes its own choice wherever the RFC leaves one.

#![allow(dead_code, reason = "no test file uses all of it")]

use wsspec_decoder::{DecoderEvent, DecoderUnderTest, Rejection, Setting};
use wsspec_wire::{Assembled, Assembler, CloseBody, Decoded, Partial, Violation};

/// What a correct decoder is free to choose.
#[derive(Clone, Copy, PartialEq)]
pub enum Strictness {
    /// It rejects everything that breaks a rule, as soon as it sees the header.
    Strict,
    /// It rejects only what it must, when the frame is complete.
    Lax,
}

/// The codec of the suite as a decoder.
pub struct Right {
    decoder: wsspec_wire::Decoder,
    assembler: Assembler,
    strictness: Strictness,
    closed: bool,
}

impl Right {
    pub fn new(setting: Setting, strictness: Strictness) -> Self {
        let assembler = Assembler::new(setting.sender);
        let assembler = match setting.deflate {
            Some(agreed) => assembler.with_deflate(agreed),
            None => assembler,
        };
        Self { decoder: wsspec_wire::Decoder::new(1 << 16), assembler, strictness, closed: false }
    }

    fn refuses(&self, violation: &Violation) -> bool {
        use Violation::{
            CloseBodyOneByte, CloseCodeNotSendable, DeflateContext, DeflateCorrupt, DeflateWindow,
            LengthNotMinimal, LengthTopBit,
        };
        let is_open = matches!(
            violation,
            LengthNotMinimal(_)
                | LengthTopBit(_)
                | CloseBodyOneByte
                | CloseCodeNotSendable(_)
                | DeflateContext { .. }
                | DeflateCorrupt { .. }
                | DeflateWindow { .. }
        );
        self.strictness == Strictness::Strict || !is_open
    }
}

/// The rejection for a violation.
pub fn rejection(violation: &Violation) -> Rejection {
    let code = if matches!(violation, Violation::InvalidUtf8 { .. }) { 1007 } else { 1002 };
    Rejection { code: Some(code), why: violation.to_string() }
}

impl DecoderUnderTest for Right {
    fn decode(&mut self, mut bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        while let Some(decoded) = self.decoder.decode(&mut bytes) {
            let mut assembled = Vec::new();
            match &decoded {
                Decoded::Frame(frame) => self.assembler.push(frame, &mut assembled),
                Decoded::Oversize(_) if self.strictness == Strictness::Strict => {
                    return Err(Rejection { code: Some(1009), why: "too long".into() });
                }
                Decoded::Oversize(_) => {}
            }
            for assembled in assembled {
                if self.closed {
                    return Ok(());
                }
                match assembled {
                    Assembled::Violation(violation) if self.refuses(&violation) => {
                        return Err(rejection(&violation));
                    }
                    Assembled::Violation(_) | Assembled::Lost { .. } => {}
                    Assembled::Message { kind, payload, .. } => {
                        events.push(DecoderEvent::Message(kind, payload.to_vec()));
                    }
                    Assembled::Ping(payload) => events.push(DecoderEvent::Ping(payload.to_vec())),
                    Assembled::Pong(payload) => events.push(DecoderEvent::Pong(payload.to_vec())),
                    Assembled::Close(body) => {
                        let reason = match &body {
                            CloseBody::Full { reason, .. } => reason.to_vec(),
                            _ => Vec::new(),
                        };
                        events.push(DecoderEvent::Close(body.code().map(|code| code.0), reason));
                        self.closed = true;
                    }
                }
            }
        }
        if self.strictness == Strictness::Lax || self.closed {
            return Ok(());
        }
        match self.decoder.partial() {
            Some(Partial::Payload { header, .. }) => {
                self.assembler.header(&header).first().map_or(Ok(()), |violation| Err(rejection(violation)))
            }
            // A close frame of one byte, before its key: nothing that follows can make it valid.
            Some(Partial::Header([0x88, 0x01 | 0x81, ..])) => Err(rejection(&Violation::CloseBodyOneByte)),
            _ => Ok(()),
        }
    }
}
