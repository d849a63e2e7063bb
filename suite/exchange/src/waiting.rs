//! What a line waits for, and what arrivals and the end of its time do to it.

use std::time::Duration;

use bytes::Bytes;
use wsspec_notation::{Attributes, Bound, FrameKind, FrameSpec, Payload, RequestSpec, ResponseSpec};
use wsspec_notation::{Expectation, Expected, Interval, Line, Sending, Step, Strength};
use wsspec_wire::{CloseCode, MessageKind, Role};

use crate::{
    arrival::{Arrival, brief},
    exchange::Exchange,
    matcher::{self, Matcher, fail_requirement, satisfied_by_ending},
    moment::Moment,
    rules,
    setup::Fence,
    transcript::Event,
    verdict::Note,
};

/// A line that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub line: usize,
    pub wait: Wait,
    /// A limit of its own.
    pub limit: Option<Interval>,
    /// When all that precedes it had gone out.
    pub since: Option<Moment>,
    /// When its time is over.
    pub deadline: Option<Moment>,
}

/// What it waits for.
#[derive(Debug)]
pub(crate) enum Wait {
    /// The peer's head of the opening handshake that no line of the script performs.
    Handshake,
    Expect(Expectation, Matcher),
    /// The answer to a fence.
    Fence(Bytes),
    /// The close frame that answers ours.
    FinalClose,
    /// The end of the stream after the closing handshake.
    FinalEnd,
    Quiet,
    /// A sample of the peer's process.
    Measure(Option<Bound>),
    /// Time alone.
    Pause,
}

/// Control frames that are kept for the lines after an optional one; no script asks for as many.
const MOST_HELD: usize = 256;

impl Waiting {
    /// Whether an arrival is what it waits for.
    fn wants(&self, arrival: &Arrival, fence: Fence) -> bool {
        match &self.wait {
            Wait::Expect(expectation, matcher) => matcher.fits(expectation, arrival),
            Wait::Fence(payload) => answers(fence, payload, arrival),
            Wait::FinalClose => matches!(arrival, Arrival::Close(_)),
            Wait::FinalEnd => matches!(arrival, Arrival::Eof | Arrival::Reset),
            Wait::Handshake => matches!(arrival, Arrival::Request(_) | Arrival::Response(_)),
            Wait::Quiet | Wait::Measure(_) | Wait::Pause => false,
        }
    }
}

/// Whether an arrival is a fence's answer.
fn answers(fence: Fence, payload: &Bytes, arrival: &Arrival) -> bool {
    match (fence, arrival) {
        (Fence::Ping, Arrival::Pong(answer)) => answer == payload,
        (Fence::Echo, Arrival::Message(MessageKind::Text, answer)) => answer == payload,
        _ => false,
    }
}

impl Wait {
    /// Whether the trial is decided when its time runs out.
    fn decides(&self) -> bool {
        match self {
            Self::Expect(expectation, _) => expectation.strength == Strength::Must,
            Self::Handshake | Self::Fence(_) | Self::FinalClose => true,
            Self::FinalEnd | Self::Quiet | Self::Measure(_) | Self::Pause => false,
        }
    }
}

impl Exchange {
    /// Starts the next line; `false` after the last.
    pub(crate) fn start_next_line(&mut self, now: Moment) -> bool {
        if std::mem::take(&mut self.handshake_due) {
            if self.setup.role == Role::Client {
                self.send(0, &Sending::Request(RequestSpec::default()), now);
            }
            self.wait(0, Wait::Handshake, None);
            return true;
        }
        let trial = self.trial.clone();
        let Some((line, next)) = self.cursor.next(&trial.script) else { return false };
        self.cursor = next;
        self.start(line, now);
        true
    }

