//! Groups of cases that run only on request.

use std::fmt;

use wsspec_notation::nearest;

/// A group of cases that is left out unless it, or the case itself, is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Extra {
    /// Messages above 1 MiB.
    Large,
    /// Many messages in a row.
    Throughput,
    /// Resources that a peer uses for what it receives.
    Resources,
    /// Known bugs of implementations.
    KnownBugs,
}

/// The name is not that of a group.
#[derive(Debug, thiserror::Error)]
#[error("`{name}` is not a group of cases{}", hint(.name))]
pub struct UnknownExtra {
    name: String,
}

impl Extra {
    /// Every group.
    pub const ALL: [Self; 4] = [Self::Large, Self::Throughput, Self::Resources, Self::KnownBugs];

    /// The names of the groups, in the order of [`ALL`](Self::ALL).
    pub const NAMES: [&str; 4] = ["large", "throughput", "resources", "known-bugs"];

    /// Its name in case files and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Large => "large",
            Self::Throughput => "throughput",
            Self::Resources => "resources",
            Self::KnownBugs => "known-bugs",
        }
    }

    /// Parses a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|extra| extra.name() == name)
    }

    /// Parses names, given one by one or separated by commas; `all` stands for every group.
    ///
    /// # Errors
    /// The first name that is not a group.
    pub fn parse_all<S: AsRef<str>>(names: &[S]) -> Result<Vec<Self>, UnknownExtra> {
        let mut found = Vec::new();
        for name in names.iter().flat_map(|names| names.as_ref().split(',')).map(str::trim) {
            match (name, Self::parse(name)) {
                ("all", _) => found.extend(Self::ALL),
                (_, Some(extra)) => found.push(extra),
                (_, None) => return Err(UnknownExtra { name: name.to_owned() }),
            }
        }
        Ok(found)
    }
}

fn hint(name: &str) -> String {
    match nearest(name, Extra::NAMES.into_iter().chain(["all"])) {
        Some(near) => format!("; did you mean `{near}`?"),
        None => format!(": there are {} and `all`", Extra::NAMES.map(|name| format!("`{name}`")).join(", ")),
    }
}

impl fmt::Display for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_alone_and_in_lists() {
        assert_eq!(Extra::NAMES.map(|name| Extra::parse(name).unwrap()), Extra::ALL);
        assert_eq!(Extra::parse_all(&["large, known-bugs"]).unwrap(), [Extra::Large, Extra::KnownBugs]);
        assert_eq!(Extra::parse_all(&["large", "all"]).unwrap().len(), 5);
    }

    #[test]
    fn what_is_no_name_is_told_with_what_is_meant() {
        let told = |name: &str| Extra::parse_all(&[name]).unwrap_err().to_string();
        assert_eq!(told("lagre"), "`lagre` is not a group of cases; did you mean `large`?");
        let list = "`large`, `throughput`, `resources`, `known-bugs` and `all`";
        assert_eq!(told("xyz"), format!("`xyz` is not a group of cases: there are {list}"));
        assert!(told("").starts_with("`` is not a group"));
    }
}
