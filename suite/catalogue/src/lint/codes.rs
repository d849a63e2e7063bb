//! Checks the explanations of codes: codes explained twice in one folder, and texts that are too long.

use std::ops::RangeInclusive;

use super::{Lint, words::lint_words};
use crate::catalogue::Catalogue;

/// All findings about the explanations of codes.
pub(super) fn lint(catalogue: &Catalogue) -> Vec<Lint> {
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
            let expected = format!("cases/demo/explanations.toml:2:8: `{code}` is not a code");
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
