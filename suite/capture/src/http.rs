//! HTTP/1.1 as both ends of a connection speak it: finds the opening handshakes among other requests, and what is in them
//! and after them.
//!
//! Lenient like a carrier: it judges nothing.

use std::{borrow::Cow, collections::VecDeque};

use bytes::Bytes;
use wsspec_wire::{HeadBytes, HeadError, HeadReader, RequestHead, ResponseHead, Role};

use crate::body::BodyReader;

/// How many requests may wait for their responses; RFC 9112, 9.3.2 leaves it to the ends.
const MOST_ASKED: usize = 256;

/// A part of what an end sends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum HttpPart<'a> {
    /// A request to open a WebSocket connection.
    Request(RequestHead),
    /// A response to it.
    Response(ResponseHead),
    /// Octets of the WebSocket connection, or octets where only these should be.
    Data(Cow<'a, [u8]>),
    /// Octets after a response that opens no connection.
    Beyond(Cow<'a, [u8]>),
    /// Something else, which is not judged: what it is, as the object of "carries".
    Foreign(String),
}

/// Both directions of a connection.
#[derive(Debug)]
pub(crate) struct HttpWatch {
    client: HttpReading,
    server: HttpReading,
    /// The requests that wait for their responses, in order.
    asked: VecDeque<AwaitedResponse>,
}

/// What the next octets of one end are.
#[derive(Debug)]
enum HttpReading {
    /// Those of a head.
    Head(HeadReader),
    /// Those of the body of a message that is not an opening handshake.
    Body(BodyReader),
    /// Those of the content of an opening handshake, after which the WebSocket connection begins if it was not refused.
    Content(BodyReader),
    /// Those of the WebSocket connection.
    Data,
    /// A client whose request was refused may send another one, or data anyway.
    Refused,
    /// Those of a server after its refusal.
    Beyond,
    /// Those of another protocol.
    Foreign,
}

/// A request that waits for its response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AwaitedResponse {
    /// It asks for a WebSocket connection.
    WebSocket,
    /// It asks a proxy for a tunnel.
    Tunnel,
    /// It asks for something else.
    Other {
        /// Its method is HEAD.
        is_head: bool,
    },
}

impl Default for HttpWatch {
    fn default() -> Self {
        Self { client: HttpReading::head(), server: HttpReading::head(), asked: VecDeque::new() }
    }
}

impl HttpReading {
    fn head() -> Self {
        Self::Head(HeadReader::new())
    }

    /// After a head of another message.
    fn after(body: Option<BodyReader>) -> Self {
        body.map_or_else(Self::head, Self::Body)
    }
}

impl HttpWatch {
    /// A WebSocket connection that is open already.
    pub(crate) fn joining() -> Self {
        Self { client: HttpReading::Data, server: HttpReading::Data, asked: VecDeque::new() }
    }

    /// Octets of `from` are missing. Returns whether what follows can be read all the same.
    pub(crate) fn miss(&mut self, from: Role, count: u64, out: &mut Vec<HttpPart<'_>>) -> bool {
        let goes_on = match self.reading(from) {
            HttpReading::Data | HttpReading::Refused | HttpReading::Beyond | HttpReading::Foreign => true,
            HttpReading::Body(BodyReader::UntilEnd) => true,
            HttpReading::Body(BodyReader::Length(left)) if *left > count => {
                *left -= count;
                true
            }
            HttpReading::Body(_) | HttpReading::Content(_) | HttpReading::Head(_) => false,
        };
        if !goes_on {
            self.leave("a gap where an opening handshake may begin".into(), out);
        }
        goes_on
    }

    /// The octets of a head that has begun and not ended.
    pub(crate) fn unfinished(&self, from: Role) -> &[u8] {
        let reading = match from {
            Role::Client => &self.client,
            Role::Server => &self.server,
        };
        match reading {
            HttpReading::Head(reader) => reader.pending(),
            _ => &[],
        }
    }

