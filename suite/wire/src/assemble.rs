//! Frames to messages, with every rule broken on the way (RFC 6455, 5). Never stops at a violation.

mod message;

use bytes::Bytes;

use crate::{
    CloseBody, CloseCode, DeflateParams, Frame, Header, Inflater, LengthForm, Opcode, Role, Rsv,
    Utf8Validator, Violation,
};

use self::message::Message;

/// The two kinds of data message (RFC 6455, 5.6).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum MessageKind {
    /// UTF-8.
    Text,
    /// Any bytes.
    Binary,
}

/// What frames yield.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Assembled {
    /// A whole data message.
    Message {
        /// Text or binary.
        kind: MessageKind,
        /// All fragments joined and decompressed. For a text that is not UTF-8, the bytes as they are.
        payload: Bytes,
        /// How many frames it arrived in.
        frames: usize,
        /// Whether it arrived compressed (RFC 7692, 6).
        compressed: bool,
    },
    /// A ping with its payload.
    Ping(Bytes),
    /// A pong with its payload.
    Pong(Bytes),
    /// A close frame.
    Close(CloseBody),
    /// A broken rule. The violations of a frame come before what the frame yields.
    Violation(Violation),
    /// A message has ended whose payload is not known: it was above a limit, did not decompress, or was compressed in
    /// the context of such a message. Not a violation as such.
    Lost {
        /// Text or binary.
        kind: MessageKind,
    },
}

/// Joins the frames of one side into messages and reports each rule they break.
///
/// It continues as sensibly as it can: a control frame of 200 bytes with FIN clear is still a ping, plus two
/// violations; a new message inside an unfinished one replaces it; a continuation frame with nothing to continue is
/// dropped.
#[derive(Debug)]
pub struct Assembler {
    sender: Role,
    inflater: Option<Inflater>,
    limit: usize,
    message: Option<Message>,
    closed: bool,
    /// A compressed message was lost, and with it the context of later messages.
    context_lost: bool,
}

impl Assembler {
    /// The default limit of a message, in bytes: 64 MiB.
    pub const LIMIT: usize = 64 << 20;

    /// An assembler of the frames that `sender` sent, with no extension in use.
    #[must_use]
    pub const fn new(sender: Role) -> Self {
        Self { sender, inflater: None, limit: Self::LIMIT, message: None, closed: false, context_lost: false }
    }

    /// With permessage-deflate in use, as agreed.
    #[must_use]
    pub fn with_deflate(mut self, agreed: DeflateParams) -> Self {
        self.inflater = Some(Inflater::new(self.sender, &agreed));
        self
    }

    /// With a different limit for messages, in bytes, compressed or not.
    #[must_use]
    pub const fn with_limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Whether a message has begun and not ended.
    #[must_use]
    pub const fn is_within_message(&self) -> bool {
        self.message.is_some()
    }

    /// Takes the next frame; appends what it yields.
    pub fn push(&mut self, frame: &Frame, out: &mut Vec<Assembled>) {
        let header = &frame.header;
        self.judge(header, &mut |violation| out.push(Assembled::Violation(violation)));
        if header.opcode.is_control() {
            self.control(frame, out);
        } else if let (None, Some(kind), true) =
            (&self.message, kind(header), header.fin && !self.compresses(header))
        {
            self.whole(kind, frame, out);
        } else if self.begin(header) {
            if let Some(message) = &mut self.message {
                message.add(&frame.payload, header.fin, self.inflater.as_mut(), self.limit, out);
            }
            self.end_if(header.fin, out);
        }
    }

    /// Takes a frame whose payload was above the decoder's limit and was discarded.
    pub fn oversize(&mut self, header: &Header, out: &mut Vec<Assembled>) {
        self.judge(header, &mut |violation| out.push(Assembled::Violation(violation)));
        if header.opcode.is_data() && self.begin(header) {
            if let Some(message) = &mut self.message {
                message.lose();
            }
            self.end_if(header.fin, out);
        }
        self.closed |= header.opcode == Opcode::CLOSE;
    }

    /// The rules that a header breaks, after the frames so far. Changes no state: [`push`](Self::push) reports the
    /// same again, so use this only for a frame that stays unfinished.
    #[must_use]
    pub fn header(&self, header: &Header) -> Vec<Violation> {
        let mut found = Vec::new();
        self.judge(header, &mut |violation| found.push(violation));
        found
    }

    /// Passes each rule that a header breaks to `found`.
    fn judge(&self, header: &Header, found: &mut impl FnMut(Violation)) {
        // Whatever comes as data behind a close frame is one fault. What its header says breaks no further rule.
        if self.closed && header.opcode.is_data() {
            return found(Violation::DataAfterClose(header.opcode));
        }
        if self.closed && header.opcode == Opcode::CLOSE {
            return found(Violation::SecondClose);
        }
        self.judge_mask_and_bits(header, found);
        judge_length(header, found);
        self.judge_order(header, found);
    }

    fn judge_mask_and_bits(&self, header: &Header, found: &mut impl FnMut(Violation)) {
        let Header { opcode, mut rsv, .. } = *header;
        match (self.sender, header.mask) {
            (Role::Client, None) => found(Violation::UnmaskedFrame),
            (Role::Server, Some(_)) => found(Violation::MaskedFrame),
            _ => {}
        }
        if self.inflater.is_some() && rsv.contains(Rsv::RSV1) && !opcode.is_reserved() {
            rsv = rsv.without(Rsv::RSV1);
            match opcode {
                Opcode::CONTINUATION => found(Violation::CompressedContinuation),
                Opcode::TEXT | Opcode::BINARY => {}
                control => found(Violation::CompressedControl(control)),
            }
        }
        if !rsv.is_none() {
            found(Violation::ReservedBits { rsv, opcode });
        }
        if opcode.is_reserved() {
            found(Violation::ReservedOpcode(opcode));
        }
    }

