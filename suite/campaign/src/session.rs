//! Sessions: what our end does on one connection, in the notation; generated from bytes, mutated, and parsed back.
//!
//! A session contains only what is sent. [`predict`](crate::model::predict) derives what the peer must answer.

mod contents;
mod edited_head;
mod mirror;
mod moves;
mod mutate;

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use wsspec_notation::{Line, Script, Sending, Step, parse_script};
use wsspec_wire::Role;

pub(crate) use self::moves::{CORRUPT, HELLO};
pub use self::{
    edited_head::{EditedHead, HeadEdit, begun_head, taken_requirements},
    moves::any_move,
    mutate::{extend, mutate},
};

/// What our end does on one connection: sends, `alive`, splits, pauses and repetitions, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FuzzSession {
    /// None of them expects anything, apart from `alive`.
    pub steps: Vec<Step>,
}

/// The most generated steps in a session.
pub const LONGEST: usize = 24;

/// Why a text is not a session.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// It is not in the notation.
    #[error("line {line}: {message}")]
    Notation {
        /// 1-based.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A line does something that a session does not.
    #[error(
        "line {line}: `{text}` is not part of a session: sessions send, `repeat`, `chop`, pause, wait, or use `alive`"
    )]
    Step {
        /// 1-based.
        line: usize,
        /// The line.
        text: String,
    },
    /// It does nothing.
    #[error("it has no lines")]
    Empty,
}

impl FuzzSession {
    /// Parses a printed session.
    ///
    /// # Errors
    ///
    /// If the text is not in the notation, or has lines that expect something.
    pub fn parse(text: &str) -> std::result::Result<Self, SessionError> {
        let script =
            parse_script(text, &wsspec_notation::NoFiles).map_err(|error| SessionError::Notation {
                line: text[..error.span.start.min(text.len())].lines().count().max(1),
                message: error.message,
            })?;
        if let Some(line) = script.lines.iter().find(|line| !is_ours(&line.step)) {
            return Err(SessionError::Step { line: line.number, text: line.to_string() });
        }
        if script.lines.is_empty() {
            return Err(SessionError::Empty);
        }
        Ok(Self { steps: script.lines.into_iter().map(|line| line.step).collect() })
    }

    /// Whether it offers permessage-deflate: it compresses something.
    #[must_use]
    pub fn compresses(&self) -> bool {
        self.steps.iter().any(|step| match step {
            Step::Send(Sending::Frame(frame)) => frame.attributes.deflate,
            _ => false,
        })
    }
}

fn is_ours(step: &Step) -> bool {
    match step {
        Step::Send(_) | Step::Alive | Step::Wait(_) | Step::Chop(_) | Step::Pause(_) => true,
        Step::Repeat { body, .. } => body.iter().all(|line| matches!(line.step, Step::Send(_))),
        _ => false,
    }
}

/// In the notation, one line each.
impl fmt::Display for FuzzSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.steps.iter().map(|step| Line::new(0, step.clone()));
        Script { lines: lines.collect() }.fmt(f)
    }
}

impl FuzzSession {
    /// Any session with a peer of that role.
    ///
    /// # Errors
    ///
    /// Errors come from the byte source.
    pub fn any(u: &mut Unstructured<'_>, peer: Role) -> Result<Self> {
        let compresses = u.ratio(1, 6)?;
        let mut steps = Vec::new();
        if u.ratio(1, 8)? {
            if u.ratio(1, 4)? {
                steps.extend(moves::cut(u)?);
            }
            match u.int_in_range(0..=9_u8)? {
                0..=1 => return Ok(Self { steps: [steps, moves::cut_head(u, peer)?].concat() }),
                2 => {
                    let ended = vec![EditedHead::any(u, peer)?, moves::end_of_stream(u)?];
                    return Ok(Self { steps: [steps, ended].concat() });
                }
                _ => steps.push(EditedHead::any(u, peer)?),
            }
        }
        if u.ratio(1, 6)? {
            steps.extend(moves::cut(u)?);
        }
        if u.ratio(1, 2)? {
            steps.push(Step::Alive);
        }
        if compresses {
            steps.push(moves::compressed(u)?);
        }
        let most = u.int_in_range(1..=8)?;
        while steps.len() < most {
            steps.extend(any_move(u, compresses, peer)?);
        }
        steps.truncate(LONGEST);
        Ok(Self { steps })
    }
}

impl<'a> Arbitrary<'a> for FuzzSession {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        Self::any(u, Role::Server)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_sessions_read_back() {
        for seed in 0..600_u64 {
            let role = if seed % 2 == 0 { Role::Server } else { Role::Client };
            let session = crate::seeded::session(seed, role);
            let text = session.to_string();
            assert_eq!(
                FuzzSession::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
                session,
                "{text}"
            );
        }
    }

    #[test]
    fn a_script_that_expects_something_is_not_a_session() {
        let error = |text: &str| FuzzSession::parse(text).unwrap_err().to_string();
        assert!(error("> ping \"p\"\n< pong \"p\"\n").starts_with("line 2: `< pong \"p\"` is not part of"));
        assert!(error("> pang").starts_with("line 1: "));
        assert_eq!(error("# nothing\n"), "it has no lines");
    }
}
