//! The id of a case, `9.1.3`.

use std::{fmt, str::FromStr};

/// Two or three numbers; ordered as numbers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CaseId(Vec<u16>);

impl CaseId {
    /// The id with these numbers.
    #[must_use]
    pub fn new(numbers: &[u16]) -> Self {
        Self(numbers.to_vec())
    }

    /// The first number: `9`.
    #[must_use]
    pub fn category(&self) -> u16 {
        self.0.first().copied().unwrap_or_default()
    }

    /// The form for file names and anchors: `9_1_3`.
    #[must_use]
    pub fn underscored(&self) -> String {
        self.to_string().replace('.', "_")
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let numbers: Vec<String> = self.0.iter().map(u16::to_string).collect();
        f.write_str(&numbers.join("."))
    }
}

impl FromStr for CaseId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.split('.').map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_as_numbers() {
        let mut ids: Vec<CaseId> = ["10.1.1", "9.1.10", "9.1.2"].map(|id| id.parse().expect("an id")).into();
        ids.sort();
        assert_eq!(ids.iter().map(CaseId::to_string).collect::<Vec<_>>(), ["9.1.2", "9.1.10", "10.1.1"]);
    }
}
