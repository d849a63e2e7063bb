//! One response after another on a connection: heads, pieces of bodies, and where they end (RFC 9112, 6.3).

use std::collections::VecDeque;

use bytes::Bytes;
use wsspec_wire::{HeadBytes, HeadReader, ResponseHead};

use super::chunks::ChunkReader;

/// What octets of a server amount to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponsePart {
    /// The head of a response before the final one, such as 100.
    Interim(ResponseHead),
    /// The head of a response; of one that opens a WebSocket, what follows is its body.
    Head(ResponseHead),
    /// A piece of its body, without the framing.
    Body(Bytes),
    /// The end of the response.
    End,
    /// The framing of the body is not what the head says, or the connection ended inside it: nothing more is read.
    Broken,
    /// A head that does not end within this many bytes: nothing more is read.
    Endless(usize),
}

/// What the first of some octets amount to: at most one head, or as much of a body as there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpStep {
    /// How many octets were read; those after them have not been looked at.
    pub taken: usize,
    /// What they amount to.
    pub parts: Vec<ResponsePart>,
}

/// How the body that is being read ends.
#[derive(Debug)]
enum HttpBody {
    Length(u64),
    Chunked(ChunkReader),
    /// With the connection.
    Connection,
}

/// Reads the responses of one connection.
#[derive(Debug, Default)]
pub struct HttpReader {
    head: HeadReader,
    body: Option<HttpBody>,
    /// The methods of the requests that wait for a response.
    asked: VecDeque<Bytes>,
    is_over: bool,
}

impl HttpReader {
    /// A request with this method was sent.
    pub fn asked(&mut self, method: impl Into<Bytes>) {
        self.asked.push_back(method.into());
    }

    /// Whether nothing more can be read on this connection.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether a head has come and its body is not over.
    #[must_use]
    pub const fn is_within_body(&self) -> bool {
        self.body.is_some()
    }

    /// The server has sent these octets; reads the first of them, at least one.
    pub fn step(&mut self, octets: &[u8]) -> HttpStep {
        let mut parts = Vec::new();
        let taken = match (self.is_over, &self.body) {
            (true, _) => octets.len(),
            (false, Some(_)) => self.body(octets, &mut parts),
            (false, None) => self.head(octets, &mut parts),
        };
        HttpStep { taken, parts }
    }

    /// The server has ended the connection.
    pub fn end(&mut self) -> Vec<ResponsePart> {
        let was_over = std::mem::replace(&mut self.is_over, true);
        match &self.body {
            _ if was_over => Vec::new(),
            Some(HttpBody::Connection) => vec![ResponsePart::End],
            Some(_) => vec![ResponsePart::Broken],
            None if self.head.pending().is_empty() => Vec::new(),
            None => vec![ResponsePart::Broken],
        }
    }

    /// Takes octets up to the end of a head; how many.
    fn head(&mut self, octets: &[u8], parts: &mut Vec<ResponsePart>) -> usize {
        self.head.push(octets);
        match self.head.take() {
            None => octets.len(),
            Some(Err(_)) => {
                self.is_over = true;
                parts.push(ResponsePart::Endless(HeadReader::LIMIT));
                octets.len()
            }
            Some(Ok(HeadBytes { head, rest })) => {
                let head = ResponseHead::parse(&head);
                // 101 is the last response on its connection.
                if head.is_interim() && head.status != Some(101) {
                    parts.push(ResponsePart::Interim(head));
                    return octets.len() - rest.len();
                }
                let method = self.asked.pop_front().unwrap_or_default();
                self.body = body_of(&head, &method);
                let is_empty = matches!(self.body, Some(HttpBody::Length(0)));
                parts.push(ResponsePart::Head(head));
                if is_empty {
                    self.body = None;
                    parts.push(ResponsePart::End);
                }
                octets.len() - rest.len()
            }
        }
    }

