//! What we send: items of a script made into bytes, cut into segments.

use std::{collections::VecDeque, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use rand::{Rng, SeedableRng, rngs::StdRng};
use wsspec_notation::{
    Attributes, Chop, FieldEdit, FrameKind, FrameSpec, MaskSpec, RequestSpec, ResponseSpec, Sending,
};
use wsspec_wire::{
    CloseBody, CloseCode, DeflateOffer, DeflateParams, Deflater, Frame, Length, Mask, Offer, Opcode, Role,
    Rsv, accept_for,
};

use crate::setup::Setup;

/// What is to be done to the stream, in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Output {
    /// One segment.
    Write(Bytes),
    /// A pause, so that what comes before and after it is not read at once.
    Gap,
    Eof,
    Reset,
}

/// Turns what is sent into bytes.
#[derive(Debug)]
pub(crate) struct Outbound {
    setup: Arc<Setup>,
    rng: StdRng,
    /// For what the peer has us send, which must not change the script's own bytes.
    reactions: StdRng,
    chop: Chop,
    /// Pauses between segments so far.
    gaps: usize,
    batch: BytesMut,
    queue: VecDeque<Output>,
    /// Bytes sent before the peer's head: what our request offered is read from them.
    head: Option<BytesMut>,
    offers_deflate: bool,
    deflater: Option<Deflater>,
    /// All sent so far is whole frames, so that an answer to a ping may follow.
    whole: bool,
    /// Bytes in all.
    sent: u64,
    sent_close: bool,
    sent_code: Option<CloseCode>,
}

impl Outbound {
    pub(crate) fn new(setup: Arc<Setup>, seed: u64, offers_deflate: bool) -> Self {
        Self {
            setup,
            rng: StdRng::seed_from_u64(seed),
            reactions: StdRng::seed_from_u64(!seed),
            chop: Chop::Whole,
            gaps: 0,
            batch: BytesMut::new(),
            queue: VecDeque::new(),
            head: Some(BytesMut::new()),
            offers_deflate,
            deflater: None,
            whole: true,
            sent: 0,
            sent_close: false,
            sent_code: None,
        }
    }

    /// Cuts what follows otherwise.
    pub(crate) fn chop(&mut self, chop: Chop) {
        self.flush();
        self.chop = chop;
    }

    /// Whether a close frame went out.
    pub(crate) fn sent_close(&self) -> bool {
        self.sent_close
    }

    /// Bytes in all, those that have not gone out yet included.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// The code of our last close frame.
    pub(crate) fn sent_code(&self) -> Option<CloseCode> {
        self.sent_code
    }

    /// Whether a frame of ours may follow what was sent so far.
    pub(crate) fn may_answer(&self) -> bool {
        self.whole && !self.sent_close
    }

    /// What our request offered; call it when the peer's head has begun.
    pub(crate) fn offer(&mut self) -> Offer {
        self.head.take().map(|head| Offer::from_bytes(&head)).unwrap_or_default()
    }

    /// All that was sent since the last response, or since the start: the response that has just been sent.
    pub(crate) fn take_response(&mut self) -> Bytes {
        self.head.replace(BytesMut::new()).unwrap_or_default().freeze()
    }

    /// Compresses from here on, as agreed.
    pub(crate) fn agree(&mut self, params: &DeflateParams) {
        self.deflater = Some(Deflater::new(self.setup.role, params));
    }