    fn judge_order(&self, header: &Header, found: &mut impl FnMut(Violation)) {
        let opcode = header.opcode;
        match (kind(header), &self.message) {
            (Some(_), Some(_)) => found(Violation::InterruptedMessage { opcode }),
            (None, None) if opcode == Opcode::CONTINUATION => found(Violation::OrphanContinuation),
            _ => {}
        }
    }

    fn control(&mut self, frame: &Frame, out: &mut Vec<Assembled>) {
        match frame.header.opcode {
            Opcode::PING => out.push(Assembled::Ping(frame.payload.clone())),
            Opcode::PONG => out.push(Assembled::Pong(frame.payload.clone())),
            Opcode::CLOSE => {
                let body = CloseBody::parse(frame.payload.clone());
                out.extend(judge_close(self.sender, &body).map(Assembled::Violation));
                out.push(Assembled::Close(body));
                self.closed = true;
            }
            _ => {}
        }
    }

    /// A message in one frame, not compressed: its payload is the frame's.
    fn whole(&self, kind: MessageKind, frame: &Frame, out: &mut Vec<Assembled>) {
        let payload = frame.payload.clone();
        if kind == MessageKind::Text && is_readable(&frame.header) {
            let mut utf8 = Utf8Validator::new();
            let checked = utf8.push(&payload).and_then(|()| utf8.finish());
            out.extend(checked.err().map(message::invalid));
        }
        out.push(if payload.len() > self.limit {
            Assembled::Lost { kind }
        } else {
            Assembled::Message { kind, payload, frames: 1, compressed: false }
        });
    }

    /// Makes sure that the frame's message is in progress; `false` if the frame belongs to no message.
    fn begin(&mut self, header: &Header) -> bool {
        let kind = kind(header);
        if header.opcode == Opcode::CONTINUATION {
            return self.message.is_some();
        }
        if kind.is_none() && (self.message.is_some() || header.fin) {
            return false;
        }
        self.abandon();
        let compressed = self.compresses(header);
        let mut message = Message::new(kind, compressed);
        if !compressed && !is_readable(header) {
            message.leave_unread();
        }
        if compressed && self.context_lost {
            message.lose();
        }
        self.message = Some(message);
        true
    }

    fn end_if(&mut self, fin: bool, out: &mut Vec<Assembled>) {
        if let Some(mut message) = self.message.take_if(|_| fin) {
            message.finish(self.inflater.as_mut(), self.limit, out);
            self.forget_context(message.is_compressed_and_lost());
            out.extend(message.into_assembled());
        }
    }

    /// Gives up a message that another interrupts.
    fn abandon(&mut self) {
        if let Some(message) = self.message.take() {
            self.forget_context(message.is_compressed());
        }
    }

    fn forget_context(&mut self, lost: bool) {
        if let (true, Some(inflater)) = (lost, &mut self.inflater) {
            inflater.reset();
            self.context_lost = inflater.keeps_context();
        }
    }

    /// Whether the frame begins a compressed message (RFC 7692, 6).
    fn compresses(&self, header: &Header) -> bool {
        self.inflater.is_some() && header.rsv.contains(Rsv::RSV1) && kind(header).is_some()
    }
}

/// Whether a message that begins so, and not compressed, is what its payload says. A reserved bit, which is reported as one,
/// may mean anything, such as a compression that was not agreed: what follows is then not judged as text.
const fn is_readable(header: &Header) -> bool {
    header.rsv.is_none()
}

/// The kind of message the frame begins, if it begins one that the RFC knows.
const fn kind(header: &Header) -> Option<MessageKind> {
    match header.opcode {
        Opcode::TEXT => Some(MessageKind::Text),
        Opcode::BINARY => Some(MessageKind::Binary),
        _ => None,
    }
}

fn judge_length(header: &Header, found: &mut impl FnMut(Violation)) {
    let Header { opcode, length, .. } = *header;
    if !length.is_minimal() {
        found(Violation::LengthNotMinimal(length));
    }
    if length.top_bit() {
        found(Violation::LengthTopBit(length.value));
    }
    if opcode.is_control() && !header.fin {
        found(Violation::FragmentedControl(opcode));
    }
    if opcode.is_control() && length.value > LengthForm::Bits7.max() {
        found(Violation::LongControl { opcode, length: length.value });
    }
}

fn judge_close(sender: Role, body: &CloseBody) -> impl Iterator<Item = Violation> {
    let (one_byte, code, reason) = match body {
        CloseBody::Empty => (false, None, &b""[..]),
        CloseBody::OneByte(_) => (true, None, &b""[..]),
        CloseBody::Full { code, reason } => (false, Some(*code), &reason[..]),
    };
    let is_of_clients = |code: CloseCode| code.0 == 1010 && sender == Role::Server;
    let code =
        code.filter(|code| !code.is_sendable() || is_of_clients(*code)).map(Violation::CloseCodeNotSendable);
    let reason = std::str::from_utf8(reason).is_err().then_some(Violation::CloseReasonInvalidUtf8);
    one_byte.then_some(Violation::CloseBodyOneByte).into_iter().chain(code).chain(reason)
}

#[cfg(test)]
mod tests;
