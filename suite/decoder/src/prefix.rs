//! The beginning of a decoder's input: how the rest is split, and which end sends it.

use wsspec_wire::Role;

use crate::cuts::Cuts;

/// The beginning of an input, in [`LEN`](InputPrefix::LEN) bytes.
#[derive(Clone, Copy, Debug)]
pub struct InputPrefix {
    /// How the following bytes are split.
    pub cuts: Cuts,
    /// A limit of payload bytes, for codecs that have one.
    pub limit: u16,
    /// Which end sends the following bytes.
    pub sender: Role,
    /// Whether the first segment is pulled from a slice instead of pushed, for codecs that support both.
    pub pulled: bool,
}

impl InputPrefix {
    /// Its length in bytes.
    pub const LEN: usize = 7;

    /// Takes it off the front of an input; returns the rest, too. Missing bytes count as zero.
    #[must_use]
    pub fn read(input: &[u8]) -> (Self, &[u8]) {
        let (front, rest) = input.split_at(input.len().min(Self::LEN));
        let mut bytes = [0; Self::LEN];
        bytes[..front.len()].copy_from_slice(front);
        let [a, b, c, d, low, high, flags] = bytes;
        let prefix = Self {
            cuts: Cuts::of([a, b, c, d]),
            limit: u16::from_le_bytes([low, high]),
            sender: if flags & 1 == 0 { Role::Server } else { Role::Client },
            pulled: flags & 2 != 0,
        };
        (prefix, rest)
    }
}
