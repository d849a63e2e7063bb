//! tungstenite as a fuzz target: `cargo run -p wsspec-decoder --example tungstenite [-- FILE..]`.

#![cfg_attr(fuzzing, no_main)]

use std::io;

use tungstenite::{Error, Message, WebSocket};
use wsspec_decoder::{
    ArrivedBytes, DecoderEvent, MessageKind, PullDecoder, Pulled, Rejection, Role, Setting,
};

wsspec_decoder::fuzz_decoder!(Tungstenite::of);

/// A blocking reader over a stream that would block.
pub struct Tungstenite(WebSocket<ArrivedBytes>);

impl Tungstenite {
    /// A decoder of what one end sends.
    pub fn of(setting: Setting) -> Pulled<Self> {
        let role = match setting.sender {
            Role::Client => tungstenite::protocol::Role::Server,
            Role::Server => tungstenite::protocol::Role::Client,
        };
        Pulled::new(|stream| Self(WebSocket::from_raw_socket(stream, role, None)))
    }
}

impl PullDecoder for Tungstenite {
    fn next_event(&mut self) -> Result<Option<DecoderEvent>, Rejection> {
        loop {
            return Ok(Some(match self.0.read() {
                Ok(Message::Text(text)) => DecoderEvent::Message(MessageKind::Text, text.as_bytes().to_vec()),
                Ok(Message::Binary(bytes)) => DecoderEvent::Message(MessageKind::Binary, bytes.to_vec()),
                Ok(Message::Ping(payload)) => DecoderEvent::Ping(payload.to_vec()),
                Ok(Message::Pong(payload)) => DecoderEvent::Pong(payload.to_vec()),
                Ok(Message::Close(frame)) => {
                    let (code, reason) =
                        frame.map(|frame| (u16::from(frame.code), frame.reason.as_bytes().to_vec())).unzip();
                    DecoderEvent::Close(code, reason.unwrap_or_default())
                }
                Ok(Message::Frame(_)) => continue,
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
                Err(error) => return Err(Rejection { code: None, why: error.to_string() }),
            }));
        }
    }
}
