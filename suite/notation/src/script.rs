//! A script's lines as values: what is sent, what is expected, and everything else.

use wsspec_wire::{CloseCode, ConnectionName, Layer, LengthForm, Mask, MessageKind, Opcode, Rsv};

use crate::{bound::Bound, http2::Http2Spec, payload::Payload, peer_value::PeerValue};

/// A parsed script: lines in order.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Script {
    /// The lines that do something; without comments and blank lines.
    pub lines: Vec<Line>,
}

/// One line of a script.
#[derive(Clone, Debug)]
pub struct Line {
    /// 1-based line number in the script's text.
    pub number: usize,
    /// Which of the script's connections it belongs to; `None`: to each.
    pub connection: Option<ConnectionName>,
    /// Its content.
    pub step: Step,
}

impl Line {
    /// A line that belongs to each connection of its script.
    #[must_use]
    pub fn new(number: usize, step: Step) -> Self {
        Self { number, connection: None, step }
    }
}

/// Two lines are equal if their content is, wherever they are.
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
    /// `streams NAME NAME ..`
    Streams(Vec<ConnectionName>),
    /// `repeat N` ... `end`
    Repeat {
        /// How many times; at least once.
        count: u32,
        /// The lines in between.
        body: Vec<Line>,
    },
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Milliseconds.
    Millis(u64),
    /// Multiples of the round trip measured before the run.
    RoundTrips(u32),
    /// Multiples of `pingInterval` and `pingTimeout` together, as an Engine.IO server announces them.
    Heartbeats(u32),
}

/// How written bytes are split into segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Chop {
    /// Consecutive lines are sent together.
    #[default]
    Whole,
    /// One segment per line.
    Line,
    /// Segments of this many bytes; at least one.
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
    /// A frame that only HTTP/2 has.
    Http2(Http2Spec),
    /// An item of a layer.
    Item(ItemSpec),
}

impl Sending {
    /// Whether it asks a proxy for a tunnel (RFC 9110, 9.3.6).
    pub fn asks_for_tunnel(&self) -> bool {
        let Self::Request(spec) = self else { return false };
        spec.method.as_ref().and_then(Word::as_bare) == Some("CONNECT")
    }
}

/// A frame to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameSpec {
    /// Its kind, which gives the opcode.
    pub kind: FrameKind,
    /// Payload; for a close frame with a code, the reason.
    pub payload: Payload,
    /// Everything that differs from the default.
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
    /// `close`, 0x8, with or without a status code.
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

/// How a sent frame differs from the default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributes {
    /// The FIN bit; unset by `-fin`.
    pub fin: bool,
    /// Reserved bits.
    pub rsv: Rsv,
    /// Masking.
    pub mask: MaskSpec,
    /// The declared length, if it differs from the real one.
    pub length: Option<u64>,
    /// A length form other than the shortest.
    pub form: Option<LengthForm>,
    /// Fragments of at most this many payload bytes.
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
    /// As our role requires: a client masks with a key from the seed, a server does not mask.
    Usual,
    /// `-mask`
    Unmasked,
    /// `mask:00000000`
    Key(Mask),
}

/// A request head to send: the default one with edits.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct RequestSpec {
    /// `GET` by default.
    pub method: Option<Word>,
    /// The target's path and query by default.
    pub target: Option<Word>,
    /// `HTTP/1.1` by default.
    pub version: Option<Word>,
    /// Edits of its fields, in order.
    pub fields: Vec<FieldEdit>,
}

/// The status that opens a connection over HTTP/1.1: Switching Protocols (RFC 6455, 4.2.2).
const SWITCHING_PROTOCOLS: u16 = 101;

/// A response head to send: the default one for its status, with edits.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ResponseSpec {
    /// The answer.
    pub answer: Answer,
    /// Edits of its fields, in order.
    pub fields: Vec<FieldEdit>,
}

/// The kind of response that is sent.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Answer {
    /// `accepted`: the connection is open, whatever the status.
    #[default]
    Accepted,
    /// `response STATUS`, with its own reason phrase or the default one.
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

    /// The reason phrase, if it is not the default one.
    pub fn reason(&self) -> Option<&Payload> {
        match &self.answer {
            Answer::Accepted => None,
            Answer::Status(_, reason) => reason.as_ref(),
        }
    }
}

