//! Explanations: why a requirement exists, what typically breaks it, how that is mended.

use std::{cmp::Reverse, fmt, ops::RangeInclusive};

use serde::Deserialize;
use toml::Spanned;

use wsspec_notation::NotationError;
use wsspec_wire::RequirementId;

use crate::{catalogue::Catalogue, code::RawCode, lint::Lint};

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
    /// Where it stands.
    pub(crate) place: Place,
}

/// Requirements of one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// `5.5.2`.
    pub section: String,
    /// Their ordinals; `None`: all that no other explanation names.
    pub ordinals: Option<RangeInclusive<u32>>,
}

/// Where an explanation stands, and in which of the folders that were added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The file, as it is shown.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// How many trees were added before; what a later one says comes first.
    pub layer: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path, self.line)
    }
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
    pub(crate) rules: Spanned<Vec<Spanned<String>>>,
    why: String,
    breaks: String,
    fix: String,
}

impl Explanation {
    /// Checks an explanation as it is written in the folder `spec`.
    pub(crate) fn checked(raw: RawExplanation, spec: &str, place: Place) -> Result<Self, NotationError> {
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
            place,
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

impl Catalogue {
    /// What explains a requirement: what the folder added last says, of that what names the requirement, else what has
    /// the rest of its section.
    pub fn explanation(&self, id: &RequirementId) -> Option<&Explanation> {
        let fitting = self.explanations.iter().filter(|e| e.names(id) || e.has_section(id));
        fitting.min_by_key(|e| (Reverse(e.place.layer), !e.names(id)))
    }
}

/// The most words of a field.
const WORDS: usize = 70;

/// What is unsound about the explanations of a catalogue: requirements that none or several explain, and words.
pub(crate) fn lint(catalogue: &Catalogue) -> Vec<Lint> {
    let mut found = Vec::new();
    for (id, layer) in &catalogue.to_explain {
        let message = match explaining(catalogue, id, *layer) {
            (0, 0) => "no explanation has it",
            (2.., _) | (0, 2..) => "several explanations have it",
            _ => continue,
        };
        let place = format!("{}/{FILE}", id.spec());
        found.push(Lint { subject: id.to_string(), place, message: message.into() });
    }
    for explanation in &catalogue.explanations {
        lint_rules(catalogue, explanation, &mut found);
        let Explanation { spec, rules, why, breaks, fix, place } = explanation;
        for message in lint_words([("why", why), ("breaks", breaks), ("fix", fix)]) {
            let subject = format!("{spec}#{}", rules[0].section);
            found.push(Lint { subject, place: place.to_string(), message });
        }
    }
    found
}

/// How many explanations of the same folder name a requirement, and how many have the rest of its section.
fn explaining(catalogue: &Catalogue, id: &RequirementId, layer: usize) -> (usize, usize) {
    let all = || catalogue.explanations.iter().filter(|e| e.place.layer == layer);
    (all().filter(|e| e.names(id)).count(), all().filter(|e| e.has_section(id)).count())
}

fn lint_rules(catalogue: &Catalogue, explanation: &Explanation, found: &mut Vec<Lint>) {
    for rules in &explanation.rules {
        let fits = |id: &RequirementId| {
            id.spec() == explanation.spec
                && id.section() == rules.section
                && rules.ordinals.as_ref().is_none_or(|range| range.contains(&id.ordinal()))
        };
        if !catalogue.requirements.keys().any(fits) {
            let subject = format!("{}#{}", explanation.spec, rules.section);
            let place = explanation.place.to_string();
            found.push(Lint { subject, place, message: "there is no such requirement".into() });
        }
    }
}

/// What is wrong with the length of named texts.
pub(crate) fn lint_words<'t>(
    texts: impl IntoIterator<Item = (&'t str, &'t String)>,
) -> impl Iterator<Item = String> {
    texts.into_iter().filter_map(|(name, text)| match text.split_whitespace().count() {
        0 => Some(format!("its `{name}` is empty")),
        words if words > WORDS => Some(format!("its `{name}` has {words} words, more than {WORDS}")),
        _ => None,
    })
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
    fn what_names_no_requirement_has_its_place() {
        let error = |text: &str| catalogue(text).unwrap_err();
        assert_eq!(
            error(&explaining(&["\"1\""])),
            "cases/demo/explanations.toml:2:10: `1` names no requirements"
        );
        assert_eq!(error(&explaining(&[""])), "cases/demo/explanations.toml:2:9: it explains nothing");
    }

    /// A folder that adds to the specification `demo`.
    fn added(explanations: &str) -> Catalogue {
        let own = "[[requirement]]\nid = \"2:2\"\nlevel = \"must\"\nroles = [\"server\"]\ntext = \"D\"\n";
        let mut files = vec![("demo/requirements.toml".to_owned(), own.to_owned().into())];
        if !explanations.is_empty() {
            files.push(("demo/explanations.toml".to_owned(), explanations.to_owned().into()));
        }
        let tree = Tree { root: "mine".into(), files: files.into_iter().collect() };
        catalogue(&explaining(&["\"1:*\", \"2:1\""])).unwrap().with(&tree).unwrap()
    }

    #[test]
    fn requirements_added_by_a_folder_that_explains_nothing_need_no_explanation() {
        assert_eq!(lint(&added("")), []);
    }

    #[test]
    fn a_folder_that_explains_something_explains_what_it_adds_and_nothing_else() {
        assert_eq!(lint(&added(&explaining(&["\"2:2\""]))), []);
        let found = lint(&added(&explaining(&["\"1:1\""])));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].subject, "demo#2:2");
    }

    #[test]
    fn a_folder_added_later_explains_before_the_earlier_ones() {
        let catalogue = added(&explaining(&["\"1:2\", \"2:*\""]));
        let why =
            |id: &str| catalogue.explanation(&RequirementId::parse(id).unwrap()).unwrap().place.to_string();
        assert_eq!(
            ["demo#1:1", "demo#1:2", "demo#2:1"].map(why),
            [
                "cases/demo/explanations.toml:1",
                "mine/demo/explanations.toml:1",
                "mine/demo/explanations.toml:1"
            ]
        );
    }
}
