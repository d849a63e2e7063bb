//! The exchange: a script against a peer, as a plain function of bytes and time.
//!
//! Never reads a clock, never opens a connection. Whoever drives it writes what it says, passes in what arrives, and
//! wakes it up when it asks to be.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use wsspec_catalogue::{Need, Requirement, Trial};
use wsspec_notation::{Expectation, Expected, Interval, Sending, Step, Strength, time_for};
use wsspec_wire::{CloseBody, CodeClass, Offer, Opcode, Role, Violation};
use wsspec_wire::{Level, RequirementId};

use crate::{
    arrival::Arrival,
    cursor::Cursor,
    inbound::{Inbound, Seen},
    keys::Masks,
    measure::Sample,
    moment::Moment,
    outbound::{Outbound, Output},
    process::Usage,
    setup::Setup,
    transcript::{Event, Received, Transcript},
    verdict::{Failure, Note, Verdict},
    waiting::{Wait, Waiting},
};

/// Something from the peer's side of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// Bytes, cut in any way.
    Bytes(&'a [u8]),
    /// What the peer's process uses, as asked for; `None`: nobody knows.
    Usage(Option<Usage>),
    /// The end of the peer's half.
    Eof,
    /// A reset; also any other error of the stream.
    Reset,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Write these bytes in one go, then ask again. Go on reading meanwhile.
    Write(Bytes),
    /// Give the peer time to read what was written by itself, then ask again: another segment follows that is to be cut
    /// off from it.
    Gap,
    /// End our half of the stream, then ask again.
    Shutdown,
    /// Reset the connection, then ask again.
    Reset,
    /// Pass in what the peer's process uses, then ask again. With a number: once no more descriptors than that are
    /// open, or the time of a line is over.
    Measure(Option<u32>),
    /// Wait for input, at most until this moment, then ask again.
    Wait(Moment),
    /// The outcome is known; close the connection.
    Done,
}

/// What became of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The verdict.
    pub verdict: Verdict,
    /// What happened.
    pub transcript: Transcript,
    /// Things worth knowing that no requirement asks for.
    pub remarks: Vec<Note>,
    /// The longest that the peer took to give a line what it waited for.
    pub slowest: Duration,
}

/// One trial under way.
#[derive(Debug)]
pub struct Exchange {
    pub(crate) trial: Arc<Trial>,
    pub(crate) setup: Arc<Setup>,
    pub(crate) cursor: Cursor,
    pub(crate) outbound: Outbound,
    pub(crate) inbound: Inbound,
    /// What our request offered, once the peer has answered.
    offer: Option<Offer>,
    /// What the peer's request offered, where the peer is a client.
    pub(crate) offered: Offer,
    /// The masking keys of a client's frames.
    pub(crate) masks: Masks,
    pub(crate) queue: VecDeque<(Arrival, Option<usize>)>,
    /// Bytes that arrived during the pause of a `wait` line.
    pub(crate) backlog: usize,
    /// Control frames that an optional line passed over, for the lines after it.
    pub(crate) held: Vec<(Arrival, Option<usize>)>,
    pub(crate) waiting: Option<Waiting>,
    /// What was only recommended or allowed and did not come in its time: it may still come.
    pub(crate) late: Vec<(usize, Expectation)>,
    pub(crate) handshake_due: bool,
    pub(crate) ending: Ending,
    pub(crate) transcript: Transcript,
    pub(crate) notes: Vec<Note>,
    pub(crate) remarks: Vec<Note>,
    pub(crate) verdict: Option<Verdict>,
    /// Of the peer's process.
    pub(crate) samples: Vec<Sample>,
    /// Fed from a record: its entries say when a time was over.
    pub(crate) replayed: bool,
    /// The longest that a line had to wait for what it was given.
    pub(crate) slowest: Duration,
}

/// How the peer ended the connection, as far as it did.
#[derive(Debug, Default)]
pub(crate) struct Ending {
    pub close: Option<CloseBody>,
    pub eof: bool,
    /// The opening handshake was answered with another status than 101.
    pub refused: bool,
    /// There was a response at all.
    pub answered: bool,
    /// We have answered the peer's close frame.
    pub close_answered: bool,
    /// The stream has ended; what came before may still be unread.
    pub received_end: bool,
}

