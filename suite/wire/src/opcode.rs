//! The four bits that say what a frame is (RFC 6455, 5.2).

use std::fmt;

/// A frame's opcode, one of the sixteen values that the wire can represent (RFC 6455, 5.2).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Opcode(u8);

impl Opcode {
    /// `0x0`: a later fragment of a message.
    pub const CONTINUATION: Self = Self(0x0);
    /// `0x1`: a text message, or its first fragment.
    pub const TEXT: Self = Self(0x1);
    /// `0x2`: a binary message, or its first fragment.
    pub const BINARY: Self = Self(0x2);
    /// `0x8`: the close frame.
    pub const CLOSE: Self = Self(0x8);
    /// `0x9`: a ping.
    pub const PING: Self = Self(0x9);
    /// `0xA`: a pong.
    pub const PONG: Self = Self(0xA);

    /// The opcode with that value; `None` above 15.
    #[must_use]
    pub const fn new(value: u8) -> Option<Self> {
        if value <= 0xF { Some(Self(value)) } else { None }
    }

    /// The opcode in the low four bits of a frame's first byte.
    #[must_use]
    pub const fn from_low_bits(byte: u8) -> Self {
        Self(byte & 0xF)
    }

    /// The value, 0 to 15.
    #[must_use]
    pub const fn value(self) -> u8 {
        self.0
    }

    /// Whether the top bit is set: `0x8` to `0xF` (RFC 6455, 5.5).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.0 >= 0x8
    }

    /// Whether the top bit is clear: `0x0` to `0x7`, continuations included (RFC 6455, 5.6).
    #[must_use]
    pub const fn is_data(self) -> bool {
        self.0 < 0x8
    }

    /// Whether the RFC reserves the value: `0x3` to `0x7` and `0xB` to `0xF`.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 0x3..=0x7 | 0xB..=0xF)
    }
}

/// The RFC's name for it: `continuation`, `text`, ..., or `0x3` for a reserved one.
impl fmt::Display for Opcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0x0 => f.write_str("continuation"),
            0x1 => f.write_str("text"),
            0x2 => f.write_str("binary"),
            0x8 => f.write_str("close"),
            0x9 => f.write_str("ping"),
            0xA => f.write_str("pong"),
            other => write!(f, "{other:#x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_nibble_is_an_opcode_and_nothing_else_is() {
        assert_eq!((0..=255).filter(|&v| Opcode::new(v).is_some()).count(), 16);
        assert_eq!(Opcode::from_low_bits(0x89), Opcode::PING);
    }

    #[test]
    fn an_opcode_is_either_control_or_data() {
        for opcode in (0..16).filter_map(Opcode::new) {
            assert_ne!(opcode.is_control(), opcode.is_data());
        }
    }

    #[test]
    fn ten_opcodes_are_reserved() {
        assert_eq!((0..16).filter_map(Opcode::new).filter(|o| o.is_reserved()).count(), 10);
        assert_eq!(Opcode(0xB).to_string(), "0xb");
    }
}