    fn start(&mut self, line: &Line, now: Moment) {
        let number = line.number;
        match &line.step {
            Step::Send(sending) => self.start_send(number, sending, now),
            Step::Expect(expectation) => {
                let matcher = Matcher::new(expectation);
                self.wait(number, Wait::Expect(expectation.clone(), matcher), expectation.within);
            }
            Step::Alive | Step::Finish if self.ending.refused || self.ended_unanswered() => {
                self.transcript.add(now, number, Event::Skipped(line.to_string()));
            }
            Step::Alive => self.start_fence(number, now),
            Step::Finish => self.start_finish(number, now),
            Step::Quiet(interval) => self.wait(number, Wait::Quiet, Some(*interval)),
            Step::Wait(interval) => self.wait(number, Wait::Pause, Some(*interval)),
            Step::Chop(chop) => self.outbound.chop(*chop),
            Step::Measure(bound) => self.start_measure(number, *bound),
            Step::Connections(_) => self.start_measure(number, None),
            // The cursor goes into blocks.
            Step::Repeat { .. } => {}
        }
    }

    /// Whether the peer ended the stream in the opening handshake, and a line accepted that.
    fn ended_unanswered(&self) -> bool {
        self.ending.eof && !self.ending.answered && self.trial.script.does_handshake()
    }

    pub(crate) fn wait(&mut self, line: usize, wait: Wait, limit: Option<Interval>) {
        self.backlog = 0;
        self.waiting = Some(Waiting { line, wait, limit, since: None, deadline: None });
    }

    fn start_send(&mut self, line: usize, sending: &Sending, now: Moment) {
        // A server ends TCP after the closing handshake (RFC 6455, 7.1.1).
        let ends = self.peer() == Role::Client && matches!(sending, Sending::Eof) && !self.ending.eof;
        if self.ending.is_over() && !ends {
            self.transcript.add(now, line, Event::Skipped(sending.to_string()));
        } else {
            self.send(line, sending, now);
        }
    }

    fn start_fence(&mut self, line: usize, now: Moment) {
        let payload = Bytes::from(format!("alive {:08x}", self.outbound.nonce()));
        let kind = match self.setup.fence {
            Fence::Ping => FrameKind::Ping,
            Fence::Echo => FrameKind::Text,
        };
        let spec =
            FrameSpec { kind, payload: Payload::text(payload.clone()), attributes: Attributes::default() };
        self.start_send(line, &Sending::Frame(spec), now);
        self.wait(line, Wait::Fence(payload), None);
    }

    fn start_finish(&mut self, line: usize, now: Moment) {
        if self.ending.close.is_some() {
            // A client leaves the end of TCP to us.
            if self.peer() == Role::Server {
                self.wait(line, Wait::FinalEnd, None);
            }
            return;
        }
        if !self.outbound.sent_close() {
            let kind = FrameKind::Close(Some(CloseCode(1000)));
            let spec = FrameSpec { kind, payload: Payload::empty(), attributes: Attributes::default() };
            self.start_send(line, &Sending::Frame(spec), now);
        }
        self.wait(line, Wait::FinalClose, None);
    }

