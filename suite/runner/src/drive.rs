//! The one loop over a connection: writes what a [`Player`] says, reads all the time, and wakes the player in time.

use std::{future::poll_fn, io, pin::Pin, task::Poll, time::Duration};

use bytes::{Buf, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    task::yield_now,
    time::{Instant, sleep_until, timeout},
};
use wsspec_catalogue::Limits;
use wsspec_record::Usage;

use crate::{
    player::{FOREVER, Heard, Player, PlayerStep},
    spawn::MeasuredProcess,
    stream::Stream,
};

/// Time for a peer to read a segment separately. TCP does not preserve segments, and a busy peer may still read two at
/// once, so splitting can only show that it does not matter.
const GAP: Duration = Duration::from_micros(500);
/// The longest sleep. How late its timer fires shows whether this machine stalls.
const NAP: Duration = Duration::from_millis(100);
/// Timers may always fire this late; beyond it, the machine has stalled.
const USUAL_LATENESS: Duration = Duration::from_millis(20);
/// The resolution of a timer.
const TICK: Duration = Duration::from_millis(1);

/// Time limits that no player controls.
#[derive(Clone, Copy, Debug)]
pub struct DriveLimits {
    /// For a write of which the peer accepts nothing.
    pub write: Duration,
    /// For all writes together, from the start.
    pub total: Duration,
    /// For writing what is left and closing our side.
    pub shutdown: Duration,
}

impl DriveLimits {
    /// Writes may take as long as the player lets them.
    #[must_use]
    pub const fn with_shutdown(shutdown: Duration) -> Self {
        Self { write: FOREVER, total: FOREVER, shutdown }
    }
}

impl From<Limits> for DriveLimits {
    fn from(limits: Limits) -> Self {
        Self { write: limits.line, total: limits.trial, shutdown: limits.line }
    }
}

/// A process to measure.
pub(crate) struct Measured<'w> {
    pub process: MeasuredProcess<'w>,
    /// A sample from before the trial, if that is to be its first one.
    pub before: Option<Usage>,
}

/// Drives players over a connection, one after another. Its time counts from its creation.
pub struct Driver<'w> {
    stream: Stream,
    limits: DriveLimits,
    process: Option<Measured<'w>>,
    start: Instant,
    /// How long this machine stalled while we waited, which the peer did not have.
    stalled: Duration,
    buffer: Vec<u8>,
    /// What is being written.
    pending: Bytes,
    /// When to give up on a write that makes no progress.
    give_up: Instant,
    /// Bytes read since the peer last accepted some of ours.
    read: usize,
    /// Bytes written.
    sent: usize,
    /// Whether the peer has closed its side.
    ended: bool,
    /// It has, and TLS had not.
    truncated: bool,
    /// Whether our side can no longer be written to; what the peer sent before may still be read.
    broken: bool,
    /// The error that ended the peer's side, if it was not closed.
    error: Option<io::Error>,
}

impl<'w> Driver<'w> {
    /// For an open connection.
    #[must_use]
    pub fn new(stream: Stream, limits: impl Into<DriveLimits>) -> Self {
        let start = Instant::now();
        Self {
            stream,
            limits: limits.into(),
            process: None,
            start,
            stalled: Duration::ZERO,
            buffer: Vec::new(),
            pending: Bytes::new(),
            give_up: start,
            read: 0,
            sent: 0,
            ended: false,
            truncated: false,
            broken: false,
            error: None,
        }
    }

    /// Adds a process to measure.
    pub(crate) fn with_process(self, process: Option<Measured<'w>>) -> Self {
        Self { process, ..self }
    }

