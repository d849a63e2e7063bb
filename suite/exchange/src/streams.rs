//! A trial on several streams of one connection: each has its own lines, which run one after another in the order of the
//! script.
//!
//! A line begins when the one before it, on whichever stream, is over; one without a name begins on all streams at once.
//! What arrives on another stream than that of the waiting line is judged at once, and waits for its own line.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wsspec_carriers::{Http2, Http3, HttpEnd, SharedHttp};
use wsspec_catalogue::Trial;
use wsspec_notation::{Http2Spec, Script, Sending, Step};
use wsspec_record::Verdict;
use wsspec_wire::ConnectionName;

use crate::{
    action::{Action, Input},
    cursor::Cursor,
    moment::Moment,
    outcome::Outcome,
    pace::Pace,
    play::Play,
    setup::{Carrier, Setup},
    transcript::Transcript,
};

/// A running trial on several streams.
#[derive(Debug)]
pub(crate) struct Streams {
    script: Arc<Script>,
    cursor: Cursor,
    connection: SharedHttp,
    parts: Vec<StreamPlay>,
    /// To which part each entry of the transcript belongs, in order.
    order: Vec<usize>,
    /// Whether every line has begun.
    is_last: bool,
    /// Whether this is a replay, and which part its record is about now.
    replayed: Option<Option<usize>>,
}

/// What is played on one stream.
#[derive(Debug)]
struct StreamPlay {
    name: ConnectionName,
    play: Play,
    /// How many entries of its transcript have their place.
    placed: usize,
    /// Whether one of its lines has begun.
    is_open: bool,
}

impl Streams {
    /// Starts a trial on a connection that has just opened.
    pub(crate) fn new(trial: &Arc<Trial>, setup: &Arc<Setup>) -> Self {
        Self::of(trial, setup, None)
    }

    /// Starts a replay of a record.
    pub(crate) fn replay(trial: &Arc<Trial>, setup: &Arc<Setup>) -> Self {
        Self::of(trial, setup, Some(None))
    }

    fn of(trial: &Arc<Trial>, setup: &Arc<Setup>, replayed: Option<Option<usize>>) -> Self {
        let names = trial.script.streams();
        let end: Box<dyn HttpEnd> = match setup.carrier {
            Carrier::Http3 => Box::new(Http3::playing(setup.role())),
            _ => Box::new(Http2::playing(setup.role())),
        };
        let connection = SharedHttp::new(end, names.len());
        let part = |(number, name): (usize, &ConnectionName)| {
            let own = Arc::new(trial.on_stream(number, name));
            let play = match replayed {
                None => Play::new(own, setup.clone()),
                Some(_) => Play::replay(own, setup.clone()),
            };
            let play = play.in_turns(connection.for_player(number));
            StreamPlay { name: name.clone(), play, placed: 0, is_open: false }
        };
        let parts = names.iter().enumerate().map(part).collect();
        let (script, cursor) = (trial.script.clone(), Cursor::default());
        Self { script, cursor, parts, connection, order: Vec::new(), is_last: false, replayed }
    }

    /// What the record says next is about the stream with this name.
    pub(crate) fn turn_to(&mut self, name: Option<&ConnectionName>) {
        if let Some(current) = &mut self.replayed {
            *current = self.parts.iter().position(|part| Some(&part.name) == name);
        }
    }

    /// The record says that a time limit ran out.
    pub(crate) fn time_over(&mut self, at: Moment) {
        let current = self.replayed.flatten();
        self.each(|number, part| {
            if current.is_none_or(|current| current == number) {
                part.play.time_over(at);
            }
        });
    }

    /// Whether the outcome is known: that of each stream, or one that decides.
    pub(crate) fn is_done(&self) -> bool {
        self.decider().is_some() || self.parts.iter().all(|part| part.play.is_done())
    }

    /// The verdict on a stream after which that on the others does not matter.
    fn decider(&self) -> Option<&Verdict> {
        let verdicts = || self.parts.iter().filter_map(|part| part.play.verdict());
        let is_final = |verdict: &&Verdict| !matches!(verdict, Verdict::Pass | Verdict::Lenient { .. });
        let is_failure = |verdict: &&Verdict| matches!(verdict, Verdict::Fail { .. });
        verdicts().find(is_failure).or_else(|| verdicts().find(is_final))
    }

    /// What is to be written before the connection is closed.
    pub(crate) fn farewell(&mut self) -> Option<Bytes> {
        let said: Vec<_> = self.parts.iter_mut().filter_map(|part| part.play.farewell()).collect();
        (!said.is_empty()).then(|| said.concat().into())
    }

