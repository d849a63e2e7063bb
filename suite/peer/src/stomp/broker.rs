//! What the broker does with frames of a client. A frame that it cannot process gets an ERROR, and then the connection
//! closes (STOMP 1.2, ERROR).

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use wsspec_layers::stomp::{StompDecoded, StompDecoder, StompFrame, StompVersion, unescaped};

use super::flaw::StompFlaw;
use crate::output::PeerOutput;

/// The largest frame, and the longest line of headers, in octets; the most headers.
const MOST_OCTETS: usize = 1 << 20;
const MOST_LINE: usize = 64 << 10;
const MOST_HEADERS: usize = 1000;

/// The headers of a frame, as they are meant.
pub(super) type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// A broker with destinations of one connection: a message goes to every subscription to its destination.
#[derive(Debug)]
pub struct StompBroker {
    pub(super) flaw: Option<StompFlaw>,
    decoder: StompDecoder,
    pub(super) out: Vec<PeerOutput>,
    pub(super) version: Option<StompVersion>,
    /// By id; with its destination, and whether messages are acknowledged.
    pub(super) subscriptions: BTreeMap<Vec<u8>, Subscription>,
    /// What was sent in each open transaction.
    pub(super) transactions: BTreeMap<Vec<u8>, Vec<(Headers, Bytes)>>,
    pub(super) unacknowledged: BTreeSet<Vec<u8>>,
    pub(super) messages: u64,
    is_closed: bool,
    pub(super) has_failed: bool,
}

/// A subscription.
#[derive(Clone, Debug)]
pub(super) struct Subscription {
    pub destination: Vec<u8>,
    pub acknowledges: bool,
}

/// Why a frame cannot be processed.
pub(super) type Refusal = &'static str;

impl Default for StompBroker {
    fn default() -> Self {
        Self::new(None)
    }
}

impl StompBroker {
    /// A broker that conforms, or has this flaw.
    #[must_use]
    pub fn new(flaw: Option<StompFlaw>) -> Self {
        Self {
            flaw,
            decoder: StompDecoder::new(MOST_OCTETS * 2),
            out: Vec::new(),
            version: None,
            subscriptions: BTreeMap::new(),
            transactions: BTreeMap::new(),
            unacknowledged: BTreeSet::new(),
            messages: 0,
            is_closed: false,
            has_failed: false,
        }
    }

