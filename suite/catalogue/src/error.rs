//! Mistakes in case files: where, what, and what to do.

use std::{fmt, sync::Arc};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use wsspec_notation::{NotationError, nearest};

/// A [`NotationError`] in a file, with the file's text.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseError {
    /// The path, for display.
    pub path: String,
    /// The whole file.
    pub source: Arc<str>,
    /// What is wrong and where, as byte offsets into `source`.
    pub error: NotationError,
}

impl CaseError {
    /// 1-based line and column (in characters) where the mistake starts.
    pub fn position(&self) -> (usize, usize) {
        position(&self.source, self.error.span.start)
    }

    /// The start of the character that contains an offset.
    fn boundary(&self, offset: usize) -> usize {
        let offset = offset.min(self.source.len());
        (0..=offset).rev().find(|&at| self.source.is_char_boundary(at)).unwrap_or(0)
    }

    /// File, line, column, the source line with a caret, and the help.
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

/// A TOML error with its place, and the nearest known key if one is unknown.
pub fn toml_error(error: &toml::de::Error) -> NotationError {
    let message = error.message().to_owned();
    let mut words = message.split('`').skip(1).step_by(2);
    let help = match (message.starts_with("unknown field"), words.next()) {
        (true, Some(word)) => nearest(word, words).map(|near| format!("did you mean `{near}`?")),
        _ => None,
    };
    let message = message.lines().next().unwrap_or_default().to_owned();
    NotationError { span: error.span().unwrap_or(0..0), message, help }
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
