//! Costs that grow faster than the input: a decoder gets the same bytes in four times the quantity, and again.
//!
//! The processor's time is measured, but only compared with itself: the fastest of several runs, and only if the longest
//! takes long enough to be measured. Every doubling that costs four times as much is a way to exhaust a receiver (RFC
//! 6455, 10.4).

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use wsspec_wire::{Frame, Mask, Opcode, Role};

use crate::{Cuts, DecoderUnderTest, Disagreement, DisagreementKind, InputPrefix, Setting};

/// The sizes that are compared: the number of frames, or of bytes.
const SIZES: [usize; 3] = [2048, 8192, 32_768];
/// The fastest of this many runs counts.
const RUNS: usize = 3;
/// Below this, the largest size shows nothing.
const SHORTEST: Duration = Duration::from_millis(20);
/// Four times the bytes may take this many times as long: 4 is linear, 16 is quadratic.
const MOST: u32 = 9;

/// What is repeated.
#[derive(Clone, Copy, Debug)]
enum Repeated {
    /// Bytes of one payload, each in a segment.
    PayloadBytes,
    /// Fragments of one byte of one message.
    Fragments,
    /// Empty fragments of one message.
    EmptyFragments,
    /// Pings in one segment.
    Pings,
    /// Messages in one segment.
    Messages,
}

const ALL: [Repeated; 5] = [
    Repeated::PayloadBytes,
    Repeated::Fragments,
    Repeated::EmptyFragments,
    Repeated::Pings,
    Repeated::Messages,
];

/// Checks whether the time that the decoders take grows with the square of what they get. Each finding is returned with
/// its input. A decoder that refuses large messages is measured up to there.
pub fn check_growth<D: DecoderUnderTest>(new: impl Fn(Setting) -> D) -> Vec<(Disagreement, Vec<u8>)> {
    let mut found = Vec::new();
    for sender in [Role::Client, Role::Server] {
        for what in ALL {
            let times = SIZES.map(|size| fastest(&new, sender, what, size));
            // Once more, as another process may have emptied the caches.
            if is_quadratic(times) && is_quadratic(SIZES.map(|size| fastest(&new, sender, what, size))) {
                let input = InputPrefix { cuts: what.cuts(), ..InputPrefix::of(sender) };
                let input = input.followed_by(&what.bytes(sender, SIZES[2]));
                found.push((disagreement(what, times), input));
            }
        }
    }
    found
}

fn is_quadratic([_, middle, large]: [Duration; 3]) -> bool {
    large >= SHORTEST && large > middle * MOST
}

fn disagreement(what: Repeated, [small, middle, large]: [Duration; 3]) -> Disagreement {
    let [few, more, most] = SIZES;
    Disagreement {
        kind: DisagreementKind::Slow,
        requirement: None,
        expected: format!("time in proportion to the number of {}", what.shown()),
        got: format!("{small:.1?} for {few}, {middle:.1?} for {more}, {large:.1?} for {most}"),
        frame: 1,
        offset: 0,
        segmented: matches!(what, Repeated::PayloadBytes),
    }
}

/// The time for one connection; the shortest of several.
fn fastest<D: DecoderUnderTest>(
    new: impl Fn(Setting) -> D,
    sender: Role,
    what: Repeated,
    size: usize,
) -> Duration {
    let bytes = what.bytes(sender, size);
    let step = if matches!(what, Repeated::PayloadBytes) { 1 } else { bytes.len() };
    let run = || {
        let mut decoder = new(Setting::of(sender));
        let began = Clock::now();
        for segment in bytes.chunks(step) {
            let mut events = Vec::new();
            // A panic is found elsewhere.
            let answer = catch_unwind(AssertUnwindSafe(|| decoder.decode(segment, &mut events)));
            if !matches!(answer, Ok(Ok(()))) {
                break;
            }
        }
        began.elapsed()
    };
    (0..RUNS).map(|_| run()).min().unwrap_or_default()
}

/// The processor's time of this thread: what other processes take does not count, however busy the machine is.
#[cfg(unix)]
struct Clock(rustix::time::Timespec);

#[cfg(unix)]
impl Clock {
    fn now() -> Self {
        Self(rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime))
    }

    fn elapsed(&self) -> Duration {
        let spent = Self::now().0 - self.0;
        Duration::try_from(spent).unwrap_or_default()
    }
}

/// The time of day's clock, where that of a thread cannot be read without unsafe code.
#[cfg(not(unix))]
use std::time::Instant as Clock;

impl Repeated {
    const fn shown(self) -> &'static str {
        match self {
            Self::PayloadBytes => "bytes of a payload, each in a segment of its own",
            Self::Fragments => "fragments of one byte",
            Self::EmptyFragments => "empty fragments",
            Self::Pings => "pings in a segment",
            Self::Messages => "messages in a segment",
        }
    }

    const fn cuts(self) -> Cuts {
        match self {
            Self::PayloadBytes => Cuts::of([1; 4]),
            _ => Cuts::NONE,
        }
    }

    fn bytes(self, sender: Role, size: usize) -> Vec<u8> {
        let frame = |opcode, payload: Vec<u8>, fin| {
            let frame = Frame::new(opcode, payload).with_fin(fin);
            if sender == Role::Client { frame.with_mask(Mask([0; 4])) } else { frame }
        };
        let fragments = |payload: &[u8]| {
            let continuations = (1..size).map(|_| frame(Opcode::CONTINUATION, payload.to_vec(), false));
            let first = frame(Opcode::BINARY, payload.to_vec(), false);
            encoded([first].into_iter().chain(continuations))
        };
        match self {
            Self::PayloadBytes => encoded([frame(Opcode::BINARY, vec![b'*'; size], true)]),
            Self::Fragments => fragments(b"*"),
            Self::EmptyFragments => fragments(b""),
            Self::Pings => encoded((0..size).map(|_| frame(Opcode::PING, vec![b'*'], true))),
            Self::Messages => encoded((0..size).map(|_| frame(Opcode::TEXT, vec![b'*'], true))),
        }
    }
}

fn encoded(frames: impl IntoIterator<Item = Frame>) -> Vec<u8> {
    let mut bytes = Vec::new();
    frames.into_iter().for_each(|frame| frame.encode(&mut bytes));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_times_the_bytes_may_take_four_times_as_long_and_short_times_show_nothing() {
        let quadratic = |millis: [u64; 3]| is_quadratic(millis.map(Duration::from_millis));
        assert!(quadratic([1, 16, 256]));
        assert!(!quadratic([6, 24, 96]));
        assert!(!quadratic([0, 1, 16]));
        assert!(!quadratic([1, 30, 180]), "a slow machine");
    }
}
