//! Fits lines to a width.

use anstyle::Style;
use textwrap::{Options, WordSeparator, WordSplitter, wrap};

use crate::{
    clean::sentence,
    paint::{DIM, GOOD, Paint},
};

/// The width if the terminal's is not known.
pub(crate) const USUAL_WIDTH: usize = 80;
/// Minimum width for wrapped text.
const NARROWEST: usize = 40;
/// The column of the text next to a label.
const BESIDE: usize = 9;

/// The width of lines, and whether they have colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    pub(crate) paint: Paint,
    width: usize,
}

impl Layout {
    pub(crate) fn new(paint: Paint, width: usize) -> Self {
        Self { paint, width: width.max(NARROWEST) }
    }

    pub(crate) fn width(self) -> usize {
        self.width
    }

    /// The lines of a text that starts in column `indent`; the first line's prefix is not included.
    pub(crate) fn lines(self, indent: usize, text: &str) -> Vec<String> {
        // A single word, such as an id, stays whole so that it can be copied.
        self.divided(indent, text, text.trim().contains(' '))
    }

    /// The same for data that was sent or received: split between words, or anywhere in a long word.
    pub(crate) fn pieces(self, indent: usize, text: &str) -> Vec<String> {
        let room = self.width.saturating_sub(indent).max(NARROWEST / 2);
        if text.split(' ').all(|word| word.chars().count() <= room / 2) {
            return self.divided(indent, text, true);
        }
        let chars: Vec<char> = text.chars().collect();
        chars.chunks(room).map(|chunk| chunk.iter().collect::<String>().trim_end().to_owned()).collect()
    }

    fn divided(self, indent: usize, text: &str, breaks_words: bool) -> Vec<String> {
        let room = self.width.saturating_sub(indent).max(NARROWEST / 2);
        let options = Options::new(room)
            .break_words(breaks_words)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        wrap(text, options).into_iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Writes a text after `first`, which is `indent` wide; further lines are aligned with the start of the text.
    pub(crate) fn after(self, first: &str, indent: usize, style: Style, text: &str, out: &mut String) {
        for (at, line) in self.lines(indent, text).iter().enumerate() {
            let start = if at == 0 { first.to_owned() } else { " ".repeat(indent) };
            let line = format!("{start}{}", self.paint.on(style, line));
            // An empty text has a line only if there is a prefix.
            if !line.trim_end().is_empty() {
                out.push_str(line.trim_end());
                out.push('\n');
            }
        }
    }

    /// A label, and a text next to it.
    pub(crate) fn labelled(self, label: &str, style: Style, text: &str, out: &mut String) {
        self.after(&self.label(label), BESIDE, style, text, out);
    }

    /// A label, and next to it a command that can be pasted: lines that are continued end with a backslash.
    pub(crate) fn command(self, label: &str, command: &str, out: &mut String) {
        self.command_after(&self.label(label), BESIDE, command, out);
    }

    /// A command that starts in column `indent`.
    pub(crate) fn command_at(self, indent: usize, command: &str, out: &mut String) {
        self.command_after(&" ".repeat(indent), indent, command, out);
    }

    fn command_after(self, first: &str, indent: usize, command: &str, out: &mut String) {
        let room = self.width.saturating_sub(indent + " \\".len()).max(NARROWEST / 2);
        let mut lines: Vec<String> = Vec::new();
        for word in shell_words(command) {
            match lines.last_mut() {
                Some(line) if line.chars().count() + 1 + word.chars().count() <= room => {
                    line.push(' ');
                    line.push_str(word);
                }
                Some(_) => lines.push(format!("  {word}")),
                None => lines.push(word.to_owned()),
            }
        }
        let last = lines.len().saturating_sub(1);
        for (at, line) in lines.iter().enumerate() {
            let start = if at == 0 { first.to_owned() } else { " ".repeat(indent) };
            let end = if at == last { "" } else { " \\" };
            out.push_str(&format!("{start}{}\n", self.paint.on(GOOD, format!("{line}{end}"))));
        }
    }

    fn label(self, label: &str) -> String {
        // Only the word is painted, so that colours do not affect line breaks.
        format!("  {}{:2$}", self.paint.on(DIM, label), "", (BESIDE - 2).saturating_sub(label.len()))
    }
}

/// A label, and next to it, from `column` on, a text from any source, wrapped to 80 columns. Each line has its line end.
pub fn labelled_text(label: &str, column: usize, text: &str) -> String {
    let mut out = String::new();
    let width = column.saturating_sub(2);
    let first = format!("  {label:<width$}");
    Layout::new(Paint(false), USUAL_WIDTH).after(&first, column, Style::new(), &sentence(text), &mut out);
    out
}

/// The words of a command, each with its quotes.
fn shell_words(command: &str) -> Vec<&str> {
    let (mut words, mut start, mut quote, mut escaped) = (Vec::new(), 0, None, false);
    for (at, c) in command.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"') | None, '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, ' ') => {
                words.push(&command[start..at]);
                start = at + 1;
            }
            (None, _) => {}
        }
    }
    words.push(&command[start..]);
    words.into_iter().filter(|word| !word.is_empty()).collect()
}

/// The first sentence of a text.
pub(crate) fn first_sentence(text: &str) -> &str {
    let mut ends = text.match_indices(". ");
    let end = ends.find(|(at, end)| text[at + end.len()..].starts_with(char::is_uppercase));
    end.map_or(text, |(at, _)| &text[..at]).trim_end_matches('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(write: impl FnOnce(Layout, &mut String)) -> String {
        let mut out = String::new();
        write(Layout::new(Paint(false), 40), &mut out);
        out
    }

    #[test]
    fn a_text_is_wrapped_beside_its_label() {
        let text = "A ping is answered, unless a close frame was received";
        assert_eq!(
            shown(|layout, out| layout.labelled("MUST", Style::new(), text, out)),
            "  MUST   A ping is answered, unless a\n         close frame was received\n"
        );
    }

    #[test]
    fn a_long_command_has_lines_that_a_shell_joins() {
        let command = "wsspec run ws://127.0.0.1:9001 'a b/c[d=1]' --origin \"it's\" --seed 5";
        let text = shown(|layout, out| layout.command("again", command, out));
        assert_eq!(
            text,
            "  again  wsspec run \\\n           ws://127.0.0.1:9001 \\\n           'a b/c[d=1]' --origin \\\n           \
             \"it's\" --seed 5\n"
        );
        let joined = text.trim_start_matches("  again").replace("\\\n", " ");
        assert_eq!(shlex::split(&joined), shlex::split(command));
    }

    #[test]
    fn a_text_from_any_source_is_one_wrapped_paragraph() {
        let text = format!("{}\u{1b}[2J\n{}", "a ".repeat(30), "b ".repeat(10));
        let shown = labelled_text("why", 11, &text);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[0].starts_with("  why      a a a ") && lines[1].starts_with("           "), "{shown}");
        assert!(lines.len() == 2 && lines.iter().all(|line| line.len() <= 80), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn a_sentence_ends_before_the_next() {
        assert_eq!(first_sentence("Use TLS 1.2. Then e.g. more."), "Use TLS 1.2");
        assert_eq!(first_sentence("One only."), "One only");
    }
}
