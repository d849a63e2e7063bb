//! Lets the runner drive Autobahn's sessions.

use std::time::Duration;

use wsspec_autobahn::{CaseSession, SessionAction};
use wsspec_runner::{DriveLimits, Heard, Player, PlayerStep};

/// Time limit for writing the last bytes.
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// The session's own time limits apply.
pub const LIMITS: DriveLimits = DriveLimits::with_shutdown(CLOSE_TIMEOUT);

/// Plays a session to its end.
pub struct SessionPlayer<'s, F> {
    session: &'s mut CaseSession,
    opened: Option<F>,
    is_over: bool,
}

impl<'s, F: FnOnce(&mut CaseSession)> SessionPlayer<'s, F> {
    /// Calls `opened` after the opening handshake, before the case begins.
    pub fn new(session: &'s mut CaseSession, opened: F) -> Self {
        Self { session, opened: Some(opened), is_over: false }
    }
}

impl<F: FnOnce(&mut CaseSession)> Player for SessionPlayer<'_, F> {
    const READ_SIZE: usize = 64 << 10;
    const EXACT: bool = true;

    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep {
        if self.session.was_open()
            && let Some(opened) = self.opened.take()
        {
            opened(self.session);
        }
        if self.is_over {
            return PlayerStep::Done;
        }
        match self.session.next_unless(writing, now) {
            SessionAction::Write(bytes) => PlayerStep::Write(bytes),
            SessionAction::Wait(until) => PlayerStep::Wait(until),
            SessionAction::End => {
                self.is_over = true;
                PlayerStep::Shutdown
            }
        }
    }

    fn hear(&mut self, heard: Heard<'_>, now: Duration) {
        match heard {
            Heard::Bytes(bytes) => self.session.receive(bytes, now),
            Heard::Eof | Heard::Reset => {
                self.session.ended(now);
                self.is_over = true;
            }
            Heard::Usage(_) => {}
        }
    }
}
