//! What a line waits for, and what an arrival or a silence means to it. Only decides; the exchange acts on it.

use std::time::Duration;

use bytes::Bytes;
use wsspec_catalogue::Limits;
use wsspec_notation::{Bound, Expectation, Expected, Interval, Strength};
use wsspec_record::Fence;
use wsspec_referee::Arrival;
use wsspec_wire::{CloseBody, ConnectionName, Layer, MessageKind, RequirementId, Role};

use crate::{
    duties,
    engineio::is_idle,
    matcher::{Lenience, Matcher, Matching, satisfied_by_ending},
    moment::Moment,
    session_answer::SessionAnswer,
    setup::Setup,
    sizes::longest,
    sockjs::is_silent,
    stomp::{is_aside, is_eol},
    wording,
};

/// How long the end of TCP is waited for at least after the closing handshake.
const ENDING: Duration = Duration::from_millis(300);

/// What may be this much slower than anything that the peer has answered so far.
const SLOWER: u32 = 4;

/// A waiting line.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub line: usize,
    pub wait: Wait,
    /// The line's own time limit, if it has one.
    pub limit: Option<Interval>,
    /// Whether nothing is decided by how long the peer is silent.
    pub is_moot: bool,
    /// When everything before it had been sent.
    pub since: Option<Moment>,
    /// When its time limit runs out.
    pub deadline: Option<Moment>,
    /// Set after its time limit, while what it waits for may still come.
    pub late: Option<Late>,
}

impl Waiting {
    /// Gives the line its whole time from now on, unless it has a limit of its own.
    pub(crate) fn renew(&mut self, now: Moment, limits: &Limits) {
        if self.limit.is_none() && self.wait.decides() {
            let grace = self.late.as_ref().map_or(Duration::ZERO, |late| late.grace);
            let from_now = now + self.limit(limits).saturating_add(grace);
            self.deadline = self.deadline.map(|deadline| deadline.max(from_now));
        }
    }
}

/// The sign of life that was asked for after a line's time limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// The payload of the ping that was sent then; `None` if none could be sent.
    pub ping: Option<Bytes>,
    /// Whether it was answered: the peer is alive on this connection, and idle.
    pub answered: bool,
    /// How long the line has waited on.
    pub grace: Duration,
}

/// What a line waits for.
#[derive(Debug)]
pub(crate) enum Wait {
    /// The peer's head of an opening handshake that the script does not perform.
    Handshake,
    /// The item that completes a step to a session of the layer, where no line waits for it.
    Session(SessionAnswer),
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
    /// Only time.
    Pause,
}

/// What an arrival means to the waiting line.
#[derive(Debug)]
pub(crate) enum LineReaction {
    /// Nothing: the line goes on waiting.
    Passed,
    /// The line has what it waited for.
    Matched,
    /// The line has what it waited for, and now waits for this.
    Then(Wait),
    /// An expectation has all its items, with these lenient notes; fields are still to be checked.
    Satisfied(Vec<Lenience>),
    /// An expectation has some of its items, or all mandatory ones.
    Partly,
    /// A client's request, which we are to answer.
    Requested,
    /// The opening handshake has failed.
    Unopened,
    /// An expectation was already satisfied, with these lenient notes: the arrival is for the next line.
    Settled(Vec<Lenience>),
    /// An optional line skips a control frame, which is for the lines after it.
    Held,
    /// An optional line did not get what it asks for: the arrival is for the next line.
    Missed,
    /// The peer should have done something else.
    Unexpected(Shortfall),
}

/// What the peer should have done, and the rule that says so; `None` stands for the case's own.
#[derive(Debug)]
pub(crate) struct Shortfall {
    pub expected: String,
    pub requirement: Option<RequirementId>,
}

/// Why nothing arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Silence {
    /// The stream has ended, and everything was read.
    Ended,
    /// The line's time limit has run out.
    TimedOut,
}

/// What a silence means to the waiting line.
#[derive(Debug)]
pub(crate) enum Lapse {
    /// Nothing.
    Harmless,
    /// An expectation was already satisfied, with these lenient notes.
    Settled(Vec<Lenience>),
    /// An optional line did not get what it asks for.
    Missed(Expectation),
    /// The peer should have done something.
    Unanswered(Shortfall),
    /// The opening handshake was not answered.
    Unopened,
    /// A server has not ended TCP.
    StillOpen,
}