/// A bare word or a payload: part of a request line, or a field value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// Written as it is.
    Bare(String),
    /// Written as a payload.
    Payload(Payload),
}

impl Word {
    /// Its text, unless it is a payload.
    #[must_use]
    pub fn as_bare(&self) -> Option<&str> {
        match self {
            Self::Bare(text) => Some(text),
            Self::Payload(_) => None,
        }
    }

    /// The bytes it stands for.
    pub fn bytes(&self) -> bytes::Bytes {
        match self {
            Self::Bare(text) => text.clone().into(),
            Self::Payload(payload) => payload.bytes(),
        }
    }

    /// The bytes it stands for, where `value_of` gives the values from the peer's opening handshake.
    pub fn bytes_with(&self, value_of: &dyn Fn(PeerValue) -> bytes::Bytes) -> bytes::Bytes {
        match self {
            Self::Bare(text) => text.clone().into(),
            Self::Payload(payload) => payload.bytes_with(value_of),
        }
    }
}

/// One edit of a head's fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldEdit {
    /// `Name: value`: replaces the field with that name, or is added at the end.
    Set(String, Word),
    /// `+Name: value`: adds one more at the end.
    Add(String, Word),
    /// `-Name`: removes all fields with that name.
    Remove(String),
    /// `Name first`, `Name last`: the fields with that name before or after all others.
    Move(String, FieldPlace),
    /// A payload alone: these bytes at the end of the fields, including the line ending.
    Verbatim(Payload),
}

impl FieldEdit {
    /// Which value of the peer it contains, if any.
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

/// Where in a head a field is moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldPlace {
    /// Before all others.
    First,
    /// After all others.
    Last,
}

impl FieldPlace {
    /// Its word in the notation.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Last => "last",
        }
    }

    /// From its word in the notation.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::First, Self::Last].into_iter().find(|place| place.word() == word)
    }
}

/// An item to send: the default one for its word, with edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemSpec {
    /// The layer that it belongs to.
    pub layer: Layer,
    /// Its word, or all of its octets as a payload.
    pub word: Word,
    /// What a request of HTTP asks for; `None` for other items.
    pub request: Option<Box<HttpRequestSpec>>,
    /// The connection for HTTP that it goes to, if that has a name.
    pub connection: Option<ConnectionName>,
    /// Edits of its fields, in order.
    pub fields: Vec<FieldEdit>,
    /// Its body.
    pub body: Option<Payload>,
    /// `pieces:N`: messages of this many octets each, in place of one.
    pub pieces: Option<usize>,
    /// `+more`: the next item is in the same message.
    pub more: bool,
}

/// What a request of HTTP asks for, besides its method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpRequestSpec {
    /// The target, in which values may stand: `$base/000/$session/xhr`.
    pub target: Word,
    /// The version, if it is not HTTP/1.1.
    pub version: Option<Word>,
    /// Whether it goes out on the TCP connection of the request before it, which the server has to keep open.
    pub same: bool,
}

/// Which items match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemPattern {
    /// The layer that it belongs to.
    pub layer: Layer,
    /// Its word; `None`: any. For a response of HTTP its status, also as `4xx`.
    pub word: Option<String>,
    /// The connection for HTTP that it comes on, if that has a name.
    pub connection: Option<ConnectionName>,
}

/// What must, should or may arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expectation {
    /// Its level.
    pub strength: Strength,
    /// One of these has to match; the first match counts. Never empty.
    pub alternatives: Vec<Alternative>,
    /// Its own time limit.
    pub within: Option<Interval>,
    /// Expectations about the fields of the received head or item.
    pub fields: Vec<FieldExpectation>,
    /// The expected body of the received item; `None`: any.
    pub body: Option<Payload>,
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
    /// After `|?`: it matches, but the verdict is lenient.
    pub lenient: bool,
    /// Never empty.
    pub all: Vec<Expected>,
}

