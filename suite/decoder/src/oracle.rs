//! Checks a decoder against the RFC: what it must report, when it must reject, and when it must not.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use wsspec_wire::Escaped;

use crate::{
    DecoderEvent, DecoderUnderTest, Demands, Disagreement, DisagreementKind, InputPrefix, Rejection, Setting,
    expected::{DueEvent, ExpectedDecoding},
    meter,
    rejection_reason::RejectionReason,
};

/// Judges the decoders that `new` creates with an input: an [`InputPrefix`] of seven bytes, then the bytes of the
/// other end.
///
/// # Panics
///
/// If one of them is wrong.
pub fn run<D: DecoderUnderTest>(new: impl Fn(Setting) -> D, input: &[u8]) {
    run_with(new, input, &Demands::default());
}

/// Judges like [`run`], with other demands.
///
/// # Panics
///
/// If a decoder is wrong.
pub fn run_with<D: DecoderUnderTest>(new: impl Fn(Setting) -> D, input: &[u8], demands: &Demands) {
    if let Err(disagreement) = check(new, input, demands) {
        panic!("{disagreement}");
    }
}

/// Judges the decoders that `new` creates with an input: once with all the bytes at a time, once in segments.
///
/// # Errors
///
/// If one of them breaks the RFC, panics, or has different results for the segments and the whole.
pub fn check<D: DecoderUnderTest>(
    new: impl Fn(Setting) -> D,
    input: &[u8],
    demands: &Demands,
) -> Result<(), Disagreement> {
    let (_, bytes) = InputPrefix::read(input);
    let [(setting, whole), (_, cut)] = connections(input, demands);
    let expected = ExpectedDecoding::of(&setting, bytes, demands);
    let decoder = || new(setting);
    let judge = |segmented, segments: &[&[u8]]| {
        let mut judge = DecoderCheck {
            expected: &expected,
            demands,
            segmented,
            reported: 0,
            fed: 0,
            end: DecoderEnd::Open,
        };
        judge.play(decoder, segments).map(|()| judge)
    };
    let whole = judge(false, &whole)?;
    let cut = judge(true, &cut)?;
    // Every rejection that was required has been judged by now; the rest are those that the RFC leaves open.
    if whole.end != cut.end && !expected.is_open {
        return Err(cut.disagree(
            DisagreementKind::Cuts,
            None,
            0,
            &format!("{}, as when the bytes arrive whole", whole.end.shown()),
            cut.end.shown(),
        ));
    }
    Ok(())
}

/// The two connections of an input, and their segments: once the whole, once as the input says.
pub(crate) fn connections<'a>(input: &'a [u8], demands: &Demands) -> [(Setting, Vec<&'a [u8]>); 2] {
    let (prefix, bytes) = InputPrefix::read(input);
    let setting = prefix.setting(demands);
    [(setting, vec![bytes]), (setting, prefix.cuts.cut(bytes).collect())]
}

/// The state of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DecoderEnd {
    Open,
    Rejected,
    Closed,
    /// What it reports has no meaning that could be judged.
    Unjudged,
}

impl DecoderEnd {
    const fn shown(self) -> &'static str {
        match self {
            Self::Open => "no rejection",
            Self::Rejected => "a rejection",
            Self::Closed => "a close frame",
            Self::Unjudged => "something that is not judged",
        }
    }
}

struct DecoderCheck<'a> {
    expected: &'a ExpectedDecoding,
    demands: &'a Demands,
    segmented: bool,
    /// How many events have been reported.
    reported: usize,
    /// How many bytes it has been given.
    fed: usize,
    end: DecoderEnd,
}

