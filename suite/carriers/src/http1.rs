//! HTTP/1.1 as a carrier: heads, then the octets of the WebSocket connection unchanged (RFC 6455, 4; RFC 9112).

mod write;

use std::borrow::Cow;

use bytes::Bytes;
use wsspec_wire::{HeadBytes, HeadError, HeadReader, Opening, RequestHead, ResponseHead, Role};

pub use self::write::{ComposedOpening, StartLine};

/// What octets are read as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming<'a> {
    /// A request or a response.
    Opening(Opening),
    /// Octets of the WebSocket connection.
    Data(Cow<'a, [u8]>),
    /// Octets outside the WebSocket connection: the body of a refusal, or whatever follows an endless head.
    Beyond(Cow<'a, [u8]>),
    /// A head that does not end within a limit: its first octets, and the limit.
    EndlessHead {
        /// The octets up to the limit.
        bytes: Bytes,
        /// The limit, in octets.
        limit: usize,
    },
}

/// Reads both directions of a connection.
#[derive(Debug, Default)]
pub struct Http1 {
    client: Direction,
    server: Direction,
    /// The server may be a proxy: a client that asks it for a tunnel opens the connection after that (RFC 9110, 9.3.6).
    is_proxy: bool,
    /// The proxy is the peer, and its refusals may have content.
    is_proxy_read: bool,
    /// A tunnel was asked for.
    awaits_tunnel: bool,
}

/// The state of one direction.
#[derive(Debug)]
enum Direction {
    Head(HeadReader),
    Data,
    /// A client whose request was refused: it may send another request, or data anyway.
    Refused,
    /// The content of a refusal, of which this number of octets is left; then comes another response.
    Content(usize),
    Beyond,
}

impl Default for Direction {
    fn default() -> Self {
        Self::Head(HeadReader::new())
    }
}

/// The longest head of our own that is read, in octets: a script may send far more than we accept from a peer.
const OWN_LIMIT: usize = 64 << 20;

impl Http1 {
    /// For an endpoint that plays `ours`: heads of the other end are given up at the default limit, our own far
    /// later.
    pub fn playing(ours: Role) -> Self {
        let mut carrier = Self { is_proxy: ours == Role::Server, ..Self::default() };
        *carrier.direction(ours) = Direction::Head(HeadReader::with_limit(OWN_LIMIT));
        carrier
    }

    /// For a client that asks a proxy for a tunnel first, perhaps more than once.
    pub fn asking_proxy() -> Self {
        Self { is_proxy: true, is_proxy_read: true, ..Self::playing(Role::Client) }
    }

    /// Takes octets that `from` sent, split in any way.
    pub fn read<'a>(&mut self, from: Role, bytes: &'a [u8]) -> Vec<Incoming<'a>> {
        let mut out = Vec::new();
        self.read_into(from, Cow::Borrowed(bytes), &mut out);
        out
    }

    /// The octets of an unfinished head.
    pub fn unfinished(&self, from: Role) -> &[u8] {
        let direction = match from {
            Role::Client => &self.client,
            Role::Server => &self.server,
        };
        match direction {
            Direction::Head(reader) => reader.pending(),
            Direction::Data | Direction::Refused | Direction::Content(_) | Direction::Beyond => &[],
        }
    }

    fn direction(&mut self, of: Role) -> &mut Direction {
        match of {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    fn read_into<'a>(&mut self, from: Role, bytes: Cow<'a, [u8]>, out: &mut Vec<Incoming<'a>>) {
        let direction = self.direction(from);
        // No frame of a client begins with a capital letter: it would have a reserved opcode.
        if matches!(direction, Direction::Refused) && bytes.first().is_some_and(u8::is_ascii_uppercase) {
            *direction = Direction::default();
        }
        match direction {
            Direction::Head(reader) => {
                reader.push(&bytes);
                let found = reader.take();
                self.head(from, found, out);
            }
            Direction::Data | Direction::Refused | Direction::Content(_) | Direction::Beyond
                if bytes.is_empty() => {}
            Direction::Data | Direction::Refused => out.push(Incoming::Data(bytes)),
            Direction::Content(left) => {
                let (content, rest) = bytes.split_at(bytes.len().min(*left));
                *left -= content.len();
                if *left == 0 {
                    *direction = Direction::default();
                }
                out.push(Incoming::Beyond(content.to_vec().into()));
                self.read_into(from, Cow::Owned(rest.to_vec()), out);
            }
            Direction::Beyond => out.push(Incoming::Beyond(bytes)),
        }
    }

    fn head(&mut self, from: Role, found: Option<Result<HeadBytes, HeadError>>, out: &mut Vec<Incoming<'_>>) {
        match found {
            None => {}
            Some(Err(HeadError::TooLong { limit })) => {
                let bytes = Bytes::copy_from_slice(self.unfinished(from));
                *self.direction(from) = Direction::Beyond;
                out.push(Incoming::EndlessHead { bytes, limit });
            }
            Some(Ok(HeadBytes { head, rest })) => {
                let opening = match from {
                    Role::Client => Opening::Request(RequestHead::parse(&head)),
                    Role::Server => Opening::Response(ResponseHead::parse(&head)),
                };
                self.follow(&opening);
                out.push(Incoming::Opening(opening));
                if !rest.is_empty() {
                    self.read_into(from, Cow::Owned(rest.to_vec()), out);
                }
            }
        }
    }

    /// What follows an opening.
    fn follow(&mut self, opening: &Opening) {
        match opening {
            Opening::Request(head) if self.is_proxy && head.method == "CONNECT" => {
                self.awaits_tunnel = true;
                self.client = Direction::default();
            }
            Opening::Request(_) => self.client = Direction::Data,
            // Whether there is a tunnel now or none, a request comes next.
            Opening::Response(head) if self.awaits_tunnel && !head.is_interim() => {
                self.awaits_tunnel = false;
                self.server = if self.is_proxy_read { after_answer(head) } else { Direction::default() };
            }
            Opening::Response(head) if head.accepts() => self.server = Direction::Data,
            // Interim responses come before the final one.
            Opening::Response(head) if head.is_interim() => {}
            Opening::Response(_) => {
                self.server = Direction::Beyond;
                if matches!(self.client, Direction::Data) {
                    self.client = Direction::Refused;
                }
            }
        }
    }
}