impl Ending {
    /// An arrival has come to its turn.
    fn read(&mut self, arrival: &Arrival) {
        match arrival {
            Arrival::Close(body) => {
                self.close.get_or_insert(body.clone());
            }
            Arrival::Eof | Arrival::Reset => self.eof = true,
            _ => {}
        }
    }

    /// Whether there is no more use in sending.
    pub(crate) fn is_over(&self) -> bool {
        self.eof || self.refused || self.close_answered || self.close.is_some()
    }
}

/// Bytes of a frame that are shown where it breaks a rule: a whole header and the start of its payload.
const SHOWN_BYTES: usize = 16;

/// Bytes of a peer's that a transcript keeps beyond twice what the script gives reason to expect.
const KEPT: usize = 1 << 20;

/// Bytes, and things, that may wait for the end of a `wait` line; more of them end it early, since the lines after it
/// will not like them.
const BACKLOG: usize = 1 << 20;
const BACKLOG_ARRIVALS: usize = 1024;

/// Arrivals that may be unread, as while a write of ours makes no progress.
const MOST_UNREAD: usize = 65_536;

/// Payload kept beyond what the script itself sends and expects, in bytes.
const SLACK: usize = 64 << 10;

impl Exchange {
    /// Begins a trial on a connection that has just opened.
    pub fn new(trial: Arc<Trial>, setup: Arc<Setup>) -> Self {
        let offers_deflate = trial.needs.contains(&Need::PermessageDeflate);
        let largest = largest(&trial);
        let trial = Arc::new(Trial { script: trial.script.keeping(), ..(*trial).clone() });
        Self {
            cursor: Cursor::default(),
            outbound: Outbound::new(setup.clone(), trial.seed, offers_deflate),
            inbound: Inbound::new(setup.role.peer(), largest.saturating_add(SLACK)),
            offer: None,
            offered: Offer::default(),
            masks: Masks::default(),
            queue: VecDeque::new(),
            held: Vec::new(),
            waiting: None,
            late: Vec::new(),
            handshake_due: !trial.script.does_handshake(),
            ending: Ending::default(),
            transcript: Transcript::with_room(largest.saturating_mul(2).saturating_add(KEPT)),
            backlog: 0,
            notes: Vec::new(),
            remarks: Vec::new(),
            verdict: None,
            samples: Vec::new(),
            replayed: false,
            slowest: Duration::ZERO,
            trial,
            setup,
        }
    }

    /// Begins a trial that is fed from a record, where entries say when a time was over.
    pub(crate) fn replay(trial: Arc<Trial>, setup: Arc<Setup>) -> Self {
        Self { replayed: true, ..Self::new(trial, setup) }
    }

    /// The record says that the time of the line that waits was over.
    pub(crate) fn time_over(&mut self, at: Moment) {
        if !self.is_done() && self.waiting.is_some() {
            self.time_out(at);
        }
    }

    /// Whether the outcome is known.
    pub fn is_done(&self) -> bool {
        self.verdict.is_some()
    }

    /// Takes in what the peer did.
    pub fn receive(&mut self, input: Input<'_>, at: Moment) {
        if self.is_done() {
            return;
        }
        match input {
            Input::Bytes(bytes) => self.receive_bytes(bytes, at),
            Input::Usage(usage) => self.measured(usage, at),
            Input::Eof => self.receive_end(Event::Eof, Arrival::Eof, at),
            Input::Reset => self.receive_end(Event::Reset, Arrival::Reset, at),
        }
    }

    /// What to do next. After [`Action::Done`] there is nothing more.
    pub fn next(&mut self, now: Moment) -> Action {
        loop {
            if self.is_done() {
                return Action::Done;
            }
            if self.waiting.is_none() {
                self.release_held();
                if self.start_next_line(now) {
                    continue;
                }
            }
            self.outbound.flush();
            match self.outbound.take() {
                Some(Output::Write(bytes)) => return Action::Write(bytes),
                Some(Output::Gap) => return Action::Gap,
                Some(Output::Eof) => return Action::Shutdown,
                Some(Output::Reset) => return Action::Reset,
                None if self.waiting.is_none() => {
                    self.note_unfinished(now);
                    self.conclude();
                }
                None => {}
            }
            if let Some(at_most) = self.measuring() {
                return if self.replayed { Action::Wait(now) } else { Action::Measure(at_most) };
            }
            if self.drain_queue(now) {
                continue;
            }
            if self.replayed {
                return Action::Wait(now);
            }
            let limit = self.waiting_limit();
            let trial_end = Moment::START + self.setup.limits.trial;
            let Some(waiting) = &mut self.waiting else { continue };
            waiting.since.get_or_insert(now);
            let deadline = (*waiting.deadline.get_or_insert(now + limit)).min(trial_end);
            if now < deadline {
                return Action::Wait(deadline);
            }
            self.time_out(now);
        }
    }

