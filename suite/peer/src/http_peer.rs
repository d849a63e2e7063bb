//! The echo server over HTTP/2 or HTTP/3: each stream that extended CONNECT opens is a connection of its own (RFC 8441; RFC
//! 9220).

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use wsspec_carriers::{Carried, CarriedPart, ComposedOpening, Http2, Http3, HttpEnd, HttpEvent, StartLine};
use wsspec_wire::{
    ErrorCode, Fields, HeadReader, Http2Setting, Opening, RequestHead, ResponseHead, Role, Version, Violation,
};

use crate::{Flaw, Peer, PeerOutput, flaw::Conduct};

/// Fields that a response over HTTP/2 or HTTP/3 does without.
const OF_HTTP1: [&str; 6] =
    ["Connection", "Upgrade", "Sec-WebSocket-Accept", "Keep-Alive", "Transfer-Encoding", "Content-Length"];

/// The header of a short frame that is masked.
const MASKED_HEADER: usize = 6;

/// An echo server that speaks HTTP/2 with prior knowledge (RFC 9113, 3.3), or HTTP/3 above the streams of QUIC.
#[derive(Debug)]
pub struct HttpPeer {
    fault: Conduct,
    flaw: Option<Flaw>,
    end: Box<dyn HttpEnd>,
    streams: BTreeMap<u32, EchoStream>,
    /// The client's last word on extended CONNECT.
    told: Option<u32>,
    out: Vec<PeerOutput>,
    /// What has crossed its streams, if anybody asks for it.
    carried: Option<Vec<Carried>>,
}

/// One WebSocket connection.
#[derive(Debug)]
struct EchoStream {
    peer: Peer,
    /// Until the response is written.
    head: Option<HeadReader>,
}

