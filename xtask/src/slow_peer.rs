//! Our own peer behind a socket, slow and far away, but conforming.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use wsspec_peer::{Peer, PeerOutput, PeerPacing};

use crate::{failure::RecipeError, listener::ThreadedServer};

/// How many segments may be in transit; the sender keeps the rest.
const UNDER_WAY: usize = 64;

/// Something in transit, and when it arrives.
struct InTransit<T> {
    what: T,
    due: Instant,
}

/// Serves on a free port.
pub fn start(pacing: PeerPacing) -> Result<ThreadedServer, RecipeError> {
    let turn = Arc::new(Mutex::new(()));
    ThreadedServer::start(move |stream| serve(stream, pacing, &turn))
}

fn serve(stream: TcpStream, pacing: PeerPacing, turn: &Mutex<()>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (to_peer, arriving) = sync_channel(UNDER_WAY);
    let (to_client, leaving) = sync_channel(UNDER_WAY);
    let (reading, writing) = (stream.try_clone()?, stream);
    thread::spawn(move || read(reading, pacing, &to_peer));
    thread::spawn(move || write(writing, &leaving));
    play(pacing, turn, &arriving, &to_client);
    Ok(())
}

/// Passes on bytes, an empty segment at their end. Bytes that arrive when nobody listens are still read: a stream
/// with unread bytes would be reset at its end.
fn read(mut stream: TcpStream, pacing: PeerPacing, to_peer: &SyncSender<InTransit<Vec<u8>>>) {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let count = stream.read(&mut buffer).unwrap_or(0);
        let due = Instant::now() + pacing.way();
        let _ = to_peer.send(InTransit { what: buffer[..count].to_vec(), due });
        if count == 0 {
            return;
        }
    }
}

/// Plays the peer until it ends the connection, or until the client has ended it and the peer has nothing to send.
fn play(
    pacing: PeerPacing,
    turn: &Mutex<()>,
    arriving: &Receiver<InTransit<Vec<u8>>>,
    to_client: &SyncSender<InTransit<PeerOutput>>,
) {
    let mut peer = Peer::new();
    let mut is_new = true;
    while let Ok(InTransit { what, due }) = arriving.recv() {
        sleep_until(due);
        if std::mem::take(&mut is_new) {
            let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
            thread::sleep(pacing.handshake);
        }
        thread::sleep(pacing.reading(what.len()));
        if what.is_empty() {
            peer.end();
        } else {
            peer.receive(&what);
        }
        for output in peer.take() {
            let is_last = !matches!(output, PeerOutput::Write(_));
            let due = Instant::now() + pacing.way();
            if to_client.send(InTransit { what: output, due }).is_err() || is_last {
                return;
            }
        }
        if what.is_empty() {
            return;
        }
    }
}

fn write(mut stream: TcpStream, leaving: &Receiver<InTransit<PeerOutput>>) {
    while let Ok(InTransit { what, due }) = leaving.recv() {
        sleep_until(due);
        let written = match what {
            PeerOutput::Write(bytes) => stream.write_all(&bytes),
            PeerOutput::Close => stream.shutdown(Shutdown::Write),
            PeerOutput::Reset => stream.shutdown(Shutdown::Both),
        };
        if written.is_err() {
            return;
        }
    }
}

fn sleep_until(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now()).max(Duration::ZERO));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_peer_answers_the_opening_handshake_after_the_way_there_and_back() {
        let pacing = PeerPacing { round_trip: Duration::from_millis(60), ..PeerPacing::default() };
        let server = start(pacing).unwrap();
        let mut stream = TcpStream::connect(server.url().trim_start_matches("ws://")).unwrap();
        let began = Instant::now();
        let request = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        stream.write_all(request.as_bytes()).unwrap();
        let mut buffer = [0; 4096];
        let count = stream.read(&mut buffer).unwrap();
        assert!(buffer[..count].starts_with(b"HTTP/1.1 101 "));
        assert!(began.elapsed() >= pacing.round_trip);
    }
}
