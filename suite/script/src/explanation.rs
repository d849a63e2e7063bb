//! Explanations: why a requirement exists, what typically breaks it, how that is mended; and what close codes mean.

use std::ops::RangeInclusive;

use serde::Deserialize;
use toml::Spanned;

use crate::{catalogue::Catalogue, error::NotationError, lint::Lint, requirement::RequirementId};

/// Why some requirements exist, and what to do about them.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The folder it stands in: `rfc6455`.
    pub spec: String,
    /// The requirements it explains; never empty.
    pub rules: Vec<Rules>,
    /// Why they exist.
    pub why: String,
    /// What typically breaks them.
    pub breaks: String,
    /// How that is mended.
    pub fix: String,
}

/// Requirements of one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `5.5.2`.
    pub section: String,
    /// Their ordinals; `None`: all that no other explanation names.
    pub ordinals: Option<RangeInclusive<u32>>,
}

/// What a close code or a status of the opening handshake means.
#[derive(Clone, Debug)]
pub struct CodeExplanation {
    /// The codes, both ends included.
    pub codes: RangeInclusive<u16>,
    /// What it says.
    pub means: String,
    /// When to send it, and who may.
    pub send: String,
}

/// The name of the files that hold them.
pub(crate) const FILE: &str = "explanations.toml";

