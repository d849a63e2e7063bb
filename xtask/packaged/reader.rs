//! A reader of WebSocket messages as somebody might write it, for the fuzz target of docs/decoders.md. One bug is planted:
//! a message may begin inside a message.

use wsspec_decoder::{MessageKind, Role};

/// A whole message.
pub struct Message {
    pub kind: MessageKind,
    pub payload: Vec<u8>,
}

pub struct Reader {
    is_masked: bool,
    buffer: Vec<u8>,
    message: Option<Message>,
    is_closed: bool,
}

impl Reader {
    pub fn of(sender: Role) -> Self {
        Self { is_masked: sender == Role::Client, buffer: Vec::new(), message: None, is_closed: false }
    }

    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next message, if it is complete. Control frames are skipped.
    pub fn next(&mut self) -> Result<Option<Message>, &'static str> {
        while let Some((fin, opcode, payload)) = self.frame()? {
            match opcode {
                0 => self.message.as_mut().ok_or("nothing to continue")?.payload.extend(payload),
                1 => self.message = Some(Message { kind: MessageKind::Text, payload }),
                2 => self.message = Some(Message { kind: MessageKind::Binary, payload }),
                8 => self.is_closed = true,
                _ => continue,
            }
            match self.message.take_if(|_| fin && opcode < 8) {
                Some(message) if message.kind == MessageKind::Text && !is_utf8(&message.payload) => {
                    return Err("not UTF-8");
                }
                Some(message) => return Ok(Some(message)),
                None => {}
            }
        }
        Ok(None)
    }

    fn frame(&mut self) -> Result<Option<(bool, u8, Vec<u8>)>, &'static str> {
        let [first, second, rest @ ..] = &self.buffer[..] else { return Ok(None) };
        let (fin, opcode, short) = (first & 0x80 != 0, first & 0x0F, second & 0x7F);
        if first & 0x70 != 0 || !matches!(opcode, 0..=2 | 8..=10) {
            return Err("reserved");
        }
        if (second & 0x80 != 0) != self.is_masked || opcode >= 8 && (!fin || short > 125) {
            return Err("not allowed");
        }
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let (Some(length), key) = (rest.get(..extended), if self.is_masked { 4 } else { 0 }) else {
            return Ok(None);
        };
        let number = length.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
        let length = if extended == 0 { u64::from(short) } else { number };
        if length > 1 << 20 {
            return Err("too large");
        }
        let (from, to) = (extended + key, extended + key + length as usize);
        let Some(masked) = rest.get(from..to).filter(|_| !self.is_closed) else { return Ok(None) };
        let key = &rest[extended..from];
        let unmasked = masked.iter().enumerate().map(|(at, byte)| byte ^ key.get(at % 4).unwrap_or(&0));
        let payload: Vec<u8> = unmasked.collect();
        self.buffer.drain(..2 + to);
        Ok(Some((fin, opcode, payload)))
    }
}

fn is_utf8(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok()
}
