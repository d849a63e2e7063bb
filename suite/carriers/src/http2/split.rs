//! A server's connection of many streams, split into one connection for each: whatever plays a stream has frames, settings
//! and windows to itself.
//!
//! What belongs to the whole connection is done here: its settings, its window, compression, pings. Frames of a stream
//! pass unchanged, valid or not. Only field sections are rewritten, since their compression is shared.

use std::collections::{BTreeMap, VecDeque};

use bytes::{Bytes, BytesMut};
use wsspec_wire::{ErrorCode, Http2Setting, Opening, RequestHead, Role, Version};

use super::{
    CONNECTION_WINDOW, DEFAULT_WINDOW, Http2, LARGEST_WINDOW, LONGEST_FRAME, PREFACE,
    block::FieldBlock,
    frame::{Http2Frame, Http2FrameReader, flag, kind},
    hpack::{self, FieldDecoder},
    receive::MOST_STREAMS,
    settings,
};
use crate::{HttpError, fields};

/// Parameters of the client that are kept, so that each stream can be given them.
const MOST_SETTINGS: usize = 64;

/// What the client did.
#[derive(Debug)]
pub enum SplitEvent {
    /// It opened a stream. What it sends on that follows, from the preface of a connection on.
    Opened {
        /// The stream.
        stream: u32,
        /// What it asks for.
        request: Box<RequestHead>,
    },
    /// Octets of the connection that a stream has.
    Octets {
        /// The stream.
        stream: u32,
        /// Whole frames.
        bytes: Bytes,
    },
    /// The client has reset a stream, or ended it as we have: nothing more follows on it.
    Over {
        /// The stream.
        stream: u32,
    },
    /// The connection cannot go on.
    Broken(HttpError),
}

/// Splits a connection into its streams.
#[derive(Debug)]
pub struct Http2Splitter {
    frames: Http2FrameReader,
    /// Octets of the client's preface that are still to come.
    preface: usize,
    decoder: FieldDecoder,
    block: Option<FieldBlock>,
    streams: BTreeMap<u32, SplitStream>,
    /// What the client has set, in order.
    settings: Vec<Http2Setting>,
    /// The highest stream that the client has opened.
    highest: u32,
    /// What we may send on all streams together.
    window: i64,
    /// What the client may.
    granted: i64,
    out: BytesMut,
    broken: bool,
}

/// One stream.
#[derive(Debug)]
struct SplitStream {
    /// What its player sends.
    frames: Http2FrameReader,
    /// DATA frames that wait for room in the connection's window, and what follows them.
    waiting: VecDeque<Http2Frame>,
    /// The client's half is over.
    ended: bool,
    /// Ours is.
    finished: bool,
    /// Nobody plays it any more.
    left: bool,
}

type SplitResult = Result<(), HttpError>;

impl Default for Http2Splitter {
    fn default() -> Self {
        Self::new()
    }
}

impl Http2Splitter {
    /// The server's end of a new connection, which offers extended CONNECT.
    #[must_use]
    pub fn new() -> Self {
        // What a player of a stream says first is what the connection begins with.
        let mut usual = Http2::playing(Role::Server);
        Self {
            frames: Http2FrameReader::with_limit(LONGEST_FRAME),
            preface: PREFACE.len(),
            decoder: FieldDecoder::default(),
            block: None,
            streams: BTreeMap::new(),
            settings: Vec::new(),
            highest: 0,
            window: DEFAULT_WINDOW,
            granted: DEFAULT_WINDOW + i64::from(CONNECTION_WINDOW),
            out: BytesMut::from(&usual.take().unwrap_or_default()[..]),
            broken: false,
        }
    }

    /// The octets to be sent next.
    pub fn take(&mut self) -> Option<Bytes> {
        (!self.out.is_empty()).then(|| self.out.split().freeze())
    }

    /// Whether what the player of a stream has sent is still to be taken, so that it should not send more.
    #[must_use]
    pub fn is_blocked(&self, stream: u32) -> bool {
        self.streams.get(&stream).is_some_and(|found| !found.waiting.is_empty())
    }

