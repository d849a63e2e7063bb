//! What happened on a connection, in order.

use wsspec_record::{Meaning, Usage};
use wsspec_referee::Received;
use wsspec_wire::ConnectionName;

use crate::moment::Moment;

/// Everything that happened on a connection, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transcript {
    /// In order of time.
    pub entries: Vec<Entry>,
    /// Number of frames left out because there were too many or they were too large.
    pub omitted: u64,
    /// Bytes of received data that may still be kept.
    room: usize,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Moment,
    /// The script's line it belongs to, 1-based; 0: none.
    pub line: usize,
    /// Which connection; `None` if the trial has only one.
    pub connection: Option<ConnectionName>,
    /// What happened.
    pub event: Event,
    /// What it meant; `None` if there is nothing to say.
    pub meaning: Option<Meaning>,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// We sent this, in the notation.
    Sent(String),
    /// We would have sent this if the peer had not ended the connection.
    Skipped(String),
    /// The peer sent this.
    Received(Received),
    /// The peer closed its side of the stream.
    Eof,
    /// The connection was reset.
    Reset,
    /// The resource usage of the peer's process.
    Measured(Usage),
    /// A time limit ran out.
    Timeout,
}

/// Maximum number of entries; a peer may send without end.
const MOST_ENTRIES: usize = 4096;

impl Transcript {
    /// An empty transcript that keeps at most `room` bytes of received data.
    pub(crate) fn with_room(room: usize) -> Self {
        Self { room, ..Self::default() }
    }

    /// Adds an entry. Returns its place, or `None` if there are too many already.
    pub(crate) fn add(&mut self, at: Moment, line: usize, event: Event) -> Option<usize> {
        self.add_on(None, at, line, event)
    }

    /// The same, for a connection with a name.
    pub(crate) fn add_on(
        &mut self,
        connection: Option<ConnectionName>,
        at: Moment,
        line: usize,
        event: Event,
    ) -> Option<usize> {
        let size = match &event {
            Event::Received(received) => received.size(),
            _ => 0,
        };
        if self.entries.len() >= MOST_ENTRIES || size > self.room {
            self.omitted += 1;
            return None;
        }
        self.room -= size;
        self.entries.push(Entry { at, line, connection, event, meaning: None });
        Some(self.entries.len() - 1)
    }

    /// Sets which line an entry belongs to, and what it meant there.
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
