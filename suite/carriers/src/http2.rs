//! HTTP/2 as a carrier: each WebSocket connection is a stream that extended CONNECT opens (RFC 8441; RFC 9113).
//!
//! One end of a connection, without I/O. It keeps to the windows that the other end grants, grants windows of its own,
//! and answers what has to be answered; what the other end sends, it reports.

mod block;
mod frame;
mod hpack;
mod receive;
mod settings;
mod split;
mod stream;

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};
use wsspec_wire::{ErrorCode, Http2Setting, Role, Version};

use self::{
    block::FieldBlock,
    frame::{flag, kind},
    hpack::{FieldDecoder, FieldEncoder},
    stream::{DEFAULT_WINDOW, Http2Stream},
};
pub use self::{
    frame::{Http2Frame, Http2FrameReader},
    split::{Http2Splitter, SplitEvent},
};
use crate::{ComposedOpening, HttpEnd, HttpEvent, fields};

/// What a client sends first (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// The longest payload that we take, and that we send unless the other end takes longer ones (RFC 9113, 4.2).
const LONGEST_FRAME: usize = 16_384;
/// The window that we grant for each stream.
const STREAM_WINDOW: u32 = 1 << 20;
/// The window that we grant for all streams together.
const CONNECTION_WINDOW: u32 = 16 << 20;
/// The largest window (RFC 9113, 6.9.1).
const LARGEST_WINDOW: i64 = (1 << 31) - 1;

/// One end of a connection.
#[derive(Debug)]
pub struct Http2 {
    ours: Role,
    frames: Http2FrameReader,
    /// Octets of the other end's preface that are still to come.
    preface: usize,
    /// The first frame is still to come.
    is_new: bool,
    decoder: FieldDecoder,
    encoder: FieldEncoder,
    block: Option<FieldBlock>,
    streams: BTreeMap<u32, Http2Stream>,
    /// Requests of ours that wait until the other end takes extended CONNECT.
    held: Vec<(u32, ComposedOpening)>,
    out: BytesMut,
    /// What we may send on all streams together.
    window: i64,
    /// What the other end may.
    granted: i64,
    /// Whether windows are granted without being asked.
    grants: bool,
    /// Whether padding is taken for data.
    keeps_padding: bool,
    /// Whether a frame of an unknown kind ends the connection.
    refuses_unknown: bool,
    /// Whether what is sent keeps to the windows.
    heeds_windows: bool,
    /// What a stream's windows begin with: ours to send, and the other end's.
    initial: (i64, i64),
    /// By how much the other end's windows shrink once it acknowledges our settings; one for each that it has not.
    shrinks: Vec<i64>,
    longest: usize,
    /// The last value of SETTINGS_ENABLE_CONNECT_PROTOCOL, once there were settings.
    connects: Option<bool>,
    /// Whether we have ever set it to 1.
    offers: bool,
    /// Whether what says so was taken: before that, the other end cannot know.
    has_offered: bool,
    next: u32,
    /// The highest stream that the other end has opened.
    highest: u32,
    /// The connection cannot go on.
    broken: bool,
}

