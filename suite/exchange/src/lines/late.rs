//! Lines that wait on after their time limit. A late answer breaks no rule, and silence counts only if the peer is
//! alive and idle.

use bytes::Bytes;
use wsspec_notation::{FrameKind, Payload};
use wsspec_record::Fence;
use wsspec_referee::Arrival;

use super::{Lines, frame};
use crate::{
    endpoint::Endpoint,
    moment::Moment,
    waiting::{Late, Wait, Waiting},
};

/// Whether an arrival that the line does not wait for answers something sent before: the peer has not come to the line yet.
pub(super) fn is_answer(arrival: &Arrival, end: &Endpoint) -> bool {
    match arrival {
        Arrival::Message(..) => !end.setup.speaks_unasked,
        arrival => end.answers_ping(arrival),
    }
}

impl Lines {
    /// Whether what a line waits for may still arrive after its time limit.
    pub(crate) fn may_be_late(&self, waiting: &Waiting, end: &Endpoint) -> bool {
        let settled = match &waiting.wait {
            Wait::Expect(_, matcher) => matcher.is_settled(),
            _ => false,
        };
        let may_come = !end.setup.grace.is_zero() && !waiting.is_moot;
        may_come && waiting.wait.decides() && !settled && !end.ending.is_eof()
    }

    /// A line's time limit has run out. If possible, asks the peer for a sign of life on this connection, and waits on.
    /// An answer that did not come in time breaks no rule.
    pub(crate) fn ask(&mut self, mut waiting: Waiting, end: &mut Endpoint, now: Moment) {
        let may_ask =
            end.setup.fence == Fence::Ping && end.may_ask() && !matches!(waiting.wait, Wait::Fence(_));
        let ping = may_ask.then(|| Bytes::from(format!("late {:08x}", end.outbound.nonce())));
        if let Some(payload) = &ping {
            end.send(waiting.line, &frame(FrameKind::Ping, Payload::text(payload.clone())), now);
        }
        let is_closing = matches!(&waiting.wait, Wait::Expect(_, matcher) if matcher.lacks_only_the_end());
        if is_closing {
            end.close_after_bad_close();
        }
        let is_ending = matches!(&waiting.wait,
            Wait::Expect(expectation, matcher) if matcher.fits(expectation, &Arrival::Eof));
        let grace = if is_closing || is_ending { end.setup.longest_grace() } else { end.setup.grace };
        waiting.late = Some(Late { ping, answered: false, grace });
        waiting.deadline = Some(now + grace);
        self.waiting = Some(waiting);
    }
}
