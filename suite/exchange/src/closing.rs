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
pub(crate) const TOO_BIG: CloseCode = CloseCode(1009);

/// The status code for a message that violates a policy (RFC 6455, 7.4.1), which may limit how much is sent.
const POLICY: CloseCode = CloseCode(1008);

/// The status codes that report something other than an amount (RFC 6455, 7.4.1): a fault in what was sent, or in the
/// peer.
const FAULTS: [CloseCode; 4] = [CloseCode(1002), CloseCode(1003), CloseCode(1007), CloseCode(1011)];

/// From this size in bytes on, a message may be too big for a peer.
const BIG: usize = 8192;

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

/// What an arrival shows to a line, after `ours`, our close frame, unless it was an answer. It may show that we sent too
/// much if it `may_be_refusal`.
pub(crate) fn showing(
    wait: &Wait,
    arrival: &Arrival,
    ours: Option<&SentClose>,
    may_be_refusal: bool,
) -> Showing {
    if may_be_refusal && let Some(refusal) = refusal(wait, arrival, ours) {
        return Showing::Over(refusal);
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
        true => Showing::Wrong(Shortfall::own(wording::wanted(expectation))),
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

/// How a peer refuses what may be too much for it, other than the line asks. A server may close whenever it likes (RFC
/// 6455, 7.3), and no sentence says which code then, so this is no broken rule. But a code that reports a fault is.
fn refusal(wait: &Wait, arrival: &Arrival, ours: Option<&SentClose>) -> Option<Lenience> {
    let rule = match arrival {
        // A peer that has not read all of a message may cause a reset, which destroys its close frame.
        Arrival::Reset => duties::CLOSES_CLEANLY,
        Arrival::Eof => duties::FAIL_WITH_CLOSE,
        Arrival::Close(body) if !body.code().is_some_and(|code| FAULTS.contains(&code)) => {
            duties::FAIL_WITH_CLOSE
        }
        _ => return None,
    };
    let Wait::Expect(expectation, _) = wait else { return None };
    let due = refusal_due(expectation)?;
    // Where our close frame has this code, the line waits for its echo.
    if ours.is_some_and(|ours| ours.body.code() == Some(due)) {
        return None;
    }
    if matches!(arrival, Arrival::Close(body) if takes_close(expectation, body)) {
        return None;
    }
    let got = wording::arrival(arrival);
    let what = if due == TOO_BIG { "if the message is too big" } else { "if this is too much" };
    let text = format!("got {got}; {what}, a close frame with code {} would be better", due.0);
    Some(Lenience { text, requirement: Some(rule) })
}

/// Whether a line accepts this close frame.
fn takes_close(expectation: &Expectation, body: &CloseBody) -> bool {
    expectation
        .expected()
        .any(|expected| matches!(expected, Expected::Close(wanted) if close_fits(wanted, body)))
}

/// The code by which a line lets the peer refuse how much we send: a big message, or many frames.
fn refusal_due(expectation: &Expectation) -> Option<CloseCode> {
    let takes = |wanted: CloseCode| {
        expectation.expected().any(
            |expected| matches!(expected, Expected::Close(ExpectedClose::Code(code, None)) if *code == wanted),
        )
    };
    let is_big =
        |expected: &Expected| matches!(expected, Expected::Message(_, Some(payload)) if payload.len() >= BIG);
    if expectation.strength != Strength::Must {
        None
    } else if takes(TOO_BIG) && expectation.expected().any(is_big) {
        Some(TOO_BIG)
    } else {
        takes(POLICY).then_some(POLICY)
    }
}

/// Bytes after our close frame caused a reset, which destroyed the answer before we could read it.
fn lost() -> Lenience {
    let text =
        "got a connection reset; a close frame in answer to ours and a clean end would be better".into();
    Lenience { text, requirement: Some(duties::CLOSES_CLEANLY) }
}
