//! A script's lines as values: what is sent, what is expected, what is done besides.

use wsspec_wire::{CloseCode, ConnectionName, LengthForm, Mask, MessageKind, Opcode, Rsv};

use crate::{bound::Bound, payload::Payload, peer_value::PeerValue};

/// A parsed script: lines in order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Script {
    /// The lines that do something; comments and blank lines are gone.
    pub lines: Vec<Line>,
}

/// One line of a script.
#[derive(Clone, Debug)]
pub struct Line {
    /// 1-based line number in the script's text.
    pub number: usize,
    /// Which of the script's connections it belongs to; `None`: to each.
    pub connection: Option<ConnectionName>,
    /// What it says.
    pub step: Step,
}

impl Line {
    /// A line that belongs to each connection of its script.
    #[must_use]
    pub fn new(number: usize, step: Step) -> Self {
        Self { number, connection: None, step }
    }
}

/// Two lines are equal when they say the same, wherever they stand.
impl PartialEq for Line {
    fn eq(&self, other: &Self) -> bool {
        (&self.connection, &self.step) == (&other.connection, &other.step)
    }
}

impl Eq for Line {}

/// What a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `> ITEM`
    Send(Sending),
    /// `< ITEM`, `<? ITEM`, `<~ ITEM`
    Expect(Expectation),
    /// `alive`
    Alive,
    /// `finish`
    Finish,
    /// `quiet 200ms`
    Quiet(Interval),
    /// `wait 1s`
    Wait(Interval),
    /// `chop N`
    Chop(Chop),
    /// `pause 20ms`
    Pause(Interval),
    /// `deaf 1s`
    Deaf(Interval),
    /// `measure`, `measure held 16MiB`
    Measure(Option<Bound>),
    /// `terminate`
    Terminate,
    /// `connections N`
    Connections(u32),
    /// `repeat N` ... `end`
    Repeat {
        /// How often; at least once.
        count: u32,
        /// The lines between.
        body: Vec<Line>,
    },
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Milliseconds.
    Millis(u64),
    /// Multiples of the round trip that was measured before the run.
    RoundTrips(u32),
}

/// How written bytes are cut into segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Chop {
    /// Lines in a row go out together.
    #[default]
    Whole,
    /// One segment a line.
    Line,
    /// So many bytes a segment; at least one.
    Bytes(usize),
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// One frame, or several by `split`.
    Frame(FrameSpec),
    /// Bytes as they are.
    Raw(Payload),
    /// An opening handshake request.
    Request(RequestSpec),
    /// An opening handshake response.
    Response(ResponseSpec),
    /// The end of our half of the stream.
    Eof,
    /// An RST.
    Reset,
}

/// A frame to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSpec {
    /// Its kind, which gives the opcode.
    pub kind: FrameKind,
    /// Payload; of a close frame with a code, the reason.
    pub payload: Payload,
    /// All that is not as usual.
    pub attributes: Attributes,
}

/// Kinds of frames that can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// `text`, 0x1.
    Text,
    /// `binary`, 0x2.
    Binary,
    /// `cont`, 0x0.
    Continuation,
    /// `ping`, 0x9.
    Ping,
    /// `pong`, 0xA.
    Pong,
    /// `close`, 0x8, with a status code or none.
    Close(Option<CloseCode>),
    /// `op:N`, any opcode.
    Opcode(Opcode),
}

impl FrameKind {
    /// The opcode on the wire.
    pub fn opcode(self) -> Opcode {
        match self {
            Self::Text => Opcode::TEXT,
            Self::Binary => Opcode::BINARY,
            Self::Continuation => Opcode::CONTINUATION,
            Self::Ping => Opcode::PING,
            Self::Pong => Opcode::PONG,
            Self::Close(_) => Opcode::CLOSE,
            Self::Opcode(opcode) => opcode,
        }
    }
}

/// What a sent frame does otherwise than usual.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The FIN bit; unset by `-fin`.
    pub fin: bool,
    /// Reserved bits.
    pub rsv: Rsv,
    /// Masking.
    pub mask: MaskSpec,
    /// The declared length where it lies.
    pub length: Option<u64>,
    /// A length form that is not the shortest.
    pub form: Option<LengthForm>,
    /// Fragments of at most so many payload bytes.
    pub split: Option<usize>,
    /// Compressed as negotiated.
    pub deflate: bool,
}

