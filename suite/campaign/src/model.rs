//! A model of a server that conforms to RFC 6455 (and RFC 7692): what it may and must do for each thing it receives.
//!
//! It is a state machine, separate from the codec. [`predict`] walks a session through it and writes every acceptable
//! answer as `<` lines of a script. Where the RFC leaves an answer open, or limits to the implementation, the script
//! expects no more; steps after which nothing can be predicted are left out.

mod answer;
mod faulty_frame;
mod message;
mod state;

use serde::{Deserialize, Serialize};
use wsspec_notation::{
    Chop, Expectation, FieldEdit, FrameKind, FrameSpec, Line, RequestSpec, Script, Sending, Step,
};
use wsspec_wire::MessageKind;

pub use self::state::{ModelState, Symbol, Transition};
use self::{
    answer::{DueAnswer, Pending, expect},
    faulty_frame::FaultyFrame,
    message::{IncomingFrame, PartialMessage},
};
use crate::session::{EditedRequest, FuzzSession};

/// Stands for the requirement of any line, in a trial for a prediction.
pub const ANY_REQUIREMENT: &str = faulty_frame::PING_IS_ANSWERED;

/// What a peer supports beyond what every server must: found out before a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Abilities {
    /// It sends messages back.
    pub echo: bool,
    /// It accepts binary messages; a server need not (RFC 6455, 7.4.1 on 1003).
    pub binary: bool,
    /// It answers pings, so that `alive` also works inside a message.
    pub pong: bool,
    /// It agrees to permessage-deflate.
    pub deflate: bool,
}

impl Abilities {
    /// All of them.
    pub const ALL: Self = Self { echo: true, binary: true, pong: true, deflate: true };
}

/// A session with everything that a server must do in answer.
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

/// What a server with these abilities must do in a session.
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

/// How much of a frame a peer may be expected to have read when it checks the header, in bytes.
const READ_AT_ONCE: usize = 1024;

/// Steps after a fault: they must not change anything.
const MOST_AFTER: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ModelStage {
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
            verdict: None,
            lines: Vec::new(),
            number: 1,
            out: Prediction::default(),
        }
    }

    fn walk(mut self, session: &FuzzSession) -> Prediction {
        for step in &session.steps {
            if self.stage == ModelStage::Done {
                break;
            }
            self.take(step);
        }
        self.finish()
    }

    fn state(&self) -> ModelState {
        match (self.stage, &self.message) {
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
        self.out.owed.push(Owed { line: self.number, requirement, after });
        self.line(step);
    }

    /// Expects what is pending.
    fn settle(&mut self) {
        for (expectation, requirement) in self.pending.settle() {
            self.owed(Step::Expect(expectation), requirement);
            self.proven = true;
        }
    }

    fn fence(&mut self) {
        self.owed(Step::Alive, faulty_frame::PING_IS_ANSWERED);
        self.proven = true;
    }

    fn take(&mut self, step: &Step) {
        match (step, self.stage) {
            (Step::Chop(chop), ModelStage::Running) => self.cut(step, *chop),
            (Step::Wait(_), ModelStage::Running) => {
                self.out.session.steps.push(step.clone());
                self.line(step.clone());
            }
            (Step::Alive, ModelStage::Running) if self.message.is_none() || self.abilities.pong => {
                self.settle();
                self.out.path.push(Transition { from: self.state(), symbol: Symbol::Fence });
                self.out.session.steps.push(step.clone());
                self.fence();
            }
            (Step::Send(Sending::Request(spec)), ModelStage::Running) if self.lines.is_empty() => {
                self.open(step, spec)
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
                if faulty_frame::is_begun_frame(&bytes.bytes()) =>
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
        self.line(Step::Chop(chop));
    }

    fn open(&mut self, step: &Step, spec: &RequestSpec) {
        let Some(edits) = EditedRequest::of(spec) else { return };
        // Our offer would be one more edit of the same field.
        if self.compresses && spec.fields.iter().any(edits_extensions) {
            return;
        }
        let fault = edits.iter().find_map(|edit| Some((edit.fault?, edit.is_plain)));
        let taken = edits.first().map_or(faulty_frame::HANDSHAKE_IS_ACCEPTED, |edit| edit.taken);
        let symbol = if fault.is_some() { Symbol::BadRequest } else { Symbol::Request };
        self.out.path.push(Transition { from: ModelState::Opening, symbol });
        self.out.session.steps.push(step.clone());
        self.line(step.clone());
        match fault {
            None => self.owed(Step::Expect(expect("< accepted")), taken),
            Some((requirement, plain)) => {
                let answers = if plain {
                    "< response 4xx | response 5xx |? response 2xx |? response 3xx |? eof"
                } else {
                    "< response 4xx | response 5xx |? eof"
                };
                self.owed(Step::Expect(expect(answers)), requirement);
                self.out.is_raced |= self.chopped;
                self.stage = ModelStage::Done;
            }
        }
    }

    fn frame(&mut self, step: &Step, spec: &FrameSpec) {
        let Some(incoming) = IncomingFrame::of(spec, self.compresses) else { return };
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
        match faulty_frame::find(&incoming, self.message.as_ref(), self.compresses) {
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
                self.ours(step, Symbol::Close);
                let step = if incoming.has_open_code {
                    Step::Expect(expect("< close | fail"))
                } else {
                    Step::Finish
                };
                self.owed(step, faulty_frame::CLOSE_IS_ANSWERED);
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
        let requirement = message.requirement(begins);
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
        self.abilities.echo && (kind == MessageKind::Text || self.abilities.binary)
    }

    /// Expects everything that is due at the end of the session.
    fn finish(mut self) -> Prediction {
        match (self.stage, self.verdict.take()) {
            (_, Some((expectation, requirement))) => self.owed(Step::Expect(expectation), requirement),
            (ModelStage::Running, None) => {
                self.settle();
                self.out.path.push(Transition { from: self.state(), symbol: Symbol::Close });
                self.owed(Step::Finish, faulty_frame::CLOSE_IS_ANSWERED);
            }
            _ => {}
        }
        self.out.script = Script { lines: self.lines };
        self.out
    }
}

/// Whether it is about the field that offers extensions (RFC 6455, 9.1).
fn edits_extensions(edit: &FieldEdit) -> bool {
    match edit {
        FieldEdit::Set(name, _)
        | FieldEdit::Add(name, _)
        | FieldEdit::Remove(name)
        | FieldEdit::Move(name, _) => name.eq_ignore_ascii_case("Sec-WebSocket-Extensions"),
        FieldEdit::Verbatim(_) => false,
    }
}

#[cfg(test)]
mod tests;
