//! What the other end sends: frame by frame to events.

use bytes::{Buf, Bytes};
use wsspec_wire::{ErrorCode, Http2Setting, Opening, Role, Version, Violation};

use super::{
    CONNECTION_WINDOW, Http2, LARGEST_WINDOW, LONGEST_FRAME, PREFACE, STREAM_WINDOW,
    block::FieldBlock,
    frame::{Http2Frame, flag, kind},
    settings,
};
use crate::{HttpError, HttpEvent, fields};

/// Streams that the other end may have open at once.
pub(super) const MOST_STREAMS: usize = 256;

type FrameResult = Result<(), HttpError>;

impl Http2 {
    /// Takes octets of the other end's, split in any way. Behind [`HttpEvent::Broken`] nothing is read.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<HttpEvent> {
        let mut out = Vec::new();
        if self.broken {
            return out;
        }
        self.frames.push(bytes);
        if let Err(error) = self.frames_into(&mut out) {
            self.broken = true;
            self.go_away(error.code);
            out.push(HttpEvent::Broken(error));
        }
        self.pump();
        out
    }

    fn frames_into(&mut self, out: &mut Vec<HttpEvent>) -> FrameResult {
        self.preface()?;
        if self.preface > 0 {
            return Ok(());
        }
        while let Some(frame) = self.next_frame()? {
            self.frame(frame, out)?;
        }
        Ok(())
    }

    fn preface(&mut self) -> FrameResult {
        let begun = PREFACE.len() - self.preface;
        let count = self.preface.min(self.frames.pending().len());
        if self.frames.pending()[..count] != PREFACE[begun..begun + count] {
            return Err(HttpError::protocol("does not begin with the preface of HTTP/2"));
        }
        self.frames.skip(count);
        self.preface -= count;
        Ok(())
    }

    fn next_frame(&mut self) -> Result<Option<Http2Frame>, HttpError> {
        // The fourth octet is the kind: a preface begins with SETTINGS (RFC 9113, 3.4).
        if self.is_new && self.frames.pending().get(3).is_some_and(|kind| *kind != kind::SETTINGS) {
            return Err(HttpError::NO_SETTINGS);
        }
        let taken = self.frames.take();
        let frame = taken.map_err(|_| HttpError::size("sent a frame longer than we take"))?;
        self.is_new &= frame.is_none();
        Ok(frame)
    }

    fn frame(&mut self, frame: Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
        if let Some(block) = self.block.take() {
            return match (frame.kind, frame.stream == block.stream) {
                (kind::CONTINUATION, true) => self.block(block, &frame.payload, frame.flags, out),
                _ => Err(HttpError::protocol("sent another frame within a field section")),
            };
        }
        match frame.kind {
            kind::DATA => self.octets(&frame, out),
            kind::HEADERS => self.section(&frame, out),
            kind::RST_STREAM => self.stream_reset(&frame, out),
            kind::SETTINGS => self.settings(&frame, out),
            kind::PUSH_PROMISE => Err(HttpError::protocol("sent PUSH_PROMISE, which was switched off")),
            kind::PING => self.ping_frame(&frame, out),
            kind::GOAWAY => going_away(&frame, out),
            kind::WINDOW_UPDATE => self.window_update(&frame, out),
            kind::CONTINUATION => Err(HttpError::protocol("sent CONTINUATION outside a field section")),
            _ if self.refuses_unknown => Err(HttpError::protocol("sent a frame of an unknown kind")),
            // Unknown kinds mean nothing (RFC 9113, 5.5).
            _ => Ok(()),
        }
    }

    fn octets(&mut self, frame: &Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
        let stream = frame.stream;
        self.know(stream, "sent DATA on a stream that is not open")?;
        let size = i64::try_from(frame.payload.len()).unwrap_or(i64::MAX);
        let unpadded = if self.keeps_padding { Some(frame.payload.clone()) } else { frame.unpadded() };
        let Some(bytes) = unpadded else {
            return Err(HttpError::protocol("sent DATA with more padding than payload"));
        };
        self.granted -= size;
        if self.granted < 0 {
            return Err(HttpError::WINDOW_EXCEEDED);
        }
        self.grant_connection();
        let grants = self.grants;
        let Some(found) = self.streams.get_mut(&stream) else { return Ok(()) };
        found.granted -= size;
        if found.ended {
            self.refuse(stream, ErrorCode::STREAM_CLOSED, out);
            return Ok(());
        }
        if found.granted < 0 {
            return Err(HttpError::WINDOW_EXCEEDED);
        }
        let ends = frame.has(flag::END_STREAM);
        let lacks = i64::from(STREAM_WINDOW) - found.granted;
        if grants && !ends && lacks > i64::from(STREAM_WINDOW) / 2 {
            self.grant(stream, u32::try_from(lacks).unwrap_or(STREAM_WINDOW));
        }
        if !bytes.is_empty() {
            out.push(HttpEvent::Data { stream, bytes });
        }
        if ends {
            self.end(stream, out);
        }
        Ok(())
    }

    fn grant_connection(&mut self) {
        let lacks = i64::from(CONNECTION_WINDOW) - self.granted;
        if lacks > i64::from(CONNECTION_WINDOW) / 2 {
            self.grant(0, u32::try_from(lacks).unwrap_or(CONNECTION_WINDOW));
        }
    }

    fn end(&mut self, stream: u32, out: &mut Vec<HttpEvent>) {
        if let Some(found) = self.streams.get_mut(&stream) {
            found.ended = true;
            out.push(HttpEvent::End { stream });
        }
    }

    /// Ends a stream for what the other end does on it.
    fn refuse(&mut self, stream: u32, code: ErrorCode, out: &mut Vec<HttpEvent>) {
        self.reset(stream, code);
        out.push(HttpEvent::Reset { stream, code });
    }

    fn section(&mut self, frame: &Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
        let (block, payload) = FieldBlock::begin(frame)?;
        if self.ours == Role::Server && frame.stream % 2 == 1 && frame.stream > self.highest {
            self.highest = frame.stream;
            let new = self.new_stream();
            self.streams.insert(frame.stream, new);
        }
        self.know(frame.stream, "sent HEADERS on a stream that is not open")?;
        self.block(block, &payload, frame.flags, out)
    }

    /// More of a field section.
    fn block(
        &mut self,
        mut block: FieldBlock,
        more: &Bytes,
        flags: u8,
        out: &mut Vec<HttpEvent>,
    ) -> FrameResult {
        if !block.add(more, flags)? {
            self.block = Some(block);
            return Ok(());
        }
        let (section, is_whole) = block.decode(&mut self.decoder)?;
        self.take_section(&block, section, is_whole, out);
        Ok(())
    }

    fn take_section(
        &mut self,
        block: &FieldBlock,
        section: fields::FieldSection,
        is_whole: bool,
        out: &mut Vec<HttpEvent>,
    ) {
        let (stream, is_crowded) = (block.stream, self.streams.len() > MOST_STREAMS);
        let Some(found) = self.streams.get_mut(&stream) else { return };
        if is_crowded && !found.opened {
            return self.reset(stream, ErrorCode::REFUSED_STREAM);
        }
        if found.ended {
            return self.refuse(stream, ErrorCode::STREAM_CLOSED, out);
        }
        // What comes behind the opening is a trailer, which means nothing to us.
        if !is_whole {
            out.push(HttpEvent::EndlessHead { stream });
        } else if !found.opened {
            let mut opening = fields::opening(section, self.ours.peer(), Version::HTTP_2);
            if let Opening::Request(head) = &mut opening
                && !self.has_offered
                && head.fields.get(":protocol").is_some()
            {
                head.faults.push(Violation::Http2ConnectUnasked);
            }
            found.opened = !matches!(&opening, Opening::Response(head) if head.is_interim());
            out.push(HttpEvent::Opening { stream, opening });
        }
        if block.ends {
            self.end(stream, out);
        }
    }

    fn stream_reset(&mut self, frame: &Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
        let Ok(code) = <[u8; 4]>::try_from(&frame.payload[..]) else {
            return Err(HttpError::size("sent RST_STREAM that is not four octets long"));
        };
        let stream = frame.stream;
        self.know(stream, "sent RST_STREAM for a stream that is not open")?;
        self.held.retain(|(held, _)| *held != stream);
        // Behind the end of its half it says only that it reads no more.
        if let Some(found) = self.streams.remove(&stream)
            && !found.ended
        {
            out.push(HttpEvent::Reset { stream, code: ErrorCode(u32::from_be_bytes(code)) });
        }
        Ok(())
    }

    fn settings(&mut self, frame: &Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
        if frame.stream != 0 {
            return Err(HttpError::protocol("sent SETTINGS on a stream"));
        }
        if frame.has(flag::ACK) {
            if !frame.payload.is_empty() {
                return Err(HttpError::size("sent an acknowledgement of SETTINGS that is not empty"));
            }
            if !self.shrinks.is_empty() {
                let shrinks = self.shrinks.remove(0);
                self.streams.values_mut().for_each(|stream| stream.granted += shrinks);
            }
            return Ok(());
        }
        let Some(found) = settings::parse(frame.payload.clone()) else {
            return Err(HttpError::size("sent SETTINGS whose length is not a multiple of six"));
        };
        let mut broken = Vec::new();
        for setting in &found {
            self.setting(*setting, &mut broken)?;
        }
        self.connects.get_or_insert(false);
        self.write(kind::SETTINGS, flag::ACK, 0, []);
        out.push(HttpEvent::Settings(found, broken));
        self.release();
        Ok(())
    }

    fn setting(&mut self, setting: Http2Setting, broken: &mut Vec<Violation>) -> FrameResult {
        match (setting.id, setting.value) {
            (Http2Setting::HEADER_TABLE_SIZE, value) => self.encoder.limit_table(value),
            (Http2Setting::INITIAL_WINDOW_SIZE, value) => {
                if i64::from(value) > LARGEST_WINDOW {
                    return Err(HttpError::flow("set a window above 2^31 - 1"));
                }
                let change = i64::from(value) - self.initial.0;
                self.initial.0 += change;
                self.streams.values_mut().for_each(|stream| stream.window += change);
            }
            (Http2Setting::MAX_FRAME_SIZE, value) => {
                let value = usize::try_from(value).unwrap_or(usize::MAX);
                if !(LONGEST_FRAME..=0xFF_FFFF).contains(&value) {
                    return Err(HttpError::protocol("set a size of frames that may not be"));
                }
                self.longest = value;
            }
            (Http2Setting::ENABLE_CONNECT_PROTOCOL, value) => {
                // What a client says of it means nothing (RFC 8441, 3).
                match value {
                    0 if self.connects == Some(true) => broken.push(Violation::Http2SettingWithdrawn),
                    0 | 1 => self.connects = Some(value == 1),
                    _ => broken.push(Violation::Http2SettingInvalid(value)),
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn ping_frame(&mut self, frame: &Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
        if frame.payload.len() != 8 {
            return Err(HttpError::size("sent PING that is not eight octets long"));
        }
        if frame.has(flag::ACK) {
            out.push(HttpEvent::Pong);
        } else {
            self.write(kind::PING, flag::ACK, 0, &frame.payload);
        }
        Ok(())
    }

    fn window_update(&mut self, frame: &Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
        let Ok(more) = <[u8; 4]>::try_from(&frame.payload[..]) else {
            return Err(HttpError::size("sent WINDOW_UPDATE that is not four octets long"));
        };
        let more = i64::from(u32::from_be_bytes(more) & 0x7FFF_FFFF);
        if frame.stream == 0 {
            self.window += more;
            let fits = self.window <= LARGEST_WINDOW || !self.heeds_windows;
            return match more > 0 && fits {
                true => Ok(()),
                false => Err(HttpError::flow("widened the window of the connection by nothing, or too far")),
            };
        }
        self.know(frame.stream, "sent WINDOW_UPDATE for a stream that is not open")?;
        if let Some(stream) = self.streams.get_mut(&frame.stream) {
            stream.window += more;
            if more == 0 || stream.window > LARGEST_WINDOW && self.heeds_windows {
                self.refuse(frame.stream, ErrorCode::FLOW_CONTROL_ERROR, out);
            }
        }
        Ok(())
    }

    /// Whether a stream was ever opened (RFC 9113, 5.1: a stream that was not, is idle).
    fn know(&self, stream: u32, what: &'static str) -> FrameResult {
        let is_ours = (stream % 2 == 1) == (self.ours == Role::Client);
        let opened = if is_ours { stream < self.next } else { stream <= self.highest };
        let is_held = self.held.iter().any(|(held, _)| *held == stream);
        (stream != 0 && opened && !is_held).then_some(()).ok_or(HttpError::protocol(what))
    }
}

fn going_away(frame: &Http2Frame, out: &mut Vec<HttpEvent>) -> FrameResult {
    let mut payload = frame.payload.clone();
    if payload.len() < 8 {
        return Err(HttpError::size("sent GOAWAY that is too short"));
    }
    let (last, code) = (payload.get_u32() & 0x7FFF_FFFF, ErrorCode(payload.get_u32()));
    out.push(HttpEvent::GoAway { last, code });
    Ok(())
}
