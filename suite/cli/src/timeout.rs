//! `--timeout`.

use std::{fmt, time::Duration};

use wsspec_catalogue::Limits;

use crate::{heading, values};

/// The option of every command that plays scripts.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct TimeoutArgs {
    /// How long each line of a script waits for the peer
    #[arg(
        long = "timeout",
        id = "timeout",
        value_name = "DURATION",
        value_parser = LineTimeout::parse,
        default_value_t,
        help_heading = heading::TIME
    )]
    pub line: LineTimeout,
}

impl TimeoutArgs {
    /// The time limits.
    pub fn limits(self) -> Limits {
        Limits::with_line(self.line.0)
    }

    /// The option, unless it has its default.
    pub fn shown(self) -> Vec<String> {
        self.line.shown()
    }
}

/// How long each line of a script waits for the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineTimeout(pub Duration);

impl LineTimeout {
    /// Reads `500ms`, `2s`.
    pub fn parse(text: &str) -> Result<Self, String> {
        values::duration(text).map(Self)
    }

    /// The option, unless it has its default.
    fn shown(self) -> Vec<String> {
        if self == Self::default() {
            return Vec::new();
        }
        vec!["--timeout".to_owned(), format!("{}ms", self.0.as_millis())]
    }
}

impl Default for LineTimeout {
    fn default() -> Self {
        Self(Limits::default().line)
    }
}

impl fmt::Display for LineTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_timeout_than_the_default_is_shown() {
        assert_eq!(LineTimeout::default().shown(), Vec::<String>::new());
        assert_eq!(LineTimeout::parse("1.5s").map(LineTimeout::shown).unwrap(), ["--timeout", "1500ms"]);
        assert_eq!(LineTimeout::parse(&LineTimeout::default().to_string()), Ok(LineTimeout::default()));
    }
}
