//! Lines about the peer's process: what is measured, and the limits for what it may use.

use std::fmt::{self, Display, Formatter};

/// A bound for a sample, compared with earlier samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// `held 16MiB`: memory has grown by at most this much since the first sample.
    Held(u64),
    /// `linear`: CPU time has grown in proportion to the bytes sent, not quadratically.
    Linear,
    /// `descriptors 5`: at most this many more are open than at the first sample, after a short wait.
    Descriptors(u32),
}

impl Bound {
    /// The words that begin a bound.
    pub(crate) const NAMES: [&str; 3] = ["held", "linear", "descriptors"];

    /// From the words after `measure`.
    pub(crate) fn parse(words: &[&str]) -> Option<Self> {
        match *words {
            ["held", size] => bytes(size).map(Self::Held),
            ["linear"] => Some(Self::Linear),
            ["descriptors", count] => count.parse().ok().map(Self::Descriptors),
            _ => None,
        }
    }
}

impl Display for Bound {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Held(size) if size > 0 && size % MIB == 0 => write!(f, "held {}MiB", size / MIB),
            Self::Held(size) if size > 0 && size % KIB == 0 => write!(f, "held {}KiB", size / KIB),
            Self::Held(size) => write!(f, "held {size}"),
            Self::Linear => f.write_str("linear"),
            Self::Descriptors(count) => write!(f, "descriptors {count}"),
        }
    }
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;

/// `512`, `64KiB`, `16MiB`.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = match (text.strip_suffix("KiB"), text.strip_suffix("MiB")) {
        (Some(number), _) => (number, KIB),
        (_, Some(number)) => (number, MIB),
        _ => (text, 1),
    };
    number.parse::<u64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_read_as_it_is_printed() {
        for text in ["held 16MiB", "held 3KiB", "held 5", "held 0", "linear", "descriptors 0"] {
            let words: Vec<_> = text.split(' ').collect();
            assert_eq!(Bound::parse(&words).map(|bound| bound.to_string()).as_deref(), Some(text));
        }
        for bad in ["held", "held x", "held 99999999999999MiB", "linear 2", "descriptors -1", "more"] {
            assert_eq!(Bound::parse(&bad.split(' ').collect::<Vec<_>>()), None, "{bad}");
        }
    }
}