    /// The time since the start, without this machine's stalls.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.stalled)
    }

    /// The error that ended the peer's side, if there was one.
    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// The connection.
    #[must_use]
    pub fn into_stream(self) -> Stream {
        self.stream
    }

    /// Does what `player` says until it is done. Leaves the connection open.
    ///
    /// If this future is dropped early, the next call first finishes the pending write.
    pub async fn drive<P: Player>(&mut self, player: &mut P) {
        self.buffer.resize(P::READ_SIZE, 0);
        loop {
            match player.next(!self.pending.is_empty(), self.now()) {
                PlayerStep::Write(bytes) => self.write(bytes),
                PlayerStep::Gap => self.gap(player).await,
                PlayerStep::Shutdown => self.shutdown().await,
                PlayerStep::Reset => {
                    self.reset().await;
                    self.end(player, Heard::Reset);
                }
                PlayerStep::Measure(descriptors) => self.measure(player, descriptors).await,
                PlayerStep::Terminate => {
                    if let Some(measured) = &self.process {
                        measured.process.terminate();
                    }
                }
                PlayerStep::Wait(until) => {
                    let until = self.start + until.min(FOREVER) + self.stalled;
                    self.wait(player, until).await;
                }
                PlayerStep::Done => return,
            }
        }
    }

    fn end<P: Player>(&mut self, player: &mut P, how: Heard<'_>) {
        if !self.ended {
            self.ended = true;
            player.hear(how, self.now());
        }
    }

    /// Begins to write. Writes nothing more to a peer that accepts nothing within one write's limit, or not everything
    /// within the limit of all writes.
    fn write(&mut self, bytes: Bytes) {
        if !self.broken {
            self.pending = bytes;
            self.progressed();
        }
    }

    fn progressed(&mut self) {
        self.read = 0;
        self.give_up = (Instant::now() + self.limits.write).min(self.start + self.limits.total);
    }

    fn break_off(&mut self) {
        self.broken = true;
        self.pending = Bytes::new();
    }

    /// Whether the peer ended TCP without the closing alert of TLS.
    pub(crate) fn is_truncated(&self) -> bool {
        self.truncated
    }

    async fn shutdown(&mut self) {
        let rest = std::mem::take(&mut self.pending);
        let ended = timeout(self.limits.shutdown, async {
            self.stream.write_all(&rest).await?;
            self.stream.shutdown().await
        });
        self.broken |= !matches!(ended.await, Ok(Ok(())));
    }

    /// Resets the connection at once: the end of our half, sent before, would be what the peer reads.
    async fn reset(&mut self) {
        let rest = std::mem::take(&mut self.pending);
        let written = timeout(self.limits.shutdown, self.stream.write_all(&rest));
        self.broken |= !matches!(written.await, Ok(Ok(())));
        self.stream.reset_on_close();
        self.stream = Box::new(tokio::io::empty());
    }

    async fn gap<P: Player>(&mut self, player: &mut P) {
        let until = Instant::now() + GAP;
        while Instant::now() < until && !player.is_done() {
            self.wait(player, until).await;
        }
    }

    /// Waits for the connection to make progress, at most until `until`.
    async fn wait<P: Player>(&mut self, player: &mut P, until: Instant) {
        let writing = !self.pending.is_empty();
        let is_deaf = !player.reads(self.now());
        if is_deaf {
            // A peer that echoes need not read more while we read nothing.
            self.give_up = self.give_up.max(Instant::now() + self.limits.write);
        }
        let until = if writing { until.min(self.give_up) } else { until };
        let reading = !is_deaf && !self.ended && (!writing || self.read < player.allowance(self.sent));
        let until = until.min(Instant::now() + NAP);
        let short = P::EXACT && until.saturating_duration_since(Instant::now()) < TICK;
        let progress = tokio::select! {
            biased;
            progress = self.progress(reading) => progress,
            () = yield_now(), if short => IoProgress::Nothing,
            () = sleep_until(until), if !short => {
                self.note_lateness(until);
                IoProgress::Nothing
            }
        };
        match progress {
            IoProgress::Written(count) => {
                self.pending.advance(count);
                self.sent += count;
                self.progressed();
            }
            IoProgress::WriteFailed => self.break_off(),
            IoProgress::Read(result) => {
                self.read = self.read.saturating_add(result.as_ref().copied().unwrap_or(0));
                self.take(player, result);
                // There may be data to read without end.
                self.give_up_if_late();
            }
            IoProgress::Nothing => self.give_up_if_late(),
        }
    }

    /// A timer was due at `due`. If it fired late, the peer may not have had its time either.
    fn note_lateness(&mut self, due: Instant) {
        let late = due.elapsed();
        if late > USUAL_LATENESS && self.stalled < self.limits.total {
            self.stalled += late;
            self.give_up += late;
        }
    }

    fn give_up_if_late(&mut self) {
        if !self.pending.is_empty() && Instant::now() >= self.give_up {
            self.break_off();
        }
    }

    /// Passes a sample on: first the one from before the trial's connections opened, then current ones.
    async fn measure<P: Player>(&mut self, player: &mut P, descriptors: Option<u32>) {
        let usage = match &mut self.process {
            None => None,
            Some(process) => match process.before.take() {
                Some(before) => Some(before),
                None => process.process.usage_with(descriptors, self.limits.write).await,
            },
        };
        player.hear(Heard::Usage(usage), self.now());
    }

    fn take<P: Player>(&mut self, player: &mut P, result: io::Result<usize>) {
        match result {
            Ok(0) => self.end(player, Heard::Eof),
            Ok(count) => player.hear(Heard::Bytes(&self.buffer[..count]), self.now()),
            // TLS without its closing alert.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.truncated = true;
                self.end(player, Heard::Eof);
            }
            Err(error) => {
                self.end(player, Heard::Reset);
                self.error = Some(error);
            }
        }
    }

    /// Reads or writes, whichever the connection is ready for first.
    async fn progress(&mut self, reading: bool) -> IoProgress {
        let Self { stream, buffer, pending, .. } = self;
        poll_fn(|cx| {
            if !pending.is_empty() {
                match Pin::new(&mut *stream).poll_write(cx, pending) {
                    Poll::Ready(Ok(count)) if count > 0 => {
                        // TLS buffers what is not flushed; an error shows at the next write.
                        let _ = Pin::new(&mut *stream).poll_flush(cx);
                        return Poll::Ready(IoProgress::Written(count));
                    }
                    Poll::Ready(_) => return Poll::Ready(IoProgress::WriteFailed),
                    Poll::Pending => {}
                }
            }
            if !reading {
                return Poll::Pending;
            }
            let mut filled = ReadBuf::new(buffer);
            Pin::new(&mut *stream)
                .poll_read(cx, &mut filled)
                .map(|result| IoProgress::Read(result.map(|()| filled.filled().len())))
        })
        .await
    }
}

enum IoProgress {
    Written(usize),
    WriteFailed,
    Read(io::Result<usize>),
    Nothing,
}