impl HttpPeer {
    /// One that speaks HTTP/2, and breaks one rule or none: of HTTP/2, or of what is on its streams.
    #[must_use]
    pub fn over_http2(flaw: Option<Flaw>) -> Self {
        let fault = conduct(flaw);
        let mut end = Http2::playing(Role::Server);
        if fault.is(Flaw::SetsConnectToTwo) {
            end.set(&[Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 2)]);
        }
        if fault.is(Flaw::IgnoresWindows) {
            end.ignore_windows();
        }
        if fault.is(Flaw::TakesPaddingForData) {
            end.keep_padding();
        }
        if fault.is(Flaw::EndsOnUnknownFrame) {
            end.refuse_unknown_frames();
        }
        Self::with_end(flaw, Box::new(end))
    }

    /// One that speaks HTTP/3, likewise.
    #[must_use]
    pub fn over_http3(flaw: Option<Flaw>) -> Self {
        let fault = conduct(flaw);
        let connect = if fault.is(Flaw::SetsConnectToTwo) { 2 } else { 1 };
        let connect = Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, connect);
        let mut end = Http3::with_settings(Role::Server, &[connect]);
        if fault.is(Flaw::TakesUnknownFrames) {
            end.keep_unknown_frames();
        }
        Self::with_end(flaw, Box::new(end))
    }

    fn with_end(flaw: Option<Flaw>, end: Box<dyn HttpEnd>) -> Self {
        let fault = conduct(flaw);
        Self { fault, flaw, end, streams: BTreeMap::new(), told: None, out: Vec::new(), carried: None }
    }

    /// Keeps what crosses its streams until it is asked for.
    #[must_use]
    pub fn watched(self) -> Self {
        Self { carried: Some(Vec::new()), ..self }
    }

    /// What has crossed its streams since this was asked last.
    pub fn carried(&mut self) -> Vec<Carried> {
        self.carried.as_mut().map(std::mem::take).unwrap_or_default()
    }

    fn note(&mut self, from: Role, what: impl FnOnce() -> CarriedPart) {
        if let Some(carried) = &mut self.carried {
            carried.push(Carried { from, what: what() });
        }
    }

    fn respond_with(&mut self, stream: u32, head: &ComposedOpening) {
        let version = self.end.version();
        self.note(Role::Server, || CarriedPart::Opening(head.to_opening(Role::Server, version)));
        self.end.respond(stream, head);
    }

    fn send(&mut self, stream: u32, bytes: Bytes) {
        self.note(Role::Server, || CarriedPart::Data(bytes.clone()));
        self.end.send(stream, bytes);
    }

    fn finish(&mut self, stream: u32) {
        self.note(Role::Server, || CarriedPart::End);
        self.end.finish(stream);
    }

    fn reset_all(&mut self) {
        let code = self.end.cancelled();
        for stream in std::mem::take(&mut self.streams).into_keys() {
            self.reset(stream, code);
        }
    }

    fn reset(&mut self, stream: u32, code: ErrorCode) {
        self.note(Role::Server, || CarriedPart::Reset);
        self.end.reset(stream, code);
    }

    /// Takes in a segment as it arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        for event in self.end.read(bytes) {
            self.event(event);
        }
    }

    /// Takes note that the other side has ended the connection.
    pub fn end(&mut self) {
        self.streams.values_mut().for_each(|stream| stream.peer.end());
        self.note(Role::Client, || CarriedPart::Reset);
        self.out.push(PeerOutput::Close);
    }

    /// How much memory its connections take up beyond what they need, in bytes: none without a flaw.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.streams.values().map(|stream| stream.peer.held()).sum()
    }

    /// What is to be done by now, and was not taken before. Ask once before the first segment too.
    pub fn take(&mut self) -> Vec<PeerOutput> {
        for id in self.streams.keys().copied().collect::<Vec<_>>() {
            if !(self.fault.is(Flaw::StallsTogether) && self.end.is_blocked()) {
                self.advance(id);
            }
        }
        let mut out: Vec<_> = self.end.take().map(PeerOutput::Write).into_iter().collect();
        out.append(&mut self.out);
        out
    }

    fn event(&mut self, event: HttpEvent) {
        match event {
            HttpEvent::Settings(settings, _) => {
                if self.fault.is(Flaw::EndsOnUnknownSetting) && settings.iter().any(is_unknown) {
                    self.end.go_away(ErrorCode::PROTOCOL_ERROR);
                    self.out.push(PeerOutput::Close);
                }
                let connect =
                    settings.iter().find(|setting| setting.id == Http2Setting::ENABLE_CONNECT_PROTOCOL);
                self.told = connect.map(|setting| setting.value).or(self.told);
            }
            HttpEvent::Opening { stream, opening: Opening::Request(request) } => {
                self.note(Role::Client, || CarriedPart::Opening(Opening::Request(request.clone())));
                self.open(stream, &request);
            }
            HttpEvent::Data { stream, bytes } => self.data(stream, &bytes),
            HttpEvent::End { stream } => {
                self.note(Role::Client, || CarriedPart::End);
                if let Some(found) = self.streams.get_mut(&stream) {
                    found.peer.end();
                }
            }
            HttpEvent::Reset { stream, .. } => {
                self.note(Role::Client, || CarriedPart::Reset);
                self.streams.remove(&stream);
                if self.fault.is(Flaw::ResetsStreamsTogether) {
                    self.reset_all();
                }
            }
            HttpEvent::GoAway { .. } if self.fault.is(Flaw::EndsOnGoaway) => self.out.push(PeerOutput::Close),
            HttpEvent::Broken(_) => {
                self.note(Role::Client, || CarriedPart::Reset);
                self.out.push(PeerOutput::Close);
            }
            _ => {}
        }
    }

    fn data(&mut self, stream: u32, bytes: &Bytes) {
        self.note(Role::Client, || CarriedPart::Data(bytes.clone()));
        let first = self.streams.keys().next().copied().unwrap_or(stream);
        let stream = if self.fault.is(Flaw::MixesStreams) { first } else { stream };
        let Some(found) = self.streams.get_mut(&stream) else { return };
        found.peer.receive(bytes);
        if self.fault.is(Flaw::ReadsFramePerData) && !is_whole(bytes, MASKED_HEADER) {
            self.streams.remove(&stream);
            self.reset(stream, self.end.malformed());
        }
    }

    /// Answers a request, where it is what extended CONNECT has to be; with a refusal or a reset where it is not.
    fn open(&mut self, stream: u32, request: &RequestHead) {
        let is_malformed = self.is_malformed(request);
        if self.fault.is(Flaw::KeepsLastStream) || is_malformed && self.fault.is(Flaw::ResetsAllOnMalformed) {
            self.reset_all();
        }
        if is_malformed {
            // It may say so before (RFC 9113, 8.1.1), and should of a bad field (8.2.1).
            let of_field = |fault: &Violation| {
                matches!(fault, Violation::Http2FieldInvalid { .. } | Violation::Http3FieldInvalid { .. })
            };
            if request.faults.iter().any(of_field) {
                return self.refuse(stream, "400");
            }
            return self.reset(stream, self.end.malformed());
        }
        let wants_key = self.fault.is(Flaw::WantsKeyInHttp2);
        let has_key = request.fields.get("sec-websocket-key").is_some();
        let heeds = self.fault.is(Flaw::HeedsSettingOfClients) && self.told == Some(0);
        if heeds || wants_key && !has_key {
            return self.refuse(stream, "400");
        }
        let protocol = request.fields.get(":protocol");
        if self.fault.is(Flaw::RefusesUnknownProtocolWith400) && protocol.is_some_and(|it| it != "websocket")
        {
            return self.refuse(stream, "400");
        }
        let takes = self.fault.is(Flaw::TakesUnknownProtocol);
        let plain = self.fault.is(Flaw::TakesPlainConnect) && protocol.is_none();
        if !plain && !protocol.is_some_and(|protocol| takes || protocol == "websocket") {
            return self.refuse(stream, "501");
        }
        let mut peer = self.flaw.map_or_else(Peer::new, Peer::with);
        peer.receive(&as_http1(request));
        self.streams.insert(stream, EchoStream { peer, head: Some(HeadReader::new()) });
    }

    /// Whether a request is malformed (RFC 9113, 8.1.1).
    fn is_malformed(&self, request: &RequestHead) -> bool {
        let fields = &request.fields;
        let has = |name: &str| fields.get(name).is_some();
        let connects = request.method == "CONNECT";
        let is_whole = has(":scheme") && has(":path") && has(":authority");
        let lacks = match (connects, has(":protocol")) {
            (true, true) => !is_whole && !self.fault.is(Flaw::TakesMissingPseudoField),
            (true, false) => (has(":scheme") || has(":path")) && !self.fault.is(Flaw::TakesPlainConnect),
            (false, true) => !self.fault.is(Flaw::TakesProtocolWithGet),
            (false, false) => !is_whole,
        };
        let is_excused = self.fault.is(Flaw::TakesConnectionField)
            || self.fault.is(Flaw::TakesBadPseudoField)
            || self.fault.is(Flaw::TakesProtocolWithGet)
            || self.fault.is(Flaw::TakesInvalidField);
        lacks || !request.faults.is_empty() && !is_excused
    }

    fn refuse(&mut self, stream: u32, status: &str) {
        let fields = vec![(":status".to_owned(), Bytes::copy_from_slice(status.as_bytes()))];
        self.respond_with(stream, &head(fields));
        self.finish(stream);
    }

    /// Takes over what a connection wants done.
    fn advance(&mut self, id: u32) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        for output in stream.peer.take() {
            let Some(stream) = self.streams.get_mut(&id) else { return };
            match output {
                PeerOutput::Write(bytes) => match &mut stream.head {
                    None => self.send(id, bytes),
                    Some(reader) => {
                        reader.push(&bytes);
                        self.respond(id);
                    }
                },
                PeerOutput::Close if self.fault.is(Flaw::EndsStreamsTogether) => {
                    self.streams
                        .keys()
                        .copied()
                        .collect::<Vec<_>>()
                        .into_iter()
                        .for_each(|id| self.finish(id));
                }
                PeerOutput::Close => self.finish(id),
                PeerOutput::Reset => self.reset(id, self.end.cancelled()),
            }
        }
    }

    fn respond(&mut self, id: u32) {
        let next = |streams: &mut BTreeMap<u32, EchoStream>| streams.get_mut(&id)?.head.as_mut()?.take();
        while let Some(Ok(found)) = next(&mut self.streams) {
            let response = ResponseHead::parse(&found.head);
            self.respond_with(id, &head(fields(self.fault, &response)));
            let Some(stream) = self.streams.get_mut(&id) else { return };
            if response.is_interim() {
                stream.head.iter_mut().for_each(|reader| reader.push(&found.rest));
                continue;
            }
            stream.head = None;
            if !found.rest.is_empty() {
                self.send(id, found.rest);
            }
            // HTTP/3 has settings once.
            if self.fault.is(Flaw::WithdrawsSetting) && self.end.version() == Version::HTTP_2 {
                self.end.set(&[Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 0)]);
            }
        }
    }
}

