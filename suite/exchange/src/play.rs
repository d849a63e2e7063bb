//! Plays a script on one connection or stream, as a pure function of bytes and time.
//!
//! Never reads a clock, never opens a connection. The caller writes what it says, passes in what arrives, and calls it
//! again when it asks for that. It decides what happens next. The referee judges what is on the wire, the lines decide
//! what that means to them, and the grading turns it all into a verdict.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wsspec_carriers::{Carried, PlayedEnd};
use wsspec_catalogue::Trial;
use wsspec_record::Verdict;
use wsspec_referee::{Arrival, Seen};
use wsspec_wire::ConnectionName;

use crate::{
    action::{Action, Input},
    connection::Happened,
    endpoint::Endpoint,
    lines::Lines,
    moment::Moment,
    outcome::Outcome,
    output::Output,
    setup::Setup,
    sizes::largest,
    stall::Stall,
    stream_rest::StreamRest,
    transcript::Event,
    waiting::Wait,
};

/// How long a part without a turn waits at most before it is asked again.
const IDLE: Duration = Duration::from_secs(1);

/// A running trial on one connection, or its part on one of several streams.
#[derive(Debug)]
pub(crate) struct Play {
    lines: Lines,
    end: Endpoint,
    stall: Stall,
    /// Whether this is a replay of a record, whose entries say when a time limit ran out.
    replayed: bool,
    /// How many lines may begin now; `None`: all.
    turns: Option<u32>,
    /// Whether there is nothing to do before another line may begin.
    rests: bool,
}

impl Play {
    /// Starts a trial on a connection that has just opened.
    pub(crate) fn new(trial: Arc<Trial>, setup: Arc<Setup>) -> Self {
        let kept = Arc::new(Trial { script: trial.script.keeping().into(), ..(*trial).clone() });
        let lines = Lines::new(kept.clone(), setup.role());
        let end = Endpoint::new(kept, setup, largest(&trial));
        Self { lines, end, stall: Stall::default(), replayed: false, turns: None, rests: false }
    }

    /// Starts a replay of a record, whose entries say when a time limit ran out.
    pub(crate) fn replay(trial: Arc<Trial>, setup: Arc<Setup>) -> Self {
        let mut play = Self { replayed: true, ..Self::new(trial, setup) };
        play.end.replay();
        play
    }

    /// As one of several that play on streams of one connection: no line begins before its turn.
    pub(crate) fn in_turns(mut self, end: PlayedEnd) -> Self {
        self.end.use_stream_of(end);
        if self.replayed {
            self.end.replay();
        }
        Self { turns: Some(0), ..self }
    }

    /// Another line may begin.
    pub(crate) fn take_turn(&mut self) {
        self.turns = self.turns.map(|turns| turns + 1);
        self.rests = false;
    }

    /// All lines have begun: what is left is to end.
    pub(crate) fn take_last_turn(&mut self) {
        self.turns = None;
        self.rests = false;
    }

    /// Whether there is nothing to do before another line may begin.
    pub(crate) const fn rests(&self) -> bool {
        self.rests
    }

    /// The verdict, once it is known.
    pub(crate) fn verdict(&self) -> Option<&Verdict> {
        self.end.grading.verdict()
    }

    /// How many entries the transcript has.
    pub(crate) fn entries(&self) -> usize {
        self.end.grading.transcript().entries.len()
    }

    /// A line, perhaps of another stream, says that we open no more streams.
    pub(crate) fn leave(&mut self) {
        self.end.leave();
    }

    /// The trial does not apply to this peer.
    pub(crate) fn skip(&mut self, reason: &str) {
        self.end.grading.skip(reason);
    }

    /// Takes what has arrived on the stream: this much data.
    pub(crate) fn receive_on_stream(&mut self, octets: usize, at: Moment) {
        self.end.inbox.count(octets);
        self.receive(Input::Bytes(&[]), at);
        if self.rests && self.end.inbox.is_flooded() {
            self.end.grading.give_up("the peer sends without end".into());
        }
    }

    /// The record says that the waiting line's time limit ran out.
    pub(crate) fn time_over(&mut self, at: Moment) {
        if !self.is_done() && self.lines.waiting.is_some() {
            self.time_out(at);
        }
    }

    /// Whether the outcome is known.
    pub(crate) fn is_done(&self) -> bool {
        self.end.grading.is_decided()
    }

    /// Whether the caller should now read what has arrived, and pass it in.
    pub(crate) fn reads(&self, now: Moment) -> bool {
        self.replayed || self.lines.deaf.is_none_or(|until| now >= until)
    }

    /// What is to be written before the connection is closed, by a carrier that has something to say then.
    pub(crate) fn farewell(&mut self) -> Option<Bytes> {
        self.end.farewell()
    }

    /// The outcome; an unfinished trial was cut short by `why`.
    pub(crate) fn finish(self, why: &str) -> Outcome {
        self.end.grading.finish(why, self.lines.pace)
    }

    /// Keeps what crosses the connection if it is a stream, until [`Self::carried`] asks for it.
    #[must_use]
    pub(crate) fn watched(mut self) -> Self {
        self.end.watch();
        self
    }

