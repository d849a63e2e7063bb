//! The header fields of a head, in order.

use bytes::Bytes;

/// One header field.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Field {
    /// The name as it arrived, a token.
    pub name: String,
    /// The value without surrounding white space; a folded line is joined with one space.
    pub value: Bytes,
}

/// The header fields of a head, in order. Names are looked up case-insensitively (RFC 6455, 4.1).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Fields(pub Vec<Field>);

impl Fields {
    /// The value of the first field with that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Bytes> {
        self.0.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| &field.value)
    }

    /// The values of all fields with that name, in order.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &Bytes> {
        self.0.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| &field.value)
    }

    /// The values of all fields with that name, joined by `, ` (RFC 2616, 4.2); `None` if there is none.
    #[must_use]
    pub fn joined(&self, name: &str) -> Option<Bytes> {
        let values: Vec<&Bytes> = self.all(name).collect();
        match values.as_slice() {
            [] => None,
            [one] => Some((*one).clone()),
            many => Some(many.iter().map(|value| &value[..]).collect::<Vec<_>>().join(&b", "[..]).into()),
        }
    }

    /// The elements of the comma-separated lists in all fields with that name, without white space and empty
    /// elements. A comma inside quotes does not separate.
    #[must_use]
    pub fn list(&self, name: &str) -> Vec<Bytes> {
        self.all(name).flat_map(split_list).collect()
    }

    /// Whether [`list`](Self::list) contains that element, ignoring case.
    #[must_use]
    pub fn has_token(&self, name: &str, token: &str) -> bool {
        self.list(name).iter().any(|element| element.eq_ignore_ascii_case(token.as_bytes()))
    }
}

fn split_list(value: &Bytes) -> Vec<Bytes> {
    let mut elements = Vec::new();
    let (mut start, mut quoted, mut escaped) = (0, false, false);
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                elements.push(trimmed(value, start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    elements.push(trimmed(value, start, value.len()));
    elements.retain(|element| !element.is_empty());
    elements
}

fn trimmed(value: &Bytes, start: usize, end: usize) -> Bytes {
    value.slice_ref(value[start..end].trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &'static str)]) -> Fields {
        let field = |&(name, value): &(&str, &'static str)| Field { name: name.into(), value: value.into() };
        Fields(pairs.iter().map(field).collect())
    }

    #[test]
    fn names_are_found_without_regard_to_case() {
        let fields = fields(&[("a", "1"), ("B", "2"), ("A", "3")]);
        assert_eq!(fields.get("b").map(|v| &v[..]), Some(&b"2"[..]));
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "3"]);
        assert_eq!(fields.joined("a"), Some("1, 3".into()));
        assert_eq!(fields.joined("c"), None);
    }

    #[test]
    fn a_list_spans_fields_and_respects_quotes() {
        let fields = fields(&[("c", " x ,, y;p=\"a,\\\"b\" "), ("C", "z")]);
        assert_eq!(fields.list("c"), ["x", "y;p=\"a,\\\"b\"", "z"]);
        assert!(fields.has_token("c", "Z") && !fields.has_token("c", "a"));
    }

    #[test]
    fn a_quote_that_never_closes_runs_to_the_end() {
        assert_eq!(fields(&[("c", "\"a,b\\")]).list("c"), ["\"a,b\\"]);
    }
}
