//! The values that a script about a layer has or learns at run time, by name.

use std::collections::BTreeMap;

use bytes::Bytes;
use wsspec_notation::{FieldExpectation, Word, escaped as shown, variable};
use wsspec_wire::LayerItem;

/// The values known so far.
#[derive(Debug, Default)]
pub(crate) struct LearntValues(BTreeMap<String, Bytes>);

impl LearntValues {
    /// Nothing but this value.
    pub(crate) fn knowing(name: &str, value: impl Into<Bytes>) -> Self {
        Self([(name.to_owned(), value.into())].into())
    }

    /// What an item has instead of an expected field; `None` if the field is as expected. Binds the value of a name that
    /// has none.
    pub(crate) fn lacks(&mut self, wanted: &FieldExpectation, item: &LayerItem) -> Option<String> {
        let (name, value) = match wanted {
            FieldExpectation::Absent(name) => (name, None),
            FieldExpectation::Present(name, value) => (name, value.as_ref()),
        };
        let actual = item.get(name.as_bytes());
        let is_absence = matches!(wanted, FieldExpectation::Absent(_));
        let Some(actual) = actual else { return (!is_absence).then(|| "no such field".to_owned()) };
        let instead = || Some(format!("`{name}: {}`", shown(actual)));
        if is_absence {
            return instead();
        }
        let unbound = match value {
            Some(Word::Bare(text)) => variable(text).filter(|(name, _)| !self.0.contains_key(*name)),
            _ => None,
        };
        if let Some((name, _)) = unbound {
            self.0.insert(name.to_owned(), actual.clone());
            return None;
        }
        let wanted = value.map(|word| self.value(word));
        if wanted.is_none_or(|wanted| wanted == actual) { None } else { instead() }
    }

    /// Whether an item has another value than a wanted field, which is known.
    pub(crate) fn contradicts(&self, wanted: &FieldExpectation, item: &LayerItem) -> bool {
        let FieldExpectation::Present(name, Some(value)) = wanted else { return false };
        let is_known = match value {
            Word::Bare(text) => variable(text).is_none_or(|(name, _)| self.0.contains_key(name)),
            Word::Payload(_) => true,
        };
        is_known && item.get(name.as_bytes()).is_some_and(|actual| *actual != self.value(value))
    }

    /// What a word stands for.
    pub(crate) fn value(&self, word: &Word) -> Bytes {
        let Word::Bare(text) = word else { return word.bytes() };
        match variable(text).and_then(|(name, rest)| Some((self.0.get(name)?, rest))) {
            Some((value, "")) => value.clone(),
            Some((value, rest)) => [value, rest.as_bytes()].concat().into(),
            None => word.bytes(),
        }
    }
}
