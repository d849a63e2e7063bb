//! tungstenite: a `WebSocket` that reads messages from a stream that does not block.

use std::io;

use tungstenite::{Error, Message, WebSocket, protocol::WebSocketConfig};
use wsspec_wire::{MessageKind, Role};

use super::{Implementation, LIMIT, pipe::Pipe};
use wsspec_decoder::{DecoderEvent, DecoderUnderTest, Demands, Rejection, Setting};

pub(super) const IMPLEMENTATION: Implementation = Implementation {
    name: "tungstenite",
    version: "0.30.0",
    new: |setting| Box::new(TungsteniteDecoder::new(setting)),
    demands: Demands::DEFAULT,
    known: &[],
};

struct TungsteniteDecoder {
    socket: WebSocket<Pipe>,
}

impl TungsteniteDecoder {
    fn new(setting: Setting) -> Self {
        let role = match setting.sender {
            Role::Client => tungstenite::protocol::Role::Server,
            Role::Server => tungstenite::protocol::Role::Client,
        };
        let config = WebSocketConfig::default()
            .read_buffer_size(4096)
            .max_message_size(Some(LIMIT))
            .max_frame_size(Some(LIMIT));
        Self { socket: WebSocket::from_raw_socket(Pipe::default(), role, Some(config)) }
    }

    fn rejection(&self, error: &Error) -> Rejection {
        Rejection { code: self.socket.get_ref().written_code(), why: error.to_string() }
    }
}

impl DecoderUnderTest for TungsteniteDecoder {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        self.socket.get_ref().push(bytes);
        loop {
            match self.socket.read() {
                Ok(message) => events.extend(event(message)),
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(self.rejection(&error)),
            }
            if let Some(DecoderEvent::Close(..)) = events.last() {
                return Ok(());
            }
        }
    }
}

fn event(message: Message) -> Option<DecoderEvent> {
    Some(match message {
        Message::Text(text) => DecoderEvent::Message(MessageKind::Text, text.as_bytes().to_vec()),
        Message::Binary(bytes) => DecoderEvent::Message(MessageKind::Binary, bytes.to_vec()),
        Message::Ping(payload) => DecoderEvent::Ping(payload.to_vec()),
        Message::Pong(payload) => DecoderEvent::Pong(payload.to_vec()),
        Message::Close(None) => DecoderEvent::Close(None, Vec::new()),
        Message::Close(Some(frame)) => {
            DecoderEvent::Close(Some(frame.code.into()), frame.reason.as_bytes().to_vec())
        }
        // Reading yields none.
        Message::Frame(_) => return None,
    })
}
