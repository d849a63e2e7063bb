//! Parses the payload forms: quoted, hexadecimal, random, file; each optionally repeated.

use bytes::{BufMut, Bytes, BytesMut};

use super::{PayloadFiles, words::SourceWord};
use crate::{
    error::NotationError,
    generate::Generator,
    payload::{LARGEST, Payload},
    peer_value::PeerValue,
};

/// Whether a word is written as a payload.
pub(super) fn is_payload(text: &str) -> bool {
    text.starts_with(['"', '@'])
        || text.starts_with("x\"")
        || generator(text).is_some()
        || peer_value(text).is_some()
}

/// Parses one payload, the whole word.
pub(super) fn parse(word: SourceWord<'_>, files: &dyn PayloadFiles) -> Result<Payload, NotationError> {
    let (form, times) = repetition(word)?;
    let payload = if let Some(inner) = quoted(form.text, "x\"") {
        Payload::hex(hex(inner, form.at + 2)?)
    } else if let Some(inner) = quoted(form.text, "\"") {
        Payload::text(unescape(inner, form.at + 1)?)
    } else if let Some((kind, inner)) = generator(form.text) {
        generated(kind, inner.strip_suffix(')').unwrap_or_default(), form)?
    } else if let Some((value, inner)) = peer_value(form.text) {
        from_peer(value, inner.strip_suffix(')').unwrap_or_default(), form)?
    } else if let Some(path) = form.text.strip_prefix('@') {
        let content = files.read(path).map_err(|why| form.error(why))?;
        Payload::file(path, content)
    } else {
        return Err(form.error(format!("`{}` is not a payload", form.text)).help(
            "a payload is `\"text\"`, `x\"ce ba\"`, `random(seed,n)`, `words(seed,n)`, `json(seed,n)`, `accept(n)`, `subprotocol(n)` or `@payloads/file`, optionally `*n`",
        ));
    };
    let payload = payload.repeated(times);
    if payload.len() > LARGEST {
        return Err(
            word.error(format!("{} bytes are more than the {LARGEST} a payload may have", payload.len()))
        );
    }
    Ok(payload)
}

/// The text between `open` and the final quote.
fn quoted<'a>(text: &'a str, open: &str) -> Option<&'a str> {
    text.strip_prefix(open)?.strip_suffix('"')
}

/// Removes a trailing `*n`; without one, `n` is 1.
fn repetition(word: SourceWord<'_>) -> Result<(SourceWord<'_>, usize), NotationError> {
    let closing = word.text.rfind(['"', ')']).unwrap_or(0);
    let Some(star) = word.text[closing..].find('*').map(|i| i + closing) else { return Ok((word, 1)) };
    let digits = &word.text[star + 1..];
    let times = digits.parse().map_err(|_| {
        NotationError::new(
            word.at + star + 1..word.span().end,
            format!("`{digits}` is not a number of repetitions"),
        )
    })?;
    Ok((SourceWord { text: &word.text[..star], at: word.at }, times))
}

/// The kind of a generated payload, and the text after its `(`.
fn generator(text: &str) -> Option<(Generator, &str)> {
    let (name, inner) = text.split_once('(')?;
    Some((Generator::ALL.into_iter().find(|kind| kind.name() == name)?, inner))
}

/// A value that depends on the peer, and the text after its `(`.
fn peer_value(text: &str) -> Option<(PeerValue, &str)> {
    let (name, inner) = text.split_once('(')?;
    Some((PeerValue::ALL.into_iter().find(|value| value.name() == name)?, inner))
}

fn from_peer(value: PeerValue, inner: &str, form: SourceWord<'_>) -> Result<Payload, NotationError> {
    let length = inner.trim().parse().ok().filter(|length| *length <= LARGEST);
    let name = value.name();
    let length = length.ok_or_else(|| {
        form.error(format!("`{name}` needs a length"))
            .help(format!("write `{name}(100)`: at most this many bytes"))
    })?;
    Ok(Payload::from_peer(value, length))
}

fn generated(kind: Generator, inner: &str, form: SourceWord<'_>) -> Result<Payload, NotationError> {
    let parsed = inner
        .split_once(',')
        .and_then(|(seed, length)| Some((seed.trim().parse().ok()?, length.trim().parse::<usize>().ok()?)));
    let (seed, length) = parsed.ok_or_else(|| {
        let name = kind.name();
        form.error(format!("`{name}` needs a seed and a length")).help(format!("write `{name}(1,4096)`"))
    })?;
    if length > LARGEST {
        return Err(form.error(format!("{length} bytes are more than the {LARGEST} a payload may have")));
    }
    Ok(Payload::generated(kind, seed, length))
}

fn hex(inner: &str, at: usize) -> Result<Bytes, NotationError> {
    let mut bytes = BytesMut::with_capacity(inner.len() / 2);
    let mut high = None;
    for (index, c) in inner.char_indices() {
        if c == ' ' {
            continue;
        }
        let digit = c.to_digit(16).ok_or_else(|| {
            NotationError::new(
                at + index..at + index + c.len_utf8(),
                format!("`{c}` is not a hexadecimal digit"),
            )
        })? as u8;
        match high.take() {
            None => high = Some(digit),
            Some(first) => bytes.put_u8(first << 4 | digit),
        }
    }
    match high {
        None => Ok(bytes.freeze()),
        Some(_) => Err(NotationError::new(at..at + inner.len(), "an odd number of hexadecimal digits")),
    }
}

/// Resolves the escapes of a quoted string.
pub(super) fn unescape(inner: &str, at: usize) -> Result<Bytes, NotationError> {
    let mut bytes = BytesMut::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(index) = rest.find('\\') {
        bytes.put_slice(&rest.as_bytes()[..index]);
        let start = inner.len() - rest.len() + index;
        let taken = escape(&rest[index + 1..], &mut bytes).ok_or_else(|| {
            let end = (start + 2).min(inner.len());
            let end = (end..=inner.len()).find(|&i| inner.is_char_boundary(i)).unwrap_or(inner.len());
            NotationError::new(at + start..at + end, "no such escape")
                .help("escapes are `\\\"` `\\\\` `\\n` `\\r` `\\t` `\\0` `\\xFF` and `\\u{3ba}`")
        })?;
        rest = &rest[index + 1 + taken..];
    }
    bytes.put_slice(rest.as_bytes());
    Ok(bytes.freeze())
}

/// Parses one escape after its backslash into `out`; returns the number of bytes consumed.
fn escape(rest: &str, out: &mut BytesMut) -> Option<usize> {
    let single = match rest.as_bytes().first()? {
        b'"' => b'"',
        b'\\' => b'\\',
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0' => 0,
        b'x' => {
            out.put_u8(number(rest.get(1..3)?)?.try_into().ok()?);
            return Some(3);
        }
        b'u' => {
            let digits = rest.strip_prefix("u{")?.split_once('}')?.0;
            let c = char::from_u32(number(digits)?)?;
            out.put_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            return Some(digits.len() + 3);
        }
        _ => return None,
    };
    out.put_u8(single);
    Some(1)
}

/// A number in hexadecimal digits and nothing else.
fn number(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}
