//! Parses what a `>` line sends.

use wsspec_wire::{CloseCode, LengthForm, Mask, Opcode, Rsv};

use super::{
    FieldLine, PayloadFiles, http2,
    payload::{self, is_payload},
    words::SourceWord,
};
use crate::{
    error::NotationError,
    payload::Payload,
    script::{
        self, Answer, Attributes, FieldEdit, FieldPlace, FrameKind, FrameSpec, MaskSpec, RequestSpec,
        ResponseSpec, Sending,
    },
    suggestion::suggestion,
};

const ITEMS: &[&str] = &[
    "text", "binary", "cont", "ping", "pong", "close", "op:N", "raw", "request", "accepted", "response",
    "eof", "reset", "settings", "rst", "goaway", "window", "data", "stomp", "engineio", "socketio", "sockjs",
    "http",
];
const ATTRIBUTES: &[&str] = &[
    "-fin",
    "+rsv1",
    "+rsv2",
    "+rsv3",
    "-mask",
    "mask:00000000",
    "len:N",
    "len16",
    "len64",
    "split:N",
    "deflate",
];

/// Parses an item and its attributes; `end` is the end of the verb, 0 if there is none.
pub(super) fn parse(
    words: &[SourceWord<'_>],
    end: usize,
    files: &dyn PayloadFiles,
) -> Result<Sending, NotationError> {
    let Some((&item, rest)) = words.split_first() else {
        return Err(NotationError::new(end.saturating_sub(1)..end, "nothing to send")
            .help(format!("after `>` comes {}", suggestion("", ITEMS))));
    };
    if let Some(frame) = http2::parse(item, rest, files) {
        return frame.map(Sending::Http2);
    }
    match item.text {
        "raw" => raw(item, rest, files),
        "request" => request(rest, files),
        "accepted" => nothing_more(Sending::Response(ResponseSpec::default()), rest),
        "response" => response(item, rest, files),
        "eof" => nothing_more(Sending::Eof, rest),
        "reset" => nothing_more(Sending::Reset, rest),
        _ => frame(item, rest, files),
    }
}

fn nothing_more(sending: Sending, rest: &[SourceWord<'_>]) -> Result<Sending, NotationError> {
    match rest.first() {
        None => Ok(sending),
        Some(word) => Err(word.error(format!("`{}` is an unexpected word", word.text))),
    }
}

fn raw(
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<Sending, NotationError> {
    let Some((&word, more)) = rest.split_first() else {
        return Err(item.error("`raw` needs bytes").help("write them as a payload: `raw x\"89 00\"`"));
    };
    nothing_more(Sending::Raw(payload::parse(word, files)?), more)
}

fn request(rest: &[SourceWord<'_>], files: &dyn PayloadFiles) -> Result<Sending, NotationError> {
    if let Some(extra) = rest.get(3) {
        return Err(extra
            .error("a request line has only a method, a target and a version")
            .help("write anything else as one payload, or the whole head as `raw`"));
    }
    let given = |index: usize| rest.get(index).filter(|word| word.text != "-");
    let word = |index: usize| given(index).map(|&word| value(word, files)).transpose();
    Ok(Sending::Request(RequestSpec {
        method: word(0)?,
        target: word(1)?,
        version: word(2)?,
        fields: Vec::new(),
    }))
}

fn response(
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<Sending, NotationError> {
    let Some((&status, more)) = rest.split_first() else {
        return Err(item.error("`response` needs a status").help("write `response 400`, or `accepted`"));
    };
    let code = status.text.parse().ok().filter(|code| (100..=999).contains(code)).ok_or_else(|| {
        status.error(format!("`{}` is not a status code that can be sent", status.text)).help("100 to 999")
    })?;
    let reason = more.first().map(|&word| payload::parse(word, files)).transpose()?;
    nothing_more(
        Sending::Response(ResponseSpec { answer: Answer::Status(code, reason), fields: Vec::new() }),
        more.get(1..).unwrap_or_default(),
    )
}

fn frame(
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<Sending, NotationError> {
    let mut kind = frame_kind(item)?;
    let mut rest = rest;
    if let (FrameKind::Close(code), Some((&word, more))) = (&mut kind, rest.split_first())
        && word.text.starts_with(|c: char| c.is_ascii_digit())
    {
        *code = Some(close_code(word)?);
        rest = more;
    }
    let mut body = Payload::empty();
    if let Some((&word, more)) = rest.split_first()
        && is_payload(word.text)
    {
        body = payload::parse(word, files)?;
        rest = more;
    }
    let mut attributes = Attributes::default();
    for &word in rest {
        attribute(word, &mut attributes)?;
    }
    if attributes.split.is_some() && kind.opcode().is_control() {
        return Err(item.error("a control frame cannot be split").help("write its fragments out"));
    }
    Ok(Sending::Frame(FrameSpec { kind, payload: body, attributes }))
}

fn frame_kind(item: SourceWord<'_>) -> Result<FrameKind, NotationError> {
    Ok(match item.text {
        "text" => FrameKind::Text,
        "binary" => FrameKind::Binary,
        "cont" => FrameKind::Continuation,
        "ping" => FrameKind::Ping,
        "pong" => FrameKind::Pong,
        "close" => FrameKind::Close(None),
        other => match other.strip_prefix("op:") {
            Some(number) => {
                let opcode = number.parse().ok().and_then(Opcode::new);
                FrameKind::Opcode(opcode.ok_or_else(|| {
                    item.error(format!("`{number}` is not an opcode")).help("opcodes are 0 to 15")
                })?)
            }
            None if other.ends_with(':') => {
                return Err(item
                    .error(format!("`{other}` is not an item"))
                    .help("indent a header field by at least two spaces after its `>`"));
            }
            None => {
                return Err(item.error(format!("`{other}` is not an item")).help(suggestion(other, ITEMS)));
            }
        },
    })
}

/// A close code, 0 to 65535.
pub(super) fn close_code(word: SourceWord<'_>) -> Result<CloseCode, NotationError> {
    word.text.parse().map(CloseCode).map_err(|_| {
        word.error(format!("`{}` is not a close code", word.text)).help("close codes are 0 to 65535")
    })
}

fn attribute(word: SourceWord<'_>, into: &mut Attributes) -> Result<(), NotationError> {
    match word.text {
        "-fin" => into.fin = false,
        "+rsv1" => into.rsv = into.rsv | Rsv::RSV1,
        "+rsv2" => into.rsv = into.rsv | Rsv::RSV2,
        "+rsv3" => into.rsv = into.rsv | Rsv::RSV3,
        "-mask" => into.mask = MaskSpec::Unmasked,
        "len16" => into.form = Some(LengthForm::Bits16),
        "len64" => into.form = Some(LengthForm::Bits64),
        "deflate" => into.deflate = true,
        other => return valued_attribute(word, other, into),
    }
    Ok(())
}

fn valued_attribute(word: SourceWord<'_>, text: &str, into: &mut Attributes) -> Result<(), NotationError> {
    let unknown = || {
        if is_payload(text) {
            word.error("a second payload").help("a frame has one payload, before its attributes")
        } else {
            word.error(format!("`{text}` is not an attribute")).help(suggestion(text, ATTRIBUTES))
        }
    };
    let (name, value) = text.split_once(':').ok_or_else(unknown)?;
    let bad = |help: &str| word.error(format!("`{value}` is not a value for `{name}`")).help(help);
    match name {
        "mask" => into.mask = MaskSpec::Key(mask_key(value).ok_or_else(|| bad("eight hexadecimal digits"))?),
        "len" => into.length = Some(value.parse().map_err(|_| bad("a number below 2^64"))?),
        "split" => {
            let size = value.parse().ok().filter(|&size: &usize| size > 0);
            into.split = Some(size.ok_or_else(|| bad("payload bytes per fragment, at least 1"))?);
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

fn mask_key(digits: &str) -> Option<Mask> {
    // Number parsing would also accept a sign.
    let is_key = digits.len() == 8 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_key.then(|| u32::from_str_radix(digits, 16).ok()).flatten().map(|key| Mask(key.to_be_bytes()))
}

/// A word of a request line, or a field value.
pub(super) fn value(word: SourceWord<'_>, files: &dyn PayloadFiles) -> Result<script::Word, NotationError> {
    if is_payload(word.text) {
        return payload::parse(word, files).map(script::Word::Payload);
    }
    Ok(script::Word::Bare(word.text.to_owned()))
}

/// Parses an edit of the head above.
pub(super) fn field(line: &FieldLine<'_>, files: &dyn PayloadFiles) -> Result<FieldEdit, NotationError> {
    let whole = SourceWord { text: line.text, at: line.at };
    if is_payload(line.text) {
        return payload::parse(whole, files).map(FieldEdit::Verbatim);
    }
    if let Some(name) = line.text.strip_prefix('-') {
        return Ok(FieldEdit::Remove(field_name(name, whole)?));
    }
    if let Some((name, place)) = moved(line.text) {
        return Ok(FieldEdit::Move(field_name(name, whole)?, place));
    }
    let (add, text) = line.text.strip_prefix('+').map_or((false, line.text), |rest| (true, rest));
    let (name, value) = named_value(whole, text, files)?;
    let value = value.unwrap_or_else(|| script::Word::Bare(String::new()));
    Ok(if add { FieldEdit::Add(name, value) } else { FieldEdit::Set(name, value) })
}

/// `Name first`, `Name last`.
fn moved(text: &str) -> Option<(&str, FieldPlace)> {
    let (name, place) = text.split_once(' ')?;
    Some((name, FieldPlace::parse(place.trim())?))
}

/// `Name: value`; the value is `None` if nothing follows the colon.
pub(super) fn named_value(
    whole: SourceWord<'_>,
    text: &str,
    files: &dyn PayloadFiles,
) -> Result<(String, Option<script::Word>), NotationError> {
    // The colon before the name of a pseudo-field belongs to it.
    let colon = text.char_indices().skip(1).find(|(_, letter)| *letter == ':').map(|(at, _)| at);
    let Some((name, rest)) = colon.map(|at| (&text[..at], &text[at + 1..])) else {
        return Err(whole
            .error("a field needs a colon")
            .help("`Name: value`, `+Name: value`, `-Name`, `Name last`; anything else as a payload: `\"bytes\\r\\n\"`"));
    };
    let name = field_name(name, whole)?;
    let trimmed = rest.trim();
    if trimmed.is_empty() {
        return Ok((name, None));
    }
    let at = whole.span().end - rest.trim_start().len();
    value(SourceWord { text: trimmed, at }, files).map(|value| (name, Some(value)))
}

/// A field name: an RFC 9110 token, or that of a pseudo-field (RFC 9113, 8.3).
pub(super) fn field_name(name: &str, whole: SourceWord<'_>) -> Result<String, NotationError> {
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    let plain = name.strip_prefix(':').unwrap_or(name);
    if plain.is_empty() || !plain.bytes().all(token) {
        return Err(whole
            .error(format!("`{name}` is not a field name"))
            .help("write a malformed field as a payload: `\"Bad Name: x\\r\\n\"`"));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_key_is_eight_hexadecimal_digits_and_no_sign() {
        assert_eq!(mask_key("0012abCD"), Some(Mask([0, 0x12, 0xab, 0xcd])));
        for bad in ["+1234567", "-1234567", "1234567", "123456789", "0012abcg", ""] {
            assert_eq!(mask_key(bad), None, "{bad}");
        }
    }
}
