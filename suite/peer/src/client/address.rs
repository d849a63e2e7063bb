//! The URI that the client gets (RFC 6455, 3).

use crate::{Flaw, flaw::Conduct};

/// How the client interprets its URI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ClientAddress {
    /// Whether to connect over TLS.
    pub(super) secure: bool,
    /// Host and port, for the Host field.
    pub(super) authority: String,
    /// The request target.
    pub(super) target: String,
}

impl ClientAddress {
    /// Parses a URI; the case of its scheme does not matter.
    pub(super) fn of(fault: Conduct, uri: &str) -> Self {
        let (scheme, rest) = uri.split_once("://").unwrap_or(("ws", uri));
        let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, part)| (rest, Some(part)));
        let (authority, resource) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let secure = match fault.flaw {
            Some(Flaw::SpeaksInTheClear) => false,
            Some(Flaw::ReadsSchemeByCase) => scheme == "wss",
            _ => scheme.eq_ignore_ascii_case("wss"),
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, Some(port)),
            _ => (authority, None),
        };
        let host = match fault.is(Flaw::WritesHostInUnicode) {
            true => host.to_owned(),
            false => idna::domain_to_ascii(host).unwrap_or_else(|_| host.to_owned()),
        };
        let target = match fault.flaw {
            Some(Flaw::LeavesPathEmpty) => resource.to_owned(),
            Some(Flaw::LosesQueryWithoutPath) if !resource.starts_with('/') => "/".to_owned(),
            _ if resource.starts_with('/') => resource.to_owned(),
            _ => format!("/{resource}"),
        };
        let target = match (fault.flaw, fragment) {
            (Some(Flaw::SendsFragmentOfUri), Some(fragment)) => format!("{target}#{fragment}"),
            (Some(Flaw::WritesPathInUtf8), _) => target,
            _ => escaped(&target),
        };
        let authority = port.map_or_else(|| host.clone(), |port| format!("{host}:{port}"));
        Self { secure, authority, target }
    }
}

/// Percent-encodes non-ASCII characters (RFC 6455, 11.1.1).
fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        match c.is_ascii() {
            true => out.push(c),
            false => {
                let mut bytes = [0; 4];
                out.extend(c.encode_utf8(&mut bytes).bytes().map(|byte| format!("%{byte:02X}")));
            }
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(uri: &str) -> (bool, String, String) {
        let ClientAddress { secure, authority, target } = ClientAddress::of(Conduct::default(), uri);
        (secure, authority, target)
    }

    #[test]
    fn a_uri_is_read_as_section_3_has_it() {
        let is = |secure, authority: &str, target: &str| (secure, authority.to_owned(), target.to_owned());
        assert_eq!(of("ws://a:1"), is(false, "a:1", "/"));
        assert_eq!(of("WSS://a?b#c"), is(true, "a", "/?b"));
        assert_eq!(of("ws://b\u{fc}cher.a:1/\u{e9}"), is(false, "xn--bcher-kva.a:1", "/%C3%A9"));
        assert_eq!(of("ws://[::1]:1/"), is(false, "[::1]:1", "/"));
    }
}
