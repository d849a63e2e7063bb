//! A frame: a header and a payload (RFC 6455, 5.2).

use bytes::Bytes;

use crate::{Header, Length, LengthForm, Mask, Opcode, Rsv};

/// Any frame that can exist on the wire, legal or not.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Frame {
    /// The header. Its length may differ from the payload's.
    pub header: Header,
    /// The payload, unmasked.
    pub payload: Bytes,
}

impl Frame {
    /// A final, unmasked frame whose length is correct and minimal.
    #[must_use]
    pub fn new(opcode: Opcode, payload: impl Into<Bytes>) -> Self {
        let payload = payload.into();
        let length = Length::minimal(payload.len() as u64);
        Self { header: Header { fin: true, rsv: Rsv::NONE, opcode, mask: None, length }, payload }
    }

    /// With this FIN bit.
    #[must_use]
    pub fn with_fin(mut self, fin: bool) -> Self {
        self.header.fin = fin;
        self
    }

    /// With these reserved bits.
    #[must_use]
    pub fn with_rsv(mut self, rsv: Rsv) -> Self {
        self.header.rsv = rsv;
        self
    }

    /// Masked with this key.
    #[must_use]
    pub fn with_mask(mut self, mask: Mask) -> Self {
        self.header.mask = Some(mask);
        self
    }

    /// Announcing this length, correct or not.
    #[must_use]
    pub fn with_length(mut self, length: Length) -> Self {
        self.header.length = length;
        self
    }

    /// Announcing the correct length in this form, or in the shortest possible form if it does not fit.
    #[must_use]
    pub fn with_length_form(self, form: LengthForm) -> Self {
        let value = self.payload.len() as u64;
        self.with_length(Length { value, form }.fitting())
    }

    /// Appends the frame's bytes: the header as it is, then the whole payload, masked if the header has a key.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.reserve(self.encoded_len());
        self.header.encode(out);
        match self.header.mask {
            Some(mask) => mask.append(out, &self.payload, 0),
            None => out.extend_from_slice(&self.payload),
        }
    }

    /// How many bytes [`encode`](Self::encode) appends.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        self.header.encoded_len() + self.payload.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(frame: &Frame) -> Vec<u8> {
        let mut out = Vec::new();
        frame.encode(&mut out);
        assert_eq!(out.len(), frame.encoded_len());
        out
    }

    #[test]
    fn the_examples_of_rfc_6455_5_7_encode_to_their_bytes() {
        let hello = Frame::new(Opcode::TEXT, "Hello");
        assert_eq!(encoded(&hello), b"\x81\x05Hello");
        let masked = hello.with_mask(Mask([0x37, 0xFA, 0x21, 0x3D]));
        assert_eq!(encoded(&masked), b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58");
        assert_eq!(encoded(&Frame::new(Opcode::TEXT, "Hel").with_fin(false)), b"\x01\x03Hel");
        assert_eq!(encoded(&Frame::new(Opcode::CONTINUATION, "lo")), b"\x80\x02lo");
        assert_eq!(encoded(&Frame::new(Opcode::PING, "Hello")), b"\x89\x05Hello");
        let long = encoded(&Frame::new(Opcode::BINARY, vec![0; 256]));
        assert_eq!(long[..4], [0x82, 0x7E, 0x01, 0x00]);
        let longer = encoded(&Frame::new(Opcode::BINARY, vec![0; 65536]));
        assert_eq!(longer[..10], [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]);
    }

    #[test]
    fn a_length_may_lie() {
        let frame = Frame::new(Opcode::PING, "Hello").with_length(Length::minimal(200));
        assert_eq!(encoded(&frame), b"\x89\x7e\x00\xc8Hello");
    }

    #[test]
    fn a_length_may_be_written_longer_than_it_needs() {
        let frame = Frame::new(Opcode::PING, "x").with_length_form(LengthForm::Bits64);
        assert_eq!(encoded(&frame), b"\x89\x7f\x00\x00\x00\x00\x00\x00\x00\x01x");
    }
}
