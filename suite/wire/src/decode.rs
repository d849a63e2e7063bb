//! Bytes to frames. Never rejects a frame, and keeps at most a limited number of bytes of each.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::{Frame, Header, Mask};

/// How far an announced length is trusted: at most this many times the bytes received are allocated.
const TRUST: usize = 64;

/// Turns a peer's bytes into frames, however TCP splits them.
///
/// Either [`push`](Self::push) bytes and take frames with [`next_frame`](Self::next_frame), or pass a slice to
/// [`decode`](Self::decode) to take one frame from it. Payloads are copied once, each into its own memory, and
/// unmasked on the way.
#[derive(Debug)]
pub struct Decoder {
    limit: u64,
    state: State,
    /// The payload of the unfinished frame, unmasked; empty between frames.
    payload: Vec<u8>,
    ready: VecDeque<Decoded>,
}

/// What the decoder has found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decoded {
    /// A whole frame.
    Frame(Frame),
    /// The header of a frame that announces more than the limit. It is reported as soon as the header is complete;
    /// its payload is counted and discarded, and the next frame is decoded after it.
    Oversize(Header),
}

/// A frame that has begun but not ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Partial<'a> {
    /// The header is incomplete: its bytes so far, 1 to 13.
    Header(&'a [u8]),
    /// The header is complete, the payload is not.
    Payload {
        /// The header.
        header: Header,
        /// The payload so far, unmasked; empty if the frame is oversize.
        payload: &'a [u8],
        /// How many bytes of payload have arrived, discarded or not.
        received: u64,
    },
}

/// Where bytes are missing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MissingBytes {
    /// In the payload of the frame with this header, which was not returned yet and never will be.
    Payload(Header),
    /// In the payload of a frame that was already returned as oversize.
    Skipped,
    /// Somewhere else.
    Unknown,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Head {
        bytes: [u8; Header::MAX_LEN],
        len: usize,
    },
    /// `len` bytes are announced.
    Payload {
        header: Header,
        len: usize,
    },
    Skip {
        header: Header,
        received: u64,
    },
}

const START: State = State::Head { bytes: [0; Header::MAX_LEN], len: 0 };

impl Decoder {
    /// The most bytes that [`pending_bytes`](Self::pending_bytes) returns.
    pub const PENDING_MAX: usize = 4096;

    /// A decoder that keeps at most `limit` bytes of a frame's payload.
    #[must_use]
    pub fn new(limit: u64) -> Self {
        let limit = limit.min(isize::MAX as u64);
        Self { limit, state: START, payload: Vec::new(), ready: VecDeque::new() }
    }

    /// Takes bytes as they arrived. The frames that they complete wait for [`next_frame`](Self::next_frame).
    pub fn push(&mut self, mut bytes: &[u8]) {
        while let Some(decoded) = self.decode(&mut bytes) {
            self.ready.push_back(decoded);
        }
    }

    /// The next frame that [`push`](Self::push) has completed.
    #[inline]
    pub fn next_frame(&mut self) -> Option<Decoded> {
        self.ready.pop_front()
    }

    /// Takes bytes from the front of `input` until they complete one frame; `None` if all are consumed and none is
    /// complete. Bypasses the queue of [`push`](Self::push): use one or the other.
    #[inline]
    pub fn decode(&mut self, input: &mut &[u8]) -> Option<Decoded> {
        loop {
            let header = match &mut self.state {
                State::Head { len: 0, .. } => match Header::parse(input) {
                    Some((header, len)) => {
                        *input = &input[len..];
                        header
                    }
                    None => {
                        self.keep_head(input);
                        return None;
                    }
                },
                State::Head { .. } => self.resume_head(input)?,
                State::Payload { .. } => return self.resume_payload(input),
                State::Skip { .. } => {
                    self.skip(input)?;
                    continue;
                }
            };
            return self.begin(header, input);
        }
    }

