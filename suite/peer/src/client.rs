//! The client's end as its driver sees it.

mod request;
mod response;

use bytes::Bytes;
use wsspec_wire::{HeadReader, Offer, ResponseHead};

use crate::{Flaw, Output, connection::Connection, flaw::Fault, keys::Keys};

/// The longest response head taken, in bytes.
const HEAD_LIMIT: usize = 256 << 10;

/// An echo client, from its request on. It sends back each message, and closes when the server does.
///
/// ```
/// use wsspec_peer::{Client, Output};
///
/// let mut client = Client::new("127.0.0.1:9001", "/chat", 7);
/// let Output::Write(request) = &client.take()[0] else { unreachable!() };
/// assert!(request.starts_with(b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n"));
/// ```
#[derive(Debug)]
pub struct Client {
    fault: Fault,
    keys: Keys,
    offer: Offer,
    phase: Phase,
    out: Vec<Output>,
}

#[derive(Debug)]
enum Phase {
    /// The response is incomplete.
    Opening(HeadReader),
    /// The opening handshake is done.
    Open(Box<Connection>),
    /// Nothing more is read. The stream may be left to the other side to end.
    Over { hung_up: bool },
}

impl Client {
    /// One that breaks no rule. Its random numbers come from `seed`: give each connection another.
    #[must_use]
    pub fn new(authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Fault(None), authority, target, seed)
    }

    /// One that breaks one rule.
    #[must_use]
    pub fn with(flaw: Flaw, authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Fault(Some(flaw)), authority, target, seed)
    }

    /// Takes in a segment as it arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        match &mut self.phase {
            _ if bytes.is_empty() => {}
            Phase::Opening(reader) => {
                reader.push(bytes);
                self.open();
            }
            Phase::Open(connection) => {
                connection.receive(bytes);
                self.out.append(&mut connection.writer.out);
            }
            Phase::Over { .. } => {}
        }
    }

    /// Takes note that the server has ended its half of the stream.
    pub fn end(&mut self) {
        match &mut self.phase {
            Phase::Opening(_) | Phase::Over { hung_up: false } => self.hang_up(),
            Phase::Open(connection) => {
                connection.end();
                self.out.append(&mut connection.writer.out);
            }
            Phase::Over { hung_up: true } => {}
        }
    }

    /// What is to be done by now, and was not taken before. Ask once before the first segment: it is the request.
    pub fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.out)
    }

    fn build(fault: Fault, authority: &str, target: &str, seed: u64) -> Self {
        let mut keys = Keys::new(seed);
        let request = request::request(fault, authority, target, &mut keys);
        let offer = Offer::from_bytes(&request);
        let mut out = vec![Output::Write(request)];
        match fault.0 {
            Some(Flaw::SpeaksBeforeResponse) => {
                let ping = [&[0x89, 0x80][..], &keys.masking(fault).0].concat();
                out.push(Output::Write(ping.into()));
            }
            Some(Flaw::SendsLineBehindRequest) => out.push(Output::Write(Bytes::from_static(b"\r\n"))),
            _ => {}
        }
        Self { fault, keys, offer, phase: Phase::Opening(HeadReader::with_limit(HEAD_LIMIT)), out }
    }

    /// Goes on from the response once it is complete.
    fn open(&mut self) {
        let Phase::Opening(reader) = &mut self.phase else { return };
        let found = match reader.take() {
            None if self.fault.is(Flaw::RefusesSplitResponse) => return self.hang_up(),
            None => return,
            Some(Err(_)) => return self.hang_up(),
            Some(Ok(found)) => found,
        };
        let response = ResponseHead::parse(&found.head);
        if response::is_interim(self.fault, &response) {
            self.phase = Phase::Opening(HeadReader::with_limit(HEAD_LIMIT));
            return self.receive(&found.rest);
        }
        if !response::accepts(self.fault, &self.offer, &response) {
            return self.refuse();
        }
        let agreed = response::agreed(self.fault, &response);
        let connection = Connection::client(self.fault, agreed.as_ref(), self.keys.clone());
        match self.fault.0 {
            Some(Flaw::DropsAfterHandshake) => return self.hang_up(),
            Some(Flaw::NeverAnswers) => return self.phase = Phase::Over { hung_up: false },
            _ => self.phase = Phase::Open(Box::new(connection)),
        }
        match self.fault.0 {
            Some(Flaw::LosesFramesBehindResponse) => {}
            Some(Flaw::SkipsDeclaredBody) => {
                self.receive(&found.rest[response::declared(&response, &found.rest)..])
            }
            _ => self.receive(&found.rest),
        }
    }

    /// *Fail the WebSocket Connection* before it is open: no frame, only the end (RFC 6455, 7.1.7).
    fn refuse(&mut self) {
        match self.fault.0 {
            Some(Flaw::KeepsRefusedResponse) => self.phase = Phase::Over { hung_up: false },
            _ => self.hang_up(),
        }
    }

    fn hang_up(&mut self) {
        self.out.push(Output::Close);
        self.phase = Phase::Over { hung_up: true };
    }
}
