//! One stream: what still waits for room in a window, and which ends are over (RFC 9113, 5).

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};

use super::frame::{Http2Frame, flag, kind};

/// The window that a stream and a connection begin with (RFC 9113, 6.9.2).
pub(crate) const DEFAULT_WINDOW: i64 = 65_535;

/// Octets to be sent in frames of their own.
#[derive(Debug)]
struct DataPiece {
    bytes: Bytes,
    padding: Option<u8>,
    /// It ends the stream.
    ends: bool,
}

/// One stream.
#[derive(Debug)]
pub(crate) struct Http2Stream {
    /// What we may send, which can be less than nothing.
    pub window: i64,
    /// What the other end may send.
    pub granted: i64,
    queue: VecDeque<DataPiece>,
    /// The other end has sent an opening that is not an interim one.
    pub opened: bool,
    /// The other end's half is over.
    pub ended: bool,
    /// Ours is.
    finished: bool,
}

impl Http2Stream {
    pub(crate) fn new(window: i64, granted: i64) -> Self {
        Self { window, granted, queue: VecDeque::new(), opened: false, ended: false, finished: false }
    }

    pub(crate) fn push(&mut self, bytes: Bytes, padding: Option<u8>, ends: bool) {
        if !self.finished {
            self.finished = ends;
            self.queue.push_back(DataPiece { bytes, padding, ends });
        }
    }

    /// Whether something waits to be sent.
    pub(crate) fn is_blocked(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Nothing more is sent.
    pub(crate) fn give_up(&mut self) {
        self.queue.clear();
        self.finished = true;
    }

    /// Whether both halves are over.
    pub(crate) fn is_over(&self) -> bool {
        self.ended && self.finished && self.queue.is_empty()
    }

    /// Writes what has room in both windows, in frames of at most so many octets.
    pub(crate) fn pump(&mut self, id: u32, connection: &mut i64, longest: usize, out: &mut BytesMut) {
        while let Some(piece) = self.queue.front_mut() {
            let around = piece.padding.map_or(0, |padding| usize::from(padding) + 1);
            let room = usize::try_from(self.window.min(*connection)).unwrap_or(0);
            let most = longest.min(room);
            // An empty frame takes no room (RFC 9113, 6.9).
            if around + piece.bytes.len().min(1) > most {
                return;
            }
            let bytes = piece.bytes.split_to(piece.bytes.len().min(most - around));
            let last = piece.bytes.is_empty();
            let end = if last && piece.ends { flag::END_STREAM } else { 0 };
            let (flags, payload) = match piece.padding {
                None => (end, bytes),
                Some(padding) => (end | flag::PADDED, padded(&bytes, padding)),
            };
            let spent = i64::try_from(payload.len()).unwrap_or(i64::MAX);
            self.window -= spent;
            *connection -= spent;
            Http2Frame::new(kind::DATA, flags, id, payload).encode(out);
            if last {
                self.queue.pop_front();
            }
        }
    }
}

fn padded(bytes: &[u8], padding: u8) -> Bytes {
    let mut payload = BytesMut::with_capacity(bytes.len() + usize::from(padding) + 1);
    payload.put_u8(padding);
    payload.extend_from_slice(bytes);
    payload.put_bytes(0, usize::from(padding));
    payload.freeze()
}
