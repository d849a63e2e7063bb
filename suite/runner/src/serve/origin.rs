//! Which requests are answered. Any web page in a browser on this machine can reach a server on a loopback address, so
//! a foreign page must not play cases, read results or stop the server.
//!
//! A browser sends Origin with every WebSocket handshake (RFC 6455, 10.2), and a program that sends none is not a web
//! page. A page may also reach us under its own name, which it resolves to this machine. So in requests that are not
//! handshakes and have no Origin, the host must be one that no page can own: an address, or `localhost`.

use thiserror::Error;
use url::{Host, Url};
use wsspec_notation::escaped;
use wsspec_wire::RequestHead;

/// Bytes of a field's value that are shown.
const SHOWN: usize = 100;
/// Allows every origin.
const ANY: &str = "*";

/// The origins whose pages are answered, in addition to those of this machine.
#[derive(Clone, Debug, Default)]
pub struct OriginPolicy {
    allowed: Vec<String>,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ForeignRequest {
    /// The request comes from a foreign page.
    #[error(
        "a web page from `{origin}` may not use this server; if it is yours, start with --allow-origin '{origin}'"
    )]
    Origin {
        /// Its Origin field, escaped.
        origin: String,
    },
    /// The host name of the request may belong to anyone.
    #[error(
        "this server is not known as `{host}`; use its address, or start with --allow-origin 'http://{host}'"
    )]
    Host {
        /// The Host field, escaped.
        host: String,
    },
}

impl OriginPolicy {
    /// Also allows these origins: `https://example.org`, `null`, or `*` for all.
    #[must_use]
    pub fn allowing(origins: &[String]) -> Self {
        Self { allowed: origins.iter().map(|origin| origin.trim_end_matches('/').to_owned()).collect() }
    }

    /// Whether to answer the request.
    pub fn check(&self, request: &RequestHead) -> Result<(), ForeignRequest> {
        let fields = &request.fields;
        let host = fields
            .get("Host")
            .or(fields.get(":authority"))
            .map(|host| String::from_utf8_lossy(host).into_owned());
        let mut origins = fields.all("Origin").peekable();
        let opens = fields.get("Upgrade").or(fields.get(":protocol")).is_some();
        if origins.peek().is_none() && !opens {
            return self.check_host(host.as_deref());
        }
        for origin in origins {
            let origin = String::from_utf8_lossy(origin);
            if !self.allows(&origin) && !is_ours(&origin, host.as_deref()) {
                return Err(ForeignRequest::Origin { origin: shown(&origin) });
            }
        }
        Ok(())
    }

    fn allows(&self, origin: &str) -> bool {
        self.allowed.iter().any(|allowed| allowed == ANY || allowed.eq_ignore_ascii_case(origin))
    }

    fn check_host(&self, host: Option<&str>) -> Result<(), ForeignRequest> {
        let Some(host) = host else { return Ok(()) };
        let is_known = Url::parse(&format!("http://{host}/")).is_ok_and(|url| {
            let named =
                |origin: &String| Url::parse(origin).is_ok_and(|allowed| allowed.host() == url.host());
            is_unambiguous(url.host()) || self.allowed.iter().any(|origin| origin == ANY || named(origin))
        });
        if is_known { Ok(()) } else { Err(ForeignRequest::Host { host: shown(host) }) }
    }
}

/// Whether a page with this origin came from this machine, or from this server by its address.
fn is_ours(origin: &str, host: Option<&str>) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let same_host = || {
        let own = host.and_then(|host| Url::parse(&format!("http://{host}/")).ok());
        own.is_some_and(|own| own.host() == origin.host())
    };
    is_loopback(origin.host()) || is_unambiguous(origin.host()) && same_host()
}

/// Whether the host is an address, or a name that always resolves to this machine (RFC 6761, 6.3).
fn is_unambiguous(host: Option<Host<&str>>) -> bool {
    matches!(host, Some(Host::Ipv4(_) | Host::Ipv6(_))) || is_loopback(host)
}

fn is_loopback(host: Option<Host<&str>>) -> bool {
    match host {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn shown(value: &str) -> String {
    escaped(&value.as_bytes()[..value.len().min(SHOWN)])
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn check(policy: &OriginPolicy, fields: &str) -> Result<(), ForeignRequest> {
        let head = format!("GET / HTTP/1.1\r\n{fields}\r\n");
        policy.check(&RequestHead::parse(&Bytes::from(head)))
    }

    #[test]
    fn programs_and_pages_of_this_machine_are_answered() {
        let policy = OriginPolicy::default();
        for fields in [
            "Host: anything:9001\r\nUpgrade: websocket\r\n",
            "Upgrade: websocket\r\n",
            "Host: 127.0.0.1:9001\r\nOrigin: http://127.0.0.1:9001\r\nUpgrade: websocket\r\n",
            "Host: 127.0.0.1:9001\r\nOrigin: http://localhost:8080\r\nUpgrade: websocket\r\n",
            "Host: 192.0.2.7:9001\r\nOrigin: http://192.0.2.7:9001\r\n",
            "Host: [::1]:9001\r\nOrigin: http://[::1]:9001\r\n",
            "Host: localhost:9001\r\n",
            "Host: 192.0.2.7:9001\r\n",
            "",
        ] {
            assert_eq!(check(&policy, fields), Ok(()), "{fields}");
        }
    }

    #[test]
    fn pages_from_elsewhere_are_refused_unless_they_are_allowed() {
        let foreign = [
            (
                "Host: 127.0.0.1:9001\r\nOrigin: https://evil.example\r\nUpgrade: websocket\r\n",
                "https://evil.example",
            ),
            (
                "Host: evil.example:9001\r\nOrigin: http://evil.example:9001\r\nUpgrade: websocket\r\n",
                "http://evil.example:9001",
            ),
            ("Host: 127.0.0.1:9001\r\nOrigin: null\r\nUpgrade: websocket\r\n", "null"),
            ("Host: localhost\r\nOrigin: http://localhost.evil.example\r\n", "http://localhost.evil.example"),
            ("Host: 192.0.2.7\r\nOrigin: http://192.0.2.8\r\n", "http://192.0.2.8"),
            (
                "Host: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil.example\r\n",
                "https://evil.example",
            ),
        ];
        for (fields, origin) in foreign {
            let refused = Err(ForeignRequest::Origin { origin: origin.to_owned() });
            assert_eq!(check(&OriginPolicy::default(), fields), refused, "{fields}");
            for allowed in [origin, "*"] {
                let policy = OriginPolicy::allowing(&[allowed.to_owned()]);
                assert_eq!(check(&policy, fields), Ok(()), "{fields}");
            }
        }
    }

    #[test]
    fn a_name_that_anybody_may_have_is_not_ours() {
        let policy = OriginPolicy::default();
        let refused = Err(ForeignRequest::Host { host: "evil.example:9001".into() });
        assert_eq!(check(&policy, "Host: evil.example:9001\r\n"), refused);
        let policy = OriginPolicy::allowing(&["http://evil.example".to_owned()]);
        assert_eq!(check(&policy, "Host: evil.example:9001\r\n"), Ok(()));
    }

    #[test]
    fn what_is_shown_cannot_reorder_text() {
        let error = check(&OriginPolicy::default(), "Origin: http://a\u{202e}b\r\n").unwrap_err();
        assert!(!error.to_string().contains('\u{202e}'), "{error}");
    }
}
