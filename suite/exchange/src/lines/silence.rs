//! What happens to a waiting line if nothing arrives.

use std::time::Duration;

use wsspec_notation::{Expectation, Expected, Strength};
use wsspec_record::Meaning;
use wsspec_referee::{Broken, Received};
use wsspec_wire::{Opcode, RequirementId};

use super::Lines;
use crate::{
    duties,
    endpoint::Endpoint,
    moment::Moment,
    opening,
    transcript::{Entry, Event},
    waiting::{Lapse, Late, Silence, Wait, Waiting},
    wording,
};

impl Lines {
    /// The stream has ended and everything was read: what the line waits for will not arrive.
    pub(crate) fn ended(&mut self, end: &mut Endpoint) {
        let Some(waiting) = self.waiting.take() else { return };
        let actual = "nothing more: the stream has ended";
        let what = unopened(&waiting.wait);
        let lacks_pong = end.lacks_pong(&waiting.wait);
        let when = if matches!(waiting.wait, Wait::Session(_)) { "after" } else { "during" };
        match waiting.wait.lapse(Silence::Ended, end.ending.close(), end.peer()) {
            Lapse::Missed(expectation) => miss(waiting.line, &expectation, "the stream has ended", end),
            Lapse::Unopened => end.grading.give_up(format!("the stream ended {when} {what}")),
            Lapse::Unanswered(shortfall) if lacks_pong => {
                end.miss_pong(waiting.line, shortfall.expected, actual.into());
            }
            lapse => self.lapse(waiting.line, lapse, actual.into(), None, end),
        }
    }

    /// A line's time limit has run out.
    pub(crate) fn timed_out(&mut self, waiting: Waiting, end: &mut Endpoint, now: Moment) {
        let grace = waiting.late.as_ref().map_or(Duration::ZERO, |late| late.grace);
        let (line, limit) = (waiting.line, rounded(waiting.limit(&end.setup.limits) + grace));
        let place = end.grading.add(now, line, Event::Timeout);
        if !matches!(waiting.wait, Wait::Pause) {
            end.grading.explain(place, line, Meaning::timed_out(limit));
        }
        let alive = match &waiting.late {
            Some(Late { answered: true, .. }) => "; the peer is alive, for it answered a ping after that",
            _ => "",
        };
        let begun = end.unfinished_item().filter(|_| waiting.wait.decides());
        let unfinished = begun.as_ref().map(|violation| format!("; {violation}")).unwrap_or_default();
        let actual = format!("nothing more within {limit:?}{alive}{unfinished}");
        if let Some(violation) = begun {
            end.grading.judge(&[Broken { violation, bytes: 0..0 }], place, line);
            if end.grading.is_decided() {
                return;
            }
        }
        let what = unopened(&waiting.wait);
        let rule = end
            .never_answered(&waiting.wait, None)
            .or_else(|| opening::broken(end, &waiting.wait, None))
            .or_else(|| unanswered_ping(&waiting, end));
        if opening::may_be_silent(end.trial(), &waiting.wait) {
            return end.grading.give_up("the request got no answer, and no rule demands one".into());
        }
        let lacks_pong = end.lacks_pong(&waiting.wait);
        if end.lacks_second_echo(&waiting.wait) {
            return end.grading.skip("the peer sends only the first message of a connection back");
        }
        match waiting.wait.lapse(Silence::TimedOut, end.ending.close(), end.peer()) {
            Lapse::Missed(expectation) => {
                miss(line, &expectation, &actual, end);
                self.overdue.add(line, expectation);
            }
            Lapse::Unopened => end.grading.give_up(format!("{what} got no answer")),
            Lapse::Unanswered(shortfall) if lacks_pong => end.miss_pong(line, shortfall.expected, actual),
            lapse => self.lapse(line, lapse, actual, rule, end),
        }
    }

    /// Handles a silence; `rule` is the broken rule unless the line names one.
    fn lapse(
        &self,
        line: usize,
        lapse: Lapse,
        actual: String,
        rule: Option<RequirementId>,
        end: &mut Endpoint,
    ) {
        match lapse {
            Lapse::Settled(leniences) => self.note_leniences(line, leniences, end),
            Lapse::Unanswered(shortfall) => {
                end.fail(line, shortfall.expected, actual, shortfall.requirement.or(rule));
            }
            Lapse::StillOpen => {
                let text =
                    "TCP is still open after the closing handshake; a close by the server would be better";
                end.grading.miss(line, text.into(), Some(duties::SERVER_ENDS_FIRST));
            }
            Lapse::Harmless | Lapse::Missed(_) | Lapse::Unopened => {}
        }
    }
}

/// What a line that opens something has sent.
pub(super) fn unopened(wait: &Wait) -> &'static str {
    match wait {
        Wait::Session(wants) => wants.question(),
        _ => "the opening handshake",
    }
}

/// An optional line did not get what it asks for.
pub(super) fn miss(line: usize, expectation: &Expectation, instead: &str, end: &mut Endpoint) {
    if expectation.strength == Strength::Should {
        let text = format!("{instead}; {} would be better", wording::wanted(expectation));
        end.grading.miss(line, text, opening::missed(end.trial(), expectation));
    }
}

/// The rule that a missing pong breaks if the case is about what a pong looks like, and none has come.
fn unanswered_ping(waiting: &Waiting, end: &Endpoint) -> Option<RequirementId> {
    let Wait::Expect(expectation, _) = &waiting.wait else { return None };
    let mut items = expectation.alternatives.iter().flat_map(|alternative| &alternative.all);
    let is_pong = items.all(|item| matches!(item, Expected::Pong(_)));
    let own = end.own_requirement();
    let is_about_form = own.spec() == "rfc6455" && ["5.5", "5.5.3"].contains(&own.section());
    // A pong with another payload is one that looks wrong. Pongs before the last line that sends answer other pings, and one
    // may answer the ping that distinguishes late from silent.
    let entries = &end.grading.transcript().entries;
    let sends =
        |entry: &Entry| (1..waiting.line).contains(&entry.line) && matches!(entry.event, Event::Sent(_));
    let since = entries.iter().rposition(sends).unwrap_or(0);
    let is_pong_frame = |entry: &&Entry| match &entry.event {
        Event::Received(Received::Frame(frame)) => frame.header.opcode == Opcode::PONG,
        _ => false,
    };
    let own_ping = usize::from(waiting.late.as_ref().is_some_and(|late| late.answered));
    let is_missing = entries[since..].iter().filter(is_pong_frame).count() <= own_ping;
    (is_pong && is_about_form && is_missing).then_some(duties::PING_IS_ANSWERED)
}

/// A time limit without digits that say nothing.
fn rounded(limit: Duration) -> Duration {
    let millis = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
    match millis {
        0 => limit,
        1..1000 => Duration::from_millis(millis),
        _ => Duration::from_millis(millis - millis % 100),
    }
}
