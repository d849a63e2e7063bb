//! What it does to a line that waits when nothing comes.

use wsspec_notation::{Expectation, Expected, Strength};
use wsspec_record::Meaning;
use wsspec_wire::RequirementId;

use super::Lines;
use crate::{
    duties,
    endpoint::Endpoint,
    moment::Moment,
    opening,
    transcript::Event,
    waiting::{Lapse, Late, Silence, Wait, Waiting},
    wording,
};

impl Lines {
    /// The stream has ended and all of it is read: what the line waits for will not come.
    pub(crate) fn ended(&mut self, end: &mut Endpoint) {
        let Some(waiting) = self.waiting.take() else { return };
        let actual = "nothing more: the stream has ended";
        match waiting.wait.lapse(Silence::Ended, end.ending.close(), end.peer()) {
            Lapse::Missed(expectation) => miss(waiting.line, &expectation, "the stream has ended", end),
            Lapse::Unopened => end.grading.give_up("the stream ended in the opening handshake".into()),
            lapse => self.lapse(waiting.line, lapse, actual.into(), None, end),
        }
    }

    /// The time of a line is over.
    pub(crate) fn timed_out(&mut self, waiting: Waiting, end: &mut Endpoint, now: Moment) {
        let (line, limit) = (waiting.line, waiting.limit(&end.setup.limits));
        let place = end.grading.add(now, line, Event::Timeout);
        if !matches!(waiting.wait, Wait::Pause) {
            end.grading.explain(place, line, Meaning::timed_out(limit));
        }
        let alive = match &waiting.late {
            Some(Late { answered: true, .. }) => "; the peer is alive, for it answered a ping after that",
            _ => "",
        };
        let actual = format!("nothing more within {limit:?}{alive}");
        let rule = opening::broken(end, &waiting.wait, None).or_else(|| unanswered_ping(&waiting.wait, end));
        match waiting.wait.lapse(Silence::TimedOut, end.ending.close(), end.peer()) {
            Lapse::Missed(expectation) => {
                miss(line, &expectation, &actual, end);
                self.overdue.add(line, expectation);
            }
            Lapse::Unopened => end.grading.give_up("the opening handshake got no answer".into()),
            lapse => self.lapse(line, lapse, actual, rule, end),
        }
    }

    /// A silence; `rule` is the one that it breaks, where the line does not know better.
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
                let text = "better: the server ends the TCP connection after the closing handshake; it is still open";
                end.grading.miss(line, text.into(), Some(duties::SERVER_ENDS_FIRST));
            }
            Lapse::Harmless | Lapse::Missed(_) | Lapse::Unopened => {}
        }
    }
}

/// An optional line was not given what it asks for.
pub(super) fn miss(line: usize, expectation: &Expectation, instead: &str, end: &mut Endpoint) {
    if expectation.strength == Strength::Should {
        let text = format!("better: {}; {instead}", wording::expectation(expectation));
        end.grading.miss(line, text, opening::missed(end.trial(), expectation));
    }
}

/// The rule that a missing pong breaks where the case is about what a pong looks like: there is none to look at.
fn unanswered_ping(wait: &Wait, end: &Endpoint) -> Option<RequirementId> {
    let Wait::Expect(expectation, _) = wait else { return None };
    let mut items = expectation.alternatives.iter().flat_map(|alternative| &alternative.all);
    let is_pong = items.all(|item| matches!(item, Expected::Pong(_)));
    let own = end.own_requirement();
    let is_about_form = own.spec() == "rfc6455" && ["5.5", "5.5.3"].contains(&own.section());
    (is_pong && is_about_form).then_some(duties::PING_IS_ANSWERED)
}
