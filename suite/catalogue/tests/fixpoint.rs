//! Parsing, printing and formatting scripts are consistent: for the catalogue, the README, and generated scripts.

use proptest::prelude::*;
use wsspec_catalogue::{Catalogue, Member, Tree};
use wsspec_notation::{NoFiles, NotationError, PayloadFiles, Script, format_script, parse_script};
use wsspec_wire::ConnectionName;

#[path = "fixpoint/strategy.rs"]
mod strategy;

/// The payload files of the catalogue, whatever their folder.
struct Payloads(Tree);

impl PayloadFiles for Payloads {
    fn read(&self, path: &str) -> Result<bytes::Bytes, String> {
        let file = self.0.files.iter().find(|(whole, _)| whole.ends_with(&format!("/{path}")));
        file.map(|(_, content)| content.clone()).ok_or_else(|| format!("no `{path}`"))
    }
}

fn embedded() -> (Catalogue, Payloads) {
    (Catalogue::embedded().unwrap(), Payloads(Tree::embedded()))
}

/// The text of a member's script: its values replace `$names` as the README says.
fn expanded(template: &str, member: &Member) -> String {
    let mut values = member.values.clone();
    values.sort_by_key(|(key, _)| std::cmp::Reverse(key.len()));
    let mut text = template.replace("\\$", "\u{0}");
    for (key, value) in values {
        text = text.replace(&format!("${key}"), &value);
    }
    text.replace('\u{0}', "$")
}

#[test]
fn every_member_of_the_catalogue_prints_to_what_reads_the_same() {
    let (catalogue, files) = embedded();
    for (_, member) in catalogue.members() {
        let printed = member.script.to_string();
        let read = parse_script(&printed, &files).unwrap_or_else(|e| panic!("{}: {e}\n{printed}", member.id));
        assert_eq!(read, *member.script, "{}\n{printed}", member.id);
        assert_eq!(read.to_string(), printed, "{}", member.id);
    }
}

#[test]
fn formatting_a_case_of_the_catalogue_changes_nothing_it_says() {
    let (catalogue, files) = embedded();
    for (case, member) in catalogue.members() {
        let formatted = format_script(&case.script).unwrap();
        assert_eq!(format_script(&formatted).unwrap(), formatted, "{}", case.id);
        let read = parse_script(&expanded(&formatted, member), &files).unwrap();
        assert_eq!(read, *member.script, "{}\n{formatted}", member.id);
    }
}

/// The fenced blocks of a language in the README.
fn blocks(language: &str) -> Vec<String> {
    let tree = Tree::embedded();
    let readme = std::str::from_utf8(&tree.files["README.md"]).unwrap();
    let fence = format!("```{language}\n");
    readme.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn every_script_of_the_readme_reads_and_is_formatted() {
    let scripts = blocks("wsspec");
    assert!(scripts.len() >= 2);
    for script in scripts {
        parse_script(&script, &NoFiles).unwrap_or_else(|e| panic!("{e}\n{script}"));
        assert_eq!(format_script(&script).unwrap(), script);
    }
}

#[test]
fn every_envelope_of_the_readme_loads() {
    let envelopes = blocks("toml");
    assert!(envelopes.len() >= 2);
    for envelope in envelopes {
        let mut tree = Tree::embedded();
        let path = match &envelope {
            text if text.contains("[[requirement]]") => "readme/requirements.toml",
            text if text.contains("[[bug]]") => "known-bugs/bugs.toml",
            _ => "rfc6455/5.4-fragmentation.toml",
        };
        if path != "known-bugs/bugs.toml" {
            tree.files.retain(|path, _| path.ends_with("requirements.toml"));
        }
        tree.files.insert(path.to_owned(), envelope.clone().into());
        let catalogue = Catalogue::default().with(&tree).unwrap_or_else(|e| panic!("{e:?}\n{envelope}"));
        for case in &catalogue.cases {
            assert_eq!(format_script(&case.script).unwrap(), case.script);
        }
    }
}

/// Parsing may fail with a place inside the text; it may not panic.
fn place(result: Result<impl Sized, NotationError>, text: &str) {
    if let Err(error) = result {
        assert!(error.span.start <= error.span.end && error.span.end <= text.len(), "{error:?} in {text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_script_prints_to_what_reads_the_same(script in strategy::script()) {
        let printed = script.to_string();
        let read = parse_script(&printed, &strategy::OneFile);
        prop_assert_eq!(read.as_ref(), Ok(&script), "{}", printed);
        prop_assert_eq!(read.unwrap().to_string(), printed);
    }

    #[test]
    fn formatting_any_script_changes_nothing_it_says(script in strategy::script()) {
        let formatted = format_script(&script.to_string()).unwrap();
        prop_assert_eq!(parse_script(&formatted, &strategy::OneFile), Ok(script), "{}", &formatted);
        prop_assert_eq!(format_script(&formatted), Ok(formatted.clone()));
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*") {
        place(text.parse::<Script>(), &text);
        place(format_script(&text), &text);
    }

    #[test]
    fn any_text_of_the_notation_is_read_or_refused(text in strategy::near_notation()) {
        place(text.parse::<Script>(), &text);
        place(format_script(&text), &text);
        if let Ok(script) = text.parse::<Script>() {
            let printed = script.to_string().parse::<Script>();
            prop_assert_eq!(printed.as_ref(), Ok(&script), "{}", &script);
            let formatted = format_script(&text).unwrap();
            prop_assert_eq!(formatted.parse::<Script>(), Ok(script), "{}", &formatted);
            prop_assert_eq!(format_script(&formatted), Ok(formatted.clone()));
        }
    }
}

#[test]
fn a_line_is_printed_with_its_connection() {
    let mut script: Script = "< text \"a\"\n".parse().unwrap();
    let plain = script.clone();
    script.lines[0].connection = ConnectionName::parse("front");
    assert_eq!(script.to_string(), "front < text \"a\"\n");
    assert_ne!(script, plain);
}
