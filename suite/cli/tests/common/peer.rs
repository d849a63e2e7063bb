//! Our own peer on a stream: as a server, or as the echo client that a test becomes when it is started again with an
//! address in its environment.

#![allow(dead_code, reason = "not every test file uses all of it")]

use std::{
    env,
    io::{Read, Write},
    net::{Shutdown, TcpStream},
    path::Path,
    sync::Arc,
};

use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, crypto::ring};
use wsspec_peer::{Client, Flaw, Peer, PeerOutput};

/// The address that the client connects to.
pub const URL: &str = "WSSPEC_TEST_URL";
/// Its flaw.
pub const FLAW: &str = "WSSPEC_TEST_FLAW";
/// The file of the authority that it trusts, if its address is a `wss://` one.
pub const AUTHORITY: &str = "WSSPEC_TEST_AUTHORITY";

/// The command that starts this test binary again, as its ignored test `test`, with `variables`.
pub fn started(test: &str, variables: &[(&str, &str)]) -> String {
    let set: String = variables.iter().map(|(name, value)| format!("{name}='{value}' ")).collect();
    format!("{set}exec '{}' --ignored --exact {test} --nocapture", env::current_exe().unwrap().display())
}

/// A variable that is set, and not to nothing.
pub fn given(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The flaw that the environment names.
pub fn flaw() -> Option<Flaw> {
    given(FLAW).and_then(|name| Flaw::named(&name))
}

/// Seeds that another process does not have.
pub fn seed() -> u64 {
    u64::from(std::process::id()) << 16
}

/// The host and port in a URI.
pub fn authority(url: &str) -> &str {
    url.split_once("://").unwrap().1.split(['/', '?', '#']).next().unwrap()
}

pub fn connected(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// A connection over TLS that trusts what the file contains, and checks the name.
pub fn connected_over_tls(address: &str, file: &Path) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(file).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let host = address.rsplit_once(':').unwrap().0.to_owned();
    let tls = ClientConnection::new(Arc::new(config), ServerName::try_from(host).unwrap()).unwrap();
    StreamOwned::new(tls, connected(address))
}

/// A stream whose own direction can be ended.
pub trait PeerSocket: Read + Write {
    fn end(&mut self);
}

impl PeerSocket for &TcpStream {
    fn end(&mut self) {
        let _ = self.shutdown(Shutdown::Write);
    }
}

impl PeerSocket for StreamOwned<ClientConnection, TcpStream> {
    fn end(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
        let _ = self.sock.shutdown(Shutdown::Write);
    }
}

/// Writes what a peer wants to write.
pub fn write(outputs: Vec<PeerOutput>, stream: &mut impl PeerSocket) {
    for output in outputs {
        match output {
            PeerOutput::Write(bytes) => drop(stream.write_all(&bytes)),
            PeerOutput::Close | PeerOutput::Reset => stream.end(),
        }
    }
}

/// A client's conversation. `hears` gets everything that arrives first.
pub fn echo(mut client: Client, mut stream: impl PeerSocket, mut hears: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 1 << 16];
    loop {
        write(client.take(), &mut stream);
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => {
                hears(&buffer[..count]);
                client.receive(&buffer[..count]);
            }
            Ok(0) | Err(_) => return,
        }
    }
}

/// A server's conversation.
pub fn converse(mut stream: impl PeerSocket, mut peer: Peer) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(count @ 1..) = stream.read(&mut buffer) {
        peer.receive(&buffer[..count]);
        write(peer.take(), &mut stream);
    }
}
