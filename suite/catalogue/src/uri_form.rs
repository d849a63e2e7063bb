//! The form of the URI that a client gets for a case about URIs.

use std::fmt;

/// Placeholders for the parts of the URI that the run knows.
const PARTS: [&str; 5] = ["scheme", "SCHEME", "authority", "host", "port"];

/// A URI with `{scheme}` or `{SCHEME}`, and `{authority}` or `{host}` and `{port}`, which the run fills in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UriForm(String);

impl UriForm {
    /// Parses the text of a case. Returns what is wrong with it otherwise.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scheme, rest) = text.split_once("://").unwrap_or_default();
        if !["{scheme}", "{SCHEME}"].contains(&scheme) {
            return Err("the URI of a case begins with `{scheme}://` or `{SCHEME}://`".into());
        }
        let names = rest.split('{').skip(1).map(|part| part.split('}').next().unwrap_or_default());
        match names.clone().find(|name| !PARTS.contains(name)) {
            Some(name) => Err(format!("`{{{name}}}` is not a part of a URI: one of {}", PARTS.join(", "))),
            None => Ok(Self(text.to_owned())),
        }
    }

    /// Whether it has no port, so that the client connects to the default port of its scheme.
    #[must_use]
    pub fn has_default_port(&self) -> bool {
        !self.0.contains("{authority}") && !self.0.contains("{port}")
    }

    /// Whether it names its own host, another name of this machine.
    #[must_use]
    pub fn names_this_machine(&self) -> bool {
        !self.0.contains("{authority}") && !self.0.contains("{host}")
    }

    /// The URI of a server there. An IPv6 `host` is in brackets.
    #[must_use]
    pub fn at(&self, secure: bool, host: &str, port: u16) -> String {
        let scheme = if secure { "wss" } else { "ws" };
        let port = port.to_string();
        let values =
            [scheme, &scheme.to_uppercase(), &format!("{host}:{port}"), host, &port].map(str::to_owned);
        PARTS
            .iter()
            .zip(values)
            .fold(self.0.clone(), |text, (name, value)| text.replace(&format!("{{{name}}}"), &value))
    }
}

impl fmt::Display for UriForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> String {
        UriForm::parse(text).unwrap().at(true, "127.0.0.1", 9001)
    }

    #[test]
    fn what_the_run_knows_is_put_in() {
        assert_eq!(at("{SCHEME}://{authority}?x=1"), "WSS://127.0.0.1:9001?x=1");
        assert_eq!(at("{scheme}://localhost:{port}/"), "wss://localhost:9001/");
    }

    #[test]
    fn who_connects_where_is_seen() {
        let form = |text: &str| UriForm::parse(text).unwrap();
        assert!(form("{scheme}://{host}/").has_default_port());
        assert!(!form("{scheme}://{authority}/").has_default_port());
        assert!(form("{scheme}://localhost:{port}/").names_this_machine());
        assert!(!form("{scheme}://{host}:{port}/").names_this_machine());
    }

    #[test]
    fn a_form_without_a_scheme_or_with_an_unknown_part_is_refused() {
        assert!(UriForm::parse("ws://{authority}/").unwrap_err().contains("`{scheme}://`"));
        assert!(UriForm::parse("{scheme}://{autority}/").unwrap_err().contains("`{autority}`"));
    }
}
