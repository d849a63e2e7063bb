//! The server end of a connection, for its driver.

use bytes::Bytes;
use wsspec_wire::{DeflateParams, RequestHead};

use crate::{
    Flaw, Habit,
    connection::{Common, PeerConnection},
    flaw::Conduct,
    handshake::{self, RequestRefusal},
    output::PeerOutput,
    stream::PeerStream,
};

/// The text before the key in a request.
const KEY: &[u8] = b"Sec-WebSocket-Key: ";

/// Maximum number of unread bytes; only with a flaw.
const UNREAD: usize = 2 << 20;

/// An echo server, starting with the request.
#[derive(Debug)]
pub struct Peer {
    fault: Conduct,
    stream: PeerStream,
    common: Common,
}

impl Default for Peer {
    fn default() -> Self {
        Self::new()
    }
}

impl Peer {
    /// A conforming server.
    #[must_use]
    pub fn new() -> Self {
        Self::build(Conduct::default())
    }

    /// A server with one flaw.
    #[must_use]
    pub fn with(flaw: Flaw) -> Self {
        Self::build(Conduct::flawed(flaw))
    }

    /// A conforming server with this habit.
    #[must_use]
    pub fn with_habit(habit: Habit) -> Self {
        Self::build(Conduct::with_habit(habit))
    }

    /// The same server's end of another connection.
    #[must_use]
    pub fn beside(&self) -> Self {
        Self { common: self.common.clone(), ..Self::build(self.fault) }
    }

    /// Whether it ends TCP without ending TLS, where it speaks TLS.
    #[must_use]
    pub fn truncates_tls(&self) -> bool {
        self.fault.is(Flaw::TruncatesTls)
    }

    /// Handles a segment that has arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.fault.is(Flaw::SharesKey)
            && let Some(at) = bytes.windows(KEY.len()).position(|window| window == KEY)
        {
            let key = bytes[at + KEY.len()..].iter().copied().take(24).collect();
            self.common.lock().key = Some(key);
        }
        if self.stream.receive(bytes) {
            self.open();
        }
        if self.fault.is(Flaw::ShedsUnread) {
            self.stream.shed(UNREAD);
        }
    }

    /// The client has closed its side of the stream.
    pub fn end(&mut self) {
        self.stream.end();
    }

    /// The memory that it uses beyond what it needs, in bytes; zero without a flaw.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.stream.held()
    }

    /// What the driver must do now. Call it once before the first segment, too.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        self.stream.take()
    }

    fn build(fault: Conduct) -> Self {
        let out = if fault.is(Flaw::SpeaksBeforeRequest) { vec![ping()] } else { Vec::new() };
        Self { fault, stream: PeerStream::new(out), common: Common::default() }
    }

    /// Answers the request once it is complete.
    fn open(&mut self) {
        let Some(reader) = self.stream.head() else { return };
        match reader.take() {
            None if self.fault.is(Flaw::RefusesSplitHead) => self.refuse(RequestRefusal::Status(400)),
            None if self.fault.is(Flaw::AcceptsAtTheKey) => {
                let lines = reader.pending().iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
                let request = RequestHead::parse(&reader.pending()[..lines]);
                if request.fields.get("Sec-WebSocket-Key").is_some() {
                    let response = handshake::accept(self.fault, &request, None);
                    self.accept(response, None, b"");
                }
            }
            None => {}
            Some(Err(_)) => self.refuse(RequestRefusal::Status(431)),
            Some(Ok(bytes)) => {
                let mut request = RequestHead::parse(&bytes.head);
                if let Some(key) = self.common.lock().key.clone() {
                    let keys = request.fields.0.iter_mut().filter(|field| field.name == "Sec-WebSocket-Key");
                    keys.for_each(|field| field.value = key.clone());
                }
                match handshake::judge(self.fault, &request) {
                    Ok(()) if self.continues(&request) => self.stream.fall_silent(),
                    Ok(()) => {
                        let agreement = handshake::negotiate(self.fault, &request);
                        let response = handshake::accept(self.fault, &request, agreement.as_ref());
                        let in_use = agreement.map(|agreed| agreed.params);
                        let in_use = in_use.or_else(|| handshake::assumed(self.fault, &request));
                        self.accept(response, in_use, &bytes.rest);
                        if self.fault.is(Flaw::ClosesForeignOrigin) && request.fields.get("Origin").is_some()
                        {
                            self.stream.want([close_1008()]);
                            self.stream.hang_up();
                        }
                    }
                    Err(refusal) if self.fault.is(Flaw::AnswersBehindRefusal) => {
                        let refusal = handshake::refuse(self.fault, refusal);
                        self.stream.want(refusal.map(PeerOutput::Write));
                        self.stream.open(PeerConnection::server(self.fault, None));
                        self.receive(&bytes.rest);
                    }
                    Err(_) if self.fault.is(Flaw::RefusesByFrame) => {
                        self.stream.want([close_1008()]);
                        self.stream.hang_up();
                    }
                    Err(refusal) => self.refuse(refusal),
                }
            }
        }
    }

    /// Answers an expectation of 100 (RFC 9110, 10.1.1), which is optional. Returns whether it then waits in vain.
    fn continues(&mut self, request: &RequestHead) -> bool {
        let never_ends = self.fault.is(Flaw::ContinuesForever);
        let expects = request.fields.has_token("Expect", "100-continue");
        if expects && (never_ends || self.fault.has(Habit::Continues)) {
            let continues = Bytes::from_static(b"HTTP/1.1 100 Continue\r\n\r\n");
            self.stream.want([PeerOutput::Write(continues)]);
        }
        expects && never_ends
    }

    fn accept(&mut self, response: Bytes, deflate: Option<DeflateParams>, rest: &[u8]) {
        if self.fault.is(Flaw::SpeaksBeforeHandshake) {
            self.stream.want([ping()]);
        }
        self.stream.want([PeerOutput::Write(response)]);
        if self.fault.is(Flaw::SendsBodyBehind101) {
            self.stream.want([PeerOutput::Write(Bytes::from_static(handshake::BODY))]);
        }
        match self.fault.flaw {
            Some(Flaw::DropsAfterHandshake) => self.stream.hang_up(),
            Some(Flaw::NeverAnswers) => self.stream.fall_silent(),
            _ => {
                let connection = PeerConnection::server(self.fault, deflate.as_ref());
                self.stream.open(connection.sharing(self.common.clone()));
                self.receive(rest);
            }
        }
    }

    fn refuse(&mut self, refusal: RequestRefusal) {
        self.stream.want(handshake::refuse(self.fault, refusal).map(PeerOutput::Write));
        let is_silent = match self.fault.flaw {
            Some(Flaw::NeverRefuses) => true,
            Some(Flaw::IgnoresOtherVersions) => matches!(refusal, RequestRefusal::Version),
            _ => self.fault.has(Habit::KeepsRefusedConnection),
        };
        match is_silent {
            true => self.stream.fall_silent(),
            false => self.stream.hang_up(),
        }
    }
}

/// A close frame with the code for a policy violation (RFC 6455, 7.4.1).
fn close_1008() -> PeerOutput {
    PeerOutput::Write(Bytes::from_static(&[0x88, 0x02, 0x03, 0xF0]))
}

/// A ping at a point where frames are not allowed.
fn ping() -> PeerOutput {
    PeerOutput::Write(Bytes::from_static(&[0x89, 0x00]))
}