/// One thing that may arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A whole message; `None`: any payload.
    Message(MessageKind, Option<Payload>),
    /// A ping frame.
    Ping(Option<Payload>),
    /// A pong frame.
    Pong(Option<Payload>),
    /// A close frame.
    Close(ExpectedClose),
    /// A request head.
    Request,
    /// A request for a tunnel (RFC 9110, 9.3.6); with a payload, to that host and port.
    Connect(Option<Payload>),
    /// A response head.
    Response(StatusPattern),
    /// An item of a layer.
    Item(ItemPattern),
    /// The end of the stream.
    Eof,
    /// An RST.
    Reset,
    /// *Fail the WebSocket Connection* (RFC 6455, 7.1.7).
    Fail(Option<CloseCode>),
}

/// Which close frames match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedClose {
    /// Any.
    Any,
    /// This code; with a payload, this reason too.
    Code(CloseCode, Option<Payload>),
    /// Exactly this body.
    Body(Payload),
}

/// Which responses match, by their status codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusPattern {
    /// `response`: any.
    Any,
    /// `accepted`: the one that opens the connection, whatever its status.
    Accepted,
    /// `response 101`: this one.
    Exactly(u16),
    /// `response 4xx`: the hundreds digit.
    Class(u8),
}

impl StatusPattern {
    /// Whether a status matches over HTTP/1.1.
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
    /// Every line, including those in `repeat` blocks, in written order.
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

    /// The script for all its connections but the last, which is the only one that measures the peer's process.
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
        let ends = |sending: &Sending| match sending {
            Sending::Eof | Sending::Reset | Sending::Http2(Http2Spec::Reset(_)) => true,
            Sending::Http2(Http2Spec::Data { ends, .. }) => *ends,
            _ => false,
        };
        self.walk().any(|line| matches!(&line.step, Step::Send(sending) if ends(sending)))
    }

    /// Whether the script sends frames of HTTP/2 that concern all streams of a connection.
    pub fn concerns_all_streams(&self) -> bool {
        self.walk().any(|line| {
            matches!(line.step, Step::Send(Sending::Http2(Http2Spec::Settings(_) | Http2Spec::GoAway(_))))
        })
    }

    /// Whether the script performs the opening handshake itself.
    pub fn does_handshake(&self) -> bool {
        self.walk().any(|line| match &line.step {
            Step::Send(Sending::Request(_) | Sending::Response(_)) => true,
            Step::Expect(e) => e.expected().any(Expected::is_head),
            _ => false,
        })
    }

    /// Whether it asks a proxy for a tunnel (RFC 9110, 9.3.6).
    pub fn asks_for_tunnel(&self) -> bool {
        self.walk().any(|line| matches!(&line.step, Step::Send(sending) if sending.asks_for_tunnel()))
    }

    /// Whether it plays a proxy that a client asks for a tunnel.
    pub fn expects_tunnel(&self) -> bool {
        self.expectations().any(|e| e.expected().any(|x| matches!(x, Expected::Connect(_))))
    }

    /// Whether it looks at the credentials that a client has for its proxy.
    pub fn expects_proxy_credentials(&self) -> bool {
        let mut fields = self.expectations().flat_map(|expectation| &expectation.fields);
        fields.any(|field| {
            let (FieldExpectation::Present(name, _) | FieldExpectation::Absent(name)) = field;
            name.eq_ignore_ascii_case("Proxy-Authorization")
        })
    }

    fn expectations(&self) -> impl Iterator<Item = &Expectation> {
        self.walk().filter_map(|line| match &line.step {
            Step::Expect(expectation) => Some(expectation),
            _ => None,
        })
    }
}

impl Expected {
    /// Whether it is an item of a layer.
    pub fn is_item(&self) -> bool {
        matches!(self, Self::Item(_))
    }

    /// Whether it is a request or a response.
    pub fn is_head(&self) -> bool {
        matches!(self, Self::Request | Self::Connect(_) | Self::Response(_))
    }
}

impl Expectation {
    /// All items named in any alternative.
    pub fn expected(&self) -> impl Iterator<Item = &Expected> {
        self.alternatives.iter().flat_map(|alternative| &alternative.all)
    }
}
