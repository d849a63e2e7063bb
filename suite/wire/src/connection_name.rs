//! Which of several connections is meant.

use std::{fmt, sync::Arc};

/// A script's name for one of its connections: `front`.
///
/// Anything without a name belongs to the only connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionName(Arc<str>);

impl ConnectionName {
    /// A name: lower-case letters, digits and `-`, beginning with a letter. `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let is_fit = text.starts_with(|first: char| first.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        is_fit.then(|| Self(text.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ConnectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_plain_word() {
        for name in ["front", "b2", "to-broker"] {
            assert_eq!(ConnectionName::parse(name).map(|name| name.to_string()).as_deref(), Some(name));
        }
        for name in ["", "2b", "-a", "Front", "a b", "\u{e4}", ">"] {
            assert_eq!(ConnectionName::parse(name), None, "{name}");
        }
    }
}
