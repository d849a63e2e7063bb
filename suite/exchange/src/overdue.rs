//! Lines whose time has run out, and whose due may still come.

use wsspec_notation::Expectation;
use wsspec_referee::Arrival;

use crate::matcher::Matcher;

/// What was only recommended or allowed and did not come in its time, with its line.
#[derive(Debug, Default)]
pub(crate) struct Overdue(Vec<(usize, Expectation)>);

impl Overdue {
    pub(crate) fn add(&mut self, line: usize, expectation: Expectation) {
        self.0.push((line, expectation));
    }

    /// The line that an arrival is for, which then waits no longer.
    pub(crate) fn take(&mut self, arrival: &Arrival) -> Option<usize> {
        let fits =
            |(_, expectation): &(usize, Expectation)| Matcher::new(expectation).fits(expectation, arrival);
        let index = self.0.iter().position(fits)?;
        Some(self.0.remove(index).0)
    }
}
