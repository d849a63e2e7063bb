//! Runs the lines of a script, one after another: what each does, and what an arrival means to the one that waits.

mod session;
mod silence;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use wsspec_catalogue::Trial;
use wsspec_notation::{
    Attributes, Bound, Expectation, FrameKind, FrameSpec, Interval, Line, Payload, RequestSpec, ResponseSpec,
    Sending, Step, Strength,
};
use wsspec_record::{Fence, Meaning, Usage};
use wsspec_referee::{Arrival, Seen};
use wsspec_wire::{CloseCode, LayerItem, Role};

use self::session::SessionStep;
use crate::{
    closing::{self, Showing},
    cursor::Cursor,
    duties,
    endpoint::Endpoint,
    inbox::Item,
    matcher::{self, Lenience},
    measure::Samples,
    moment::Moment,
    opening,
    overdue::Overdue,
    pace::Pace,
    setup::Carrier,
    transcript::Event,
    unasked::is_unasked,
    waiting::{LineReaction, Wait, Waiting},
    wording,
};

mod late;

/// A running script.
#[derive(Debug)]
pub(crate) struct Lines {
    trial: Arc<Trial>,
    cursor: Cursor,
    /// Whether the opening handshake is still to come, and no line performs it.
    handshake_due: bool,
    /// What is still to be done to open a session of the layer, and no line does.
    session: VecDeque<SessionStep>,
    pub waiting: Option<Waiting>,
    overdue: Overdue,
    samples: Samples,
    /// Until when nothing is read.
    pub deaf: Option<Moment>,
    /// How long the peer takes to answer.
    pub pace: Pace,
}

impl Lines {
    /// For a trial in which we play this role.
    pub(crate) fn new(trial: Arc<Trial>, ours: Role) -> Self {
        Self {
            handshake_due: !trial.script.does_handshake() && trial.script.uses_socket(),
            session: session::steps(&trial.script, ours),
            trial,
            cursor: Cursor::default(),
            waiting: None,
            overdue: Overdue::default(),
            samples: Samples::default(),
            deaf: None,
            pace: Pace::default(),
        }
    }

    /// Whether something is to be done before the first line, to open the connection or a session.
    pub(crate) fn is_unopened(&self) -> bool {
        self.handshake_due || !self.session.is_empty()
    }

    /// The number of the waiting line; 0 if no line waits.
    pub(crate) fn current(&self) -> usize {
        self.waiting.as_ref().map_or(0, |waiting| waiting.line)
    }

    /// What the waiting line waits for.
    pub(crate) fn wait(&self) -> Option<&Wait> {
        self.waiting.as_ref().map(|waiting| &waiting.wait)
    }

    /// If the waiting line wants a sample: the number of descriptors above which the sample should be taken again.
    pub(crate) fn measuring(&self) -> Option<Option<u32>> {
        match self.wait()? {
            Wait::Measure(bound) => Some(self.samples.most_descriptors(*bound)),
            _ => None,
        }
    }

    /// Starts the next line; returns `false` after the last.
    pub(crate) fn start_next(&mut self, end: &mut Endpoint, now: Moment) -> bool {
        if std::mem::take(&mut self.handshake_due) && !end.is_bare() {
            if end.setup.role() == Role::Client {
                end.send(0, &Sending::Request(RequestSpec::default()), now);
            }
            self.begin(end, 0, Wait::Handshake, None);
            return true;
        }
        while let Some(SessionStep { sends, wants }) = self.session.pop_front() {
            if let Some(sending) = sends {
                end.send(0, &sending, now);
            }
            if let Some(wants) = wants {
                self.begin(end, 0, Wait::Session(wants), None);
                return true;
            }
        }
        let trial = self.trial.clone();
        let Some((line, next)) = self.cursor.next(&trial.script) else { return false };
        self.cursor = next;
        self.start(line, end, now);
        true
    }

