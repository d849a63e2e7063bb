//! The one loop over a connection: writes what a [`Player`] says, reads all the while, wakes it up in time.

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

/// Time for a peer to read a segment on its own. TCP does not keep segments apart, and a peer that was busy may still
/// read two at once: all that a cut can show is that it does not matter.
const GAP: Duration = Duration::from_millis(1);
/// The longest sleep: how late its timer fires tells whether this machine stalls.
const NAP: Duration = Duration::from_millis(100);
/// A timer that fires so late is one among many; what is later is a stall.
const USUAL_LATENESS: Duration = Duration::from_millis(20);
/// What a timer can measure.
const TICK: Duration = Duration::from_millis(1);

/// How long things may take that no player has a say in.
#[derive(Clone, Copy, Debug)]
pub struct DriveLimits {
    /// A write in which the peer takes nothing.
    pub write: Duration,
    /// All writes, from the start.
    pub total: Duration,
    /// Writing what is left and ending our half.
    pub shutdown: Duration,
}

impl DriveLimits {
    /// Writes take as long as the player lets them.
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

/// A process that can be measured.
pub(crate) struct Measured<'w> {
    pub process: MeasuredProcess<'w>,
    /// A sample of before the trial began, where its first one is to be that.
    pub before: Option<Usage>,
}

/// Drives players over a connection, one after the other; its time counts from when it was made.
pub struct Driver<'w> {
    stream: Stream,
    limits: DriveLimits,
    process: Option<Measured<'w>>,
    start: Instant,
    /// How long this machine stalled while we waited: time that the peer did not have.
    stalled: Duration,
    buffer: Vec<u8>,
    /// What is being written.
    pending: Bytes,
    /// When a write that makes no progress is given up.
    give_up: Instant,
    /// Bytes read since the peer last took some of ours.
    read: usize,
    /// Bytes written.
    sent: usize,
    /// The peer's half has ended.
    ended: bool,
    /// It has, and TLS had not.
    truncated: bool,
    /// Ours cannot be written to any more; what the peer sent before may still be read.
    broken: bool,
    /// What ended the peer's half, where that was not its end.
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

    /// With a process to measure.
    pub(crate) fn with_process(self, process: Option<Measured<'w>>) -> Self {
        Self { process, ..self }
    }

    /// The time since the start, without that for which this machine stalled.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.start.elapsed().saturating_sub(self.stalled)
    }

    /// The error that ended the peer's half, if one did.
    pub(crate) fn take_error(&mut self) -> Option<io::Error> {
        self.error.take()
    }

    /// The connection.
    #[must_use]
    pub fn into_stream(self) -> Stream {
        self.stream
    }

    /// Does what `player` says until it is done. The connection is left open.
    ///
    /// Where this is dropped before, what was being written is written first the next time.
    pub async fn drive<P: Player>(&mut self, player: &mut P) {
        self.buffer.resize(P::READ_SIZE, 0);
        loop {
            match player.next(!self.pending.is_empty(), self.now()) {
                PlayerStep::Write(bytes) => self.write(bytes),
                PlayerStep::Gap => self.gap(player).await,
                PlayerStep::Shutdown => self.shutdown().await,
                PlayerStep::Reset => {
                    self.stream.reset_on_close();
                    self.shutdown().await;
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

    /// Begins to write. A peer that takes nothing for as long as it may, or not all before the time of all writes is
    /// over, gets no more.
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

    async fn gap<P: Player>(&mut self, player: &mut P) {
        let until = Instant::now() + GAP;
        while Instant::now() < until && !player.is_done() {
            self.wait(player, until).await;
        }
    }

    /// Until the connection makes progress, at most until a time.
    async fn wait<P: Player>(&mut self, player: &mut P, until: Instant) {
        let writing = !self.pending.is_empty();
        let is_deaf = !player.reads(self.now());
        if is_deaf {
            // A peer that echoes need not take more while we take nothing.
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
                // There may be something to read without end.
                self.give_up_if_late();
            }
            IoProgress::Nothing => self.give_up_if_late(),
        }
    }

    /// A timer was to fire at `due`. Where it fired late, the peer may not have had its time either.
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

    /// Passes a sample on: the one taken before the connections of the trial opened, then what there is now.
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

    /// Whatever the connection does first: takes bytes, or gives some.
    async fn progress(&mut self, reading: bool) -> IoProgress {
        let Self { stream, buffer, pending, .. } = self;
        poll_fn(|cx| {
            if !pending.is_empty() {
                match Pin::new(&mut *stream).poll_write(cx, pending) {
                    Poll::Ready(Ok(count)) if count > 0 => {
                        // TLS holds back what it is not made to flush; an error shows at the next write.
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