    /// Takes octets of the client's, split in any way. Behind [`SplitEvent::Broken`] nothing is read.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<SplitEvent> {
        let mut out = Vec::new();
        if self.broken {
            return out;
        }
        self.frames.push(bytes);
        if let Err(error) = self.frames_into(&mut out) {
            self.broken = true;
            let payload = [self.highest.to_be_bytes(), error.code.0.to_be_bytes()].concat();
            self.write(kind::GOAWAY, 0, 0, &payload);
            out.push(SplitEvent::Broken(error));
        }
        self.pump(&mut out);
        out
    }

    /// Takes octets of the player of a stream, split in any way.
    pub fn send(&mut self, stream: u32, bytes: &[u8]) -> Vec<SplitEvent> {
        let mut out = Vec::new();
        let Some(found) = self.streams.get_mut(&stream) else { return out };
        found.frames.push(bytes);
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = found.frames.take() {
            frames.push(frame);
        }
        for frame in frames {
            self.of_player(stream, frame, &mut out);
        }
        self.pump(&mut out);
        out
    }

    /// Nobody plays a stream any more: the client learns that, unless both ends have ended it.
    pub fn leave(&mut self, stream: u32) -> Vec<SplitEvent> {
        let mut out = Vec::new();
        if let Some(found) = self.streams.get_mut(&stream) {
            found.left = true;
            if !found.finished {
                self.reset(stream, ErrorCode::CANCEL, &mut out);
            }
        }
        out
    }

    /// Like [`Self::leave`], for a client that may not end its half: once we have ended ours and all of it is sent, the stream
    /// is reset without an error (RFC 9113, 8.1).
    pub fn abandon(&mut self, stream: u32) -> Vec<SplitEvent> {
        let mut out = self.leave(stream);
        if self.streams.get(&stream).is_some_and(|found| found.waiting.is_empty()) {
            self.reset(stream, ErrorCode::NO_ERROR, &mut out);
        }
        out
    }

    /// Ends a stream of a client that sends faster than it is read.
    pub fn refuse(&mut self, stream: u32) -> Vec<SplitEvent> {
        let mut out = Vec::new();
        self.reset(stream, ErrorCode::ENHANCE_YOUR_CALM, &mut out);
        out
    }

    fn frames_into(&mut self, out: &mut Vec<SplitEvent>) -> SplitResult {
        let begun = PREFACE.len() - self.preface;
        let count = self.preface.min(self.frames.pending().len());
        if self.frames.pending()[..count] != PREFACE[begun..begun + count] {
            return Err(HttpError::protocol("does not begin with the preface of HTTP/2"));
        }
        self.frames.skip(count);
        self.preface -= count;
        if self.preface > 0 {
            return Ok(());
        }
        while let Some(frame) =
            self.frames.take().map_err(|_| HttpError::size("sent a frame longer than we take"))?
        {
            self.frame(frame, out)?;
        }
        Ok(())
    }

    fn frame(&mut self, frame: Http2Frame, out: &mut Vec<SplitEvent>) -> SplitResult {
        if let Some(block) = self.block.take() {
            return match (frame.kind, frame.stream == block.stream) {
                (kind::CONTINUATION, true) => self.block(block, &frame.payload, frame.flags, out),
                _ => Err(HttpError::protocol("sent another frame within a field section")),
            };
        }
        match (frame.kind, frame.stream) {
            (kind::SETTINGS, 0) => self.settings(&frame, out),
            (kind::PING, 0) if !frame.has(flag::ACK) => {
                self.write(kind::PING, flag::ACK, 0, &frame.payload);
                Ok(())
            }
            (kind::WINDOW_UPDATE, 0) => self.widen(&frame),
            (_, 0) => Ok(()),
            (kind::HEADERS, _) => self.section(&frame, out),
            (kind::CONTINUATION, _) => Err(HttpError::protocol("sent CONTINUATION outside a field section")),
            (_, stream) if stream > self.highest => {
                Err(HttpError::protocol("sent a frame on a stream that is not open"))
            }
            (kind::DATA, _) => self.data(frame, out),
            _ => {
                let (stream, is_reset) = (frame.stream, frame.kind == kind::RST_STREAM);
                self.pass(frame, out);
                if is_reset && self.streams.remove(&stream).is_some() {
                    out.push(SplitEvent::Over { stream });
                }
                Ok(())
            }
        }
    }

    /// Gives a frame to the player of its stream.
    fn pass(&self, frame: Http2Frame, out: &mut Vec<SplitEvent>) {
        if self.streams.get(&frame.stream).is_some_and(|found| !found.left) {
            out.push(octets(frame.stream, &[frame]));
        }
    }

    fn settings(&mut self, frame: &Http2Frame, out: &mut Vec<SplitEvent>) -> SplitResult {
        if frame.has(flag::ACK) {
            return Ok(());
        }
        let Some(found) = settings::parse(frame.payload.clone()) else {
            return Err(HttpError::size("sent SETTINGS whose length is not a multiple of six"));
        };
        self.settings.extend(found);
        if self.settings.len() > MOST_SETTINGS {
            // Of each parameter the last value counts (RFC 9113, 6.5.3).
            let last: BTreeMap<_, _> = self.settings.iter().map(|setting| (setting.id, *setting)).collect();
            self.settings = last.into_values().take(MOST_SETTINGS).collect();
        }
        self.write(kind::SETTINGS, flag::ACK, 0, &[]);
        let streams = self.streams.iter().filter(|(_, found)| !found.left);
        out.extend(streams.map(|(stream, _)| octets(*stream, std::slice::from_ref(frame))));
        Ok(())
    }

    fn widen(&mut self, frame: &Http2Frame) -> SplitResult {
        let Ok(more) = <[u8; 4]>::try_from(&frame.payload[..]) else {
            return Err(HttpError::size("sent WINDOW_UPDATE that is not four octets long"));
        };
        self.window += i64::from(u32::from_be_bytes(more) & 0x7FFF_FFFF);
        if self.window > LARGEST_WINDOW {
            return Err(HttpError::flow("widened the window of the connection too far"));
        }
        Ok(())
    }

    fn data(&mut self, frame: Http2Frame, out: &mut Vec<SplitEvent>) -> SplitResult {
        self.granted -= i64::try_from(frame.payload.len()).unwrap_or(i64::MAX);
        if self.granted < 0 {
            return Err(HttpError::WINDOW_EXCEEDED);
        }
        let lacks = i64::from(CONNECTION_WINDOW) - self.granted;
        if let (true, Ok(more)) = (lacks > i64::from(CONNECTION_WINDOW) / 2, u32::try_from(lacks)) {
            self.granted += lacks;
            self.write(kind::WINDOW_UPDATE, 0, 0, &more.to_be_bytes());
        }
        let (stream, ends) = (frame.stream, frame.has(flag::END_STREAM));
        self.pass(frame, out);
        if ends {
            self.end(stream, out);
        }
        Ok(())
    }

    fn section(&mut self, frame: &Http2Frame, out: &mut Vec<SplitEvent>) -> SplitResult {
        let (block, payload) = FieldBlock::begin(frame)?;
        self.block(block, &payload, frame.flags, out)
    }

    /// More of a field section.
    fn block(
        &mut self,
        mut block: FieldBlock,
        more: &Bytes,
        flags: u8,
        out: &mut Vec<SplitEvent>,
    ) -> SplitResult {
        if !block.add(more, flags)? {
            self.block = Some(block);
            return Ok(());
        }
        let (section, is_whole) = block.decode(&mut self.decoder)?;
        let stream = block.stream;
        let is_new = stream > self.highest;
        if is_new && stream.is_multiple_of(2) {
            return Err(HttpError::protocol("opened a stream with an even number"));
        }
        self.highest = self.highest.max(stream);
        if is_new && (self.streams.len() >= MOST_STREAMS || !is_whole) {
            let code = if is_whole { ErrorCode::REFUSED_STREAM } else { ErrorCode::ENHANCE_YOUR_CALM };
            self.write(kind::RST_STREAM, 0, stream, &code.0.to_be_bytes());
            return Ok(());
        }
        if is_new
            && let Opening::Request(request) = fields::opening(section.clone(), Role::Client, Version::HTTP_2)
        {
            self.streams.insert(stream, SplitStream::new());
            out.push(SplitEvent::Opened { stream, request: Box::new(request) });
            out.push(self.beginning(stream));
        }
        for frame in written(stream, &hpack::encode(&section), block.ends) {
            self.pass(frame, out);
        }
        if block.ends {
            self.end(stream, out);
        }
        Ok(())
    }

    /// What the connection of a stream begins with. Its own window has room for everything: it is watched here.
    fn beginning(&self, stream: u32) -> SplitEvent {
        let wide = u32::try_from(LARGEST_WINDOW - DEFAULT_WINDOW).unwrap_or_default();
        let frames = [
            Http2Frame::new(kind::SETTINGS, 0, 0, settings::payload(&self.settings)),
            Http2Frame::new(kind::WINDOW_UPDATE, 0, 0, Bytes::copy_from_slice(&wide.to_be_bytes())),
        ];
        let mut bytes = BytesMut::from(PREFACE);
        frames.iter().for_each(|frame| frame.encode(&mut bytes));
        SplitEvent::Octets { stream, bytes: bytes.freeze() }
    }

    /// A frame of the player of a stream.
    fn of_player(&mut self, stream: u32, frame: Http2Frame, out: &mut Vec<SplitEvent>) {
        match (frame.kind, frame.stream) {
            (kind::SETTINGS, 0) if !frame.has(flag::ACK) => {
                out.push(octets(stream, &[Http2Frame::new(kind::SETTINGS, flag::ACK, 0, Bytes::new())]));
            }
            (kind::PING, 0) if !frame.has(flag::ACK) => {
                out.push(octets(stream, &[Http2Frame::new(kind::PING, flag::ACK, 0, frame.payload)]));
            }
            // The connection of the stream cannot go on; the others can.
            (kind::GOAWAY, 0) => {
                let code = frame.payload.get(4..8).and_then(|code| <[u8; 4]>::try_from(code).ok());
                let code = ErrorCode(code.map_or(0, u32::from_be_bytes));
                if code != ErrorCode::NO_ERROR {
                    self.reset(stream, code, out);
                }
            }
            (_, of) if of != stream => {}
            _ => {
                if let Some(found) = self.streams.get_mut(&stream)
                    && !found.finished
                {
                    let is_last = frame.kind == kind::RST_STREAM
                        || frame.kind == kind::DATA && frame.has(flag::END_STREAM);
                    found.finished |= is_last;
                    found.waiting.push_back(frame);
                } else if let (kind::RST_STREAM, Ok(code)) =
                    (frame.kind, <[u8; 4]>::try_from(&frame.payload[..]))
                {
                    self.reset(stream, ErrorCode(u32::from_be_bytes(code)), out);
                }
            }
        }
    }

    /// Sends what there is room for.
    fn pump(&mut self, out: &mut Vec<SplitEvent>) {
        let mut over = Vec::new();
        for (id, stream) in &mut self.streams {
            while let Some(mut frame) = stream.waiting.pop_front() {
                let length = i64::try_from(frame.payload.len()).unwrap_or(i64::MAX);
                if frame.kind == kind::DATA && length > self.window {
                    let room = usize::try_from(self.window).unwrap_or(0);
                    // Padding stays with its frame.
                    if room > 0 && !frame.has(flag::PADDED) {
                        let part = Http2Frame::new(kind::DATA, 0, *id, frame.payload.split_to(room));
                        part.encode(&mut self.out);
                        self.window = 0;
                    }
                    stream.waiting.push_front(frame);
                    break;
                }
                if frame.kind == kind::DATA {
                    self.window -= length;
                }
                frame.encode(&mut self.out);
                if frame.kind == kind::RST_STREAM || stream.is_over() {
                    over.push(*id);
                }
            }
        }
        for stream in over {
            if self.streams.remove(&stream).is_some() {
                out.push(SplitEvent::Over { stream });
            }
        }
    }

    /// The client has ended its half of a stream.
    fn end(&mut self, stream: u32, out: &mut Vec<SplitEvent>) {
        if let Some(found) = self.streams.get_mut(&stream) {
            found.ended = true;
            if found.is_over() {
                self.streams.remove(&stream);
                out.push(SplitEvent::Over { stream });
            }
        }
    }

    fn reset(&mut self, stream: u32, code: ErrorCode, out: &mut Vec<SplitEvent>) {
        if self.streams.remove(&stream).is_some() {
            self.write(kind::RST_STREAM, 0, stream, &code.0.to_be_bytes());
            out.push(SplitEvent::Over { stream });
        }
    }

    fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        Http2Frame::new(kind, flags, stream, Bytes::copy_from_slice(payload)).encode(&mut self.out);
    }
}

