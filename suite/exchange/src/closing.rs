//! What a close frame, or a reset instead of one, means as the answer to our close frame.

use wsspec_notation::{Expectation, Expected, ExpectedClose, Strength};
use wsspec_referee::{Arrival, SentClose};
use wsspec_wire::{CloseBody, CloseCode, RequirementId};

use crate::{
    duties,
    matcher::{Lenience, close_fits},
    waiting::{Shortfall, Wait},
    wording,
};

/// The status codes for a protocol error and invalid data (RFC 6455, 7.4.1).
const ERRORS: [CloseCode; 2] = [CloseCode(1002), CloseCode(1007)];

/// The status code for a message that is too big to process (RFC 6455, 7.4.1).
const TOO_BIG: CloseCode = CloseCode(1009);

/// What an arrival shows, in addition to what it means to its line.
#[derive(Debug)]
pub(crate) enum Showing {
    /// Nothing.
    Nothing,
    /// The line is satisfied, though something better was expected.
    Excused(Lenience),
    /// The trial ends here, though something better was expected.
    Over(Lenience),
    /// Something better was expected; the line goes on as usual.
    Lenient(Lenience),
    /// The peer should have done something else.
    Wrong(Shortfall),
}

/// What an arrival shows to a line, after `ours`, our close frame, unless it was an answer.
pub(crate) fn showing(wait: &Wait, arrival: &Arrival, ours: Option<&SentClose>) -> Showing {
    if *arrival == Arrival::Reset && may_be_too_big(wait) {
        return Showing::Over(lost_refusal());
    }
    let Some(ours) = ours else { return Showing::Nothing };
    match arrival {
        Arrival::Close(body) if is_plain_answer(wait, body) => reported(body, ours),
        Arrival::Close(body) => echoed(wait, body, ours),
        Arrival::Reset if ours.is_trailed && awaits_answer(wait) => Showing::Excused(lost()),
        _ => Showing::Nothing,
    }
}

/// The rule that is broken if this ends the stream, or nothing comes, where our valid close frame is to be answered.
pub(crate) fn unanswered(
    wait: &Wait,
    arrival: Option<&Arrival>,
    ours: Option<&SentClose>,
) -> Option<RequirementId> {
    let is_end = matches!(arrival, None | Some(Arrival::Eof | Arrival::Reset));
    let is_due = ours.is_some_and(|ours| ours.is_good) && awaits_answer(wait);
    (is_end && is_due).then_some(duties::CLOSE_IS_ANSWERED)
}

/// An answer to a valid close frame that reports an error. The peer should discard the bytes after the close frame
/// unread.
fn reported(body: &CloseBody, ours: &SentClose) -> Showing {
    let reports = body.code().filter(|code| ERRORS.contains(code) && ours.body.code() != Some(*code));
    match reports {
        Some(code) if ours.is_good && ours.is_trailed => {
            let text =
                format!("got code {} for bytes after our close frame; its echo would be better", code.0);
            Showing::Lenient(Lenience { text, requirement: Some(duties::TRAILING_IS_DISCARDED) })
        }
        Some(_) if ours.is_good => Showing::Wrong(Shortfall::answer()),
        _ => Showing::Nothing,
    }
}

/// A close frame that should report an error, but only echoes our code: the peer has not noticed the error.
fn echoed(wait: &Wait, body: &CloseBody, ours: &SentClose) -> Showing {
    let Wait::Expect(expectation, _) = wait else { return Showing::Nothing };
    let is_ours = body.code().is_some() && body.code() == ours.body.code();
    match expectation.strength == Strength::Must && is_ours && all_else_is_failing(expectation, body) {
        true => Showing::Wrong(Shortfall::own(wording::expectation(expectation))),
        false => Showing::Nothing,
    }
}

/// Whether the line accepts a close frame only as *Fail the WebSocket Connection* with another code.
fn all_else_is_failing(expectation: &Expectation, body: &CloseBody) -> bool {
    expectation.expected().any(|expected| matches!(expected, Expected::Fail(_)))
        && expectation.expected().all(|expected| match expected {
            Expected::Fail(wanted) => wanted.is_some() && *wanted != body.code(),
            Expected::Close(wanted) => !close_fits(wanted, body),
            _ => true,
        })
}

/// Whether a line accepts a close frame only because it accepts any answer to ours.
fn is_plain_answer(wait: &Wait, body: &CloseBody) -> bool {
    match wait {
        Wait::FinalClose => true,
        Wait::Expect(expectation, _) if expectation.strength == Strength::Must => {
            let mut takes_any = false;
            let others = expectation.expected().any(|expected| match expected {
                Expected::Close(ExpectedClose::Any) => {
                    takes_any = true;
                    false
                }
                Expected::Close(wanted) => close_fits(wanted, body),
                expected => matches!(expected, Expected::Fail(_)),
            });
            takes_any && !others
        }
        _ => false,
    }
}

fn awaits_answer(wait: &Wait) -> bool {
    match wait {
        Wait::FinalClose => true,
        Wait::Expect(expectation, _) => {
            expectation.strength == Strength::Must
                && expectation.expected().any(|expected| matches!(expected, Expected::Close(_)))
        }
        _ => false,
    }
}

/// Whether a line takes close code 1009 for what we sent.
fn may_be_too_big(wait: &Wait) -> bool {
    let is_too_big = |expected: &Expected| match expected {
        Expected::Close(ExpectedClose::Code(code, _)) => *code == TOO_BIG,
        _ => false,
    };
    matches!(wait, Wait::Expect(expectation, _)
        if expectation.strength == Strength::Must && expectation.expected().any(is_too_big))
}

/// A peer that refuses a message before it has read all of it may cause a reset, which destroys its close frame before we
/// can read it.
fn lost_refusal() -> Lenience {
    let text = "got a connection reset; if the message is too big, a close frame with code 1009 and a clean end would be better"
        .into();
    Lenience { text, requirement: Some(duties::CLOSES_CLEANLY) }
}

/// Bytes after our close frame caused a reset, which destroyed the answer before we could read it.
fn lost() -> Lenience {
    let text =
        "got a connection reset; a close frame in answer to ours and a clean end would be better".into();
    Lenience { text, requirement: Some(duties::CLOSES_CLEANLY) }
}