    fn start(&mut self, line: &Line, end: &mut Endpoint, now: Moment) {
        let number = line.number;
        match &line.step {
            Step::Send(sending @ (Sending::Eof | Sending::Reset)) if line.connection.is_some() => {
                if let Some(name) = &line.connection {
                    end.close_web(number, name, sending, now);
                }
            }
            Step::Send(sending) => end.send_unless_over(number, sending, now),
            Step::Expect(wanted) if opening::wants_open(wanted) && self.was_not_opened(end) => {
                end.grading.add(now, number, Event::Skipped(line.to_string()));
            }
            Step::Expect(expectation) => {
                let wait = Wait::Expect(expectation.clone(), matcher::Matcher::new(expectation));
                self.begin(end, number, wait, expectation.within);
            }
            Step::Alive | Step::Finish if self.was_not_opened(end) => {
                end.grading.add(now, number, Event::Skipped(line.to_string()));
            }
            Step::Alive => self.start_fence(number, end, now),
            Step::Finish => self.start_finish(number, end, now),
            Step::Quiet(interval) => self.begin(end, number, Wait::Quiet, Some(*interval)),
            Step::Wait(interval) => self.begin(end, number, Wait::Pause, Some(*interval)),
            Step::Chop(chop) => end.outbound.chop(*chop),
            Step::Pause(interval) => end.outbound.pause(end.setup.limits.time_of(*interval)),
            Step::Deaf(interval) => self.deaf = Some(now + end.setup.limits.time_of(*interval)),
            Step::Terminate => end.outbound.terminate(),
            Step::Measure(bound) => self.begin(end, number, Wait::Measure(*bound), None),
            Step::Connections(_) if self.trial.script.measures() => {
                self.begin(end, number, Wait::Measure(None), None);
            }
            // The cursor enters blocks; the caller opens connections and streams.
            Step::Connections(_) | Step::Streams(_) | Step::Repeat { .. } => {}
        }
    }

    fn begin(&mut self, end: &mut Endpoint, line: usize, wait: Wait, limit: Option<Interval>) {
        end.inbox.restart_count();
        let is_moot = end.is_moot(&wait);
        self.waiting = Some(Waiting { is_moot, ..Waiting::new(line, wait, limit) });
    }

    /// Whether the peer refused the opening handshake or ended the stream during it, and a line accepted that.
    fn was_not_opened(&self, end: &Endpoint) -> bool {
        let ended_unanswered =
            end.ending.is_eof() && !end.is_answered() && self.trial.script.does_handshake();
        end.is_refused() || ended_unanswered
    }

    fn start_fence(&mut self, line: usize, end: &mut Endpoint, now: Moment) {
        let payload = Bytes::from(format!("alive {:08x}", end.outbound.nonce()));
        let kind = match end.setup.fence {
            Fence::Ping => FrameKind::Ping,
            Fence::Echo => FrameKind::Text,
        };
        end.send_unless_over(line, &frame(kind, Payload::text(payload.clone())), now);
        self.begin(end, line, Wait::Fence(payload), None);
    }

    fn start_finish(&mut self, line: usize, end: &mut Endpoint, now: Moment) {
        if end.ending.close().is_some() {
            // A client leaves closing TCP to us.
            if end.peer() == Role::Server {
                self.begin(end, line, Wait::FinalEnd, None);
            }
            return;
        }
        if !end.outbound.sent_close() {
            let close = frame(FrameKind::Close(Some(CloseCode(1000))), Payload::empty());
            end.send_unless_over(line, &close, now);
        }
        self.begin(end, line, Wait::FinalClose, None);
    }

    /// A response that opens a connection, where the line that waits is for a refusal, without what else is wrong with it:
    /// that it opens one is the fault.
    pub(crate) fn without_details(&self, seen: Seen) -> Seen {
        let Some(Wait::Expect(expectation, _)) = self.wait() else { return seen };
        match &seen.arrivals[..] {
            [Arrival::Response(head)] if opening::expects_a_refusal(expectation, head) => {
                Seen { broken: Vec::new(), ..seen }
            }
            _ => seen,
        }
    }

    /// Whether the waiting line is about what the peer does, not about its silence: a second close frame is not an answer
    /// to it, and takes nothing away from the first.
    pub(crate) fn passes_over_repeats(&self) -> bool {
        let shows_processing = self.trial.cites(&duties::NO_MORE_IS_PROCESSED);
        !shows_processing && !matches!(self.wait(), Some(Wait::Quiet))
    }

    /// Handles an arrival for the waiting line.
    pub(crate) fn arrive(&mut self, item: Item, end: &mut Endpoint, now: Moment) {
        let Some(mut waiting) = self.waiting.take() else { return };
        let (arrival, place) = item;
        let line = waiting.line;
        // An answer that an earlier line has stopped waiting for may look like the one that this line waits for.
        let is_for_another = end.is_for_another(&waiting.wait, &arrival);
        if let Some(late) = is_for_another.then(|| self.overdue.take(&arrival)).flatten() {
            return self.match_late(late, place, waiting, end, now);
        }
        if waiting.wants(&arrival, end.setup.fence) {
            let took = waiting.since.map_or(Duration::ZERO, |since| now.0.saturating_sub(since.0));
            self.pace.add(took, waiting.bytes());
            if waiting.late.is_some() {
                end.grading.remark_late(line, took);
            }
        } else if waiting.answers_question(&arrival) {
            end.grading.explain(place, line, Meaning::Matched);
            self.waiting = Some(waiting);
            return;
        } else if let Some(late) = self.overdue.take(&arrival) {
            return self.match_late(late, place, waiting, end, now);
        }
        self.act_on(waiting, (arrival, place), end, now);
    }

