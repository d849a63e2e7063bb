//! One connection: a case is played, what the peer does is seen, and the end is judged.
//!
//! Bytes and times go in, [`SessionAction`]s come out; the clock is the caller's.

mod echoes;
mod inbound;
mod outbound;
mod verdict;

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::Bytes;
use serde_json::json;
use wsspec_wire::{
    Assembler, Decoder, DeflateParams, Deflater, HeadReader, Mask, RequestHead, ResponseHead, Role,
};

use crate::{
    AutobahnCase, Behavior, CaseEvent, ClientHandshake, ProtocolOptions,
    case::{CaseJudge, CaseStep, Pause},
    handshake::{self, UpgradeRefusal},
    log::Log,
    traffic::{Flow, TrafficStats},
};

/// Bytes of a message, at most.
const LIMIT: u64 = 64 << 20;
/// Seconds that a pause lasts where the peer is given all the time there is.
const FULL_PAUSE: Duration = Duration::from_secs(1);
/// The same at a quick pace, where the peer answers at once.
const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
/// A pause is so many times as long as the peer takes to answer, or it proves nothing.
const MARGIN: u32 = 4;

/// How long a pause is in which nothing is to happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SessionPace {
    /// As long as the peer takes to answer, several times; see [`crate::CaseResult::is_settled`].
    Quick,
    /// A second; and what is to arrive in pieces is written with a little time between them.
    Patient,
}

/// What the caller is to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SessionAction {
    /// Write these bytes as one segment.
    Write(Bytes),
    /// Read; and call again at this time, at the latest.
    Wait(Duration),
    /// End the connection.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum SessionState {
    Connecting,
    Open,
    Closing,
    Closed,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Timer {
    Open,
    Fail,
    Close,
    CloseHandshake,
    ServerDrop,
    /// The peer has closed, and is to end TCP.
    PeerDrop,
    Pause,
}

/// A segment to write, whether it is to be one of its own, and whether the peer is to see it as one.
#[derive(Debug)]
struct Segment {
    bytes: Bytes,
    apart: bool,
    spaced: bool,
}

/// What the time that things took says of the verdict.
#[derive(Debug, Default)]
struct Timing {
    /// A limit has ended something.
    expired: bool,
    /// The shortest pause in which nothing was to happen.
    quiet: Option<Duration>,
    /// When something was written last.
    written_at: Duration,
    /// How long the peer took to close or to end the connection after that.
    reaction: Option<Duration>,
    /// Nothing that is spaced is written before.
    not_before: Duration,
}

/// What the report says besides the verdict.
#[derive(Debug, Default)]
struct Facts {
    was_open: bool,
    closed_by_me: bool,
    failed_by_me: bool,
    dropped_by_me: bool,
    was_clean: bool,
    why_not_clean: Option<&'static str>,
    open_timeout: bool,
    close_timeout: bool,
    drop_timeout: bool,
    local_code: Option<u16>,
    local_reason: Option<Bytes>,
    remote_code: Option<u16>,
    remote_reason: Option<Bytes>,
    request: Vec<u8>,
    response: Vec<u8>,
}

/// One connection, from the opening handshake to its end.
#[derive(Debug)]
pub struct CaseSession {
    case: Arc<AutobahnCase>,
    role: Role,
    options: ProtocolOptions,
    pace: SessionPace,
    state: SessionState,
    now: Duration,
    opened_at: Duration,
    head: HeadReader,
    agent: Option<String>,
    decoder: Decoder,
    assembler: Assembler,
    deflater: Option<Deflater>,
    log: Log,
    incoming: Flow,
    outgoing: Flow,
    facts: Facts,
    queue: VecDeque<Segment>,
    timers: Vec<(Duration, Timer)>,
    timing: Timing,
    begun: bool,
    /// What came with the response, before the case has begun.
    early: Vec<u8>,
    next_step: usize,
    pause: Option<Pause>,
    /// Opened, and closed at once, since the agent is not to be asked this.
    excluded: bool,
    received: Vec<CaseEvent>,
    /// Bytes of their payloads.
    kept: usize,
    verdict: (Behavior, String),
    stats: Option<TrafficStats>,
    echoed: echoes::EchoProgress,
    /// Mask and bytes so far of a frame that is sent in parts.
    parts: (Option<Mask>, usize),
}

