//! The in-repo peer behind a socket, with a flaw or without.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use wsspec_peer::{Flaw, Output, Peer};

use crate::failure::Failure;

/// A server on a thread for each connection. Dropping it ends the listening; connections end with their clients.
#[derive(Debug)]
pub struct PeerServer {
    address: SocketAddr,
    stopped: Arc<AtomicBool>,
}

impl PeerServer {
    /// Listens on a free port.
    pub fn start(flaw: Option<Flaw>) -> Result<Self, Failure> {
        let failure = |source| Failure::Io { what: "listen on 127.0.0.1".to_owned(), source };
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failure)?;
        let address = listener.local_addr().map_err(failure)?;
        let stopped = Arc::new(AtomicBool::new(false));
        let on_thread = Arc::clone(&stopped);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if on_thread.load(Ordering::Relaxed) {
                    return;
                }
                let peer = flaw.map_or_else(Peer::new, Peer::with);
                // A client that goes away is how every connection ends.
                thread::spawn(move || stream.and_then(|stream| serve(stream, peer)));
            }
        });
        Ok(Self { address, stopped })
    }

    /// The address as a target of wsspec.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }
}

impl Drop for PeerServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener up to see it.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, mut peer: Peer) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 16 << 10];
    loop {
        for output in peer.take() {
            match output {
                Output::Write(bytes) => stream.write_all(&bytes)?,
                Output::Close => {
                    stream.shutdown(Shutdown::Write)?;
                    while stream.read(&mut buffer)? > 0 {}
                    return Ok(());
                }
                Output::Reset => return Ok(()),
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => peer.end(),
            Ok(count) => peer.receive(&buffer[..count]),
        }
    }
}