impl Http2 {
    /// The end that plays `ours`, which begins with its preface. A server offers extended CONNECT.
    #[must_use]
    pub fn playing(ours: Role) -> Self {
        let mut settings = vec![
            Http2Setting::new(Http2Setting::INITIAL_WINDOW_SIZE, STREAM_WINDOW),
            Http2Setting::new(
                Http2Setting::MAX_HEADER_LIST_SIZE,
                u32::try_from(fields::LONGEST_SECTION).unwrap_or(u32::MAX),
            ),
        ];
        settings.push(match ours {
            Role::Client => Http2Setting::new(Http2Setting::ENABLE_PUSH, 0),
            Role::Server => Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1),
        });
        Self::with_settings(ours, &settings)
    }

    /// A server that has not said yet whether it takes extended CONNECT.
    #[must_use]
    pub fn undecided() -> Self {
        let window = Http2Setting::new(Http2Setting::INITIAL_WINDOW_SIZE, STREAM_WINDOW);
        Self::with_settings(Role::Server, &[window])
    }

    /// The end that plays `ours`, with other settings.
    #[must_use]
    pub fn with_settings(ours: Role, settings: &[Http2Setting]) -> Self {
        let mut end = Self {
            ours,
            frames: Http2FrameReader::with_limit(LONGEST_FRAME),
            preface: if ours == Role::Server { PREFACE.len() } else { 0 },
            is_new: true,
            decoder: FieldDecoder::default(),
            encoder: FieldEncoder::default(),
            block: None,
            streams: BTreeMap::new(),
            held: Vec::new(),
            out: BytesMut::new(),
            window: DEFAULT_WINDOW,
            granted: DEFAULT_WINDOW,
            grants: true,
            keeps_padding: false,
            refuses_unknown: false,
            heeds_windows: true,
            initial: (DEFAULT_WINDOW, DEFAULT_WINDOW),
            shrinks: Vec::new(),
            longest: LONGEST_FRAME,
            connects: None,
            offers: false,
            has_offered: false,
            next: if ours == Role::Client { 1 } else { 2 },
            highest: 0,
            broken: false,
        };
        if ours == Role::Client {
            end.out.extend_from_slice(PREFACE);
        }
        end.set(settings);
        end.grant(0, CONNECTION_WINDOW);
        end
    }

    /// Whether the other end takes extended CONNECT (RFC 8441, 3); `None`: it has sent no settings.
    #[must_use]
    pub const fn connects(&self) -> Option<bool> {
        self.connects
    }

    /// The octets to be sent next.
    pub fn take(&mut self) -> Option<Bytes> {
        self.has_offered = self.offers;
        (!self.out.is_empty()).then(|| self.out.split().freeze())
    }

    /// Whether there is something to be sent.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.out.is_empty()
    }

    /// Whether something waits for the other end: a request for its settings, octets for a window.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        !self.held.is_empty() || self.streams.values().any(Http2Stream::is_blocked)
    }

    /// Sends nothing of what waits.
    pub fn give_up(&mut self) {
        self.held.clear();
        self.streams.values_mut().for_each(Http2Stream::give_up);
    }

    /// Whether more can be sent and read.
    #[must_use]
    pub const fn is_broken(&self) -> bool {
        self.broken
    }

    /// Takes extended CONNECT for granted: a fault, for tests.
    pub fn assume_connect(&mut self) {
        self.connects = Some(true);
    }

    /// Sends a request on a stream of its own, once the other end takes extended CONNECT (RFC 8441, 3). The number of
    /// the stream.
    pub fn request(&mut self, head: ComposedOpening) -> u32 {
        let stream = self.next;
        self.next += 2;
        self.streams.insert(stream, self.new_stream());
        self.held.push((stream, head));
        self.release();
        stream
    }

    /// Sends a response.
    pub fn respond(&mut self, stream: u32, head: &ComposedOpening) {
        self.headers(stream, head);
    }

    /// Sends octets in a frame of their own, as soon as there is room in the windows; in several where they are too many.
    pub fn send(&mut self, stream: u32, bytes: Bytes) {
        self.data(stream, bytes, None, false);
    }

    /// Sends a DATA frame: with so much padding, and as the last of the stream.
    pub fn data(&mut self, stream: u32, bytes: Bytes, padding: Option<u8>, ends: bool) {
        if let Some(found) = self.streams.get_mut(&stream) {
            found.push(bytes, padding, ends);
            self.pump();
        }
    }

    /// Ends our half of a stream.
    pub fn finish(&mut self, stream: u32) {
        self.data(stream, Bytes::new(), None, true);
    }

    /// Resets a stream.
    pub fn reset(&mut self, stream: u32, code: ErrorCode) {
        self.held.retain(|(held, _)| *held != stream);
        if self.streams.remove(&stream).is_some() {
            self.write(kind::RST_STREAM, 0, stream, code.0.to_be_bytes());
        }
    }

    /// Opens no more streams.
    pub fn go_away(&mut self, code: ErrorCode) {
        let payload = [self.highest.to_be_bytes(), code.0.to_be_bytes()].concat();
        self.write(kind::GOAWAY, 0, 0, payload);
    }

    /// Asks for a sign of life.
    pub fn ping(&mut self) {
        self.write(kind::PING, 0, 0, *b"wsspec/2");
    }

    /// Sets parameters.
    pub fn set(&mut self, settings: &[Http2Setting]) {
        let connect = Http2Setting::new(Http2Setting::ENABLE_CONNECT_PROTOCOL, 1);
        self.offers |= settings.contains(&connect);
        let mut shrinks = 0;
        for setting in settings.iter().filter(|setting| setting.id == Http2Setting::INITIAL_WINDOW_SIZE) {
            let change = i64::from(setting.value) - self.initial.1;
            self.initial.1 += change;
            // What grows may be used at once; what shrinks, not before the other end knows.
            match change {
                0.. => self.streams.values_mut().for_each(|stream| stream.granted += change),
                _ => shrinks += change,
            }
        }
        self.shrinks.push(shrinks);
        self.write(kind::SETTINGS, 0, 0, settings::payload(settings));
    }

    /// Takes padding for data: a fault, for tests.
    pub fn keep_padding(&mut self) {
        self.keeps_padding = true;
    }

    /// Takes frames of unknown kinds for errors: a fault, for tests.
    pub fn refuse_unknown_frames(&mut self) {
        self.refuses_unknown = true;
    }

    /// Sends whatever the windows are: a fault, for tests.
    pub fn ignore_windows(&mut self) {
        self.heeds_windows = false;
    }

    /// From here on, grants no window of its own accord.
    pub fn hold_windows(&mut self) {
        self.grants = false;
    }

    /// Grants more of a window; stream 0: of the connection's.
    pub fn grant(&mut self, stream: u32, more: u32) {
        match self.streams.get_mut(&stream) {
            Some(found) => found.granted += i64::from(more),
            None if stream == 0 => self.granted += i64::from(more),
            None => {}
        }
        self.write(kind::WINDOW_UPDATE, 0, stream, more.to_be_bytes());
    }

    fn new_stream(&self) -> Http2Stream {
        // What the other end does not know of yet takes effect when it does.
        Http2Stream::new(self.initial.0, self.initial.1 - self.shrinks.iter().sum::<i64>())
    }

    fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: impl AsRef<[u8]>) {
        Http2Frame::new(kind, flags, stream, Bytes::copy_from_slice(payload.as_ref())).encode(&mut self.out);
    }

    /// Sends a field section, in as many frames as it takes (RFC 9113, 4.3).
    fn headers(&mut self, stream: u32, head: &ComposedOpening) {
        let block = self.encoder.encode(&head.section());
        let mut rest = &block[..];
        let mut kind = kind::HEADERS;
        loop {
            let (part, later) = rest.split_at(rest.len().min(self.longest));
            let flags = if later.is_empty() { flag::END_HEADERS } else { 0 };
            self.write(kind, flags, stream, part);
            if later.is_empty() {
                return;
            }
            (rest, kind) = (later, kind::CONTINUATION);
        }
    }

    /// Sends the requests that have waited.
    fn release(&mut self) {
        if self.connects == Some(true) {
            for (stream, head) in std::mem::take(&mut self.held) {
                self.headers(stream, &head);
            }
            self.pump();
        }
    }

    /// Sends what there is room for.
    fn pump(&mut self) {
        if !self.heeds_windows {
            self.window = LARGEST_WINDOW;
            self.streams.values_mut().for_each(|stream| stream.window = LARGEST_WINDOW);
        }
        for (id, stream) in &mut self.streams {
            if !self.held.iter().any(|(held, _)| held == id) {
                stream.pump(*id, &mut self.window, self.longest, &mut self.out);
            }
        }
        self.streams.retain(|_, stream| !stream.is_over());
    }
}

