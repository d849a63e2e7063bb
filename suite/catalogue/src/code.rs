//! What close codes and statuses of the opening handshake mean, and who may send them.

use std::{cmp::Reverse, ops::RangeInclusive};

use serde::Deserialize;
use toml::Spanned;

use wsspec_notation::NotationError;

use crate::{
    catalogue::Catalogue,
    explanation::{Place, lint_words},
    lint::Lint,
};

/// What a close code or a status of the opening handshake means.
#[derive(Clone, Debug)]
pub struct CodeExplanation {
    /// The codes, both ends included.
    pub codes: RangeInclusive<u16>,
    /// What it says.
    pub means: String,
    /// When to send it, and who may.
    pub send: String,
    /// Where it stands.
    pub(crate) place: Place,
}

/// A `[[code]]` as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCode {
    pub(crate) code: Spanned<String>,
    means: String,
    send: String,
}

impl CodeExplanation {
    /// Checks what is said of a code, or of codes from one to another.
    pub(crate) fn checked(raw: RawCode, place: Place) -> Result<Self, NotationError> {
        let text = raw.code.get_ref();
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let codes = number(first).zip(number(last)).map(|(first, last)| first..=last);
        let codes = codes.filter(|codes| !codes.is_empty()).ok_or_else(|| {
            NotationError::new(raw.code.span(), format!("`{text}` is no code"))
                .help("write `1002` or `3000-3999`; the highest is 65535")
        })?;
        Ok(Self { codes, means: raw.means, send: raw.send, place })
    }

    fn has(&self, other: &Self) -> bool {
        self.codes.contains(other.codes.start()) && self.codes.contains(other.codes.end())
    }

    /// Whether both explain some code, and neither is an exception from the other.
    fn collides_with(&self, other: &Self) -> bool {
        let apart = self.codes.end() < other.codes.start() || other.codes.end() < self.codes.start();
        self.place.layer == other.place.layer && !apart && self.has(other) == other.has(self)
    }
}

/// Decimal digits alone, up to 65535.
fn number(text: &str) -> Option<u16> {
    text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Catalogue {
    /// What is said of a close code or status: what the folder added last says, of that the narrowest that has it.
    pub fn code(&self, code: u16) -> Option<&CodeExplanation> {
        let fitting = self.codes.iter().filter(|found| found.codes.contains(&code));
        fitting.min_by_key(|found| (Reverse(found.place.layer), found.codes.end() - found.codes.start()))
    }
}

/// Codes that are explained twice in the files of one folder, and words.
pub(crate) fn lint(catalogue: &Catalogue) -> Vec<Lint> {
    let mut found = Vec::new();
    for (index, code) in catalogue.codes.iter().enumerate() {
        let (subject, place) = (shown(&code.codes), code.place.to_string());
        if let Some(first) = catalogue.codes[..index].iter().find(|first| first.collides_with(code)) {
            let message = format!("{} explains it, too: {}", first.place, shown(&first.codes));
            found.push(Lint { subject: subject.clone(), place: place.clone(), message });
        }
        for message in lint_words([("means", &code.means), ("send", &code.send)]) {
            found.push(Lint { subject: subject.clone(), place: place.clone(), message });
        }
    }
    found
}

fn shown(codes: &RangeInclusive<u16>) -> String {
    match codes.start() == codes.end() {
        true => format!("code {}", codes.start()),
        false => format!("codes {}-{}", codes.start(), codes.end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn tree(codes: &[(&str, &str)]) -> Tree {
        let one = |(code, means): &(&str, &str)| {
            format!("[[code]]\ncode = {code:?}\nmeans = {means:?}\nsend = \"Anybody\"\n")
        };
        let text: String = codes.iter().map(one).collect();
        Tree { root: "cases".into(), files: [("demo/explanations.toml".to_owned(), text.into())].into() }
    }

    fn catalogue(codes: &[(&str, &str)]) -> Result<Catalogue, String> {
        Catalogue::default().with(&tree(codes)).map_err(|errors| errors[0].to_string())
    }

    fn lints(codes: &[(&str, &str)]) -> Vec<String> {
        let found = lint(&catalogue(codes).unwrap());
        found.into_iter().map(|lint| format!("{}: {}: {}", lint.place, lint.subject, lint.message)).collect()
    }

    #[test]
    fn a_code_explained_twice_is_found_and_an_exception_from_a_range_is_not() {
        assert_eq!(lints(&[("1000-1999", "A"), ("1000", "B"), ("2000", "C")]), [""; 0]);
        let twice = "cases/demo/explanations.toml:5: code 1000: cases/demo/explanations.toml:1 explains it, too: code 1000";
        assert_eq!(lints(&[("1000", "A"), ("1000", "B")]), [twice]);
        assert!(lints(&[("1000-1010", "A"), ("1005-1015", "B")])[0].ends_with("codes 1000-1010"));
    }

    #[test]
    fn an_empty_text_and_a_long_one_are_found() {
        assert_eq!(
            lints(&[("1000", " ")]),
            ["cases/demo/explanations.toml:1: code 1000: its `means` is empty"]
        );
        let long = lints(&[("1000", &"a ".repeat(71))]);
        assert!(long[0].ends_with("its `means` has 71 words, more than 70"), "{long:?}");
    }

    #[test]
    fn what_is_no_code_and_what_is_no_field_have_their_place() {
        for code in ["70000", "1000-70000", "65536", "9-1", "+5", "-1", "1-", ""] {
            let expected = format!("cases/demo/explanations.toml:2:8: `{code}` is no code");
            assert_eq!(catalogue(&[(code, "A")]).unwrap_err(), expected);
        }
        let mut unknown = tree(&[("1000", "A")]);
        unknown.files.insert("demo/explanations.toml".into(), "[[code]]\ncode = \"1\"\nmeens = \"\"".into());
        let error = Catalogue::default().with(&unknown).unwrap_err()[0].to_string();
        assert!(error.starts_with("cases/demo/explanations.toml:3:1: unknown field `meens`"), "{error}");
    }

    #[test]
    fn a_folder_added_later_explains_a_code_before_the_earlier_ones() {
        let catalogue = catalogue(&[("1000", "A"), ("4000-4999", "B"), ("4001", "C")]).unwrap();
        let catalogue = catalogue.with(&tree(&[("1000", "D"), ("4000-4099", "E")])).unwrap();
        let means = |code| catalogue.code(code).unwrap().means.as_str();
        assert_eq!([1000, 4000, 4001, 4100].map(means), ["D", "E", "E", "B"]);
        assert_eq!(lint(&catalogue), []);
    }
}
