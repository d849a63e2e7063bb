//! The volume of a script: the bytes it moves, the time that may take, and payloads generated only once.

use std::time::Duration;

use crate::{
    payload::Payload,
    script::{Chop, Expectation, Expected, Interval, Line, Script, Sending, Step, Strength},
};

/// The minimum number of bytes per second that a peer accepts and returns: below this, it is not slow but stuck.
const SLOWEST: usize = 1 << 20;

/// The time that a peer may take for this many bytes.
pub fn time_for(bytes: usize) -> Duration {
    Duration::from_micros(u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(1_000_000) / SLOWEST as u64)
}

impl Script {
    /// Bytes sent, and the number of lines that run.
    #[must_use]
    pub fn volume(&self) -> (usize, u32) {
        volume(&self.lines)
    }

    /// Roughly how long the script takes with a prompt peer nearby: what it pauses, and what it sends. For starting long
    /// trials first; nothing may depend on it.
    #[must_use]
    pub fn rough_time(&self) -> Duration {
        RoughTime::default().of(&self.lines)
    }
}

/// The settings that decide how long lines take.
#[derive(Default)]
struct RoughTime {
    chop: Chop,
    pause: Option<Duration>,
}

impl RoughTime {
    /// A heartbeat of Engine.IO whose length is not known yet.
    const HEARTBEAT: Duration = Duration::from_secs(1);
    /// Between two segments without a pause of their own.
    const GAP: Duration = Duration::from_millis(1);
    /// For a line of any kind.
    const LINE: Duration = Duration::from_micros(100);
    /// For what is recommended: most peers do it at once.
    const RECOMMENDED: Duration = Duration::from_millis(60);
    /// More pauses than this are not made in a trial.
    const MOST_GAPS: usize = 256;

    fn of(&mut self, lines: &[Line]) -> Duration {
        lines.iter().fold(Duration::ZERO, |time, line| time.saturating_add(self.of_line(line)))
    }

    fn of_line(&mut self, line: &Line) -> Duration {
        let own = match &line.step {
            Step::Chop(chop) => {
                self.chop = *chop;
                Duration::ZERO
            }
            Step::Pause(interval) => {
                self.pause = Some(rough(*interval));
                Duration::ZERO
            }
            Step::Wait(interval) | Step::Quiet(interval) | Step::Deaf(interval) => rough(*interval),
            Step::Repeat { count, body } => self.of(body).saturating_mul(*count),
            Step::Send(sending) => self.of_sending(sending),
            // Its absence is waited for.
            Step::Expect(expectation) if expectation.strength == Strength::Should => Self::RECOMMENDED,
            _ => Duration::ZERO,
        };
        own.saturating_add(Self::LINE)
    }

    fn of_sending(&self, sending: &Sending) -> Duration {
        let bytes = match sending {
            Sending::Frame(frame) => frame.payload.len(),
            Sending::Raw(payload) => payload.len(),
            _ => 256,
        };
        let gaps = match self.chop {
            Chop::Whole => 0,
            Chop::Line => 1,
            Chop::Bytes(size) => (bytes / size.max(1)).saturating_add(1).min(Self::MOST_GAPS),
        };
        let gaps = self.pause.unwrap_or(Self::GAP).saturating_mul(u32::try_from(gaps).unwrap_or(u32::MAX));
        gaps.saturating_add(time_for(bytes) / 100)
    }
}

fn rough(interval: Interval) -> Duration {
    match interval {
        Interval::Millis(millis) => Duration::from_millis(millis),
        Interval::RoundTrips(count) => RoughTime::GAP.saturating_mul(count),
        Interval::Heartbeats(count) => RoughTime::HEARTBEAT.saturating_mul(count),
    }
}

fn volume(lines: &[Line]) -> (usize, u32) {
    let each = lines.iter().map(|line| match &line.step {
        Step::Repeat { count, body } => {
            let (bytes, lines) = volume(body);
            (bytes.saturating_mul(*count as usize), lines.saturating_mul(*count))
        }
        Step::Send(Sending::Frame(frame)) => (frame.payload.len(), 1),
        Step::Send(Sending::Raw(payload)) => (payload.len(), 1),
        Step::Send(Sending::Item(item)) => (item.body.as_ref().map_or(0, Payload::len), 1),
        _ => (0, 1),
    });
    each.fold((0, 0), |all, one| (all.0.saturating_add(one.0), all.1.saturating_add(one.1)))
}

impl Script {
    /// The same script; all but its long messages are generated once, when first needed, and kept for its lifetime.
    #[must_use]
    pub fn keeping(&self) -> Self {
        let mut known = Vec::new();
        Self { lines: self.lines.iter().map(|line| keeping(line, &mut known)).collect() }
    }
}

fn keeping(line: &Line, known: &mut Vec<Payload>) -> Line {
    let mut line = line.clone();
    match &mut line.step {
        Step::Send(Sending::Frame(frame)) => keep(&mut frame.payload, known),
        Step::Expect(expectation) => messages(expectation).for_each(|payload| keep(payload, known)),
        Step::Repeat { body, .. } => *body = body.iter().map(|line| keeping(line, known)).collect(),
        _ => {}
    }
    line
}

fn messages(expectation: &mut Expectation) -> impl Iterator<Item = &mut Payload> {
    let items = expectation.alternatives.iter_mut().flat_map(|alternative| &mut alternative.all);
    items.filter_map(|item| match item {
        Expected::Message(_, payload) => payload.as_mut(),
        _ => None,
    })
}

/// Payloads that are written the same are kept only once.
fn keep(payload: &mut Payload, known: &mut Vec<Payload>) {
    match known.iter().find(|other| *other == payload) {
        Some(other) => *payload = other.clone(),
        None => {
            *payload = payload.clone().keeping();
            known.push(payload.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_and_segments_make_a_script_long() {
        let time = |text: &str| text.parse::<Script>().unwrap().rough_time();
        let plain = time("> text \"abcdef\"\n< text \"abcdef\"\n");
        assert!(plain < Duration::from_millis(1));
        let chopped = time("chop 1\n> text \"abcdef\"\n< text \"abcdef\"\n");
        let apart = time("pause 10ms\nchop 1\n> text \"abcdef\"\n< text \"abcdef\"\n");
        let repeated = time("repeat 100\npause 10ms\nchop 1\n> text \"abcdef\"\n< text \"abcdef\"\nend\n");
        let waits = time("wait 5s\n");
        assert!(
            plain < chopped && chopped < apart && apart < waits && waits < repeated,
            "{apart:?}, {repeated:?}"
        );
    }

    fn script(text: &str) -> Script {
        text.parse().unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn payloads_written_alike_are_made_once() {
        let text = "repeat 2\n> binary random(1,64)\n< binary random(1,64)\nend\n";
        let kept = script(text).keeping();
        assert_eq!(kept, script(text));
        let Step::Repeat { body, .. } = &kept.lines[0].step else { panic!("no block") };
        let (Step::Send(Sending::Frame(sent)), Step::Expect(expected)) = (&body[0].step, &body[1].step)
        else {
            panic!("other lines")
        };
        let Expected::Message(_, Some(wanted)) = &expected.alternatives[0].all[0] else {
            panic!("no message")
        };
        assert_eq!(sent.payload.bytes().as_ptr(), wanted.bytes().as_ptr());
        assert_eq!(sent.payload.bytes(), Payload::random(1, 64).bytes());
    }
}
