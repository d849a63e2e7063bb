//! What is wrong with a case file: where, what, and what to do.

use std::{fmt, ops::Range, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// A mistake in a piece of notation: a byte range of the text, what is wrong, and what would be right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct NotationError {
    /// Byte range in the text that was read.
    pub span: Range<usize>,
    /// What is wrong, a lower-case fragment with the author's words in backticks.
    pub message: String,
    /// What to do about it.
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

    /// The same error, `by` bytes further on.
    #[must_use]
    pub fn shifted(mut self, by: usize) -> Self {
        self.span = self.span.start + by..self.span.end + by;
        self
    }
}

/// A [`NotationError`] in a file, with the file's text to point into.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseError {
    /// Path as it is shown.
    pub path: String,
    /// The whole file.
    pub source: Arc<str>,
    /// What is wrong and where, in bytes of `source`.
    pub error: NotationError,
}

impl CaseError {
    /// 1-based line and column (in characters) of the start of the mistake.
    pub fn position(&self) -> (usize, usize) {
        position(&self.source, self.error.span.start)
    }

    /// The start of the character of the source that an offset falls into.
    fn boundary(&self, offset: usize) -> usize {
        let offset = offset.min(self.source.len());
        (0..=offset).rev().find(|&at| self.source.is_char_boundary(at)).unwrap_or(0)
    }

    /// File, line, column, the line itself with a caret, and the help.
    pub fn render(&self, colour: bool) -> String {
        let (start, end) = (self.boundary(self.error.span.start), self.boundary(self.error.span.end));
        let snippet = Snippet::source(&*self.source)
            .path(&*self.path)
            .annotation(AnnotationKind::Primary.span(start..end.max(start)));
        let mut group = Group::with_title(Level::ERROR.primary_title(&*self.error.message)).element(snippet);
        if let Some(help) = &self.error.help {
            group = group.element(Level::HELP.message(&**help));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.render(&[group])
    }
}

/// 1-based line and column of a byte offset.
pub(crate) fn position(source: &str, offset: usize) -> (usize, usize) {
    let before = &source.as_bytes()[..offset.min(source.len())];
    let line = before.iter().filter(|&&b| b == b'\n').count() + 1;
    let start = before.iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
    (line, String::from_utf8_lossy(&before[start..]).chars().count() + 1)
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, column) = self.position();
        write!(f, "{}:{line}:{column}: {}", self.path, self.error.message)
    }
}

impl fmt::Debug for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for CaseError {}

/// The candidate most like `word`, if one is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.78)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// `did you mean ...?`, or the list of what there is.
pub fn suggestion(word: &str, candidates: &[&str]) -> String {
    match nearest(word, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            format!("one of {}", candidates.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "))
        }
    }
}