impl HttpEnd for Http2 {
    fn version(&self) -> Version {
        Version::HTTP_2
    }

    fn read(&mut self, bytes: &[u8]) -> Vec<HttpEvent> {
        Self::read(self, bytes)
    }

    fn take(&mut self) -> Option<Bytes> {
        Self::take(self)
    }

    fn has_output(&self) -> bool {
        Self::has_output(self)
    }

    fn is_blocked(&self) -> bool {
        Self::is_blocked(self)
    }

    fn is_blocked_on(&self, stream: u32) -> bool {
        self.held.iter().any(|(held, _)| *held == stream)
            || self.streams.get(&stream).is_some_and(Http2Stream::is_blocked)
    }

    fn give_up(&mut self) {
        Self::give_up(self);
    }

    fn give_up_on(&mut self, stream: u32) {
        self.held.retain(|(held, _)| *held != stream);
        self.streams.get_mut(&stream).into_iter().for_each(Http2Stream::give_up);
    }

    fn is_broken(&self) -> bool {
        Self::is_broken(self)
    }

    fn connects(&self) -> Option<bool> {
        Self::connects(self)
    }

    fn request(&mut self, head: ComposedOpening) -> u32 {
        Self::request(self, head)
    }

    fn respond(&mut self, stream: u32, head: &ComposedOpening) {
        Self::respond(self, stream, head);
    }

    fn data(&mut self, stream: u32, bytes: Bytes, padding: Option<u8>, ends: bool) {
        Self::data(self, stream, bytes, padding, ends);
    }

    fn frame(&mut self, stream: u32, kind: u64, payload: Bytes) {
        self.write(u8::try_from(kind).unwrap_or(u8::MAX), 0, stream, payload);
    }

    fn reset(&mut self, stream: u32, code: ErrorCode) {
        Self::reset(self, stream, code);
    }

    fn go_away(&mut self, code: ErrorCode) {
        Self::go_away(self, code);
    }

    fn set(&mut self, settings: &[Http2Setting]) {
        Self::set(self, settings);
    }

    fn hold_windows(&mut self) {
        Self::hold_windows(self);
    }

    fn grant(&mut self, stream: u32, more: u32) {
        Self::grant(self, stream, more);
    }

    fn cancelled(&self) -> ErrorCode {
        ErrorCode::CANCEL
    }

    fn refused(&self) -> ErrorCode {
        ErrorCode::REFUSED_STREAM
    }

    fn malformed(&self) -> ErrorCode {
        ErrorCode::PROTOCOL_ERROR
    }
}
