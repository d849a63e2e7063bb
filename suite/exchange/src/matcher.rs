//! Decides whether arrivals are what a `<` line expects.

use wsspec_notation::{Expectation, Expected, ExpectedClose, FieldExpectation, StatusPattern};
use wsspec_referee::Arrival;
use wsspec_wire::{CloseBody, CloseCode, Fields, LayerItem, RequirementId, ResponseHead};

use crate::{duties, sockjs::is_silent, stomp::is_eol, wording};

/// The state of one expectation: which alternatives are still possible, and which items each still lacks.
#[derive(Debug)]
pub(crate) struct Matcher {
    possible: Vec<Possible>,
    /// What already satisfies it, though something better may still arrive.
    settled: Option<Vec<Lenience>>,
}

#[derive(Clone, Debug)]
struct Possible {
    alternative: usize,
    /// Indices of the items that are still missing.
    lacking: Vec<usize>,
    /// A `fail` item whose close frame has arrived, and that waits for the end of the stream.
    closing: Option<usize>,
    leniences: Vec<Lenience>,
}

/// Something that is accepted, though something better was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lenience {
    pub text: String,
    /// `None` stands for the requirement of the case.
    pub requirement: Option<RequirementId>,
}

/// The effect of an arrival on an expectation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Matching {
    /// It is satisfied, with these leniences.
    Matched(Vec<Lenience>),
    /// The arrival fits, and more must follow.
    Partly,
    /// The arrival fits no alternative.
    Refused,
}

impl Matcher {
    pub(crate) fn new(expectation: &Expectation) -> Self {
        let possible = expectation.alternatives.iter().enumerate().map(|(index, alternative)| Possible {
            alternative: index,
            lacking: (0..alternative.all.len()).collect(),
            closing: None,
            leniences: if alternative.lenient {
                let (given, wanted) = (wording::in_words(alternative), wording::wanted(expectation));
                let text = format!("got {given}; {wanted} would be better");
                vec![Lenience { text, requirement: None }]
            } else {
                Vec::new()
            },
        });
        Self { possible: possible.collect(), settled: None }
    }

    /// Whether a close frame has failed the connection as expected, so that only the end of the stream is missing.
    pub(crate) fn lacks_only_the_end(&self) -> bool {
        self.possible.iter().any(|possible| possible.closing.is_some())
    }

    /// Whether an arrival fits some alternative. Does not change the state.
    pub(crate) fn fits(&self, expectation: &Expectation, arrival: &Arrival) -> bool {
        self.possible.iter().any(|possible| possible.after(expectation, arrival).is_some())
    }

    /// Applies an arrival.
    pub(crate) fn offer(&mut self, expectation: &Expectation, arrival: &Arrival) -> Matching {
        // Alternatives run in parallel like the states of a nondeterministic automaton: `close 1002 & eof |? eof`
        // cannot know which of them it sees until one is complete. An alternative that an arrival does not fit is out
        // for good; an arrival that fits none leaves the state unchanged, so that the caller can try it elsewhere.
        let next: Vec<Possible> =
            self.possible.iter().filter_map(|possible| possible.after(expectation, arrival)).collect();
        if next.is_empty() {
            return Matching::Refused;
        }
        self.possible = next;
        let done = self.possible.iter().filter(|possible| possible.lacking.is_empty());
        let best = done.min_by_key(|possible| possible.leniences.len()).map(|done| done.leniences.clone());
        self.possible.retain(|possible| !possible.lacking.is_empty());
        match best {
            None => Matching::Partly,
            // A better alternative may still come true: not in `close |? eof` after the end of the stream, but in `text
            // "a" & pong |? text "a"` after the text. The result so far is kept in case nothing more arrives; stopping
            // here would call a peer lenient that was about to do the best thing.
            Some(leniences) if self.possible.iter().any(|rest| rest.leniences.len() < leniences.len()) => {
                self.settled = Some(leniences);
                Matching::Partly
            }
            Some(leniences) => Matching::Matched(leniences),
        }
    }

    /// Whether it is already satisfied, though something better may still arrive.
    pub(crate) fn is_settled(&self) -> bool {
        self.settled.is_some()
    }

    /// The result if nothing more fits.
    pub(crate) fn settled(&mut self) -> Option<Vec<Lenience>> {
        self.settled.take()
    }
}

impl Possible {
    fn after(&self, expectation: &Expectation, arrival: &Arrival) -> Option<Self> {
        let items = &expectation.alternatives[self.alternative].all;
        let mut next = self.clone();
        if let Some(item) = self.closing {
            if !matches!(arrival, Arrival::Eof | Arrival::Reset) {
                return None;
            }
            next.closing = None;
            next.lacking.retain(|&index| index != item);
            return Some(next);
        }
        let (place, item) =
            self.lacking.iter().enumerate().find(|(_, index)| fits(&items[**index], arrival).is_some())?;
        let fit = fits(&items[*item], arrival)?;
        match fit {
            Fit::Whole(lenience) => {
                next.lacking.remove(place);
                next.leniences.extend(lenience);
            }
            Fit::Closing(lenience) => {
                next.closing = Some(*item);
                next.leniences.extend(lenience);
            }
        }
        Some(next)
    }
}

enum Fit {
    Whole(Option<Lenience>),
    /// The close frame of a `fail`.
    Closing(Option<Lenience>),
}

