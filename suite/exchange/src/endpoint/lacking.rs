//! Answers that a peer is known never to give: they are not waited for, and are one fault, or its own choice.

use wsspec_catalogue::Need;

use super::Endpoint;
use crate::{duties, waiting::Wait};

impl Endpoint {
    /// Whether a pong is missing, from a peer that answers no pings.
    pub(crate) fn lacks_pong(&self, wait: &Wait) -> bool {
        !self.setup.answers_pings && wait.is_for_pong()
    }

    /// Whether another echo is missing, from a peer that sends only the first message of a connection back.
    pub(crate) fn lacks_second_echo(&self, wait: &Wait) -> bool {
        self.setup.drops_second && wait.wants_message(self.setup.fence) && self.has_sent_message
    }

    /// Whether the trial is about pings and pongs.
    fn is_about_pings(&self) -> bool {
        let own = self.own_requirement();
        let is_own = own.spec() == "rfc6455" && ["5.5", "5.5.2", "5.5.3"].contains(&own.section());
        is_own || self.trial.cites(&duties::PING_IS_ANSWERED)
    }

    /// Whether the peer is known never to do what this waits for, in a trial about something else or in a run that decides
    /// nothing alone. Then a short silence shows as much as a long one.
    pub(crate) fn is_moot(&self, wait: &Wait) -> bool {
        let rule = duties::CLOSE_IS_ANSWERED;
        match wait {
            Wait::FinalClose => self.grading.is_waived(&rule),
            Wait::FinalEnd => self.grading.is_waived(&duties::SERVER_ENDS_FIRST),
            _ if self.lacks_second_echo(wait) => true,
            _ if self.setup.grace.is_zero() => !self.setup.answers_pings && wait.wants_pong(),
            _ => self.lacks_pong(wait) && !self.is_about_pings(),
        }
    }

    /// A pong is missing, from a peer that answers no pings. That is one fault, for the cases about pings and pongs.
    pub(crate) fn miss_pong(&mut self, line: usize, expected: String, actual: String) {
        match self.is_about_pings() {
            true => self.fail(line, expected, actual, Some(duties::PING_IS_ANSWERED)),
            false => self.grading.skip(Need::Pong.lacking()),
        }
    }
}
