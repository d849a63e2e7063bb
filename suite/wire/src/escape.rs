//! What a peer sent, made safe to print: its bytes quoted, escaped and truncated, its text with hidden characters spelled out.

use std::{borrow::Cow, fmt};

/// Displays bytes as a quoted string in the notation's escapes, at most [`Escaped::MAX`] bytes of them.
///
/// ```
/// # use wsspec_wire::Escaped;
/// assert_eq!(Escaped(b"a\"b\x00\xFF\n").to_string(), r#""a\"b\x00\xFF\n""#);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Escaped<'a>(pub &'a [u8]);

impl Escaped<'_> {
    /// How many bytes are shown; longer ones end with `... (N bytes)`.
    pub const MAX: usize = 120;
}

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.get(..Self::MAX).unwrap_or(self.0);
        f.write_str("\"")?;
        for &byte in shown {
            match byte {
                b'\\' | b'"' => write!(f, "\\{}", char::from(byte))?,
                b'\r' => f.write_str("\\r")?,
                b'\n' => f.write_str("\\n")?,
                b'\t' => f.write_str("\\t")?,
                b' '..=b'~' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "\\x{byte:02X}")?,
            }
        }
        f.write_str("\"")?;
        if shown.len() < self.0.len() { write!(f, "... ({} bytes)", self.0.len()) } else { Ok(()) }
    }
}

/// The text on one line, with everything that is not seen, or that moves what is, spelled out: `\u{1b}`.
///
/// ```
/// # use wsspec_wire::spelled_out;
/// assert_eq!(spelled_out("a\x1b[2J\n"), r"a\u{1b}[2J\u{a}");
/// ```
pub fn spelled_out(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_hidden(c) {
            true => out.extend(c.escape_unicode()),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Control characters, line and paragraph separators, marks that turn the direction of text or have no width, and
/// what XML 1.0 does not allow.
fn is_hidden(c: char) -> bool {
    let noncharacter = u32::from(c) & 0xfffe == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}');
    c.is_control()
        || noncharacter
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_spelled_out() {
        assert_eq!(
            spelled_out("a\x1b[2J\r\n\u{9b}\u{202e}b\u{ffff}"),
            r"a\u{1b}[2J\u{d}\u{a}\u{9b}\u{202e}b\u{ffff}"
        );
        assert_eq!(
            spelled_out("\u{61c}\u{200b}\u{2028}\u{feff}\u{fffe}"),
            r"\u{61c}\u{200b}\u{2028}\u{feff}\u{fffe}"
        );
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert!(matches!(spelled_out("text \"κόσμε\" ]]> <script>"), Cow::Borrowed(_)));
    }

    #[test]
    fn terminal_escapes_are_escaped() {
        assert_eq!(Escaped(b"\x1b[31m\xc3\xa9").to_string(), r#""\x1B[31m\xC3\xA9""#);
    }

    #[test]
    fn a_long_value_is_cut() {
        let text = Escaped(&[b'a'; 500]).to_string();
        assert_eq!(text, format!("\"{}\"... (500 bytes)", "a".repeat(Escaped::MAX)));
    }
}
