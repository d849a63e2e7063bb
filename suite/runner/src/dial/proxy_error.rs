//! Why there is no way through a proxy.

use thiserror::Error;

/// What a proxy did instead of opening a tunnel. Proxies are named without credentials.
#[derive(Debug, Error)]
pub enum ProxyDialError {
    /// There is no connection to it.
    #[error("the proxy `{proxy}` cannot be reached: {why}; check --proxy or ALL_PROXY")]
    Unreachable {
        /// Which.
        proxy: String,
        /// What the system says.
        why: String,
    },
    /// It wants others, or some.
    #[error("{}", credentials(.proxy, .wants.as_deref(), *.given))]
    Credentials {
        /// Which.
        proxy: String,
        /// The schemes that it names, escaped.
        wants: Option<String>,
        /// It got some.
        given: bool,
    },
    /// It answered CONNECT with an error.
    #[error("the proxy `{proxy}` answered CONNECT {authority} with {status}; {}{}", refusal_advice(*.code), quoted(.says))]
    Refused {
        /// Which.
        proxy: String,
        /// What it was asked for.
        authority: String,
        /// The status code.
        code: u16,
        /// Status code and reason phrase, escaped.
        status: String,
        /// The first line of the body, escaped.
        says: String,
    },
    /// It answered CONNECT like any request.
    #[error("`{proxy}` answered CONNECT with a page, not a tunnel; it may be a web server and not a proxy{}", quoted(.says))]
    Page {
        /// Which.
        proxy: String,
        /// The first line of the body, escaped.
        says: String,
    },
    /// Its answer is something else.
    #[error(
        "the answer of `{proxy}` to CONNECT is not HTTP: it begins with `{begun}`; is this the port of an HTTP proxy?"
    )]
    NotHttp {
        /// Which.
        proxy: String,
        /// The first bytes, escaped.
        begun: String,
    },
    /// It hung up.
    #[error("the proxy `{proxy}` closed the connection instead of opening a tunnel to {authority}: {how}")]
    Closed {
        /// Which.
        proxy: String,
        /// What it was asked for.
        authority: String,
        /// How.
        how: String,
    },
    /// A reply code of SOCKS 5 (RFC 1928, 6).
    #[error("the proxy `{proxy}` did not connect to {authority}: {why}")]
    Socks {
        /// Which.
        proxy: String,
        /// What it was asked for.
        authority: String,
        /// What the code means, and the code.
        why: &'static str,
    },
    /// Its answer is something else.
    #[error("`{proxy}` does not answer as SOCKS 5 has it; is it an HTTP proxy (http://)?")]
    NotSocks {
        /// Which.
        proxy: String,
    },
}

fn credentials(proxy: &str, wants: Option<&str>, given: bool) -> String {
    let wants = wants.map(|wants| format!(" ({wants})")).unwrap_or_default();
    match given {
        true => format!("the proxy `{proxy}` does not accept the given user and password{wants}"),
        false => format!(
            "the proxy `{proxy}` demands credentials{wants}; give them as in --proxy http://USER:PASSWORD@HOST:PORT"
        ),
    }
}

fn refusal_advice(code: u16) -> &'static str {
    match code {
        403 => "its rules may not allow this host or port",
        404 | 405 | 501 => "it may not be a proxy, or not one for CONNECT",
        500 | 502..=504 => "it could not reach the server",
        300..=399 => "redirects of CONNECT are not followed",
        _ => "see its log",
    }
}

fn quoted(says: &str) -> String {
    if says.is_empty() { String::new() } else { format!("; it says: \"{says}\"") }
}
