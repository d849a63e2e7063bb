//! The connections of a trial that plays on several: opens them as the exchange asks, and passes everything on in one stream.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{StreamExt, stream::FuturesUnordered};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, split},
    sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel},
};
use wsspec_carriers::{BundleKind, BundlePiece, BundleReader};

use crate::{
    dial::{DialError, Dialer},
    stream::Stream,
};

/// Octets that are read at once.
const READ: usize = 16 << 10;
/// Octets in either direction that wait in the stream of the bundle.
const ROOM: usize = 64 << 10;
/// Pieces that wait for room there.
const WAITING: usize = 16;

/// The connections of one trial.
pub(crate) struct Bundle<'d> {
    dialer: &'d Dialer,
    /// Why the first one that could not be opened could not.
    failure: Mutex<Option<DialError>>,
}

impl<'d> Bundle<'d> {
    /// Connections to the server that this dialer leads to; none is open yet.
    pub(crate) const fn new(dialer: &'d Dialer) -> Self {
        Self { dialer, failure: Mutex::new(None) }
    }

    /// Both ends of a stream for a bundle: the exchange's, and that to serve.
    pub(crate) fn stream() -> (Stream, DuplexStream) {
        let (near, far) = tokio::io::duplex(ROOM);
        (Box::new(near), far)
    }

    /// Why a connection could not be opened, if one could not.
    pub(crate) fn take_failure(&self) -> Option<DialError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Serves the stream until its other end is dropped.
    pub(crate) async fn serve(&self, stream: DuplexStream) {
        let (mut from, mut to) = split(stream);
        let (out, mut pieces) = channel(WAITING);
        let mut known: HashMap<u32, UnboundedSender<BundlePiece>> = HashMap::new();
        let mut running = FuturesUnordered::new();
        let (mut reader, mut buffer) = (BundleReader::default(), vec![0; READ]);
        loop {
            tokio::select! {
                Some(piece) = pieces.recv() => {
                    let piece: BundlePiece = piece;
                    if to.write_all(&piece.encode()).await.is_err() {
                        return;
                    }
                }
                count = from.read(&mut buffer) => match count {
                    Ok(count) if count > 0 => reader.push(&buffer[..count]),
                    _ => return,
                },
                Some(()) = running.next(), if !running.is_empty() => {}
            }
            while let Some(piece) = reader.next_piece() {
                let connection = piece.connection;
                let commands = known.entry(connection).or_insert_with(|| {
                    let (commands, received) = unbounded_channel();
                    running.push(self.connection(connection, received, out.clone()));
                    commands
                });
                // One that is over takes no more.
                let _ = commands.send(piece);
            }
        }
    }

    /// One connection, from its first octets on.
    async fn connection(
        &self,
        number: u32,
        mut commands: UnboundedReceiver<BundlePiece>,
        out: Sender<BundlePiece>,
    ) {
        let mut stream = match self.dialer.dial().await {
            Ok(stream) => stream,
            Err(error) => {
                let octets = Bytes::from(error.to_string());
                self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                let _ = out.send(BundlePiece { connection: number, kind: BundleKind::Failed, octets }).await;
                return;
            }
        };
        if relay(&mut stream, number, &mut commands, &out).await == BundleKind::Reset {
            stream.reset_on_close();
            let _ = out.send(BundlePiece::of(number, BundleKind::Reset)).await;
        }
    }
}

/// Passes octets on in both directions until we end the connection; how.
async fn relay(
    stream: &mut Stream,
    number: u32,
    commands: &mut UnboundedReceiver<BundlePiece>,
    out: &Sender<BundlePiece>,
) -> BundleKind {
    let (mut from, mut to) = split(stream);
    let (mut pending, mut buffer) = (BytesMut::new(), vec![0; READ]);
    let (mut reads, mut ends) = (true, false);
    loop {
        tokio::select! {
            command = commands.recv(), if pending.is_empty() && !ends => match command {
                Some(BundlePiece { kind: BundleKind::Data, octets, .. }) => pending.extend_from_slice(&octets),
                Some(BundlePiece { kind: BundleKind::Reset, .. }) => return BundleKind::Reset,
                // Only the WebSocket has a use for the other half.
                Some(_) if number == 0 => ends = to.shutdown().await.is_ok() || !reads,
                Some(_) | None => return BundleKind::End,
            },
            count = to.write(&pending), if !pending.is_empty() => match count {
                Ok(count) if count > 0 => {
                    pending.advance(count);
                    let _ = to.flush().await;
                }
                // What the server sent before may still be read.
                _ => pending.clear(),
            },
            count = from.read(&mut buffer), if reads => {
                let piece = match count {
                    Ok(0) => BundlePiece::of(number, BundleKind::End),
                    Ok(count) => BundlePiece::data(number, Bytes::copy_from_slice(&buffer[..count])),
                    Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                        BundlePiece::of(number, BundleKind::End)
                    }
                    Err(_) => BundlePiece::of(number, BundleKind::Reset),
                };
                reads = piece.kind == BundleKind::Data;
                let _ = out.send(piece).await;
            }
            else => return BundleKind::End,
        }
    }
}