    /// What it sends; each write is one frame.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        std::mem::take(&mut self.out)
    }

    /// Whether it has closed the connection.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_closed
    }

    pub(super) fn has(&self, flaw: StompFlaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// The client has sent these octets.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.is_closed {
            return;
        }
        if self.has(StompFlaw::NoCrLf) && bytes.windows(2).any(|pair| pair == b"\r\n") {
            return self.fail("a carriage return", None);
        }
        if self.has(StompFlaw::LengthIgnored) {
            return self.receive_to_nul(bytes);
        }
        self.decoder.push(bytes);
        while let Some(decoded) = self.decoder.decode().filter(|_| !self.is_closed) {
            match decoded {
                StompDecoded::Eol if self.has(StompFlaw::NoEols) => self.fail("an empty command", None),
                StompDecoded::Eol => {}
                StompDecoded::TooLarge => self.fail("the frame is too large", None),
                StompDecoded::Frame(frame, _) => self.frame(&frame),
            }
        }
    }

    /// Reads bodies to the first NUL, whatever their length.
    fn receive_to_nul(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes).replace("content-length:", "x-length:");
        self.decoder.push(text.as_bytes());
        while let Some(decoded) = self.decoder.decode().filter(|_| !self.is_closed) {
            if let StompDecoded::Frame(frame, _) = decoded {
                self.frame(&frame);
            }
        }
    }

    fn frame(&mut self, frame: &StompFrame) {
        let connects = matches!(&frame.command[..], b"CONNECT" | b"STOMP");
        let version = self.version.unwrap_or(StompVersion::V12);
        let version = match version {
            _ if connects => StompVersion::V10,
            StompVersion::V10 if self.has(StompFlaw::EscapesIn10) => StompVersion::V11,
            version => version,
        };
        if self.has(StompFlaw::LimitsSilent) && frame.lines.len() > MOST_HEADERS {
            return;
        }
        let headers = match self.headers(frame, version) {
            Ok(headers) => headers,
            Err(why) => return self.fail(why, None),
        };
        let receipt = value(&headers, b"receipt").map(<[u8]>::to_vec);
        match self.process(frame, &headers) {
            Err(why) if self.has(StompFlaw::ErrorWithoutReceiptId) => self.fail(why, None),
            Err(why) => self.fail(why, receipt.as_deref()),
            Ok(()) => {
                let is_end = &frame.command[..] == b"DISCONNECT";
                let is_lost = is_end && self.has(StompFlaw::NoReceiptForDisconnect);
                if let Some(receipt) = receipt.filter(|_| !connects && !is_lost) {
                    self.receipt(&receipt);
                }
                if is_end {
                    self.close();
                }
            }
        }
    }

    /// The headers without escapes, or what is wrong with the form of the frame.
    fn headers(&self, frame: &StompFrame, version: StompVersion) -> Result<Headers, Refusal> {
        if frame.fault.is_some() {
            return Err("the frame is malformed");
        }
        if frame.lines.len() > MOST_HEADERS || frame.lines.iter().any(|line| line.len() > MOST_LINE) {
            return Err("the frame has too many headers, or too long ones");
        }
        if frame.body.len() > MOST_OCTETS {
            return Err("the body is too large");
        }
        frame.lines.iter().map(|line| self.header(line, version)).collect()
    }

    fn header(&self, line: &[u8], version: StompVersion) -> Result<(Vec<u8>, Vec<u8>), Refusal> {
        let colon = line.iter().position(|byte| *byte == b':').ok_or("a header has no colon")?;
        if colon == 0 {
            return Err("a header has no name");
        }
        let plain = |text: &[u8]| match unescaped(text, version) {
            _ if self.has(StompFlaw::EscapesKept) => Ok(text.to_vec()),
            (plain, None) => Ok(plain),
            (plain, Some(_)) if self.has(StompFlaw::EscapeUndefinedTaken) => Ok(plain),
            (plain, Some(found)) if found == b"\\r" && self.has(StompFlaw::EscapeRAccepted) => Ok(plain),
            (_, Some(_)) => Err("a header has an undefined escape"),
        };
        let mut value = plain(&line[colon + 1..])?;
        if self.has(StompFlaw::HeadersTrimmed) {
            value = value.trim_ascii().to_vec();
        }
        Ok((plain(&line[..colon])?, value))
    }

    fn process(&mut self, frame: &StompFrame, headers: &Headers) -> Result<(), Refusal> {
        let command = match self.has(StompFlaw::CommandLowercase) {
            true => frame.command.to_ascii_uppercase(),
            false => frame.command.to_vec(),
        };
        if self.version.is_none() && !self.has(StompFlaw::SendsBeforeConnected) {
            return match &command[..] {
                b"STOMP" if self.has(StompFlaw::NoStompCommand) => Err("there is no such command"),
                b"CONNECT" | b"STOMP" => self.connect(headers),
                _ => Err("the first frame is not CONNECT"),
            };
        }
        if !frame.body.is_empty() && &command[..] != b"SEND" {
            return Err("the frame may not have a body");
        }
        match &command[..] {
            b"CONNECT" | b"STOMP" if self.version.is_none() => self.connect(headers),
            b"SEND" => self.send(headers, &frame.body),
            b"SUBSCRIBE" => self.subscribe(headers),
            b"UNSUBSCRIBE" => self.unsubscribe(headers),
            b"ACK" | b"NACK" => self.acknowledge(headers),
            b"BEGIN" => {
                let name = value(headers, b"transaction").ok_or("BEGIN has no transaction")?;
                let earlier = self.transactions.insert(name.to_vec(), Vec::new());
                if earlier.is_some() { Err("the transaction is open already") } else { Ok(()) }
            }
            b"COMMIT" => self.commit(headers),
            b"ABORT" => self.abort(headers),
            b"DISCONNECT" => Ok(()),
            _ => Err("there is no such command"),
        }
    }

    fn connect(&mut self, headers: &Headers) -> Result<(), Refusal> {
        let assumed: &[u8] = if self.has(StompFlaw::VersionAssumed) { b"1.1" } else { b"1.0" };
        let list = value(headers, b"accept-version").unwrap_or(assumed);
        let listed: Vec<_> = list
            .split(|byte| *byte == b',')
            .filter_map(|name| StompVersion::parse(name.trim_ascii()))
            .collect();
        let chosen = match self.flaw {
            Some(StompFlaw::VersionLowest) => listed.iter().min(),
            Some(StompFlaw::VersionsIgnored) => Some(&StompVersion::V12),
            _ => listed.iter().max(),
        };
        let Some(chosen) = chosen else {
            self.has_failed = true;
            if !self.has(StompFlaw::VersionsWithoutError) {
                self.error("no common version", Some((b"version", b"1.0,1.1,1.2")), None);
            }
            if !self.has(StompFlaw::OpenAfterVersions) {
                self.close();
            }
            return Ok(());
        };
        self.version = Some(*chosen);
        self.connected(*chosen);
        Ok(())
    }

    fn subscribe(&mut self, headers: &Headers) -> Result<(), Refusal> {
        let destination = match value(headers, b"destination") {
            Some(destination) => destination.to_vec(),
            None if self.has(StompFlaw::SubscribeWithoutDestination) => return Ok(()),
            None => return Err("SUBSCRIBE has no destination"),
        };
        let id = match value(headers, b"id") {
            Some(id) => id.to_vec(),
            None if self.version == Some(StompVersion::V10) => Vec::new(),
            None => return Err("SUBSCRIBE has no id"),
        };
        let acknowledges = match value(headers, b"ack") {
            None | Some(b"auto") => false,
            Some(b"client" | b"client-individual") => true,
            Some(_) => return Err("there is no such ack mode"),
        };
        match self.subscriptions.insert(id, Subscription { destination, acknowledges }) {
            Some(_) => Err("the id is one of another subscription"),
            None => {
                if self.has(StompFlaw::SubscriptionIgnored) {
                    self.subscriptions.clear();
                }
                Ok(())
            }
        }
    }

    fn unsubscribe(&mut self, headers: &Headers) -> Result<(), Refusal> {
        if self.has(StompFlaw::DeliversAfterUnsubscribe) {
            return Ok(());
        }
        let id = match value(headers, b"id") {
            Some(id) => id,
            None if self.version == Some(StompVersion::V10) => b"",
            None => return Err("UNSUBSCRIBE has no id"),
        };
        self.subscriptions.remove(id).map(|_| ()).ok_or("there is no such subscription")
    }

    fn acknowledge(&mut self, headers: &Headers) -> Result<(), Refusal> {
        let name: &[u8] = if self.version == Some(StompVersion::V12) { b"id" } else { b"message-id" };
        let id = value(headers, name).ok_or("it does not say which message it acknowledges")?;
        // A cumulative one may have covered it.
        if !self.has(StompFlaw::AcksRefused) && self.unacknowledged.contains(id) {
            Ok(())
        } else {
            Err("there is no such message")
        }
    }

    /// Reports why a frame cannot be processed, and closes the connection.
    pub(super) fn fail(&mut self, why: Refusal, receipt: Option<&[u8]>) {
        self.has_failed = true;
        self.error(why, None, receipt);
        if !self.has(StompFlaw::OpenAfterError) && !self.has(StompFlaw::AnswersAfterError) {
            self.close();
        }
    }

    pub(super) fn close(&mut self) {
        self.is_closed = true;
        self.out.push(PeerOutput::Close);
    }
}

/// The value of the first header with that name.
pub(super) fn value<'h>(headers: &'h Headers, name: &[u8]) -> Option<&'h [u8]> {
    headers.iter().find(|(own, _)| own == name).map(|(_, value)| &value[..])
}
