//! How TCP may split bytes: segments of chosen sizes.

use std::iter;

use arbitrary::Arbitrary;

/// How bytes are split into segments: sizes in bytes, repeated; 250 and above mean all remaining bytes.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub struct Cuts([u8; 4]);

impl Cuts {
    /// No splits: all bytes are one segment.
    pub const NONE: Self = Self([u8::MAX; 4]);

    /// Segments of these sizes, repeated.
    #[must_use]
    pub const fn of(sizes: [u8; 4]) -> Self {
        Self(sizes)
    }

    /// The segments of `bytes`, some of them possibly empty; together they are `bytes`.
    pub fn cut<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let sizes = if self.0 == [0; 4] { [u8::MAX; 4] } else { self.0 };
        let mut rest = bytes;
        let mut at = 0;
        iter::from_fn(move || {
            let size = if sizes[at] < 250 { usize::from(sizes[at]) } else { usize::MAX };
            at = (at + 1) % sizes.len();
            let (segment, later) = rest.split_at(size.min(rest.len()));
            let ended = rest.is_empty();
            rest = later;
            (!ended).then_some(segment)
        })
    }
}
