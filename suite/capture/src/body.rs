//! Finds the end of an HTTP/1.1 message body (RFC 9112, 6 and 7.1). Keeps nothing of it.

use wsspec_wire::{Fields, RequestHead, ResponseHead};

/// A body that is being skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyReader {
    /// This many octets are left.
    Length(u64),
    /// In chunks, with their lengths.
    Chunked(ChunkPart),
    /// It ends with the stream.
    UntilEnd,
}

/// The part of a chunked body that comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChunkPart {
    /// The line with the length of a chunk, as far as it has been read.
    Size {
        /// The length so far.
        value: u64,
        /// An extension has begun, which may contain hex digits.
        is_extended: bool,
    },
    /// Octets of a chunk.
    Data(u64),
    /// The line ending after a chunk.
    Ending,
    /// A line of the trailer section; `true`: it is empty so far.
    Trailer(bool),
}

impl ChunkPart {
    const START: Self = Self::Size { value: 0, is_extended: false };
}

impl BodyReader {
    /// The body of a request; `None`: it has none.
    pub(crate) fn of_request(head: &RequestHead) -> Option<Self> {
        Self::declared(&head.fields)
    }

    /// The body of a response, to HEAD or to another method; `None`: it has none.
    pub(crate) fn of_response(head: &ResponseHead, to_head: bool) -> Option<Self> {
        if to_head || matches!(head.status, Some(204 | 304)) {
            return None;
        }
        match head.fields.get("Content-Length").is_none() && head.fields.get("Transfer-Encoding").is_none() {
            true => Some(Self::UntilEnd),
            false => Self::declared(&head.fields),
        }
    }

    /// As the fields say. What they say wrongly makes everything after the head part of the body.
    fn declared(fields: &Fields) -> Option<Self> {
        if fields.get("Transfer-Encoding").is_some() {
            let is_chunked = fields.has_token("Transfer-Encoding", "chunked");
            return Some(if is_chunked { Self::Chunked(ChunkPart::START) } else { Self::UntilEnd });
        }
        let length = fields.get("Content-Length")?;
        match std::str::from_utf8(length).ok().and_then(|length| length.trim().parse().ok()) {
            Some(0) => None,
            Some(length) => Some(Self::Length(length)),
            None => Some(Self::UntilEnd),
        }
    }

    /// Skips octets. Returns how many of them are in the body once it has ended.
    pub(crate) fn skip(&mut self, bytes: &[u8]) -> Option<usize> {
        match self {
            Self::UntilEnd => None,
            Self::Length(left) => {
                let skipped = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= skipped as u64;
                (*left == 0).then_some(skipped)
            }
            Self::Chunked(part) => {
                let mut at = 0;
                while at < bytes.len() {
                    match part.next(&bytes[at..]) {
                        Ok(skipped) => at += skipped,
                        Err(ChunkEnd::Body) => return Some(at + 1),
                        Err(ChunkEnd::Broken) => {
                            *self = Self::UntilEnd;
                            return None;
                        }
                    }
                }
                None
            }
        }
    }
}

/// Why there are no more chunks.
enum ChunkEnd {
    /// The next octet is the last of the body.
    Body,
    /// A length is too large to be one.
    Broken,
}

impl ChunkPart {
    /// Skips at least one octet; `bytes` is not empty.
    fn next(&mut self, bytes: &[u8]) -> Result<usize, ChunkEnd> {
        let byte = bytes[0];
        match self {
            Self::Data(left) => {
                let skipped = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= skipped as u64;
                if *left == 0 {
                    *self = Self::Ending;
                }
                return Ok(skipped);
            }
            Self::Size { value: 0, .. } if byte == b'\n' => *self = Self::Trailer(true),
            Self::Size { value, .. } if byte == b'\n' => *self = Self::Data(*value),
            Self::Size { value, is_extended } => {
                match char::from(byte).to_digit(16).filter(|_| !*is_extended) {
                    Some(digit) => {
                        let longer = value.checked_mul(16).and_then(|value| value.checked_add(digit.into()));
                        *value = longer.ok_or(ChunkEnd::Broken)?;
                    }
                    None => *is_extended = true,
                }
            }
            Self::Ending if byte == b'\n' => *self = Self::START,
            Self::Ending => {}
            Self::Trailer(true) if byte == b'\n' => return Err(ChunkEnd::Body),
            Self::Trailer(is_empty) => *is_empty = byte == b'\n' || *is_empty && byte == b'\r',
        }
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many octets of `bytes` are in the body that a head with these fields announces, split in every way.
    fn of(fields: &str, bytes: &[u8]) -> Option<usize> {
        let head = ResponseHead::parse(format!("HTTP/1.1 200 OK\r\n{fields}\r\n").as_bytes());
        let body = BodyReader::of_response(&head, false).unwrap();
        let whole = body.clone().skip(bytes);
        let mut reader = body;
        let by_octet = bytes.iter().position(|byte| reader.skip(&[*byte]).is_some()).map(|at| at + 1);
        assert_eq!(whole, by_octet);
        whole
    }

    #[test]
    fn a_body_ends_where_its_head_says() {
        assert_eq!(of("Content-Length: 3\r\n", b"abcGET"), Some(3));
        assert_eq!(of("Content-Length: 3\r\n", b"ab"), None);
        assert_eq!(of("", b"abcGET"), None);
        assert_eq!(of("Content-Length: x\r\n", b"abc"), None);
        let chunks = b"4;a=\"b\"\r\nWiki\r\n00A\r\n0123456789\r\n0\r\nX: y\r\n\r\nHTTP";
        assert_eq!(of("Transfer-Encoding: chunked\r\n", chunks), Some(chunks.len() - 4));
        assert_eq!(of("Transfer-Encoding: chunked\r\n", b"fffffffffffffffff\r\n"), None);
        assert_eq!(of("Transfer-Encoding: gzip\r\n", b"abc"), None);
    }

    #[test]
    fn some_messages_have_no_body() {
        let response = |head: &str| ResponseHead::parse(format!("HTTP/1.1 {head}\r\n\r\n").as_bytes());
        assert_eq!(BodyReader::of_response(&response("204 No Content"), false), None);
        assert_eq!(BodyReader::of_response(&response("200 OK\r\nContent-Length: 0"), false), None);
        assert_eq!(BodyReader::of_response(&response("200 OK"), true), None);
        assert_eq!(BodyReader::of_request(&RequestHead::parse(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")), None);
    }
}
