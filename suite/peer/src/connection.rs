//! An open connection: reads frames, and answers them.

mod common;
mod control;
mod deflate;
mod echo;
mod message;
mod rules;

use bytes::Bytes;
use wsspec_wire::{CloseCode, DeflateParams, Header, MessageKind, Opcode, Role, Rsv};

pub(crate) use self::common::Common;
use self::{deflate::Deflate, message::MessageInProgress, rules::Ruling};
use crate::{
    Flaw, Habit,
    flaw::Conduct,
    keys::Keys,
    reader::{Cut, FrameReader, Piece},
    utf8::Checker,
    writer::Writer,
};

/// A connection after its opening handshake.
#[derive(Debug)]
pub(crate) struct PeerConnection {
    fault: Conduct,
    role: Role,
    state: ConnectionState,
    reader: FrameReader,
    pub(crate) writer: Writer,
    /// The frame being received.
    frame: Option<PartialFrame>,
    /// The message being received.
    message: Option<MessageInProgress>,
    /// permessage-deflate, if it is in use.
    deflate: Option<Deflate>,
    memory: FlawMemory,
    /// State shared with the peer's other connections; only with a flaw.
    common: Option<Common>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum ConnectionState {
    Open,
    /// It has failed the connection, but still reads; only with a flaw.
    AwaitingClose,
    /// Nothing more is read.
    Done,
}

/// A frame being received.
#[derive(Debug)]
struct PartialFrame {
    header: Header,
    /// The payload of a control frame so far.
    payload: Vec<u8>,
    /// Whether its payload is discarded.
    passed_over: bool,
    /// Whether the connection fails only at the end of the frame; only with a flaw.
    fails_late: bool,
}

/// What flaws remember of earlier input.
#[derive(Debug, Default)]
struct FlawMemory {
    frames: usize,
    messages: usize,
    pings: usize,
    pongs: Vec<Bytes>,
    last_ping: Bytes,
    last_key: Option<[u8; 4]>,
    last_kind: Option<MessageKind>,
    last_payload: Vec<u8>,
    held_pongs: Vec<Bytes>,
    held_close: Option<Bytes>,
    messages_in_segment: usize,
    /// The length of the previous message.
    last_length: usize,
    /// Payload bytes announced so far.
    bytes: u64,
    joining_control: bool,
    has_closed: bool,
    has_lost: bool,
    held: u64,
    has_hung_up: bool,
    carried: Option<Checker>,
}

impl PeerConnection {
    /// A server's connection, with the agreed permessage-deflate, if any.
    pub(crate) fn server(fault: Conduct, agreed: Option<&DeflateParams>) -> Self {
        Self::new(fault, agreed, None)
    }

    /// A client's connection, which masks with these keys.
    pub(crate) fn client(fault: Conduct, agreed: Option<&DeflateParams>, keys: Keys) -> Self {
        Self::new(fault, agreed, Some(keys))
    }

    fn new(fault: Conduct, agreed: Option<&DeflateParams>, keys: Option<Keys>) -> Self {
        let role = if keys.is_some() { Role::Client } else { Role::Server };
        let unasked = fault.is(Flaw::CompressesUnasked).then(DeflateParams::default);
        let to_compress = agreed.filter(|_| !fault.is(Flaw::InflatesDeclined));
        let deflater = to_compress.or(unasked.as_ref()).map(|agreed| Deflate::deflater(fault, role, agreed));
        let mut writer = Writer::new(fault, deflater, keys);
        if let Some(greeting) = fault.habit.and_then(Habit::greeting) {
            writer.message(MessageKind::Text, greeting, Rsv::NONE);
        }
        Self {
            fault,
            role,
            state: ConnectionState::Open,
            reader: FrameReader::new(fault),
            writer,
            frame: None,
            message: None,
            deflate: agreed.map(|agreed| Deflate::new(fault, role, agreed)),
            memory: FlawMemory::default(),
            common: None,
        }
    }

    /// Shares state with the other connections of a peer.
    pub(crate) fn sharing(mut self, common: Common) -> Self {
        let sharing =
            [Flaw::SharesMessages, Flaw::SharesWindow, Flaw::StallsOnHugeLength, Flaw::EndsAllTogether];
        let shares = sharing.into_iter().any(|flaw| self.fault.is(flaw));
        if self.fault.is(Flaw::SharesWindow) {
            common.lock().deflate = self.deflate.take();
        }
        self.common = shares.then_some(common);
        self
    }

