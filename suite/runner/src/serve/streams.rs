//! A client's connection of HTTP/2: each stream is served as a connection of its own, beside the others.

use std::{
    collections::{HashMap, VecDeque},
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex, split},
    sync::{Semaphore, mpsc},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use wsspec_carriers::{Http2Splitter, SplitEvent};
use wsspec_referee::ClientTls;
use wsspec_wire::RequestHead;

use super::ClientConnection;
use crate::stream::Stream;

/// Octets under way between a stream and who plays it.
const BUFFER: usize = 64 << 10;
/// Bytes to read at once.
const READ_SIZE: usize = 16 << 10;
/// Pieces that a player may have sent and that have not gone out.
const PIECES: usize = 4;
/// Octets for a player that reads nothing; more than any window has room for.
const MOST_UNREAD: usize = 4 << 20;
/// Octets for a client that reads nothing: above that, it is dropped.
const MOST_UNSENT: usize = 4 << 20;
/// How long a connection is kept without a stream.
const IDLE: Duration = Duration::from_secs(60);

/// A connection that has agreed on HTTP/2.
pub(crate) struct ClientStreams {
    stream: Stream,
    tls: Option<ClientTls>,
    address: SocketAddr,
    /// Streams are reset that a client does not end.
    abandons: bool,
}

/// The way to the player of a stream.
struct ToPlayer {
    octets: mpsc::UnboundedSender<Bytes>,
    unread: Arc<AtomicUsize>,
    /// Room for pieces that it sends.
    room: Arc<Semaphore>,
    /// Pieces whose room is taken.
    taken: usize,
}

/// What a player has sent; `None`: it has ended.
type FromPlayer = (u32, Option<Bytes>);

/// The streams that are being served.
struct Served {
    splitter: Http2Splitter,
    players: HashMap<u32, ToPlayer>,
    said: mpsc::Sender<FromPlayer>,
    tasks: JoinSet<()>,
    abandons: bool,
}

impl ClientStreams {
    pub(super) fn new(stream: Stream, tls: Option<ClientTls>, address: SocketAddr) -> Self {
        Self { stream, tls, address, abandons: false }
    }

    /// Resets the streams that the client does not end, once they are served.
    pub(crate) fn abandoning(self) -> Self {
        Self { abandons: true, ..self }
    }

    /// Passes each stream to `handle`, until the client leaves. `patience` is for its first request.
    pub(crate) async fn serve<F>(self, patience: Duration, handle: impl Fn(ClientConnection) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let Self { stream, tls, address, abandons } = self;
        let (said, mut heard) = mpsc::channel(PIECES);
        let mut served = Served {
            splitter: Http2Splitter::new(),
            players: HashMap::new(),
            said,
            tasks: JoinSet::new(),
            abandons,
        };
        let open =
            |stream, request| handle(ClientConnection::of_stream(stream, tls.clone(), address, request));
        let (mut reader, mut writer) = split(stream);
        let (mut buffer, mut unsent) = (vec![0; READ_SIZE], BytesMut::new());
        let mut leaves = Instant::now() + patience;
        loop {
            unsent.extend(served.splitter.take());
            if unsent.len() > MOST_UNSENT {
                break;
            }
            let events = tokio::select! {
                written = writer.write(&unsent), if !unsent.is_empty() => match written {
                    Ok(count @ 1..) => {
                        unsent.advance(count);
                        let _ = writer.flush().await;
                        Vec::new()
                    }
                    _ => break,
                },
                read = reader.read(&mut buffer) => match read {
                    Ok(count @ 1..) => served.splitter.read(&buffer[..count]),
                    _ => break,
                },
                Some((stream, octets)) = heard.recv(), if unsent.is_empty() => served.take(stream, octets),
                () = sleep_until(leaves), if served.players.is_empty() => break,
            };
            if !served.players.is_empty() || !events.is_empty() {
                leaves = Instant::now() + IDLE;
            }
            if served.tell(events, &open).is_err() {
                unsent.extend(served.splitter.take());
                let _ = writer.write_all(&unsent).await;
                break;
            }
            served.make_room();
            while served.tasks.try_join_next().is_some() {}
        }
        let _ = writer.shutdown().await;
        let Served { players, said, mut tasks, .. } = served;
        drop((players, said, heard));
        while tasks.join_next().await.is_some() {}
    }
}

