//! Sessions: what a client does on one connection, in the notation; made from bytes, mutated, and read back.
//!
//! A session says only what is sent. What the peer must answer follows from it by [`predict`](crate::model::predict).

mod contents;
mod edited_request;
mod moves;
mod mutate;

use std::fmt;

use arbitrary::{Arbitrary, Result, Unstructured};
use wsspec_notation::{Line, Script, Sending, Step, parse_script};

pub(crate) use self::moves::{CORRUPT, HELLO};
pub use self::{
    edited_request::{EditedRequest, RequestEdit},
    moves::any_move,
    mutate::mutate,
};

/// What a client does on one connection: sendings, fences, cuts and pauses, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FuzzSession {
    /// None of them expects anything but a fence.
    pub steps: Vec<Step>,
}

/// The most steps a session is made of.
pub const LONGEST: usize = 24;

/// Why a text is no session.
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
    /// A line does what a session does not.
    #[error("line {line}: `{text}` is nothing that a session does: it sends, cuts, waits, or proves life")]
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
    /// Reads a session that was printed.
    ///
    /// # Errors
    ///
    /// When the text is not in the notation, or has lines that expect something.
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
        Step::Send(Sending::Response(_)) => false,
        Step::Send(_) | Step::Alive | Step::Wait(_) | Step::Chop(_) => true,
        _ => false,
    }
}

/// In the notation, a line each.
impl fmt::Display for FuzzSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.steps.iter().map(|step| Line::new(0, step.clone()));
        Script { lines: lines.collect() }.fmt(f)
    }
}

impl<'a> Arbitrary<'a> for FuzzSession {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let compresses = u.ratio(1, 6)?;
        let mut steps = Vec::new();
        if u.ratio(1, 8)? {
            steps.push(Step::Send(Sending::Request(EditedRequest::arbitrary(u)?.request())));
        }
        if u.ratio(1, 6)? {
            steps.push(moves::cut(u)?);
        }
        if u.ratio(1, 2)? {
            steps.push(Step::Alive);
        }
        if compresses {
            steps.push(moves::compressed(u)?);
        }
        let most = u.int_in_range(1..=8)?;
        while steps.len() < most {
            steps.extend(any_move(u, compresses)?);
        }
        steps.truncate(LONGEST);
        Ok(Self { steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_reads_back() {
        for seed in 0..300_u64 {
            let session = crate::seeded::session(seed);
            let text = session.to_string();
            assert_eq!(
                FuzzSession::parse(&text).unwrap_or_else(|error| panic!("{error}: {text}")),
                session,
                "{text}"
            );
        }
    }

    #[test]
    fn what_expects_something_is_no_session() {
        let error = |text: &str| FuzzSession::parse(text).unwrap_err().to_string();
        assert!(error("> ping \"p\"\n< pong \"p\"\n").starts_with("line 2: `< pong \"p\"` is nothing that"));
        assert!(error("> pang").starts_with("line 1: "));
        assert_eq!(error("# nothing\n"), "it has no lines");
    }
}