    /// Takes octets that `from` sent, split in any way.
    pub(crate) fn read<'a>(&mut self, from: Role, bytes: &'a [u8]) -> Vec<HttpPart<'a>> {
        let mut out = Vec::new();
        self.advance(from, Cow::Borrowed(bytes), &mut out);
        out
    }

    fn advance<'a>(&mut self, from: Role, mut bytes: Cow<'a, [u8]>, out: &mut Vec<HttpPart<'a>>) {
        while !bytes.is_empty() {
            let rest = match self.reading(from) {
                HttpReading::Data => return out.push(HttpPart::Data(bytes)),
                // No frame of a client begins with a capital letter: it would have a reserved opcode.
                HttpReading::Refused if bytes[0].is_ascii_uppercase() => {
                    self.client = HttpReading::head();
                    continue;
                }
                HttpReading::Refused => {
                    self.client = HttpReading::Data;
                    continue;
                }
                HttpReading::Beyond => return out.push(HttpPart::Beyond(bytes)),
                HttpReading::Foreign => return,
                HttpReading::Body(body) => match body.skip(&bytes) {
                    None => return,
                    Some(skipped) => {
                        *self.reading(from) = HttpReading::head();
                        bytes.get(skipped..).map(<[u8]>::to_vec)
                    }
                },
                HttpReading::Content(content) => match content.skip(&bytes) {
                    None => return,
                    Some(skipped) => {
                        self.client = HttpReading::Data;
                        self.refuse_client();
                        bytes.get(skipped..).map(<[u8]>::to_vec)
                    }
                },
                HttpReading::Head(reader) => {
                    let is_start = from == Role::Client && reader.pending().is_empty();
                    if let Some(what) = is_start.then(|| other_protocol(&bytes)).flatten() {
                        return self.leave(what.to_owned(), out);
                    }
                    reader.push(&bytes);
                    self.head(from, out).map(|rest| rest.to_vec())
                }
            };
            bytes = rest.unwrap_or_default().into();
        }
    }

    /// Takes a head that may be complete; the octets after it.
    fn head(&mut self, from: Role, out: &mut Vec<HttpPart<'_>>) -> Option<Bytes> {
        // A response to nothing waits for its request.
        let is_due = from == Role::Client || !self.asked.is_empty();
        let HttpReading::Head(reader) = self.reading(from) else { return None };
        if from == Role::Client && reader.pending().starts_with(b"PRI * HTTP/2.0\r\n") {
            self.leave("HTTP/2, which is judged only by `wsspec run --http2`".into(), out);
            return None;
        }
        if !is_due && reader.pending().len() < HeadReader::LIMIT {
            return None;
        }
        match reader.take()? {
            Err(HeadError::TooLong { limit }) => {
                let end = from.word();
                self.leave(format!("a head of the {end} that does not end within {limit} octets"), out);
                None
            }
            Ok(HeadBytes { head, rest }) => {
                match from {
                    Role::Client => self.request(RequestHead::parse(&head), out),
                    Role::Server => self.response(ResponseHead::parse(&head), out),
                }
                Some(rest)
            }
        }
    }

    fn request(&mut self, head: RequestHead, out: &mut Vec<HttpPart<'_>>) {
        if self.asked.len() >= MOST_ASKED {
            return self.leave(format!("more than {MOST_ASKED} requests without a response"), out);
        }
        if matches!(self.server, HttpReading::Beyond) {
            self.server = HttpReading::head();
        }
        let (asks, next) = match &head {
            head if is_for_websocket(head) => {
                let content = BodyReader::of_request(head).map_or(HttpReading::Data, HttpReading::Content);
                (AwaitedResponse::WebSocket, content)
            }
            head if head.method == "CONNECT" => (AwaitedResponse::Tunnel, HttpReading::head()),
            head => {
                let is_head = head.method == "HEAD";
                (AwaitedResponse::Other { is_head }, HttpReading::after(BodyReader::of_request(head)))
            }
        };
        self.asked.push_back(asks);
        self.client = next;
        out.push(match asks {
            AwaitedResponse::WebSocket => HttpPart::Request(head),
            AwaitedResponse::Tunnel => HttpPart::Foreign("a request for a tunnel".into()),
            AwaitedResponse::Other { .. } => HttpPart::Foreign("other requests of HTTP".into()),
        });
        // What the server sent before it was asked.
        if let Some(rest) = self.head(Role::Server, out) {
            let mut more = Vec::new();
            self.advance(Role::Server, Cow::Owned(rest.to_vec()), &mut more);
            out.extend(more.into_iter().map(HttpPart::into_owned));
        }
    }

    fn response(&mut self, head: ResponseHead, out: &mut Vec<HttpPart<'_>>) {
        match self.asked.front() {
            Some(AwaitedResponse::WebSocket) => {
                if !head.is_interim() {
                    self.asked.pop_front();
                    self.server = if head.accepts() { HttpReading::Data } else { HttpReading::Beyond };
                    self.refuse_client();
                }
                out.push(HttpPart::Response(head));
            }
            _ if head.is_interim() => {}
            // Any 2xx opens a tunnel (RFC 9110, 9.3.6): the connection begins in it.
            Some(AwaitedResponse::Tunnel) if matches!(head.status, Some(200..=299)) => {
                *self = Self::default();
            }
            _ if head.accepts() => self.leave("a protocol other than WebSocket after an upgrade".into(), out),
            asked => {
                let is_head = asked == Some(&AwaitedResponse::Other { is_head: true });
                self.asked.pop_front();
                self.server = HttpReading::after(BodyReader::of_response(&head, is_head));
            }
        }
    }

    /// A client that was refused, and has sent the content of its request, may ask again.
    fn refuse_client(&mut self) {
        if matches!((&self.server, &self.client), (HttpReading::Beyond, HttpReading::Data)) {
            self.client = HttpReading::Refused;
        }
    }

    /// From here on, neither end is read.
    fn leave(&mut self, what: String, out: &mut Vec<HttpPart<'_>>) {
        (self.client, self.server) = (HttpReading::Foreign, HttpReading::Foreign);
        out.push(HttpPart::Foreign(what));
    }

    fn reading(&mut self, of: Role) -> &mut HttpReading {
        match of {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }
}

