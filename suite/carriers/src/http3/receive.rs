//! What the other end sends over HTTP/3: step by step to events.

use std::collections::BTreeSet;

use bytes::{Bytes, BytesMut};
use wsspec_wire::{ErrorCode, Http2Setting, Opening, Role, Version, Violation};

use super::{
    CONTROL, Http3, RequestStream,
    frame::{Http3FramePart, Http3FrameReader, kind},
    quic::QuicStep,
    varint,
};
use crate::{HttpEnd, HttpError, HttpEvent, fields};

/// Streams with requests that the other end may have open at once.
const MOST_REQUESTS: usize = 256;
/// Streams that it may send on alone; those that mean something are three.
const MOST_ONE_WAY: usize = 64;
/// The largest value that is shown as it is.
const LARGEST_SHOWN: u64 = u32::MAX as u64;

type StepResult = Result<(), HttpError>;

/// A stream that the other end sends on alone.
#[derive(Debug)]
pub(super) enum OneWayStream {
    /// Its kind is still to come.
    New(BytesMut),
    /// The control stream; whether its settings have come.
    Control(Http3FrameReader, bool),
    /// What it carries means nothing to us: instructions of QPACK for a table that is not there, and kinds that nobody
    /// knows (RFC 9114, 6.2.3).
    Other,
}

impl Http3 {
    /// Takes steps of the other end's, split in any way.
    pub(super) fn receive(&mut self, bytes: &[u8]) -> Vec<HttpEvent> {
        let mut out = Vec::new();
        if self.broken {
            return out;
        }
        self.steps.push(bytes);
        if let Err(error) = self.steps_into(&mut out) {
            self.broken = true;
            self.go_away(error.code);
            out.push(HttpEvent::Broken(error));
        }
        self.forget_finished();
        out
    }

    fn steps_into(&mut self, out: &mut Vec<HttpEvent>) -> StepResult {
        loop {
            let taken = self.steps.take();
            let taken = taken.map_err(|what| HttpError::with(ErrorCode::H3_INTERNAL_ERROR, what))?;
            match taken {
                Some(step) => self.one_step(step, out)?,
                None => return Ok(()),
            }
        }
    }

    fn one_step(&mut self, step: QuicStep, out: &mut Vec<HttpEvent>) -> StepResult {
        match step {
            QuicStep::Data { stream, bytes } if is_one_way(stream) => self.one_way_data(stream, &bytes, out),
            QuicStep::End { stream } | QuicStep::Reset { stream, .. } if is_one_way(stream) => {
                self.one_way_end(stream)
            }
            QuicStep::Data { stream, bytes } => self.request_data(stream, &bytes, out),
            QuicStep::End { stream } => self.request_end(stream, out),
            QuicStep::Reset { stream, code } => {
                self.request_reset(stream, code, out);
                Ok(())
            }
            // It only says that it reads no more.
            QuicStep::Stop { .. } => Ok(()),
            QuicStep::Close { code } => {
                let code = error_code(code);
                if !code.is_own() {
                    out.push(HttpEvent::GoAway { last: 0, code });
                }
                Ok(())
            }
        }
    }

    fn one_way_data(&mut self, stream: u64, bytes: &[u8], out: &mut Vec<HttpEvent>) -> StepResult {
        if !self.one_way.contains_key(&stream) && self.one_way.len() >= MOST_ONE_WAY {
            return Err(HttpError::with(ErrorCode::H3_EXCESSIVE_LOAD, "opened too many streams"));
        }
        let mut found = self.one_way.remove(&stream).unwrap_or(OneWayStream::New(BytesMut::new()));
        let mut bytes = Bytes::copy_from_slice(bytes);
        if let OneWayStream::New(begun) = &mut found {
            begun.extend_from_slice(&bytes);
            if let Some((of, count)) = varint::take(begun) {
                bytes = begun.split_off(count).freeze();
                found = self.one_way_of(of)?;
            }
        }
        let result = match &mut found {
            OneWayStream::Control(frames, has_settings) => {
                frames.push(&bytes);
                self.control_frames(frames, has_settings, out)
            }
            OneWayStream::New(_) | OneWayStream::Other => Ok(()),
        };
        self.one_way.insert(stream, found);
        result
    }