    /// What has crossed the stream since this was asked last; `None`: the connection is not a stream.
    pub(crate) fn carried(&mut self) -> Option<Vec<Carried>> {
        self.end.carried()
    }

    /// Like [`Self::finish`], with the stream, if the connection is one.
    pub(crate) fn finish_with_stream(self, why: &str) -> (Outcome, Option<StreamRest>) {
        let Self { end, lines, .. } = self;
        let (grading, stream) = end.into_stream();
        (grading.finish(why, lines.pace), stream)
    }

    /// Handles what the peer did.
    pub(crate) fn receive(&mut self, input: Input<'_>, at: Moment) {
        if self.is_done() {
            return self.end.overhear(input);
        }
        match input {
            Input::Bytes(bytes) => {
                let happened = self.end.read(bytes);
                self.take_in(happened, at);
            }
            Input::Usage(usage) => self.lines.measured(usage, &mut self.end, at),
            Input::Eof | Input::Reset => match self.end.lose() {
                Some(happened) => self.take_in(happened, at),
                None if input == Input::Eof => self.take_end(Event::Eof, Arrival::Eof, at),
                None => self.take_end(Event::Reset, Arrival::Reset, at),
            },
        }
    }

    /// Handles what a record says of a connection for HTTP.
    pub(crate) fn receive_on(&mut self, name: &ConnectionName, event: Event, at: Moment) {
        if !self.is_done() {
            let happened = self.end.replay_web(name, event);
            self.take_in(happened, at);
        }
    }

    /// What to do next; nothing after [`Action::Done`].
    ///
    /// The order matters. Lines run until one waits, and only then is their output written, so that consecutive
    /// items can share a segment. What was written takes effect before anything is read: an arrival must not count as
    /// the answer to something that the peer has not received yet. A line's time limit starts only when there is
    /// nothing to write, measure or read.
    pub(crate) fn next(&mut self, now: Moment) -> Action {
        loop {
            if self.is_done() {
                return Action::Done;
            }
            if self.lines.waiting.is_none() && self.start_next_line(now) {
                continue;
            }
            self.end.outbound.flush();
            // A peer that asks faster than we can answer always leaves something to write.
            if !self.replayed && self.lines.waiting.is_some() && now >= self.end.end_of_trial() {
                if !self.drain_inbox(now) {
                    self.time_out(now);
                }
                continue;
            }
            if let Some(until) = self.stall.paused(now) {
                return Action::Wait(until);
            }
            let output = self.end.take_output();
            if output != Some(Output::Blocked) {
                self.stall.ends();
            }
            match output {
                Some(Output::Write(bytes) | Output::Bundle(bytes)) => return Action::Write(bytes),
                Some(Output::Blocked) => match self.blocked_until(now) {
                    Some(until) => return Action::Wait(until),
                    None => continue,
                },
                // In a record the carrier has no part.
                Some(Output::Open(_) | Output::Http2(_)) => continue,
                Some(Output::Gap) => return Action::Gap,
                Some(Output::Pause(pause)) => {
                    self.stall.pause(now + pause);
                    continue;
                }
                Some(Output::Terminate) => return Action::Terminate,
                Some(Output::Eof) => return Action::Shutdown,
                Some(Output::Reset) => return Action::Reset,
                None if self.lines.waiting.is_none() && self.turns.is_some() => return self.rest(now),
                None if self.lines.waiting.is_none() => {
                    self.end.note_unfinished(now, 0);
                    self.end.conclude();
                }
                None => {}
            }
            if let Some(at_most) = self.lines.measuring() {
                return if self.replayed { Action::Wait(now) } else { Action::Measure(at_most) };
            }
            if self.drain_inbox(now) {
                continue;
            }
            if self.replayed {
                return Action::Wait(now);
            }
            match self.deadline(now) {
                Some(deadline) if now < deadline => {
                    let poll = self.end.next_poll(self.lines.wait()).filter(|poll| now < *poll);
                    return Action::Wait(poll.map_or(deadline, |poll| poll.min(deadline)));
                }
                Some(_) => self.time_out(now),
                None => {}
            }
        }
    }

    /// When the time limit of the waiting line or of the whole trial runs out. Starts the line's limit if that has not
    /// happened yet.
    fn deadline(&mut self, now: Moment) -> Option<Moment> {
        // The peer need not have sent what we do not read.
        let begins = self.lines.deaf.map_or(now, |until| until.max(now));
        let waiting = self.lines.waiting.as_mut()?;
        Some(waiting.ends_by(begins, &self.end.setup.limits).min(self.end.end_of_trial()))
    }

    /// Until when what is to be written may wait for the peer; `None`: no longer.
    fn blocked_until(&mut self, now: Moment) -> Option<Moment> {
        let since = self.stall.blocked_since(now);
        let until = (since + self.end.setup.limits.line).min(self.end.end_of_trial());
        if now < until {
            return Some(until);
        }
        self.end.give_up_writing();
        None
    }

