//! What a close frame, or a reset in its place, says in answer to a close frame of ours.

use wsspec_notation::{Expectation, Expected, ExpectedClose, Strength};
use wsspec_referee::{Arrival, SentClose};
use wsspec_wire::{CloseBody, CloseCode};

use crate::{
    duties,
    matcher::{Lenience, close_fits},
    waiting::{Shortfall, Wait},
    wording,
};

/// The codes that say that what was received breaks the protocol (RFC 6455, 7.4.1).
const ERRORS: [CloseCode; 2] = [CloseCode(1002), CloseCode(1007)];

/// What an arrival shows besides what its line makes of it.
#[derive(Debug)]
pub(crate) enum Showing {
    /// Nothing.
    Nothing,
    /// The line is satisfied, though better was to be expected.
    Excused(Lenience),
    /// Better was to be expected; the line goes on as it would.
    Lenient(Lenience),
    /// The peer should have done something else.
    Wrong(Shortfall),
}

/// What an arrival shows to a line, after `ours`, the close frame that we have sent of our own accord.
pub(crate) fn showing(wait: &Wait, arrival: &Arrival, ours: Option<&SentClose>) -> Showing {
    let Some(ours) = ours else { return Showing::Nothing };
    match arrival {
        Arrival::Close(body) if is_plain_answer(wait, body) => reported(body, ours),
        Arrival::Close(body) => echoed(wait, body, ours),
        Arrival::Reset if ours.is_trailed && awaits_answer(wait) => Showing::Excused(lost()),
        _ => Showing::Nothing,
    }
}

/// An answer to a good close frame that reports an error. Bytes behind it had better be thrown away unread.
fn reported(body: &CloseBody, ours: &SentClose) -> Showing {
    let reports = body.code().filter(|code| ERRORS.contains(code) && ours.body.code() != Some(*code));
    match reports {
        Some(code) if ours.is_good && ours.is_trailed => {
            let text =
                format!("better: an answer to our close frame; {} reports what came behind it", code.0);
            Showing::Lenient(Lenience { text, requirement: Some(duties::TRAILING_IS_DISCARDED) })
        }
        Some(_) if ours.is_good => Showing::Wrong(Shortfall::answer()),
        _ => Showing::Nothing,
    }
}

/// A close frame that is to report an error, and only sends our own code back: it shows that nothing was noticed.
fn echoed(wait: &Wait, body: &CloseBody, ours: &SentClose) -> Showing {
    let Wait::Expect(expectation, _) = wait else { return Showing::Nothing };
    let is_ours = body.code().is_some() && body.code() == ours.body.code();
    match expectation.strength == Strength::Must && is_ours && all_else_is_failing(expectation, body) {
        true => Showing::Wrong(Shortfall::own(wording::expectation(expectation))),
        false => Showing::Nothing,
    }
}

/// Whether nothing but *Fail the WebSocket Connection* with another code takes a close frame.
fn all_else_is_failing(expectation: &Expectation, body: &CloseBody) -> bool {
    expectation.expected().any(|expected| matches!(expected, Expected::Fail(_)))
        && expectation.expected().all(|expected| match expected {
            Expected::Fail(wanted) => wanted.is_some() && *wanted != body.code(),
            Expected::Close(wanted) => !close_fits(wanted, body),
            _ => true,
        })
}

/// Whether a line takes a close frame only because it takes any that answers ours.
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

/// A reset that bytes behind our close frame set off takes the answer away before we can read it.
fn lost() -> Lenience {
    let text = "better: a close frame in answer to ours, and a clean end; the connection was reset".into();
    Lenience { text, requirement: Some(duties::CLOSES_CLEANLY) }
}
