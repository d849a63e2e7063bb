//! Our output: encodes the items of a script into bytes, and splits them into segments.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use bytes::{Bytes, BytesMut};
use rand::{Rng, SeedableRng, rngs::StdRng};
use wsspec_carriers::ComposedOpening;
use wsspec_notation::{Attributes, Chop, FrameKind, FrameSpec, Http2Spec, MaskSpec, Sending};
use wsspec_wire::{DeflateParams, Deflater, Frame, Length, Mask, Offer, Opcode, Role, Rsv};

use crate::{
    compose,
    output::{Output, Segments},
    setup::{Carrier, Setup},
};

/// Maximum number of queued pongs.
const MOST_PONGS: usize = 1 << 14;

/// What waits to be taken.
#[derive(Debug)]
enum Queued {
    Output(Output),
    Segments(Segments),
}

/// A piece that is sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent<'a> {
    /// Octets of the connection.
    Octets(&'a [u8]),
    /// A head that is not made of octets of the connection.
    Opening(&'a ComposedOpening),
}

/// Who is to know of each piece that is sent.
pub(crate) type SentObserver<'a> = &'a mut dyn FnMut(Sent<'_>);

/// Turns items into bytes.
#[derive(Debug)]
pub(crate) struct Outbound {
    setup: Arc<Setup>,
    rng: StdRng,
    /// Randomness for our reactions to the peer, which must not change the script's own bytes.
    reactions: StdRng,
    chop: Chop,
    /// Number of pauses between segments so far.
    gaps: usize,
    /// The length of these pauses, if the script sets it.
    pause: Option<Duration>,
    batch: BytesMut,
    queue: VecDeque<Queued>,
    /// Whether our heads offer or accept permessage-deflate.
    uses_deflate: bool,
    deflater: Option<Deflater>,
    /// Whether only whole frames were sent so far, so that an answer to a ping may follow.
    whole: bool,
    /// Total number of bytes.
    sent: u64,
    sent_close: bool,
    /// Whether our side is closed.
    ended: bool,
    /// Number of queued pongs.
    pongs: usize,
    /// The payload of the last ping, if its pong must wait.
    last_pong: Option<Bytes>,
    /// Subprotocols that our response may select, the best first.
    subprotocols: Vec<&'static str>,
}

impl Outbound {
    pub(crate) fn new(setup: Arc<Setup>, seed: u64, uses_deflate: bool) -> Self {
        Self {
            setup,
            rng: StdRng::seed_from_u64(seed),
            reactions: StdRng::seed_from_u64(!seed),
            chop: Chop::Whole,
            gaps: 0,
            pause: None,
            batch: BytesMut::new(),
            queue: VecDeque::new(),
            uses_deflate,
            deflater: None,
            whole: true,
            sent: 0,
            sent_close: false,
            ended: false,
            pongs: 0,
            last_pong: None,
            subprotocols: Vec::new(),
        }
    }

    /// Our responses select the first of these that the client offers.
    pub(crate) fn selecting(self, subprotocols: Vec<&'static str>) -> Self {
        Self { subprotocols, ..self }
    }

    /// Splits what follows in this way.
    pub(crate) fn chop(&mut self, chop: Chop) {
        self.flush();
        self.chop = chop;
    }

    /// Sets the pause between the following segments.
    pub(crate) fn pause(&mut self, pause: Duration) {
        self.flush();
        self.pause = Some(pause);
    }

    /// Sends what is batched as a separate segment, and gives the peer this long to read it.
    pub(crate) fn set_apart(&mut self, pause: Duration) {
        self.flush();
        self.push(Output::Pause(pause));
    }

    /// Queues octets of a bundle of connections.
    pub(crate) fn bundle(&mut self, octets: Bytes) {
        self.flush();
        self.sent += octets.len() as u64;
        self.push(Output::Bundle(octets));
    }

    /// Asks the peer's process to exit once everything before is sent.
    pub(crate) fn terminate(&mut self) {
        self.flush();
        self.push(Output::Terminate);
    }

    /// Whether we have sent a close frame.
    pub(crate) fn sent_close(&self) -> bool {
        self.sent_close
    }

    /// Total number of bytes, including those that are still queued.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Whether our side of the stream is open.
    pub(crate) fn is_open(&self) -> bool {
        !self.ended
    }

    /// Whether one of our frames may follow what was sent so far.
    pub(crate) fn may_answer(&self) -> bool {
        self.whole && !self.sent_close
    }

    /// Whether what was sent ends with a whole frame.
    pub(crate) fn is_whole(&self) -> bool {
        self.whole
    }

    /// From now on, compresses as agreed.
    pub(crate) fn agree(&mut self, params: &DeflateParams) {
        self.deflater = Some(Deflater::new(self.setup.role(), params));
    }

    /// The next operation; batched bytes go out first.
    pub(crate) fn take(&mut self) -> Option<Output> {
        let next = match self.queue.pop_front()? {
            Queued::Output(output) => Some(output),
            Queued::Segments(mut segments) => {
                let next = segments.next();
                if !segments.is_over() {
                    self.queue.push_front(Queued::Segments(segments));
                }
                next
            }
        };
        if self.queue.is_empty() {
            self.pongs = 0;
        }
        next
    }

    /// The payload of a ping whose delayed pong may now go out.
    pub(crate) fn delayed_pong(&mut self) -> Option<Bytes> {
        self.last_pong.take_if(|_| self.pongs < MOST_PONGS)
    }

    /// Whether only the end of our side is still queued.
    pub(crate) fn ends(&self) -> bool {
        matches!(self.queue.back(), Some(Queued::Output(Output::Eof)))
    }

    /// A number that differs from those of all other trials.
    pub(crate) fn nonce(&mut self) -> u32 {
        self.rng.random()
    }

    /// Queues an item, and hands its bytes to `observer`. `offered` is what the client's request offered.
    /// `tunnels`: a response answers a request for a tunnel.
    pub(crate) fn send(
        &mut self,
        sending: &Sending,
        offered: &Offer,
        tunnels: bool,
        observer: SentObserver<'_>,
    ) {
        match sending {
            Sending::Frame(spec) => self.frames(spec, observer),
            Sending::Raw(payload) => {
                self.whole = false;
                self.queue_bytes(&payload.bytes(), observer);
            }
            Sending::Request(spec) => {
                let head = compose::request(spec, &self.setup, self.uses_deflate, self.rng.random());
                self.open(head, observer);
            }
            Sending::Response(spec) => {
                let head = match tunnels && matches!(spec.status(), 200..=299) {
                    true => compose::tunnel(spec, offered),
                    false => {
                        let is_offered = |name: &&&str| offered.subprotocols.iter().any(|one| one == **name);
                        let selected = self.subprotocols.iter().find(is_offered);
                        let takes = compose::TakenOffer {
                            deflate: self.uses_deflate,
                            subprotocol: selected.copied(),
                        };
                        compose::response(spec, &self.setup, takes, offered)
                    }
                };
                self.open(head, observer);
            }
            Sending::Http2(item) => self.http2(item, observer),
            // The endpoint sends the frames or octets that it becomes.
            Sending::Item(_) => {}
            Sending::Eof => self.queue_end(Output::Eof),
            Sending::Reset => self.queue_end(Output::Reset),
        }
    }

    /// Queues a pong. If the peer sends pings faster than it reads pongs, only the most recent pings are answered (RFC
    /// 6455, 5.5.3).
    pub(crate) fn pong(&mut self, payload: Bytes, observer: SentObserver<'_>) {
        if self.pongs < MOST_PONGS {
            self.pongs += 1;
            self.frame(Opcode::PONG, payload, observer);
        } else {
            self.last_pong = Some(payload);
        }
    }

    /// Queues a frame of our own with default attributes.
    pub(crate) fn frame(&mut self, opcode: Opcode, payload: Bytes, observer: SentObserver<'_>) {
        let key = Mask(self.reactions.random());
        let mask = if self.setup.role() == Role::Client { MaskSpec::Key(key) } else { MaskSpec::Unmasked };
        self.put(Frame::new(opcode, payload), &Attributes { mask, ..Attributes::default() }, observer);
    }

    /// Splits what is batched into segments.
    pub(crate) fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        let rest = self.batch.split().freeze();
        let size = match self.chop {
            Chop::Whole => return self.push(Output::Write(rest)),
            Chop::Bytes(size) => size,
            Chop::Line => rest.len(),
        };
        let left = self.setup.gaps.saturating_sub(self.gaps);
        let gaps = rest.len().div_ceil(size).min(left);
        self.gaps += gaps;
        // TCP joins the segments that no pause keeps apart; DATA frames stay as small as they are, and a peer may take
        // thousands of them for an attack (RFC 9113, 10.5).
        let joins = self.setup.carrier.is_stream();
        let segments = Segments { rest, size, gaps, pause: self.pause, joins, is_due: false };
        self.queue.push_back(Queued::Segments(segments));
    }

    fn push(&mut self, output: Output) {
        self.queue.push_back(Queued::Output(output));
    }

    fn queue_bytes(&mut self, bytes: &[u8], observer: SentObserver<'_>) {
        observer(Sent::Octets(bytes));
        self.sent += bytes.len() as u64;
        self.batch.extend_from_slice(bytes);
        if self.chop != Chop::Whole {
            self.flush();
        }
    }

    /// Queues a head.
    fn open(&mut self, head: ComposedOpening, observer: SentObserver<'_>) {
        match self.setup.carrier {
            Carrier::Http1 | Carrier::Tcp => self.queue_bytes(&head.to_http1(), observer),
            Carrier::Http2 | Carrier::Http3 => {
                let head = head.in_http2_form();
                observer(Sent::Opening(&head));
                self.flush();
                self.push(Output::Open(head));
            }
        }
    }

    /// Queues a frame of HTTP/2 or HTTP/3.
    fn http2(&mut self, item: &Http2Spec, observer: SentObserver<'_>) {
        if let Http2Spec::Data { payload, .. } = item {
            observer(Sent::Octets(&payload.bytes()));
        }
        self.ended |= matches!(item, Http2Spec::Reset(_) | Http2Spec::Data { ends: true, .. });
        self.flush();
        self.push(Output::Http2(item.clone()));
    }

    fn queue_end(&mut self, end: Output) {
        self.ended = true;
        self.flush();
        self.push(end);
    }

    fn frames(&mut self, spec: &FrameSpec, observer: SentObserver<'_>) {
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
            self.put(frame, &spec.attributes, observer);
            if last {
                break;
            }
            (payload, first) = (rest, false);
        }
    }

    /// Masks a frame, sets its length, and queues it.
    fn put(&mut self, mut frame: Frame, attributes: &Attributes, observer: SentObserver<'_>) {
        self.sent_close |= frame.header.opcode == Opcode::CLOSE;
        frame.header.mask = match (attributes.mask, self.setup.role()) {
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
        self.queue_bytes(&bytes, observer);
    }
}
