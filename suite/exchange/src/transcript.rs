//! What happened on a connection, in order.

use bytes::Bytes;
use wsspec_wire::{Frame, Header};

use crate::{moment::Moment, process::Usage};

/// Everything that happened on a connection, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// In the order of time.
    pub entries: Vec<Entry>,
    /// Frames that were left out because they were too many or too much.
    pub omitted: u64,
    /// Bytes of what was received that may still be kept.
    room: usize,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// The script's line it belongs to, 1-based; 0: none.
    pub line: usize,
    /// What.
    pub event: Event,
    /// What it meant: `matched`, what was wrong with it; may be empty.
    pub remark: String,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// We sent this, in the notation.
    Sent(String),
    /// We would have sent this, had the peer not ended the connection.
    Skipped(String),
    /// The peer sent this.
    Received(Received),
    /// The peer ended its half of the stream.
    Eof,
    /// The connection was reset.
    Reset,
    /// What the peer's process uses.
    Measured(Usage),
    /// A time limit ran out; what about is in the remark.
    Timeout,
}

/// What can arrive.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// A request or response head.
    Head(Bytes),
    /// A whole frame.
    Frame(Frame),
    /// A frame announced to be larger than anything expected; its payload was thrown away.
    Oversize(Header),
    /// Bytes after a response that is not an upgrade.
    Raw(Bytes),
    /// The bytes of a head or frame that began and did not end.
    Unfinished(Bytes),
}

impl Received {
    /// Bytes of it that are kept in memory.
    fn size(&self) -> usize {
        match self {
            Self::Head(bytes) | Self::Raw(bytes) | Self::Unfinished(bytes) => bytes.len(),
            Self::Frame(frame) => frame.payload.len(),
            Self::Oversize(_) => 0,
        }
    }
}

/// The most entries that are kept; a peer may send without end.
const MOST_ENTRIES: usize = 4096;

impl Transcript {
    /// An empty one that keeps at most `room` bytes of what is received.
    pub(crate) fn with_room(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    /// Adds an entry; its place, or `None` when there are too many already.
    pub(crate) fn add(&mut self, at: Moment, line: usize, event: Event) -> Option<usize> {
        let size = match &event {
            Event::Received(received) => received.size(),
            _ => 0,
        };
        if self.entries.len() >= MOST_ENTRIES || size > self.room {
            self.omitted += 1;
            return None;
        }
        self.room -= size;
        self.entries.push(Entry { at, line, event, remark: String::new() });
        Some(self.entries.len() - 1)
    }

    /// Says which line an entry belongs to and what it meant there.
    pub(crate) fn explain(&mut self, place: Option<usize>, line: usize, remark: impl Into<String>) {
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.line = line;
            entry.remark = remark.into();
        }
    }
}
