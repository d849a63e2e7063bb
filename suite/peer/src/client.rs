//! The client's end as its driver sees it.

mod address;
mod request;
mod response;
mod tunnel;

use std::{net::Ipv4Addr, time::Duration};

use bytes::Bytes;
use wsspec_wire::{Frame, HeadBytes, Offer, Opcode, ResponseHead};

use self::{address::ClientAddress, tunnel::TunnelAnswer};
use crate::{
    Flaw, Habit, PeerOutput,
    connection::{Common, PeerConnection},
    flaw::Conduct,
    keys::Keys,
    stream::PeerStream,
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
    /// Segments of heads that have come; only a flaw counts them.
    segments: usize,
    secure: bool,
    server_name: Option<String>,
    common: Common,
    /// What it writes once its proxy has opened the tunnel; `None`: there is no proxy, or it has.
    behind_tunnel: Option<Vec<PeerOutput>>,
}

/// Segments in which a response may come to one that has no patience.
const MANY_SEGMENTS: usize = 64;

impl Client {
    /// One that breaks no rule. Its random numbers come from `seed`: give each connection another.
    #[must_use]
    pub fn new(authority: &str, target: &str, seed: u64) -> Self {
        Self::build(Conduct::default(), authority, target, seed)
    }

    /// One that is given a whole URI, and breaks one rule or none.
    #[must_use]
    pub fn of_uri(flaw: Option<Flaw>, uri: &str, seed: u64) -> Self {
        let fault = flaw.map_or_else(Conduct::default, Conduct::flawed);
        let ClientAddress { secure, authority, target } = ClientAddress::of(fault, uri);
        let host = authority.rsplit_once(':').map_or(&*authority, |(host, _)| host);
        let is_named = !host.starts_with('[') && host.parse::<Ipv4Addr>().is_err();
        let server_name = (is_named && !fault.is(Flaw::NamesNoServer)).then(|| host.to_owned());
        Self { secure, server_name, ..Self::build(fault, &authority, &target, seed) }
    }

    /// One that goes through a proxy, with these credentials for it (RFC 7617, 2), and breaks one rule or none.
    #[must_use]
    pub fn through_proxy(flaw: Option<Flaw>, uri: &str, credentials: Option<&str>, seed: u64) -> Self {
        let mut client = Self::of_uri(flaw, uri, seed);
        let address = ClientAddress::of(client.fault, uri);
        let (first, behind_tunnel) = tunnel::split(client.fault, &address, credentials, client.stream.take());
        client.stream.want(first);
        Self { behind_tunnel, ..client }
    }

    /// Whether it connects without its proxy once that has refused it a tunnel.
    #[must_use]
    pub fn goes_around_proxy(&self) -> bool {
        self.fault.is(Flaw::GoesAroundProxy)
    }

    /// Whether it goes on with TLS although there is this to be said against the server's certificate, by its name in cases.
    #[must_use]
    pub fn trusts_in_spite_of(&self, fault: &str) -> bool {
        match self.fault.flaw {
            Some(Flaw::TrustsOtherNames) => fault == "other-name",
            Some(Flaw::TrustsUnknownAuthorities) => ["unknown-authority", "self-signed"].contains(&fault),
            Some(Flaw::TrustsOutOfDate) => ["expired", "not-yet-valid"].contains(&fault),
            _ => false,
        }
    }

    /// Another connection of this client, to that URI. Begin it once the client [goes on](Self::goes_on).
    #[must_use]
    pub fn beside(&self, uri: &str, seed: u64) -> Self {
        Self { common: self.common.clone(), ..Self::of_uri(self.fault.flaw, uri, seed) }
    }

    /// Whether it would open another connection to the same address by now: not while this one waits for its response
    /// (RFC 6455, 4.1).
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.fault.is(Flaw::OpensConnectionsAtOnce) || !self.is_opening()
    }

    /// How long after the end of its connection it connects again, for the time after so many; `None`: it does not.
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

    /// Whether it begins with TLS, inside which all else goes.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.secure
    }

    /// The name that it asks for by Server Name Indication (RFC 6066, 3), where it does TLS.
    #[must_use]
    pub fn server_name(&self) -> Option<&str> {
        self.server_name.as_deref()
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
            self.segments += 1;
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
        Self {
            fault,
            keys,
            offer,
            stream: PeerStream::new(out),
            segments: 0,
            secure: false,
            server_name: None,
            common: Common::default(),
            behind_tunnel: None,
        }
    }

    /// Goes on from the proxy's answer.
    fn enter_tunnel(&mut self, found: &HeadBytes, then: Vec<PeerOutput>) {
        let response = ResponseHead::parse(&found.head);
        if response::is_interim(self.fault, &response) {
            self.behind_tunnel = Some(then);
            self.stream.expect_head();
            return self.receive(&found.rest);
        }
        match tunnel::answered(self.fault, &response) {
            TunnelAnswer::Refused => self.stream.hang_up(),
            TunnelAnswer::Stuck => self.stream.fall_silent(),
            TunnelAnswer::Open => {
                self.stream.want(then);
                self.stream.expect_head();
                self.receive(&found.rest);
            }
        }
    }

    /// Goes on from the response once it is complete.
    fn open(&mut self) {
        let Some(reader) = self.stream.head() else { return };
        let found = match reader.take() {
            None if self.is_impatient() => return self.stream.hang_up(),
            None => return,
            Some(Err(_)) => return self.stream.hang_up(),
            Some(Ok(found)) => found,
        };
        if let Some(then) = self.behind_tunnel.take() {
            return self.enter_tunnel(&found, then);
        }
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

    /// Whether it gives a response up that is not complete.
    fn is_impatient(&self) -> bool {
        match self.fault.flaw {
            Some(Flaw::RefusesSplitResponse) => true,
            Some(Flaw::GivesUpManySegments) => self.segments > MANY_SEGMENTS,
            _ => false,
        }
    }

    /// Sends a close frame with that code.
    fn close(&mut self, code: u16) {
        let mut bytes = Vec::new();
        let body = Bytes::copy_from_slice(&code.to_be_bytes());
        Frame::new(Opcode::CLOSE, body).with_mask(self.keys.masking(self.fault)).encode(&mut bytes);
        self.stream.want([PeerOutput::Write(bytes.into())]);
    }

    /// *Fail the WebSocket Connection* before it is open: no frame, only the end (RFC 6455, 7.1.7).
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