impl Shortfall {
    /// A shortfall by the case's own requirement.
    pub(crate) fn own(expected: String) -> Self {
        Self::new(expected, None)
    }

    /// The expected answer to a close frame that gives no reason to report an error.
    pub(crate) fn answer() -> Self {
        let expected = "a close frame that answers ours without reporting an error";
        Self::new(expected, Some(duties::CLOSE_IS_HANDLED))
    }

    fn new(expected: impl Into<String>, requirement: Option<RequirementId>) -> Self {
        Self { expected: expected.into(), requirement }
    }

    fn fence(payload: &Bytes) -> Self {
        Self::new(format!("an answer to the fence `{}`", wording::brief(payload)), None)
    }

    fn close() -> Self {
        Self::new("a close frame in answer to ours", Some(duties::CLOSE_IS_ANSWERED))
    }
}

impl Waiting {
    pub(crate) fn new(line: usize, wait: Wait, limit: Option<Interval>) -> Self {
        Self { line, wait, limit, is_moot: false, since: None, deadline: None, late: None }
    }

    /// The line's time limit.
    pub(crate) fn limit(&self, limits: &Limits) -> Duration {
        if self.is_moot {
            return limits.watch;
        }
        match (self.limit, &self.wait) {
            (Some(interval), Wait::Pause) => limits.time_of(interval),
            // The round trip does not count as the peer's time.
            (Some(interval @ Interval::Millis(_)), wait) => {
                let trips = limits.round_trips(2);
                limits.time_of(interval).saturating_add(trips).saturating_add(recommended(wait, limits))
            }
            (Some(interval), wait) => limits.time_of(interval).saturating_add(recommended(wait, limits)),
            (None, Wait::Expect(e, _)) if e.strength == Strength::May && !wants_head(e) => limits.watch,
            (None, Wait::Expect(e, _)) if e.strength == Strength::Should && !wants_head(e) => {
                limits.watch.max(limits.recommended).saturating_add(recommended(&self.wait, limits))
            }
            (None, Wait::FinalEnd) => {
                limits.watch.max(ENDING).saturating_add(recommended(&self.wait, limits))
            }
            (None, Wait::Expect(e, _)) => limits.line + limits.time_for(longest(e)),
            (None, _) => limits.line,
        }
    }

    /// When its time limit runs out. The limit begins now, unless it has begun before.
    pub(crate) fn ends_by(&mut self, now: Moment, limits: &Limits) -> Moment {
        let limit = self.limit(limits);
        self.since.get_or_insert(now);
        *self.deadline.get_or_insert(now + limit)
    }

    /// The size of the longest message that it waits for, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        match &self.wait {
            Wait::Expect(expectation, _) => longest(expectation),
            _ => 0,
        }
    }

    /// Notes if an arrival answers the sign of life that was asked for after the time limit.
    pub(crate) fn answers_question(&mut self, arrival: &Arrival) -> bool {
        match (&mut self.late, arrival) {
            (Some(Late { ping: Some(ping), answered, .. }), Arrival::Pong(payload)) if payload == ping => {
                *answered = true;
                true
            }
            _ => false,
        }
    }

    /// Whether an arrival is what it waits for.
    pub(crate) fn wants(&self, arrival: &Arrival, fence: Fence) -> bool {
        match &self.wait {
            Wait::Expect(expectation, matcher) => matcher.fits(expectation, arrival),
            Wait::Fence(payload) => answers(fence, payload, arrival),
            Wait::FinalClose => matches!(arrival, Arrival::Close(_)),
            Wait::FinalEnd => is_end(arrival),
            Wait::Handshake => matches!(arrival, Arrival::Request(_) | Arrival::Response(_)),
            Wait::Session(_) => matches!(arrival, Arrival::Item(item) if !is_eol(item)),
            Wait::Quiet | Wait::Measure(_) | Wait::Pause => false,
        }
    }
}

impl Wait {
    /// Whether the trial is decided when its time limit runs out.
    pub(crate) fn decides(&self) -> bool {
        match self {
            Self::Expect(expectation, _) => expectation.strength == Strength::Must,
            Self::Handshake | Self::Session(_) | Self::Fence(_) | Self::FinalClose => true,
            Self::FinalEnd | Self::Quiet | Self::Measure(_) | Self::Pause => false,
        }
    }