    /// Swaps the shared state in or out.
    fn swap_common(&mut self) {
        let Some(common) = &self.common else { return };
        let mut held = common.lock();
        match self.fault.flaw {
            Some(Flaw::SharesMessages) => std::mem::swap(&mut held.message, &mut self.message),
            Some(Flaw::SharesWindow) => std::mem::swap(&mut held.deflate, &mut self.deflate),
            _ => {}
        }
    }

    /// Handles a segment.
    pub(crate) fn receive(&mut self, segment: &[u8]) {
        if self.is_out() {
            return;
        }
        self.swap_common();
        self.read(segment);
        self.swap_common();
    }

    /// Whether input on another connection ends this one; only with a flaw.
    fn is_out(&mut self) -> bool {
        let Some(common) = &self.common else { return false };
        let (stalled, failed) = {
            let held = common.lock();
            (held.stalled, held.failed)
        };
        if failed {
            self.drop_stream();
        }
        stalled || failed
    }

    fn read(&mut self, segment: &[u8]) {
        let is_http = match self.fault.flaw {
            Some(Flaw::PassesOverRequests) => segment.starts_with(b"GET "),
            Some(Flaw::PassesOverResponses) => segment.starts_with(b"HTTP/"),
            _ => false,
        };
        let is_lost =
            self.fault.is(Flaw::LosesFirstSegment) && !std::mem::replace(&mut self.memory.has_lost, true);
        if is_http || is_lost {
            return;
        }
        self.reader.push(segment);
        self.memory.messages_in_segment = 0;
        if self.fault.has(Habit::SendsEvents) && self.state == ConnectionState::Open && !segment.is_empty() {
            self.writer.message(MessageKind::Text, "event", Rsv::NONE);
        }
        while self.state != ConnectionState::Done
            && let Some(piece) = self.reader.next_piece()
        {
            match piece {
                Piece::Begin(header) => self.begin_frame(header),
                Piece::Payload { wire, data } => self.payload(&wire, data),
                Piece::End => {
                    self.end_frame();
                    if self.fault.is(Flaw::ReadsOneFrameASegment) {
                        self.reader.clear();
                    }
                }
            }
        }
        self.end_segment();
    }

    /// The memory that it uses beyond what it needs, in bytes; only with a flaw.
    pub(crate) fn held(&self) -> u64 {
        self.memory.held
    }

    /// The other endpoint has closed its side: there is nothing left to wait for.
    pub(crate) fn end(&mut self) {
        let stays = matches!(self.fault.flaw, Some(Flaw::FailsAndStays | Flaw::StaysAfterClosing))
            && self.state == ConnectionState::Done;
        self.state = ConnectionState::Done;
        if !stays {
            self.hang_up();
        }
    }

    /// Segment boundaries mean nothing (RFC 6455, 5.4); only flaws notice them.
    fn end_segment(&mut self) {
        if self.state == ConnectionState::Done {
            return;
        }
        match self.reader.cut() {
            Cut::InHeader if self.fault.is(Flaw::RefusesCutHeaders) => self.fail(1002),
            Cut::InPayload if self.fault.is(Flaw::EndsFramesWithSegments) => {
                self.reader.end_frame();
                self.end_frame();
            }
            _ => {}
        }
    }

    fn begin_frame(&mut self, header: Header) {
        let ruling = self.rule(&header);
        let header = Header { opcode: self.taken_for(header.opcode), ..header };
        let fails_late = self.fault.is(Flaw::WaitsForLongControl) && ruling == Ruling::PassOver;
        self.memory.frames += 1;
        if let Some(common) = &self.common {
            common.lock().stalled |=
                self.fault.is(Flaw::StallsOnHugeLength) && header.length.value >= 1 << 40;
        }
        self.memory.held = match self.fault.flaw {
            Some(Flaw::TrustsAnnouncedLength) => self.memory.held.max(header.length.value),
            Some(Flaw::HoldsFragments) if header.opcode.is_control() => self.memory.held,
            Some(Flaw::HoldsFragments) if !header.fin => self.memory.held + 4096,
            _ => 0,
        };
        self.memory.bytes = self.memory.bytes.saturating_add(header.length.value);
        self.memory.last_key = header.mask.map(|mask| mask.0);
        self.frame = Some(PartialFrame {
            header,
            payload: Vec::new(),
            passed_over: ruling != Ruling::Take,
            fails_late,
        });
        match ruling {
            Ruling::Take if header.opcode.is_data() => self.begin_fragment(&header),
            Ruling::Take | Ruling::PassOver => {}
            Ruling::Fail(code) => self.fail(code),
            Ruling::Drop => self.drop_stream(),
        }
    }