impl DecoderCheck<'_> {
    fn play<D: DecoderUnderTest>(
        &mut self,
        new: impl Fn() -> D,
        segments: &[&[u8]],
    ) -> Result<(), Disagreement> {
        let crash = |judge: &Self, panic: Box<dyn Any + Send>| {
            let got = format!("a panic: {}", Escaped(message(&*panic).as_bytes()));
            judge.disagree(DisagreementKind::Crashed, None, judge.fed, "an answer to any bytes", &got)
        };
        let before = meter::allocated();
        let mut decoder = catch_unwind(AssertUnwindSafe(new)).map_err(|panic| crash(self, panic))?;
        for segment in segments {
            self.fed += segment.len();
            let mut events = Vec::new();
            let answer = catch_unwind(AssertUnwindSafe(|| decoder.decode(segment, &mut events)));
            let answer = answer.map_err(|panic| crash(self, panic))?;
            self.memory(meter::allocated() - before)?;
            self.judge(events, answer)?;
            if self.end != DecoderEnd::Open {
                return Ok(());
            }
        }
        match self.expected.events.get(self.reported) {
            Some(due) if self.is_due(due) => Err(self.missing(due, "nothing")),
            _ => Ok(()),
        }
    }

    /// Judges how many bytes it has allocated.
    fn memory(&self, allocated: u64) -> Result<(), Disagreement> {
        if !meter::is_too_much(allocated, self.fed) {
            return Ok(());
        }
        let expected = format!("memory for the {} bytes that have arrived", self.fed);
        let got = format!("{allocated} bytes allocated");
        Err(self.disagree(DisagreementKind::Greedy, None, self.fed, &expected, &got))
    }

    fn judge(
        &mut self,
        events: Vec<DecoderEvent>,
        answer: Result<(), Rejection>,
    ) -> Result<(), Disagreement> {
        for event in events {
            let is_left_out = match &event {
                DecoderEvent::Ping(_) => self.demands.pings_unreported,
                DecoderEvent::Pong(_) => self.demands.pongs_unreported,
                DecoderEvent::Message(..) | DecoderEvent::Frame { .. } | DecoderEvent::Close(..) => false,
            };
            if self.expected.is_open && self.reported == self.expected.events.len() {
                self.end = DecoderEnd::Unjudged;
                return Ok(());
            }
            if !is_left_out {
                self.event(&event)?;
            }
        }
        match (answer, self.end) {
            // Anything after a close frame does not matter.
            (_, DecoderEnd::Closed | DecoderEnd::Unjudged) => Ok(()),
            (Err(rejection), _) => self.rejection(&rejection),
            (Ok(()), _) => self.overdue().map_or(Ok(()), |fault| Err(self.accepted(fault, "no rejection"))),
        }
    }

    fn event(&mut self, event: &DecoderEvent) -> Result<(), Disagreement> {
        let got = event.to_string();
        if self.end == DecoderEnd::Closed {
            return Err(self.disagree(
                DisagreementKind::AfterClose,
                None,
                self.fed,
                "nothing after a close frame",
                &got,
            ));
        }
        match self.expected.events.get(self.reported) {
            Some(due) if due.end <= self.fed && !self.is_as_due(event, due) => {
                let kind = if is_similar(event, &due.event) {
                    DisagreementKind::Changed
                } else {
                    DisagreementKind::Missing
                };
                return Err(self.at_due(kind, due, &got));
            }
            Some(due) if due.end <= self.fed => {}
            _ => {
                let Some(fault) = self.overdue() else {
                    return Err(self.disagree(
                        DisagreementKind::Invented,
                        None,
                        self.fed,
                        "nothing more yet",
                        &got,
                    ));
                };
                return Err(self.accepted(fault, &got));
            }
        }
        self.reported += 1;
        if matches!(event, DecoderEvent::Close(..)) {
            self.end = DecoderEnd::Closed;
        }
        Ok(())
    }

    fn is_as_due(&self, event: &DecoderEvent, due: &DueEvent) -> bool {
        match (event, &due.event) {
            (DecoderEvent::Close(..), DecoderEvent::Close(..)) if due.in_any_words => true,
            (DecoderEvent::Close(None, reason), DecoderEvent::Close(..))
                if self.demands.close_bodies_unreported =>
            {
                reason.is_empty()
            }
            // 1005 means that there is no code (RFC 6455, 7.4.1).
            (DecoderEvent::Close(Some(1005), reason), DecoderEvent::Close(None, _)) => reason.is_empty(),
            (event, due) => event == due,
        }
    }

    fn rejection(&mut self, rejection: &Rejection) -> Result<(), Disagreement> {
        self.end = DecoderEnd::Rejected;
        let got = match rejection.code {
            Some(code) => format!("a rejection with {code}: {}", Escaped(rejection.why.as_bytes())),
            None => format!("a rejection: {}", Escaped(rejection.why.as_bytes())),
        };
        let known = self.expected.faults.iter().filter(|fault| fault.known <= self.fed);
        // Once something later was reported, it is too late to reject what was accepted before.
        let in_time: Vec<&RejectionReason> =
            known.filter(|fault| self.reported <= self.events_by(fault.end)).collect();
        if in_time.is_empty() {
            let due = self.expected.events.get(self.reported);
            let (requirement, at) = (due.map(|due| due.requirement), due.map_or(self.fed, |due| due.at));
            return Err(self.disagree(DisagreementKind::Refused, requirement, at, "no rejection", &got));
        }
        let is_complete = |fault: &&&RejectionReason| self.reported >= self.events_by(Some(fault.known - 1));
        let just: Vec<&RejectionReason> = in_time.iter().filter(is_complete).copied().collect();
        match self.expected.events.get(self.reported) {
            Some(due) if just.is_empty() => Err(self.missing(due, &got)),
            _ => self.code(rejection.code, &just, &got),
        }
    }

    /// A code is wrong if it fits none of the faults.
    fn code(&self, code: Option<u16>, faults: &[&RejectionReason], got: &str) -> Result<(), Disagreement> {
        let Some((code, fault)) = code.zip(faults.first()) else { return Ok(()) };
        let broken: Option<Vec<_>> = faults.iter().map(|fault| fault.codes.broken_by(code)).collect();
        let Some(broken) = broken else { return Ok(()) };
        let expected = format!("a code that fits: {}", fault.why);
        Err(self.disagree(DisagreementKind::Code, broken.first().copied(), fault.at, &expected, got))
    }

    /// How many events are complete after this many bytes, or after all.
    fn events_by(&self, bytes: Option<usize>) -> usize {
        bytes.map_or(self.expected.events.len(), |bytes| {
            self.expected.events.partition_point(|due| due.end <= bytes)
        })
    }

    /// The fault for which a rejection is overdue.
    fn overdue(&self) -> Option<&RejectionReason> {
        let is_over = |fault: &&RejectionReason| fault.end.is_some_and(|end| end <= self.fed);
        self.expected.faults.iter().find(|fault| fault.duty.is_some() && is_over(fault))
    }

    /// Whether the event is complete with the bytes so far.
    const fn is_due(&self, due: &DueEvent) -> bool {
        due.end <= self.fed
    }

    fn accepted(&self, fault: &RejectionReason, got: &str) -> Disagreement {
        let expected = format!("a rejection: {}", fault.why);
        self.disagree(DisagreementKind::Accepted, fault.duty, fault.at, &expected, got)
    }

    fn missing(&self, due: &DueEvent, got: &str) -> Disagreement {
        self.at_due(DisagreementKind::Missing, due, got)
    }

    fn at_due(&self, kind: DisagreementKind, due: &DueEvent, got: &str) -> Disagreement {
        self.disagree(kind, Some(due.requirement), due.at, &due.event.to_string(), got)
    }

    fn disagree(
        &self,
        kind: DisagreementKind,
        requirement: Option<&'static str>,
        at: usize,
        expected: &str,
        got: &str,
    ) -> Disagreement {
        let frame = self.expected.frames.partition_point(|start| *start <= at);
        let offset = frame.checked_sub(1).map_or(0, |index| self.expected.frames[index]);
        let (expected, got) = (expected.to_owned(), got.to_owned());
        Disagreement { kind, requirement, expected, got, frame, offset, segmented: self.segmented }
    }
}

/// Whether they are of the same kind.
fn is_similar(event: &DecoderEvent, other: &DecoderEvent) -> bool {
    std::mem::discriminant(event) == std::mem::discriminant(other)
}

/// The message of a panic.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}
