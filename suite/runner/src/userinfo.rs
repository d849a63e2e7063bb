//! User and password as addresses have them (RFC 3986, 3.2.1).

use url::form_urlencoded;

/// The text that percent-encoding stands for.
pub(crate) fn percent_decoded(text: &str) -> String {
    let bytes = form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned());
    bytes.unwrap_or_else(|| text.to_owned())
}

/// What cannot be read as an address, without what may be a user and a password in it.
pub(crate) fn without_userinfo(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    match address[start..end].rfind('@') {
        Some(at) => format!("{}{}", &address[..start], &address[start + at + 1..]),
        None => address.to_owned(),
    }
}
