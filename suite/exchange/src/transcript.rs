//! What happened on a connection, in order.

use bytes::Bytes;
use wsspec_wire::{Frame, Header};

use crate::moment::Moment;

/// Everything that happened on a connection, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// In the order of time.
    pub entries: Vec<Entry>,
    /// Frames that were left out because there were too many.
    pub omitted: u64,
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
    /// Bytes after a response that is not an upgrade, or of a head or frame that did not end.
    Raw(Bytes),
}

/// The most entries that are kept; a peer may send without end.
const MOST_ENTRIES: usize = 4096;

impl Transcript {
    /// Adds an entry; its place, or `None` when there are too many already.
    pub(crate) fn add(&mut self, at: Moment, line: usize, event: Event) -> Option<usize> {
        if self.entries.len() >= MOST_ENTRIES {
            self.omitted += 1;
            return None;
        }
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
