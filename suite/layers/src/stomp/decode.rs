//! Octets to frames, incrementally. Never refuses: a frame that is wrong is a frame with a fault. Keeps at most its limit.

use std::ops::Range;

use bytes::{Buf, Bytes, BytesMut};

use super::{
    frame::{FrameFault, StompFrame},
    head::{self, HeadEnd},
};

/// What was decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StompDecoded {
    /// A frame, and where its octets are, counted from the first octet ever pushed.
    Frame(StompFrame, Range<u64>),
    /// An end of line between frames: a heart-beat, or what may follow a NUL.
    Eol,
    /// A frame above the limit; nothing more is decoded.
    TooLarge,
}

/// A decoder of one half of a connection.
#[derive(Debug)]
pub struct StompDecoder {
    buffer: BytesMut,
    /// How far the buffer has been searched for the end of a head.
    searched: usize,
    /// The frame whose head is complete.
    begun: Option<BegunFrame>,
    /// How many octets came before the buffer.
    before: u64,
    limit: usize,
    is_dead: bool,
}

impl StompDecoder {
    /// A decoder that keeps at most `limit` octets of a frame.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { buffer: BytesMut::new(), searched: 0, begun: None, before: 0, limit, is_dead: false }
    }

    /// Adds octets, split in any way.
    pub fn push(&mut self, bytes: &[u8]) {
        if !self.is_dead {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// What has begun and not ended.
    #[must_use]
    pub fn unfinished(&self) -> &[u8] {
        &self.buffer
    }

    /// The length of the body that has begun, as its frame announces it.
    #[must_use]
    pub fn announced(&self) -> Option<usize> {
        self.begun.as_ref()?.announced
    }

    /// How many octets have been pushed.
    #[must_use]
    pub fn pushed(&self) -> u64 {
        self.before + self.buffer.len() as u64
    }

    /// What comes next; `None` if it is not complete.
    pub fn decode(&mut self) -> Option<StompDecoded> {
        if let Some(eol) = self.eol() {
            self.advance(eol);
            return Some(StompDecoded::Eol);
        }
        match self.frame() {
            Some((frame, end)) if end <= self.limit => {
                let start = self.before;
                self.advance(end);
                Some(StompDecoded::Frame(frame, start..self.before))
            }
            // A CR alone may be the start of an end of line, which is not part of a frame.
            None if self.buffer.len() <= self.limit || &self.buffer[..] == b"\r" => None,
            _ => {
                self.is_dead = true;
                self.begun = None;
                self.advance(self.buffer.len());
                Some(StompDecoded::TooLarge)
            }
        }
    }

    /// The length of an end of line in front of a frame.
    fn eol(&self) -> Option<usize> {
        match &self.buffer[..] {
            [b'\n', ..] => Some(1),
            [b'\r', b'\n', ..] => Some(2),
            _ => None,
        }
    }

    fn advance(&mut self, count: usize) {
        self.buffer.advance(count);
        self.before += count as u64;
        self.searched = 0;
    }

    /// The frame at the start of the buffer, and its length. Looks at each octet once: a body may come one by one.
    fn frame(&mut self) -> Option<(StompFrame, usize)> {
        if self.begun.is_none() {
            match head::end_of(&self.buffer, &mut self.searched)? {
                HeadEnd::Blank { head, body } => {
                    self.begun = Some(BegunFrame::new(head::lines(&self.buffer[..head]), body));
                }
                HeadEnd::Nul(at) => {
                    let lines = head::lines(&self.buffer[..at]);
                    return Some((frame_of(lines, Some(FrameFault::NulInHead)), at + 1));
                }
            }
        }
        let begun = self.begun.as_mut()?;
        let length = begun.length(&self.buffer[begun.body_at..])?;
        let BegunFrame { mut frame, body_at, .. } = self.begun.take()?;
        frame.body = Bytes::copy_from_slice(&self.buffer[body_at..][..length]);
        Some((frame, body_at + length + 1))
    }
}

/// A frame whose head is complete, and whose body may be still to come.
#[derive(Debug)]
struct BegunFrame {
    frame: StompFrame,
    /// Where its body begins in the buffer.
    body_at: usize,
    /// The length that it announces, unless that has turned out to be wrong.
    announced: Option<usize>,
    /// How far its body has been searched for a NUL.
    searched: usize,
}

impl BegunFrame {
    fn new(lines: Vec<Bytes>, body_at: usize) -> Self {
        let mut frame = frame_of(lines, None);
        let mut announced = None;
        match frame.raw(b"content-length").map(length_of) {
            Some(Ok(length)) => announced = Some(length),
            Some(Err(value)) => frame.fault = Some(FrameFault::LengthMalformed(value)),
            None => {}
        }
        Self { frame, body_at, announced, searched: 0 }
    }

    /// The length of the body at the start of `after`; `None` if it does not end yet.
    fn length(&mut self, after: &[u8]) -> Option<usize> {
        if let Some(length) = self.announced {
            if *after.get(length)? == 0 {
                return Some(length);
            }
            self.frame.fault = Some(FrameFault::LengthWrong(length));
            self.announced = None;
            self.searched = length;
        }
        let from = self.searched;
        self.searched = after.len();
        after[from..].iter().position(|byte| *byte == 0).map(|at| from + at)
    }
}

fn frame_of(mut lines: Vec<Bytes>, fault: Option<FrameFault>) -> StompFrame {
    let command = if lines.is_empty() { Bytes::new() } else { lines.remove(0) };
    StompFrame { command, lines, body: Bytes::new(), fault }
}

/// A number of octets: digits, and not more than memory could hold.
fn length_of(value: &[u8]) -> Result<usize, Bytes> {
    let digits = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    let text = str::from_utf8(value).ok().filter(|_| digits);
    text.and_then(|text| text.parse().ok()).ok_or_else(|| Bytes::copy_from_slice(value))
}
