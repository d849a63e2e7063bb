//! The beginning of a decoder's input: how the rest is split, which end sends it, and what was agreed.

use wsspec_wire::{DeflateParams, Role};

use crate::{Demands, Setting, cuts::Cuts};

/// The beginning of an input, in [`LEN`](InputPrefix::LEN) bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputPrefix {
    /// How the following bytes are split: the first four bytes.
    pub cuts: Cuts,
    /// A limit of payload bytes, for codecs that have one: the next two bytes, little endian.
    pub limit: u16,
    /// Which end sends the following bytes: bit 0 of the last byte is set for a client.
    pub sender: Role,
    /// Whether the first segment is pulled from a slice instead of pushed, for codecs that support both: bit 1.
    pub pulled: bool,
    /// The parameters of permessage-deflate, if it is in use: bit 2. Bits 3 and 4 say that the server, or the client,
    /// compresses each message separately. The windows are in the second byte of the limit: bits 0 to 2 are the
    /// server's, bits 3 to 5 the client's, both above 8.
    pub deflate: Option<DeflateParams>,
}

impl InputPrefix {
    /// Its length in bytes.
    pub const LEN: usize = 7;

    /// Bytes of `sender` that are one segment, without extensions.
    #[must_use]
    pub const fn of(sender: Role) -> Self {
        Self { cuts: Cuts::NONE, limit: u16::MAX, sender, pulled: false, deflate: None }
    }

    /// Takes it off the front of an input; returns the rest, too. Missing bytes count as zero.
    #[must_use]
    pub fn read(input: &[u8]) -> (Self, &[u8]) {
        let (front, rest) = input.split_at(input.len().min(Self::LEN));
        let mut bytes = [0; Self::LEN];
        bytes[..front.len()].copy_from_slice(front);
        let [a, b, c, d, low, high, flags] = bytes;
        let deflate = DeflateParams {
            server_no_context_takeover: flags & 8 != 0,
            client_no_context_takeover: flags & 16 != 0,
            server_max_window_bits: 8 + (high & 7),
            client_max_window_bits: 8 + (high >> 3 & 7),
        };
        let prefix = Self {
            cuts: Cuts::of([a, b, c, d]),
            limit: u16::from_le_bytes([low, high]),
            sender: if flags & 1 == 0 { Role::Server } else { Role::Client },
            pulled: flags & 2 != 0,
            deflate: (flags & 4 != 0).then_some(deflate),
        };
        (prefix, rest)
    }

    /// Its bytes. The windows of `deflate` replace six bits of the limit.
    #[must_use]
    pub fn bytes(&self) -> [u8; Self::LEN] {
        let [a, b, c, d] = self.cuts.sizes();
        let [low, mut high] = self.limit.to_le_bytes();
        let mut flags = u8::from(self.sender == Role::Client) | u8::from(self.pulled) << 1;
        if let Some(deflate) = self.deflate {
            let above = |bits: u8| bits.clamp(8, 15) - 8;
            high = high & 0xC0
                | above(deflate.client_max_window_bits) << 3
                | above(deflate.server_max_window_bits);
            flags |= 4
                | u8::from(deflate.server_no_context_takeover) << 3
                | u8::from(deflate.client_no_context_takeover) << 4;
        }
        [a, b, c, d, low, high, flags]
    }

    /// An input that begins with it.
    #[must_use]
    pub fn followed_by(&self, bytes: &[u8]) -> Vec<u8> {
        [&self.bytes()[..], bytes].concat()
    }

    /// What a decoder with these demands knows before the first byte.
    #[must_use]
    pub const fn setting(&self, demands: &Demands) -> Setting {
        Setting { sender: self.sender, deflate: if demands.deflate { self.deflate } else { None } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_reads_back() {
        let narrow = DeflateParams {
            server_no_context_takeover: true,
            client_no_context_takeover: false,
            server_max_window_bits: 9,
            client_max_window_bits: 12,
        };
        for deflate in [None, Some(DeflateParams::default()), Some(narrow)] {
            for sender in [Role::Client, Role::Server] {
                let prefix =
                    InputPrefix { deflate, cuts: Cuts::of([1, 2, 3, 250]), ..InputPrefix::of(sender) };
                let bytes = prefix.bytes();
                let (read, rest) = InputPrefix::read(&bytes);
                assert_eq!(
                    (read.deflate, read.sender, read.cuts, rest),
                    (deflate, sender, prefix.cuts, &b""[..])
                );
                assert_eq!(read.bytes(), prefix.bytes());
            }
        }
        assert_eq!(InputPrefix::of(Role::Client).bytes(), [255, 255, 255, 255, 255, 255, 1]);
    }

    #[test]
    fn deflate_is_in_use_only_where_it_is_supported() {
        let prefix = InputPrefix { deflate: Some(DeflateParams::default()), ..InputPrefix::of(Role::Server) };
        assert_eq!(prefix.setting(&Demands::DEFAULT).deflate, None);
        let demands = Demands { deflate: true, ..Demands::DEFAULT };
        assert_eq!(prefix.setting(&demands).deflate, Some(DeflateParams::default()));
    }
}
