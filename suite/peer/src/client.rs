//! The client end of a connection, for its driver.

mod address;
mod request;
mod response;

use std::{net::Ipv4Addr, time::Duration};

use bytes::Bytes;
use wsspec_wire::{Frame, Offer, Opcode, ResponseHead};

use self::address::ClientAddress;
use crate::{
    Flaw, Habit, PeerOutput,
    connection::{Common, PeerConnection},
    flaw::Conduct,
    keys::Keys,
    stream::PeerStream,
};

/// An echo client, starting with its request. It sends back each message, and closes when the server does.
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
    /// Number of segments of heads so far; only a flaw counts them.
    segments: usize,
    secure: bool,
    server_name: Option<String>,
    common: Common,
}

/// Number of segments at which an impatient client gives up on a response.
const MANY_SEGMENTS: usize = 64;

impl Client {
    /// A conforming client. Its random numbers come from `seed`: use another one for each connection.
    #[must_use]
    pub fn new(authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Conduct::default(), authority, target, seed)
    }

    /// A client that gets a whole URI, and has one flaw or none.
    #[must_use]
    pub fn of_uri(flaw: Option<Flaw>, uri: &str, seed: u64) -> Self {
        let fault = flaw.map_or_else(Conduct::default, Conduct::flawed);
        let ClientAddress { secure, authority, target } = ClientAddress::of(fault, uri);
        let host = authority.rsplit_once(':').map_or(&*authority, |(host, _)| host);
        let is_named = !host.starts_with('[') && host.parse::<Ipv4Addr>().is_err();
        let server_name = (is_named && !fault.is(Flaw::NamesNoServer)).then(|| host.to_owned());
        Self { secure, server_name, ..Self::build(fault, &authority, &target, seed) }
    }

    /// Another connection of this client, to that URI. Open it once the client [goes on](Self::goes_on).
    #[must_use]
    pub fn beside(&self, uri: &str, seed: u64) -> Self {
        Self { common: self.common.clone(), ..Self::of_uri(self.fault.flaw, uri, seed) }
    }

    /// Whether it may open another connection to the same address now: not while this one waits for its response (RFC
    /// 6455, 4.1).
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.fault.is(Flaw::OpensConnectionsAtOnce) || !self.is_opening()
    }

    /// How long after the end of its connection it reconnects, for the n-th time; `None` if it does not.
    #[must_use]
    pub fn reconnects(&self, times: u32) -> Option<Duration> {
        match (self.fault.flaw, self.fault.habit) {
            (Some(Flaw::ReconnectsAtOnce), _) => Some(Duration::ZERO),
            (Some(Flaw::ReconnectsSteadily), _) => Some(Duration::from_millis(200)),
            (_, Some(Habit::BacksOff)) => Some(Duration::from_millis(10) * 2_u32.saturating_pow(times)),
            _ => None,
        }
    }

    /// Whether it waits for the response.
    #[must_use]
    pub fn is_opening(&self) -> bool {
        self.stream.is_opening()
    }

    /// Whether it starts with TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name that it asks for by Server Name Indication (RFC 6066, 3), if it uses TLS.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
    }

    /// A client with one flaw.
    #[must_use]
    pub fn with(flaw: Flaw, authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Conduct::flawed(flaw), authority, target, seed)
    }

    /// A conforming client with this habit.
    #[must_use]
    pub fn with_habit(habit: Habit, authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Conduct::with_habit(habit), authority, target, seed)
    }

    /// Handles a segment that has arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.stream.receive(bytes) {
            self.segments += 1;
            self.open();
        }
    }

    /// The server has closed its side of the stream.
    pub fn end(&mut self) {
        self.stream.end();
    }

    /// The memory that it uses beyond what it needs, in bytes; zero without a flaw.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.stream.held()
    }

    /// What the driver must do now. Call it once before the first segment to get the request.
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
        Self {
            fault,
            keys,
            offer,
            stream: PeerStream::new(out),
            segments: 0,
            secure: false,
            server_name: None,
            common: Common::default(),
        }
    }

    /// Continues after the response once it is complete.
    fn open(&mut self) {
        let Some(reader) = self.stream.head() else { return };
        let found = match reader.take() {
            None if self.is_impatient() => return self.stream.hang_up(),
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
        let connection = connection.sharing(self.common.clone());
        match self.fault.flaw {
            Some(Flaw::DropsAfterHandshake) => return self.stream.hang_up(),
            Some(Flaw::ClosesWithBare1010) if agreed.is_none() => {
                self.close(1010);
                return self.stream.hang_up();
            }
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

    /// Whether it gives up on an incomplete response.
    fn is_impatient(&self) -> bool {
        match self.fault.flaw {
            Some(Flaw::RefusesSplitResponse) => true,
            Some(Flaw::GivesUpManySegments) => self.segments > MANY_SEGMENTS,
            _ => false,
        }
    }

    /// Sends a close frame with this code.
    fn close(&mut self, code: u16) {
        let mut bytes = Vec::new();
        let body = Bytes::copy_from_slice(&code.to_be_bytes());
        Frame::new(Opcode::CLOSE, body).with_mask(self.keys.masking(self.fault)).encode(&mut bytes);
        self.stream.want([PeerOutput::Write(bytes.into())]);
    }

    /// *Fail the WebSocket Connection* before it is open: closes without a frame (RFC 6455, 7.1.7).
    fn refuse(&mut self) {
        match self.fault.flaw {
            Some(Flaw::KeepsRefusedResponse) => self.stream.fall_silent(),
            Some(Flaw::ClosesRefusedResponse) => {
                self.close(1002);
                self.stream.hang_up();
            }
            _ => self.stream.hang_up(),
        }
    }
}
