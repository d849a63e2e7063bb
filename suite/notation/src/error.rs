//! What is wrong with a piece of notation: where, what, and how to fix it.

use std::ops::Range;

/// An error in a piece of notation: a byte range of the text, what is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotationError {
    /// Byte range in the parsed text.
    pub span: Range<usize>,
    /// What is wrong, a lower-case fragment with the author's words in backticks.
    pub message: String,
    /// How to fix it.
    pub help: Option<String>,
}

impl NotationError {
    /// An error at a byte range.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    /// The same error with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same error, moved by `by` bytes.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.start + by..self.span.end + by;
        self
    }
}
