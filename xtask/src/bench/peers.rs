//! Tiny servers with bad habits, to see what those cost the tester.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::TcpStream,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use wsspec_wire::{Decoded, Decoder, Frame, HeadReader, Opcode, RequestHead, accept_for};

use crate::{failure::RecipeError, listener::ThreadedServer};

/// What the server does once a connection is open.
#[derive(Clone, Copy, Debug)]
pub enum TinyServerKind {
    /// Answers pings, and never sends anything else: no echo, no close frame. Ends the stream after the client has.
    AnswersPingsOnly,
    /// Sends text messages for as long as anyone listens, and reads nothing.
    NeverStops,
}

/// A server of one of these kinds.
#[derive(Debug)]
pub struct TinyServer {
    server: ThreadedServer,
    sent: Arc<AtomicU64>,
}

impl TinyServer {
    /// Listens on a free port.
    pub fn start(kind: TinyServerKind) -> Result<Self, RecipeError> {
        let sent = Arc::new(AtomicU64::new(0));
        let on_threads = Arc::clone(&sent);
        let server = ThreadedServer::start(move |stream| serve(stream, kind, &on_threads))?;
        Ok(Self { server, sent })
    }

    /// The address as a target of wsspec.
    pub fn url(&self) -> String {
        self.server.url()
    }

    /// MiB written so far.
    pub fn sent_mib(&self) -> u64 {
        self.sent.load(Ordering::Relaxed) >> 20
    }
}

fn serve(mut stream: TcpStream, kind: TinyServerKind, sent: &AtomicU64) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let rest = open(&mut stream)?;
    match kind {
        TinyServerKind::AnswersPingsOnly => answer_pings(&mut stream, &rest),
        TinyServerKind::NeverStops => send_forever(&mut stream, sent),
    }
}

/// The opening handshake, without any checks. Returns the bytes after the request.
fn open(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut reader = HeadReader::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        reader.push(&buffer[..read]);
        if let Some(head) = reader.take() {
            let head = head.map_err(|_| ErrorKind::InvalidData)?;
            let request = RequestHead::parse(&head.head);
            let accept =
                request.fields.get("Sec-WebSocket-Key").map(|key| accept_for(key)).unwrap_or_default();
            write!(
                stream,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            )?;
            return Ok(head.rest.to_vec());
        }
    }
}

fn answer_pings(stream: &mut TcpStream, rest: &[u8]) -> io::Result<()> {
    let mut decoder = Decoder::new(1 << 20);
    decoder.push(rest);
    let mut buffer = [0; 16 << 10];
    loop {
        while let Some(decoded) = decoder.next_frame() {
            if let Decoded::Frame(frame) = decoded
                && frame.header.opcode == Opcode::PING
            {
                let mut pong = Vec::new();
                Frame::new(Opcode::PONG, frame.payload).encode(&mut pong);
                stream.write_all(&pong)?;
            }
        }
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        decoder.push(&buffer[..read]);
    }
}

fn send_forever(stream: &mut TcpStream, sent: &AtomicU64) -> io::Result<()> {
    let mut frame = Vec::new();
    Frame::new(Opcode::TEXT, vec![b'x'; 16 << 10]).encode(&mut frame);
    loop {
        stream.write_all(&frame)?;
        sent.fetch_add(frame.len() as u64, Ordering::Relaxed);
    }
}