impl CaseSession {
    fn new(case: &Arc<AutobahnCase>, role: Role, options: ProtocolOptions, pace: SessionPace) -> Self {
        Self {
            case: case.clone(),
            role,
            options,
            pace,
            state: SessionState::Connecting,
            now: Duration::ZERO,
            opened_at: Duration::ZERO,
            head: HeadReader::new(),
            agent: None,
            decoder: Decoder::new(LIMIT),
            assembler: Assembler::new(role.peer()),
            deflater: None,
            log: Log::new(),
            incoming: Flow::default(),
            outgoing: Flow::default(),
            facts: Facts::default(),
            queue: VecDeque::new(),
            timers: Vec::new(),
            timing: Timing::default(),
            begun: false,
            early: Vec::new(),
            next_step: 0,
            pause: None,
            excluded: false,
            received: Vec::new(),
            kept: 0,
            verdict: (Behavior::Failed, "Actual events differ from any expected.".into()),
            stats: None,
            echoed: echoes::EchoProgress::default(),
            parts: (None, 0),
        }
    }

    /// As the client of a server.
    #[must_use]
    pub fn client(case: &Arc<AutobahnCase>, client: &ClientHandshake, pace: SessionPace) -> Self {
        let mut session = Self::new(case, Role::Client, client.options, pace);
        let request = client.request(&case.offers());
        session.write_head(&request);
        session.facts.request = request;
        session.timers.push((client.options.open_timeout, Timer::Open));
        session
    }

    /// As the server of a client whose request is known; `bytes` are those of the request.
    ///
    /// # Errors
    ///
    /// What the request lacks.
    pub fn server(
        case: &Arc<AutobahnCase>,
        options: ProtocolOptions,
        protocols: &[String],
        bytes: &[u8],
        excluded: bool,
    ) -> Result<Self, UpgradeRefusal> {
        let mut session = Self::new(case, Role::Server, options, SessionPace::Patient);
        let (response, agreed) = handshake::accept(&RequestHead::parse(bytes), protocols, case.wishes())?;
        session.read_head(bytes);
        session.facts.request = bytes.to_vec();
        session.write_head(&response);
        session.facts.response = response;
        session.excluded = excluded;
        session.open(agreed);
        Ok(session)
    }

    /// The name of the server, once its response has come; `None` where it gives none.
    #[must_use]
    pub fn agent(&self) -> Option<&str> {
        self.agent.as_deref()
    }

    /// Whether the opening handshake was completed.
    #[must_use]
    pub fn was_open(&self) -> bool {
        self.facts.was_open
    }

    /// Only opens the connection and closes it: the agent is not to be asked this.
    pub fn exclude(&mut self) {
        self.excluded = true;
    }

    /// Takes in what has arrived.
    pub fn receive(&mut self, bytes: &[u8], now: Duration) {
        self.now = now;
        match self.state {
            SessionState::Connecting => {
                self.read_head(bytes);
                self.head.push(bytes);
                match self.head.take() {
                    Some(Ok(found)) => self.answered(&found.head, &found.rest),
                    Some(Err(_)) => self.drop_connection(),
                    None => {}
                }
            }
            SessionState::Closed => {}
            SessionState::Open | SessionState::Closing => {
                self.log.received(bytes);
                self.incoming.wire += if self.state == SessionState::Open { bytes.len() as u64 } else { 0 };
                if self.begun {
                    self.frames(bytes);
                } else {
                    self.early.extend_from_slice(bytes);
                }
            }
        }
        self.run();
    }

    /// The peer has ended the connection.
    pub fn ended(&mut self, now: Duration) {
        self.now = now;
        self.reacted();
        self.state = SessionState::Closed;
    }