    /// The outcome; a trial that is not done was cut short by `why`.
    pub fn finish(self, why: &str) -> Outcome {
        let verdict = self.verdict.unwrap_or_else(|| Verdict::Inconclusive { why: why.to_owned() });
        Outcome { verdict, transcript: self.transcript, remarks: self.remarks, slowest: self.slowest }
    }

    fn release_held(&mut self) {
        while let Some(held) = self.held.pop() {
            self.queue.push_front(held);
        }
    }

    fn receive_bytes(&mut self, bytes: &[u8], at: Moment) {
        let offer = match self.offer.take() {
            Some(offer) => offer,
            None if self.setup.role == Role::Client => self.outbound.offer(),
            None => Offer::default(),
        };
        let mut seen = Vec::new();
        self.backlog += bytes.len();
        self.inbound.push(bytes, &offer, &mut seen);
        self.offer = Some(offer);
        for seen in seen {
            if !seen.violations.is_empty() {
                self.catch_up(at);
            }
            if self.is_done() {
                return;
            }
            self.note_seen(seen, at);
        }
        self.judge_haste();
    }

    /// Lets what was read before have its effect, as if it had come in a segment of its own: what breaks a rule behind it
    /// must not decide the trial first.
    fn catch_up(&mut self, now: Moment) {
        while !self.is_done() {
            let goes_on = if self.waiting.is_some() {
                self.drain_queue(now)
            } else {
                self.release_held();
                self.start_next_line(now)
            };
            if !goes_on {
                return;
            }
        }
    }

    fn note_seen(&mut self, seen: Seen, at: Moment) {
        let bytes = if seen.violations.is_empty() { String::new() } else { first_bytes(&seen.received) };
        self.masks.note(&seen.received);
        let place = self.transcript.add(at, 0, Event::Received(seen.received));
        self.judge(&seen.violations, place, &bytes);
        for arrival in &seen.arrivals {
            if let Arrival::Request(head) = arrival {
                self.judge_request(head);
            }
        }
        if self.queue.len() > MOST_UNREAD {
            return self.give_up("the peer sends without end".into());
        }
        for arrival in seen.arrivals {
            self.react(&arrival);
            self.queue.push_back((arrival, place));
        }
    }

    /// The referee: a broken rule decides the trial, whatever its script says.
    fn judge(&mut self, violations: &[Violation], place: Option<usize>, bytes: &str) {
        let line = self.waiting.as_ref().map_or(0, |waiting| waiting.line);
        for violation in violations {
            let requirement = violation.requirement();
            // A server refuses in many cases: one fault of its refusals is to fail one case.
            if violation.is_of_refusal() && !self.trial.cites(requirement) {
                continue;
            }
            // A probe has no requirements: it only looks what the peer can do.
            let Some(rule) = self.rule(requirement) else { continue };
            let expected = that(&rule.text);
            let text = violation.to_string();
            if self.echoes_our_code(violation) {
                self.transcript.explain(place, line, format!("sends our own code back: {text}"));
                self.notes.push(Note { line, text, requirement: requirement.to_owned() });
                continue;
            }
            self.transcript.explain(place, line, format!("breaks {requirement}: {text}{bytes}"));
            self.broke(line, expected, text, requirement);
        }
    }

    /// A peer that answers with the code it received does what is typical (RFC 6455, 5.5.1), even where that code is
    /// none to send; save those that no endpoint sets, which are spelled out (7.4.1).
    fn echoes_our_code(&self, violation: &Violation) -> bool {
        match violation {
            Violation::CloseCodeNotSendable(code) => {
                self.outbound.sent_code() == Some(*code) && code.class() != CodeClass::NotOnTheWire
            }
            _ => false,
        }
    }

