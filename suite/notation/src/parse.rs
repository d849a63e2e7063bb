//! Parses scripts: lines to steps, blocks, field lines below heads.

use std::str::FromStr;

use bytes::Bytes;
use wsspec_wire::{ConnectionName, Layer};

mod expect;
mod http2;
mod item;
mod payload;
mod send;
mod stream_names;
pub(crate) mod words;

use self::words::{SourceWord, VERBS, Words};
use crate::{
    beside,
    bound::Bound,
    error::NotationError,
    layers,
    script::{Chop, Expected, Interval, Line, Script, Sending, Step},
    streams,
    suggestion::suggestion,
};

/// The most times that a block is repeated.
const MOST_REPETITIONS: u32 = 100_000;

/// Where `@payloads/file` is looked up.
pub trait PayloadFiles {
    /// The content of a file named in a script, or why it is missing.
    fn read(&self, path: &str) -> Result<Bytes, String>;
}

/// No payload files at all.
pub struct NoFiles;

impl PayloadFiles for NoFiles {
    fn read(&self, path: &str) -> Result<Bytes, String> {
        Err(format!("no file `{path}`: this script does not belong to a case file"))
    }
}

impl FromStr for Script {
    type Err = NotationError;

    fn from_str(text: &str) -> Result<Self, NotationError> {
        parse_script(text, &NoFiles)
    }
}

/// Parses a whole script.
pub fn parse_script(text: &str, files: &dyn PayloadFiles) -> Result<Script, NotationError> {
    let mut parser = Parser { files, lines: Vec::new(), open: None, streams: Vec::new() };
    let mut at = 0;
    for (index, line) in text.split('\n').enumerate() {
        parser.line(index + 1, line, at).map_err(|e| e.shifted(at))?;
        at += line.len() + 1;
    }
    parser.lines.shrink_to_fit();
    match parser.open {
        None => beside::checked(Script { lines: parser.lines }, text)
            .and_then(|script| streams::checked(script, text))
            .and_then(|script| layers::checked(script, text)),
        Some(block) => Err(NotationError::new(block.span, "this `repeat` has no `end`")),
    }
}

/// Parses one sent item without its `>`: `text "a" -fin`.
pub fn parse_sending(text: &str) -> Result<Sending, NotationError> {
    let words = words::split(text)?;
    sending(&words.words, 0, &NoFiles)
}

/// An item of a layer, or one of the connection.
fn sending(words: &[SourceWord<'_>], end: usize, files: &dyn PayloadFiles) -> Result<Sending, NotationError> {
    if let Some((&first, rest)) = words.split_first()
        && let Some(layer) = Layer::parse(first.text)
    {
        return item::parse(layer, first, rest, files).map(Sending::Item);
    }
    send::parse(words, end, files)
}

/// An open `repeat`: its count, its position, and how many lines preceded it.
struct Block {
    number: usize,
    count: u32,
    span: std::ops::Range<usize>,
    outside: Vec<Line>,
}

struct Parser<'f> {
    files: &'f dyn PayloadFiles,
    lines: Vec<Line>,
    open: Option<Block>,
    /// The names of the script's streams.
    streams: Vec<ConnectionName>,
}

