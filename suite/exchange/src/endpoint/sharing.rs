//! A stream of a connection that has others.

use wsspec_carriers::PlayedEnd;

use super::Endpoint;
use crate::duties;

impl Endpoint {
    /// Plays on a stream of a connection that has others; in a replay, on what a record says of it.
    pub(crate) fn use_stream_of(&mut self, end: PlayedEnd) {
        self.connection.use_stream_of(end);
        self.is_shared = true;
    }

    /// A line, perhaps of another stream, says that we open no more streams.
    pub(crate) fn leave(&mut self) {
        self.connection.leave();
    }

    /// Whether the peer has ended the connection, with this and all other streams.
    pub(super) fn has_lost_all_streams(&self) -> bool {
        self.is_shared && self.was_reset && self.ending.is_eof() && self.connection.has_ended()
    }

    /// Ends the trial with what the peer did not follow when it ended the connection, which it may do at any time (RFC 9113,
    /// 5.4.1). Returns whether the trial is about something that this excuses.
    pub(super) fn excuse_end_of_all_streams(&mut self, line: usize) -> bool {
        let Some(rule) = duties::missed_by_ending(&self.trial.requirement) else { return false };
        self.grading.miss(line, "the peer ended the connection with all its streams".into(), Some(rule));
        self.conclude();
        true
    }
}