    /// Handles what the peer did.
    pub(crate) fn receive(&mut self, input: Input<'_>, at: Moment) {
        if self.is_done() {
            return;
        }
        match (input, self.replayed) {
            (input, Some(current)) => self.each(|number, part| {
                if current == Some(number) {
                    part.play.receive(input, at);
                }
            }),
            (Input::Bytes(bytes), None) => {
                let arrived = self.connection.read(bytes);
                self.each(|number, part| {
                    if let Some(found) = arrived.iter().find(|found| found.player == number) {
                        part.play.receive_on_stream(found.octets, at);
                    }
                });
            }
            (input @ (Input::Eof | Input::Reset), None) => self.each(|_, part| part.play.receive(input, at)),
            (Input::Usage(_), None) => {}
        }
    }

    /// What to do next; nothing after [`Action::Done`].
    pub(crate) fn next(&mut self, now: Moment) -> Action {
        loop {
            let action = self.ask(now);
            let waits = matches!(action, Action::Wait(_));
            if self.is_done() {
                return Action::Done;
            }
            if !waits || !self.begin_next() {
                return action;
            }
        }
    }

    /// What the parts want done: the first that does not wait.
    fn ask(&mut self, now: Moment) -> Action {
        let mut until = Moment(Duration::MAX);
        for number in 0..self.parts.len() {
            if self.is_done() {
                break;
            }
            let action = self.parts[number].play.next(now);
            self.place(number);
            match action {
                Action::Wait(at) => until = until.min(at),
                Action::Done => {}
                action => return action,
            }
        }
        Action::Wait(until)
    }

    /// Begins the next line if the one before it is over. Returns whether there is something to do.
    fn begin_next(&mut self) -> bool {
        if self.is_last || self.parts.iter().any(|part| !part.play.is_done() && !part.play.rests()) {
            return false;
        }
        let script = self.script.clone();
        match self.cursor.next(&script) {
            None => {
                self.is_last = true;
                self.parts.iter_mut().for_each(|part| part.play.take_last_turn());
            }
            Some((line, next)) => {
                self.cursor = next;
                if matches!(line.step, Step::Send(Sending::Http2(Http2Spec::GoAway(_)))) {
                    self.parts.iter_mut().for_each(|part| part.play.leave());
                }
                let belongs = |part: &StreamPlay| {
                    !matches!(line.step, Step::Streams(_))
                        && line.connection.as_ref().is_none_or(|name| *name == part.name)
                };
                for number in 0..self.parts.len() {
                    if belongs(&self.parts[number]) {
                        self.begin_on(number);
                    }
                }
            }
        }
        true
    }

    /// Lets a stream have its next line. The first one opens it, if the peer takes another stream (RFC 9113, 5.1.2).
    fn begin_on(&mut self, number: usize) {
        let open = self.parts.iter().filter(|part| part.is_open && !part.play.is_done()).count();
        let most = self.connection.most_streams().and_then(|most| usize::try_from(most).ok());
        let part = &mut self.parts[number];
        if !std::mem::replace(&mut part.is_open, true) && most.is_some_and(|most| open >= most) {
            return part.play.skip("the peer does not take this many streams at once");
        }
        part.play.take_turn();
    }

    /// Does something with each part, until the outcome is known.
    fn each(&mut self, mut act: impl FnMut(usize, &mut StreamPlay)) {
        for number in 0..self.parts.len() {
            if !self.is_done() {
                act(number, &mut self.parts[number]);
                self.place(number);
            }
        }
    }

    /// Gives the latest entries of a part their place in the transcript.
    fn place(&mut self, number: usize) {
        let part = &mut self.parts[number];
        let entries = part.play.entries();
        self.order.resize(self.order.len() + entries - part.placed, number);
        part.placed = entries;
    }

    /// The outcome; an unfinished trial was cut short by `why`.
    pub(crate) fn finish(self, why: &str) -> Outcome {
        let decider = self.decider().cloned();
        let is_done = self.is_done();
        let mut transcript = Transcript::default();
        let (mut notes, mut remarks, mut pace) = (Vec::new(), Vec::new(), Pace::default());
        let mut entries = Vec::new();
        for StreamPlay { name, play, .. } in self.parts {
            let outcome = play.finish(why);
            if let Verdict::Lenient { notes: more } = outcome.verdict {
                notes.extend(more);
            }
            remarks.extend(outcome.remarks);
            pace = pace.max(outcome.pace);
            transcript.omitted += outcome.transcript.omitted;
            entries.push(outcome.transcript.entries.into_iter().map(move |mut entry| {
                entry.connection = Some(name.clone());
                entry
            }));
        }
        transcript.entries = self.order.iter().filter_map(|number| entries[*number].next()).collect();
        let verdict = match decider {
            Some(verdict) => verdict,
            None if !is_done => Verdict::Inconclusive { why: why.to_owned() },
            None if notes.is_empty() => Verdict::Pass,
            None => Verdict::Lenient { notes },
        };
        Outcome { verdict, transcript, remarks, pace }
    }
}