fn conduct(flaw: Option<Flaw>) -> Conduct {
    flaw.map_or_else(Conduct::default, Conduct::flawed)
}

/// The fields of a response as HTTP/2 and HTTP/3 have it.
fn fields(fault: Conduct, response: &ResponseHead) -> Vec<(String, Bytes)> {
    let switches = fault.is(Flaw::SwitchesInHttp2);
    let status = response.status.unwrap_or(500);
    let status = if status == 101 && !switches { 200 } else { status };
    let mut out = vec![(":status".to_owned(), Bytes::from(status.to_string()))];
    let others = response.fields.0.iter().filter(|field| !is_of_http1(&field.name));
    out.extend(others.map(|field| (field.name.to_ascii_lowercase(), field.value.clone())));
    if fault.is(Flaw::NamesConnectionInHttp2) {
        out.push(("connection".to_owned(), "Upgrade".into()));
    }
    if fault.is(Flaw::AnswersKeyInHttp2) {
        let accept = response.fields.get("Sec-WebSocket-Accept").cloned().unwrap_or_default();
        out.push(("sec-websocket-accept".to_owned(), accept));
    }
    if fault.is(Flaw::SendsLengthInHttp2) && status == 200 {
        out.push(("content-length".to_owned(), "0".into()));
    }
    if fault.is(Flaw::SendsLineFeedInField) {
        out.push(("x-wsspec".to_owned(), "a\nb".into()));
    }
    if fault.is(Flaw::SendsUppercaseName) {
        out.push(("X-Wsspec".to_owned(), "1".into()));
    }
    if fault.is(Flaw::MisplacesStatus) {
        out.rotate_left(1);
        out.insert(0, ("x-wsspec".to_owned(), "1".into()));
    }
    if fault.is(Flaw::OmitsStatus) {
        out.remove(0);
    }
    out
}

