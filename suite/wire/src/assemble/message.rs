//! A data message in progress.

use bytes::Bytes;

use crate::{Assembled, InflateError, Inflater, MessageKind, Utf8Error, Utf8Validator, Violation};

/// How many bytes of a compressed payload are kept for judging.
const RAW_KEPT: usize = 1 << 20;

/// A message whose last frame has not arrived.
#[derive(Debug)]
pub(super) struct Message {
    /// `None` for a reserved opcode, whose payload has no meaning for us.
    kind: Option<MessageKind>,
    compressed: bool,
    payload: Vec<u8>,
    /// The start of the compressed payload, if it is to be judged.
    raw: Vec<u8>,
    frames: usize,
    /// It was decompressed to the end.
    ended: bool,
    utf8: Utf8Validator,
    /// The text is not checked any further: it was already reported as invalid, or it is not known to be text.
    invalid: bool,
    /// The payload is unknown and not kept.
    lost: bool,
}

impl Message {
    pub(super) fn new(kind: Option<MessageKind>, compressed: bool) -> Self {
        let utf8 = Utf8Validator::new();
        let (payload, raw) = (Vec::new(), Vec::new());
        let (frames, ended, invalid, lost) = (0, false, false, kind.is_none());
        Self { kind, compressed, payload, raw, frames, ended, utf8, invalid, lost }
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    pub(super) const fn is_compressed_and_lost(&self) -> bool {
        self.compressed && self.lost
    }

    /// Does not judge the payload as text.
    pub(super) const fn leave_unread(&mut self) {
        self.invalid = true;
    }

    pub(super) fn lose(&mut self) {
        self.lost = true;
        (self.payload, self.raw) = (Vec::new(), Vec::new());
    }

    /// Adds a frame's payload; `last` ends the message.
    pub(super) fn add(
        &mut self,
        payload: &[u8],
        last: bool,
        mut inflater: Option<&mut Inflater>,
        limit: usize,
        out: &mut Vec<Assembled>,
    ) {
        self.frames += 1;
        if self.lost {
            return;
        }
        let start = self.payload.len();
        let added = match inflater.as_deref_mut().filter(|_| self.compressed) {
            Some(inflater) => {
                self.keep(payload, inflater);
                self.ended = last && self.frames == 1;
                match self.ended {
                    true => inflater.whole(payload, &mut self.payload, limit),
                    false => inflater.push(payload, &mut self.payload, limit),
                }
            }
            None if start + payload.len() > limit => Err(InflateError::TooLong { limit }),
            None => {
                self.payload.extend_from_slice(payload);
                Ok(())
            }
        };
        self.check(start, added, inflater.as_deref(), out);
    }

    /// Keeps a frame's payload if it is judged at the end.
    fn keep(&mut self, payload: &[u8], inflater: &Inflater) {
        if inflater.is_narrow() {
            let room = RAW_KEPT - self.raw.len().min(RAW_KEPT);
            self.raw.extend_from_slice(&payload[..payload.len().min(room)]);
        }
    }

    /// Ends the message after its last frame.
    pub(super) fn finish(&mut self, inflater: Option<&mut Inflater>, limit: usize, out: &mut Vec<Assembled>) {
        if self.lost {
            return;
        }
        if let Some(inflater) = inflater.filter(|_| self.compressed) {
            let start = self.payload.len();
            let ended = if self.ended { Ok(()) } else { inflater.finish(&mut self.payload, limit) };
            let whole = ended.is_ok();
            self.check(start, ended, Some(inflater), out);
            if whole && inflater.is_narrow() && !inflater.repeated() {
                out.extend(inflater.judge(&self.raw).map(Assembled::Violation));
            }
        }
        if !self.lost && !self.invalid && self.kind == Some(MessageKind::Text) {
            out.extend(self.utf8.finish().err().map(invalid));
        }
    }

    /// What the message yields.
    pub(super) fn into_assembled(self) -> Option<Assembled> {
        let kind = self.kind?;
        Some(if self.lost {
            Assembled::Lost { kind }
        } else {
            let payload = Bytes::from(self.payload);
            Assembled::Message { kind, payload, frames: self.frames, compressed: self.compressed }
        })
    }

    /// Checks the bytes added from `start` on, and whether they could be decompressed.
    fn check(
        &mut self,
        start: usize,
        added: Result<(), InflateError>,
        inflater: Option<&Inflater>,
        out: &mut Vec<Assembled>,
    ) {
        if self.kind == Some(MessageKind::Text)
            && !self.invalid
            && let Err(error) = self.utf8.push(&self.payload[start..])
        {
            self.invalid = true;
            out.push(invalid(error));
        }
        if let Err(error) = added {
            if error == InflateError::Corrupt {
                let corrupt = Violation::DeflateCorrupt { offset: self.payload.len() as u64 };
                let cause = inflater.and_then(|inflater| inflater.judge(&self.raw));
                out.push(Assembled::Violation(cause.unwrap_or(corrupt)));
            }
            self.lose();
        }
    }
}

pub(super) fn invalid(error: Utf8Error) -> Assembled {
    Assembled::Violation(Violation::InvalidUtf8 { offset: error.offset })
}
