//! JSON texts of a peer: their form, without a verdict on what this library cannot represent, such as a lone surrogate.

use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// Whether it is a JSON text (RFC 8259). Nesting costs no stack, and neither strings nor numbers are converted.
pub(crate) fn is_json(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok()
}

/// An object; `None` if it is something else or cannot be represented.
pub(crate) fn object(text: &[u8]) -> Option<Map<String, Value>> {
    serde_json::from_slice(text).ok()
}

/// What a JSON text is, by its first character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonShape {
    Object,
    /// An array, and whether it has anything.
    Array {
        is_empty: bool,
    },
    Other,
}

/// The shape of a text that [`is_json`].
pub(crate) fn shape(text: &[u8]) -> JsonShape {
    match text.trim_ascii() {
        [b'{', ..] => JsonShape::Object,
        [b'[', rest @ ..] => JsonShape::Array { is_empty: rest.trim_ascii_start().starts_with(b"]") },
        _ => JsonShape::Other,
    }
}

/// The members of a JSON object, in the order of their names: strings without quotes, other values as JSON. None of any other
/// text.
pub fn json_members(text: &[u8]) -> Vec<(String, String)> {
    let members = object(text).unwrap_or_default().into_iter();
    let shown = |value: Value| match value {
        Value::String(text) => text,
        value => value.to_string(),
    };
    members.map(|(name, value)| (name, shown(value))).collect()
}

/// Whether two texts stand for the same value, whatever their white space, escapes and order of keys; texts that are not JSON,
/// or cannot be represented, are compared as they are.
#[must_use]
pub fn json_equal(one: &[u8], other: &[u8]) -> bool {
    let value = |text: &[u8]| serde_json::from_slice::<Value>(text).ok();
    match (value(one), value(other)) {
        (Some(one), Some(other)) => equal(&one, &other),
        _ => one == other,
    }
}

/// Nesting is bounded by the parser.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|found| equal(value, found)))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_represented_is_still_json() {
        assert!(is_json(br#"["\ud800"]"#) && is_json(b"[1e999]"));
        let deep = [vec![b'['; 100_000], vec![b']'; 100_000]].concat();
        assert!(is_json(&deep) && !is_json(&deep[1..]) && !is_json(b"") && !is_json(b"[1,]"));
    }

    #[test]
    fn members_are_shown_without_quotes() {
        let members = json_members(br#"{"b":[1],"a":"x"}"#);
        assert_eq!(members, [("a".to_owned(), "x".to_owned()), ("b".to_owned(), "[1]".to_owned())]);
        assert_eq!(json_members(b"[1]"), []);
    }

    #[test]
    fn a_shape_is_that_of_the_outermost_value() {
        assert_eq!(shape(b" [ ]"), JsonShape::Array { is_empty: true });
        assert_eq!(shape(b"[[]]"), JsonShape::Array { is_empty: false });
        assert_eq!((shape(b"{}"), shape(b"\"[\"")), (JsonShape::Object, JsonShape::Other));
    }

    #[test]
    fn texts_are_compared_by_what_they_stand_for() {
        assert!(json_equal(br#"{"a": 1, "b": [2]}"#, br#"{"b":[2.0],"a":1}"#));
        assert!(json_equal(br#"["\u00e9"]"#, "[\"é\"]".as_bytes()));
        assert!(
            !json_equal(b"[1]", b"[2]") && !json_equal(b"[1,2]", b"[2,1]") && !json_equal(b"1", b"\"1\"")
        );
        assert!(json_equal(b"[", b"[") && !json_equal(b"[", b"]"));
    }
}
