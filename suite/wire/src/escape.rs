//! A peer's bytes made safe to print: quoted, escaped, and truncated to a bounded length.

use std::fmt;

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

#[cfg(test)]
mod tests {
    use super::*;

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
