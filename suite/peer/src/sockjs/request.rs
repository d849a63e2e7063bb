//! Requests of HTTP/1.1 as they arrive, and what their paths mean.

use bytes::Bytes;
use wsspec_wire::{RequestHead, Version};

/// A whole request.
#[derive(Debug)]
pub(super) struct WebAsk {
    pub head: RequestHead,
    pub body: Bytes,
}

/// The services, by the first part of their paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SockJsService {
    Echo,
    Close,
    Disabled,
    Cookies,
}

impl SockJsService {
    /// The service of a path, and the rest of that.
    pub fn of(path: &str) -> Option<(Self, &str)> {
        let known = [
            ("/echo", Self::Echo),
            ("/close", Self::Close),
            ("/disabled_websocket_echo", Self::Disabled),
            ("/cookie_needed_echo", Self::Cookies),
        ];
        let (name, service) = known.into_iter().find(|(name, _)| {
            path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })?;
        Some((service, &path[name.len()..]))
    }
}

impl WebAsk {
    /// Takes the first request off some octets, once it is whole.
    pub fn take(input: &mut Vec<u8>) -> Option<Self> {
        let end = input.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = RequestHead::parse(&input[..end]);
        let length =
            head.fields.get("Content-Length").and_then(|value| str::from_utf8(value).ok()?.parse().ok());
        let whole = end + length.unwrap_or(0usize);
        if input.len() < whole {
            return None;
        }
        let rest = input.split_off(whole);
        let octets = std::mem::replace(input, rest);
        Some(Self { head, body: Bytes::copy_from_slice(&octets[end..]) })
    }

    /// Path and query.
    pub fn target(&self) -> (String, String) {
        let target = String::from_utf8_lossy(&self.head.target).into_owned();
        match target.split_once('?') {
            Some((path, query)) => (path.to_owned(), query.to_owned()),
            None => (target, String::new()),
        }
    }

    pub fn is(&self, method: &str) -> bool {
        self.head.method == method.as_bytes()
    }

    pub fn field(&self, name: &str) -> Option<String> {
        self.head.fields.get(name).map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// Whether it is of a version that has the chunked coding.
    pub fn is_1_1(&self) -> bool {
        self.head.version == Some(Version::HTTP_11)
    }
}
