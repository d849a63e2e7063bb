//! A connection of QUIC as one stream of octets: what happens on its streams, step by step, for a player above.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use quinn::{
    ApplicationClose, Connection, ConnectionError, ReadError, RecvStream, SendStream, VarInt, WriteError,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split},
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};
use wsspec_carriers::{QuicReader, QuicStep};

/// Octets between the player and the connection, in each direction.
const BUFFER: usize = 64 << 10;
/// Octets read from a stream at once.
const CHUNK: usize = 16 << 10;
/// Steps that wait for the player.
const STEPS: usize = 16;
/// How long the peer has to acknowledge the last octets.
const LINGER: Duration = Duration::from_secs(1);
/// H3_NO_ERROR (RFC 9114, 8.1).
const NO_ERROR: u32 = 0x100;

/// Streams that are open, and how to stop reading them.
#[derive(Default)]
struct OpenStreams {
    sends: HashMap<u64, SendStream>,
    stops: HashMap<u64, oneshot::Sender<VarInt>>,
}

#[derive(Clone, Default)]
struct SharedStreams(Arc<Mutex<OpenStreams>>);

impl SharedStreams {
    /// Nothing waits while it has the streams.
    fn with<T>(&self, task: impl FnOnce(&mut OpenStreams) -> T) -> T {
        task(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The stream of steps of a connection. The connection is closed once the player has ended its half.
pub(crate) fn over_quic(connection: Connection) -> DuplexStream {
    let (ours, theirs) = duplex(BUFFER);
    let (from_player, to_player) = split(theirs);
    let (steps, waiting) = mpsc::channel(STEPS);
    let (opened, newly_opened) = mpsc::unbounded_channel();
    let shared = SharedStreams::default();
    tokio::spawn(deliver(waiting, to_player));
    let incoming = QuicIncoming { connection: connection.clone(), shared: shared.clone(), steps };
    tokio::spawn(incoming.run(newly_opened));
    tokio::spawn(QuicOutgoing { connection, shared, opened }.run(from_player));
    ours
}

/// Passes steps on to the player until there are no more.
async fn deliver(mut waiting: mpsc::Receiver<QuicStep>, mut to_player: WriteHalf<DuplexStream>) {
    while let Some(step) = waiting.recv().await {
        let mut octets = BytesMut::new();
        step.encode(&mut octets);
        if to_player.write_all(&octets).await.is_err() {
            return;
        }
    }
    let _ = to_player.shutdown().await;
}

/// What the peer does.
struct QuicIncoming {
    connection: Connection,
    shared: SharedStreams,
    steps: mpsc::Sender<QuicStep>,
}

impl QuicIncoming {
    async fn run(self, mut opened: mpsc::UnboundedReceiver<RecvStream>) {
        let mut readers = JoinSet::new();
        loop {
            let stream = tokio::select! {
                accepted = self.connection.accept_uni() => accepted.ok(),
                accepted = self.connection.accept_bi() => accepted.ok().map(|(send, recv)| {
                    self.shared.with(|open| open.sends.insert(send.id().into(), send));
                    recv
                }),
                Some(stream) = opened.recv() => Some(stream),
                Some(_) = readers.join_next() => continue,
            };
            match stream {
                Some(stream) => drop(readers.spawn(self.reader(stream))),
                None => break,
            }
        }
        // Streams that were opened just before the end.
        while let Ok(stream) = opened.try_recv() {
            readers.spawn(self.reader(stream));
        }
        while readers.join_next().await.is_some() {}
        if let Some(ConnectionError::ApplicationClosed(ApplicationClose { error_code, .. })) =
            self.connection.close_reason()
        {
            let _ = self.steps.send(QuicStep::Close { code: error_code.into() }).await;
        }
    }

    fn reader(&self, stream: RecvStream) -> impl Future<Output = ()> + Send + 'static {
        let (stop, stopped) = oneshot::channel();
        self.shared.with(|open| open.stops.insert(stream.id().into(), stop));
        read(stream, stopped, self.steps.clone())
    }
}

/// Reads a stream to its end.
async fn read(mut recv: RecvStream, mut stopped: oneshot::Receiver<VarInt>, steps: mpsc::Sender<QuicStep>) {
    let stream = recv.id().into();
    loop {
        let chunk = tokio::select! {
            chunk = recv.read_chunk(CHUNK, true) => chunk,
            Ok(code) = &mut stopped => {
                let _ = recv.stop(code);
                return;
            }
        };
        let (step, is_last) = match chunk {
            Ok(Some(chunk)) => (QuicStep::Data { stream, bytes: chunk.bytes }, false),
            Ok(None) => (QuicStep::End { stream }, true),
            Err(ReadError::Reset(code)) => (QuicStep::Reset { stream, code: code.into() }, true),
            Err(_) => return,
        };
        if steps.send(step).await.is_err() || is_last {
            return;
        }
    }
}

/// What the player does.
struct QuicOutgoing {
    connection: Connection,
    shared: SharedStreams,
    /// Streams in both directions that the player has opened.
    opened: mpsc::UnboundedSender<RecvStream>,
}

impl QuicOutgoing {
    async fn run(self, mut from_player: ReadHalf<DuplexStream>) {
        let mut steps = QuicReader::default();
        let mut buffer = vec![0; CHUNK];
        loop {
            let count = tokio::select! {
                read = from_player.read(&mut buffer) => read.unwrap_or(0),
                _ = self.connection.closed() => return,
            };
            if count == 0 {
                break;
            }
            steps.push(&buffer[..count]);
            while let Ok(Some(step)) = steps.take() {
                if self.step(step).await.is_none() {
                    return;
                }
            }
        }
        self.end().await;
    }

    /// `None`: the connection has ended.
    async fn step(&self, step: QuicStep) -> Option<()> {
        match step {
            QuicStep::Data { stream, bytes } => return self.data(stream, bytes).await,
            QuicStep::End { stream } => self.shared.with(|open| {
                let _ = open.sends.get_mut(&stream).map(SendStream::finish);
            }),
            QuicStep::Reset { stream, code } => self.shared.with(|open| {
                let _ = open.sends.remove(&stream).map(|mut send| send.reset(number(code)));
            }),
            QuicStep::Stop { stream, code } => self.shared.with(|open| {
                let _ = open.stops.remove(&stream).map(|stop| stop.send(number(code)));
            }),
            QuicStep::Close { code } => {
                self.connection.close(number(code), b"");
                return None;
            }
        }
        Some(())
    }

    async fn data(&self, stream: u64, bytes: Bytes) -> Option<()> {
        let known = self.shared.with(|open| open.sends.remove(&stream));
        let mut send = match known {
            Some(send) => send,
            None if stream & 2 != 0 => self.connection.open_uni().await.ok()?,
            None => {
                let (send, recv) = self.connection.open_bi().await.ok()?;
                let _ = self.opened.send(recv);
                send
            }
        };
        match send.write_all(&bytes).await {
            Err(WriteError::ConnectionLost(_)) => return None,
            // Where the peer reads no more, what follows on the stream is lost, too.
            Ok(()) | Err(_) => self.shared.with(|open| open.sends.insert(stream, send)),
        };
        Some(())
    }

    /// Waits until the peer has what was sent before the end of each stream, and closes the connection.
    async fn end(&self) {
        let mut sends = self.shared.with(|open| std::mem::take(&mut open.sends));
        for (stream, send) in &mut sends {
            // The others go on until the connection ends: one that is dropped ends, and a control stream must not (RFC 9114,
            // 6.2.1).
            if stream & 2 == 0 {
                let _ = send.finish();
                let _ = timeout(LINGER, send.stopped()).await;
            }
        }
        self.connection.close(VarInt::from_u32(NO_ERROR), b"");
        drop(sends);
    }
}

fn number(code: u64) -> VarInt {
    VarInt::from_u64(code).unwrap_or(VarInt::MAX)
}
