//! The client's end as its driver sees it.

mod request;
mod response;

use bytes::Bytes;
use wsspec_wire::{Offer, ResponseHead};

use crate::{
    Flaw, Habit, PeerOutput, connection::PeerConnection, flaw::Conduct, keys::Keys, stream::PeerStream,
};

/// An echo client, from its request on. It sends back each message, and closes when the server does.
///
/// ```
/// use wsspec_peer::{Client, PeerOutput};
///
/// let mut client = Client::new("127.0.0.1:9001", "/chat", 7);
/// let PeerOutput::Write(request) = &client.take()[0] else { unreachable!() };
/// assert!(request.starts_with(b"GET /chat HTTP/1.1\r\nHost: 127.0.0.1:9001\r\n"));
/// ```
#[derive(Debug)]
pub struct Client {
    fault: Conduct,
    keys: Keys,
    offer: Offer,
    stream: PeerStream,
}

impl Client {
    /// One that breaks no rule. Its random numbers come from `seed`: give each connection another.
    #[must_use]
    pub fn new(authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Conduct::default(), authority, target, seed)
    }

    /// One that breaks one rule.
    #[must_use]
    pub fn with(flaw: Flaw, authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Conduct::flawed(flaw), authority, target, seed)
    }

    /// One that breaks no rule, and has this habit.
    #[must_use]
    pub fn with_habit(habit: Habit, authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Conduct::with_habit(habit), authority, target, seed)
    }

    /// Takes in a segment as it arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.stream.receive(bytes) {
            self.open();
        }
    }

    /// Takes note that the server has ended its half of the stream.
    pub fn end(&mut self) {
        self.stream.end();
    }

    /// How much memory it takes up beyond what it needs, in bytes: none without a flaw.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.stream.held()
    }

    /// What is to be done by now, and was not taken before. Ask once before the first segment: it is the request.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        self.stream.take()
    }

    fn build(fault: Conduct, authority: &str, target: &str, seed: u64) -> Self {
        let mut keys = Keys::new(seed);
        let request = request::request(fault, authority, target, &mut keys);
        let offer = Offer::from_bytes(&request);
        let mut out = vec![PeerOutput::Write(request)];
        match fault.flaw {
            Some(Flaw::SpeaksBeforeResponse) => {
                let ping = [&[0x89, 0x80][..], &keys.masking(fault).0].concat();
                out.push(PeerOutput::Write(ping.into()));
            }
            Some(Flaw::SendsLineBehindRequest) => out.push(PeerOutput::Write(Bytes::from_static(b"\r\n"))),
            _ => {}
        }
        Self { fault, keys, offer, stream: PeerStream::new(out) }
    }

    /// Goes on from the response once it is complete.
    fn open(&mut self) {
        let Some(reader) = self.stream.head() else { return };
        let found = match reader.take() {
            None if self.fault.is(Flaw::RefusesSplitResponse) => return self.stream.hang_up(),
            None => return,
            Some(Err(_)) => return self.stream.hang_up(),
            Some(Ok(found)) => found,
        };
        if self.fault.is(Flaw::ReadsResponseAsFrames) {
            self.stream.open(PeerConnection::client(self.fault, None, self.keys.clone()));
            return self.receive(&[&found.head[..], &found.rest].concat());
        }
        let response = ResponseHead::parse(&found.head);
        if response::is_interim(self.fault, &response) {
            self.stream.expect_head();
            return self.receive(&found.rest);
        }
        if !response::accepts(self.fault, &self.offer, &response) {
            return self.refuse();
        }
        let agreed = response::agreed(self.fault, &response);
        let connection = PeerConnection::client(self.fault, agreed.as_ref(), self.keys.clone());
        match self.fault.flaw {
            Some(Flaw::DropsAfterHandshake) => return self.stream.hang_up(),
            Some(Flaw::NeverAnswers) => return self.stream.fall_silent(),
            _ => self.stream.open(connection),
        }
        match self.fault.flaw {
            Some(Flaw::LosesFramesBehindResponse) => {}
            Some(Flaw::SkipsDeclaredBody) => {
                self.receive(&found.rest[response::declared(&response, &found.rest)..])
            }
            _ => self.receive(&found.rest),
        }
    }

    /// *Fail the WebSocket Connection* before it is open: no frame, only the end (RFC 6455, 7.1.7).
    fn refuse(&mut self) {
        match self.fault.flaw {
            Some(Flaw::KeepsRefusedResponse) => self.stream.fall_silent(),
            _ => self.stream.hang_up(),
        }
    }
}