/// The connection cannot go on.
struct CannotGoOn;

impl Served {
    /// Takes what a player has sent.
    fn take(&mut self, stream: u32, octets: Option<Bytes>) -> Vec<SplitEvent> {
        let Some(bytes) = octets else {
            self.players.remove(&stream);
            return match self.abandons {
                true => self.splitter.abandon(stream),
                false => self.splitter.leave(stream),
            };
        };
        if let Some(player) = self.players.get_mut(&stream) {
            player.taken += 1;
        }
        self.splitter.send(stream, &bytes)
    }

    /// Lets players send whose pieces have gone out.
    fn make_room(&mut self) {
        for (stream, player) in &mut self.players {
            if player.taken > 0 && !self.splitter.is_blocked(*stream) {
                player.room.add_permits(std::mem::take(&mut player.taken));
            }
        }
    }

    fn tell<F>(
        &mut self,
        events: Vec<SplitEvent>,
        open: &impl Fn(Stream, RequestHead) -> F,
    ) -> Result<(), CannotGoOn>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut events = VecDeque::from(events);
        while let Some(event) = events.pop_front() {
            match event {
                SplitEvent::Opened { stream, request } => {
                    let handled = open(self.player(stream), *request);
                    self.tasks.spawn(handled);
                }
                SplitEvent::Octets { stream, bytes } => {
                    let Some(player) = self.players.get(&stream) else { continue };
                    let unread = player.unread.fetch_add(bytes.len(), Relaxed);
                    if unread > MOST_UNREAD {
                        events.extend(self.splitter.refuse(stream));
                    } else {
                        // Who has ended reads nothing.
                        let _ = player.octets.send(bytes);
                    }
                }
                SplitEvent::Over { stream } => drop(self.players.remove(&stream)),
                SplitEvent::Broken(_) => return Err(CannotGoOn),
            }
        }
        Ok(())
    }

    /// The connection of a new stream.
    fn player(&mut self, stream: u32) -> Stream {
        let (ours, theirs) = duplex(BUFFER);
        let (from, to) = split(ours);
        let (octets, written) = mpsc::unbounded_channel();
        let (unread, room) = (Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(PIECES)));
        self.tasks.spawn(write(to, written, unread.clone()));
        self.tasks.spawn(read(from, stream, self.said.clone(), room.clone()));
        self.players.insert(stream, ToPlayer { octets, unread, room, taken: 0 });
        Box::new(theirs)
    }
}

/// Passes on what the client sends on a stream, until that is over.
async fn write(
    mut to: WriteHalf<DuplexStream>,
    mut octets: mpsc::UnboundedReceiver<Bytes>,
    unread: Arc<AtomicUsize>,
) {
    while let Some(bytes) = octets.recv().await {
        if to.write_all(&bytes).await.is_err() {
            return;
        }
        unread.fetch_sub(bytes.len(), Relaxed);
    }
    let _: io::Result<()> = to.shutdown().await;
}

/// Passes on what the player of a stream sends, and its end.
async fn read(
    mut from: ReadHalf<DuplexStream>,
    stream: u32,
    said: mpsc::Sender<FromPlayer>,
    room: Arc<Semaphore>,
) {
    let mut buffer = vec![0; READ_SIZE];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let Ok(place) = room.acquire().await else { return };
        place.forget();
        if said.send((stream, Some(Bytes::copy_from_slice(&buffer[..count])))).await.is_err() {
            return;
        }
    }
    let _ = said.send((stream, None)).await;
}
