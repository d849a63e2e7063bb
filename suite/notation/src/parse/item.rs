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
    script::{FieldPlace, ItemSpec, Word},
    suggestion::suggestion,
};

/// Parses what follows the name of a layer.
pub(super) fn parse(
    layer: Layer,
    item: SourceWord<'_>,
    rest: &[SourceWord<'_>],
    files: &dyn PayloadFiles,
) -> Result<ItemSpec, NotationError> {
    let Some((&word, more)) = rest.split_first() else {
        return Err(item
            .error(format!("`{layer}` needs a word"))
            .help("write `stomp SEND`, or all octets of the frame as a payload: `stomp \"SEND\\n\\n\\0\"`"));
    };
    let word = send::value(word, files)?;
    let mut spec = ItemSpec { layer, word, fields: Vec::new(), body: None, pieces: None, more: false };
    for word in more {
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
        None => spec.fields.push(send::field(line, files)?),
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
