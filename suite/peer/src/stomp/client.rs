//! What the client does: it subscribes twice, sends each message back and acknowledges it, and leaves when a message asks for that.

use std::time::Duration;

use bytes::Bytes;
use wsspec_layers::stomp::{StompDecoded, StompDecoder, StompFrame, StompVersion, unescaped};

use super::{
    broker::{Headers, value},
    client_flaw::StompClientFlaw,
};
use crate::output::PeerOutput;

/// The largest frame, in octets.
const MOST_OCTETS: usize = 1 << 20;

/// Its subscriptions, and where it sends messages back to.
const DESTINATIONS: [&[u8]; 2] = [b"/wsspec/in", b"/wsspec/more"];

/// How often it sends heart-beats, and how often it wants some.
const HEART_BEAT: Duration = Duration::from_millis(1000);

/// A client of STOMP as each client under test has to be, or with a flaw.
#[derive(Debug)]
pub struct StompClient {
    pub(super) flaw: Option<StompClientFlaw>,
    decoder: StompDecoder,
    pub(super) out: Vec<PeerOutput>,
    /// The version of the session; `None` before CONNECTED.
    pub(super) version: Option<StompVersion>,
    /// How many transactions it has begun.
    pub(super) transactions: u64,
    state: ClientState,
    now: Duration,
    /// How often heart-beats go out, and when it last sent something.
    beats: Option<Duration>,
    sent_at: Duration,
    /// How long it takes silence for an end, and when it last received something.
    patience: Option<Duration>,
    heard_at: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientState {
    Open,
    /// It waits for the receipt of its DISCONNECT.
    Leaving,
    Closed,
}

impl StompClient {
    /// A client that conforms, or has this flaw. It begins at once.
    #[must_use]
    pub fn new(flaw: Option<StompClientFlaw>) -> Self {
        let mut client = Self {
            flaw,
            decoder: StompDecoder::new(MOST_OCTETS * 2),
            out: Vec::new(),
            version: None,
            transactions: 0,
            state: ClientState::Open,
            now: Duration::ZERO,
            beats: None,
            sent_at: Duration::ZERO,
            patience: None,
            heard_at: Duration::ZERO,
        };
        if client.has(StompClientFlaw::SubscribesFirst) {
            client.subscribe();
        }
        client.connect();
        if client.has(StompClientFlaw::SpeaksBeforeConnected) {
            client.subscribe();
        }
        client
    }