    /// An arrival for the line that waits.
    pub(crate) fn arrive(&mut self, arrival: Arrival, place: Option<usize>, now: Moment) {
        let Some(mut waiting) = self.waiting.take() else { return };
        let line = waiting.line;
        if waiting.wants(&arrival, self.setup.fence) {
            let took = waiting.since.map_or(Duration::ZERO, |since| now.0.saturating_sub(since.0));
            self.slowest = self.slowest.max(took);
        } else if self.comes_late(&arrival, place) {
            self.waiting = Some(waiting);
            return;
        }
        let done = match &mut waiting.wait {
            Wait::Handshake => self.handshake_arrival(&arrival, place, now),
            Wait::Expect(expectation, matcher) => {
                return match matcher.offer(expectation, &arrival) {
                    matcher::Step::Matched(leniences) => {
                        self.transcript.explain(place, line, "matched");
                        self.accept(line, expectation, &arrival, leniences);
                    }
                    matcher::Step::Partly => {
                        self.transcript.explain(place, line, "matched");
                        // A client that closes leaves the end of TCP to us (RFC 6455, 7.1.1).
                        let is_ours = matcher.lacks_only_the_end() && self.setup.role == Role::Server;
                        if matcher.is_settled() {
                            waiting.deadline = Some(now + self.setup.limits.watch);
                        }
                        self.waiting = Some(waiting);
                        if is_ours {
                            self.send(line, &Sending::Eof, now);
                        }
                    }
                    matcher::Step::Refused => self.refused(waiting, arrival, place),
                };
            }
            Wait::Fence(payload) => match &arrival {
                answer if answers(self.setup.fence, payload, answer) => true,
                other if passes(other) => false,
                _ => {
                    self.transcript.explain(place, line, "not expected here");
                    return self.fence_unanswered(line, payload, arrival.to_string());
                }
            },
            Wait::FinalClose | Wait::FinalEnd => {
                match self.final_arrival(&waiting.wait, line, &arrival, place) {
                    Some(next) => {
                        self.waiting =
                            next.map(|wait| Waiting { line, wait, limit: None, since: None, deadline: None });
                        return;
                    }
                    None => false,
                }
            }
            Wait::Quiet if !passes(&arrival) => {
                self.transcript.explain(place, line, "not expected here");
                return self.fail(line, "nothing".into(), arrival.to_string(), None);
            }
            Wait::Quiet | Wait::Measure(_) | Wait::Pause => false,
        };
        if done {
            self.transcript.explain(place, line, "matched");
        } else if !self.is_done() {
            self.waiting = Some(waiting);
        }
    }

    /// Whether an arrival is something recommended or allowed whose time had run out.
    fn comes_late(&mut self, arrival: &Arrival, place: Option<usize>) -> bool {
        let fits =
            |(_, expectation): &(usize, Expectation)| Matcher::new(expectation).fits(expectation, arrival);
        let Some(index) = self.late.iter().position(fits) else { return false };
        let (line, _) = self.late.remove(index);
        self.transcript.explain(place, line, "matched, late");
        true
    }

    fn handshake_arrival(&mut self, arrival: &Arrival, place: Option<usize>, now: Moment) -> bool {
        match arrival {
            Arrival::Response(head) if head.status == Some(101) => true,
            Arrival::Request(_) => {
                let spec = ResponseSpec { status: 101, reason: None, fields: Vec::new() };
                self.send(0, &Sending::Response(spec), now);
                true
            }
            other => {
                self.transcript.explain(place, 0, "the opening handshake did not come about");
                self.give_up(format!("the opening handshake was answered with {other}"));
                false
            }
        }
    }

    /// `Some(next)`: go on with that, or be done; `None`: keep waiting.
    fn final_arrival(
        &mut self,
        wait: &Wait,
        line: usize,
        arrival: &Arrival,
        place: Option<usize>,
    ) -> Option<Option<Wait>> {
        match (wait, arrival) {
            (Wait::FinalClose, Arrival::Close(_)) => {
                self.transcript.explain(place, line, "matched");
                match self.peer() {
                    Role::Server => Some(Some(Wait::FinalEnd)),
                    Role::Client => Some(None),
                }
            }
            (Wait::FinalEnd, Arrival::Eof | Arrival::Reset) => {
                self.transcript.explain(place, line, "matched");
                Some(None)
            }
            (Wait::FinalClose, Arrival::Eof | Arrival::Reset) => {
                self.close_unanswered(line, arrival.to_string());
                Some(None)
            }
            (_, other) if passes(other) => None,
            _ => {
                self.transcript.explain(place, line, "not expected here");
                self.fail(line, "the closing handshake and nothing else".into(), arrival.to_string(), None);
                Some(None)
            }
        }
    }

