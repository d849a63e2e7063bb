//! What is sent.

use std::time::Duration;

use bytes::Bytes;
use wsspec_wire::{Frame, Header, Length, Mask, MessageKind, Opcode, Role, Rsv};

use super::{CaseSession, Segment, SessionPace, SessionState, Timer};
use crate::case::{CaseJudge, Outgoing};

/// Consecutive segments are joined up to this size, unless each has to be sent separately.
const JOINED: usize = 64 << 10;
/// Enough time for a waiting peer to read a segment before the next one arrives, but not to answer. It decides
/// whether a peer has finished one message when the next, invalid one arrives: NON-STRICT if not.
const SPACE: Duration = Duration::from_micros(80);

impl CaseSession {
    pub(super) fn write_head(&mut self, bytes: &[u8]) {
        self.log.sent(bytes, false);
        self.outgoing.preopen += bytes.len() as u64;
        self.queue.push_back(Segment { bytes: Bytes::copy_from_slice(bytes), apart: true, spaced: false });
    }

    pub(super) fn read_head(&mut self, bytes: &[u8]) {
        self.log.received(bytes);
        self.incoming.preopen += bytes.len() as u64;
    }

    fn mask(&self) -> Option<Mask> {
        let masked = match self.role {
            Role::Client => self.options.mask_as_client,
            Role::Server => self.options.mask_as_server,
        };
        masked.then(|| Mask(rand::random()))
    }

    pub(super) fn send_frame(&mut self, sent: &Outgoing) {
        let opcode = Opcode::from_low_bits(sent.opcode);
        let frame =
            Frame::new(opcode, sent.payload()).with_fin(sent.fin).with_rsv(Rsv::from_low_bits(sent.rsv));
        let frame = match self.mask() {
            Some(mask) => frame.with_mask(mask),
            None => frame,
        };
        if matches!(sent.opcode, 0..=2) {
            self.outgoing.frames += 1;
        }
        self.log.frame_sent(sent, &frame.header);
        let mut bytes = Vec::new();
        frame.encode(&mut bytes);
        self.write(bytes.into(), sent.chop, sent.sync);
    }

    fn write(&mut self, mut bytes: Bytes, chop: Option<usize>, sync: bool) {
        let size = chop.unwrap_or(usize::MAX).max(1);
        let apart = chop.is_some() || sync;
        let spaced =
            apart && self.pace == SessionPace::Patient && matches!(self.case.judge, CaseJudge::Events { .. });
        while !bytes.is_empty() {
            let segment = bytes.split_to(size.min(bytes.len()));
            self.log.sent(&segment, sync);
            self.outgoing.wire += segment.len() as u64;
            self.queue.push_back(Segment { bytes: segment, apart, spaced });
        }
    }

    /// The next segment to write.
    pub(super) fn segment(&mut self) -> Option<Bytes> {
        let spaced = self.queue.front()?.spaced;
        if spaced && self.now < self.timing.not_before {
            return None;
        }
        (self.timing.written_at, self.timing.not_before) = (self.now, self.now + SPACE);
        let first = self.queue.pop_front()?;
        let joins = |next: &Segment, length: usize| !next.apart && length + next.bytes.len() <= JOINED;
        if first.apart || !self.queue.front().is_some_and(|next| joins(next, first.bytes.len())) {
            return Some(first.bytes);
        }
        let mut joined = first.bytes.to_vec();
        while self.queue.front().is_some_and(|next| joins(next, joined.len())) {
            joined.extend(self.queue.pop_front().into_iter().flat_map(|next| next.bytes));
        }
        Some(joined.into())
    }

    /// A message, compressed if agreed, in fragments of this size (0: unfragmented).
    pub(super) fn send_message(&mut self, kind: MessageKind, payload: &Bytes, fragment: usize) {
        let compressed = self.deflater.as_mut().map(|deflater| Bytes::from(deflater.compress(payload)));
        let rsv = if compressed.is_some() { Rsv::RSV1.bits() } else { 0 };
        self.outgoing.messages += 1;
        self.outgoing.app += payload.len() as u64;
        let mut rest = compressed.unwrap_or_else(|| payload.clone());
        self.outgoing.websocket += rest.len() as u64;
        let size = if fragment == 0 { usize::MAX } else { fragment };
        let mut opcode = if kind == MessageKind::Text { 1 } else { 2 };
        loop {
            let part = rest.split_to(size.min(rest.len()));
            let rsv = if opcode == 0 { 0 } else { rsv };
            self.send_frame(&Outgoing { fin: rest.is_empty(), rsv, ..Outgoing::new(opcode, part) });
            if rest.is_empty() {
                return;
            }
            opcode = 0;
        }
    }

    /// The header of a text frame whose payload is sent in parts.
    pub(super) fn begin_frame(&mut self, length: usize) {
        let mask = self.mask();
        let header = Header {
            fin: true,
            rsv: Rsv::NONE,
            opcode: Opcode::TEXT,
            mask,
            length: Length::minimal(length as u64),
        };
        self.parts = (mask, 0);
        let mut bytes = Vec::new();
        header.encode(&mut bytes);
        self.write(bytes.into(), None, false);
    }

    pub(super) fn send_part(&mut self, part: &Bytes) {
        let (mask, offset) = self.parts;
        let mut bytes = part.to_vec();
        if let Some(mask) = mask {
            mask.apply(&mut bytes, offset);
        }
        self.parts.1 += part.len();
        self.write(bytes.into(), None, false);
    }

    /// Starts the closing handshake, unless it has begun.
    pub(super) fn send_close(&mut self, code: Option<u16>, reason: Option<Bytes>) {
        self.close_frame(code, reason, true);
    }

    /// A close frame; only the first one counts.
    pub(super) fn close_frame(&mut self, code: Option<u16>, reason: Option<Bytes>, by_me: bool) {
        if self.state != SessionState::Open {
            return;
        }
        let mut payload = code.map_or(Vec::new(), |code| code.to_be_bytes().to_vec());
        payload.extend_from_slice(reason.as_deref().unwrap_or_default());
        self.send_frame(&Outgoing::new(8, payload));
        self.state = SessionState::Closing;
        (self.facts.closed_by_me, self.facts.local_code, self.facts.local_reason) = (by_me, code, reason);
        if by_me && !self.options.close_timeout.is_zero() {
            self.after(self.options.close_timeout, Timer::CloseHandshake);
        }
    }

    /// Fails the connection (RFC 6455, 7.1.7).
    pub(super) fn fail(&mut self, code: u16, reason: &'static str) {
        if self.state == SessionState::Closed {
            return;
        }
        self.facts.failed_by_me = true;
        if self.options.fail_by_drop {
            self.unclean("the tester failed the connection by ending TCP");
        } else if self.state == SessionState::Closing {
            self.drop_connection();
        } else {
            self.close_frame(Some(code), Some(Bytes::from_static(reason.as_bytes())), true);
        }
    }
}
