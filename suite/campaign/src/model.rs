//! A model of a peer, server or client, that conforms to RFC 6455 (and RFC 7692): what it may and must do for each thing
//! it receives.
//!
//! It is a state machine, separate from the codec. [`predict`] walks a session through it and writes every acceptable
//! answer as `<` lines of a script. Where the RFC leaves an answer open, or limits to the implementation, the script
//! expects no more; steps after which nothing can be predicted are left out.

mod abilities;
mod answer;
mod faulty_frame;
mod life;
mod message;
mod opening;
mod state;

use wsspec_notation::{
    Attributes, Chop, Expectation, FrameKind, FrameSpec, Line, Payload, Script, Sending, Step,
};
use wsspec_wire::{CloseCode, MessageKind, Role};

pub use self::{
    abilities::Abilities,
    state::{ModelState, Symbol, Transition},
};
use self::{
    answer::{DueAnswer, Pending, expect},
    faulty_frame::FaultyFrame,
    message::{IncomingFrame, PartialMessage},
};
use crate::session::{FuzzSession, taken_requirements};

/// Stands for the requirement of any line, in a trial for a prediction.
pub const ANY_REQUIREMENT: &str = faulty_frame::PING_IS_ANSWERED;

/// Whether a requirement asks a peer to accept something, and do with it what is to be done.
#[must_use]
pub fn is_acceptance(requirement: &str) -> bool {
    faulty_frame::ACCEPTED.contains(&requirement)
        || message::ACCEPTED.contains(&requirement)
        || taken_requirements().any(|taken| taken == requirement)
}

/// A session with everything that a peer must do in answer.
#[derive(Clone, Debug, Default)]
pub struct Prediction {
    /// The session's steps, as far as they can be predicted, and the expectations.
    pub script: Script,
    /// The steps in the script: a session with the same prediction.
    pub session: FuzzSession,
    /// What each expecting line of the script is about, in order.
    pub owed: Vec<Owed>,
    /// The path through the model.
    pub path: Vec<Transition>,
    /// Something may still be on its way to the peer when it fails the connection: then the reset may overtake what
    /// it sent before, and chance decides what arrives.
    pub is_raced: bool,
}

/// What an expecting line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    /// The line's number.
    pub line: usize,
    /// What a peer breaks if it does anything else.
    pub requirement: &'static str,
    /// The last transition before it.
    pub after: Transition,
}

impl Prediction {
    /// What the line with this number is about; for a line that expects nothing, the next one that does.
    #[must_use]
    pub fn owed_at(&self, line: usize) -> Option<&Owed> {
        self.owed.iter().find(|owed| owed.line >= line).or(self.owed.last())
    }
}

/// What a peer with these abilities must do in a session.
#[must_use]
pub fn predict(session: &FuzzSession, abilities: Abilities) -> Prediction {
    let compresses = abilities.deflate && session.compresses();
    let prediction = Model::new(abilities, compresses).walk(session);
    // The compressed steps may be among those that cannot be predicted: then nothing is offered either.
    if compresses && !prediction.session.compresses() {
        return Model::new(abilities, false).walk(session);
    }
    prediction
}

/// The largest message that is certain to be echoed, in bytes; larger ones may be refused as too big (RFC 6455, 7.4.1
/// on 1009).
const CERTAIN: usize = 8192;

/// Segments of this many bytes are tiny.
const TRICKLE: usize = 4;

/// How much of a frame a peer may be expected to have read when it checks the header, in bytes.
const READ_AT_ONCE: usize = 1024;

/// Steps after a fault: they must not change anything.
const MOST_AFTER: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ModelStage {
    /// The opening handshake was cut, or is about to be: only the end may follow.
    Opening,
    /// Anything may be sent.
    Running,
    /// The peer has to fail the connection: anything sent now must not matter.
    Failing { after: usize },
    /// Only the end of our half may follow.
    Cut,
    /// Nothing may follow.
    Done,
}