    /// The next thing to do; what is batched goes out first.
    pub(crate) fn take(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    /// Whether the end of our half is the last that is still to go out.
    pub(crate) fn ends(&self) -> bool {
        matches!(self.queue.back(), Some(Output::Eof))
    }

    /// A number that no other trial's exchange has.
    pub(crate) fn nonce(&mut self) -> u32 {
        self.rng.random()
    }

    /// Queues an item. `offered` is what the peer's request offered, where we answer one.
    pub(crate) fn send(&mut self, sending: &Sending, offered: &Offer) {
        match sending {
            Sending::Frame(spec) => self.frames(spec),
            Sending::Raw(payload) => {
                self.whole = false;
                self.queue_bytes(&payload.bytes());
            }
            Sending::Request(spec) => {
                let head = self.request(spec);
                self.queue_bytes(&head);
            }
            Sending::Response(spec) => {
                let head = self.response(spec, offered);
                self.queue_bytes(&head);
            }
            Sending::Eof => self.queue_end(Output::Eof),
            Sending::Reset => self.queue_end(Output::Reset),
        }
    }

    /// Queues one plain frame of our own.
    pub(crate) fn frame(&mut self, opcode: Opcode, payload: Bytes) {
        let key = Mask(self.reactions.random());
        let mask = if self.setup.role == Role::Client { MaskSpec::Key(key) } else { MaskSpec::Unmasked };
        self.put(Frame::new(opcode, payload), &Attributes { mask, ..Attributes::default() });
    }

    /// Makes segments of what is batched.
    pub(crate) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let mut batch = self.batch.split().freeze();
        if let Chop::Bytes(size) = self.chop {
            while batch.len() > size {
                self.queue.push_back(Output::Write(batch.split_to(size)));
                self.gap();
            }
        }
        self.queue.push_back(Output::Write(batch));
        if self.chop != Chop::Whole {
            self.gap();
        }
    }

    fn gap(&mut self) {
        if self.gaps < self.setup.gaps {
            self.gaps += 1;
            self.queue.push_back(Output::Gap);
        }
    }

    fn queue_bytes(&mut self, bytes: &[u8]) {
        if let Some(head) = self.head.as_mut().filter(|head| head.len() < 1 << 20) {
            head.extend_from_slice(bytes);
        }
        self.sent += bytes.len() as u64;
        self.batch.extend_from_slice(bytes);
        if self.chop != Chop::Whole {
            self.flush();
        }
    }

    fn queue_end(&mut self, end: Output) {
        self.flush();
        self.queue.push_back(end);
    }

    fn frames(&mut self, spec: &FrameSpec) {
        let opcode = spec.kind.opcode();
        let mut payload = match spec.kind {
            FrameKind::Close(Some(code)) => {
                [&code.0.to_be_bytes()[..], &spec.payload.bytes()].concat().into()
            }
            _ => spec.payload.bytes(),
        };
        let mut rsv = spec.attributes.rsv;
        if let (true, Some(deflater)) = (spec.attributes.deflate, &mut self.deflater) {
            payload = deflater.compress(&payload).into();
            rsv = rsv | Rsv::RSV1;
        }
        let size = spec.attributes.split.unwrap_or(usize::MAX).min(payload.len().max(1));
        let mut first = true;
        loop {
            let rest = payload.split_off(size.min(payload.len()));
            let last = rest.is_empty();
            let frame = Frame::new(if first { opcode } else { Opcode::CONTINUATION }, payload)
                .with_fin(last && spec.attributes.fin)
                .with_rsv(if first { rsv } else { Rsv::NONE });
            self.put(frame, &spec.attributes);
            if last {
                break;
            }
            (payload, first) = (rest, false);
        }
    }

    /// Masks a frame, gives it its length, queues it.
    fn put(&mut self, mut frame: Frame, attributes: &Attributes) {
        if frame.header.opcode == Opcode::CLOSE {
            self.sent_close = true;
            self.sent_code = CloseBody::parse(frame.payload.clone()).code();
        }
        frame.header.mask = match (attributes.mask, self.setup.role) {
            (MaskSpec::Key(key), _) => Some(key),
            (MaskSpec::Usual, Role::Client) => Some(Mask(self.rng.random())),
            (MaskSpec::Usual, Role::Server) | (MaskSpec::Unmasked, _) => None,
        };
        let value = attributes.length.unwrap_or(frame.payload.len() as u64);
        self.whole &= value == frame.payload.len() as u64;
        let minimal = Length::minimal(value);
        frame.header.length = Length { value, form: attributes.form.unwrap_or(minimal.form) }.fitting();
        let mut bytes = Vec::with_capacity(frame.encoded_len());
        frame.encode(&mut bytes);
        self.queue_bytes(&bytes);
    }

