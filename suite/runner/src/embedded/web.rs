//! The embedded servers of SockJS and Engine.IO: our conforming ones, whose sessions are on many connections.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::{Instant, sleep_until},
};
use wsspec_peer::{PeerOutput, WebServer};

/// How long it waits at most before it looks whether something is due.
const TICK: Duration = Duration::from_millis(500);

/// The server, and where its output goes.
struct SharedServer<S> {
    server: S,
    start: Instant,
    /// By the number of the connection.
    writers: HashMap<u32, UnboundedSender<PeerOutput>>,
}

impl<S: WebServer> SharedServer<S> {
    /// Does something, and passes on what follows from it.
    fn act(&mut self, act: impl FnOnce(&mut S)) {
        self.server.advance(self.start.elapsed());
        act(&mut self.server);
        for (connection, output) in self.server.take() {
            if let Some(writer) = self.writers.get(&connection) {
                // A connection that is over reads nothing more.
                let _ = writer.send(output);
            }
        }
    }
}

/// Serves each connection with the same server.
pub(super) async fn serve<S: WebServer + Send + 'static>(listener: std::net::TcpListener) {
    let Ok(listener) = TcpListener::from_std(listener) else { return };
    let (server, start) = (S::conforming(), Instant::now());
    let shared = Arc::new(Mutex::new(SharedServer { server, start, writers: HashMap::new() }));
    let mut number = 0;
    loop {
        let due = locked(&shared).server.wake().map(|at| start + at);
        let tick = Instant::now() + TICK;
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                let _ = stream.set_nodelay(true);
                number += 1;
                let (writer, outputs) = unbounded_channel();
                locked(&shared).writers.insert(number, writer);
                tokio::spawn(connection(stream, number, shared.clone(), outputs));
            }
            () = sleep_until(due.map_or(tick, |due| due.min(tick))) => locked(&shared).act(|_| {}),
        }
    }
}

fn locked<S>(shared: &Mutex<SharedServer<S>>) -> MutexGuard<'_, SharedServer<S>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn connection<S: WebServer + Send>(
    mut stream: TcpStream,
    number: u32,
    shared: Arc<Mutex<SharedServer<S>>>,
    mut outputs: UnboundedReceiver<PeerOutput>,
) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        tokio::select! {
            output = outputs.recv() => match output {
                Some(PeerOutput::Write(octets)) => {
                    let octets: Bytes = octets;
                    if stream.write_all(&octets).await.is_err() {
                        break;
                    }
                }
                Some(PeerOutput::Close) => {
                    let _ = stream.shutdown().await;
                    break;
                }
                Some(PeerOutput::Reset) | None => break,
            },
            count = stream.read(&mut buffer) => match count {
                Ok(count) if count > 0 => locked(&shared).act(|server| server.receive(number, &buffer[..count])),
                _ => break,
            },
        }
    }
    let mut shared = locked(&shared);
    shared.writers.remove(&number);
    shared.act(|server| server.end(number));
}