    /// An expectation is satisfied, perhaps leniently; its fields are still to be looked at.
    fn accept(
        &mut self,
        line: usize,
        expectation: &Expectation,
        arrival: &Arrival,
        leniences: Vec<matcher::Lenience>,
    ) {
        let own = self.trial.requirement.to_string();
        // That a handshake which does not match is to be answered says nothing of one that may be accepted.
        let is_end = matches!(arrival, Arrival::Eof | Arrival::Reset);
        self.note_leniences(line, leniences, is_end && !matcher::accepts_101(expectation));
        let fields = match arrival {
            Arrival::Response(head) => &head.fields,
            Arrival::Request(head) => &head.fields,
            _ => return,
        };
        for wanted in &expectation.fields {
            if let Some(actual) = matcher::missing_field(wanted, fields) {
                let expected = format!("field `{wanted}`");
                match expectation.strength {
                    Strength::Must => return self.fail(line, expected, actual, None),
                    Strength::Should => {
                        let text = format!("better: {expected}; there is {actual}");
                        self.notes.push(Note { line, text, requirement: own.clone() });
                    }
                    Strength::May => {}
                }
            }
        }
    }

    fn note_leniences(&mut self, line: usize, leniences: Vec<matcher::Lenience>, ended: bool) {
        let unanswered = ended && !self.ending.answered && self.trial.script.does_handshake();
        let own = self.trial.requirement.as_str();
        let usual = if unanswered { rules::REFUSAL_IS_ANSWER } else { own };
        let notes = leniences.into_iter().map(|lenience| {
            let requirement = lenience.requirement.unwrap_or(usual).to_owned();
            Note { line, text: lenience.text, requirement }
        });
        self.notes.extend(notes.collect::<Vec<_>>());
    }

    /// An arrival fits no alternative of the expectation.
    fn refused(&mut self, mut waiting: Waiting, arrival: Arrival, place: Option<usize>) {
        let Wait::Expect(expectation, matcher) = &mut waiting.wait else { return };
        if let Some(leniences) = matcher.settled() {
            self.note_leniences(waiting.line, leniences, false);
            return self.queue.push_front((arrival, place));
        }
        if passes(&arrival) {
            // A line that need not be satisfied takes nothing from the lines after it.
            if expectation.strength != Strength::Must && self.held.len() < MOST_HELD {
                self.held.push((arrival, place));
            }
            self.waiting = Some(waiting);
            return;
        }
        match expectation.strength {
            Strength::Must => {
                self.transcript.explain(place, waiting.line, "not expected here");
                let expected = expected_text(expectation);
                self.fail(waiting.line, expected, arrival.to_string(), None);
            }
            strength => {
                self.missed(strength, waiting.line, expectation, &format!("there is {arrival}"));
                self.queue.push_front((arrival, place));
            }
        }
    }

    fn fence_unanswered(&mut self, line: usize, payload: &Bytes, actual: String) {
        self.fail(line, format!("an answer to the fence `{}`", brief(payload)), actual, None);
    }

    fn close_unanswered(&mut self, line: usize, actual: String) {
        let expected = "a close frame in answer to ours".to_owned();
        self.fail(line, expected, actual, Some(rules::CLOSE_IS_ANSWERED));
    }

    fn missed(&mut self, strength: Strength, line: usize, expectation: &Expectation, instead: &str) {
        if strength == Strength::Should {
            let text = format!("better: {}; {instead}", expected_text(expectation));
            let requirement = self.trial.requirement.to_string();
            self.notes.push(Note { line, text, requirement });
        }
    }

    /// The stream has ended and all of it is read: what the line waits for will not come.
    pub(crate) fn nothing_more(&mut self) {
        let Some(waiting) = self.waiting.take() else { return };
        let line = waiting.line;
        match waiting.wait {
            Wait::Expect(expectation, mut matcher) => {
                if let Some(leniences) = matcher.settled() {
                    return self.note_leniences(line, leniences, false);
                }
                if satisfied_by_ending(&expectation, self.ending.close.as_ref()) {
                    return;
                }
                match expectation.strength {
                    Strength::Must => {
                        let expected = expected_text(&expectation);
                        self.fail(line, expected, "nothing more: the stream has ended".into(), None);
                    }
                    strength => self.missed(strength, line, &expectation, "the stream has ended"),
                }
            }
            Wait::Fence(payload) => {
                self.fence_unanswered(line, &payload, "nothing more: the stream has ended".into())
            }
            Wait::FinalClose => self.close_unanswered(line, "nothing more: the stream has ended".into()),
            Wait::Handshake => self.give_up("the stream ended in the opening handshake".into()),
            Wait::FinalEnd | Wait::Quiet | Wait::Measure(_) | Wait::Pause => {}
        }
    }

