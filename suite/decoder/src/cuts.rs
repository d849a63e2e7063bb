//! How TCP may split bytes: segments of chosen sizes.

use std::iter;

/// How bytes are split into segments: sizes in bytes, repeated; 250 and above mean all remaining bytes. After 128
/// segments, one contains all that remains: a decoder that reads one byte at a time for so long reads the next like it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Cuts([u8; 4]);

/// The most segments before the last one.
const MOST: usize = 128;

impl Cuts {
    /// No splits: all bytes are one segment.
    pub const NONE: Self = Self([u8::MAX; 4]);

    /// Segments of these sizes, repeated.
    #[must_use]
    pub const fn of(sizes: [u8; 4]) -> Self {
        Self(sizes)
    }

    /// The sizes.
    #[must_use]
    pub const fn sizes(self) -> [u8; 4] {
        self.0
    }

    /// The segments of `bytes`, some of them possibly empty; together they are `bytes`.
    pub fn cut<'a>(&self, bytes: &'a [u8]) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let sizes = if self.0 == [0; 4] { [u8::MAX; 4] } else { self.0 };
        let mut rest = bytes;
        let mut at = 0;
        iter::from_fn(move || {
            let size = sizes[at % sizes.len()];
            let size = if size < 250 && at < MOST { usize::from(size) } else { usize::MAX };
            at += 1;
            let (segment, later) = rest.split_at(size.min(rest.len()));
            let ended = rest.is_empty();
            rest = later;
            (!ended).then_some(segment)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_have_the_sizes_in_turn_and_the_last_one_the_rest() {
        let bytes: Vec<u8> = (0..=255).collect();
        let sizes = |cuts: [u8; 4]| Cuts::of(cuts).cut(&bytes).map(<[u8]>::len).collect::<Vec<_>>();
        assert_eq!(sizes([100, 0, 250, 1]), [100, 0, 156]);
        assert_eq!(sizes([0; 4]), [256]);
        assert_eq!(sizes([1; 4])[127..], [1, 128]);
        assert_eq!(Cuts::of([1, 2, 3, 4]).cut(&bytes).flatten().copied().collect::<Vec<_>>(), bytes);
    }
}
