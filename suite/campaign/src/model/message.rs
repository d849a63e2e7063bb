//! What arrives at the peer, and the message that it forms.

use bytes::{Bytes, BytesMut};
use wsspec_notation::{FrameKind, FrameSpec, MaskSpec, Payload};
use wsspec_wire::{CloseBody, CodeClass, Length, LengthForm, MessageKind, Opcode, Role, Rsv, Utf8Validator};

use super::state::{ModelState, Symbol};
use crate::session::{CORRUPT, HELLO};

/// The longest message that is sent, in bytes.
pub(super) const LONGEST: usize = 128 << 10;

/// What a peer breaks if it does not take a message as it was sent.
const COMPRESSED: &str = "rfc7692#6.2:3";
const FRAGMENTED: &str = "rfc6455#5.4:17";
const TEXT: &str = "rfc6455#5.6:6";
const BINARY: &str = "rfc6455#5.6:7";

/// All of them.
pub(super) const ACCEPTED: [&str; 4] = [COMPRESSED, FRAGMENTED, TEXT, BINARY];

/// The most fragments that a message is split into.
const MOST_FRAGMENTS: usize = 256;

/// A frame as the peer will read it; one for all fragments of a split message.
#[derive(Clone, Debug)]
pub(super) struct IncomingFrame {
    pub opcode: Opcode,
    pub fin: bool,
    /// Reserved bits, except RSV1 if it marks a compressed message.
    pub rsv: Rsv,
    /// It is masked although its receiver is a client, or not although that is a server.
    pub mismasked: bool,
    /// The length is in a longer form than it needs.
    pub padded: bool,
    /// The payload, decompressed.
    pub content: Bytes,
    /// Bytes of payload on the wire.
    pub size: usize,
    pub compressed: bool,
    /// It stands for several fragments.
    pub is_split: bool,
    /// It is written as bytes, compressed.
    pub by_hand: bool,
    /// It does not decompress.
    pub corrupt: bool,
    /// More payload is announced than follows.
    pub lacks_bytes: bool,
    pub is_control: bool,
    /// A close frame with a code that the RFC leaves open.
    pub has_open_code: bool,
}

impl IncomingFrame {
    /// `None` if it cannot be predicted.
    pub fn of(spec: &FrameSpec, compresses: bool, role: Role) -> Option<Self> {
        let opcode = spec.kind.opcode();
        let attributes = &spec.attributes;
        let content = match spec.kind {
            FrameKind::Close(Some(code)) => {
                [&code.0.to_be_bytes()[..], &spec.payload.bytes()].concat().into()
            }
            _ => spec.payload.bytes(),
        };
        let announced = attributes.length.unwrap_or(content.len() as u64);
        if announced < content.len() as u64 || announced >> 63 != 0 {
            return None;
        }
        let is_control = opcode.is_control();
        let is_message = matches!(opcode, Opcode::TEXT | Opcode::BINARY);
        // A split message is always a complete message; so is a compressed one.
        let composed = attributes.split.is_some() || attributes.deflate;
        if composed && (!is_message && attributes.deflate || is_control || attributes.length.is_some()) {
            return None;
        }
        // A peer may limit the number of fragments.
        if attributes.split.is_some_and(|size| size == 0 || content.len() / size > MOST_FRAGMENTS) {
            return None;
        }
        if attributes.deflate && (!compresses || !attributes.fin || !attributes.rsv.is_none()) {
            return None;
        }
        let mut incoming = Self {
            opcode,
            fin: attributes.fin,
            rsv: attributes.rsv,
            mismasked: match role {
                Role::Server => attributes.mask == MaskSpec::Unmasked,
                Role::Client => matches!(attributes.mask, MaskSpec::Key(_)),
            },
            padded: attributes.form.is_some_and(|form| form != Length::minimal(announced).form),
            size: content.len(),
            content,
            compressed: attributes.deflate,
            is_split: attributes.split.is_some_and(|size| size < spec.payload.len()),
            by_hand: false,
            corrupt: false,
            lacks_bytes: announced > spec.payload.len() as u64 && attributes.length.is_some(),
            is_control,
            has_open_code: false,
        };
        // Whether an overlong length was accepted must show in an answer.
        let shows = matches!(opcode, Opcode::PING | Opcode::CLOSE) || is_message && attributes.fin;
        if incoming.padded && (!shows || attributes.split.is_some()) {
            return None;
        }
        if attributes.form == Some(LengthForm::Bits7) || incoming.lacks_bytes && incoming.mismasked {
            return None;
        }
        if let (true, CloseBody::Full { code, .. }) =
            (opcode == Opcode::CLOSE, CloseBody::parse(incoming.content.clone()))
        {
            incoming.has_open_code = matches!(code.class(), CodeClass::Registered | CodeClass::Reserved);
        }
        let marked = compresses && is_message && attributes.rsv.contains(Rsv::RSV1);
        if marked && !incoming.lacks_bytes { incoming.written_out() } else { Some(incoming) }
    }