    /// The peer has done something about the connection.
    fn reacted(&mut self) {
        let since = self.now.saturating_sub(self.timing.written_at);
        self.timing.reaction.get_or_insert(since);
    }

    /// What to do now.
    pub fn next(&mut self, now: Duration) -> SessionAction {
        self.now = now;
        if self.facts.was_open && !self.begun {
            self.begun = true;
            self.begin();
            self.run();
            let early = std::mem::take(&mut self.early);
            self.frames(&early);
        }
        if let Some(bytes) = self.segment() {
            return SessionAction::Write(bytes);
        }
        while let Some(at) = self.due() {
            let (_, timer) = self.timers.remove(at);
            self.fire(timer);
            self.run();
            if let Some(bytes) = self.segment() {
                return SessionAction::Write(bytes);
            }
        }
        self.idle()
    }

    /// What to do now; while what was to be written before is not, only what has become due is seen to.
    pub fn next_unless(&mut self, busy: bool, now: Duration) -> SessionAction {
        if !busy {
            return self.next(now);
        }
        self.now = now;
        while let Some(at) = self.due() {
            let (_, timer) = self.timers.remove(at);
            self.fire(timer);
            self.run();
        }
        self.idle()
    }

    fn idle(&self) -> SessionAction {
        if self.state == SessionState::Closed {
            return SessionAction::End;
        }
        let spaced = self.queue.front().filter(|next| next.spaced).map(|_| self.timing.not_before);
        let next = self.timers.iter().map(|(at, _)| *at).chain(spaced).min();
        SessionAction::Wait(next.unwrap_or(self.now + FULL_PAUSE))
    }

    fn due(&self) -> Option<usize> {
        if self.state == SessionState::Closed {
            return None;
        }
        let due = self.timers.iter().enumerate().filter(|(_, (at, _))| *at <= self.now);
        due.min_by_key(|(_, (at, _))| *at).map(|(at, _)| at)
    }

    fn after(&mut self, time: Duration, timer: Timer) {
        self.timers.push((self.now + time, timer));
    }

    fn cancel(&mut self, timer: Timer) {
        self.timers.retain(|(_, other)| *other != timer);
    }

    fn fire(&mut self, timer: Timer) {
        self.timing.expired |= !matches!(timer, Timer::Pause | Timer::CloseHandshake);
        match timer {
            Timer::Open => {
                self.facts.open_timeout = true;
                self.unclean("the opening handshake took too long");
            }
            // The time counts from what was written last: the close frame may have waited behind megabytes.
            Timer::CloseHandshake if self.timing.written_at + self.options.close_timeout > self.now => {
                self.timers.push((self.timing.written_at + self.options.close_timeout, timer));
            }
            Timer::CloseHandshake => {
                self.timing.expired = true;
                self.facts.close_timeout = true;
                self.unclean("the close frame was not answered in time");
            }
            Timer::ServerDrop => {
                self.facts.drop_timeout = true;
                self.unclean("the server did not end TCP in time");
            }
            Timer::PeerDrop => self.drop_connection(),
            Timer::Fail => {
                self.log.note(json!(["KLE"]));
                self.fail(1001, "Going Away");
            }
            Timer::Close => {
                self.log.note(json!(["TIE"]));
                self.send_close(None, None);
            }
            Timer::Pause => self.resume(),
        }
    }

    fn unclean(&mut self, why: &'static str) {
        self.facts.was_clean = false;
        self.facts.why_not_clean = Some(why);
        self.drop_connection();
    }

    fn drop_connection(&mut self) {
        if self.state != SessionState::Closed {
            self.facts.dropped_by_me = true;
            self.state = SessionState::Closed;
        }
    }

