//! Requests of HTTP/1.1 as they arrive.

use bytes::Bytes;
use wsspec_wire::{RequestHead, Version};

/// A whole request.
#[derive(Debug)]
pub(crate) struct WebAsk {
    pub head: RequestHead,
    pub body: Bytes,
}

impl WebAsk {
    /// The head that some octets begin with, once it is whole, and how long it is.
    pub fn begun(input: &[u8]) -> Option<(RequestHead, usize)> {
        let end = input.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        Some((RequestHead::parse(&input[..end]), end))
    }

    /// Takes the first request off some octets, once it is whole.
    pub fn take(input: &mut Vec<u8>) -> Option<Self> {
        let (head, end) = Self::begun(input)?;
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
