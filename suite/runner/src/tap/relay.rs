//! Passes octets between two streams, unchanged, in both directions at once.
//!
//! What an end cannot take yet is kept, at most one piece for each direction, and nothing more is read for it: so an end
//! that does not read stops the other one, as it would without us. A connection that is idle has no buffers.

use std::{
    cell::RefCell,
    future::poll_fn,
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use wsspec_capture::ObservedEnd;
use wsspec_wire::Role;

use super::judge::TapJudge;
use crate::stream::Stream;

/// How much is read at once.
const PIECE: usize = 32 << 10;
/// Pieces in one direction before the other has its turn.
const PIECES_IN_TURN: usize = 8;

thread_local! {
    /// Where octets are read to. They have left it when the next connection has its turn.
    static PIECE_READ: RefCell<Vec<u8>> = RefCell::new(vec![0; PIECE]);
}

/// One direction of a connection.
struct TapHalf {
    from: Role,
    /// What is still to be written, and how much of it has been.
    pending: Vec<u8>,
    written: usize,
    is_flushed: bool,
    state: TapHalfState,
}

/// How far a direction is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TapHalfState {
    /// Octets may follow.
    Open,
    /// Its end has been read, and is to be passed on.
    Ending,
    /// Its end has been passed on.
    Ended,
}

/// Passes octets on until both directions have ended, or one of them breaks off. A reset of one end resets the other.
pub(super) async fn relay(mut client: Stream, mut server: Stream, judge: &mut TapJudge) {
    let (mut up, mut down) = (TapHalf::new(Role::Client), TapHalf::new(Role::Server));
    let done = poll_fn(|cx| {
        PIECE_READ.with_borrow_mut(|piece| {
            let up = up.poll(cx, (&mut client, &mut server), judge, piece)?;
            let down = down.poll(cx, (&mut server, &mut client), judge, piece)?;
            if up.is_ready() && down.is_ready() {
                Poll::Ready(Ok::<(), io::Error>(()))
            } else {
                Poll::Pending
            }
        })
    });
    if done.await.is_err() {
        client.reset_on_close();
        server.reset_on_close();
    }
}

impl TapHalf {
    fn new(from: Role) -> Self {
        Self { from, pending: Vec::new(), written: 0, is_flushed: true, state: TapHalfState::Open }
    }

