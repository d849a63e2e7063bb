//! Long connections: the same few messages, thousands of times.

use wsspec_notation::{FrameSpec, Line, Sending, Step};

use super::{
    Model,
    answer::DueAnswer,
    faulty_frame,
    message::{IncomingFrame, PartialMessage},
    state::Symbol,
};

/// The most times that messages are repeated.
const MOST_REPEATED: u32 = 5000;
/// The most bytes that all of them have together.
const MOST_BYTES: usize = 1 << 20;
/// The next message begins a new one, however many there were (RFC 6455, 6.2).
const LONG_LIFE: &str = "rfc6455#6.2:8";

impl Model {
    /// Messages that come back, and pongs that do not, many times.
    pub(super) fn repeat(&mut self, count: u32, body: &[Line]) {
        let specs: Option<Vec<_>> = body.iter().map(|line| frame_of(&line.step)).collect();
        let Some(answers) = specs.and_then(|specs| self.answers(&specs)) else { return };
        let bytes: usize = answers.iter().map(|(_, size)| size).sum();
        let is_long = (2..=MOST_REPEATED).contains(&count);
        let answers: Vec<_> = answers.into_iter().filter_map(|(answer, _)| answer).collect();
        if self.message.is_some() || answers.is_empty() || !is_long || bytes * count as usize > MOST_BYTES {
            return;
        }
        self.settle();
        let steps = body.iter().map(|line| line.step.clone());
        let ours = self.block(count, steps);
        self.ours(&ours, Symbol::Many);
        let theirs = self.block(count, answers.into_iter().map(|answer| Step::Expect(answer.alone())));
        self.owed(theirs, LONG_LIFE);
        self.proven = true;
    }

    /// A block that begins with the next line.
    fn block(&self, count: u32, steps: impl Iterator<Item = Step>) -> Step {
        let body = (self.number + 1..).zip(steps).map(|(number, step)| Line::new(number, step)).collect();
        Step::Repeat { count, body }
    }

    /// What is due for each frame, and its size in bytes; `None` if one of them is not a whole plain message or a pong.
    fn answers(&self, specs: &[&FrameSpec]) -> Option<Vec<(Option<DueAnswer>, usize)>> {
        let of = |spec: &&FrameSpec| {
            let incoming = IncomingFrame::of(spec, false, self.role())?;
            let is_plain = incoming.fin && !incoming.lacks_bytes && !incoming.compressed;
            if !is_plain || faulty_frame::find(&incoming, None, false, self.role()).is_some() {
                return None;
            }
            if incoming.opcode == wsspec_wire::Opcode::PONG {
                return Some((None, incoming.size));
            }
            if incoming.is_control || !self.can_echo(incoming.kind()) {
                return None;
            }
            let mut message = PartialMessage::new(&incoming);
            message.push(&incoming.content);
            Some((Some(DueAnswer::Message(message.kind, message.payload())), incoming.size))
        };
        specs.iter().map(of).collect()
    }
}

fn frame_of(step: &Step) -> Option<&FrameSpec> {
    match step {
        Step::Send(Sending::Frame(spec)) => Some(spec),
        _ => None,
    }
}
