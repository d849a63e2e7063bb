//! A line of notation split into words at spaces, except inside quotes and parentheses.

use crate::error::NotationError;

/// The words that begin a line.
pub(crate) const VERBS: &[&str] = &[
    ">",
    "<",
    "<?",
    "<~",
    "alive",
    "finish",
    "quiet",
    "wait",
    "chop",
    "pause",
    "deaf",
    "measure",
    "terminate",
    "connections",
    "streams",
    "repeat",
    "end",
];

/// A word and the byte offset it starts at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SourceWord<'a> {
    pub text: &'a str,
    pub at: usize,
}

impl SourceWord<'_> {
    /// Its byte range.
    pub fn span(&self) -> std::ops::Range<usize> {
        self.at..self.at + self.text.len()
    }

    /// An error about this word.
    pub fn error(&self, message: impl Into<String>) -> NotationError {
        NotationError::new(self.span(), message)
    }
}

/// The words of a line and its comment (from `#` on), if any.
#[derive(Debug, Default)]
pub(crate) struct Words<'a> {
    pub words: Vec<SourceWord<'a>>,
    pub comment: Option<SourceWord<'a>>,
}

/// Splits `line` into words. Offsets count from the start of `line`.
pub(crate) fn split(line: &str) -> Result<Words<'_>, NotationError> {
    let mut found = Words::default();
    let mut at = 0;
    while let Some(skip) = line[at..].find(|c: char| !c.is_whitespace()) {
        at += skip;
        if line[at..].starts_with('#') {
            found.comment = Some(SourceWord { text: line[at..].trim_end(), at });
            break;
        }
        let end = word_end(line, at)?;
        found.words.push(SourceWord { text: &line[at..end], at });
        at = end;
    }
    Ok(found)
}

/// The end of the word that starts at `start`.
fn word_end(line: &str, start: usize) -> Result<usize, NotationError> {
    let mut at = start;
    let mut depth = 0usize;
    let bytes = line.as_bytes();
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at = quote_end(line, at)?;
                continue;
            }
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\r' if depth == 0 => break,
            _ => {}
        }
        at += 1;
    }
    if depth > 0 {
        return Err(NotationError::new(start..at, "this parenthesis is not closed").help("add `)`"));
    }
    Ok(at)
}

/// The offset after the quote that closes the one at `open`.
fn quote_end(line: &str, open: usize) -> Result<usize, NotationError> {
    let bytes = line.as_bytes();
    let mut at = open + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return Ok(at + 1),
            _ => at += 1,
        }
    }
    Err(NotationError::new(open..line.len(), "this quoted string is not closed")
        .help("add `\"`; a quote inside a string is written `\\\"`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_part_words_but_not_inside_quotes_or_parentheses() {
        let found = split(r#"> text "a b # c"*2 random(1, 2) # note"#).unwrap();
        let words: Vec<_> = found.words.iter().map(|w| w.text).collect();
        assert_eq!(words, [">", "text", r#""a b # c"*2"#, "random(1, 2)"]);
        assert_eq!(found.comment.unwrap().text, "# note");
    }

    #[test]
    fn an_open_quote_is_an_error_at_the_quote() {
        let error = split(r#"> text "abc"#).unwrap_err();
        assert_eq!(error.span, 7..11);
    }
}