struct Model {
    abilities: Abilities,
    compresses: bool,
    /// A compressed message was written as bytes.
    by_hand: bool,
    stage: ModelStage,
    /// The message in progress.
    message: Option<PartialMessage>,
    pending: Pending,
    /// The peer has shown on this connection that it is alive.
    proven: bool,
    /// The bytes sent are split into segments.
    chopped: bool,
    /// The bytes sent trickle in, which a peer may take for an attack.
    trickles: bool,
    /// What a client breaks if it does not take the response to its request.
    opened_by: Option<&'static str>,
    /// What is expected once the peer has failed the connection, or may have.
    verdict: Option<(Expectation, &'static str)>,
    lines: Vec<Line>,
    number: usize,
    out: Prediction,
}

impl Model {
    fn new(abilities: Abilities, compresses: bool) -> Self {
        Self {
            abilities,
            compresses,
            by_hand: false,
            stage: ModelStage::Running,
            message: None,
            pending: Pending::default(),
            proven: false,
            chopped: false,
            trickles: false,
            opened_by: None,
            verdict: None,
            lines: Vec::new(),
            number: 1,
            out: Prediction::default(),
        }
    }

    fn walk(mut self, session: &FuzzSession) -> Prediction {
        for (at, step) in session.steps.iter().enumerate() {
            if self.stage == ModelStage::Done {
                break;
            }
            let is_cut = |step: &&Step| matches!(step, Step::Chop(_) | Step::Pause(_) | Step::Wait(_));
            let next = session.steps[at + 1..].iter().find(|step| !is_cut(step));
            self.take(step, next);
        }
        self.finish()
    }

    const fn role(&self) -> Role {
        self.abilities.role()
    }

    fn state(&self) -> ModelState {
        match (self.stage, &self.message) {
            (ModelStage::Opening, _) => ModelState::Opening,
            (ModelStage::Failing { .. }, _) => ModelState::Failing,
            (ModelStage::Cut, _) => ModelState::Cut,
            (ModelStage::Done, _) => ModelState::Closing,
            (ModelStage::Running, Some(message)) => message.state(),
            (ModelStage::Running, None) => ModelState::Open,
        }
    }

    /// Writes a line.
    fn line(&mut self, step: Step) {
        let line = Line::new(self.number, step);
        self.number += match &line.step {
            Step::Send(Sending::Request(spec)) => 1 + spec.fields.len(),
            Step::Send(Sending::Response(spec)) => 1 + spec.fields.len(),
            Step::Repeat { body, .. } => 2 + body.len(),
            _ => 1,
        };
        self.lines.push(line);
    }

    /// Writes a line of the session itself.
    fn ours(&mut self, step: &Step, symbol: Symbol) {
        self.out.path.push(Transition { from: self.state(), symbol });
        self.out.session.steps.push(step.clone());
        self.line(step.clone());
    }

    /// Writes a line that expects something.
    fn owed(&mut self, step: Step, requirement: &'static str) {
        let first = Transition { from: ModelState::Open, symbol: Symbol::Fence };
        let after = self.out.path.last().copied().unwrap_or(first);
        // What fails in a block is one of its lines.
        let inner = match &step {
            Step::Repeat { body, .. } => body.len(),
            _ => 0,
        };
        self.out.owed.push(Owed { line: self.number + inner, requirement, after });
        self.line(step);
    }

    /// Expects what is pending.
    fn settle(&mut self) {
        for (expectation, requirement) in self.pending.settle() {
            self.owed(Step::Expect(expectation), requirement);
            self.proven = true;
        }
    }

    /// Expects a sign of life. What a peer breaks if it gives none depends on the last thing sent: the unusual thing in
    /// the session, if shrinking has left only one.
    fn fence(&mut self) {
        let unsolicited = self.out.path.iter().rev().find(|last| last.symbol != Symbol::Fence);
        let requirement = match unsolicited.map(|last| last.symbol) {
            Some(Symbol::Pong) => faulty_frame::PONG_IS_IGNORED,
            _ => self.opened_by.take().unwrap_or(faulty_frame::PING_IS_ANSWERED),
        };
        self.owed(Step::Alive, requirement);
        self.proven = true;
    }

