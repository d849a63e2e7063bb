//! Arrivals that no line has read yet.

use std::collections::VecDeque;

use wsspec_referee::Arrival;

/// Bytes, and arrivals, that may queue up during a `wait` line. More of them end it early; the following lines will
/// reject them.
const BACKLOG: usize = 1 << 20;
const BACKLOG_ARRIVALS: usize = 1024;

/// Arrivals that may be unread, for example while a write makes no progress.
const MOST_UNREAD: usize = 65_536;

/// Control frames kept for the lines after an optional one; more than any script asks for.
const MOST_HELD: usize = 256;

/// An arrival, and its place in the transcript.
pub(crate) type Item = (Arrival, Option<usize>);

/// Arrivals in order.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    unread: VecDeque<Item>,
    /// Control frames that an optional line skipped, for the lines after it.
    held: Vec<Item>,
    /// Bytes that arrived since the current line began to wait.
    backlog: usize,
}

impl Inbox {
    /// Counts bytes that have arrived.
    pub(crate) fn count(&mut self, bytes: usize) {
        self.backlog = self.backlog.saturating_add(bytes);
    }

    /// Another line begins to wait.
    pub(crate) fn restart_count(&mut self) {
        self.backlog = 0;
    }

    /// Whether so much is unread that a `wait` line should end.
    pub(crate) fn is_flooded(&self) -> bool {
        self.backlog > BACKLOG || self.unread.len() > BACKLOG_ARRIVALS
    }

    /// Whether the peer sends without end.
    pub(crate) fn is_over_full(&self) -> bool {
        self.unread.len() > MOST_UNREAD
    }

    /// Whether there is something to read.
    pub(crate) fn is_empty(&self) -> bool {
        self.unread.is_empty()
    }

    pub(crate) fn push(&mut self, item: Item) {
        self.unread.push_back(item);
    }

    pub(crate) fn pop(&mut self) -> Option<Item> {
        self.unread.pop_front()
    }

    /// Puts back the item that was read last: it is for the next line.
    pub(crate) fn put_back(&mut self, item: Item) {
        self.unread.push_front(item);
    }

    /// Keeps an item for the lines after the waiting one.
    pub(crate) fn hold(&mut self, item: Item) {
        if self.held.len() < MOST_HELD {
            self.held.push(item);
        }
    }

    /// Returns the kept items to the front, for the next line.
    pub(crate) fn release_held(&mut self) {
        while let Some(item) = self.held.pop() {
            self.unread.push_front(item);
        }
    }
}