fn fits(expected: &Expected, arrival: &Arrival) -> Option<Fit> {
    let same = |wanted: &Option<wsspec_notation::Payload>, payload: &bytes::Bytes| {
        wanted.as_ref().is_none_or(|wanted| wanted.len() == payload.len() && wanted.bytes() == payload)
    };
    let fits = match (expected, arrival) {
        (Expected::Message(kind, wanted), Arrival::Message(arrived, payload)) => {
            kind == arrived && same(wanted, payload)
        }
        (Expected::Ping(wanted), Arrival::Ping(payload)) => same(wanted, payload),
        (Expected::Pong(wanted), Arrival::Pong(payload)) => same(wanted, payload),
        (Expected::Close(wanted), Arrival::Close(body)) => close_fits(wanted, body),
        (Expected::Request, Arrival::Request(_)) => true,
        (Expected::Connect(wanted), Arrival::Connect(head)) => {
            wanted.as_ref().is_none_or(|wanted| wanted.bytes().eq_ignore_ascii_case(&head.target))
        }
        (Expected::Response(pattern), Arrival::Response(head)) => status_fits(*pattern, head),
        (Expected::Eof, Arrival::Eof) | (Expected::Reset, Arrival::Reset) => true,
        (Expected::Eof, Arrival::Reset) => {
            let text = "got a connection reset; a clean end of the stream would be better".into();
            return Some(Fit::Whole(Some(Lenience { text, requirement: Some(duties::CLOSES_CLEANLY) })));
        }
        (expected @ Expected::Item(_), Arrival::Item(item)) => is_item(expected, item),
        (Expected::Fail(wanted), arrival) => return failing(*wanted, arrival),
        _ => false,
    };
    fits.then_some(Fit::Whole(None))
}

/// Whether an item is the expected one. What says nothing, such as ends of line, is expected by name alone.
pub(crate) fn is_item(expected: &Expected, item: &LayerItem) -> bool {
    let Expected::Item(wanted) = expected else { return false };
    let is_named = wanted.word.is_some() || !is_eol(item) && !is_silent(item);
    wanted.layer == item.layer && wanted.connection == item.connection && is_named && wanted.fits(&item.word)
}

/// `response 101` is `accepted` in the words of HTTP/1.1.
pub(crate) fn status_fits(pattern: StatusPattern, head: &ResponseHead) -> bool {
    match pattern {
        StatusPattern::Accepted => head.accepts(),
        StatusPattern::Exactly(101) if head.has_pseudo_fields() => head.accepts(),
        pattern => head.status.is_some_and(|status| pattern.matches(status)),
    }
}

pub(crate) fn close_fits(wanted: &ExpectedClose, body: &CloseBody) -> bool {
    match wanted {
        ExpectedClose::Any => true,
        ExpectedClose::Body(payload) => payload.bytes() == body.to_bytes(),
        ExpectedClose::Code(code, reason) => match body {
            CloseBody::Full { code: actual, reason: text } => {
                actual == code && reason.as_ref().is_none_or(|reason| reason.bytes() == text)
            }
            CloseBody::Empty | CloseBody::OneByte(_) => false,
        },
    }
}

/// *Fail the WebSocket Connection* (RFC 6455, 7.1.7): both the close frame and its code are only recommended.
fn failing(wanted: Option<CloseCode>, arrival: &Arrival) -> Option<Fit> {
    let lenient = |text: String| Some(Lenience { text, requirement: Some(duties::FAIL_WITH_CLOSE) });
    match arrival {
        Arrival::Close(body) => Some(Fit::Closing(match (wanted, body.code()) {
            (None, _) => None,
            (Some(wanted), Some(code)) if wanted == code => None,
            (Some(wanted), Some(code)) => {
                lenient(format!("failed the connection with code {}, where {} fits", code.0, wanted.0))
            }
            (Some(wanted), None) => {
                lenient(format!("failed the connection without a code, where {} fits", wanted.0))
            }
        })),
        Arrival::Eof => Some(Fit::Whole(lenient("ended the stream without a close frame".into()))),
        Arrival::Reset => Some(Fit::Whole(lenient("reset the connection without a close frame".into()))),
        _ => None,
    }
}

/// Whether an expectation is satisfied by an ending that was seen before.
pub(crate) fn satisfied_by_ending(expectation: &Expectation, close: Option<&CloseBody>) -> bool {
    expectation.alternatives.iter().any(|alternative| {
        alternative.all.iter().all(|expected| match expected {
            Expected::Fail(_) | Expected::Eof => true,
            Expected::Close(wanted) => close.is_some_and(|body| close_fits(wanted, body)),
            _ => false,
        })
    })
}

/// What a head has instead of an expected field; `None` if the field is as expected.
pub(crate) fn missing_field(wanted: &FieldExpectation, fields: &Fields) -> Option<String> {
    match wanted {
        FieldExpectation::Absent(name) => {
            fields.get(name).map(|value| format!("`{name}: {}`", wsspec_notation::escaped(value)))
        }
        FieldExpectation::Present(name, None) => {
            fields.get(name).is_none().then(|| "no such field".to_owned())
        }
        FieldExpectation::Present(name, Some(value)) => {
            let wanted = value.bytes();
            let whole = fields.all(name).any(|value| value.eq_ignore_ascii_case(&wanted));
            let member = fields.list(name).iter().any(|value| value.eq_ignore_ascii_case(&wanted));
            if whole || member {
                return None;
            }
            Some(fields.joined(name).map_or_else(
                || "no such field".to_owned(),
                |value| format!("`{name}: {}`", wsspec_notation::escaped(&value)),
            ))
        }
    }
}

/// Whether the expectation allows the handshake to be accepted.
pub(crate) fn accepts_101(expectation: &Expectation) -> bool {
    let usual = expectation.alternatives.iter().filter(|alternative| !alternative.lenient);
    usual
        .flat_map(|alternative| &alternative.all)
        .any(|expected| matches!(expected, Expected::Response(pattern) if pattern.matches(101)))
}