    fn take(&mut self, step: &Step, next: Option<&Step>) {
        match (step, self.stage) {
            (Step::Chop(chop), ModelStage::Running | ModelStage::Opening) => self.cut(step, *chop),
            (Step::Repeat { count, body }, ModelStage::Running) => self.repeat(*count, body),
            (Step::Pause(_), ModelStage::Running)
            | (Step::Wait(_), ModelStage::Running | ModelStage::Opening) => {
                self.out.session.steps.push(step.clone());
                self.line(step.clone());
            }
            (Step::Alive, ModelStage::Running) if self.message.is_none() || self.abilities.pong => {
                self.settle();
                self.out.path.push(Transition { from: self.state(), symbol: Symbol::Fence });
                self.out.session.steps.push(step.clone());
                self.fence();
            }
            (Step::Send(Sending::Request(_) | Sending::Response(_)), ModelStage::Running)
                if self.is_unopened() =>
            {
                self.open(step, next);
            }
            (Step::Send(Sending::Raw(bytes)), ModelStage::Running)
                if self.is_unopened() && faulty_frame::is_begun_head(&bytes.bytes(), self.role()) =>
            {
                self.expect_request();
                self.unopened(step, Symbol::Cut);
            }
            (Step::Send(end @ (Sending::Eof | Sending::Reset)), ModelStage::Opening) => {
                self.end_unopened(step, end)
            }
            (Step::Send(Sending::Frame(spec)), ModelStage::Running) => self.frame(step, spec),
            (Step::Send(Sending::Frame(spec)), ModelStage::Failing { after })
                if after < MOST_AFTER && faulty_frame::means_nothing_later(spec) =>
            {
                self.ours(step, Symbol::Late);
                self.out.is_raced = true;
                self.stage = ModelStage::Failing { after: after + 1 };
            }
            (Step::Send(Sending::Raw(bytes)), ModelStage::Running)
                if faulty_frame::is_begun_frame(&bytes.bytes(), self.role()) =>
            {
                self.settle();
                self.ours(step, Symbol::Cut);
                self.stage = ModelStage::Cut;
            }
            (Step::Send(Sending::Eof), ModelStage::Running | ModelStage::Cut) => {
                self.settle();
                self.ours(step, Symbol::HalfClose);
                let end = expect("<~ eof");
                self.owed(Step::Expect(end), faulty_frame::CLOSE_IS_ANSWERED);
                self.stage = ModelStage::Done;
            }
            (Step::Send(Sending::Reset), ModelStage::Running | ModelStage::Cut) => {
                self.settle();
                self.ours(step, Symbol::Reset);
                self.stage = ModelStage::Done;
            }
            _ => {}
        }
    }

    fn cut(&mut self, step: &Step, chop: Chop) {
        self.out.session.steps.push(step.clone());
        self.chopped = chop != Chop::Whole;
        self.trickles = matches!(chop, Chop::Bytes(size) if size <= TRICKLE);
        self.line(Step::Chop(chop));
    }

    fn frame(&mut self, step: &Step, spec: &FrameSpec) {
        let Some(incoming) = IncomingFrame::of(spec, self.compresses, self.role()) else { return };
        // A message compressed by hand is not in our compressor's window.
        if self.by_hand && spec.attributes.deflate || self.message.is_some() && incoming.compressed {
            return;
        }
        if incoming.lacks_bytes {
            self.settle();
            self.ours(step, Symbol::Cut);
            self.stage = ModelStage::Cut;
            return;
        }
        match faulty_frame::find(&incoming, self.message.as_ref(), self.compresses, self.role()) {
            Some(fault) => {
                self.out.is_raced |= self.chopped || fault.unfinished || incoming.size > READ_AT_ONCE;
                self.fault(step, &fault);
            }
            None if incoming.is_control => self.control(step, spec, &incoming),
            None => self.data(step, &incoming),
        }
    }

    /// The peer has to fail the connection, or may.
    fn fault(&mut self, step: &Step, fault: &FaultyFrame) {
        if fault.echoes.is_some_and(|kind| !self.can_echo(kind)) {
            return;
        }
        // Together with a message before it, or after everything has been answered.
        if !self.proven || !self.pending.is_one_message() {
            self.settle();
        }
        if !self.proven {
            self.fence();
        }
        // No peer has to echo before the failure.
        let late = self.pending.take();
        self.ours(step, fault.symbol);
        if let Some(answer) = late {
            self.owed(Step::Expect(answer.perhaps()), fault.requirement);
        }
        self.verdict = Some((fault.answers.clone(), fault.requirement));
        self.stage = if fault.is_final { ModelStage::Done } else { ModelStage::Failing { after: 0 } };
        if fault.unfinished {
            self.line(faulty_frame::last_fragment());
        }
    }