impl Default for Attributes {
    fn default() -> Self {
        Self {
            fin: true,
            rsv: Rsv::NONE,
            mask: MaskSpec::Usual,
            length: None,
            form: None,
            split: None,
            deflate: false,
        }
    }
}

/// How a sent frame is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskSpec {
    /// As our role has it: a client masks with a key of the seed, a server does not mask.
    Usual,
    /// `-mask`
    Unmasked,
    /// `mask:00000000`
    Key(Mask),
}

/// A request head to send: the default one, edited.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RequestSpec {
    /// `GET` unless given.
    pub method: Option<Word>,
    /// The target's path and query unless given.
    pub target: Option<Word>,
    /// `HTTP/1.1` unless given.
    pub version: Option<Word>,
    /// Edits of its fields, in order.
    pub fields: Vec<FieldEdit>,
}

/// The status that opens a connection over HTTP/1.1: Switching Protocols (RFC 6455, 4.2.2).
const SWITCHING_PROTOCOLS: u16 = 101;

/// A response head to send: the default one for its status, edited.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ResponseSpec {
    /// What it answers.
    pub answer: Answer,
    /// Edits of its fields, in order.
    pub fields: Vec<FieldEdit>,
}

/// What a response that is sent answers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Answer {
    /// `accepted`: the connection is open, whichever status says so.
    #[default]
    Accepted,
    /// `response STATUS`, with a reason phrase of its own or the usual one.
    Status(u16, Option<Payload>),
}

impl ResponseSpec {
    /// The status code over HTTP/1.1.
    pub fn status(&self) -> u16 {
        match self.answer {
            Answer::Accepted => SWITCHING_PROTOCOLS,
            Answer::Status(status, _) => status,
        }
    }

    /// The reason phrase, where it is not the usual one.
    pub fn reason(&self) -> Option<&Payload> {
        match &self.answer {
            Answer::Accepted => None,
            Answer::Status(_, reason) => reason.as_ref(),
        }
    }
}

/// A bare word or a payload: a piece of a request line, or a field value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Written as it is.
    Bare(String),
    /// Written as a payload.
    Payload(Payload),
}

impl Word {
    /// The bytes it stands for.
    pub fn bytes(&self) -> bytes::Bytes {
        match self {
            Self::Bare(text) => text.clone().into(),
            Self::Payload(payload) => payload.bytes(),
        }
    }

    /// The bytes it stands for, where `told` says what the peer's opening tells.
    pub fn bytes_with(&self, told: &dyn Fn(PeerValue) -> bytes::Bytes) -> bytes::Bytes {
        match self {
            Self::Bare(text) => text.clone().into(),
            Self::Payload(payload) => payload.bytes_with(told),
        }
    }
}

/// One edit of a head's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldEdit {
    /// `Name: value`: in place of the field of that name, or at the end.
    Set(String, Word),
    /// `+Name: value`: one more at the end.
    Add(String, Word),
    /// `-Name`: none of that name.
    Remove(String),
    /// `Name first`, `Name last`: the fields of that name before or behind all others.
    Move(String, FieldPlace),
    /// A payload alone: these bytes at the end of the fields, line end included.
    Verbatim(Payload),
}

impl FieldEdit {
    /// What of the peer's it is made of, if it is.
    #[must_use]
    pub fn peer_value(&self) -> Option<PeerValue> {
        match self {
            Self::Set(_, Word::Payload(payload))
            | Self::Add(_, Word::Payload(payload))
            | Self::Verbatim(payload) => payload.peer_value(),
            _ => None,
        }
    }
}

/// Where in a head a field is moved to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPlace {
    /// Before all others.
    First,
    /// Behind all others.
    Last,
}

impl FieldPlace {
    /// As it is written.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
        }
    }

    /// From what is written.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::First, Self::Last].into_iter().find(|place| place.word() == word)
    }
}

