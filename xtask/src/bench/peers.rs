//! Tiny servers with bad habits, to see what those cost whoever tests them.

use std::{
    io::{self, ErrorKind, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use wsspec_wire::{Decoded, Decoder, Frame, HeadReader, Opcode, RequestHead, accept_for};

use crate::failure::Failure;

/// What the server does once a connection is open.
#[derive(Clone, Copy, Debug)]
pub enum Habit {
    /// Answers pings, and never sends anything else: no echo, no close frame. Ends the stream after the client did.
    AnswersPingsOnly,
    /// Sends text messages for as long as anyone listens, and reads nothing.
    NeverStops,
}

/// A server on a thread for each connection. Dropping it ends the listening; connections end with their clients.
#[derive(Debug)]
pub struct TinyServer {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    stopped: AtomicBool,
    sent: AtomicU64,
}

impl TinyServer {
    /// Listens on a free port.
    pub fn start(habit: Habit) -> Result<Self, Failure> {
        let failure = |source| Failure::Io { what: "listen on 127.0.0.1".to_owned(), source };
        let listener = TcpListener::bind("127.0.0.1:0").map_err(failure)?;
        let address = listener.local_addr().map_err(failure)?;
        let shared = Arc::new(Shared::default());
        let on_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if on_thread.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let shared = Arc::clone(&on_thread);
                // A client that goes away is how every connection ends.
                thread::spawn(move || stream.and_then(|stream| serve(stream, habit, &shared)));
            }
        });
        Ok(Self { address, shared })
    }

    /// The address as a target of wsspec.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// MiB handed to the system so far.
    pub fn sent_mib(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed) >> 20
    }
}

impl Drop for TinyServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        // Wakes the listener up to see it.
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, habit: Habit, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let rest = open(&mut stream)?;
    match habit {
        Habit::AnswersPingsOnly => answer_pings(&mut stream, &rest),
        Habit::NeverStops => send_for_ever(&mut stream, shared),
    }
}

/// The opening handshake, without any of its checks. Returns what came after the request.
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

fn send_for_ever(stream: &mut TcpStream, shared: &Shared) -> io::Result<()> {
    let mut frame = Vec::new();
    Frame::new(Opcode::TEXT, vec![b'x'; 16 << 10]).encode(&mut frame);
    loop {
        stream.write_all(&frame)?;
        shared.sent.fetch_add(frame.len() as u64, Ordering::Relaxed);
    }
}
