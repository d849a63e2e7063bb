//! Families: one case, many members, by substituting values for `$names`.

use std::ops::Range;

use crate::{
    error::NotationError,
    layers::{KNOWN, variable},
    parse::FieldLine,
    suggestion::suggestion,
};

/// A matrix: keys in the order of the file, each with its values as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix(pub Vec<(String, Vec<String>)>);

/// One combination of values.
pub type Values = Vec<(String, String)>;

impl Matrix {
    /// The most combinations that a family may have.
    pub const MOST: usize = 10_000;

    /// How many combinations there are.
    pub fn size(&self) -> usize {
        self.0.iter().fold(1, |size, (_, values)| size.saturating_mul(values.len()))
    }

    /// Every combination; the last key varies fastest. One empty combination if there are no keys.
    pub fn combinations(&self) -> Vec<Values> {
        self.0.iter().fold(vec![Values::new()], |so_far, (key, values)| {
            so_far
                .iter()
                .flat_map(|row| {
                    values.iter().map(move |value| {
                        let mut row = row.clone();
                        row.push((key.clone(), value.clone()));
                        row
                    })
                })
                .collect()
        })
    }
}

/// `[size=126,chop=1]`, or an empty string for no values. Spaces and quotes in a value are left out.
pub fn suffix(values: &Values) -> String {
    if values.is_empty() {
        return String::new();
    }
    let pairs: Vec<_> = values
        .iter()
        .map(|(key, value)| {
            let value: String = value.chars().filter(|c| !c.is_whitespace() && *c != '"').collect();
            format!("{key}={value}")
        })
        .collect();
    format!("[{}]", pairs.join(","))
}

/// A script with its values substituted, and the origin of each piece.
#[derive(Debug)]
pub struct Substituted {
    /// The script to parse.
    pub text: String,
    /// (start in `text`, range in the template) for each replacement, in order.
    pieces: Vec<(Range<usize>, Range<usize>)>,
}

impl Substituted {
    /// The range in the template for a range of the text.
    pub fn origin(&self, span: Range<usize>) -> Range<usize> {
        self.map(span.start, |origin| origin.start)..self.map(span.end, |origin| origin.end)
    }

    fn map(&self, offset: usize, inside: impl Fn(&Range<usize>) -> usize) -> usize {
        let mut shift = 0isize;
        for (text, template) in &self.pieces {
            if offset < text.start {
                break;
            }
            if offset < text.end {
                return inside(template);
            }
            shift = template.end as isize - text.end as isize;
        }
        offset.saturating_add_signed(shift)
    }
}

/// Substitutes values for `$names`. `\$`, and `$` before anything but a lower-case letter, stay as they are, and so do the
/// names of values that a line of the script binds at run time.
pub fn substitute(template: &str, values: &Values) -> Result<Substituted, NotationError> {
    let mut text = String::with_capacity(template.len());
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(found) = template[at..].find('$').map(|i| i + at) {
        text.push_str(&template[at..found]);
        let rest = &template[found + 1..];
        let length = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_')).unwrap_or(rest.len());
        at = found + 1 + length;
        let is_key = || values.iter().any(|(key, _)| key == &rest[..length]);
        if length == 0 {
            text.push('$');
        } else if !is_key() && is_bound(&rest[..length], template) {
            text.push_str(&template[found..at]);
        } else if text.ends_with('\\') {
            text.pop();
            text.push_str(&template[found..at]);
        } else {
            let start = text.len();
            text.push_str(value(&rest[..length], values, found..at)?);
            pieces.push((start..text.len(), found..at));
        }
    }
    text.push_str(&template[at..]);
    Ok(Substituted { text, pieces })
}

/// Whether the name is that of a value known at run time alone.
fn is_bound(name: &str, template: &str) -> bool {
    let binds = |line: &str| {
        let value = FieldLine::of(line).filter(|field| field.sign == "<")?.text.split_once(':')?.1;
        Some(variable(value.trim())?.0 == name)
    };
    KNOWN.contains(&name) || template.lines().any(|line| binds(line) == Some(true))
}

fn value<'v>(name: &str, values: &'v Values, span: Range<usize>) -> Result<&'v str, NotationError> {
    values.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).ok_or_else(|| {
        let keys: Vec<&str> = values.iter().map(|(key, _)| key.as_str()).collect();
        let error = NotationError::new(span, format!("`${name}` is not a key of the matrix"));
        if keys.is_empty() {
            error.help("the case has no `matrix`; a plain dollar is written `\\$`")
        } else {
            error.help(suggestion(name, &keys))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    #[test]
    fn the_last_key_varies_fastest() {
        let matrix = Matrix(vec![
            ("a".into(), vec!["1".into(), "2".into()]),
            ("b".into(), vec!["x".into(), "y".into()]),
        ]);
        let suffixes: Vec<_> = matrix.combinations().iter().map(suffix).collect();
        assert_eq!(suffixes, ["[a=1,b=x]", "[a=1,b=y]", "[a=2,b=x]", "[a=2,b=y]"]);
    }

    #[test]
    fn positions_map_back_to_the_template() {
        let done = substitute("> text \"*\"*$size +oops", &values(&[("size", "65536")])).unwrap();
        assert_eq!(done.text, "> text \"*\"*65536 +oops");
        let at = done.text.find("+oops").unwrap();
        assert_eq!(done.origin(at..at + 5), 17..22);
        assert_eq!(done.origin(11..16), 11..16);
    }

    #[test]
    fn a_dollar_alone_stays() {
        assert_eq!(substitute(r#"> text "$5 \$size""#, &Values::new()).unwrap().text, r#"> text "$5 $size""#);
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest() {
        let error = substitute("> text $sise", &values(&[("size", "1")])).unwrap_err();
        assert_eq!((error.span, error.help.unwrap()), (7..12, "did you mean `size`?".to_owned()));
    }
}
