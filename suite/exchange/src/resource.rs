//! The URI that a client gets for a trial.

use bytes::Bytes;
use wsspec_catalogue::Trial;
use wsspec_referee::Uri;
use wsspec_wire::Violation;

/// A URI in the form that a client gets, and its meaning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientUri {
    /// The text of the URI.
    pub text: String,
    /// The URI that the client's request is compared with.
    pub uri: Uri,
}

impl ClientUri {
    /// The URI for a trial, of a server with this host (an IPv6 address in brackets) and port.
    #[must_use]
    pub fn of(trial: &Trial, secure: bool, host: &str, port: u16) -> Self {
        match &trial.uri {
            Some(form) => Self::parse(form.at(secure, host, port), secure),
            None => Self::usual(secure, host, port, &resource_name(trial)),
        }
    }

    /// The address for a client of Engine.IO, which adds path and query to it (Engine.IO v4, Request path).
    #[must_use]
    pub fn of_engineio(secure: bool, host: &str, port: u16) -> Self {
        let scheme = if secure { "https" } else { "http" };
        Self::parse(format!("{scheme}://{host}:{port}"), secure)
    }

    /// The URI for the second connection of a trial that has two.
    #[must_use]
    pub fn second_of(trial: &Trial, secure: bool, host: &str, port: u16) -> Self {
        Self::usual(secure, host, port, &format!("/second{}", resource_name(trial)))
    }

    fn usual(secure: bool, host: &str, port: u16, resource: &str) -> Self {
        let scheme = if secure { "wss" } else { "ws" };
        Self::parse(format!("{scheme}://{host}:{port}{resource}"), secure)
    }

    /// RFC 6455, 3: fragments are not used, and an empty path is a slash.
    fn parse(text: String, secure: bool) -> Self {
        let (_, rest) = text.split_once("://").unwrap_or(("", &text));
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, resource) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let slash = if resource.starts_with('/') { "" } else { "/" };
        let uri = Uri { secure, ..Uri::new(authority, format!("{slash}{resource}")) };
        Self { text, uri }
    }
}

/// Path and query of the URI for a trial. It identifies the trial, and contains what the trial is about.
///
/// All its characters are unreserved (RFC 3986, 2.3), because clients normalise URIs and shells interpret them.
fn resource_name(trial: &Trial) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._/".contains(c);
    let words = trial.id.split(|c| !is_plain(c)).filter(|word| !word.is_empty());
    let path = words.collect::<Vec<_>>().join("-");
    let (expected, actual) = (String::new(), Bytes::new());
    let is_about = |violation: Violation| trial.cites(&violation.requirement());
    let sign = if is_about(Violation::TargetHasFragment(actual.clone())) { "%23" } else { "" };
    let query = if is_about(Violation::QueryNotOfUri { expected, actual }) { "?query=1" } else { "" };
    format!("/{path}{sign}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_taken_apart() {
        let of = |text: &str| ClientUri::parse(text.into(), false).uri;
        assert_eq!(of("ws://a:1"), Uri::new("a:1", "/"));
        assert_eq!(of("WS://a:1?x=/"), Uri::new("a:1", "/?x=/"));
        assert_eq!(of("ws://[::1]:1/b?c#d"), Uri::new("[::1]:1", "/b?c"));
        assert_eq!(of("ws://a/#d?e"), Uri::new("a", "/"));
    }
}
