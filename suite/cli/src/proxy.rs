//! `--proxy`, `ALL_PROXY` and `NO_PROXY`: which proxy leads to a server. Its credentials are never shown.

use std::env;

use wsspec_runner::{NoProxy, Proxy, Target};

use crate::failure::CommandError;

/// The variable that names a proxy for all schemes, in the order in which its spellings count.
const ALL: [&str; 2] = ["all_proxy", "ALL_PROXY"];
/// That of the hosts which are reached directly.
const NONE: [&str; 2] = ["no_proxy", "NO_PROXY"];

/// The proxy for a target: the given one whatever the target, or that of the environment.
pub fn of(target: &Target, given: Option<&str>) -> Result<Option<Proxy>, CommandError> {
    let wrong = |name: &str, why: String| CommandError::Usage(format!("{name}: {why}"));
    if let Some(address) = given {
        if target.socket.is_some() && !address.is_empty() {
            let why = "no proxy leads to a Unix socket of this machine; leave it out";
            return Err(wrong("--proxy", why.into()));
        }
        return parse(address).map_err(|error| wrong("--proxy", error));
    }
    let exempt = NoProxy::parse(&first(NONE).map(|(_, value)| value).unwrap_or_default());
    match first(ALL) {
        Some((name, address)) if target.may_use_proxy(&exempt) => {
            parse(&address).map_err(|error| wrong(name, error))
        }
        _ => Ok(None),
    }
}

fn parse(address: &str) -> Result<Option<Proxy>, String> {
    let address = address.trim();
    if address.is_empty() {
        return Ok(None);
    }
    Proxy::parse(address).map(Some).map_err(|error| error.to_string())
}

/// The first of these variables that is set, and its value.
fn first(names: [&'static str; 2]) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| Some((name, env::var(name).ok()?)))
}

/// For the command that runs a trial again: the reader puts the credentials in.
pub fn shown(address: &str) -> String {
    match Proxy::parse(address) {
        Ok(proxy) if proxy.has_credentials() => proxy.to_string().replacen("://", "://...@", 1),
        Ok(proxy) => proxy.to_string(),
        Err(_) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_credentials() {
        assert_eq!(shown("http://me:secret@p:3128"), "http://...@p:3128");
        assert_eq!(shown("socks5://p:9050"), "socks5://p:9050");
        assert_eq!((shown(""), shown("ftp://me:secret@p")), (String::new(), String::new()));
    }

    #[test]
    fn a_given_proxy_is_used_for_this_machine_too() {
        let target = Target::parse("ws://127.0.0.1:1/").unwrap();
        assert_eq!(of(&target, Some("p:3128")).unwrap().unwrap().to_string(), "http://p:3128");
        assert_eq!(of(&target, Some("")).unwrap(), None);
        let socket = Target::parse("ws+unix:///a").unwrap();
        let error = format!("{:?}", of(&socket, Some("http://me:secret@p")).unwrap_err());
        assert!(error.contains("no proxy leads to a Unix socket") && !error.contains("secret"), "{error}");
        let error = format!("{:?}", of(&target, Some("ftp://me:secret@p")).unwrap_err());
        assert!(error.contains("--proxy: `ftp:` is not a scheme") && !error.contains("secret"), "{error}");
    }
}