    /// Takes octets of the body; how many.
    fn body(&mut self, octets: &[u8], parts: &mut Vec<ResponsePart>) -> usize {
        let Some(body) = &mut self.body else { return 0 };
        match body {
            HttpBody::Connection => {
                parts.push(ResponsePart::Body(Bytes::copy_from_slice(octets)));
                octets.len()
            }
            HttpBody::Length(left) => {
                let count = usize::try_from(*left).unwrap_or(usize::MAX).min(octets.len());
                parts.push(ResponsePart::Body(Bytes::copy_from_slice(&octets[..count])));
                *left -= count as u64;
                if *left == 0 {
                    self.body = None;
                    parts.push(ResponsePart::End);
                }
                count
            }
            HttpBody::Chunked(chunks) => {
                let mut pieces = Vec::new();
                let count = chunks.read(octets, &mut pieces);
                parts.extend(pieces.into_iter().map(ResponsePart::Body));
                if chunks.is_over() {
                    self.body = None;
                    parts.push(ResponsePart::End);
                } else if chunks.is_broken() {
                    self.is_over = true;
                    parts.push(ResponsePart::Broken);
                }
                count
            }
        }
    }
}

/// How the body of a response to a request with this method ends (RFC 9112, 6.3).
fn body_of(head: &ResponseHead, method: &[u8]) -> Option<HttpBody> {
    if head.status == Some(101) {
        return Some(HttpBody::Connection);
    }
    let has_none = method == b"HEAD" || matches!(head.status, Some(100..200 | 204 | 304));
    if has_none {
        return Some(HttpBody::Length(0));
    }
    if head.fields.get("Transfer-Encoding").is_some() {
        let is_chunked = head
            .fields
            .list("Transfer-Encoding")
            .last()
            .is_some_and(|coding| coding.eq_ignore_ascii_case(b"chunked"));
        return Some(if is_chunked { HttpBody::Chunked(ChunkReader::new()) } else { HttpBody::Connection });
    }
    let length = head.fields.get("Content-Length");
    let number = length.and_then(|value| str::from_utf8(value).ok()?.parse().ok());
    Some(number.map_or(HttpBody::Connection, HttpBody::Length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What all of some octets amount to.
    fn read_all(reader: &mut HttpReader, mut octets: &[u8]) -> Vec<ResponsePart> {
        let mut parts = Vec::new();
        while !octets.is_empty() {
            let step = reader.step(octets);
            parts.extend(step.parts);
            octets = &octets[step.taken..];
        }
        parts
    }

    fn read(octets: &[u8], cut: usize, methods: &[&'static str]) -> (Vec<u16>, Vec<u8>, usize, bool) {
        let mut reader = HttpReader::default();
        methods.iter().for_each(|method| reader.asked(*method));
        let mut parts: Vec<_> = octets.chunks(cut).flat_map(|piece| read_all(&mut reader, piece)).collect();
        parts.extend(reader.end());
        let (mut statuses, mut body, mut ends, mut is_broken) = (Vec::new(), Vec::new(), 0, false);
        for part in parts {
            match part {
                ResponsePart::Head(head) => statuses.extend(head.status),
                ResponsePart::Body(piece) => body.extend_from_slice(&piece),
                ResponsePart::Interim(_) => {}
                ResponsePart::End => ends += 1,
                ResponsePart::Broken | ResponsePart::Endless(_) => is_broken = true,
            }
        }
        (statuses, body, ends, is_broken)
    }

    #[test]
    fn responses_follow_each_other_however_their_bodies_end() {
        let octets = b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabHTTP/1.1 204 N\r\n\r\n\
            HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nc\r\n0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\
            HTTP/1.0 200 OK\r\n\r\nde";
        let methods = ["GET", "POST", "GET", "HEAD", "GET"];
        for cut in [1, 3, 1000] {
            let (statuses, body, ends, is_broken) = read(octets, cut, &methods);
            assert_eq!((statuses, &body[..]), (vec![200, 204, 200, 200, 200], &b"abcde"[..]), "{cut}");
            assert!(ends == 5 && !is_broken, "{cut}");
        }
    }

    #[test]
    fn what_ends_too_early_is_broken() {
        for octets in [
            &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"[..],
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nab\r\n",
            b"HTTP/1.1 200",
        ] {
            assert!(read(octets, 1000, &["GET"]).3, "{octets:?}");
        }
    }

    #[test]
    fn a_head_without_end_is_bounded() {
        let mut reader = HttpReader::default();
        let parts: Vec<_> = (0..10_000).flat_map(|_| read_all(&mut reader, b"X-Header: abc\r\n")).collect();
        assert_eq!(parts, [ResponsePart::Endless(HeadReader::LIMIT)]);
        assert!(reader.is_over());
    }
}