    /// An arrival is the late answer that the line with the number `late` wanted: the peer has not come to this line yet.
    fn match_late(
        &mut self,
        late: usize,
        place: Option<usize>,
        mut waiting: Waiting,
        end: &mut Endpoint,
        now: Moment,
    ) {
        end.grading.explain(place, late, Meaning::MatchedLate);
        let took = waiting.since.map_or(Duration::ZERO, |since| now.0.saturating_sub(since.0));
        self.pace.add(took, 0);
        waiting.renew(now, &end.setup.limits);
        self.waiting = Some(waiting);
    }

    /// Does what an arrival means to the waiting line.
    fn act_on(&mut self, mut waiting: Waiting, (arrival, place): Item, end: &mut Endpoint, now: Moment) {
        let line = waiting.line;
        // The close frame of a peer that always closes after an answer is not about what the line waits for.
        if end.setup.answers_once
            && let Some(reason) = end.reason_to_leave(&arrival)
        {
            return end.grading.skip(&reason);
        }
        match self.reaction(&mut waiting, &arrival, end) {
            LineReaction::Passed => {
                if late::is_answer(&arrival, end) {
                    waiting.renew(now, &end.setup.limits);
                }
                self.waiting = Some(waiting);
            }
            LineReaction::Matched => end.grading.explain(place, line, Meaning::Matched),
            LineReaction::Then(wait) => {
                end.grading.explain(place, line, Meaning::Matched);
                let is_moot = end.is_moot(&wait);
                self.waiting = Some(Waiting { is_moot, ..Waiting::new(line, wait, None) });
            }
            LineReaction::Satisfied(leniences) => {
                end.grading.explain(place, line, Meaning::Matched);
                self.accept(&waiting, &arrival, leniences, end);
            }
            LineReaction::Partly => {
                end.grading.explain(place, line, Meaning::Matched);
                self.go_on(waiting, end, now);
            }
            LineReaction::Requested => {
                end.send(0, &Sending::Response(ResponseSpec::default()), now);
                end.grading.explain(place, line, Meaning::Matched);
            }
            LineReaction::Unopened => {
                end.grading.explain(place, 0, Meaning::HandshakeFailed);
                let answer = wording::arrival(&arrival);
                let what = silence::unopened(&waiting.wait);
                end.grading.give_up(format!("{what} was answered with {answer}"));
            }
            LineReaction::Settled(leniences) => {
                self.note_leniences(line, leniences, end);
                end.inbox.put_back((arrival, place));
            }
            LineReaction::Held => {
                end.inbox.hold((arrival, place));
                self.waiting = Some(waiting);
            }
            LineReaction::Missed => {
                if let Wait::Expect(expectation, _) = &waiting.wait {
                    let instead = format!("got {}", wording::instead_of(expectation, &arrival));
                    silence::miss(line, expectation, &instead, end);
                }
                end.inbox.put_back((arrival, place));
            }
            LineReaction::Unexpected(shortfall) => {
                end.mark_unexpected(place, line, &waiting.wait);
                if let Some(reason) = end.reason_to_leave(&arrival) {
                    return end.grading.skip(&reason);
                }
                if end.lacks_pong(&waiting.wait) {
                    return end.miss_pong(line, shortfall.expected, wording::arrival(&arrival));
                }
                let rule = shortfall
                    .requirement
                    .or_else(|| end.never_answered(&waiting.wait, Some(&arrival)))
                    .or_else(|| opening::broken(end, &waiting.wait, Some(&arrival)));
                let actual = match &waiting.wait {
                    Wait::Expect(expectation, _) => wording::instead_of(expectation, &arrival),
                    _ => wording::arrival(&arrival),
                };
                end.fail(line, shortfall.expected, actual, rule);
            }
        }
    }

    /// What an arrival means to the waiting line, and what else it shows.
    fn reaction(&self, waiting: &mut Waiting, arrival: &Arrival, end: &mut Endpoint) -> LineReaction {
        match closing::showing(&waiting.wait, arrival, end.our_close(), end.may_be_refusal(arrival)) {
            Showing::Wrong(shortfall) => return LineReaction::Unexpected(shortfall),
            Showing::Excused(lenience) => {
                self.note_leniences(waiting.line, vec![lenience], end);
                return LineReaction::Matched;
            }
            Showing::Over(lenience) => {
                self.note_leniences(waiting.line, vec![lenience], end);
                end.conclude();
                return LineReaction::Matched;
            }
            Showing::Lenient(lenience) => self.note_leniences(waiting.line, vec![lenience], end),
            Showing::Nothing => {}
        }
        let unasked = is_unasked(waiting, arrival, &self.trial, &end.setup);
        match waiting.wait.react(arrival, unasked, &end.setup) {
            // Why a peer fails the connection means nothing to later lines either.
            LineReaction::Held if unasked && !end.setup.speaks_unasked => LineReaction::Passed,
            reaction => reaction,
        }
    }