impl SplitStream {
    fn new() -> Self {
        Self {
            frames: Http2FrameReader::default(),
            waiting: VecDeque::new(),
            ended: false,
            finished: false,
            left: false,
        }
    }

    /// Whether both halves are over, and nothing waits.
    fn is_over(&self) -> bool {
        self.ended && self.finished && self.waiting.is_empty()
    }
}

fn octets(stream: u32, frames: &[Http2Frame]) -> SplitEvent {
    let mut bytes = BytesMut::new();
    frames.iter().for_each(|frame| frame.encode(&mut bytes));
    SplitEvent::Octets { stream, bytes: bytes.freeze() }
}

/// A field section, in as many frames as it takes.
fn written(stream: u32, block: &Bytes, ends: bool) -> Vec<Http2Frame> {
    let mut parts: Vec<_> = block.chunks(LONGEST_FRAME).map(Bytes::copy_from_slice).collect();
    if parts.is_empty() {
        parts.push(Bytes::new());
    }
    let last = parts.len() - 1;
    let frame = |(at, part): (usize, Bytes)| {
        let end = if at == last { flag::END_HEADERS } else { 0 };
        match at {
            0 => {
                let flags = end | if ends { flag::END_STREAM } else { 0 };
                Http2Frame::new(kind::HEADERS, flags, stream, part)
            }
            _ => Http2Frame::new(kind::CONTINUATION, end, stream, part),
        }
    };
    parts.into_iter().enumerate().map(frame).collect()
}