    /// Whether nothing satisfies it without a pong.
    pub(crate) fn is_for_pong(&self) -> bool {
        let Self::Expect(expectation, _) = self else { return false };
        expectation
            .alternatives
            .iter()
            .filter(|alternative| !alternative.lenient)
            .all(|alternative| alternative.all.iter().any(|expected| matches!(expected, Expected::Pong(_))))
    }

    /// Whether a message is among what it waits for. `fence`: what answers a fence.
    pub(crate) fn wants_message(&self, fence: Fence) -> bool {
        match self {
            Self::Expect(expectation, _) => {
                expectation.expected().any(|expected| matches!(expected, Expected::Message(..)))
            }
            Self::Fence(_) => fence == Fence::Echo,
            _ => false,
        }
    }

    /// Whether a pong is among what it waits for.
    pub(crate) fn wants_pong(&self) -> bool {
        let Self::Expect(expectation, _) = self else { return false };
        expectation.expected().any(|expected| matches!(expected, Expected::Pong(_)))
    }

    /// Whether it waits for what a connection for HTTP brings.
    pub(crate) fn is_for_http(&self) -> bool {
        let Self::Expect(expectation, _) = self else { return false };
        let is_http = |expected: &Expected| match expected {
            Expected::Item(item) => item.layer == Layer::Http || item.connection.is_some(),
            _ => false,
        };
        expectation.expected().any(is_http)
    }

    /// The connection for HTTP whose packets it waits for, if they come in responses.
    pub(crate) fn polls_on(&self) -> Option<Option<ConnectionName>> {
        let Self::Expect(expectation, _) = self else { return None };
        expectation.expected().find_map(|expected| match expected {
            Expected::Item(item) if item.layer == Layer::EngineIo => Some(item.connection.clone()),
            _ => None,
        })
    }

    /// Whether an arrival came on another connection than the one that the line is about, for another line.
    fn is_elsewhere(&self, arrival: &Arrival) -> bool {
        let on = match arrival {
            Arrival::Item(item) => item.connection.as_ref(),
            _ => None,
        };
        let wanted = match self {
            Self::Quiet | Self::Measure(_) | Self::Pause => return false,
            Self::Expect(expectation, _) => expectation.expected().find_map(|expected| match expected {
                Expected::Item(item) => item.connection.as_ref(),
                _ => None,
            }),
            _ => None,
        };
        on != wanted
    }

    /// What an arrival means to the line. `unasked`: if it is a message, the peer has sent it unprompted.
    pub(crate) fn react(&mut self, arrival: &Arrival, unasked: bool, setup: &Setup) -> LineReaction {
        if self.is_elsewhere(arrival) {
            return LineReaction::Held;
        }
        let (fence, peer) = (setup.fence, setup.role().peer());
        match self {
            Self::Handshake => match arrival {
                Arrival::Response(head) if head.accepts() => LineReaction::Matched,
                Arrival::Request(_) => LineReaction::Requested,
                _ => LineReaction::Unopened,
            },
            Self::Session(wants) => match arrival {
                Arrival::Item(item) if wants.is(&item.word) => LineReaction::Matched,
                arrival if passes(arrival, unasked) => LineReaction::Passed,
                _ => LineReaction::Unopened,
            },
            Self::Expect(expectation, matcher) => expect(expectation, matcher, arrival, unasked),
            Self::Fence(payload) if answers(fence, payload, arrival) => LineReaction::Matched,
            Self::FinalClose if matches!(arrival, Arrival::Close(_)) => match peer {
                Role::Server => LineReaction::Then(Self::FinalEnd),
                // A client leaves closing TCP to us (RFC 6455, 7.1.1).
                Role::Client => LineReaction::Matched,
            },
            Self::FinalEnd if is_end(arrival) => LineReaction::Matched,
            Self::Measure(_) | Self::Pause => LineReaction::Passed,
            _ if passes(arrival, unasked) => LineReaction::Passed,
            Self::Fence(payload) => LineReaction::Unexpected(Shortfall::fence(payload)),
            Self::FinalClose if is_end(arrival) => LineReaction::Unexpected(Shortfall::close()),
            Self::FinalClose | Self::FinalEnd => {
                LineReaction::Unexpected(Shortfall::new("the closing handshake and nothing else", None))
            }
            Self::Quiet => LineReaction::Unexpected(Shortfall::new("nothing", None)),
        }
    }