/// A file of explanations.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExplanationFile {
    #[serde(default)]
    pub explanation: Vec<RawExplanation>,
    #[serde(default)]
    pub code: Vec<RawCode>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawExplanation {
    rules: Spanned<Vec<Spanned<String>>>,
    why: String,
    breaks: String,
    fix: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCode {
    code: Spanned<String>,
    means: String,
    send: String,
}

impl Explanation {
    /// Checks an explanation as it is written in the folder `spec`.
    pub(crate) fn checked(raw: RawExplanation, spec: &str) -> Result<Self, NotationError> {
        if raw.rules.get_ref().is_empty() {
            return Err(NotationError::new(raw.rules.span(), "it explains nothing")
                .help("name sections or requirements: `5.5.2:*`, `5.5.2:1`, `5.5.2:1-3`"));
        }
        let rules = raw.rules.into_inner().into_iter().map(|text| {
            Rules::parse(text.get_ref()).ok_or_else(|| {
                NotationError::new(text.span(), format!("`{}` names no requirements", text.get_ref()))
                    .help("write `5.5.2:1`, `5.5.2:1-3`, or `5.5.2:*` for the rest of a section")
            })
        });
        Ok(Self {
            spec: spec.to_owned(),
            rules: rules.collect::<Result<_, _>>()?,
            why: raw.why,
            breaks: raw.breaks,
            fix: raw.fix,
        })
    }

    /// Whether it names the requirement itself, not only the rest of its section.
    fn names(&self, id: &RequirementId) -> bool {
        let named =
            |rules: &Rules| rules.ordinals.as_ref().is_some_and(|range| range.contains(&id.ordinal()));
        self.spec == id.spec() && self.rules.iter().any(|rules| rules.section == id.section() && named(rules))
    }

    /// Whether it explains the rest of the requirement's section.
    fn has_section(&self, id: &RequirementId) -> bool {
        let whole = |rules: &Rules| rules.section == id.section() && rules.ordinals.is_none();
        self.spec == id.spec() && self.rules.iter().any(whole)
    }
}

impl Rules {
    fn parse(text: &str) -> Option<Self> {
        let (section, ordinals) = text.split_once(':')?;
        let (section, whole) = (section.to_owned(), ordinals == "*");
        if section.is_empty() {
            return None;
        }
        if whole {
            return Some(Self { section, ordinals: None });
        }
        let (first, last) = ordinals.split_once('-').unwrap_or((ordinals, ordinals));
        let range = first.parse().ok()?..=last.parse().ok()?;
        (!range.is_empty()).then_some(Self { section, ordinals: Some(range) })
    }
}

impl CodeExplanation {
    /// Checks what is said of a code, or of codes from one to another.
    pub(crate) fn checked(raw: RawCode) -> Result<Self, NotationError> {
        let text = raw.code.get_ref();
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let codes = first.parse().ok().zip(last.parse().ok()).map(|(first, last)| first..=last);
        let codes = codes.filter(|codes| !codes.is_empty()).ok_or_else(|| {
            NotationError::new(raw.code.span(), format!("`{text}` is no code"))
                .help("write `1002` or `3000-3999`")
        })?;
        Ok(Self { codes, means: raw.means, send: raw.send })
    }
}

impl Catalogue {
    /// What explains a requirement: what names it, else what has the rest of its section.
    pub fn explanation(&self, id: &RequirementId) -> Option<&Explanation> {
        let find = |fits: &dyn Fn(&Explanation) -> bool| self.explanations.iter().find(|e| fits(e));
        find(&|e| e.names(id)).or_else(|| find(&|e| e.has_section(id)))
    }

    /// What is said of a close code or status: the narrowest that has it.
    pub fn code(&self, code: u16) -> Option<&CodeExplanation> {
        let fitting = self.codes.iter().filter(|found| found.codes.contains(&code));
        fitting.min_by_key(|found| found.codes.end() - found.codes.start())
    }
}

/// The most words of a field.
const WORDS: usize = 70;

/// What is unsound about the explanations of a catalogue: requirements that none or several explain, and words.
pub(crate) fn lint(catalogue: &Catalogue) -> Vec<Lint> {
    let mut found = Vec::new();
    if catalogue.explanations.is_empty() {
        return found;
    }
    let mut say = |subject: String, message: String| {
        found.push(Lint { subject, place: FILE.to_owned(), message });
    };
    let specs: Vec<&str> = catalogue.explanations.iter().map(|e| e.spec.as_str()).collect();
    for id in catalogue.requirements.keys().filter(|id| specs.contains(&id.spec())) {
        let count = |fits: fn(&Explanation, &RequirementId) -> bool| {
            catalogue.explanations.iter().filter(|e| fits(e, id)).count()
        };
        match (count(Explanation::names), count(Explanation::has_section)) {
            (0, 0) => say(id.to_string(), "no explanation has it".into()),
            (2.., _) | (0, 2..) => say(id.to_string(), "several explanations have it".into()),
            _ => {}
        }
    }
    for explanation in &catalogue.explanations {
        for rules in &explanation.rules {
            let fits = |id: &RequirementId| {
                id.spec() == explanation.spec
                    && id.section() == rules.section
                    && rules.ordinals.as_ref().is_none_or(|range| range.contains(&id.ordinal()))
            };
            if !catalogue.requirements.keys().any(fits) {
                say(format!("{}#{}", explanation.spec, rules.section), "there is no such requirement".into());
            }
        }
        for text in [&explanation.why, &explanation.breaks, &explanation.fix] {
            if text.trim().is_empty() || text.split_whitespace().count() > WORDS {
                let subject = format!("{}#{}", explanation.spec, explanation.rules[0].section);
                say(subject, format!("a field is empty or longer than {WORDS} words"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    const REQUIREMENTS: &str = r#"
requirement = [
  { id = "1:1", level = "must", roles = ["server"], text = "A", unobservable = "inside" },
  { id = "1:2", level = "must", roles = ["server"], text = "B", unobservable = "inside" },
  { id = "2:1", level = "must", roles = ["server"], text = "C", unobservable = "inside" },
]
"#;

    fn catalogue(explanations: &str) -> Result<Catalogue, String> {
        let files = [
            ("demo/requirements.toml".to_owned(), REQUIREMENTS.into()),
            ("demo/explanations.toml".to_owned(), explanations.to_owned().into()),
        ];
        let tree = Tree { root: "cases".into(), files: files.into() };
        Catalogue::default().with(&tree).map_err(|errors| errors[0].to_string())
    }

    fn explaining(rules: &[&str]) -> String {
        let one = |rules: &&str| {
            format!("[[explanation]]\nrules = [{rules}]\nwhy = \"W\"\nbreaks = \"B\"\nfix = {rules:?}\n")
        };
        rules.iter().map(one).collect()
    }

    fn lints(rules: &[&str]) -> Vec<String> {
        let found = lint(&catalogue(&explaining(rules)).unwrap());
        found.into_iter().map(|lint| format!("{}: {}", lint.subject, lint.message)).collect()
    }

    #[test]
    fn what_names_a_requirement_comes_before_the_rest_of_its_section() {
        let catalogue = catalogue(&explaining(&["\"1:*\", \"2:*\"", "\"1:2\""])).unwrap();
        let fix = |id: &str| &catalogue.explanation(&RequirementId::parse(id).unwrap()).unwrap().fix;
        assert!(fix("demo#1:2").contains("1:2") && !fix("demo#1:1").contains("1:2"));
        assert_eq!(lint(&catalogue), []);
    }

    #[test]
    fn a_requirement_without_an_explanation_or_with_two_is_found() {
        assert_eq!(lints(&["\"1:*\""]), ["demo#2:1: no explanation has it"]);
        assert_eq!(lints(&["\"1:*\", \"2:*\"", "\"2:*\""]), ["demo#2:1: several explanations have it"]);
        assert_eq!(lints(&["\"1:*\", \"2:*\", \"3:*\""]), ["demo#3: there is no such requirement"]);
    }

    #[test]
    fn an_empty_field_and_a_long_one_are_found() {
        let explain = |why: &str| {
            let text = explaining(&["\"1:*\", \"2:*\""]).replace("\"W\"", &format!("{why:?}"));
            lint(&catalogue(&text).unwrap()).len()
        };
        assert_eq!((explain("fine"), explain(" "), explain(&"a ".repeat(71))), (0, 1, 1));
    }

    #[test]
    fn what_names_no_requirement_or_code_has_its_place() {
        let error = |text: &str| catalogue(text).unwrap_err();
        assert_eq!(
            error(&explaining(&["\"1\""])),
            "cases/demo/explanations.toml:2:10: `1` names no requirements"
        );
        assert_eq!(error(&explaining(&[""])), "cases/demo/explanations.toml:2:9: it explains nothing");
        let code = "[[code]]\ncode = \"9-1\"\nmeans = \"\"\nsend = \"\"\n";
        assert_eq!(error(code), "cases/demo/explanations.toml:2:8: `9-1` is no code");
    }
}
