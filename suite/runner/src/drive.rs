//! Drives an exchange over a connection: writes what it says, reads all the while, wakes it up in time.

use std::{future::poll_fn, io, pin::Pin, task::Poll, time::Duration};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    time::{Instant, sleep_until, timeout},
};
use wsspec_catalogue::Limits;
use wsspec_exchange::{Action, Exchange, Input, Moment};
use wsspec_record::Usage;

use crate::{dial::Stream, spawn::Watched};

/// Bytes read at once.
const READ_SIZE: usize = 16 << 10;

/// Bytes that a peer may send while it takes nothing of ours, beyond as many as it was sent in all, which it may echo.
/// After that it is not read from until it does: all that it sends has to be kept meanwhile.
const UNASKED: usize = 1 << 20;

/// Time for a peer to read a segment by itself. TCP does not keep segments apart, and a peer that was busy may still
/// read two at once: all that a cut can show is that it does not matter.
const GAP: Duration = Duration::from_millis(1);

/// Runs an exchange to its end. The connection is left open. Returns the error that ended the peer's half, if one did.
pub(crate) async fn drive(
    exchange: &mut Exchange,
    stream: &mut Stream,
    start: Instant,
    limits: Limits,
    mut process: Option<Measured<'_>>,
) -> Option<io::Error> {
    let mut connection = Connection {
        stream,
        buffer: vec![0; READ_SIZE],
        start,
        limits,
        sent: 0,
        ended: false,
        broken: false,
        error: None,
    };
    loop {
        match exchange.next(connection.now()) {
            Action::Write(bytes) => connection.write(exchange, bytes).await,
            Action::Gap => connection.gap(exchange).await,
            Action::Shutdown => connection.shutdown().await,
            Action::Reset => {
                connection.stream.reset_on_close();
                connection.shutdown().await;
                connection.end(exchange, Input::Reset);
            }
            Action::Measure(descriptors) => connection.measure(exchange, descriptors, &mut process).await,
            Action::Wait(until) => connection.wait(exchange, start + until.0).await,
            Action::Done => return connection.error,
        }
    }
}

/// A process that can be measured.
pub(crate) struct Measured<'w> {
    pub watched: &'w Watched,
    /// A sample of before the trial began, where its first one is to be that.
    pub before: Option<Usage>,
}

struct Connection<'s> {
    stream: &'s mut Stream,
    buffer: Vec<u8>,
    start: Instant,
    limits: Limits,
    /// Bytes written.
    sent: usize,
    /// The peer's half has ended.
    ended: bool,
    /// Ours cannot be written to any more; what the peer sent before may still be read.
    broken: bool,
    /// What ended the peer's half, where that was not its end.
    error: Option<io::Error>,
}

impl Connection<'_> {
    fn now(&self) -> Moment {
        Moment(self.start.elapsed())
    }

    fn end(&mut self, exchange: &mut Exchange, how: Input<'_>) {
        if !self.ended {
            self.ended = true;
            exchange.receive(how, self.now());
        }
    }

    /// Writes `bytes` in one go, as far as the connection takes them, and reads meanwhile. A peer that takes nothing
    /// for as long as a line may last, or not all before the trial is over, gets no more.
    async fn write(&mut self, exchange: &mut Exchange, bytes: Bytes) {
        let (mut written, mut read) = (0, 0);
        let mut until = self.patience();
        while written < bytes.len() && !self.broken && !exchange.is_done() {
            let progress = tokio::select! {
                biased;
                progress = self.progress(Some(&bytes[written..]), read < UNASKED + self.sent) => progress,
                () = sleep_until(until) => Progress::WriteFailed,
            };
            match progress {
                Progress::Written(count) => {
                    written += count;
                    self.sent += count;
                    (read, until) = (0, self.patience());
                }
                Progress::WriteFailed => self.broken = true,
                Progress::Read(result) => {
                    read += result.as_ref().copied().unwrap_or(0);
                    self.take(exchange, result);
                    // There may be something to read without end.
                    self.broken |= Instant::now() >= until;
                }
            }
        }
    }

    /// When a write that makes no progress is given up.
    fn patience(&self) -> Instant {
        (Instant::now() + self.limits.line).min(self.start + self.limits.trial)
    }

    /// Ends our half.
    async fn shutdown(&mut self) {
        let ended = timeout(self.limits.line, self.stream.shutdown()).await;
        self.broken |= !matches!(ended, Ok(Ok(())));
    }

    /// Reads until the time of a gap is over.
    async fn gap(&mut self, exchange: &mut Exchange) {
        let until = Instant::now() + GAP;
        while Instant::now() < until && !exchange.is_done() {
            self.wait(exchange, until).await;
        }
    }

    async fn wait(&mut self, exchange: &mut Exchange, until: Instant) {
        if self.ended {
            return sleep_until(until).await;
        }
        tokio::select! {
            biased;
            progress = self.progress(None, true) => if let Progress::Read(result) = progress {
                self.take(exchange, result);
            },
            () = sleep_until(until) => {}
        }
    }

    /// Passes a sample on: the one taken before the connections of the trial opened, then what there is now.
    async fn measure(
        &mut self,
        exchange: &mut Exchange,
        descriptors: Option<u32>,
        process: &mut Option<Measured<'_>>,
    ) {
        let usage = match process {
            None => None,
            Some(Measured { before: Some(before), .. }) => Some(*before),
            Some(Measured { watched, .. }) => watched.usage_with(descriptors, self.limits.line).await,
        };
        process.iter_mut().for_each(|process| process.before = None);
        exchange.receive(Input::Usage(usage), self.now());
    }

    fn take(&mut self, exchange: &mut Exchange, result: io::Result<usize>) {
        match result {
            Ok(0) => self.end(exchange, Input::Eof),
            Ok(count) => exchange.receive(Input::Bytes(&self.buffer[..count]), self.now()),
            // TLS without its closing alert.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.end(exchange, Input::Eof),
            Err(error) => {
                self.end(exchange, Input::Reset);
                self.error = Some(error);
            }
        }
    }

    /// Whatever the connection does first: takes bytes, or gives some.
    async fn progress(&mut self, bytes: Option<&[u8]>, reading: bool) -> Progress {
        let Self { stream, buffer, ended, .. } = self;
        poll_fn(|cx| {
            if let Some(bytes) = bytes {
                match Pin::new(&mut **stream).poll_write(cx, bytes) {
                    Poll::Ready(Ok(count)) if count > 0 => {
                        // TLS holds back what it is not told to flush; an error shows at the next write.
                        let _ = Pin::new(&mut **stream).poll_flush(cx);
                        return Poll::Ready(Progress::Written(count));
                    }
                    Poll::Ready(_) => return Poll::Ready(Progress::WriteFailed),
                    Poll::Pending => {}
                }
            }
            if *ended || !reading {
                return Poll::Pending;
            }
            let mut filled = ReadBuf::new(buffer);
            Pin::new(&mut **stream)
                .poll_read(cx, &mut filled)
                .map(|result| Progress::Read(result.map(|()| filled.filled().len())))
        })
        .await
    }
}

enum Progress {
    Written(usize),
    WriteFailed,
    Read(io::Result<usize>),
}
