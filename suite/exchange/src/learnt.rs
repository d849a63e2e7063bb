//! The values that a script about a layer has or learns at run time, by name.

use std::collections::BTreeMap;

use bytes::Bytes;
use wsspec_notation::{FieldEdit, FieldExpectation, ItemSpec, KNOWN, Word, escaped as shown, variable};
use wsspec_wire::{Layer, LayerItem};

use crate::wording::brief;

/// The values known so far.
#[derive(Debug, Default)]
pub(crate) struct LearntValues(BTreeMap<String, Bytes>);

impl LearntValues {
    /// Nothing but this value.
    pub(crate) fn knowing(name: &str, value: impl Into<Bytes>) -> Self {
        Self([(name.to_owned(), value.into())].into())
    }

    /// Knows one more value.
    pub(crate) fn know(&mut self, name: &str, value: impl Into<Bytes>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// A target with values in place of their names: `$base/000/$session/xhr`. Those that were learnt are escaped where a
    /// query could not have their characters (RFC 3986, 2.1).
    pub(crate) fn filled(&self, target: &Word) -> Word {
        let Word::Bare(text) = target else { return target.clone() };
        let (mut out, mut rest) = (String::new(), text.as_str());
        while let Some(at) = rest.find('$') {
            out.push_str(&rest[..at]);
            let known =
                variable(&rest[at..]).and_then(|(name, after)| Some((name, self.0.get(name)?, after)));
            match known {
                Some((name, value, after)) => {
                    match KNOWN.contains(&name) {
                        true => out.push_str(&String::from_utf8_lossy(value)),
                        false => value.iter().for_each(|byte| push_escaped(&mut out, *byte)),
                    }
                    rest = after;
                }
                None => {
                    out.push('$');
                    rest = &rest[at + 1..];
                }
            }
        }
        Word::Bare(out + rest)
    }

    /// What an item has instead of an expected field; `None` if the field is as expected. Binds the value of a name that
    /// has none.
    pub(crate) fn lacks(&mut self, wanted: &FieldExpectation, item: &LayerItem) -> Option<String> {
        let (name, value) = match wanted {
            FieldExpectation::Absent(name) => (name, None),
            FieldExpectation::Present(name, value) => (name, value.as_ref()),
        };
        match (item.layer, value) {
            (Layer::Http | Layer::SockJs, Some(part)) if name == BODY_PART => {
                return lacks_part(&self.value(part), &item.body);
            }
            (Layer::Http, _) => return self.http_lacks(name, wanted, item),
            _ => {}
        }
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

    /// The same of a response, whose fields are those of its head: the names in any case, a value whole or one of its list, also
    /// in any case, perhaps with parameters behind it.
    fn http_lacks(&mut self, name: &str, wanted: &FieldExpectation, item: &LayerItem) -> Option<String> {
        let values: Vec<&Bytes> = item
            .fields
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name.as_bytes()))
            .map(|(_, value)| value)
            .collect();
        let instead = || match values.first() {
            Some(value) => format!("`{name}: {}`", shown(value)),
            None => "no such field".to_owned(),
        };
        let FieldExpectation::Present(_, value) = wanted else {
            return (!values.is_empty()).then(instead);
        };
        let unbound = match value {
            Some(Word::Bare(text)) => variable(text).filter(|(name, _)| !self.0.contains_key(*name)),
            _ => None,
        };
        let has_it = match (value.as_ref(), unbound) {
            (_, Some((unbound, _))) => {
                if let Some(first) = values.first() {
                    self.0.insert(unbound.to_owned(), (*first).clone());
                }
                !values.is_empty()
            }
            (Some(value), None) => {
                let value = loose(&self.value(value));
                values.iter().any(|actual| {
                    is_loosely(actual, &value)
                        || actual.split(|byte| *byte == b',').any(|one| is_loosely(one, &value))
                })
            }
            (None, None) => !values.is_empty(),
        };
        (!has_it).then(instead)
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

    /// The name of a value in the fields of an item that was never learnt: a line that may miss what it waits for would have
    /// learnt it.
    pub(crate) fn unbound<'a>(&self, spec: &'a ItemSpec) -> Option<&'a str> {
        let words = spec.fields.iter().filter_map(|edit| match edit {
            FieldEdit::Set(_, Word::Bare(text)) | FieldEdit::Add(_, Word::Bare(text)) => Some(text),
            _ => None,
        });
        let names = words.filter_map(|text| variable(text)).map(|(name, _)| name);
        names.into_iter().find(|name| !self.0.contains_key(*name))
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

/// Adds an octet of a value to a query.
fn push_escaped(out: &mut String, byte: u8) {
    match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
        _ => out.push_str(&format!("%{byte:02X}")),
    }
}

/// The name of the field that stands for any part of a body.
const BODY_PART: &str = "body-part";

fn lacks_part(part: &[u8], body: &Bytes) -> Option<String> {
    let has_it = part.is_empty() || body.windows(part.len()).any(|window| window == part);
    (!has_it).then(|| format!("body {}", brief(body)))
}

/// Whether a value is this one, perhaps with parameters behind it.
fn is_loosely(actual: &[u8], wanted: &[u8]) -> bool {
    loose(actual).strip_prefix(wanted).is_some_and(|rest| rest.is_empty() || rest[0] == b';')
}

/// A value without what says nothing: case, and white space next to the separators of its parameters.
fn loose(value: &[u8]) -> Vec<u8> {
    let parts = value.trim_ascii().split(|byte| *byte == b';');
    parts.map(|part| part.trim_ascii().to_ascii_lowercase()).collect::<Vec<_>>().join(&b';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learnt_is_escaped_in_a_target() {
        let mut learnt = LearntValues::knowing("polling", "/e/?EIO=4&transport=polling");
        learnt.know("sid", "a+b/=-~");
        let filled = learnt.filled(&Word::Bare("$polling&sid=$sid&x=$unknown".into()));
        assert_eq!(filled, Word::Bare("/e/?EIO=4&transport=polling&sid=a%2Bb%2F%3D-~&x=$unknown".into()));
    }
}
