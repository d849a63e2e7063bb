//! Finds the end of a head in bytes as they arrive, in linear time and bounded memory.

use bytes::{Bytes, BytesMut};
use thiserror::Error;

/// Collects bytes until a head is complete: up to an empty line, ended by CRLF or by LF alone.
#[derive(Clone, Debug)]
pub struct HeadReader {
    limit: usize,
    bytes: BytesMut,
    /// Number of bytes examined so far.
    seen: usize,
    /// Where the current line begins.
    line: usize,
    /// Where the head ends, once found.
    end: Option<usize>,
    too_long: bool,
}

/// A complete head, and the bytes after it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeadBytes {
    /// The head, including its empty line.
    pub head: Bytes,
    /// The bytes after it: those of the first frames.
    pub rest: Bytes,
}

/// Why there is no head.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Error)]
pub enum HeadError {
    /// No empty line within the limit.
    #[error("the head does not end within {limit} bytes")]
    TooLong {
        /// The limit, in bytes.
        limit: usize,
    },
}

impl Default for HeadReader {
    fn default() -> Self {
        Self::new()
    }
}

impl HeadReader {
    /// The default limit, in bytes.
    pub const LIMIT: usize = 64 << 10;

    /// A reader with the default limit.
    #[must_use]
    pub fn new() -> Self {
        Self::with_limit(Self::LIMIT)
    }

    /// A reader for heads of at most `limit` bytes.
    #[must_use]
    pub fn with_limit(limit: usize) -> Self {
        Self { limit, bytes: BytesMut::new(), seen: 0, line: 0, end: None, too_long: false }
    }

    /// Takes bytes as they arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.too_long {
            return;
        }
        self.bytes.extend_from_slice(bytes);
        self.scan();
        if self.end.is_none() && self.bytes.len() > self.limit {
            self.bytes.truncate(self.limit);
            self.too_long = true;
        }
    }

    /// The head once it is complete, and the bytes after it. The reader then starts over.
    pub fn take(&mut self) -> Option<Result<HeadBytes, HeadError>> {
        if self.too_long {
            return Some(Err(HeadError::TooLong { limit: self.limit }));
        }
        let end = self.end?;
        let mut head = std::mem::take(&mut self.bytes);
        let rest = head.split_off(end);
        *self = Self::with_limit(self.limit);
        Some(Ok(HeadBytes { head: head.freeze(), rest: rest.freeze() }))
    }

    /// The bytes of an incomplete head, or of one truncated at the limit.
    #[must_use]
    pub fn pending(&self) -> &[u8] {
        &self.bytes
    }

    fn scan(&mut self) {
        while self.end.is_none() && self.seen < self.bytes.len().min(self.limit) {
            let at = self.seen;
            self.seen += 1;
            if self.bytes[at] != b'\n' {
                continue;
            }
            if matches!(self.bytes[self.line..at], [] | [b'\r']) && self.line > 0 {
                self.end = Some(at + 1);
            }
            self.line = at + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
        let mut reader = HeadReader::new();
        reader.push(bytes);
        let found = reader.take()?.expect("short enough");
        Some((found.head.to_vec(), found.rest.to_vec()))
    }

    #[test]
    fn a_head_ends_with_an_empty_line_and_the_rest_is_given_back() {
        assert_eq!(read(b"a\r\nb\r\n\r\n\x81\0"), Some((b"a\r\nb\r\n\r\n".to_vec(), b"\x81\0".to_vec())));
    }

    #[test]
    fn a_line_feed_alone_ends_a_line_too() {
        assert_eq!(read(b"a\n\nx"), Some((b"a\n\n".to_vec(), b"x".to_vec())));
        assert_eq!(read(b"a\n\r\nx"), Some((b"a\n\r\n".to_vec(), b"x".to_vec())));
        assert_eq!(read(b"a\r\n\rx\r\n"), None);
    }

    #[test]
    fn an_empty_first_line_does_not_end_a_head() {
        assert_eq!(read(b"\r\na\r\n\r\n"), Some((b"\r\na\r\n\r\n".to_vec(), Vec::new())));
    }

    #[test]
    fn a_head_without_end_is_too_long_and_bounded() {
        let mut reader = HeadReader::with_limit(100);
        for _ in 0..50 {
            reader.push(b"x-header: abc\r\n");
        }
        assert_eq!(reader.take(), Some(Err(HeadError::TooLong { limit: 100 })));
        assert_eq!(reader.pending().len(), 100);
    }

    #[test]
    fn bytes_after_a_head_do_not_count_to_its_limit() {
        let mut reader = HeadReader::with_limit(5);
        reader.push(b"a\r\n\r\n0123456789");
        assert_eq!(reader.take().map(|found| found.map(|f| f.rest.len())), Some(Ok(10)));
    }
}