impl Parser<'_> {
    /// Parses one line; error spans count from its start, `at` is the position of that start in the script.
    fn line(&mut self, number: usize, line: &str, at: usize) -> Result<(), NotationError> {
        if let Some(field) = FieldLine::of(line) {
            return self.field(&field);
        }
        let Words { words, .. } = words::split(line)?;
        let Some((&first, after)) = words.split_first() else { return Ok(()) };
        let of_stream = self.streams.iter().find(|name| name.as_str() == first.text).cloned();
        let connection =
            of_stream.or_else(|| beside::connection(first.text, after.first().map(|word| word.text)));
        let (verb, rest) = match (&connection, after.split_first()) {
            (None, _) => (first, after),
            (Some(_), Some((&verb, rest))) => (verb, rest),
            (Some(_), None) => return Err(first.error(format!("`{}` lacks its line", first.text))),
        };
        if connection.is_some()
            && matches!(verb.text, "connections" | "streams" | "measure" | "terminate" | "repeat" | "end")
        {
            return Err(verb.error(format!("`{}` belongs to all connections", verb.text)));
        }
        let step = match verb.text {
            ">" => Step::Send(sending(rest, verb.span().end, self.files)?),
            "<" | "<?" | "<~" => Step::Expect(expect::parse(verb, rest, self.files)?),
            "alive" => alone(Step::Alive, rest)?,
            "finish" => alone(Step::Finish, rest)?,
            "quiet" => Step::Quiet(sole(verb, rest, interval)?),
            "wait" => Step::Wait(sole(verb, rest, interval)?),
            "chop" => Step::Chop(sole(verb, rest, chop)?),
            "pause" => Step::Pause(sole(verb, rest, interval)?),
            "deaf" => Step::Deaf(sole(verb, rest, interval)?),
            "measure" => Step::Measure(bound(rest)?),
            "terminate" => alone(Step::Terminate, rest)?,
            "connections" => Step::Connections(sole(verb, rest, connections)?),
            "streams" => {
                self.streams = stream_names::parse(verb, rest)?;
                Step::Streams(self.streams.clone())
            }
            "repeat" => return self.open_block(number, verb, rest, at),
            "end" => return self.close_block(verb, rest),
            other => return Err(unknown_verb(verb, other)),
        };
        let step = match &connection {
            Some(name) if self.streams.is_empty() => beside::step_on(step, name),
            _ => step,
        };
        self.lines.push(Line { connection, ..Line::new(number, step) });
        Ok(())
    }

    fn field(&mut self, field: &FieldLine<'_>) -> Result<(), NotationError> {
        let step = self.lines.last_mut().map(|line| &mut line.step);
        match (field.sign, step) {
            (">", Some(Step::Send(Sending::Request(head)))) => {
                head.fields.push(send::field(field, self.files)?)
            }
            (">", Some(Step::Send(Sending::Response(head)))) => {
                head.fields.push(send::field(field, self.files)?)
            }
            (">", Some(Step::Send(Sending::Item(spec)))) => item::edit(field, self.files, spec)?,
            ("<", Some(Step::Expect(e))) if e.expected().any(Expected::is_item) => {
                if e.alternatives.iter().any(|one| one.all.iter().filter(|x| x.is_item()).count() > 1) {
                    let span = field.at..field.at + field.text.len();
                    return Err(NotationError::new(span, "it is not clear to which item this belongs")
                        .help("expect items with fields on lines of their own"));
                }
                match item::body(field, self.files)? {
                    Some(body) => e.body = Some(body),
                    None => e.fields.push(expect::field(field, self.files)?),
                }
            }
            ("<", Some(Step::Expect(e))) if e.expected().any(Expected::is_head) => {
                e.fields.push(expect::field(field, self.files)?);
            }
            _ => {
                return Err(NotationError::new(
                    field.at..field.at + field.text.len(),
                    "a field without a head",
                )
                .help(format!(
                    "an indented `{0}` line belongs to a `request`, `accepted`, `response`, `http`, `stomp`, `engineio`, `socketio` or `sockjs` line with `{0}` above it",
                    field.sign
                )));
            }
        }
        Ok(())
    }

    fn open_block(
        &mut self,
        number: usize,
        verb: SourceWord<'_>,
        rest: &[SourceWord<'_>],
        at: usize,
    ) -> Result<(), NotationError> {
        if self.open.is_some() {
            return Err(verb.error("a `repeat` inside a `repeat`").help("close the first one with `end`"));
        }
        let count = sole(verb, rest, |word| match word.text.parse() {
            Ok(count) if (1..=MOST_REPETITIONS).contains(&count) => Ok(count),
            Ok(1..) => Err(word.error(format!(
                "{} repetitions are more than the {MOST_REPETITIONS} of a `repeat`",
                word.text
            ))),
            _ => Err(word.error(format!("`{}` is not a number of repetitions from 1 on", word.text))),
        })?;
        let span = verb.at + at..verb.span().end + at;
        self.open = Some(Block { number, count, span, outside: std::mem::take(&mut self.lines) });
        Ok(())
    }

    fn close_block(&mut self, verb: SourceWord<'_>, rest: &[SourceWord<'_>]) -> Result<(), NotationError> {
        alone((), rest)?;
        let Some(block) = self.open.take() else {
            return Err(verb.error("this `end` has no `repeat`"));
        };
        let body = std::mem::replace(&mut self.lines, block.outside);
        if body.is_empty() {
            return Err(verb.error("this `repeat` repeats nothing"));
        }
        self.lines.push(Line::new(block.number, Step::Repeat { count: block.count, body }));
        Ok(())
    }
}

/// A line that belongs to the head above: a sign, at least two spaces, and a field.
pub(crate) struct FieldLine<'a> {
    pub sign: &'a str,
    /// Without the surrounding spaces.
    pub text: &'a str,
    /// Byte offset of `text` in the line.
    pub at: usize,
}