    /// Passes on what there is; ready once the end has been passed on.
    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        (from, to): (&mut Stream, &mut Stream),
        judge: &mut TapJudge,
        piece: &mut [u8],
    ) -> Poll<io::Result<()>> {
        for _ in 0..PIECES_IN_TURN {
            ready!(self.poll_write(cx, to))?;
            if self.state == TapHalfState::Ended {
                return Poll::Ready(Ok(()));
            }
            let mut read = ReadBuf::new(piece);
            match Pin::new(&mut *from).poll_read(cx, &mut read) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if read.filled().is_empty() => self.end(judge),
                // TLS that ends without saying so: the end of TCP.
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => self.end(judge),
                Poll::Ready(Ok(())) => {
                    // First passed on, then judged.
                    let written = self.poll_pass(cx, to, read.filled());
                    judge.saw(self.from, read.filled());
                    written?;
                }
                Poll::Ready(Err(error)) => {
                    judge.ended(self.from, ObservedEnd::Reset);
                    return Poll::Ready(Err(error));
                }
            }
        }
        // The other direction, and other connections, have waited long enough.
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn end(&mut self, judge: &mut TapJudge) {
        self.state = TapHalfState::Ending;
        judge.ended(self.from, ObservedEnd::Eof);
    }

    /// Writes what has just been read, and keeps the rest of it.
    fn poll_pass(&mut self, cx: &mut Context<'_>, to: &mut Stream, bytes: &[u8]) -> io::Result<()> {
        let written = match Pin::new(&mut *to).poll_write(cx, bytes) {
            Poll::Ready(written) => written?,
            Poll::Pending => 0,
        };
        self.is_flushed = false;
        self.pending.extend_from_slice(&bytes[written..]);
        Ok(())
    }

    /// Writes what was kept, and passes on the end if there is one.
    fn poll_write(&mut self, cx: &mut Context<'_>, to: &mut Stream) -> Poll<io::Result<()>> {
        while self.written < self.pending.len() {
            let written = ready!(Pin::new(&mut *to).poll_write(cx, &self.pending[self.written..]))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.written += written;
        }
        (self.pending, self.written) = (Vec::new(), 0);
        if !self.is_flushed {
            ready!(Pin::new(&mut *to).poll_flush(cx))?;
            self.is_flushed = true;
        }
        if self.state == TapHalfState::Ending {
            ready!(Pin::new(&mut *to).poll_shutdown(cx))?;
            self.state = TapHalfState::Ended;
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
        runtime::Builder,
        sync::mpsc::unbounded_channel,
        task::{JoinHandle, yield_now},
    };
    use wsspec_capture::{Ledger, ObserverSettings, RuleBook};

    use super::*;
    use crate::tap::TapLedger;

    /// A relay between two ends, each with room for `room` octets on its way.
    fn between(room: usize) -> (DuplexStream, DuplexStream, TapLedger, JoinHandle<()>) {
        let ((client, near), (far, server)) = (duplex(room), duplex(room));
        let ledger = TapLedger::new(Ledger::new(RuleBook::default()));
        let judge = TapJudge::new(1, ObserverSettings::default(), ledger.clone(), unbounded_channel().0);
        let task = tokio::spawn(async move {
            let mut judge = judge;
            relay(Box::new(near), Box::new(far), &mut judge).await;
        });
        (client, server, ledger, task)
    }

    /// Writes and ends, and reads to the end meanwhile.
    async fn exchange(end: DuplexStream, pieces: &[Vec<u8>]) -> Vec<u8> {
        let (mut reading, mut writing) = tokio::io::split(end);
        let write = async {
            for piece in pieces {
                writing.write_all(piece).await.unwrap();
            }
            writing.shutdown().await.unwrap();
        };
        let mut all = Vec::new();
        let (read, ()) = tokio::join!(reading.read_to_end(&mut all), write);
        read.unwrap();
        all
    }

    fn pieces() -> impl Strategy<Value = Vec<Vec<u8>>> {
        let opening = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n".to_vec();
        let accepted = b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\n\r\n".to_vec();
        let piece =
            prop_oneof![Just(opening), Just(accepted), proptest::collection::vec(any::<u8>(), 1..400)];
        proptest::collection::vec(piece, 0..12)
    }

    proptest! {
        #[test]
        fn octets_and_ends_pass_unchanged(up in pieces(), down in pieces(), room in 1..300_usize) {
            let runtime = Builder::new_current_thread().build().unwrap();
            let (got_up, got_down, octets) = runtime.block_on(async {
                let (client, server, ledger, task) = between(room);
                let (down, up) = tokio::join!(exchange(client, &up), exchange(server, &down));
                task.await.unwrap();
                (up, down, ledger.read(|ledger| ledger.count.octets))
            });
            prop_assert_eq!(octets, [got_up.len() as u64, got_down.len() as u64]);
            prop_assert_eq!(got_up, up.concat());
            prop_assert_eq!(got_down, down.concat());
        }
    }

    #[tokio::test]
    async fn an_end_that_does_not_read_stops_the_other_one() {
        let (mut client, mut server, ..) = between(1000);
        let (mut sent, mut refused) = (0, 0);
        while refused < 20 {
            let piece = [b'x'; 500];
            let written = poll_fn(|cx| Poll::Ready(Pin::new(&mut client).poll_write(cx, &piece))).await;
            match written {
                Poll::Ready(count) => (sent, refused) = (sent + count.unwrap(), 0),
                Poll::Pending => refused += 1,
            }
            yield_now().await;
        }
        assert!(sent <= 2 * 1000 + PIECE, "{sent}");
        drop(client);
        let mut all = Vec::new();
        server.read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len(), sent);
    }
}
