//! What a connection is driven by: it says what to do next and hears what came of it, and knows neither sockets nor
//! clocks.

use std::time::Duration;

use bytes::Bytes;
use wsspec_exchange::{Action, Exchange, Input, Moment};
use wsspec_record::Usage;

/// Bytes that a peer may send while it takes nothing of ours, beyond as many as it was sent in all, which it may echo.
/// After that it is not read from until it does: all that it sends has to be kept meanwhile.
const UNASKED: usize = 1 << 20;

/// Longer than any connection lasts.
pub(crate) const FOREVER: Duration = Duration::from_secs(365 * 86_400);

/// What plays on a connection. Times count from when the connection's [`Driver`](crate::Driver) was made.
pub trait Player {
    /// Bytes read at once.
    const READ_SIZE: usize = 16 << 10;
    /// Whether waits that are shorter than a timer can measure are kept to; the processor is busy meanwhile.
    const EXACT: bool = false;

    /// What to do next. While `writing`, what was to be written last is not written yet, and there can be no more to
    /// write.
    fn next(&mut self, writing: bool, now: Duration) -> PlayerStep;

    /// Something has come of the connection.
    fn hear(&mut self, heard: Heard<'_>, now: Duration);

    /// Whether nothing more is to be heard.
    fn is_done(&self) -> bool {
        false
    }

    /// Whether anything is read now.
    fn reads(&self, now: Duration) -> bool {
        let _ = now;
        true
    }

    /// Bytes that may be read while the peer takes none of ours, of which it took `sent` so far.
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
    /// Read until the peer has had time to read the last write as a segment of its own.
    Gap,
    /// Write what is left and end our half of the stream.
    Shutdown,
    /// Reset the connection.
    Reset,
    /// Say what the peer's process uses. With a number: once no more descriptors than that are open, or the time of a
    /// line is over.
    Measure(Option<u32>),
    /// Ask the peer's process to end.
    Terminate,
    /// Read, and ask again at this time at the latest.
    Wait(Duration),
    /// Nothing more.
    Done,
}

/// What has come of a connection.
#[derive(Clone, Copy, Debug)]
pub enum Heard<'b> {
    /// These bytes have arrived.
    Bytes(&'b [u8]),
    /// The peer has ended its half of the stream.
    Eof,
    /// The connection was reset.
    Reset,
    /// What the peer's process uses; nothing where it cannot be measured.
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