impl HttpPart<'_> {
    /// The same, independent of what it was read from.
    fn into_owned<'b>(self) -> HttpPart<'b> {
        match self {
            Self::Data(bytes) => HttpPart::Data(Cow::Owned(bytes.into_owned())),
            Self::Beyond(bytes) => HttpPart::Beyond(Cow::Owned(bytes.into_owned())),
            Self::Request(head) => HttpPart::Request(head),
            Self::Response(head) => HttpPart::Response(head),
            Self::Foreign(what) => HttpPart::Foreign(what),
        }
    }
}

/// Whether a request is an opening handshake, whatever else is wrong with it.
fn is_for_websocket(head: &RequestHead) -> bool {
    let names = |value: &Bytes| value.to_ascii_lowercase().windows(9).any(|word| word == b"websocket");
    head.fields.all("Upgrade").any(names)
        || head.fields.0.iter().any(|field| {
            field.name.get(..14).is_some_and(|start| start.eq_ignore_ascii_case("Sec-WebSocket-"))
        })
}

/// What begins with these octets, if it is not HTTP.
fn other_protocol(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x16, ..] => Some("TLS, which cannot be read from outside"),
        [b'\r' | b'\n', ..] => None,
        [first, ..] if !first.is_ascii_graphic() => Some("something other than HTTP"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REQUEST: &str = "GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n";
    const ACCEPTED: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n";

    /// A short form of what was read, octet by octet and as a whole.
    fn read(watch: &mut HttpWatch, from: Role, bytes: impl AsRef<[u8]>) -> Vec<String> {
        let short = |part| match part {
            HttpPart::Request(head) => format!("request {}", String::from_utf8_lossy(&head.target)),
            HttpPart::Response(head) => format!("response {}", head.status.unwrap_or_default()),
            HttpPart::Data(bytes) => format!("data {}", bytes.len()),
            HttpPart::Beyond(bytes) => format!("beyond {}", bytes.len()),
            HttpPart::Foreign(what) => what,
        };
        watch.read(from, bytes.as_ref()).into_iter().map(short).collect()
    }

    #[test]
    fn a_connection_opens_and_goes_on_with_data() {
        let mut watch = HttpWatch::default();
        assert_eq!(read(&mut watch, Role::Client, &REQUEST[..9]), [""; 0]);
        assert_eq!(read(&mut watch, Role::Client, &REQUEST[9..]), ["request /chat"]);
        let early = format!("HTTP/1.1 103 Early Hints\r\n\r\n{ACCEPTED}\u{1}\u{1}x");
        assert_eq!(read(&mut watch, Role::Server, early), ["response 103", "response 101", "data 3"]);
        assert_eq!(read(&mut watch, Role::Client, b"\x81\x80"), ["data 2"]);
    }

    #[test]
    fn other_requests_may_come_before_it() {
        let mut watch = HttpWatch::default();
        let post = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET HEAD / HTTP/1.1\r\n\r\n";
        let others = ["other requests of HTTP", "other requests of HTTP", "request /chat"];
        assert_eq!(read(&mut watch, Role::Client, format!("{post}{REQUEST}")), others);
        let page = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n";
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
        assert_eq!(read(&mut watch, Role::Server, format!("{page}{head}{ACCEPTED}")), ["response 101"]);
    }

    #[test]
    fn a_refused_client_may_ask_again() {
        let mut watch = HttpWatch::default();
        read(&mut watch, Role::Client, REQUEST);
        let refusal = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno";
        assert_eq!(read(&mut watch, Role::Server, refusal), ["response 401", "beyond 2"]);
        assert_eq!(read(&mut watch, Role::Client, REQUEST), ["request /chat"]);
        assert_eq!(read(&mut watch, Role::Server, ACCEPTED), ["response 101"]);
        assert_eq!(read(&mut watch, Role::Client, b"\x88\x80"), ["data 2"]);
    }

    #[test]
    fn the_content_of_a_handshake_is_not_part_of_the_connection() {
        let request = "GET / HTTP/1.1\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n";
        for answer in [ACCEPTED, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"] {
            let mut watch = HttpWatch::default();
            assert_eq!(read(&mut watch, Role::Client, format!("{request}1\r\n")), ["request /"]);
            read(&mut watch, Role::Server, answer);
            assert_eq!(read(&mut watch, Role::Client, "x\r\n0\r\n\r\n\u{1}"), ["data 1"], "{answer}");
        }
        let mut watch = HttpWatch::default();
        read(&mut watch, Role::Client, request);
        read(&mut watch, Role::Server, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(read(&mut watch, Role::Client, format!("0\r\n\r\n{REQUEST}")), ["request /chat"]);
    }

    #[test]
    fn what_a_server_sends_before_the_request_waits_for_it() {
        let mut watch = HttpWatch::default();
        assert_eq!(read(&mut watch, Role::Server, format!("\u{1}{ACCEPTED}ab")), [""; 0]);
        assert_eq!(read(&mut watch, Role::Client, REQUEST), ["request /chat", "response 0", "beyond 2"]);
    }

    #[test]
    fn a_tunnel_contains_a_connection_of_its_own() {
        let mut watch = HttpWatch::default();
        let connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n";
        assert_eq!(read(&mut watch, Role::Client, connect), ["a request for a tunnel"]);
        assert_eq!(read(&mut watch, Role::Server, "HTTP/1.1 200 OK\r\n\r\n"), [""; 0]);
        assert_eq!(read(&mut watch, Role::Client, REQUEST), ["request /chat"]);
        assert_eq!(read(&mut watch, Role::Server, ACCEPTED), ["response 101"]);
    }

    #[test]
    fn other_protocols_are_named_once() {
        let first = |bytes: &[u8]| {
            let mut watch = HttpWatch::default();
            let named = read(&mut watch, Role::Client, bytes);
            assert_eq!(read(&mut watch, Role::Client, REQUEST), [""; 0]);
            named
        };
        assert_eq!(first(b"\x16\x03\x01\0"), ["TLS, which cannot be read from outside"]);
        assert_eq!(first(b"\0\x01"), ["something other than HTTP"]);
        assert_eq!(
            first(b"PRI * HTTP/2.0\r\n\r\nSM"),
            ["HTTP/2, which is judged only by `wsspec run --http2`"]
        );
        let long = vec![b'x'; HeadReader::LIMIT + 1];
        assert_eq!(first(&long), ["a head of the client that does not end within 65536 octets"]);
    }
}
