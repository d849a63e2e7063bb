//! What happened on a connection, in order.

use wsspec_record::{Meaning, Usage};
use wsspec_referee::Received;
use wsspec_wire::ConnectionName;

use crate::moment::Moment;

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
    /// On which connection; `None` where the trial has only one.
    pub connection: Option<ConnectionName>,
    /// What.
    pub event: Event,
    /// What it meant; `None` where that needs no word.
    pub meaning: Option<Meaning>,
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
    /// A time limit ran out.
    Timeout,
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
        self.entries.push(Entry { at, line, connection: None, event, meaning: None });
        Some(self.entries.len() - 1)
    }

    /// Says which line an entry belongs to and what it meant there.
    pub(crate) fn explain(&mut self, place: Option<usize>, line: usize, meaning: Meaning) {
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.line = line;
            entry.meaning = Some(meaning);
        }
    }

    /// What was received at a place.
    pub(crate) fn received(&self, place: Option<usize>) -> Option<&Received> {
        match &self.entries.get(place?)?.event {
            Event::Received(received) => Some(received),
            _ => None,
        }
    }
}
