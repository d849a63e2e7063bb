//! Checks explanations: requirements without one or with several, and texts that are too long.

use wsspec_wire::RequirementId;

use super::{Lint, words::lint_words};
use crate::{
    catalogue::Catalogue,
    explanation::{Explanation, FILE},
};

/// All findings about the explanations of a catalogue.
pub(super) fn lint(catalogue: &Catalogue) -> Vec<Lint> {
    let mut found = Vec::new();
    for (id, layer) in &catalogue.to_explain {
        let message = match explaining(catalogue, id, *layer) {
            (0, 0) => "no explanation covers it",
            (2.., _) | (0, 2..) => "several explanations cover it",
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

/// How many explanations of the same folder name a requirement, and how many cover the rest of its section.
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
        assert_eq!(lints(&["\"1:*\""]), ["demo#2:1: no explanation covers it"]);
        assert_eq!(lints(&["\"1:*\", \"2:*\"", "\"2:*\""]), ["demo#2:1: several explanations cover it"]);
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