    fn one_way_of(&mut self, of: u64) -> Result<OneWayStream, HttpError> {
        if of != CONTROL {
            return Ok(OneWayStream::Other);
        }
        if std::mem::replace(&mut self.has_control, true) {
            return Err(HttpError::with(
                ErrorCode::H3_STREAM_CREATION_ERROR,
                "opened a second control stream",
            ));
        }
        Ok(OneWayStream::Control(Http3FrameReader::default(), false))
    }

    fn one_way_end(&mut self, stream: u64) -> StepResult {
        match self.one_way.get(&stream) {
            Some(OneWayStream::Control(..)) => {
                Err(HttpError::with(ErrorCode::H3_CLOSED_CRITICAL_STREAM, "closed its control stream"))
            }
            _ => {
                self.one_way.remove(&stream);
                Ok(())
            }
        }
    }

    fn control_frames(
        &mut self,
        frames: &mut Http3FrameReader,
        has_settings: &mut bool,
        out: &mut Vec<HttpEvent>,
    ) -> StepResult {
        while let Some(part) = frames.take()? {
            match part {
                Http3FramePart::Whole(kind::SETTINGS, payload) if !*has_settings => {
                    *has_settings = true;
                    self.settings(&payload, out)?;
                }
                _ if !*has_settings => {
                    let what = "began its control stream with another frame than SETTINGS";
                    return Err(HttpError::with(ErrorCode::H3_MISSING_SETTINGS, what));
                }
                Http3FramePart::Whole(kind::GOAWAY, payload) => {
                    let Some((last, _)) = varint::take(&payload) else {
                        return Err(HttpError::with(ErrorCode::H3_FRAME_ERROR, "sent GOAWAY that is empty"));
                    };
                    let last = u32::try_from(last).unwrap_or(u32::MAX);
                    out.push(HttpEvent::GoAway { last, code: ErrorCode::H3_NO_ERROR });
                }
                Http3FramePart::Whole(kind::CANCEL_PUSH | kind::MAX_PUSH_ID, _) => {}
                _ => {
                    let what = "sent a frame on its control stream that does not belong there";
                    return Err(HttpError::with(ErrorCode::H3_FRAME_UNEXPECTED, what));
                }
            }
        }
        Ok(())
    }

