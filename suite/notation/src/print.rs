//! Prints scripts in canonical form; parsing the result gives the same script.

use std::fmt::{self, Display, Formatter};

use wsspec_wire::{LengthForm, MessageKind, Rsv};

use crate::{
    payload::Payload,
    script::{
        Alternative, Answer, Attributes, Chop, Expectation, Expected, ExpectedClose, FieldEdit,
        FieldExpectation, FrameKind, FrameSpec, Interval, Line, MaskSpec, RequestSpec, ResponseSpec, Script,
        Sending, StatusPattern, Step, Strength, Word,
    },
};

impl Display for Script {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl Display for Line {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.connection.iter().try_for_each(|name| write!(f, "{name} "))?;
        self.step.fmt(f)
    }
}

/// A head is printed with its fields below it, a block with its lines; no final line ending.
impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Send(sending) => write_sending(f, sending),
            Self::Expect(expectation) => expectation.fmt(f),
            Self::Alive => f.write_str("alive"),
            Self::Finish => f.write_str("finish"),
            Self::Quiet(interval) => write!(f, "quiet {interval}"),
            Self::Wait(interval) => write!(f, "wait {interval}"),
            Self::Chop(chop) => write!(f, "chop {chop}"),
            Self::Pause(interval) => write!(f, "pause {interval}"),
            Self::Deaf(interval) => write!(f, "deaf {interval}"),
            Self::Measure(None) => f.write_str("measure"),
            Self::Measure(Some(bound)) => write!(f, "measure {bound}"),
            Self::Terminate => f.write_str("terminate"),
            Self::Connections(count) => write!(f, "connections {count}"),
            Self::Streams(names) => {
                f.write_str("streams")?;
                names.iter().try_for_each(|name| write!(f, " {name}"))
            }
            Self::Repeat { count, body } => {
                writeln!(f, "repeat {count}")?;
                body.iter().try_for_each(|line| writeln!(f, "{line}"))?;
                f.write_str("end")
            }
        }
    }
}

fn write_sending(f: &mut Formatter<'_>, sending: &Sending) -> fmt::Result {
    write!(f, "> {sending}")?;
    let fields = match sending {
        Sending::Request(head) => &head.fields,
        Sending::Response(head) => &head.fields,
        Sending::Item(item) => return item.lines().try_for_each(|line| write!(f, "\n>   {line}")),
        _ => return Ok(()),
    };
    fields.iter().try_for_each(|edit| write!(f, "\n>   {edit}"))
}

/// The item and its attributes, without sign and fields.
impl Display for Sending {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(frame) => frame.fmt(f),
            Self::Raw(payload) => write!(f, "raw {payload}"),
            Self::Request(head) => head.fmt(f),
            Self::Response(head) => head.fmt(f),
            Self::Eof => f.write_str("eof"),
            Self::Reset => f.write_str("reset"),
            Self::Http2(frame) => frame.fmt(f),
            Self::Item(item) => item.fmt(f),
        }
    }
}

impl Display for FrameSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)?;
        if self.payload != Payload::empty() {
            write!(f, " {}", self.payload)?;
        }
        self.attributes.fmt(f)
    }
}

impl Display for FrameKind {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("text"),
            Self::Binary => f.write_str("binary"),
            Self::Continuation => f.write_str("cont"),
            Self::Ping => f.write_str("ping"),
            Self::Pong => f.write_str("pong"),
            Self::Close(None) => f.write_str("close"),
            Self::Close(Some(code)) => write!(f, "close {}", code.0),
            Self::Opcode(opcode) => write!(f, "op:{}", opcode.value()),
        }
    }
}

/// Each attribute with a space before it.
impl Display for Attributes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if !self.fin {
            f.write_str(" -fin")?;
        }
        for (bit, name) in [(Rsv::RSV1, " +rsv1"), (Rsv::RSV2, " +rsv2"), (Rsv::RSV3, " +rsv3")] {
            if self.rsv.contains(bit) {
                f.write_str(name)?;
            }
        }
        match self.mask {
            MaskSpec::Usual => {}
            MaskSpec::Unmasked => f.write_str(" -mask")?,
            MaskSpec::Key(mask) => write!(f, " mask:{:08x}", u32::from_be_bytes(mask.0))?,
        }
        if let Some(length) = self.length {
            write!(f, " len:{length}")?;
        }
        match self.form {
            Some(LengthForm::Bits16) => f.write_str(" len16")?,
            Some(LengthForm::Bits64) => f.write_str(" len64")?,
            Some(LengthForm::Bits7) | None => {}
        }
        if let Some(size) = self.split {
            write!(f, " split:{size}")?;
        }
        if self.deflate { f.write_str(" deflate") } else { Ok(()) }
    }
}

