//! Parses the expectation of a `<` line.

use wsspec_wire::{Layer, MessageKind};

use super::{
    FieldLine, PayloadFiles, interval, item,
    payload::{self, is_payload},
    send::{close_code, field_name, named_value},
    words::SourceWord,
};
use crate::{
    error::NotationError,
    payload::Payload,
    script::{
        Alternative, Expectation, Expected, ExpectedClose, FieldExpectation, ItemPattern, StatusPattern,
        Strength,
    },
    suggestion::suggestion,
};

const ITEMS: &[&str] = &[
    "text", "binary", "ping", "pong", "close", "request", "connect", "accepted", "response", "eof", "reset",
    "fail", "stomp", "engineio", "socketio", "sockjs", "http",
];

/// Parses alternatives of conjunctions, and a time limit.
pub(super) fn parse(
    verb: SourceWord<'_>,
    words: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<Expectation, NotationError> {
    let strength = match verb.text {
        "<?" => Strength::Should,
        "<~" => Strength::May,
        _ => Strength::Must,
    };
    let (words, within) = match words.iter().position(|w| w.text == "within") {
        None => (words, None),
        Some(at) => {
            let value = words.get(at + 1).ok_or_else(|| words[at].error("`within` needs a duration"))?;
            if let Some(extra) = words.get(at + 2) {
                return Err(extra.error("nothing may follow `within` and its duration"));
            }
            (&words[..at], Some(interval(*value)?))
        }
    };
    let mut reader = ExpectationReader { words, at: 0, verb, files };
    let mut alternatives = vec![reader.alternative(false)?];
    while let Some(word) = reader.take() {
        match word.text {
            "|" => alternatives.push(reader.alternative(false)?),
            "|?" => alternatives.push(reader.alternative(true)?),
            other => {
                return Err(word.error(format!("`{other}` is an unexpected word")).help(
                    "`|`, `|?`, `&` or `within` may follow an item; expected items have no attributes",
                ));
            }
        }
    }
    Ok(Expectation { strength, alternatives, within, fields: Vec::new(), body: None })
}

struct ExpectationReader<'a, 'w> {
    words: &'a [SourceWord<'w>],
    at: usize,
    verb: SourceWord<'w>,
    files: &'a dyn PayloadFiles,
}

impl<'w> ExpectationReader<'_, 'w> {
    fn peek(&self) -> Option<SourceWord<'w>> {
        self.words.get(self.at).copied()
    }

    fn take(&mut self) -> Option<SourceWord<'w>> {
        let word = self.peek()?;
        self.at += 1;
        Some(word)
    }

    fn alternative(&mut self, lenient: bool) -> Result<Alternative, NotationError> {
        let mut all = vec![self.item()?];
        while self.peek().is_some_and(|word| word.text == "&") {
            self.at += 1;
            all.push(self.item()?);
        }
        Ok(Alternative { lenient, all })
    }

    fn item(&mut self) -> Result<Expected, NotationError> {
        let Some(word) = self.take() else {
            let last = self.words.last().copied().unwrap_or(self.verb);
            return Err(last.error("nothing expected here").help(suggestion("", ITEMS)));
        };
        Ok(match word.text {
            "text" => Expected::Message(MessageKind::Text, self.payload()?),
            "binary" => Expected::Message(MessageKind::Binary, self.payload()?),
            "ping" => Expected::Ping(self.payload()?),
            "pong" => Expected::Pong(self.payload()?),
            "close" => Expected::Close(self.close()?),
            "request" => Expected::Request,
            "connect" => Expected::Connect(self.payload()?),
            "accepted" => Expected::Response(StatusPattern::Accepted),
            "response" => Expected::Response(self.status()?),
            "eof" => Expected::Eof,
            "reset" => Expected::Reset,
            "fail" => Expected::Fail(self.number().map(close_code).transpose()?),
            other => match Layer::parse(other) {
                Some(layer) => {
                    Expected::Item(ItemPattern { layer, word: self.word(layer)?, connection: None })
                }
                None => return Err(unknown(word, other)),
            },
        })
    }

    /// The word of an item, if one follows.
    fn word(&mut self, layer: Layer) -> Result<Option<String>, NotationError> {
        let Some(word) = self.peek().filter(|word| !matches!(word.text, "|" | "|?" | "&")) else {
            return Ok(None);
        };
        match layer {
            Layer::Http => item::check_response(word)?,
            layer => item::check_word(layer, word)?,
        }
        self.at += 1;
        Ok(Some(word.text.to_owned()))
    }

    fn payload(&mut self) -> Result<Option<Payload>, NotationError> {
        let Some(word) = self.peek().filter(|word| is_payload(word.text)) else { return Ok(None) };
        self.at += 1;
        payload::parse(word, self.files).map(Some)
    }

    /// The next word if it starts like a number.
    fn number(&mut self) -> Option<SourceWord<'w>> {
        let word = self.peek().filter(|word| word.text.starts_with(|c: char| c.is_ascii_digit()))?;
        self.at += 1;
        Some(word)
    }

    fn close(&mut self) -> Result<ExpectedClose, NotationError> {
        let code = self.number().map(close_code).transpose()?;
        Ok(match (code, self.payload()?) {
            (Some(code), reason) => ExpectedClose::Code(code, reason),
            (None, Some(body)) => ExpectedClose::Body(body),
            (None, None) => ExpectedClose::Any,
        })
    }

    fn status(&mut self) -> Result<StatusPattern, NotationError> {
        let Some(word) = self.number() else { return Ok(StatusPattern::Any) };
        let class =
            word.text.strip_suffix("xx").and_then(|digit| digit.parse().ok()).filter(|d| (1..=9).contains(d));
        if let Some(class) = class {
            return Ok(StatusPattern::Class(class));
        }
        let code = word.text.parse().ok().filter(|code| (100..=999).contains(code));
        code.map(StatusPattern::Exactly).ok_or_else(|| {
            word.error(format!("`{}` is not a status", word.text)).help("write `101` or `4xx`")
        })
    }
}

fn unknown(word: SourceWord<'_>, text: &str) -> NotationError {
    let error = word.error(format!("`{text}` is not something that can be expected"));
    match text {
        "cont" => error.help("messages are matched whole: expect the `text` or `binary` message"),
        "raw" => error.help("received bytes are decoded: expect the frame, message or head in them"),
        _ => error.help(suggestion(text, ITEMS)),
    }
}

/// Parses an expectation about the head above.
pub(super) fn field(
    line: &FieldLine<'_>,
    files: &dyn PayloadFiles,
) -> Result<FieldExpectation, NotationError> {
    let whole = SourceWord { text: line.text, at: line.at };
    if let Some(name) = line.text.strip_prefix('-') {
        return Ok(FieldExpectation::Absent(field_name(name, whole)?));
    }
    let (name, value) = named_value(whole, line.text, files)?;
    Ok(FieldExpectation::Present(name, value))
}