pub(crate) fn is_of_http1(name: &str) -> bool {
    OF_HTTP1.iter().any(|field| field.eq_ignore_ascii_case(name))
}

/// Whether no specification has this parameter.
pub(crate) fn is_unknown(setting: &Http2Setting) -> bool {
    Http2Setting::NAMES.iter().all(|(id, _)| *id != setting.id)
}

fn head(fields: Vec<(String, Bytes)>) -> ComposedOpening {
    // The first line is among the fields.
    let start = StartLine::Response { status: 200, reason: Bytes::new() };
    ComposedOpening { start, fields, verbatim: Vec::new() }
}

/// A request as HTTP/1.1 has it.
fn as_http1(request: &RequestHead) -> Vec<u8> {
    let Fields(fields) = &request.fields;
    let authority = request.fields.get(":authority").cloned().unwrap_or_default();
    let own = |name: &str| is_of_http1(name) || name.eq_ignore_ascii_case("Host");
    let key = STANDARD.encode(b"wsspec over h2: ");
    let mut out = Vec::new();
    out.extend_from_slice(b"GET ");
    out.extend_from_slice(if request.target.is_empty() { b"/" } else { &request.target });
    out.extend_from_slice(b" HTTP/1.1\r\nHost: ");
    out.extend_from_slice(&authority);
    out.extend_from_slice(b"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ");
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\r\n");
    for field in fields {
        // The key was superseded by :protocol (RFC 8441, 5).
        let is_left_out = field.name.starts_with(':') || own(&field.name);
        if !is_left_out && !field.name.eq_ignore_ascii_case("Sec-WebSocket-Key") {
            out.extend_from_slice(field.name.as_bytes());
            out.extend_from_slice(b": ");
            let plain = |octet: &u8| if matches!(octet, 0 | b'\r' | b'\n') { b' ' } else { *octet };
            out.extend(field.value.iter().map(plain));
            out.extend_from_slice(b"\r\n");
        }
    }
    out.extend_from_slice(b"\r\n");
    out
}

/// Whether a DATA frame holds whole frames with a header of that size and nothing else, as only short ones are looked at.
pub(crate) fn is_whole(mut bytes: &[u8], header: usize) -> bool {
    while let [_, length, ..] = bytes {
        let size = header + usize::from(length & 0x7F);
        if length & 0x7F > 125 {
            return true;
        }
        let Some(rest) = bytes.get(size..) else { return false };
        bytes = rest;
    }
    bytes.is_empty()
}