    /// What a silence means to the line. `close` is the peer's close frame, if there was one.
    pub(crate) fn lapse(self, silence: Silence, close: Option<&CloseBody>, peer: Role) -> Lapse {
        match self {
            Self::Expect(expectation, matcher) => unmet(expectation, matcher, silence, close, peer),
            Self::Fence(payload) => Lapse::Unanswered(Shortfall::fence(&payload)),
            Self::FinalClose => Lapse::Unanswered(Shortfall::close()),
            Self::FinalEnd if silence == Silence::TimedOut => Lapse::StillOpen,
            Self::Handshake | Self::Session(_) => Lapse::Unopened,
            Self::FinalEnd | Self::Quiet | Self::Measure(_) | Self::Pause => Lapse::Harmless,
        }
    }
}

fn expect(
    expectation: &Expectation,
    matcher: &mut Matcher,
    arrival: &Arrival,
    unasked: bool,
) -> LineReaction {
    match matcher.offer(expectation, arrival) {
        Matching::Matched(leniences) => LineReaction::Satisfied(leniences),
        Matching::Partly => LineReaction::Partly,
        Matching::Refused => match (matcher.settled(), expectation.strength) {
            (Some(leniences), _) => LineReaction::Settled(leniences),
            (None, Strength::Must) if passes(arrival, unasked) => LineReaction::Passed,
            // An optional line takes nothing away from the lines after it.
            (None, _) if passes(arrival, unasked) => LineReaction::Held,
            (None, Strength::Must) => {
                LineReaction::Unexpected(Shortfall::new(wording::wanted(expectation), None))
            }
            (None, Strength::Should | Strength::May) => LineReaction::Missed,
        },
    }
}

fn unmet(
    expectation: Expectation,
    mut matcher: Matcher,
    silence: Silence,
    close: Option<&CloseBody>,
    peer: Role,
) -> Lapse {
    if let Some(leniences) = matcher.settled() {
        return Lapse::Settled(leniences);
    }
    if silence == Silence::Ended && satisfied_by_ending(&expectation, close) {
        return Lapse::Harmless;
    }
    if expectation.strength != Strength::Must {
        return Lapse::Missed(expectation);
    }
    // The close frame may have met an earlier line that only recommended it.
    let has_failed = close.is_some()
        && expectation.expected().any(|expected| matches!(expected, Expected::Fail(_)))
        && satisfied_by_ending(&expectation, close);
    if silence == Silence::TimedOut && (matcher.lacks_only_the_end() || has_failed) {
        let expected = "the end of the stream after the close frame";
        return Lapse::Unanswered(Shortfall::new(expected, Some(duties::fail_closes(peer))));
    }
    Lapse::Unanswered(Shortfall::new(wording::wanted(&expectation), None))
}

/// How much longer what is only recommended is waited for where its absence is confirmed, with a peer that takes its time.
fn recommended(wait: &Wait, limits: &Limits) -> Duration {
    let is_it = match wait {
        Wait::FinalEnd => true,
        Wait::Expect(expectation, _) => expectation.strength == Strength::Should,
        _ => false,
    };
    if is_it { limits.answer.saturating_mul(SLOWER) } else { Duration::ZERO }
}

/// Whether an arrival answers a fence.
fn answers(fence: Fence, payload: &Bytes, arrival: &Arrival) -> bool {
    match (fence, arrival) {
        (Fence::Ping, Arrival::Pong(answer)) => answer == payload,
        (Fence::Echo, Arrival::Message(MessageKind::Text, answer)) => answer == payload,
        _ => false,
    }
}

/// Whether this may arrive at any time without meaning anything to a line that waits for something else: control
/// frames, and messages of a peer that sends some unprompted (RFC 6455, 4.2.2: the server may send data at once).
fn passes(arrival: &Arrival, unasked: bool) -> bool {
    match arrival {
        Arrival::Ping(_) | Arrival::Pong(_) => true,
        Arrival::Message(..) => unasked,
        Arrival::Item(item) => is_eol(item) || is_aside(item) || is_idle(item) || is_silent(item),
        _ => false,
    }
}

pub(crate) fn is_end(arrival: &Arrival) -> bool {
    matches!(arrival, Arrival::Eof | Arrival::Reset)
}

/// Whether an expectation is about a head: a handshake takes time, and nothing may be sent before it is complete.
fn wants_head(expectation: &Expectation) -> bool {
    expectation.expected().any(Expected::is_head)
}