    /// What the protocol has us do at once.
    fn react(&mut self, arrival: &Arrival) {
        match arrival {
            Arrival::Request(head) => {
                self.offered = Offer::from(head);
                self.skip_unless_offered();
            }
            Arrival::Response(head) => {
                self.ending.refused = head.status != Some(101);
                self.ending.answered = true;
                if let Some(agreed) = self.inbound.agreed() {
                    self.outbound.agree(agreed);
                }
            }
            Arrival::Ping(payload) if self.may_answer() => {
                self.outbound.frame(Opcode::PONG, payload.clone());
                self.outbound.flush();
            }
            Arrival::Close(body) if self.may_answer() => {
                let code = body.code().map(|code| Bytes::copy_from_slice(&code.0.to_be_bytes()));
                self.outbound.frame(Opcode::CLOSE, code.unwrap_or_default());
                self.outbound.flush();
                self.ending.close_answered = true;
            }
            _ => {}
        }
    }

    /// Whether an answer of ours may go out: not within something else, nor before the opening handshake is over.
    fn may_answer(&self) -> bool {
        self.outbound.may_answer() && (self.setup.role == Role::Client || self.ending.answered)
    }

    fn receive_end(&mut self, event: Event, arrival: Arrival, at: Moment) {
        if std::mem::replace(&mut self.ending.received_end, true) {
            return;
        }
        self.note_unfinished(at);
        let place = self.transcript.add(at, 0, event);
        self.react(&arrival);
        self.queue.push_back((arrival, place));
    }

    /// Records and judges what began and did not end.
    pub(crate) fn note_unfinished(&mut self, at: Moment) {
        if let Some(seen) = self.inbound.unfinished() {
            let bytes = first_bytes(&seen.received);
            let place = self.transcript.add(at, 0, Event::Received(seen.received));
            self.judge(&seen.violations, place, &bytes);
        }
    }

    /// Hands arrivals to the line that waits. Returns whether it is done waiting.
    fn drain_queue(&mut self, now: Moment) -> bool {
        while let Some((arrival, place)) = self.queue.pop_front() {
            if matches!(self.waiting.as_ref().map(|w| &w.wait), Some(Wait::Pause)) {
                self.queue.push_front((arrival, place));
                if self.backlog <= BACKLOG && self.queue.len() <= BACKLOG_ARRIVALS {
                    return false;
                }
                self.waiting = None;
                return true;
            }
            self.ending.read(&arrival);
            self.arrive(arrival, place, now);
            if self.waiting.is_none() || self.is_done() || self.outbound.ends() {
                return true;
            }
        }
        // Once the stream has ended nothing more will come.
        if self.ending.eof
            && !matches!(self.waiting.as_ref().map(|w| &w.wait), Some(Wait::Pause | Wait::Quiet))
        {
            self.nothing_more();
            return true;
        }
        false
    }

    /// How long the line that waits may take.
    pub(crate) fn waiting_limit(&self) -> Duration {
        let limits = &self.setup.limits;
        match self.waiting.as_ref() {
            Some(Waiting { limit: Some(interval), .. }) => self.duration(*interval),
            Some(Waiting { wait: Wait::Expect(e, _), .. })
                if e.strength != Strength::Must && !wants_head(e) =>
            {
                limits.watch
            }
            Some(Waiting { wait: Wait::FinalEnd, .. }) => limits.watch,
            Some(Waiting { wait: Wait::Expect(e, _), .. }) => limits.line + time_for(longest(e)),
            _ => limits.line,
        }
    }

    /// An interval of the script as a length of time.
    pub(crate) fn duration(&self, interval: Interval) -> Duration {
        match interval {
            Interval::Millis(millis) => Duration::from_millis(millis),
            Interval::RoundTrips(count) => self.setup.limits.round_trip.saturating_mul(count),
        }
    }

    /// A rule was broken: what that does to the verdict depends on the rule's level.
    pub(crate) fn broke(&mut self, line: usize, expected: String, actual: String, requirement: &str) {
        let level = self.rule(requirement).map(|rule| rule.level);
        let failure = Failure { line, expected, actual, requirement: requirement.to_owned() };
        let note = |failure: &Failure| Note {
            line,
            text: failure.headline(),
            requirement: failure.requirement.clone(),
        };
        match level {
            Some(Level::Should) => self.notes.push(note(&failure)),
            Some(Level::May) => self.remarks.push(note(&failure)),
            Some(Level::Must) | None => self.verdict = Some(Verdict::Fail { failure }),
        }
    }