    /// What it sends; each write is one frame.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        if !self.out.is_empty() {
            self.sent_at = self.now;
        }
        std::mem::take(&mut self.out)
    }

    /// Whether it has closed the connection.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state == ClientState::Closed
    }

    pub(super) fn has(&self, flaw: StompClientFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// When it does something of its own accord, if nothing happens before: the next heart-beat, or when it takes the
    /// connection for dead.
    #[must_use]
    pub fn wake(&self) -> Option<Duration> {
        if self.is_closed() {
            return None;
        }
        let beat = self.beats.map(|beats| self.sent_at + beats);
        let end = self.patience.map(|patience| self.heard_at + patience);
        beat.into_iter().chain(end).min()
    }

    /// It is this late now, since it was started.
    pub fn advance(&mut self, now: Duration) {
        self.now = now;
        if self.is_closed() {
            return;
        }
        if self.patience.is_some_and(|patience| now >= self.heard_at + patience) {
            self.close();
        } else if self.beats.is_some_and(|beats| now >= self.sent_at + beats) {
            self.sent_at = now;
            self.out.push(PeerOutput::Write(Bytes::from_static(b"\n")));
        }
    }

    /// The broker has sent these octets.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.heard_at = self.now;
        if self.is_closed() {
            return;
        }
        if self.has(StompClientFlaw::NoCrLf) && bytes.windows(2).any(|pair| pair == b"\r\n") {
            return self.close();
        }
        match self.flaw {
            Some(StompClientFlaw::LengthIgnored) => {
                let text = String::from_utf8_lossy(bytes).replace("content-length:", "x-length:");
                self.decoder.push(text.as_bytes());
            }
            _ => self.decoder.push(bytes),
        }
        while let Some(decoded) = self.decoder.decode().filter(|_| !self.is_closed()) {
            match decoded {
                StompDecoded::Eol if self.has(StompClientFlaw::NoEols) => self.close(),
                StompDecoded::Eol => {}
                StompDecoded::TooLarge => self.close(),
                StompDecoded::Frame(frame, _) => self.frame(&frame),
            }
        }
    }

    /// The broker has ended the connection.
    pub fn end(&mut self) {
        self.close();
    }

    fn frame(&mut self, frame: &StompFrame) {
        let version = if frame.connects() { StompVersion::V10 } else { self.session_version() };
        let Some(headers) = self.headers(frame, version).filter(|_| frame.fault.is_none()) else {
            return self.close();
        };
        if self.has(StompClientFlaw::LengthWanted)
            && !frame.body.is_empty()
            && value(&headers, b"content-length").is_none()
        {
            return self.close();
        }
        match &frame.command[..] {
            b"CONNECTED" => self.connected(&headers),
            b"MESSAGE" if self.state == ClientState::Open => self.message(headers, &frame.body),
            b"RECEIPT" if self.has(StompClientFlaw::StaysAfterReceipt) => {}
            b"RECEIPT" if self.state == ClientState::Leaving => self.close(),
            b"ERROR" => self.close(),
            _ => {}
        }
    }

    pub(super) fn session_version(&self) -> StompVersion {
        self.version.unwrap_or(StompVersion::V12)
    }

    /// The headers without escapes; `None` where there is one that does not exist.
    fn headers(&self, frame: &StompFrame, version: StompVersion) -> Option<Headers> {
        let plain = |text: &[u8]| match unescaped(text, version) {
            _ if self.has(StompClientFlaw::EscapesKept) => Some(text.to_vec()),
            (plain, None) => Some(plain),
            (plain, Some(_)) => self.has(StompClientFlaw::EscapeUndefinedTaken).then_some(plain),
        };
        let mut headers: Headers = Vec::new();
        for line in &frame.lines {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let mut value = plain(&line[colon + 1..])?;
            if self.has(StompClientFlaw::HeadersTrimmed) || version == StompVersion::V10 {
                value = value.trim_ascii().to_vec();
            }
            headers.push((plain(&line[..colon])?, value));
        }
        if self.has(StompClientFlaw::LastRepeated) {
            headers.reverse();
        }
        Some(headers)
    }

    fn connected(&mut self, headers: &Headers) {
        let named = value(headers, b"version").and_then(StompVersion::parse);
        self.version = Some(named.unwrap_or(StompVersion::V10));
        let text = value(headers, b"heart-beat").and_then(|value| str::from_utf8(value).ok());
        let numbers = text.and_then(|text| text.split_once(',')).unwrap_or(("0", "0"));
        let interval = |text: &str| {
            let millis = text.trim().parse().ok().filter(|millis| *millis > 0)?;
            Some(HEART_BEAT.max(Duration::from_millis(millis)))
        };
        self.beats = interval(numbers.1).filter(|_| !self.has(StompClientFlaw::NoHeartBeats));
        let wanted = interval(numbers.0).map(|interval| interval * 2);
        let unasked = self.has(StompClientFlaw::ExpectsBeatsUnasked).then_some(HEART_BEAT * 2);
        self.patience = wanted.or(unasked);
        if !self.has(StompClientFlaw::SpeaksBeforeConnected) && !self.has(StompClientFlaw::SubscribesFirst) {
            self.subscribe();
        }
    }

    fn subscribe(&mut self) {
        for (number, destination) in DESTINATIONS.iter().enumerate() {
            self.send_subscribe(number, destination);
        }
    }

    /// Sends a message back, acknowledges it, and does what it asks for.
    fn message(&mut self, headers: Headers, body: &Bytes) {
        let transaction = (&body[..] == b"transaction").then(|| self.begin());
        let swapped = value(&headers, b"swap").map(<[u8]>::to_vec);
        match swapped {
            Some(swap) => self.send_back(&swap, Some(body), transaction.as_deref()),
            None => self.send_back(body, None, transaction.as_deref()),
        }
        if let Some(transaction) = transaction {
            self.commit(&transaction);
        }
        let nacks = &body[..] == b"nack" && self.session_version() != StompVersion::V10;
        self.acknowledge(if nacks { b"NACK" } else { b"ACK" }, &headers);
        if &body[..] == b"end" {
            self.leave();
        }
    }

    /// Leaves in the way that a client should (STOMP 1.2, DISCONNECT).
    fn leave(&mut self) {
        if self.has(StompClientFlaw::LeavesSilently) {
            return self.close();
        }
        (0..DESTINATIONS.len()).for_each(|number| self.unsubscribe(number));
        self.disconnect();
        self.state = ClientState::Leaving;
        if self.has(StompClientFlaw::SpeaksAfterDisconnect) {
            self.send_back(b"more", None, None);
        }
        if self.has(StompClientFlaw::ReceiptNotAwaited)
            || self.has(StompClientFlaw::DisconnectsWithoutReceipt)
        {
            self.close();
        }
    }

    pub(super) fn close(&mut self) {
        if !self.is_closed() {
            self.state = ClientState::Closed;
            self.out.push(PeerOutput::Close);
        }
    }
}
