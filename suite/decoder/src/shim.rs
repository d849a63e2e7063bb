//! Decoders in other processes: the messages to and from a shim. Does no I/O: bytes go through a [`Transport`].
//! docs/decoders.md is the normative description.

mod batch;
mod message;

use std::{cell::RefCell, fmt, rc::Rc};

use wsspec_wire::Escaped;

use crate::{DecoderEvent, DecoderUnderTest, Rejection, Setting};

use self::message::HEAD;
pub use self::{
    batch::check_all,
    message::{MOST_BYTES, Reply, ShimRequest, VERSIONS},
};

/// The most messages of one answer.
pub const MOST_MESSAGES: usize = 1 << 16;
/// The most payload bytes of one answer.
const MOST_OF_ANSWER: usize = 8 << 20;

/// Why a shim cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It did not start.
    Start(String),
    /// It sent something that is not a message, or a message that is not allowed there.
    Nonsense(String),
    /// It sent more than the bytes can mean.
    Flood,
    /// It did not answer, or did not read, in time.
    Silent(String),
    /// It exited.
    Died(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(why) => write!(f, "the shim did not start: {why}"),
            Self::Nonsense(what) => write!(f, "the shim speaks another protocol: {what}"),
            Self::Flood => write!(
                f,
                "the shim floods: an answer of more than {MOST_MESSAGES} messages or {MOST_OF_ANSWER} bytes"
            ),
            Self::Silent(what) => write!(f, "the shim {what}"),
            Self::Died(how) => write!(f, "the shim ended: {how}"),
        }
    }
}

impl std::error::Error for Trouble {}

/// Bytes of a shim to messages, however they were split; keeps at most one message.
#[derive(Debug, Default)]
pub struct Replies {
    pending: Vec<u8>,
    /// How much of it was read.
    read: usize,
}

impl Replies {
    /// Takes bytes as they arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.drain(..std::mem::take(&mut self.read));
        self.pending.extend_from_slice(bytes);
    }

    /// The next message; `None` while it is incomplete.
    ///
    /// # Errors
    ///
    /// If it is not a message, or too long: reported as soon as its head shows it.
    pub fn next_reply(&mut self) -> Result<Option<Reply>, Trouble> {
        let bytes = &self.pending[self.read..];
        let Some((&[kind, length @ ..], rest)) = bytes.split_first_chunk::<HEAD>() else { return Ok(None) };
        let length = u32::from_be_bytes(length) as usize;
        if !b"HTMPOCDARF".contains(&kind) || length > MOST_BYTES {
            let shown = &bytes[..bytes.len().min(40)];
            return Err(Trouble::Nonsense(format!("it wrote {}", Escaped(shown))));
        }
        let Some(payload) = rest.get(..length) else { return Ok(None) };
        let reply = Reply::parse(kind, payload)?;
        self.read += HEAD + length;
        Ok(Some(reply))
    }

    /// Whether everything that arrived was read.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.read == self.pending.len()
    }
}

/// The connection to a shim.
pub trait Transport {
    /// Writes bytes to the shim.
    ///
    /// # Errors
    ///
    /// If it does not accept them.
    fn send(&mut self, bytes: &[u8]) -> Result<(), Trouble>;

    /// Waits for the next bytes of the shim.
    ///
    /// # Errors
    ///
    /// If none arrive.
    fn receive(&mut self) -> Result<Vec<u8>, Trouble>;
}

/// A shim that has said hello.
#[derive(Debug)]
pub struct Shim<T> {
    transport: T,
    replies: Replies,
    /// The version of the protocol that it speaks.
    version: u8,
    trouble: Option<Trouble>,
}

