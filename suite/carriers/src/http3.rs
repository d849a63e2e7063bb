//! HTTP/3 as a carrier: each WebSocket connection is a stream that extended CONNECT opens (RFC 9220; RFC 9114).
//!
//! One end of a connection, without I/O, above the streams of QUIC, which arrive and leave as [`QuicStep`]s. What the
//! other end sends, it reports. Flow control is QUIC's.

mod frame;
mod qpack;
mod quic;
mod receive;
mod static_table;
mod varint;

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use wsspec_wire::{ErrorCode, Http2Setting, Role, Version};

pub use self::quic::{QuicReader, QuicStep};
use self::{
    frame::{Http3FrameReader, kind},
    qpack::QpackDecoder,
    receive::OneWayStream,
};
use crate::{ComposedOpening, HttpEnd, HttpEvent, fields::LONGEST_SECTION};

/// The kind of stream that carries settings (RFC 9114, 6.2.1).
const CONTROL: u64 = 0;
/// The longest field section that we take (RFC 9114, 7.2.4.1), whose number is that of HTTP/2's.
const MAX_FIELD_SECTION_SIZE: u16 = Http2Setting::MAX_HEADER_LIST_SIZE;

/// One end of a connection.
#[derive(Debug)]
pub struct Http3 {
    ours: Role,
    steps: QuicReader,
    decoder: QpackDecoder,
    /// Streams with requests.
    requests: BTreeMap<u32, RequestStream>,
    /// Streams that the other end sends on alone.
    one_way: BTreeMap<u64, OneWayStream>,
    /// Requests of ours that wait until the other end takes extended CONNECT.
    held: Vec<(u32, ComposedOpening)>,
    out: BytesMut,
    /// The last value of SETTINGS_ENABLE_CONNECT_PROTOCOL, once there were settings.
    connects: Option<bool>,
    /// The other end has opened its control stream.
    has_control: bool,
    /// The stream of the next request.
    next: u32,
    /// Whether frames of unknown kinds are taken for DATA.
    keeps_unknown: bool,
    /// The connection cannot go on.
    broken: bool,
}

/// One stream with a request.
#[derive(Debug, Default)]
struct RequestStream {
    frames: Http3FrameReader,
    /// The other end has sent an opening that is not an interim one.
    opened: bool,
    /// The other end's half is over.
    ended: bool,
    /// Ours is.
    finished: bool,
    /// What waits for the request to be sent.
    waiting: BytesMut,
}

impl Http3 {
    /// The end that plays `ours`. A server offers extended CONNECT.
    #[must_use]
    pub fn playing(ours: Role) -> Self {
        let mut settings = vec![Http2Setting::new(
            MAX_FIELD_SECTION_SIZE,
            u32::try_from(LONGEST_SECTION).unwrap_or(u32::MAX),
        )];
        if ours == Role::Server {
            settings.push(Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1));
        }
        Self::with_settings(ours, &settings)
    }

    /// The end that plays `ours`, with other settings.
    #[must_use]
    pub fn with_settings(ours: Role, settings: &[Http2Setting]) -> Self {
        let mut end = Self::undecided(ours);
        end.set(settings);
        end
    }

    /// The end that plays `ours` and has not sent its settings yet.
    #[must_use]
    pub fn undecided(ours: Role) -> Self {
        let mut end = Self {
            ours,
            steps: QuicReader::default(),
            decoder: QpackDecoder::default(),
            requests: BTreeMap::new(),
            one_way: BTreeMap::new(),
            held: Vec::new(),
            out: BytesMut::new(),
            connects: None,
            has_control: false,
            next: 0,
            keeps_unknown: false,
            broken: false,
        };
        let mut begun = BytesMut::new();
        varint::put(CONTROL, &mut begun);
        end.put(end.control(), begun.freeze());
        end
    }

    /// Takes frames of unknown kinds for DATA: a fault, for tests.
    pub fn keep_unknown_frames(&mut self) {
        self.keeps_unknown = true;
    }

    /// The number of our control stream: the first of those that we send on alone (RFC 9000, 2.1).
    const fn control(&self) -> u64 {
        match self.ours {
            Role::Client => 2,
            Role::Server => 3,
        }
    }

    fn put(&mut self, stream: u64, bytes: Bytes) {
        QuicStep::Data { stream, bytes }.encode(&mut self.out);
    }

    fn put_frame(&mut self, stream: u64, kind: u64, payload: &[u8]) {
        let mut octets = BytesMut::new();
        frame::write(kind, payload, &mut octets);
        self.put(stream, octets.freeze());
    }

    fn headers(&mut self, stream: u32, head: &ComposedOpening) {
        self.put_frame(u64::from(stream), kind::HEADERS, &qpack::encode(&head.section()));
    }

    /// Sends the requests that have waited, and what waited for them.
    fn release(&mut self) {
        if self.connects == Some(true) {
            for (stream, head) in std::mem::take(&mut self.held) {
                self.headers(stream, &head);
                if let Some(found) = self.requests.get_mut(&stream) {
                    self.out.extend_from_slice(&found.waiting.split());
                }
            }
        }
    }

    /// Sends steps on a stream, behind its request.
    fn step(&mut self, stream: u32, octets: &[u8]) {
        let is_held = self.held.iter().any(|(held, _)| *held == stream);
        match self.requests.get_mut(&stream) {
            Some(found) if is_held => found.waiting.extend_from_slice(octets),
            _ => self.out.extend_from_slice(octets),
        }
    }

    fn forget_finished(&mut self) {
        self.requests.retain(|_, stream| !(stream.ended && stream.finished && stream.waiting.is_empty()));
    }
}

