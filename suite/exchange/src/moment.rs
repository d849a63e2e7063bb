//! Time in the exchange: passed in by the caller, never read from a clock.

use std::{fmt, ops, time::Duration};

/// Time since the connection opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(pub Duration);

impl Moment {
    /// The moment when the connection opened.
    pub const START: Self = Self(Duration::ZERO);

    /// In whole microseconds.
    pub fn micros(self) -> u64 {
        u64::try_from(self.0.as_micros()).unwrap_or(u64::MAX)
    }

    /// From whole microseconds.
    pub fn from_micros(micros: u64) -> Self {
        Self(Duration::from_micros(micros))
    }
}

impl ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, after: Duration) -> Self {
        Self(self.0.saturating_add(after))
    }
}

/// Seconds with three decimals: `0.003 s`.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} s", self.0.as_secs_f64())
    }
}
