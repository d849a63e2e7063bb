//! What drives a connection: a player says what to do next and hears the results. It knows neither sockets nor clocks.

use std::time::Duration;

use bytes::Bytes;
use wsspec_exchange::{Action, Exchange, Input, Moment};
use wsspec_record::Usage;

/// Bytes that a peer may send while it accepts none of ours, in addition to the number it has been sent, which it may
/// echo. Then we stop reading until it accepts some, because all of it must be kept meanwhile.
const UNASKED: usize = 1 << 20;

/// Longer than any connection lasts.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 86_400);

/// Plays on a connection. Times count from the creation of the connection's [`Driver`](crate::Driver).
pub trait Player {
    /// Bytes to read at once.
    const READ_SIZE: usize = 16 << 10;
    /// Whether to honour waits below the resolution of a timer, at the cost of a busy processor.
    const EXACT: bool = false;

    /// What to do next. While `writing`, the last write is not finished, and this must not return another one.
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep;

    /// Something has happened on the connection.
    fn hear(&mut self, heard: Heard<'_>, now: Duration);

    /// Whether nothing more needs to be heard.
    fn is_done(&self) -> bool {
        false
    }

    /// Whether to read now.
    fn reads(&self, now: Duration) -> bool {
        let _ = now;
        true
    }

    /// Bytes to read at most while the peer accepts none of ours, after it has accepted `sent` so far.
    fn allowance(&self, sent: usize) -> usize {
        let _ = sent;
        usize::MAX
    }
}

/// What to do next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PlayerStep {
    /// Write these bytes in one go, and read meanwhile.
    Write(Bytes),
    /// Read until the peer has had time to read the last write as a separate segment.
    Gap,
    /// Write what is left and close our side of the stream.
    Shutdown,
    /// Reset the connection.
    Reset,
    /// Report the resource usage of the peer's process. With a number: once at most that many descriptors are open, or
    /// a line's time limit is over.
    Measure(Option<u32>),
    /// Ask the peer's process to exit.
    Terminate,
    /// Read, and ask again no later than this.
    Wait(Duration),
    /// Nothing more to do.
    Done,
}

/// What has happened on a connection.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'b> {
    /// These bytes have arrived.
    Bytes(&'b [u8]),
    /// The peer has closed its side of the stream.
    Eof,
    /// The connection was reset.
    Reset,
    /// The resource usage of the peer's process; `None` if it cannot be measured.
    Usage(Option<Usage>),
}

impl Player for Exchange {
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep {
        if writing {
            return if Self::is_done(self) { PlayerStep::Done } else { PlayerStep::Wait(FOREVER) };
        }
        match Self::next(self, Moment(now)) {
            Action::Write(bytes) => PlayerStep::Write(bytes),
            Action::Gap => PlayerStep::Gap,
            Action::Shutdown => PlayerStep::Shutdown,
            Action::Reset => PlayerStep::Reset,
            Action::Measure(descriptors) => PlayerStep::Measure(descriptors),
            Action::Terminate => PlayerStep::Terminate,
            Action::Wait(until) => PlayerStep::Wait(until.0),
            Action::Done => PlayerStep::Done,
        }
    }

    fn hear(&mut self, heard: Heard<'_>, now: Duration) {
        let input = match heard {
            Heard::Bytes(bytes) => Input::Bytes(bytes),
            Heard::Eof => Input::Eof,
            Heard::Reset => Input::Reset,
            Heard::Usage(usage) => Input::Usage(usage),
        };
        self.receive(input, Moment(now));
    }

    fn is_done(&self) -> bool {
        Self::is_done(self)
    }

    fn reads(&self, now: Duration) -> bool {
        Self::reads(self, Moment(now))
    }

    fn allowance(&self, sent: usize) -> usize {
        UNASKED.saturating_add(sent)
    }
}
