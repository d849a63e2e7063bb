//! A data message under way.

use bytes::Bytes;

use crate::{Assembled, InflateError, Inflater, MessageKind, Utf8Error, Utf8Validator, Violation};

/// A message whose last frame has not come.
#[derive(Debug)]
pub(super) struct Message {
    /// `None` for a reserved opcode, whose payload means nothing to us.
    kind: Option<MessageKind>,
    compressed: bool,
    payload: Vec<u8>,
    frames: usize,
    utf8: Utf8Validator,
    /// Nothing more is checked of the text: it was said to be invalid.
    invalid: bool,
    /// The payload is not known and not kept.
    lost: bool,
}

impl Message {
    pub(super) fn new(kind: Option<MessageKind>, compressed: bool) -> Self {
        let utf8 = Utf8Validator::new();
        Self { kind, compressed, payload: Vec::new(), frames: 0, utf8, invalid: false, lost: kind.is_none() }
    }

    pub(super) const fn is_compressed(&self) -> bool {
        self.compressed
    }

    pub(super) const fn is_compressed_and_lost(&self) -> bool {
        self.compressed && self.lost
    }

    pub(super) fn lose(&mut self) {
        self.lost = true;
        self.payload = Vec::new();
    }

    /// Adds a frame's payload.
    pub(super) fn add(
        &mut self,
        payload: &[u8],
        inflater: Option<&mut Inflater>,
        limit: usize,
        out: &mut Vec<Assembled>,
    ) {
        self.frames += 1;
        if self.lost {
            return;
        }
        let start = self.payload.len();
        let added = match inflater.filter(|_| self.compressed) {
            Some(inflater) => inflater.push(payload, &mut self.payload, limit),
            None if start + payload.len() > limit => Err(InflateError::TooLong { limit }),
            None => {
                self.payload.extend_from_slice(payload);
                Ok(())
            }
        };
        self.check(start, added, out);
    }

    /// Ends the message after its last frame.
    pub(super) fn finish(&mut self, inflater: Option<&mut Inflater>, limit: usize, out: &mut Vec<Assembled>) {
        if self.lost {
            return;
        }
        if let Some(inflater) = inflater.filter(|_| self.compressed) {
            let start = self.payload.len();
            let ended = inflater.finish(&mut self.payload, limit);
            self.check(start, ended, out);
        }
        if !self.lost && !self.invalid && self.kind == Some(MessageKind::Text) {
            out.extend(self.utf8.finish().err().map(invalid));
        }
    }

    /// What the message amounts to.
    pub(super) fn into_assembled(self) -> Option<Assembled> {
        let kind = self.kind?;
        Some(if self.lost {
            Assembled::Lost { kind }
        } else {
            let payload = Bytes::from(self.payload);
            Assembled::Message { kind, payload, frames: self.frames, compressed: self.compressed }
        })
    }

    /// Checks what was added from `start` on, and that it could be.
    fn check(&mut self, start: usize, added: Result<(), InflateError>, out: &mut Vec<Assembled>) {
        if self.kind == Some(MessageKind::Text)
            && !self.invalid
            && let Err(error) = self.utf8.push(&self.payload[start..])
        {
            self.invalid = true;
            out.push(invalid(error));
        }
        if let Err(error) = added {
            if error == InflateError::Corrupt {
                let offset = self.payload.len() as u64;
                out.push(Assembled::Violation(Violation::DeflateCorrupt { offset }));
            }
            self.lose();
        }
    }
}

pub(super) fn invalid(error: Utf8Error) -> Assembled {
    Assembled::Violation(Violation::InvalidUtf8 { offset: error.offset })
}