impl<T: Transport> Shim<T> {
    /// Waits until the shim says hello.
    ///
    /// # Errors
    ///
    /// If it sends anything else, or nothing.
    pub fn meet(transport: T) -> Result<Self, (T, Trouble)> {
        let mut shim = Self { transport, replies: Replies::default(), version: 1, trouble: None };
        match shim.reply() {
            Ok(Reply::Hello(version)) => {
                shim.version = version;
                Ok(shim)
            }
            Ok(other) => {
                let what = format!("its first message is {other:?}, not its hello");
                Err((shim.transport, Trouble::Nonsense(what.chars().take(200).collect())))
            }
            Err(trouble) => Err((shim.transport, trouble)),
        }
    }

    /// The connection to it.
    pub const fn transport(&mut self) -> &mut T {
        &mut self.transport
    }

    /// Whether it accepts [batches](ShimRequest::Batch).
    pub const fn accepts_batches(&self) -> bool {
        self.version > 1
    }

    /// Why it can no longer be used; anything it has sent since is ignored.
    pub const fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    fn reply(&mut self) -> Result<Reply, Trouble> {
        loop {
            if let Some(reply) = self.replies.next_reply()? {
                return Ok(reply);
            }
            let bytes = self.transport.receive()?;
            self.replies.push(&bytes);
        }
    }

    fn ask(&mut self, request: ShimRequest<'_>) -> Result<(), Trouble> {
        if !self.replies.is_empty() {
            return Err(Trouble::Nonsense("it sends more after its answer".into()));
        }
        let mut message = Vec::new();
        request.encode(&mut message);
        self.transport.send(&message)
    }

    /// The answer to one segment.
    fn answer(&mut self, events: &mut Vec<DecoderEvent>) -> Result<Result<(), Rejection>, Trouble> {
        let mut size = 0;
        for _ in 0..MOST_MESSAGES {
            match self.reply()? {
                Reply::Accepted => return Ok(Ok(())),
                Reply::Rejected(mut rejection) => {
                    if self.version == 1 {
                        rejection.code = rejection.code.filter(|code| *code != 0);
                    }
                    return Ok(Err(rejection));
                }
                Reply::Event(event) => {
                    size += size_of(&event);
                    events.push(event);
                }
                Reply::Hello(_) => return Err(Trouble::Nonsense("it sends its hello a second time".into())),
            }
            if size > MOST_OF_ANSWER {
                break;
            }
        }
        Err(Trouble::Flood)
    }
}

const fn size_of(event: &DecoderEvent) -> usize {
    let (DecoderEvent::Message(_, payload)
    | DecoderEvent::Frame { payload, .. }
    | DecoderEvent::Ping(payload)
    | DecoderEvent::Pong(payload)
    | DecoderEvent::Close(_, payload)) = event;
    payload.len()
}

/// A connection that a shim decodes. After trouble it accepts all bytes and reports nothing.
#[derive(Debug)]
pub struct ShimConnection<T>(Rc<RefCell<Shim<T>>>);

impl<T: Transport> ShimConnection<T> {
    /// Starts a connection.
    #[must_use]
    pub fn new(shim: &Rc<RefCell<Shim<T>>>, setting: Setting) -> Self {
        let connection = Self(Rc::clone(shim));
        connection.with(|shim| shim.ask(ShimRequest::New(setting)));
        connection
    }

    fn with<R: Default>(&self, work: impl FnOnce(&mut Shim<T>) -> Result<R, Trouble>) -> R {
        let mut shim = self.0.borrow_mut();
        if shim.trouble.is_some() {
            return R::default();
        }
        work(&mut shim).unwrap_or_else(|trouble| {
            shim.trouble = Some(trouble);
            R::default()
        })
    }
}

impl<T: Transport> DecoderUnderTest for ShimConnection<T> {
    fn decode(&mut self, bytes: &[u8], events: &mut Vec<DecoderEvent>) -> Result<(), Rejection> {
        let answer = self.with(|shim| {
            shim.ask(ShimRequest::Bytes(bytes))?;
            shim.answer(events).map(Result::err)
        });
        answer.map_or(Ok(()), Err)
    }
}
