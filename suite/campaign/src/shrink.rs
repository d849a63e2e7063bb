//! Shrinks a session that shows something, by trying.

use wsspec_notation::{Attributes, FrameSpec, MaskSpec, Payload, Sending, Step};
use wsspec_wire::Rsv;

use crate::session::FuzzSession;

/// The most candidates that are tried.
const MOST: usize = 300;

/// Proposes smaller sessions until none of them shows what the last successful one shows.
#[derive(Debug)]
pub struct Shrinker {
    best: FuzzSession,
    queue: Vec<FuzzSession>,
    tried: usize,
    /// All proposals so far, so that none is repeated.
    seen: std::collections::HashSet<String>,
}

impl Shrinker {
    /// Starts with a session that shows it.
    #[must_use]
    pub fn new(session: FuzzSession) -> Self {
        let queue = smaller(&session);
        Self { best: session, queue, tried: 0, seen: std::collections::HashSet::new() }
    }

    /// The smallest that showed it so far.
    #[must_use]
    pub const fn best(&self) -> &FuzzSession {
        &self.best
    }

    /// The next one to try; call [`shows`](Self::shows) with its result if it shows it. `None`: there is no smaller
    /// one.
    pub fn propose(&mut self) -> Option<FuzzSession> {
        while self.tried < MOST {
            let candidate = self.queue.pop()?;
            if self.seen.insert(candidate.to_string()) {
                self.tried += 1;
                return Some(candidate);
            }
        }
        None
    }

    /// The last proposal shows it too; `session` is the part of it that matters.
    pub fn shows(&mut self, session: FuzzSession) {
        self.queue = smaller(&session);
        self.best = session;
    }
}

/// Sessions that are smaller in one respect, the most promising last.
fn smaller(session: &FuzzSession) -> Vec<FuzzSession> {
    let steps = &session.steps;
    let mut all = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        all.extend(simpler(step).into_iter().map(|simple| {
            let mut steps = steps.clone();
            steps[at] = simple;
            FuzzSession { steps }
        }));
    }
    all.reverse();
    // Long runs of steps are tried before short ones, later ones before earlier ones.
    let mut sizes: Vec<usize> = std::iter::successors(Some(1), |size| Some(size * 2))
        .take_while(|size| *size <= steps.len())
        .collect();
    sizes.dedup();
    for size in sizes {
        for at in 0..=steps.len() - size {
            let mut steps = steps.clone();
            steps.drain(at..at + size);
            all.push(FuzzSession { steps });
        }
    }
    all
}

/// Simpler things to do in place of a step, simplest first.
fn simpler(step: &Step) -> Vec<Step> {
    match step {
        Step::Send(Sending::Frame(frame)) => {
            simpler_frames(frame).into_iter().map(|frame| Step::Send(Sending::Frame(frame))).collect()
        }
        Step::Send(Sending::Request(request)) => (0..request.fields.len())
            .map(|at| {
                let mut request = request.clone();
                request.fields.remove(at);
                Step::Send(Sending::Request(request))
            })
            .collect(),
        Step::Send(Sending::Response(response)) => (0..response.fields.len())
            .map(|at| {
                let mut response = response.clone();
                response.fields.remove(at);
                Step::Send(Sending::Response(response))
            })
            .collect(),
        Step::Send(Sending::Raw(bytes)) if bytes.len() > 1 => [bytes.len() / 2, bytes.len() - 1]
            .into_iter()
            .map(|size| Step::Send(Sending::Raw(Payload::of(&bytes.bytes().slice(..size)))))
            .collect(),
        Step::Repeat { count, body } => {
            let fewer = [2, count / 2, count - count / 4, count - 1].into_iter().filter(|few| few < count);
            let fewer = fewer.map(|count| Step::Repeat { count, body: body.clone() });
            body.first().map(|line| line.step.clone()).into_iter().chain(fewer).collect()
        }
        _ => Vec::new(),
    }
}

fn simpler_frames(frame: &FrameSpec) -> Vec<FrameSpec> {
    let with = |change: &dyn Fn(&mut Attributes)| {
        let mut frame = frame.clone();
        change(&mut frame.attributes);
        frame
    };
    let holding = |payload: Payload| FrameSpec { payload, ..frame.clone() };
    let mut all = vec![holding(Payload::empty())];
    let size = frame.payload.len();
    if size > 1 {
        all.push(holding(Payload::text("a")));
        all.push(holding(Payload::of(&frame.payload.bytes().slice(..size / 2))));
        all.push(holding(Payload::of(&frame.payload.bytes().slice(size / 2..))));
        all.push(holding(Payload::of(&frame.payload.bytes().slice(..size - 1))));
        all.push(holding(Payload::of(&frame.payload.bytes().slice(1..))));
    }
    let plain = Attributes::default();
    all.push(with(&|attributes| *attributes = plain.clone()));
    all.push(with(&|attributes| attributes.split = None));
    all.push(with(&|attributes| attributes.fin = true));
    all.push(with(&|attributes| attributes.form = None));
    if matches!(frame.attributes.mask, MaskSpec::Key(_)) {
        all.push(with(&|attributes| attributes.mask = MaskSpec::Usual));
    }
    for bit in [Rsv::RSV1, Rsv::RSV2, Rsv::RSV3] {
        if frame.attributes.rsv.contains(bit) {
            all.push(with(&|attributes| attributes.rsv = attributes.rsv.without(bit)));
        }
    }
    all.retain(|other| other != frame);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shrinks to the smallest that still satisfies `shows`.
    fn shrink(text: &str, shows: impl Fn(&str) -> bool) -> String {
        let mut shrinker = Shrinker::new(FuzzSession::parse(text).unwrap());
        while let Some(candidate) = shrinker.propose() {
            if shows(&candidate.to_string()) {
                shrinker.shows(candidate);
            }
        }
        shrinker.best().to_string()
    }

    #[test]
    fn only_what_matters_is_left() {
        let text = "chop 3\n> text \"Hello, Hello\" mask:01020304\nalive\n> ping \"p\"*100 +rsv1 +rsv3\n> pong \"q\"\n> eof\n";
        assert_eq!(shrink(text, |text| text.contains("ping") && text.contains("+rsv3")), "> ping +rsv3\n");
        assert_eq!(shrink(text, |text| text.contains("chop") && text.contains("eof")), "chop 3\n> eof\n");
    }

    #[test]
    fn it_ends_whatever_shows_it() {
        let text = "> text \"a\"*65536 split:7\n".repeat(20);
        assert!(
            FuzzSession::parse(&shrink(&text, |_| true)).is_err(),
            "nothing is left of what everything shows"
        );
        assert_eq!(shrink(&text, |_| false), text);
    }
}