    fn settings(&mut self, payload: &[u8], out: &mut Vec<HttpEvent>) -> StepResult {
        let (mut shown, mut broken, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        let mut rest = payload;
        self.connects = Some(false);
        while !rest.is_empty() {
            let pair = varint::take(rest).and_then(|(id, first)| {
                let (value, second) = varint::take(&rest[first..])?;
                Some((id, value, first + second))
            });
            let Some((id, value, count)) = pair else {
                return Err(HttpError::with(
                    ErrorCode::H3_FRAME_ERROR,
                    "sent SETTINGS that end within a setting",
                ));
            };
            rest = &rest[count..];
            if !seen.insert(id) {
                return Err(HttpError::with(ErrorCode::H3_SETTINGS_ERROR, "sent the same setting twice"));
            }
            if id == u64::from(Http2Setting::ENABLE_CONNECT_PROTOCOL) {
                self.connects = Some(value > 0);
                broken.extend((value > 1).then_some(Violation::Http3SettingInvalid(value)));
            }
            if let Ok(id) = u16::try_from(id) {
                let value = u32::try_from(value.min(LARGEST_SHOWN)).unwrap_or(u32::MAX);
                shown.push(Http2Setting::new(id, value));
            }
        }
        out.push(HttpEvent::Settings(shown, broken));
        self.release();
        Ok(())
    }

    fn request_data(&mut self, stream: u64, bytes: &[u8], out: &mut Vec<HttpEvent>) -> StepResult {
        let Some(id) = self.request_id(stream, out)? else { return Ok(()) };
        let Some(found) = self.requests.get_mut(&id) else { return Ok(()) };
        found.frames.push(bytes);
        while let Some(found) = self.requests.get_mut(&id) {
            let Some(part) = found.frames.take()? else { break };
            match part {
                Http3FramePart::Data(bytes) if found.opened => {
                    out.push(HttpEvent::Data { stream: id, bytes })
                }
                Http3FramePart::Whole(kind::HEADERS, block) => self.section(id, &block, out)?,
                Http3FramePart::EndlessHeaders => out.push(HttpEvent::EndlessHead { stream: id }),
                Http3FramePart::Data(_) => {
                    return Err(HttpError::with(ErrorCode::H3_FRAME_UNEXPECTED, "sent DATA before HEADERS"));
                }
                Http3FramePart::Whole(..) => {
                    let what = "sent a frame on a stream of a request that does not belong there";
                    return Err(HttpError::with(ErrorCode::H3_FRAME_UNEXPECTED, what));
                }
            }
        }
        Ok(())
    }

    /// The stream as events name it, if it is or becomes one that is open.
    fn request_id(&mut self, stream: u64, out: &mut Vec<HttpEvent>) -> Result<Option<u32>, HttpError> {
        let is_of_client = stream & 1 == 0;
        let Some(id) = u32::try_from(stream).ok().filter(|_| is_of_client) else {
            let what = "opened a stream that only a client may open";
            return Err(HttpError::with(ErrorCode::H3_STREAM_CREATION_ERROR, what));
        };
        if self.requests.contains_key(&id) {
            return Ok(Some(id));
        }
        if self.ours == Role::Client || id < self.next {
            return Ok(None);
        }
        self.next = id.saturating_add(4);
        let frames = Http3FrameReader::keeping_unknown(self.keeps_unknown);
        self.requests.insert(id, RequestStream { frames, ..RequestStream::default() });
        if self.requests.len() > MOST_REQUESTS {
            let code = self.refused();
            self.reset(id, code);
            out.push(HttpEvent::Reset { stream: id, code });
        }
        Ok(Some(id))
    }

    fn section(&mut self, stream: u32, block: &[u8], out: &mut Vec<HttpEvent>) -> StepResult {
        let Some((section, is_whole)) = self.decoder.decode(block) else {
            let what = "sent fields that cannot be decompressed";
            return Err(HttpError::with(ErrorCode::QPACK_DECOMPRESSION_FAILED, what));
        };
        let Some(found) = self.requests.get_mut(&stream) else { return Ok(()) };
        // What comes after the opening is a trailer, which means nothing to us.
        if !is_whole {
            out.push(HttpEvent::EndlessHead { stream });
        } else if !found.opened {
            let opening = fields::opening(section, self.ours.peer(), Version::HTTP_3);
            found.opened = !matches!(&opening, Opening::Response(head) if head.is_interim());
            out.push(HttpEvent::Opening { stream, opening });
        }
        Ok(())
    }

    fn request_end(&mut self, stream: u64, out: &mut Vec<HttpEvent>) -> StepResult {
        let Some(id) = self.request_id(stream, out)? else { return Ok(()) };
        if let Some(found) = self.requests.get_mut(&id).filter(|found| !found.ended) {
            found.ended = true;
            if found.frames.is_within_frame() {
                let what = "ended a stream in the middle of a frame";
                return Err(HttpError::with(ErrorCode::H3_FRAME_ERROR, what));
            }
            out.push(HttpEvent::End { stream: id });
        }
        Ok(())
    }

    fn request_reset(&mut self, stream: u64, code: u64, out: &mut Vec<HttpEvent>) {
        let Ok(id) = u32::try_from(stream) else { return };
        let code = error_code(code);
        if let Some(found) = self.requests.get_mut(&id)
            && !std::mem::replace(&mut found.ended, true)
        {
            out.push(HttpEvent::Reset { stream: id, code });
        }
    }
}

/// Whether only one end sends on a stream (RFC 9000, 2.1).
const fn is_one_way(stream: u64) -> bool {
    stream & 2 != 0
}

fn error_code(code: u64) -> ErrorCode {
    ErrorCode(u32::try_from(code).unwrap_or(u32::MAX))
}
