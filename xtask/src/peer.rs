//! The in-repo peer behind a socket, with a flaw or without.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, TcpStream},
};

use wsspec_peer::{Flaw, Output, Peer};

use crate::{failure::Failure, listener::ThreadedServer};

/// Serves on a free port.
pub fn start(flaw: Option<Flaw>) -> Result<ThreadedServer, Failure> {
    ThreadedServer::start(move |stream| serve(stream, flaw.map_or_else(Peer::new, Peer::with)))
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