    fn request(&mut self, spec: &RequestSpec) -> Vec<u8> {
        let setup = self.setup.clone();
        let mut fields = Fields::default();
        fields.add("Host", &setup.authority);
        fields.add("Upgrade", "websocket");
        fields.add("Connection", "Upgrade");
        fields.add("Sec-WebSocket-Key", STANDARD.encode(self.rng.random::<[u8; 16]>()));
        fields.add("Sec-WebSocket-Version", "13");
        setup.fields.iter().for_each(|(name, value)| fields.add(name, value));
        if self.offers_deflate {
            fields.add("Sec-WebSocket-Extensions", "permessage-deflate");
        }
        fields.edit(&spec.fields);
        let word = |word: &Option<wsspec_notation::Word>, usual: &str| {
            word.as_ref().map_or_else(|| Bytes::copy_from_slice(usual.as_bytes()), |word| word.bytes())
        };
        let method = word(&spec.method, "GET");
        let target = word(&spec.target, &setup.target);
        let version = word(&spec.version, "HTTP/1.1");
        fields.below(&[&method[..], b" ", &target, b" ", &version].concat())
    }

    fn response(&mut self, spec: &ResponseSpec, offered: &Offer) -> Vec<u8> {
        let setup = self.setup.clone();
        let mut fields = Fields::default();
        if matches!(spec.status, 100 | 102..=199) {
            // An interim response needs no field.
        } else if spec.status == 101 {
            fields.add("Upgrade", "websocket");
            fields.add("Connection", "Upgrade");
            fields.add("Sec-WebSocket-Accept", accept_for(&offered.key));
            let mut offers = offered.extensions.iter().map(DeflateOffer::from_extension);
            if let (true, Some(offer)) = (self.offers_deflate, offers.find_map(Result::ok)) {
                fields.add("Sec-WebSocket-Extensions", offer.accept().to_string());
            }
        } else {
            fields.add("Connection", "close");
            fields.add("Content-Length", "0");
        }
        setup.fields.iter().for_each(|(name, value)| fields.add(name, value));
        fields.edit(&spec.fields);
        let reason =
            spec.reason.as_ref().map_or_else(|| usual_reason(spec.status).into(), |reason| reason.bytes());
        fields.below(&[format!("HTTP/1.1 {} ", spec.status).as_bytes(), &reason].concat())
    }
}

fn usual_reason(status: u16) -> &'static str {
    match status {
        101 => "Switching Protocols",
        200 => "OK",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        426 => "Upgrade Required",
        503 => "Service Unavailable",
        _ => "",
    }
}

/// The fields of a head that is being made.
#[derive(Default)]
struct Fields {
    fields: Vec<(String, Bytes)>,
    verbatim: Vec<Bytes>,
}

impl Fields {
    fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        self.fields.push((name.to_owned(), Bytes::copy_from_slice(value.as_ref())));
    }

    fn edit(&mut self, edits: &[FieldEdit]) {
        for edit in edits {
            match edit {
                FieldEdit::Set(name, value) => {
                    let at = self.fields.iter().position(|(field, _)| field.eq_ignore_ascii_case(name));
                    match at {
                        Some(at) => self.fields[at] = (name.clone(), value.bytes()),
                        None => self.fields.push((name.clone(), value.bytes())),
                    }
                }
                FieldEdit::Add(name, value) => self.fields.push((name.clone(), value.bytes())),
                FieldEdit::Remove(name) => self.fields.retain(|(field, _)| !field.eq_ignore_ascii_case(name)),
                FieldEdit::Verbatim(payload) => self.verbatim.push(payload.bytes()),
            }
        }
    }

    /// The whole head below its first line.
    fn below(self, first: &[u8]) -> Vec<u8> {
        let mut head = [first, b"\r\n"].concat();
        for (name, value) in &self.fields {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(if value.is_empty() { b":" } else { b": " });
            head.extend_from_slice(value);
            head.extend_from_slice(b"\r\n");
        }
        self.verbatim.iter().for_each(|bytes| head.extend_from_slice(bytes));
        head.extend_from_slice(b"\r\n");
        head
    }
}