    /// The frame that has begun but not ended, if any.
    #[must_use]
    pub fn partial(&self) -> Option<Partial<'_>> {
        match &self.state {
            State::Head { len: 0, .. } => None,
            State::Head { bytes, len } => Some(Partial::Header(&bytes[..*len])),
            State::Payload { header, .. } => {
                let received = self.payload.len() as u64;
                Some(Partial::Payload { header: *header, payload: &self.payload, received })
            }
            State::Skip { header, received } => {
                Some(Partial::Payload { header: *header, payload: &[], received: *received })
            }
        }
    }

    /// The bytes of the unfinished frame as they arrived, for display: at most the first
    /// [`PENDING_MAX`](Self::PENDING_MAX), and only the header of an oversize frame.
    #[must_use]
    pub fn pending_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self.partial() {
            None => {}
            Some(Partial::Header(bytes)) => out.extend_from_slice(bytes),
            Some(Partial::Payload { header, payload, .. }) => {
                header.encode(&mut out);
                let room = Self::PENDING_MAX - out.len();
                header.mask.unwrap_or_default().append(&mut out, &payload[..payload.len().min(room)], 0);
            }
        }
        out
    }

    /// Bytes are missing between what was read so far and what is read next. They are skipped if they are in the payload of
    /// a frame whose header is known. Otherwise nobody knows where the next frame begins, and the decoder starts over.
    #[cold]
    pub fn skip_missing(&mut self, count: u64) -> MissingBytes {
        let (header, len, received) = match self.state {
            State::Head { len: 0, .. } if count == 0 => return MissingBytes::Skipped,
            State::Payload { header, len } => (header, len as u64, self.payload.len() as u64),
            State::Skip { header, received } => (header, header.length.value, received),
            State::Head { .. } => {
                self.state = START;
                return MissingBytes::Unknown;
            }
        };
        let was_payload = matches!(self.state, State::Payload { .. });
        self.payload = Vec::new();
        self.state = match received.checked_add(count) {
            Some(all) if all < len => State::Skip { header, received: all },
            Some(all) if all == len => START,
            _ => {
                self.state = START;
                return MissingBytes::Unknown;
            }
        };
        if was_payload { MissingBytes::Payload(header) } else { MissingBytes::Skipped }
    }

    #[cold]
    fn keep_head(&mut self, input: &mut &[u8]) {
        let mut bytes = [0; Header::MAX_LEN];
        bytes[..input.len()].copy_from_slice(input);
        self.state = State::Head { bytes, len: input.len() };
        *input = &[];
    }

    /// Continues a header whose first bytes arrived in an earlier segment.
    #[cold]
    fn resume_head(&mut self, input: &mut &[u8]) -> Option<Header> {
        let State::Head { mut bytes, len } = self.state else { return None };
        let more = input.len().min(Header::MAX_LEN - len);
        bytes[len..len + more].copy_from_slice(&input[..more]);
        match Header::parse(&bytes[..len + more]) {
            Some((header, end)) => {
                *input = &input[end - len..];
                self.state = START;
                Some(header)
            }
            None => {
                self.state = State::Head { bytes, len: len + more };
                *input = &[];
                None
            }
        }
    }

    /// Continues after a complete header.
    #[inline]
    fn begin(&mut self, header: Header, input: &mut &[u8]) -> Option<Decoded> {
        if header.length.value > self.limit {
            self.state = State::Skip { header, received: 0 };
            return Some(Decoded::Oversize(header));
        }
        // It fits: the limit is at most isize::MAX.
        let len = header.length.value as usize;
        let Some((payload, rest)) = input.split_at_checked(len) else {
            self.state = State::Payload { header, len };
            return self.resume_payload(input);
        };
        *input = rest;
        self.payload.reserve_exact(len);
        self.append(header.mask, payload);
        Some(self.finish(header))
    }

    fn resume_payload(&mut self, input: &mut &[u8]) -> Option<Decoded> {
        let State::Payload { header, len } = self.state else { return None };
        let (payload, rest) = input.split_at(input.len().min(len - self.payload.len()));
        *input = rest;
        self.make_room(payload.len(), len);
        self.append(header.mask, payload);
        if self.payload.len() < len {
            return None;
        }
        self.state = START;
        Some(self.finish(header))
    }

    /// Counts an oversize payload; `None` until it is complete.
    #[cold]
    fn skip(&mut self, input: &mut &[u8]) -> Option<()> {
        let State::Skip { header, received } = self.state else { return None };
        let left = usize::try_from(header.length.value - received).unwrap_or(usize::MAX);
        let taken = input.len().min(left);
        *input = &input[taken..];
        if taken == left {
            self.state = START;
            return Some(());
        }
        self.state = State::Skip { header, received: received + taken as u64 };
        None
    }

    /// Reserves memory for `more` bytes, and for as many of the following ones, out of `len` in total, as may be
    /// expected.
    fn make_room(&mut self, more: usize, len: usize) {
        let kept = self.payload.len();
        if self.payload.capacity() - kept < more {
            let expected = (kept + more).saturating_mul(TRUST).min(len);
            self.payload.reserve_exact(expected - kept);
        }
    }

    #[inline]
    fn append(&mut self, mask: Option<Mask>, payload: &[u8]) {
        let offset = self.payload.len();
        match mask {
            Some(mask) => mask.append(&mut self.payload, payload, offset),
            None => self.payload.extend_from_slice(payload),
        }
    }

    #[inline]
    fn finish(&mut self, header: Header) -> Decoded {
        let payload = Bytes::from(std::mem::take(&mut self.payload));
        Decoded::Frame(Frame { header, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Length, Opcode};

    fn decode(bytes: &[u8]) -> Vec<Decoded> {
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(bytes);
        std::iter::from_fn(|| decoder.next_frame()).collect()
    }

    #[test]
    fn bytes_that_are_missing_in_a_payload_are_skipped() {
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(b"\x81\x08ab");
        let header = Header { ..Frame::new(Opcode::TEXT, "8 octets").header };
        assert_eq!(decoder.skip_missing(3), MissingBytes::Payload(header));
        decoder.push(b"fgh\x89\x00");
        assert_eq!(decoder.next_frame(), Some(Decoded::Frame(Frame::new(Opcode::PING, ""))));
        decoder.push(b"\x81\x08");
        assert_eq!(decoder.skip_missing(8), MissingBytes::Payload(header));
        decoder.push(b"\x89\x00");
        assert_eq!(decoder.next_frame(), Some(Decoded::Frame(Frame::new(Opcode::PING, ""))));
    }

    #[test]
    fn after_other_missing_bytes_the_decoder_starts_over() {
        for (before, count) in [(&b""[..], 1), (b"\x81", 1), (b"\x81\x08ab", 7)] {
            let mut decoder = Decoder::new(1 << 20);
            decoder.push(before);
            assert_eq!(decoder.skip_missing(count), MissingBytes::Unknown);
            decoder.push(b"\x89\x00");
            assert_eq!(decoder.next_frame(), Some(Decoded::Frame(Frame::new(Opcode::PING, ""))));
        }
        let mut decoder = Decoder::new(4);
        decoder.push(b"\x81\x08ab");
        assert!(matches!(decoder.next_frame(), Some(Decoded::Oversize(_))));
        assert_eq!(decoder.skip_missing(4), MissingBytes::Skipped);
        decoder.push(b"gh\x89\x00");
        assert_eq!(decoder.next_frame(), Some(Decoded::Frame(Frame::new(Opcode::PING, ""))));
    }

    #[test]
    fn the_examples_of_rfc_6455_5_7_decode() {
        let hello = Frame::new(Opcode::TEXT, "Hello");
        assert_eq!(decode(b"\x81\x05Hello"), [Decoded::Frame(hello.clone())]);
        let masked = hello.with_mask(Mask([0x37, 0xFA, 0x21, 0x3D]));
        assert_eq!(decode(b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"), [Decoded::Frame(masked)]);
        let fragments = [
            Decoded::Frame(Frame::new(Opcode::TEXT, "Hel").with_fin(false)),
            Decoded::Frame(Frame::new(Opcode::CONTINUATION, "lo")),
        ];
        assert_eq!(decode(b"\x01\x03Hel\x80\x02lo"), fragments);
    }

    #[test]
    fn an_oversize_frame_is_reported_at_once_and_decoding_goes_on_after_it() {
        let mut decoder = Decoder::new(4);
        decoder.push(b"\x82\x05ab");
        let Some(Decoded::Oversize(header)) = decoder.next_frame() else { panic!("no oversize") };
        assert_eq!(header.length, Length::minimal(5));
        assert_eq!(decoder.partial(), Some(Partial::Payload { header, payload: b"", received: 2 }));
        decoder.push(b"cde\x89\x00");
        assert_eq!(decoder.next_frame(), Some(Decoded::Frame(Frame::new(Opcode::PING, ""))));
        assert_eq!((decoder.next_frame(), decoder.partial()), (None, None));
    }

    #[test]
    fn a_length_that_lies_beyond_memory_costs_nothing() {
        let mut decoder = Decoder::new(u64::MAX);
        decoder.push(b"\x82\x7f\x40\x00\x00\x00\x00\x00\x00\x00");
        assert_eq!(decoder.payload.capacity(), 0);
        decoder.push(b"abc");
        assert!(decoder.payload.capacity() <= 3 * TRUST);
        let Some(Partial::Payload { payload, received: 3, .. }) = decoder.partial() else {
            panic!("no payload")
        };
        assert_eq!(payload, b"abc");
    }

    #[test]
    fn a_payload_that_arrives_bit_by_bit_takes_no_more_memory_than_it_needs() {
        let mut decoder = Decoder::new(u64::MAX);
        decoder.push(b"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00");
        for _ in 0..0x1_0000 {
            assert_eq!(decoder.next_frame(), None);
            decoder.push(b"a");
            assert!(decoder.payload.capacity() <= decoder.payload.len() * TRUST);
        }
        let Some(Decoded::Frame(frame)) = decoder.next_frame() else { panic!("no frame") };
        assert_eq!(frame.payload.try_into_mut().expect("nobody else has it").capacity(), 0x1_0000);
    }

    #[test]
    fn a_length_with_its_top_bit_set_is_oversize_whatever_the_limit() {
        let mut decoder = Decoder::new(u64::MAX);
        decoder.push(&[0x82, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3]);
        assert!(matches!(decoder.next_frame(), Some(Decoded::Oversize(header)) if header.length.top_bit()));
    }

    #[test]
    fn pending_bytes_are_those_that_arrived() {
        let whole = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51";
        for end in 0..whole.len() {
            let mut decoder = Decoder::new(1 << 20);
            decoder.push(&whole[..end]);
            assert_eq!(decoder.pending_bytes(), whole[..end]);
        }
    }

    #[test]
    fn pending_bytes_are_bounded() {
        let mut decoder = Decoder::new(1 << 20);
        decoder.push(&[0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0]);
        decoder.push(&[7; 60_000]);
        assert_eq!(decoder.pending_bytes().len(), Decoder::PENDING_MAX);
    }

    #[test]
    fn many_small_payloads_keep_apart() {
        let mut bytes = Vec::new();
        for i in 0..10_000_u32 {
            Frame::new(Opcode::BINARY, i.to_be_bytes().to_vec())
                .with_mask(Mask([1, 2, 3, 4]))
                .encode(&mut bytes);
        }
        for (i, decoded) in decode(&bytes).into_iter().enumerate() {
            let Decoded::Frame(frame) = decoded else { panic!("oversize") };
            assert_eq!(frame.payload, (i as u32).to_be_bytes()[..]);
        }
    }
}