    /// Nothing is to be done before another line may begin.
    fn rest(&mut self, now: Moment) -> Action {
        if !std::mem::replace(&mut self.rests, true) {
            self.end.inbox.restart_count();
        }
        let until = if self.replayed { now } else { self.end.end_of_trial().max(now + IDLE) };
        Action::Wait(until)
    }

    fn start_next_line(&mut self, now: Moment) -> bool {
        match &mut self.turns {
            Some(0) => return false,
            // What opens the connection is no line.
            Some(_) if self.lines.is_unopened() => {}
            Some(turns) => *turns -= 1,
            None => {}
        }
        self.end.inbox.release_held();
        self.lines.start_next(&mut self.end, now)
    }

    fn take_in(&mut self, happened: Vec<Happened>, at: Moment) {
        for one in happened {
            match one {
                Happened::Seen(seen) => self.take(seen, at),
                Happened::Web(seen) => {
                    if !seen.broken.is_empty() {
                        self.catch_up(at);
                    }
                    if !self.is_done() {
                        self.end.take_web(seen, at, self.lines.current());
                    }
                }
                Happened::Unreachable(why) => {
                    self.catch_up(at);
                    self.end.grading.give_up(why);
                }
                Happened::Eof => self.take_end(Event::Eof, Arrival::Eof, at),
                Happened::Reset => self.take_end(Event::Reset, Arrival::Reset, at),
                Happened::Calmed => {
                    self.catch_up(at);
                    // RFC 9113, section 10.5; RFC 9114, section 10.5.
                    self.end.grading.skip("the peer takes this for an attack, as it may");
                }
                Happened::Broken(error) => {
                    self.catch_up(at);
                    self.end.give_up_broken(error.what);
                }
            }
            if self.is_done() {
                return;
            }
        }
    }

    /// Handles what was seen on the wire.
    fn take(&mut self, seen: Seen, at: Moment) {
        if seen.what.is_some() && !seen.broken.is_empty() {
            self.catch_up(at);
        }
        if !self.is_done() {
            let seen = self.lines.without_details(seen);
            self.end.take(seen, at, self.lines.current());
        }
    }

    /// Handles the end of the stream, which shows what the peer did not finish.
    fn take_end(&mut self, event: Event, arrival: Arrival, at: Moment) {
        if self.end.breaks_unfinished() {
            self.catch_up(at);
        }
        if !self.is_done() {
            self.end.end(event, arrival, at, self.lines.current());
        }
    }

    /// Processes what was read before, as if it had arrived in a separate segment.
    ///
    /// A verdict must not depend on how TCP split the bytes. A broken rule decides the trial as soon as it is seen.
    /// With another split, the lines would have read the earlier bytes first, and might have decided the trial, or be
    /// at another line by now. Nothing is written meanwhile: what the lines send here goes out with the next action.
    fn catch_up(&mut self, now: Moment) {
        while !self.is_done() {
            let goes_on = match self.lines.waiting {
                Some(_) => self.drain_inbox(now),
                None => self.start_next_line(now),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Passes arrivals to the waiting line. Returns whether there is something to do other than wait.
    fn drain_inbox(&mut self, now: Moment) -> bool {
        while !self.end.inbox.is_empty() {
            // A pause does not read: arrivals are for the lines after it.
            if matches!(self.lines.wait(), Some(Wait::Pause)) {
                let flooded = self.end.inbox.is_flooded();
                if flooded {
                    self.lines.waiting = None;
                }
                return flooded;
            }
            let Some(item) = self.end.inbox.pop() else { break };
            if self.end.ending.repeats(&item) && self.lines.passes_over_repeats() {
                continue;
            }
            self.end.ending.read(&item);
            self.lines.arrive(item, &mut self.end, now);
            if self.lines.waiting.is_none() || self.is_done() || self.end.outbound.ends() {
                return true;
            }
        }
        // After the end of the stream, nothing more will arrive on it.
        if self.end.ending.is_eof()
            && !(self.end.is_bundled() && self.lines.wait().is_some_and(Wait::is_for_http))
            && !matches!(self.lines.wait(), Some(Wait::Pause | Wait::Quiet))
        {
            self.lines.ended(&mut self.end);
            return true;
        }
        self.end.poll_again(self.lines.wait(), now, self.replayed)
    }

    /// The time limit of the waiting line, or of the whole trial, has run out.
    fn time_out(&mut self, now: Moment) {
        if self.lines.wait().is_some_and(Wait::decides) {
            self.end.note_unfinished(now, self.lines.current());
        }
        let waiting = self.lines.waiting.take();
        let Some(waiting) = waiting.filter(|_| !self.is_done()) else { return };
        // The trial's limit says nothing about the peer while the line's own limit is not over.
        if !self.replayed && waiting.deadline.is_none_or(|own| now < own) {
            self.end.grading.add(now, waiting.line, Event::Timeout);
            let limit = self.end.setup.limits.trial;
            return self.end.grading.give_up(format!("the trial took longer than {limit:?}"));
        }
        if !self.replayed && waiting.late.is_none() && self.lines.may_be_late(&waiting, &self.end) {
            return self.lines.ask(waiting, &mut self.end, now);
        }
        self.lines.timed_out(waiting, &mut self.end, now);
    }
}
