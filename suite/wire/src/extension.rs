//! The grammar of Sec-WebSocket-Extensions (RFC 6455, 9.1).

use std::fmt;

use thiserror::Error;

/// One extension as a header field lists it: a name and parameters, quoted values unquoted.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Extension {
    /// The name, a token.
    pub name: String,
    /// The parameters in order: a name and an optional value.
    pub params: Vec<(String, Option<String>)>,
}

/// Where and how a value breaks the grammar.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
#[error("{what} expected at byte {at}")]
pub struct ExtensionError {
    /// The byte, counted from the start of the value.
    pub at: usize,
    /// What the grammar requires there.
    pub what: &'static str,
}

impl Extension {
    /// The value of the first parameter with that name: `None` if there is none, `Some(None)` if it has no value.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<Option<&str>> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_deref())
    }
}

/// As in a header field: `name; param; param=value`.
impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (name, value) in &self.params {
            write!(f, "; {name}")?;
            if let Some(value) = value {
                write!(f, "={value}")?;
            }
        }
        Ok(())
    }
}

/// Parses a Sec-WebSocket-Extensions value: `1#extension`, where empty list elements are skipped as in RFC 2616.
///
/// # Errors
///
/// If the value breaks the grammar of RFC 6455, 9.1, or lists no extension.
pub fn parse_extensions(value: &[u8]) -> Result<Vec<Extension>, ExtensionError> {
    let mut parser = ExtensionParser { bytes: value, at: 0 };
    let mut list = Vec::new();
    loop {
        while parser.eat(b',') {}
        if parser.at_end() {
            break;
        }
        list.push(parser.extension()?);
        if !parser.at_end() && !parser.eat(b',') {
            return Err(parser.expected("a comma or semicolon"));
        }
    }
    if list.is_empty() { Err(parser.expected("an extension name")) } else { Ok(list) }
}

/// Whether the byte may be part of a token (RFC 2616, 2.2).
pub(crate) const fn is_token_byte(byte: u8) -> bool {
    matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~')
}

/// Whether the bytes are a token, and so not empty (RFC 2616, 2.2).
pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&byte| is_token_byte(byte))
}

struct ExtensionParser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl ExtensionParser<'_> {
    fn extension(&mut self) -> Result<Extension, ExtensionError> {
        let name = self.token("an extension name")?;
        let mut params = Vec::new();
        while self.eat(b';') {
            let name = self.token("a parameter name")?;
            let value = if self.eat(b'=') { Some(self.value()?) } else { None };
            params.push((name, value));
        }
        Ok(Extension { name, params })
    }

    fn value(&mut self) -> Result<String, ExtensionError> {
        if !self.eat(b'"') {
            return self.token("a parameter value");
        }
        let start = self.at;
        let mut value = Vec::new();
        loop {
            match self.bytes.get(self.at..) {
                Some([b'"', ..]) => break,
                Some([b'\\', byte, ..]) => {
                    value.push(*byte);
                    self.at += 2;
                }
                Some([byte, ..]) => {
                    value.push(*byte);
                    self.at += 1;
                }
                _ => return Err(self.expected("a closing quote")),
            }
        }
        self.at += 1;
        let unquoted = ExtensionError { at: start, what: "a token within the quotes" };
        if is_token(&value) { String::from_utf8(value).map_err(|_| unquoted) } else { Err(unquoted) }
    }

    fn token(&mut self, what: &'static str) -> Result<String, ExtensionError> {
        self.skip_space();
        let rest = &self.bytes[self.at..];
        let len = rest.iter().position(|&byte| !is_token_byte(byte)).unwrap_or(rest.len());
        if len == 0 {
            return Err(self.expected(what));
        }
        self.at += len;
        Ok(String::from_utf8_lossy(&rest[..len]).into_owned())
    }

    /// Consumes that byte, after optional white space, if it is next.
    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn at_end(&mut self) -> bool {
        self.skip_space();
        self.at == self.bytes.len()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    fn expected(&self, what: &'static str) -> ExtensionError {
        ExtensionError { at: self.at, what }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(value: &str) -> (usize, &'static str) {
        let error = parse_extensions(value.as_bytes()).expect_err("malformed");
        (error.at, error.what)
    }

    #[test]
    fn a_list_with_parameters_is_read() {
        let list = parse_extensions(b" foo, bar ; baz=2;q = \"t\\ok\" ,, qux").expect("well formed");
        let text: Vec<_> = list.iter().map(Extension::to_string).collect();
        assert_eq!(text, ["foo", "bar; baz=2; q=tok", "qux"]);
    }

    #[test]
    fn grammar_errors_have_a_position() {
        assert_eq!(error(""), (0, "an extension name"));
        assert_eq!(error(" , "), (3, "an extension name"));
        assert_eq!(error("foo;"), (4, "a parameter name"));
        assert_eq!(error("foo;a="), (6, "a parameter value"));
        assert_eq!(error("foo bar"), (4, "a comma or semicolon"));
        assert_eq!(error("foo;a=\"b"), (8, "a closing quote"));
        assert_eq!(error("foo;a=\"b c\""), (7, "a token within the quotes"));
        assert_eq!(error("foo;a=\"\""), (7, "a token within the quotes"));
        assert_eq!(error("foo;a=\"\\"), (8, "a closing quote"));
    }
}
