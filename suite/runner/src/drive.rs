//! Drives an exchange over a connection: writes what it says, reads all the while, wakes it up in time.

use std::{future::poll_fn, io, pin::Pin, task::Poll};

use bytes::Bytes;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf},
    time::{Instant, sleep_until},
};
use wsspec_exchange::{Action, Exchange, Input, Moment};

use crate::dial::Stream;

/// Bytes read at once.
const READ_SIZE: usize = 16 << 10;

/// Runs an exchange to its end. The connection is left open.
pub(crate) async fn drive(exchange: &mut Exchange, stream: &mut Stream, start: Instant) {
    let mut connection =
        Connection { stream, buffer: vec![0; READ_SIZE], start, ended: false, broken: false };
    loop {
        match exchange.next(connection.now()) {
            Action::Write(bytes) => connection.write(exchange, bytes).await,
            Action::Shutdown => {
                connection.broken |= connection.stream.shutdown().await.is_err();
            }
            Action::Reset => {
                connection.stream.reset_on_close();
                let _ = connection.stream.shutdown().await;
                connection.end(exchange, Input::Reset);
            }
            Action::Wait(until) => connection.wait(exchange, start + until.0).await,
            Action::Done => return,
        }
    }
}

struct Connection<'s> {
    stream: &'s mut Stream,
    buffer: Vec<u8>,
    start: Instant,
    /// The peer's half has ended.
    ended: bool,
    /// Ours cannot be written to any more; what the peer sent before may still be read.
    broken: bool,
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

    /// Writes `bytes` in one go, as far as the connection takes them, and reads meanwhile.
    async fn write(&mut self, exchange: &mut Exchange, bytes: Bytes) {
        let mut written = 0;
        while written < bytes.len() && !self.broken && !exchange.is_done() {
            match self.progress(Some(&bytes[written..])).await {
                Progress::Written(count) => written += count,
                Progress::WriteFailed => self.broken = true,
                Progress::Read(result) => self.take(exchange, result),
            }
        }
    }

    async fn wait(&mut self, exchange: &mut Exchange, until: Instant) {
        if self.ended {
            return sleep_until(until).await;
        }
        tokio::select! {
            biased;
            progress = self.progress(None) => if let Progress::Read(result) = progress {
                self.take(exchange, result);
            },
            () = sleep_until(until) => {}
        }
    }

    fn take(&mut self, exchange: &mut Exchange, result: io::Result<usize>) {
        match result {
            Ok(0) => self.end(exchange, Input::Eof),
            Ok(count) => exchange.receive(Input::Bytes(&self.buffer[..count]), self.now()),
            // TLS without its closing alert.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.end(exchange, Input::Eof),
            Err(_) => self.end(exchange, Input::Reset),
        }
    }

    /// Whatever the connection does first: takes bytes, or gives some.
    async fn progress(&mut self, bytes: Option<&[u8]>) -> Progress {
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
            if *ended {
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