    fn payload(&mut self, wire: &[u8], data: Vec<u8>) {
        match &mut self.frame {
            Some(frame) if frame.passed_over => {}
            Some(frame) if frame.header.opcode.is_control() => frame.payload.extend_from_slice(&data),
            _ => self.add_to_fragment(wire, &data),
        }
    }

    fn end_frame(&mut self) {
        let Some(frame) = self.frame.take() else { return };
        if frame.fails_late {
            return self.fail(1002);
        }
        if frame.passed_over {
            return;
        }
        let (header, payload) = (frame.header, Bytes::from(frame.payload));
        match header.opcode {
            Opcode::PING => self.ping(payload, header.rsv),
            Opcode::PONG => self.pong(payload),
            Opcode::CLOSE => self.close(payload),
            opcode if opcode.is_data() => self.end_fragment(&header),
            _ => {}
        }
    }

    /// *Fail the WebSocket Connection* (RFC 6455, 7.1.7): sends a close frame, ends the stream, and stops reading.
    fn fail(&mut self, code: u16) {
        let fault = self.fault;
        if let Some(frame) = &mut self.frame {
            frame.passed_over = true;
        }
        if let Some(common) = &self.common {
            common.lock().failed |= fault.is(Flaw::EndsAllTogether);
        }
        let message = self.message.take();
        if fault.is(Flaw::IgnoresBadFrames) {
            return;
        }
        if fault.is(Flaw::FailsSilently) {
            return self.drop_stream();
        }
        if let Some(message) = message.filter(|_| {
            fault.is(Flaw::EchoesFailedMessage) || code == 1007 && fault.is(Flaw::EchoesBeforeFailing)
        }) {
            self.echo(message.kind(), message.into_payload());
        }
        let code = match (fault.flaw, code) {
            (Some(Flaw::FailsWith1000), _) => 1000,
            (Some(Flaw::FailsWith1006), _) => 1006,
            (Some(Flaw::FailsWith1009), _) => 1009,
            (Some(Flaw::FailsWith1010), _) => 1010,
            (Some(Flaw::FailsTextWith1002), 1007) => 1002,
            (_, code) => code,
        };
        if fault.has(Habit::ExplainsFailures) {
            self.writer.message(MessageKind::Text, "this was not expected here", Rsv::NONE);
        }
        self.writer.close(CloseCode(code));
        self.memory.has_closed = true;
        match fault.flaw {
            Some(Flaw::FailsAndStays) => self.state = ConnectionState::Done,
            Some(Flaw::FailsAndGoesOn) => {}
            Some(Flaw::AnswersCloseAfterFailure | Flaw::PongsAfterFailure) => {
                self.state = ConnectionState::AwaitingClose
            }
            _ => self.drop_stream(),
        }
    }

    /// Closes without a code, and stops reading.
    fn refuse(&mut self) {
        if let Some(frame) = &mut self.frame {
            frame.passed_over = true;
        }
        self.message = None;
        self.writer.close_with(Bytes::new());
        self.memory.has_closed = true;
        self.drop_stream();
    }

    /// Ends the stream, whatever was sent before.
    fn drop_stream(&mut self) {
        self.state = ConnectionState::Done;
        self.hang_up();
    }

    /// Resets the connection; only with a flaw.
    fn reset(&mut self) {
        self.state = ConnectionState::Done;
        self.memory.has_hung_up = true;
        self.writer.reset();
    }

    fn hang_up(&mut self) {
        if !std::mem::replace(&mut self.memory.has_hung_up, true) {
            self.writer.hang_up();
        }
    }
}