    fn control(&mut self, step: &Step, spec: &FrameSpec, incoming: &IncomingFrame) {
        match spec.kind {
            FrameKind::Ping => {
                let answer = DueAnswer::Pong(spec.payload.clone());
                if !self.pending.has_room_for(&answer) {
                    self.settle();
                }
                let within = self.message.is_some();
                self.ours(step, Symbol::Ping);
                self.pending.add(
                    answer,
                    if within {
                        faulty_frame::CONTROL_BETWEEN_FRAGMENTS
                    } else {
                        faulty_frame::PING_IS_ANSWERED
                    },
                );
            }
            FrameKind::Close(_) => {
                self.settle();
                let is_within = self.message.is_some();
                self.ours(step, Symbol::Close);
                let (step, requirement) = match (incoming.has_open_code, is_within) {
                    (true, true) => {
                        (Step::Expect(expect("< close | fail")), faulty_frame::CONTROL_BETWEEN_FRAGMENTS)
                    }
                    (true, false) => {
                        (Step::Expect(expect("< close | fail")), faulty_frame::CLOSE_IS_ANSWERED)
                    }
                    // The end of a closing handshake has rules of its own, which the line would name.
                    // A message that has not ended by then may be called an error.
                    (false, true) => (
                        Step::Expect(expect("< close | close 1002")),
                        faulty_frame::CONTROL_BETWEEN_FRAGMENTS,
                    ),
                    (false, false) => (Step::Finish, faulty_frame::CLOSE_IS_ANSWERED),
                };
                self.owed(step, requirement);
                self.stage = ModelStage::Done;
            }
            _ => self.ours(step, Symbol::Pong),
        }
    }

    fn data(&mut self, step: &Step, incoming: &IncomingFrame) {
        let begins = self.message.is_none();
        let mut message = self.message.clone().unwrap_or_else(|| PartialMessage::new(incoming));
        message.push(&incoming.content);
        if message.len() > message::LONGEST || incoming.fin && !self.can_echo(message.kind) {
            return;
        }
        self.by_hand |= incoming.by_hand;
        let symbol = message.symbol(begins, incoming.fin);
        if !incoming.fin {
            self.ours(step, symbol);
            self.message = Some(message);
            return;
        }
        let requirement = message.requirement(begins && !incoming.is_split);
        let is_large = message.len() > CERTAIN;
        let answer = DueAnswer::Message(message.kind, message.payload());
        if is_large || !self.pending.has_room_for(&answer) {
            self.settle();
        }
        self.ours(step, symbol);
        self.message = None;
        if is_large {
            self.owed(Step::Expect(answer.or_too_big()), requirement);
            self.owed(Step::Finish, faulty_frame::CLOSE_IS_ANSWERED);
            self.stage = ModelStage::Done;
        } else {
            self.pending.add(answer, requirement);
        }
    }

    fn can_echo(&self, kind: MessageKind) -> bool {
        let is_taken = if kind == MessageKind::Text { self.abilities.text } else { self.abilities.binary };
        self.abilities.echo && is_taken
    }

    /// Expects everything that is due at the end of the session.
    fn finish(mut self) -> Prediction {
        match (self.stage, self.verdict.take()) {
            (ModelStage::Opening, _) => self.finish_unopened(),
            (_, Some((expectation, requirement))) => self.owed(Step::Expect(expectation), requirement),
            (ModelStage::Running, None) => {
                self.settle();
                self.out.path.push(Transition { from: self.state(), symbol: Symbol::Close });
                if self.message.is_some() {
                    self.line(close());
                    self.owed(
                        Step::Expect(expect("< close | close 1002")),
                        faulty_frame::CONTROL_BETWEEN_FRAGMENTS,
                    );
                } else {
                    let requirement = self.opened_by.take().unwrap_or(faulty_frame::CLOSE_IS_ANSWERED);
                    self.owed(Step::Finish, requirement);
                }
            }
            _ => {}
        }
        self.out.script = Script { lines: self.lines };
        self.out
    }
}

/// A close frame of ours without a reason.
fn close() -> Step {
    let (kind, attributes) = (FrameKind::Close(Some(CloseCode(1000))), Attributes::default());
    Step::Send(Sending::Frame(FrameSpec { kind, payload: Payload::empty(), attributes }))
}

#[cfg(test)]
mod tests;