impl HttpEnd for Http3 {
    fn version(&self) -> Version {
        Version::HTTP_3
    }

    fn read(&mut self, bytes: &[u8]) -> Vec<HttpEvent> {
        self.receive(bytes)
    }

    fn take(&mut self) -> Option<Bytes> {
        (!self.out.is_empty()).then(|| self.out.split().freeze())
    }

    fn has_output(&self) -> bool {
        !self.out.is_empty()
    }

    fn is_blocked(&self) -> bool {
        !self.held.is_empty()
    }

    fn is_blocked_on(&self, stream: u32) -> bool {
        self.held.iter().any(|(held, _)| *held == stream)
    }

    fn give_up_on(&mut self, stream: u32) {
        let count = self.held.len();
        self.held.retain(|(held, _)| *held != stream);
        if self.held.len() < count {
            self.requests.remove(&stream);
        }
    }

    fn give_up(&mut self) {
        for (stream, _) in std::mem::take(&mut self.held) {
            self.requests.remove(&stream);
        }
    }

    fn is_broken(&self) -> bool {
        self.broken
    }

    fn connects(&self) -> Option<bool> {
        self.connects
    }

    fn request(&mut self, head: ComposedOpening) -> u32 {
        let stream = self.next;
        self.next += 4;
        self.requests.insert(stream, RequestStream::default());
        self.held.push((stream, head));
        self.release();
        stream
    }

    fn respond(&mut self, stream: u32, head: &ComposedOpening) {
        if self.requests.get(&stream).is_some_and(|found| !found.finished) {
            self.headers(stream, head);
        }
    }

    fn data(&mut self, stream: u32, bytes: Bytes, _: Option<u8>, ends: bool) {
        let Some(found) = self.requests.get_mut(&stream).filter(|found| !found.finished) else { return };
        found.finished = ends;
        let stream_id = u64::from(stream);
        let mut octets = BytesMut::new();
        if !(bytes.is_empty() && ends) {
            let mut framed = BytesMut::new();
            frame::write(kind::DATA, &bytes, &mut framed);
            QuicStep::Data { stream: stream_id, bytes: framed.freeze() }.encode(&mut octets);
        }
        if ends {
            QuicStep::End { stream: stream_id }.encode(&mut octets);
        }
        self.step(stream, &octets);
        self.forget_finished();
    }

    fn frame(&mut self, stream: u32, kind: u64, payload: Bytes) {
        let mut framed = BytesMut::new();
        frame::write(kind, &payload, &mut framed);
        let mut octets = BytesMut::new();
        QuicStep::Data { stream: u64::from(stream), bytes: framed.freeze() }.encode(&mut octets);
        self.step(stream, &octets);
    }

    fn reset(&mut self, stream: u32, code: ErrorCode) {
        self.held.retain(|(held, _)| *held != stream);
        if self.requests.remove(&stream).is_some() {
            let (stream, code) = (u64::from(stream), u64::from(code.0));
            QuicStep::Reset { stream, code }.encode(&mut self.out);
            QuicStep::Stop { stream, code }.encode(&mut self.out);
        }
    }

    fn go_away(&mut self, code: ErrorCode) {
        if code != ErrorCode::NO_ERROR && code != ErrorCode::H3_NO_ERROR {
            return QuicStep::Close { code: u64::from(code.0) }.encode(&mut self.out);
        }
        // A server names the first request that it does not answer, a client a push (RFC 9114, 7.2.6).
        let last = self.requests.keys().next_back().map_or(0, |stream| u64::from(*stream) + 4);
        let mut payload = BytesMut::new();
        varint::put(if self.ours == Role::Server { last } else { 0 }, &mut payload);
        self.put_frame(self.control(), kind::GOAWAY, &payload);
    }

    fn set(&mut self, settings: &[Http2Setting]) {
        let mut payload = BytesMut::new();
        for setting in settings {
            varint::put(u64::from(setting.id), &mut payload);
            varint::put(u64::from(setting.value), &mut payload);
        }
        self.put_frame(self.control(), kind::SETTINGS, &payload);
    }

    fn hold_windows(&mut self) {}

    fn grant(&mut self, _: u32, _: u32) {}

    fn cancelled(&self) -> ErrorCode {
        ErrorCode::H3_REQUEST_CANCELLED
    }

    fn refused(&self) -> ErrorCode {
        ErrorCode::H3_REQUEST_REJECTED
    }

    fn malformed(&self) -> ErrorCode {
        ErrorCode::H3_MESSAGE_ERROR
    }
}