    /// An expectation has some of its items.
    fn go_on(&mut self, mut waiting: Waiting, end: &mut Endpoint, now: Moment) {
        let Wait::Expect(_, matcher) = &waiting.wait else { return };
        // A client that closes leaves closing TCP to us (RFC 6455, 7.1.1).
        let is_ours = matcher.lacks_only_the_end() && end.setup.role() == Role::Server;
        if matcher.is_settled() {
            waiting.deadline = Some(now + end.setup.limits.watch);
        }
        let line = waiting.line;
        self.waiting = Some(waiting);
        if is_ours {
            end.send(line, &Sending::Eof, now);
        }
    }

    /// An expectation is satisfied, perhaps leniently; its fields are checked here.
    fn accept(&self, waiting: &Waiting, arrival: &Arrival, leniences: Vec<Lenience>, end: &mut Endpoint) {
        let Wait::Expect(expectation, _) = &waiting.wait else { return };
        let line = waiting.line;
        let leniences = match arrival {
            Arrival::Reset if end.ending.is_reset_by_answer() => Vec::new(),
            _ => opening::counted((&self.trial, end.setup.carrier), expectation, arrival, leniences),
        };
        self.note_leniences(line, leniences, end);
        let fields = match arrival {
            Arrival::Response(head) => &head.fields,
            Arrival::Request(head) | Arrival::Connect(head) => &head.fields,
            Arrival::Item(item) => return Self::accept_item(line, expectation, item, end),
            _ => return,
        };
        for wanted in &expectation.fields {
            let Some(actual) = matcher::missing_field(wanted, fields) else { continue };
            if opening::always_has_such_a_field(end, wanted, arrival) {
                continue;
            }
            let expected = format!("field `{wanted}`");
            match expectation.strength {
                Strength::Must => return end.fail(line, expected, actual, None),
                Strength::Should => {
                    let text = format!("got {actual}; {} would be better", wording::field(wanted));
                    end.grading.miss(line, text, None);
                }
                Strength::May => {}
            }
        }
    }

    /// Checks the fields and the body of an item, and learns values from it.
    fn accept_item(line: usize, expectation: &Expectation, item: &LayerItem, end: &mut Endpoint) {
        // They are those of the first item that the line names.
        let first = expectation.expected().find(|expected| expected.is_item());
        if !first.is_some_and(|expected| matcher::is_item(expected, item)) {
            return;
        }
        let mut short = Vec::new();
        for wanted in &expectation.fields {
            if let Some(actual) = end.item_lacks(wanted, item) {
                short.push((format!("field `{wanted}`"), wording::field(wanted), actual));
            }
        }
        if let Some(body) = expectation.body.as_ref().filter(|body| end.has_other_body(body, item)) {
            let wanted = format!("body {}", wording::brief(&body.bytes()));
            short.push((wanted.clone(), wanted, format!("body {}", wording::brief(&item.body))));
        }
        for (expected, better, actual) in short {
            match expectation.strength {
                Strength::Must => return end.fail(line, expected, actual, None),
                Strength::Should => {
                    end.grading.miss(line, format!("got {actual}; {better} would be better"), None);
                }
                Strength::May => {}
            }
        }
    }

    fn note_leniences(&self, line: usize, leniences: Vec<Lenience>, end: &mut Endpoint) {
        for lenience in leniences {
            // How a WebSocket connection ends says nothing of one that carries something else.
            let is_about_websocket = lenience.requirement.as_ref().is_some_and(|id| id.spec() == "rfc6455");
            if !(is_about_websocket && end.setup.carrier == Carrier::Tcp) {
                end.grading.miss(line, lenience.text, lenience.requirement);
            }
        }
    }

    /// Handles a sample for the waiting line.
    pub(crate) fn measured(&mut self, usage: Option<Usage>, end: &mut Endpoint, at: Moment) {
        let Some(waiting) = self.waiting.take_if(|waiting| matches!(waiting.wait, Wait::Measure(_))) else {
            return;
        };
        let (Wait::Measure(bound), Some(usage)) = (waiting.wait, usage) else {
            return end.grading.give_up("there is no process to measure".into());
        };
        end.grading.add(at, waiting.line, Event::Measured(usage));
        self.samples.add(usage, end.outbound.sent());
        match bound.map(|bound: Bound| self.samples.judge(bound)) {
            Some(Err(why)) => end.grading.give_up(why.into()),
            Some(Ok(Some((expected, actual)))) => end.fail(waiting.line, expected, actual, None),
            Some(Ok(None)) | None => {}
        }
    }
}

/// A frame with default attributes.
fn frame(kind: FrameKind, payload: Payload) -> Sending {
    Sending::Frame(FrameSpec { kind, payload, attributes: Attributes::default() })
}