    /// The time of the line that waits, or of the whole trial, has run out.
    pub(crate) fn time_out(&mut self, now: Moment) {
        let limit = self.waiting_limit();
        if self.waiting.as_ref().is_some_and(|waiting| waiting.wait.decides()) {
            self.note_unfinished(now);
        }
        let Some(waiting) = self.waiting.take().filter(|_| !self.is_done()) else { return };
        // The whole trial's time says nothing about the peer as long as the line's own is not over.
        if !self.replayed && waiting.deadline.is_none_or(|own| now < own) {
            self.transcript.add(now, waiting.line, Event::Timeout);
            return self.give_up(format!("the trial took longer than {:?}", self.setup.limits.trial));
        }
        self.line_timed_out(waiting, now, format!("nothing more within {limit:?}"));
    }

    fn line_timed_out(&mut self, waiting: Waiting, now: Moment, text: String) {
        let line = waiting.line;
        let place = self.transcript.add(now, line, Event::Timeout);
        if !matches!(waiting.wait, Wait::Pause) {
            self.transcript.explain(place, line, text.clone());
        }
        match waiting.wait {
            Wait::Expect(expectation, mut matcher) => {
                if let Some(leniences) = matcher.settled() {
                    return self.note_leniences(line, leniences, false);
                }
                let strength = expectation.strength;
                if strength != Strength::Must {
                    self.missed(strength, line, &expectation, &text);
                    return self.late.push((line, expectation));
                }
                if matcher.lacks_only_the_end() {
                    let requirement = fail_requirement(self.peer());
                    let expected = "the end of the stream after the close frame".to_owned();
                    return self.fail(line, expected, text, Some(requirement));
                }
                self.fail(line, expected_text(&expectation), text, None);
            }
            Wait::Fence(payload) => self.fence_unanswered(line, &payload, text),
            Wait::FinalClose => self.close_unanswered(line, text),
            Wait::FinalEnd => self.notes.push(Note {
                line,
                text:
                    "better: the server ends the TCP connection after the closing handshake; it is still open"
                        .into(),
                requirement: rules::SERVER_ENDS_FIRST.to_owned(),
            }),
            Wait::Handshake => self.give_up("the opening handshake got no answer".into()),
            Wait::Quiet | Wait::Measure(_) | Wait::Pause => {}
        }
    }
}

/// Control frames that may come at any time and mean nothing to an expectation of something else.
fn passes(arrival: &Arrival) -> bool {
    matches!(arrival, Arrival::Ping(_) | Arrival::Pong(_))
}

/// An expectation's alternatives, as written.
fn expected_text(expectation: &Expectation) -> String {
    let alternatives = expectation.alternatives.iter().enumerate().map(|(index, alternative)| match index {
        0 => shortened(alternative),
        _ if alternative.lenient => format!(" |? {}", shortened(alternative)),
        _ => format!(" | {}", shortened(alternative)),
    });
    alternatives.collect()
}

fn shortened(alternative: &wsspec_notation::Alternative) -> String {
    let items = alternative.all.iter().map(|expected| match expected {
        Expected::Message(kind, Some(payload)) if payload.len() > 256 => {
            let word = if *kind == MessageKind::Text { "text" } else { "binary" };
            format!("{word} {}", brief(&payload.bytes()))
        }
        other => other.to_string(),
    });
    items.collect::<Vec<_>>().join(" & ")
}