    fn answered(&mut self, head: &[u8], rest: &[u8]) {
        let response = ResponseHead::parse(head);
        self.facts.response = head.to_vec();
        let agent = response.fields.get("Server").filter(|name| !name.is_empty());
        self.agent = agent.map(|name| String::from_utf8_lossy(name).into_owned());
        let Some(agreed) = handshake::agreed(&self.facts.request, &response) else {
            return self.drop_connection();
        };
        self.cancel(Timer::Open);
        self.open(agreed);
        self.early = rest.to_vec();
    }

    fn open(&mut self, agreed: Option<DeflateParams>) {
        if let Some(params) = agreed {
            let assembler = std::mem::replace(&mut self.assembler, Assembler::new(self.role.peer()));
            self.assembler = assembler.with_deflate(params);
            self.deflater = Some(Deflater::new(self.role, &params));
        }
        self.state = SessionState::Open;
        self.opened_at = self.now;
        self.facts.was_open = true;
    }

    /// Starts the case, once the caller has had a chance to exclude it: at the first [`Self::next`] after the handshake.
    fn begin(&mut self) {
        if self.excluded {
            self.next_step = usize::MAX;
            self.send_close(None, None);
            return;
        }
        match self.case.clone().judge {
            CaseJudge::Events { .. } => {}
            CaseJudge::Length { seconds, .. } => {
                self.log.on = false;
                self.verdict.1 = format!("Did not receive message within {seconds} seconds.");
            }
            CaseJudge::Echoes { ref messages, seconds } => self.begin_echoes(messages, seconds),
        }
    }

    /// Steps until a pause or the end.
    fn run(&mut self) {
        if !self.begun {
            return;
        }
        let case = self.case.clone();
        while self.pause.is_none() && self.state != SessionState::Closed {
            let Some(step) = case.steps.get(self.next_step) else { return };
            self.next_step += 1;
            self.take(step);
        }
    }

    fn take(&mut self, step: &CaseStep) {
        match step {
            CaseStep::Frame(frame) => self.send_frame(frame),
            CaseStep::Message { kind, payload, fragment } => self.send_message(*kind, payload, *fragment),
            CaseStep::Begin { length } => self.begin_frame(*length),
            CaseStep::Part(bytes) => self.send_part(bytes),
            CaseStep::Close { code, reason } => self.close_frame(*code, reason.clone(), true),
            CaseStep::Pause(pause) => self.rest(*pause),
            CaseStep::FailAfter(time) => {
                self.log.note(json!(["KL", seconds(*time)]));
                self.after(*time, Timer::Fail);
            }
            CaseStep::CloseAfter(time) => {
                self.log.note(json!(["TI", seconds(*time)]));
                self.after(*time, Timer::Close);
            }
        }
    }

    fn rest(&mut self, pause: Pause) {
        let (time, tag) = match (pause, self.pace) {
            (Pause::Answered, _) => (FULL_PAUSE, None),
            (Pause::Quiet(tag), SessionPace::Patient) => (FULL_PAUSE, Some(tag)),
            (Pause::Quiet(tag), SessionPace::Quick) => {
                let time = (MARGIN * self.opened_at).clamp(SHORTEST_PAUSE, FULL_PAUSE);
                self.timing.quiet = Some(self.timing.quiet.map_or(time, |quiet| quiet.min(time)));
                (time, Some(tag))
            }
        };
        self.log.note(json!(["CT", seconds(time), tag]));
        self.pause = Some(pause);
        self.after(time, Timer::Pause);
    }

    /// The end of a pause.
    fn resume(&mut self) {
        self.cancel(Timer::Pause);
        match self.pause.take() {
            Some(Pause::Quiet(tag)) => {
                self.log.note(json!(["CTE", tag]));
                if self.state == SessionState::Open {
                    self.received.push(CaseEvent::Timeout(tag));
                } else {
                    self.next_step = usize::MAX;
                }
            }
            _ => self.log.note(json!(["CTE", null])),
        }
    }
}

/// A whole number where it is one, as reports have it.
fn seconds(time: Duration) -> serde_json::Value {
    if time.subsec_nanos() == 0 { json!(time.as_secs()) } else { json!(time.as_secs_f64()) }
}