impl Display for RequestSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("request")?;
        let words = [&self.method, &self.target, &self.version];
        let given = words.iter().rposition(|word| word.is_some()).map_or(0, |last| last + 1);
        words[..given].iter().try_for_each(|word| match word {
            Some(word) => write!(f, " {word}"),
            None => f.write_str(" -"),
        })
    }
}

impl Display for ResponseSpec {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.answer {
            Answer::Accepted => f.write_str("accepted"),
            Answer::Status(status, None) => write!(f, "response {status}"),
            Answer::Status(status, Some(reason)) => write!(f, "response {status} {reason}"),
        }
    }
}

impl Display for Word {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bare(text) => f.write_str(text),
            Self::Payload(payload) => payload.fmt(f),
        }
    }
}

impl Display for FieldEdit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(name, value) => write!(f, "{name}:{}", Spaced(value)),
            Self::Add(name, value) => write!(f, "+{name}:{}", Spaced(value)),
            Self::Remove(name) => write!(f, "-{name}"),
            Self::Move(name, place) => write!(f, "{name} {}", place.word()),
            Self::Verbatim(payload) => payload.fmt(f),
        }
    }
}

/// A value with a space before it, or nothing if it is empty.
struct Spaced<'a>(&'a Word);

impl Display for Spaced<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            Word::Bare(text) if text.is_empty() => Ok(()),
            value => write!(f, " {value}"),
        }
    }
}

/// The line, with the fields of a head below it.
impl Display for Expectation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.strength)?;
        for (index, alternative) in self.alternatives.iter().enumerate() {
            match (index, alternative.lenient) {
                (0, _) => {}
                (_, false) => f.write_str(" | ")?,
                (_, true) => f.write_str(" |? ")?,
            }
            alternative.fmt(f)?;
        }
        if let Some(within) = self.within {
            write!(f, " within {within}")?;
        }
        self.fields.iter().try_for_each(|field| write!(f, "\n<   {field}"))?;
        self.body.iter().try_for_each(|body| write!(f, "\n<   body {body}"))
    }
}

impl Display for Strength {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "<",
            Self::Should => "<?",
            Self::May => "<~",
        })
    }
}

impl Display for Alternative {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, expected) in self.all.iter().enumerate() {
            if index > 0 {
                f.write_str(" & ")?;
            }
            expected.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Expected {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let (name, payload) = match self {
            Self::Message(MessageKind::Text, payload) => ("text", payload),
            Self::Message(MessageKind::Binary, payload) => ("binary", payload),
            Self::Ping(payload) => ("ping", payload),
            Self::Pong(payload) => ("pong", payload),
            Self::Close(close) => return close.fmt(f),
            Self::Request => return f.write_str("request"),
            Self::Connect(authority) => ("connect", authority),
            Self::Response(status) => return status.fmt(f),
            Self::Item(item) => return item.fmt(f),
            Self::Eof => return f.write_str("eof"),
            Self::Reset => return f.write_str("reset"),
            Self::Fail(None) => return f.write_str("fail"),
            Self::Fail(Some(code)) => return write!(f, "fail {}", code.0),
        };
        f.write_str(name)?;
        payload.iter().try_for_each(|payload| write!(f, " {payload}"))
    }
}

impl Display for ExpectedClose {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("close"),
            Self::Code(code, None) => write!(f, "close {}", code.0),
            Self::Code(code, Some(reason)) => write!(f, "close {} {reason}", code.0),
            Self::Body(body) => write!(f, "close {body}"),
        }
    }
}

impl Display for StatusPattern {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("response"),
            Self::Accepted => f.write_str("accepted"),
            Self::Exactly(status) => write!(f, "response {status}"),
            Self::Class(hundreds) => write!(f, "response {hundreds}xx"),
        }
    }
}

impl Display for FieldExpectation {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present(name, None) => write!(f, "{name}:"),
            Self::Present(name, Some(value)) => write!(f, "{name}: {value}"),
            Self::Absent(name) => write!(f, "-{name}"),
        }
    }
}

impl Display for Interval {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Millis(millis) if *millis > 0 && millis % 1000 == 0 => write!(f, "{}s", millis / 1000),
            Self::Millis(millis) => write!(f, "{millis}ms"),
            Self::RoundTrips(count) => write!(f, "{count}rtt"),
            Self::Heartbeats(count) => write!(f, "{count}heartbeat"),
        }
    }
}

impl Display for Chop {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => f.write_str("0"),
            Self::Line => f.write_str("line"),
            Self::Bytes(count) => write!(f, "{count}"),
        }
    }
}
