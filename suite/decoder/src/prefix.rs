//! What an input of a decoder begins with: how what follows is cut, and which end sends it.

use wsspec_wire::Role;

use crate::cuts::Cuts;

/// What an input begins with, in [`LEN`](InputPrefix::LEN) bytes.
#[derive(Clone, Copy, Debug)]
pub struct InputPrefix {
    /// How the bytes that follow are cut.
    pub cuts: Cuts,
    /// A limit of payload bytes, for codecs that have one.
    pub limit: u16,
    /// Whose bytes follow.
    pub sender: Role,
    /// Whether the first segment is pulled from a slice instead of pushed, for codecs that know both.
    pub pulled: bool,
}

impl InputPrefix {
    /// How many bytes of an input it takes.
    pub const LEN: usize = 7;

    /// Takes it off the front of an input; gives what follows, too. What an input is short of is zero.
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