    /// The script has not come about: a failure of the case's own requirement, which ends the trial.
    pub(crate) fn fail(&mut self, line: usize, expected: String, actual: String, requirement: Option<&str>) {
        let own = self.trial.requirement.clone();
        self.broke(line, expected, actual, requirement.unwrap_or(own.as_str()));
        if self.verdict.is_none() {
            self.conclude();
        }
    }

    /// Nothing can be said about the peer.
    pub(crate) fn give_up(&mut self, why: String) {
        self.verdict.get_or_insert(Verdict::Inconclusive { why });
    }

    /// The script is through.
    pub(crate) fn conclude(&mut self) {
        self.judge_masks();
        let notes = std::mem::take(&mut self.notes);
        let verdict = if notes.is_empty() { Verdict::Pass } else { Verdict::Lenient { notes } };
        self.verdict.get_or_insert(verdict);
    }

    /// Whether the item is to be compressed and the peer has declined to: any offer may be (RFC 7692, 5).
    fn lacks_extension(&self, sending: &Sending) -> bool {
        let is_compressed = matches!(sending, Sending::Frame(frame) if frame.attributes.deflate);
        is_compressed && self.ending.answered && self.inbound.agreed().is_none()
    }

    /// What the script is about cannot be seen.
    fn conclude_declined(&mut self) {
        if !self.notes.is_empty() {
            return self.conclude();
        }
        let reason = "the peer declined the offer of permessage-deflate".to_owned();
        self.verdict.get_or_insert(Verdict::Skip { reason });
    }

    pub(crate) fn rule(&self, requirement: &str) -> Option<&Requirement> {
        self.trial.requirements.get(&RequirementId::parse(requirement)?)
    }

    /// Sends an item and records it.
    pub(crate) fn send(&mut self, line: usize, sending: &Sending, now: Moment) {
        if self.lacks_extension(sending) {
            return self.conclude_declined();
        }
        self.transcript.add(now, line, Event::Sent(sending.to_string()));
        let offered = std::mem::take(&mut self.offered);
        self.outbound.send(sending, &offered);
        self.offered = offered;
        if let Sending::Response(_) = sending {
            self.responded();
        }
    }

    /// The role of the other end.
    pub(crate) fn peer(&self) -> Role {
        self.setup.role.peer()
    }
}

/// The first bytes of something received, for a reader who wants to see them; nothing for a head, which is text.
fn first_bytes(received: &Received) -> String {
    if matches!(received, Received::Head(_)) {
        return String::new();
    }
    let bytes = received.bytes();
    let shown: Vec<String> = bytes.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > SHOWN_BYTES { " ..." } else { "" };
    format!(" [{}{more}]", shown.join(" "))
}

/// Whether an expectation is about a head: a handshake takes its time, and nothing may be sent before it is over.
fn wants_head(expectation: &Expectation) -> bool {
    expectation.expected().any(|expected| matches!(expected, Expected::Request | Expected::Response(_)))
}

/// A rule as what is expected: `that a server masks none of its frames`.
fn that(rule: &str) -> String {
    let mut letters = rule.chars();
    match letters.next() {
        // `RSV1 is zero` keeps its capitals.
        Some(_) if letters.clone().next().is_some_and(|second| second.is_uppercase()) => {
            format!("that {rule}")
        }
        Some(first) => format!("that {}{}", first.to_lowercase(), letters.as_str()),
        None => String::new(),
    }
}

/// The largest message that a script gives reason to expect, in bytes: all that it sends or expects at once.
fn largest(trial: &Trial) -> usize {
    trial
        .script
        .walk()
        .map(|line| match &line.step {
            Step::Send(Sending::Frame(frame)) => frame.payload.len(),
            Step::Send(Sending::Raw(payload)) => payload.len(),
            Step::Expect(e) => longest(e),
            _ => 0,
        })
        .fold(0, usize::saturating_add)
}

/// The longest message that a line expects, in bytes.
fn longest(expectation: &Expectation) -> usize {
    let lengths = expectation.expected().map(|expected| match expected {
        Expected::Message(_, Some(payload)) => payload.len(),
        _ => 0,
    });
    lengths.max().unwrap_or(0)
}

impl Received {
    /// Its bytes as they were on the wire, save an oversize frame's payload, which is gone.
    pub fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::Head(bytes) | Self::Raw(bytes) | Self::Unfinished(bytes) => out.extend_from_slice(bytes),
            Self::Frame(frame) => frame.encode(&mut out),
            Self::Oversize(header) => header.encode(&mut out),
        }
        out
    }
}
