//! The echo client over HTTP/2: its only stream, opened with extended CONNECT, is its connection (RFC 8441).

mod request;

use bytes::Bytes;
use wsspec_carriers::{Http2, HttpEvent};
use wsspec_wire::{ErrorCode, Http2Setting, Offer, Opening, ResponseHead, Role, accept_for};

use crate::{
    Client, Flaw, PeerOutput,
    flaw::Conduct,
    http_peer::{is_of_http1, is_unknown, is_whole},
};

/// What the client under it has as its key, though none is sent.
const KEY: &str = "Sec-WebSocket-Key";

/// An echo client that speaks HTTP/2 with prior knowledge (RFC 9113, 3.3), on a connection of its own.
#[derive(Debug)]
pub struct Http2Client {
    fault: Conduct,
    client: Client,
    end: Http2,
    /// Its stream, once the request is made.
    stream: Option<u32>,
    secure: bool,
    accept: String,
    /// The connection is open.
    opened: bool,
    /// The server's half of the stream is over, or the whole stream.
    ended: bool,
    /// Its own is.
    finished: bool,
    out: Vec<PeerOutput>,
}

impl Http2Client {
    /// One that gets a whole URI, and has one flaw or none.
    #[must_use]
    pub fn of_uri(flaw: Option<Flaw>, uri: &str, seed: u64) -> Self {
        let fault = flaw.map_or_else(Conduct::default, Conduct::flawed);
        let client = Client::of_uri(flaw, uri, seed);
        let mut end = Http2::playing(Role::Client);
        let mut set = |value| end.set(&[Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, value)]);
        match flaw {
            Some(Flaw::SetsConnectToTwo) => set(2),
            Some(Flaw::WithdrawsSetting) => [1, 0].into_iter().for_each(set),
            Some(Flaw::ConnectsUnasked) => end.assume_connect(),
            Some(Flaw::IgnoresWindows) => end.ignore_windows(),
            Some(Flaw::TakesPaddingForData) => end.keep_padding(),
            _ => {}
        }
        Self {
            fault,
            secure: client.is_secure(),
            client,
            end,
            stream: None,
            accept: String::new(),
            opened: false,
            ended: false,
            finished: false,
            out: Vec::new(),
        }
    }

    /// Takes in a segment as it arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        for event in self.end.read(bytes) {
            self.event(event);
        }
    }

    /// The server has ended the connection.
    pub fn end(&mut self) {
        self.ended = true;
        self.client.end();
        self.out.push(PeerOutput::Close);
    }

    /// The memory that it uses beyond what it needs, in bytes; zero without a flaw.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.client.held()
    }

    /// What the driver must do now. Call it once before the first segment to get the preface.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        for output in self.client.take() {
            self.pass(output);
        }
        let mut out: Vec<_> = self.end.take().map(PeerOutput::Write).into_iter().collect();
        out.append(&mut self.out);
        out
    }

    /// Does on the stream what the client wants done to its connection.
    fn pass(&mut self, output: PeerOutput) {
        let Some(stream) = self.stream else {
            if let PeerOutput::Write(request) = &output {
                let offer = Offer::from_bytes(request);
                self.accept = accept_for(&offer.key);
                self.stream = Some(self.end.request(request::of_http1(self.fault, request, self.secure)));
            }
            return;
        };
        match output {
            PeerOutput::Write(bytes) => self.end.send(stream, bytes),
            PeerOutput::Close => {
                self.finished = true;
                self.end.finish(stream);
                self.part();
            }
            PeerOutput::Reset => self.end.reset(stream, ErrorCode::CANCEL),
        }
    }

    /// Ends the connection once its only stream is over.
    fn part(&mut self) {
        if self.ended && self.finished {
            self.out.push(PeerOutput::Close);
        }
    }

    fn event(&mut self, event: HttpEvent) {
        match event {
            HttpEvent::Settings(settings, _)
                if self.fault.is(Flaw::EndsOnUnknownSetting) && settings.iter().any(is_unknown) =>
            {
                self.out.push(PeerOutput::Close);
            }
            HttpEvent::Opening { opening: Opening::Response(response), .. } => self.respond(&response),
            HttpEvent::Data { bytes, .. } => self.data(&bytes),
            HttpEvent::End { .. } | HttpEvent::Reset { .. } => {
                self.ended = true;
                self.client.end();
                self.part();
            }
            HttpEvent::GoAway { .. } if self.fault.is(Flaw::EndsOnGoaway) => self.out.push(PeerOutput::Close),
            HttpEvent::Broken(_) => self.out.push(PeerOutput::Close),
            _ => {}
        }
    }

    fn data(&mut self, bytes: &Bytes) {
        if self.fault.is(Flaw::ReadsFramePerData) && !is_whole(bytes, 2) {
            return self.reset(ErrorCode::PROTOCOL_ERROR);
        }
        // What comes with a refusal is not data of a connection.
        if self.opened {
            self.client.receive(bytes);
        }
    }

    fn reset(&mut self, code: ErrorCode) {
        if let Some(stream) = self.stream {
            self.end.reset(stream, code);
        }
        (self.ended, self.finished) = (true, true);
        self.part();
    }

    /// Gives the client a response as HTTP/1.1 has it.
    fn respond(&mut self, response: &ResponseHead) {
        let accept = response.fields.get("Sec-WebSocket-Accept");
        let wants_accept = self.fault.is(Flaw::WantsAcceptInHttp2);
        let lacks = wants_accept && response.accepts() && accept.is_none_or(|it| *it != *self.accept);
        if !response.faults.is_empty() || lacks {
            return self.reset(ErrorCode::PROTOCOL_ERROR);
        }
        let mut head = Vec::new();
        let status = if response.accepts() { 101 } else { response.status.unwrap_or(500) };
        head.extend_from_slice(format!("HTTP/1.1 {status} Switching Protocols\r\n").as_bytes());
        if response.accepts() {
            self.opened = true;
            let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
            head.extend_from_slice(format!("{upgrade}{}\r\n", self.accept).as_bytes());
        }
        for field in &response.fields.0 {
            if !field.name.starts_with(':') && !is_of_http1(&field.name) {
                head.extend_from_slice(field.name.as_bytes());
                head.extend_from_slice(b": ");
                head.extend_from_slice(&field.value);
                head.extend_from_slice(b"\r\n");
            }
        }
        head.extend_from_slice(b"\r\n");
        self.client.receive(&head);
    }
}
