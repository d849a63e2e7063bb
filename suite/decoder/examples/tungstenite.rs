//! tungstenite as a fuzz target: `cargo run -p wsspec-decoder --example tungstenite [-- FILE..]`.

#![cfg_attr(fuzzing, no_main)]

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
};

use tungstenite::{Error, Message, WebSocket};
use wsspec_decoder::{DecoderEvent, DecoderUnderTest, Rejection, Setting};
use wsspec_wire::{MessageKind, Role};

wsspec_decoder::fuzz_decoder!(Tungstenite::new);

/// A blocking reader over a pipe.
pub struct Tungstenite(WebSocket<BlockingPipe>);

impl Tungstenite {
    /// A decoder of what one end sends.
    pub fn new(setting: Setting) -> Self {
        let role = match setting.sender {
            Role::Client => tungstenite::protocol::Role::Server,
            Role::Server => tungstenite::protocol::Role::Client,
        };
        Self(WebSocket::from_raw_socket(BlockingPipe::default(), role, None))
    }
}

impl DecoderUnderTest for Tungstenite {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.0.get_mut().0.extend(bytes);
        loop {
            events.push(match self.0.read() {
                Ok(Message::Text(text)) => DecoderEvent::Message(MessageKind::Text, text.as_bytes().to_vec()),
                Ok(Message::Binary(bytes)) => DecoderEvent::Message(MessageKind::Binary, bytes.to_vec()),
                Ok(Message::Ping(payload)) => DecoderEvent::Ping(payload.to_vec()),
                Ok(Message::Pong(payload)) => DecoderEvent::Pong(payload.to_vec()),
                Ok(Message::Close(frame)) => {
                    let (code, reason) =
                        frame.map(|frame| (u16::from(frame.code), frame.reason.as_bytes().to_vec())).unzip();
                    events.push(DecoderEvent::Close(code, reason.unwrap_or_default()));
                    return Ok(());
                }
                Ok(Message::Frame(_)) => continue,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(Rejection { code: None, why: error.to_string() }),
            });
        }
    }
}

/// Bytes that have arrived and were not read yet; writes are discarded.
#[derive(Default)]
struct BlockingPipe(VecDeque<u8>);

impl Read for BlockingPipe {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::ErrorKind::WouldBlock.into()) } else { self.0.read(buffer) }
    }
}

impl Write for BlockingPipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