    /// A frame with RSV1 where that means compressed: most of them cannot be predicted.
    fn written_out(mut self) -> Option<Self> {
        self.rsv = self.rsv.without(Rsv::RSV1);
        let is_one_of = |known: &[&[u8]]| known.iter().any(|known| self.content == known[..]);
        self.corrupt = is_one_of(&CORRUPT);
        if !self.fin || !self.corrupt && !is_one_of(&HELLO) {
            return None;
        }
        (self.compressed, self.by_hand) = (true, true);
        self.content = Bytes::from_static(b"Hello");
        Some(self)
    }

    /// The message that a first frame announces.
    pub fn kind(&self) -> MessageKind {
        if self.opcode == Opcode::TEXT { MessageKind::Text } else { MessageKind::Binary }
    }
}

/// A message in progress.
#[derive(Clone, Debug)]
pub(super) struct PartialMessage {
    pub kind: MessageKind,
    content: BytesMut,
    utf8: Utf8Validator,
    compressed: bool,
}

impl PartialMessage {
    pub fn new(first: &IncomingFrame) -> Self {
        Self {
            kind: first.kind(),
            content: BytesMut::new(),
            utf8: Utf8Validator::new(),
            compressed: first.compressed,
        }
    }

    pub fn state(&self) -> ModelState {
        match self.kind {
            MessageKind::Text => ModelState::InText,
            MessageKind::Binary => ModelState::InBinary,
        }
    }

    pub fn len(&self) -> usize {
        self.content.len()
    }

    pub fn push(&mut self, content: &[u8]) {
        self.content.extend_from_slice(content);
        // An invalid byte is a fault, and found earlier.
        let _ = self.utf8.push(content);
    }

    /// Whether the text so far stays valid UTF-8 with this at its end.
    pub fn stays_text(&self, more: &[u8], ends: bool) -> bool {
        let mut utf8 = self.utf8.clone();
        self.kind == MessageKind::Binary || utf8.push(more).is_ok() && (!ends || utf8.finish().is_ok())
    }

    /// Its content, in the shortest notation.
    pub fn payload(&self) -> Payload {
        Payload::of(&self.content.clone().freeze())
    }

    pub fn symbol(&self, begins: bool, ends: bool) -> Symbol {
        match (begins, ends, self.kind) {
            (true, true, _) if self.compressed => Symbol::Compressed,
            (true, true, MessageKind::Text) => Symbol::Text,
            (true, true, MessageKind::Binary) => Symbol::Binary,
            (true, false, MessageKind::Text) => Symbol::TextBegins,
            (true, false, MessageKind::Binary) => Symbol::BinaryBegins,
            (false, false, _) => Symbol::Continues,
            (false, true, _) => Symbol::Ends,
        }
    }

    /// What a peer breaks if it does not send it back: an echo server receives it as it was sent.
    pub fn requirement(&self, whole: bool) -> &'static str {
        match (self.compressed, whole, self.kind) {
            (true, _, _) => COMPRESSED,
            (false, false, _) => FRAGMENTED,
            (false, true, MessageKind::Text) => TEXT,
            (false, true, MessageKind::Binary) => BINARY,
        }
    }
}
