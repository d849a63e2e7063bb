//! The messages to and from a shim.

use wsspec_wire::{DeflateParams, Escaped, MessageKind, Role};

use crate::{DecoderEvent, Rejection, Setting};

use super::Trouble;

/// The first message of a shim, without its last byte: the protocol, and its version as a digit.
const HELLO: &[u8] = b"wsspec-decoder ";
/// The versions of the protocol.
pub const VERSIONS: [u8; 2] = [1, 2];
/// Bytes before a message's payload: its kind, and its length, most significant byte first.
pub(super) const HEAD: usize = 5;
/// The longest payload of a message, in bytes.
pub const MOST_BYTES: usize = 1 << 20;

/// A request to a shim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShimRequest<'a> {
    /// `N`: a new connection. Not answered.
    New(Setting),
    /// `B`: the next bytes of the connection. Answered with events and one verdict.
    Bytes(&'a [u8]),
    /// `Q`, from version 2 on: encoded requests, to be answered in order.
    Batch(&'a [u8]),
}

impl ShimRequest<'_> {
    /// Appends the message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::New(Setting { sender, deflate }) => {
                let sender = if *sender == Role::Client { "C" } else { "S" };
                let deflate = deflate.as_ref().map(DeflateParams::to_string).unwrap_or_default();
                message(out, b'N', [sender, &deflate].concat().as_bytes());
            }
            Self::Bytes(bytes) => message(out, b'B', bytes),
            Self::Batch(requests) => message(out, b'Q', requests),
        }
    }
}

fn message(out: &mut Vec<u8>, kind: u8, payload: &[u8]) {
    out.push(kind);
    // No payload for a shim exceeds 32 bits.
    out.extend(u32::try_from(payload.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(payload);
}

/// A message from a shim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// `H`: it is ready, and speaks this version of the protocol.
    Hello(u8),
    /// `T`, `M`, `P`, `O`, `C`, and from version 2 on `D`: something has arrived completely.
    Event(DecoderEvent),
    /// `A`: all bytes were accepted.
    Accepted,
    /// `R`, and from version 2 on `F`: the connection has to be failed, with a code or without one. In version 1,
    /// the code 0 means that no code is given.
    Rejected(Rejection),
}

impl Reply {
    /// Appends the message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Hello(version) => message(out, b'H', &[HELLO, &[b'0' + version]].concat()),
            Self::Event(event) => encode_event(event, out),
            Self::Accepted => message(out, b'A', b""),
            Self::Rejected(Rejection { code: Some(code), why }) => coded(out, b'R', *code, why.as_bytes()),
            Self::Rejected(Rejection { code: None, why }) => message(out, b'F', why.as_bytes()),
        }
    }

    pub(super) fn parse(kind: u8, payload: &[u8]) -> Result<Self, Trouble> {
        let owned = || payload.to_vec();
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        let code = payload.split_first_chunk().map(|(code, rest)| (u16::from_be_bytes(*code), rest));
        Ok(match (kind, code) {
            (b'H', _) if version(payload).is_some() => Self::Hello(version(payload).unwrap_or_default()),
            (b'T', _) => Self::Event(DecoderEvent::Message(MessageKind::Text, owned())),
            (b'M', _) => Self::Event(DecoderEvent::Message(MessageKind::Binary, owned())),
            (b'P', _) => Self::Event(DecoderEvent::Ping(owned())),
            (b'O', _) => Self::Event(DecoderEvent::Pong(owned())),
            (b'D', _) if !payload.is_empty() => Self::Event(frame(payload)),
            (b'C', Some((code, reason))) => Self::Event(DecoderEvent::Close(Some(code), reason.to_vec())),
            (b'C', None) if payload.is_empty() => Self::Event(DecoderEvent::Close(None, Vec::new())),
            (b'A', _) if payload.is_empty() => Self::Accepted,
            (b'R', Some((code, why))) => Self::Rejected(Rejection { code: Some(code), why: text(why) }),
            (b'F', _) => Self::Rejected(Rejection { code: None, why: text(payload) }),
            _ => {
                let whole = [&[kind][..], payload].concat();
                return Err(Trouble::Nonsense(format!("a message {}", Escaped(&whole))));
            }
        })
    }
}

/// The version that a hello names, if we speak it.
fn version(hello: &[u8]) -> Option<u8> {
    let [version] = hello.strip_prefix(HELLO)? else { return None };
    VERSIONS.into_iter().find(|known| b'0' + known == *version)
}

fn encode_event(event: &DecoderEvent, out: &mut Vec<u8>) {
    match event {
        DecoderEvent::Message(MessageKind::Text, payload) => message(out, b'T', payload),
        DecoderEvent::Message(MessageKind::Binary, payload) => message(out, b'M', payload),
        DecoderEvent::Frame { fin, compressed, opcode, payload } => {
            let first = u8::from(*fin) << 7 | u8::from(*compressed) << 6 | opcode & 0xF;
            message(out, b'D', &[&[first], &payload[..]].concat());
        }
        DecoderEvent::Ping(payload) => message(out, b'P', payload),
        DecoderEvent::Pong(payload) => message(out, b'O', payload),
        DecoderEvent::Close(None, _) => message(out, b'C', b""),
        DecoderEvent::Close(Some(code), reason) => coded(out, b'C', *code, reason),
    }
}

/// The frame in a message `D`: the first byte of its header, then its payload.
fn frame(payload: &[u8]) -> DecoderEvent {
    let first = payload[0];
    let (fin, compressed, opcode) = (first & 0x80 != 0, first & 0x40 != 0, first & 0xF);
    DecoderEvent::Frame { fin, compressed, opcode, payload: payload[1..].to_vec() }
}

fn coded(out: &mut Vec<u8>, kind: u8, code: u16, rest: &[u8]) {
    message(out, kind, &[&code.to_be_bytes()[..], rest].concat());
}
