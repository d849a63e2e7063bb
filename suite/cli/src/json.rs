//! JSON, one value a line.

use serde::Serialize;

/// A value as JSON on one line.
pub fn line(value: &impl Serialize) -> String {
    // None of the types here can fail: no maps with keys that are not strings, no fallible impls.
    serde_json::to_string(value).unwrap_or_default()
}
