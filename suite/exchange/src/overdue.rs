//! Lines whose time limit has run out, but whose arrivals may still come.

use wsspec_notation::Expectation;
use wsspec_referee::Arrival;

use crate::matcher::Matcher;

/// Optional expectations that were not met in time, with their lines.
#[derive(Debug, Default)]
pub(crate) struct Overdue(Vec<(usize, Expectation)>);

impl Overdue {
    pub(crate) fn add(&mut self, line: usize, expectation: Expectation) {
        self.0.push((line, expectation));
    }

    /// The line that an arrival belongs to, which then no longer waits.
    pub(crate) fn take(&mut self, arrival: &Arrival) -> Option<usize> {
        let fits =
            |(_, expectation): &(usize, Expectation)| Matcher::new(expectation).fits(expectation, arrival);
        let index = self.0.iter().position(fits)?;
        Some(self.0.remove(index).0)
    }
}