/// What a proxy sends after its answer to a request for a tunnel: what comes through the tunnel, or the content of the refusal
/// (RFC 9112, 6.3), and the next response.
fn after_answer(head: &ResponseHead) -> Direction {
    let is_open = matches!(head.status, Some(200..=299));
    let length = head.fields.get("Content-Length").filter(|_| head.fields.get("Transfer-Encoding").is_none());
    let length = length.and_then(|length| str::from_utf8(length).ok()?.trim().parse().ok());
    match length {
        _ if is_open => Direction::default(),
        Some(0) => Direction::default(),
        Some(length) => Direction::Content(length),
        None => Direction::Beyond,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    /// A short form of what was read.
    fn read(carrier: &mut Http1, from: Role, bytes: &[u8]) -> Vec<String> {
        let short = |incoming| match incoming {
            Incoming::Opening(Opening::Request(head)) => String::from_utf8_lossy(&head.method).into_owned(),
            Incoming::Opening(Opening::Response(head)) => format!("{:?}", head.status),
            Incoming::Data(bytes) => format!("data {}", bytes.len()),
            Incoming::Beyond(bytes) => format!("beyond {}", bytes.len()),
            Incoming::EndlessHead { limit, .. } => format!("endless {limit}"),
        };
        carrier.read(from, bytes).into_iter().map(short).collect()
    }

    #[test]
    fn bytes_after_the_heads_are_data() {
        let mut carrier = Http1::default();
        assert_eq!(read(&mut carrier, Role::Client, &REQUEST[..5]), [""; 0]);
        assert_eq!(carrier.unfinished(Role::Client), &REQUEST[..5]);
        assert_eq!(read(&mut carrier, Role::Client, &REQUEST[5..]), ["GET"]);
        let response = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 X\r\n\r\n\x81\0";
        assert_eq!(read(&mut carrier, Role::Server, response), ["Some(103)", "Some(101)", "data 2"]);
        assert_eq!(read(&mut carrier, Role::Client, b"\x81\x80"), ["data 2"]);
    }

    #[test]
    fn a_refusal_has_a_body_and_leaves_room_for_another_request() {
        let mut carrier = Http1::default();
        read(&mut carrier, Role::Client, REQUEST);
        assert_eq!(read(&mut carrier, Role::Server, b"HTTP/1.1 400 X\r\n\r\nno"), ["Some(400)", "beyond 2"]);
        assert_eq!(read(&mut carrier, Role::Client, REQUEST), ["GET"]);
        read(&mut carrier, Role::Server, b"");
        assert_eq!(read(&mut carrier, Role::Client, b"\x88\0"), ["data 2"]);
    }

    #[test]
    fn a_client_opens_its_connection_through_a_tunnel() {
        let mut carrier = Http1::playing(Role::Server);
        let connect = b"CONNECT a:1 HTTP/1.1\r\n\r\n";
        let early = [&connect[..], REQUEST].concat();
        assert_eq!(read(&mut carrier, Role::Client, connect), ["CONNECT"]);
        assert_eq!(read(&mut carrier, Role::Server, b"HTTP/1.1 407 X\r\n\r\n"), ["Some(407)"]);
        assert_eq!(read(&mut carrier, Role::Client, &early), ["CONNECT", "GET"]);
        let responses = b"HTTP/1.0 103 X\r\n\r\nHTTP/1.0 200 X\r\n\r\nHTTP/1.1 101 X\r\n\r\n\x81\0";
        assert_eq!(
            read(&mut carrier, Role::Server, responses),
            ["Some(103)", "Some(200)", "Some(101)", "data 2"]
        );
        // A server under test is not a proxy.
        let mut carrier = Http1::playing(Role::Client);
        read(&mut carrier, Role::Client, connect);
        assert_eq!(read(&mut carrier, Role::Server, b"HTTP/1.1 200 X\r\n\r\nno"), ["Some(200)", "beyond 2"]);
    }

    #[test]
    fn a_head_of_our_own_may_be_longer() {
        let mut carrier = Http1::playing(Role::Client);
        let long = [b"GET / HTTP/1.1\r\nX: ", &vec![b'x'; HeadReader::LIMIT][..], b"\r\n\r\n"].concat();
        assert_eq!(read(&mut carrier, Role::Client, &long), ["GET"]);
    }

    #[test]
    fn a_head_without_end_is_given_up() {
        let mut carrier = Http1::default();
        let found = read(&mut carrier, Role::Server, &vec![b'x'; HeadReader::LIMIT + 1]);
        assert_eq!(found, [format!("endless {}", HeadReader::LIMIT)]);
        assert_eq!(read(&mut carrier, Role::Server, b"more"), ["beyond 4"]);
    }

    #[test]
    fn after_a_refusal_with_content_a_client_asks_again() {
        let mut carrier = Http1::asking_proxy();
        let connect = b"CONNECT a:1 HTTP/1.1\r\n\r\n";
        read(&mut carrier, Role::Client, connect);
        let refusal = b"HTTP/1.1 503 X\r\nContent-Length: 3\r\n\r\nno!HTTP/1.1 100 Y\r\n\r\n";
        assert_eq!(read(&mut carrier, Role::Server, refusal), ["Some(503)", "beyond 3", "Some(100)"]);
        assert_eq!(read(&mut carrier, Role::Client, connect), ["CONNECT"]);
        // The length that a response of 2xx has is not one (RFC 9110, 9.3.6).
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nHTTP/1.1 101 Z\r\n\r\nabc";
        assert_eq!(read(&mut carrier, Role::Server, &answer[..]), ["Some(200)", "Some(101)", "data 3"]);
        let mut carrier = Http1::asking_proxy();
        read(&mut carrier, Role::Client, connect);
        assert_eq!(read(&mut carrier, Role::Server, b"HTTP/1.1 403 X\r\n\r\nno"), ["Some(403)", "beyond 2"]);
    }
}
