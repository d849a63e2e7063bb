//! The names behind `streams`.

use wsspec_wire::ConnectionName;

use super::words::{SourceWord, VERBS};
use crate::{
    beside::{is_part, is_side},
    error::NotationError,
};

/// The most streams that a script can name.
const MOST_STREAMS: usize = 16;

/// The names behind `streams`.
pub(super) fn parse(
    verb: SourceWord<'_>,
    words: &[SourceWord<'_>],
) -> Result<Vec<ConnectionName>, NotationError> {
    let mut names: Vec<ConnectionName> = Vec::new();
    for word in words {
        let name = ConnectionName::parse(word.text);
        let is_free =
            |name: &ConnectionName| !is_part(name) && !is_side(name) && !VERBS.contains(&name.as_str());
        let Some(name) = name.filter(is_free) else {
            return Err(word
                .error(format!("`{}` cannot be the name of a stream", word.text))
                .help("lower-case letters, digits and `-`, and not a word that begins a line"));
        };
        if names.contains(&name) {
            return Err(word.error(format!("two streams have the name `{name}`")));
        }
        names.push(name);
    }
    match names.len() {
        2..=MOST_STREAMS => Ok(names),
        _ => Err(verb.error(format!("`streams` has from 2 to {MOST_STREAMS} names"))),
    }
}
