//! Parses items of layers.

use wsspec_wire::Layer;

use super::{
    FieldLine, PayloadFiles,
    payload::{self, is_payload},
    send,
    words::SourceWord,
};
use crate::{
    error::NotationError,
    payload::Payload,
    script::{FieldEdit, FieldPlace, HttpRequestSpec, ItemSpec, Word},
    suggestion::suggestion,
};

/// What says that a request goes out on the TCP connection of the one before it.
const SAME: &str = "+same";

/// Parses what follows the name of a layer.
pub(super) fn parse(
    layer: Layer,
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<ItemSpec, NotationError> {
    let Some((&word, more)) = rest.split_first() else {
        return Err(item.error(format!("`{layer}` needs a word")).help(example(layer)));
    };
    if !is_payload(word.text) {
        check_word(layer, word)?;
    }
    let mut spec = ItemSpec {
        layer,
        word: send::value(word, files)?,
        request: None,
        connection: None,
        fields: Vec::new(),
        body: None,
        pieces: None,
        more: false,
    };
    match layer {
        Layer::Http => return request(spec, word, more, files),
        // A client has no frames: what it sends is data.
        Layer::SockJs => return Err(item.error("SockJS has no frames that are sent").help(example(layer))),
        _ => {}
    }
    for word in more {
        if layer != Layer::Stomp && (word.text == "+more" || word.text.starts_with("pieces:")) {
            return Err(word.error(format!("`{}` is for STOMP frames", word.text)));
        }
        match (word.text, word.text.strip_prefix("pieces:")) {
            ("+more", _) => spec.more = true,
            (_, Some(size)) => {
                let size = size.parse().ok().filter(|size| *size > 0);
                let bad = || word.error(format!("`{}` is not a number of octets from 1 on", word.text));
                spec.pieces = Some(size.ok_or_else(bad)?);
            }
            (text, None) => {
                let error = word.error(format!("`{text}` is not an attribute of an item"));
                return Err(error.help(suggestion(text, &["pieces:N", "+more"])));
            }
        }
    }
    Ok(spec)
}

/// The method, the target and perhaps the version of a request.
fn request(
    spec: ItemSpec,
    method: SourceWord<'_>,
    more: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<ItemSpec, NotationError> {
    let is_method = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase());
    if !is_method(method.text) {
        let error = method.error(format!("`{}` is not a method", method.text));
        return Err(error.help(example(Layer::Http)));
    }
    let same = more.last().is_some_and(|word| word.text == SAME);
    let (target, version) = match &more[..more.len() - usize::from(same)] {
        [] => return Err(method.error("a request needs a target").help(example(Layer::Http))),
        [target] => (*target, None),
        [target, version] => (*target, Some(*version)),
        [.., extra] => return Err(extra.error(format!("`{}` is an unexpected word", extra.text))),
    };
    let version = version.map(|word| send::value(word, files)).transpose()?;
    let request = HttpRequestSpec { target: send::value(target, files)?, version, same };
    Ok(ItemSpec { request: Some(Box::new(request)), ..spec })
}

/// How an item of a layer is written.
const fn example(layer: Layer) -> &'static str {
    match layer {
        Layer::Stomp => {
            "write `stomp SEND`, or all octets of the frame as a payload: `stomp \"SEND\\n\\n\\0\"`"
        }
        Layer::EngineIo => "write `engineio ping`, or a whole message as a payload: `engineio \"2probe\"`",
        Layer::SocketIo => "write `socketio EVENT`, or the text of a packet as a payload: `socketio \"2[]\"`",
        Layer::SockJs => {
            "frames come from the server; what a client sends is `text` or the body of an `http` item"
        }
        Layer::Http => "write `http POST $base/000/$session/xhr`",
    }
}

/// What a response is expected to be: a status, `4xx`, or the end of one or of its connection.
pub(super) fn check_response(word: SourceWord<'_>) -> Result<(), NotationError> {
    let (digits, count) = word.text.strip_suffix("xx").map_or((word.text, 3), |class| (class, 1));
    let is_status = digits.len() == count && digits.bytes().all(|digit| digit.is_ascii_digit());
    match word.text {
        "end" | "broken" | "closed" => Ok(()),
        _ if is_status => Ok(()),
        text => {
            let error = word.error(format!("`{text}` is not a response"));
            Err(error.help(
                "write a status, `http 200` or `http 4xx`, or `http end`, `http broken`, `http closed`",
            ))
        }
    }
}

/// A word that items of the layer have.
pub(super) fn check_word(layer: Layer, word: SourceWord<'_>) -> Result<(), NotationError> {
    match layer.words() {
        Some(words) if !words.contains(&word.text) => {
            let error = word.error(format!("`{}` is not a {} of {}", word.text, layer.item(), layer.title()));
            Err(error.help(suggestion(word.text, words)))
        }
        _ => Ok(()),
    }
}

/// Whether an item that is sent may have this field.
fn is_field(spec: &ItemSpec, name: &str) -> bool {
    match spec.layer {
        Layer::Stomp | Layer::Http => true,
        Layer::SockJs => false,
        // The keys of its payload.
        Layer::EngineIo => spec.is("open"),
        Layer::SocketIo => {
            matches!(name, "namespace" | "id" | "attachments")
                || name.strip_prefix("attachment-").is_some_and(|at| at.parse::<u16>().is_ok())
        }
    }
}

/// The fields of an item that is sent are those that it has on the wire.
fn check_field(line: &FieldLine<'_>, spec: &ItemSpec, edit: &FieldEdit) -> Result<(), NotationError> {
    let (layer, span) = (spec.layer, line.at..line.at + line.text.len());
    let wrong = |why: String| Err(NotationError::new(span, why));
    match edit {
        _ if matches!(layer, Layer::Stomp | Layer::Http) => Ok(()),
        FieldEdit::Set(name, _) if is_field(spec, name) => Ok(()),
        FieldEdit::Set(name, _) => {
            wrong(format!("`{name}` is not a field of {} {}s that are sent", layer.title(), layer.item()))
        }
        _ => wrong(format!("a field of {} is written `name: value`", layer.title())),
    }
}

/// Parses a field or the body of the item above.
pub(super) fn edit(
    line: &FieldLine<'_>,
    files: &dyn PayloadFiles,
    spec: &mut ItemSpec,
) -> Result<(), NotationError> {
    if let Word::Payload(_) = spec.word {
        let span = line.at..line.at + line.text.len();
        return Err(NotationError::new(span, "the payload above has all octets of the frame"));
    }
    match body(line, files)? {
        Some(body) => spec.body = Some(body),
        None => {
            let edit = send::field(line, files)?;
            check_field(line, spec, &edit)?;
            spec.fields.push(edit);
        }
    }
    Ok(())
}

/// `body P`.
pub(super) fn body(line: &FieldLine<'_>, files: &dyn PayloadFiles) -> Result<Option<Payload>, NotationError> {
    let Some(text) = line.text.strip_prefix("body ") else { return Ok(None) };
    let trimmed = text.trim_start();
    // A field with that name is moved.
    if FieldPlace::parse(trimmed).is_some() {
        return Ok(None);
    }
    let word = SourceWord { text: trimmed, at: line.at + line.text.len() - trimmed.len() };
    if !is_payload(trimmed) {
        return Err(word.error(format!("`{trimmed}` is not a payload")).help("write `body \"hello\"`"));
    }
    payload::parse(word, files).map(Some)
}
