//! Answers that are due, and the lines that expect them.

use std::{collections::HashMap, sync::LazyLock};

use wsspec_notation::{Alternative, Expectation, Expected, ExpectedClose, Payload, Script, Step, Strength};
use wsspec_wire::{CloseCode, MessageKind};

/// Something due.
#[derive(Clone, Debug)]
pub(super) enum DueAnswer {
    Message(MessageKind, Payload),
    Pong(Payload),
}

impl DueAnswer {
    fn expected(self) -> Expected {
        match self {
            Self::Message(kind, payload) => Expected::Message(kind, Some(payload)),
            Self::Pong(payload) => Expected::Pong(Some(payload)),
        }
    }

    /// Nothing but it.
    pub fn alone(self) -> Expectation {
        all(vec![self.expected()])
    }

    /// `<~`: it may come.
    pub fn perhaps(self) -> Expectation {
        Expectation { strength: Strength::May, ..all(vec![self.expected()]) }
    }

    /// It, or a close frame that says it is too big (RFC 6455, 7.4.1 on 1009).
    pub fn or_too_big(self) -> Expectation {
        let mut expectation = all(vec![self.expected()]);
        let close = Expected::Close(ExpectedClose::Code(CloseCode(1009), None));
        expectation.alternatives.push(Alternative { lenient: false, all: vec![close] });
        expectation
    }
}

fn all(all: Vec<Expected>) -> Expectation {
    let alternatives = vec![Alternative { lenient: false, all }];
    Expectation { strength: Strength::Must, alternatives, within: None, fields: Vec::new(), body: None }
}

/// Answers to what has been sent that have not been waited for, in order.
///
/// A server answers messages in order; pongs may come before, between and after them, and of several pings only the
/// latest needs an answer (RFC 6455, 5.5.3). Lines can express that for messages alone, for pings alone, and for one
/// message among pings; [`has_room_for`](Self::has_room_for) says when it is time to wait.
#[derive(Debug, Default)]
pub(super) struct Pending {
    answers: Vec<(DueAnswer, &'static str)>,
}

impl Pending {
    fn messages(&self) -> usize {
        self.answers.iter().filter(|(answer, _)| matches!(answer, DueAnswer::Message(..))).count()
    }

    pub fn has_room_for(&self, answer: &DueAnswer) -> bool {
        let messages = self.messages();
        let pongs = self.answers.len() - messages;
        match answer {
            DueAnswer::Message(..) => pongs == 0 || messages == 0,
            DueAnswer::Pong(_) => messages <= 1,
        }
    }

    pub fn is_one_message(&self) -> bool {
        self.answers.len() == 1 && self.messages() == 1
    }

    pub fn add(&mut self, answer: DueAnswer, requirement: &'static str) {
        self.answers.push((answer, requirement));
    }

    /// The only answer there is.
    pub fn take(&mut self) -> Option<DueAnswer> {
        self.answers.pop().map(|(answer, _)| answer)
    }

    /// What to wait for, in order, and what a peer breaks if it does anything else. Nothing is pending afterwards.
    pub fn settle(&mut self) -> Vec<(Expectation, &'static str)> {
        let answers = std::mem::take(&mut self.answers);
        let is_message = |(answer, _): &(DueAnswer, _)| matches!(answer, DueAnswer::Message(..));
        let (messages, mut pongs): (Vec<_>, Vec<_>) = answers.into_iter().partition(is_message);
        let Some((pong, of_pong)) = pongs.pop() else {
            return messages.into_iter().map(|(answer, of)| (all(vec![answer.expected()]), of)).collect();
        };
        let mut both = vec![pong.expected()];
        both.extend(messages.into_iter().map(|(answer, _)| answer.expected()));
        vec![(all(both), of_pong)]
    }
}

/// The expectation of a line that is written in this code.
pub(super) fn expect(line: &'static str) -> Expectation {
    EXPECTATIONS.get(line).cloned().unwrap_or_else(|| unreachable!("a test reads every line"))
}

/// The lines that [`expect`] knows.
pub(super) const LINES: [&str; 22] = [
    "< accepted",
    "< accepted |? eof",
    "< request",
    "< eof |? fail",
    "<~ response | eof",
    "< close | close 1002",
    "< response 4xx | response 5xx |? eof",
    "< response 4xx | response 5xx |? response 2xx |? response 3xx |? eof",
    "<~ eof",
    "< close | fail",
    "< fail",
    "< eof | fail",
    "< fail 1002",
    "< fail 1007",
    "< fail 1002 | fail 1007",
    "< fail 1007 | fail 1002",
    "< fail 1002 | fail 1009",
    "< fail 1002 |? close",
    "< fail 1002 |? close \"\"",
    "< fail 1002 |? pong",
    "< fail 1002 |? text",
    "< fail 1002 |? binary",
];

static EXPECTATIONS: LazyLock<HashMap<&'static str, Expectation>> = LazyLock::new(|| {
    let read = |line: &'static str| {
        let script = line.parse::<Script>().ok()?;
        match script.lines.into_iter().next()?.step {
            Step::Expect(expectation) => Some((line, expectation)),
            _ => None,
        }
    };
    LINES.iter().filter_map(|line| read(line)).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_expectation() {
        assert_eq!(EXPECTATIONS.len(), LINES.len());
    }

    #[test]
    fn what_the_rfc_orders_is_expected_in_order_and_nothing_else() {
        let text = |text: &str| DueAnswer::Message(MessageKind::Text, Payload::text(text.to_owned()));
        let pong = |text: &str| DueAnswer::Pong(Payload::text(text.to_owned()));
        let lines = |answers: Vec<DueAnswer>| {
            let mut pending = Pending::default();
            for answer in answers {
                assert!(pending.has_room_for(&answer));
                pending.add(answer, "");
            }
            pending.settle().into_iter().map(|(expectation, _)| expectation.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(lines(vec![text("a"), text("b")]), ["< text \"a\"", "< text \"b\""]);
        assert_eq!(lines(vec![pong("1"), pong("2")]), ["< pong \"2\""]);
        assert_eq!(lines(vec![pong("1"), text("a"), pong("2")]), ["< pong \"2\" & text \"a\""]);
        let mut pending = Pending::default();
        pending.add(text("a"), "");
        pending.add(text("b"), "");
        assert!(!pending.has_room_for(&pong("1")));
    }
}