/// What must, should or may arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// How strongly.
    pub strength: Strength,
    /// Any one of these will do; the first that fits counts. Never empty.
    pub alternatives: Vec<Alternative>,
    /// Its own time limit.
    pub within: Option<Interval>,
    /// Fields of the head that arrived.
    pub fields: Vec<FieldExpectation>,
}

/// The level of an expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Strength {
    /// `<`
    Must,
    /// `<?`
    Should,
    /// `<~`
    May,
}

/// Things that must all arrive, in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// After `|?`: it does, but the verdict is lenient.
    pub lenient: bool,
    /// Never empty.
    pub all: Vec<Expected>,
}

/// One thing that may arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A whole message; `None`: whatever it holds.
    Message(MessageKind, Option<Payload>),
    /// A ping frame.
    Ping(Option<Payload>),
    /// A pong frame.
    Pong(Option<Payload>),
    /// A close frame.
    Close(ExpectedClose),
    /// A request head.
    Request,
    /// A response head.
    Response(StatusPattern),
    /// The end of the stream.
    Eof,
    /// An RST.
    Reset,
    /// *Fail the WebSocket Connection* (RFC 6455, 7.1.7).
    Fail(Option<CloseCode>),
}

/// Which close frames fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedClose {
    /// Any.
    Any,
    /// This code; with a payload, this reason too.
    Code(CloseCode, Option<Payload>),
    /// Exactly this body.
    Body(Payload),
}

/// Which responses fit, by their status codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// `response`: any.
    Any,
    /// `accepted`: the one that opens the connection, whichever status says so.
    Accepted,
    /// `response 101`: this one.
    Exactly(u16),
    /// `response 4xx`: the hundreds digit.
    Class(u8),
}

impl StatusPattern {
    /// Whether a status fits over HTTP/1.1.
    pub fn matches(self, status: u16) -> bool {
        match self {
            Self::Any => true,
            Self::Accepted => status == SWITCHING_PROTOCOLS,
            Self::Exactly(wanted) => wanted == status,
            Self::Class(hundreds) => status / 100 == u16::from(hundreds),
        }
    }
}

/// What is expected of a head's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldExpectation {
    /// A field with this value; `None`: any.
    Present(String, Option<Word>),
    /// No such field.
    Absent(String),
}

impl Script {
    /// Every line, those in `repeat` blocks included, in order of writing.
    pub fn walk(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().flat_map(|line| match &line.step {
            Step::Repeat { body, .. } => std::slice::from_ref(line).iter().chain(body.iter()),
            _ => std::slice::from_ref(line).iter().chain([].iter()),
        })
    }

    /// On how many connections it runs at once; at least one.
    pub fn connections(&self) -> u32 {
        let count = |line: &Line| match line.step {
            Step::Connections(count) => Some(count),
            _ => None,
        };
        self.lines.iter().find_map(count).unwrap_or(1)
    }

    /// What each of its connections does but the last, on which alone the peer's process is measured.
    pub fn unmeasured(&self) -> Self {
        let measures = |line: &&Line| matches!(line.step, Step::Measure(_) | Step::Connections(_));
        Self { lines: self.lines.iter().filter(|line| !measures(line)).cloned().collect() }
    }

    /// Whether the script has the peer's process end.
    pub fn terminates(&self) -> bool {
        self.walk().any(|line| line.step == Step::Terminate)
    }

    /// Whether the script ends our half of the stream.
    pub fn ends_stream(&self) -> bool {
        self.walk().any(|line| matches!(line.step, Step::Send(Sending::Eof | Sending::Reset)))
    }

    /// Whether the script performs the opening handshake itself.
    pub fn does_handshake(&self) -> bool {
        self.walk().any(|line| match &line.step {
            Step::Send(Sending::Request(_) | Sending::Response(_)) => true,
            Step::Expect(e) => e.expected().any(|x| matches!(x, Expected::Request | Expected::Response(_))),
            _ => false,
        })
    }
}

impl Expectation {
    /// Everything that is named in any alternative.
    pub fn expected(&self) -> impl Iterator<Item = &Expected> {
        self.alternatives.iter().flat_map(|alternative| &alternative.all)
    }
}
