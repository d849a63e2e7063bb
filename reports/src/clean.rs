//! Text from untrusted sources, made safe to show and short enough to read.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
pub(crate) use wsspec_wire::spelled_out as clean;

/// Maximum length of a sentence, in characters.
const SENTENCE: usize = 400;

/// A cleaned and shortened sentence.
pub(crate) fn sentence(text: &str) -> String {
    cut(&clean(text), SENTENCE)
}

/// Shortens to about `width` characters. Attributes after a shortened quoted payload stay.
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

/// Shortens to at most `room` characters, with an ellipsis for the rest.
pub(crate) fn shortened(text: &str, room: usize) -> String {
    match text.chars().count() > room {
        true => text.chars().take(room.saturating_sub(3)).collect::<String>().trim_end().to_owned() + "...",
        false => text.to_owned(),
    }
}

/// A cleaned argument, quoted for a POSIX shell.
pub(crate) fn shell_quoted(text: &str) -> Cow<'_, str> {
    // Only a NUL cannot be quoted, and cleaned text does not contain one.
    shlex::try_quote(text).unwrap_or_default()
}

/// The unreserved characters of a URI (RFC 3986 section 2.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A path as a URI reference, or a text for the query or the fragment of a link.
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
