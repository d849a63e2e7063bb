//! Our own peer behind a socket, with or without a flaw.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
    thread,
    time::Duration,
};

use wsspec_peer::{Flaw, Peer, PeerOutput};

use crate::{failure::RecipeError, listener::ThreadedServer};

/// Serves on a free port.
pub fn start(flaw: Option<Flaw>) -> Result<ThreadedServer, RecipeError> {
    ThreadedServer::start(move |stream| serve(stream, flaw.map_or_else(Peer::new, Peer::with)))
}

/// How long a connection is held after its client has ended it, if the flaw is to keep it open. Nobody waits longer.
const HELD: Duration = Duration::from_secs(3);

fn serve(mut stream: TcpStream, mut peer: Peer) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut buffer = [0; 16 << 10];
    let mut is_ended = false;
    loop {
        for output in peer.take() {
            match output {
                PeerOutput::Write(bytes) => stream.write_all(&bytes)?,
                PeerOutput::Close => {
                    stream.shutdown(Shutdown::Write)?;
                    while stream.read(&mut buffer)? > 0 {}
                    return Ok(());
                }
                PeerOutput::Reset => return Ok(()),
            }
        }
        match stream.read(&mut buffer) {
            Ok(0) if is_ended => {
                thread::sleep(HELD);
                return Ok(());
            }
            Ok(0) => {
                peer.end();
                is_ended = true;
            }
            Err(error) => return Err(error),
            Ok(count) => peer.receive(&buffer[..count]),
        }
    }
}
