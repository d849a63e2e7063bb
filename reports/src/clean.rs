//! Text of unknown origin, made safe to show and short enough to read.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The widest line of a report that payloads are cut to, in characters.
pub(crate) const WIDTH: usize = 110;

/// The most characters of a sentence.
const SENTENCE: usize = 400;

/// The text on one line, with everything that is not seen, or that moves what is, spelled out: `\u{1b}`.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
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

/// A cleaned sentence, not without end.
pub(crate) fn sentence(text: &str) -> String {
    cut(&clean(text), SENTENCE)
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

/// At most about `width` characters. What is cut out of a quoted payload leaves the attributes after it.
pub(crate) fn cut(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let tail = text.rfind('"').map_or("", |at| &text[at..]);
    let tail = if tail.chars().count() <= width / 3 { tail } else { "" };
    let note = format!("...{tail} ({length} characters)");
    let room = width.saturating_sub(note.chars().count());
    let mut out: String = text.chars().take(room).collect();
    out.push_str(&note);
    out
}

/// A cleaned argument as a POSIX shell takes it.
pub(crate) fn shell_quoted(text: &str) -> Cow<'_, str> {
    // Only a NUL cannot be quoted, and cleaned text has none.
    shlex::try_quote(text).unwrap_or_default()
}

/// What stands for itself in a path (RFC 3986 section 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A path as a URI reference, or a text in the query or the fragment of a link.
pub(crate) fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

/// Seconds with three decimals: `0.003 s`.
pub(crate) fn seconds(micros: u64) -> String {
    let millis = micros.saturating_add(500) / 1000;
    format!("{}.{:03} s", millis / 1000, millis % 1000)
}

/// `1 trial`, `2 trials`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_spelled_out() {
        assert_eq!(
            clean("a\x1b[2J\r\n\u{9b}\u{202e}b\u{ffff}"),
            r"a\u{1b}[2J\u{d}\u{a}\u{9b}\u{202e}b\u{ffff}"
        );
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert!(matches!(clean("text \"κόσμε\" ]]> <script>"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_cut_payload_keeps_its_attributes_and_tells_its_length() {
        let text = format!("text \"{}\" -fin", "ab".repeat(100));
        let cut = cut(&text, 50);
        assert_eq!(cut, "text \"ababababababababab...\" -fin (212 characters)");
        assert!(cut.chars().count() <= 50);
    }

    #[test]
    fn what_a_link_may_not_hold_is_encoded() {
        assert_eq!(percent_encoded("rfc6455/5.4 <&>\""), "rfc6455/5.4%20%3C%26%3E%22");
        assert_eq!(percent_encoded("my cases/5.4-ü.toml"), "my%20cases/5.4-%C3%BC.toml");
        assert_eq!(percent_encoded("javascript:x"), "javascript%3Ax");
    }

    #[test]
    fn a_member_id_is_quoted_for_the_shell() {
        assert_eq!(shell_quoted("a/b[size=1]"), "'a/b[size=1]'");
        assert_eq!(shell_quoted("ws://127.0.0.1:9001"), "ws://127.0.0.1:9001");
        assert_eq!(shell_quoted("it's"), "\"it's\"");
        assert_eq!(shell_quoted("a'b $(c) `d`"), r#""a'b "'$(c) `d`'"#);
        assert_eq!(shell_quoted(""), "''");
    }

    #[test]
    fn times_are_seconds_rounded_to_a_thousandth() {
        assert_eq!(seconds(0), "0.000 s");
        assert_eq!(seconds(3_499), "0.003 s");
        assert_eq!(seconds(2_002_500), "2.003 s");
        assert_eq!(seconds(u64::MAX), "18446744073709.551 s");
    }
}
