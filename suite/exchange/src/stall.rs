//! What keeps us from writing for a while.

use crate::moment::Moment;

/// A pause of the script, or a peer that does not read.
#[derive(Debug, Default)]
pub(crate) struct Stall {
    /// Until when the script lets nothing be written.
    paused: Option<Moment>,
    /// Since when the peer lets nothing be written.
    blocked: Option<Moment>,
}

impl Stall {
    /// Writes nothing until then.
    pub(crate) fn pause(&mut self, until: Moment) {
        self.paused = Some(until);
    }

    /// The end of the pause; `None` if there is no pause now.
    pub(crate) fn paused(&self, now: Moment) -> Option<Moment> {
        self.paused.filter(|until| now < *until)
    }

    /// Since when the peer lets nothing be written: from now on, unless it was so before.
    pub(crate) fn blocked_since(&mut self, now: Moment) -> Moment {
        *self.blocked.get_or_insert(now)
    }

    /// The peer lets something be written, or there is nothing to write.
    pub(crate) fn ends(&mut self) {
        self.blocked = None;
    }
}