impl<'a> FieldLine<'a> {
    pub(crate) fn of(line: &'a str) -> Option<Self> {
        let indent = line.len() - line.trim_start().len();
        let sign = line[indent..].get(..1).filter(|sign| matches!(*sign, ">" | "<"))?;
        let after = &line[indent + 1..];
        let text = after.trim();
        let spaces = after.len() - after.trim_start().len();
        (spaces >= 2 && !text.is_empty() && !text.starts_with('#')).then(|| Self {
            sign,
            text,
            at: indent + 1 + spaces,
        })
    }
}

fn unknown_verb(word: SourceWord<'_>, text: &str) -> NotationError {
    let error = word.error(format!("`{text}` cannot begin a line"));
    if text.starts_with(['>', '<']) {
        return error.help(format!("put a space after `{}`", &text[..1]));
    }
    error.help(suggestion(text, VERBS))
}

/// A step, if its line ends here.
fn alone<T>(step: T, rest: &[SourceWord<'_>]) -> Result<T, NotationError> {
    match rest.first() {
        None => Ok(step),
        Some(word) => Err(word.error(format!("`{}` is an unexpected word", word.text))),
    }
}

/// The only word after a verb.
fn sole<T>(
    verb: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    read: impl Fn(SourceWord<'_>) -> Result<T, NotationError>,
) -> Result<T, NotationError> {
    let Some((&word, more)) = rest.split_first() else {
        return Err(verb.error(format!("`{}` needs a value", verb.text)));
    };
    alone(read(word)?, more)
}

/// `200ms`, `1s`, `1.5s`, `20rtt`, `1heartbeat`.
fn interval(word: SourceWord<'_>) -> Result<Interval, NotationError> {
    let text = word.text;
    let unit_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let parsed = match unit {
        "ms" => number.parse().ok().filter(|&millis| millis <= LONGEST).map(Interval::Millis),
        "s" => seconds(number).map(Interval::Millis),
        "rtt" => number.parse().ok().map(Interval::RoundTrips),
        "heartbeat" => number.parse().ok().map(Interval::Heartbeats),
        _ => None,
    };
    parsed.ok_or_else(|| {
        word.error(format!("`{text}` is not a duration"))
            .help("write `200ms`, `1s`, `1.5s`, `20rtt` or `1heartbeat`")
    })
}

/// The longest time a script can name, in milliseconds: an hour.
const LONGEST: u64 = 3_600_000;

/// Decimal seconds as milliseconds, at most an hour.
fn seconds(number: &str) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if fraction.is_empty() || fraction.len() > 3 {
        return None;
    }
    let millis: u64 = format!("{fraction:0<3}").parse().ok()?;
    let whole: u64 = whole.parse().ok()?;
    let total = whole.checked_mul(1000)?.checked_add(millis)?;
    (total <= LONGEST).then_some(total)
}

/// The rest of a `measure` line.
fn bound(words: &[SourceWord<'_>]) -> Result<Option<Bound>, NotationError> {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return Ok(None) };
    let texts: Vec<_> = words.iter().map(|word| word.text).collect();
    let bad = || {
        let error =
            NotationError::new(first.at..last.span().end, format!("`{}` is not a bound", texts.join(" ")));
        match Bound::NAMES.contains(&first.text) {
            true => error.help("`held 16MiB`, `linear`, `descriptors 5`"),
            false => error.help(suggestion(first.text, &Bound::NAMES)),
        }
    };
    Bound::parse(&texts).map(Some).ok_or_else(bad)
}

/// The largest number of connections that a script can open.
const MOST_CONNECTIONS: u32 = 1000;

fn connections(word: SourceWord<'_>) -> Result<u32, NotationError> {
    let count = word.text.parse().ok().filter(|count| (1..=MOST_CONNECTIONS).contains(count));
    count.ok_or_else(|| {
        word.error(format!("`{}` is not a number of connections from 1 to {MOST_CONNECTIONS}", word.text))
    })
}

fn chop(word: SourceWord<'_>) -> Result<Chop, NotationError> {
    match word.text {
        "0" => Ok(Chop::Whole),
        "line" => Ok(Chop::Line),
        digits => digits.parse().ok().filter(|&size| size > 0).map(Chop::Bytes).ok_or_else(|| {
            word.error(format!("`{digits}` is not a segment size"))
                .help("`chop 0`: consecutive lines together; `chop line`: one segment per line; `chop 5`: segments of five bytes")
        }),
    }
}
