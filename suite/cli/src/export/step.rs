//! The JSON of a script's steps.

use serde::Serialize;
use wsspec_notation::{Chop, Interval, Line, Step};

use super::{
    expect::{self, AlternativeJson, FieldJson},
    payload::PayloadJson,
    send::SendingJson,
};

/// A step, and the connection it is played on, unless it is played on each.
#[derive(Serialize)]
pub(super) struct PlacedStepJson {
    #[serde(flatten)]
    step: StepJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<String>,
}

/// A step, and its 1-based line in the script.
#[derive(Serialize)]
#[serde(tag = "step", rename_all = "lowercase")]
pub(super) enum StepJson {
    Send {
        line: usize,
        item: SendingJson,
    },
    Expect {
        line: usize,
        strength: &'static str,
        alternatives: Vec<AlternativeJson>,
        #[serde(skip_serializing_if = "Option::is_none")]
        within: Option<IntervalJson>,
        fields: Vec<FieldJson>,
        #[serde(skip_serializing_if = "Option::is_none")]
        body: Option<PayloadJson>,
    },
    Alive {
        line: usize,
    },
    Finish {
        line: usize,
    },
    Terminate {
        line: usize,
    },
    Quiet {
        line: usize,
        time: IntervalJson,
    },
    Wait {
        line: usize,
        time: IntervalJson,
    },
    Chop {
        line: usize,
        segments: ChopJson,
    },
    Pause {
        line: usize,
        time: IntervalJson,
    },
    Deaf {
        line: usize,
        time: IntervalJson,
    },
    Measure {
        line: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        bound: Option<String>,
    },
    Connections {
        line: usize,
        count: u32,
    },
    Streams {
        line: usize,
        names: Vec<String>,
    },
    Repeat {
        line: usize,
        count: u32,
        steps: Vec<PlacedStepJson>,
    },
}

/// A duration.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum IntervalJson {
    /// Milliseconds.
    Ms(u64),
    /// Round trips.
    Rtt(u32),
    /// `pingInterval` and `pingTimeout` together, of Engine.IO.
    Heartbeats(u32),
}

/// How written bytes are split into segments.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ChopJson {
    Whole,
    Line,
    Bytes(usize),
}

/// The steps of lines, in order.
pub(super) fn steps(lines: &[Line]) -> Vec<PlacedStepJson> {
    let placed = |line: &Line| PlacedStepJson {
        step: StepJson::of(line),
        connection: line.connection.as_ref().map(ToString::to_string),
    };
    lines.iter().map(placed).collect()
}

impl StepJson {
    fn of(written: &Line) -> Self {
        let line = written.number;
        match &written.step {
            Step::Send(sending) => Self::Send { line, item: SendingJson::of(sending) },
            Step::Expect(expectation) => Self::Expect {
                line,
                strength: expect::strength(expectation.strength),
                alternatives: expect::alternatives(expectation),
                within: expectation.within.map(IntervalJson::of),
                fields: expect::fields(expectation),
                body: expect::body(expectation),
            },
            Step::Alive => Self::Alive { line },
            Step::Finish => Self::Finish { line },
            Step::Terminate => Self::Terminate { line },
            Step::Quiet(time) => Self::Quiet { line, time: IntervalJson::of(*time) },
            Step::Wait(time) => Self::Wait { line, time: IntervalJson::of(*time) },
            Step::Chop(chop) => Self::Chop { line, segments: ChopJson::of(*chop) },
            Step::Pause(time) => Self::Pause { line, time: IntervalJson::of(*time) },
            Step::Deaf(time) => Self::Deaf { line, time: IntervalJson::of(*time) },
            Step::Measure(bound) => Self::Measure { line, bound: bound.map(|bound| bound.to_string()) },
            Step::Connections(count) => Self::Connections { line, count: *count },
            Step::Streams(names) => {
                Self::Streams { line, names: names.iter().map(ToString::to_string).collect() }
            }
            Step::Repeat { count, body } => Self::Repeat { line, count: *count, steps: steps(body) },
        }
    }
}

impl IntervalJson {
    fn of(interval: Interval) -> Self {
        match interval {
            Interval::Millis(millis) => Self::Ms(millis),
            Interval::RoundTrips(count) => Self::Rtt(count),
            Interval::Heartbeats(count) => Self::Heartbeats(count),
        }
    }
}

impl ChopJson {
    fn of(chop: Chop) -> Self {
        match chop {
            Chop::Whole => Self::Whole,
            Chop::Line => Self::Line,
            Chop::Bytes(count) => Self::Bytes(count),
        }
    }
}
