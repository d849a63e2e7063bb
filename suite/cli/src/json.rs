//! JSON, one value per line.

use serde::Serialize;

/// A value as JSON on one line.
pub fn line(value: &impl Serialize) -> String {
    // Serialising these types cannot fail: their maps have string keys, and no implementation fails.
    serde_json::to_string(value).unwrap_or_default()
}
