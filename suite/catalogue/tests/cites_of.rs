//! Which requirement a member of a family names.

use wsspec_catalogue::{CaseError, Catalogue, Filter, Plan};
use wsspec_wire::{Level, Role};

mod common;

const REQUIREMENTS: &str = r#"
[[requirement]]
id = "1:1"
level = "must"
roles = ["server"]
text = "One"

[[requirement]]
id = "1:2"
level = "should"
roles = ["server"]
text = "Two"

[[requirement]]
id = "1:3"
level = "must"
roles = ["server"]
text = "Both"
"#;

fn catalogue(cites_of: &str) -> Result<Catalogue, Vec<CaseError>> {
    let case = format!(
        "[[case]]\nid = \"a\"\ntitle = \"A\"\ncites = [\"demo#1:1\", \"demo#1:2\", \"demo#1:3\"]\n{cites_of}\n\
         matrix = {{ bit = [1, 2], kind = [\"ping\", \"pong\"] }}\nscript = '''\n> $kind\n# $bit\n'''\n"
    );
    common::demo(REQUIREMENTS, &case)
}

fn errors(cites_of: &str) -> String {
    let errors = catalogue(cites_of).err().unwrap_or_default();
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_member_names_the_requirement_of_its_value() {
    let own = r#"cites-of = { bit = { "demo#1:1" = [1], "demo#1:2" = [2] } }"#;
    let catalogue = catalogue(own).unwrap_or_else(|errors| panic!("{errors:?}"));
    let filter = Filter::new::<&str>(&[], &[]).unwrap_or_else(|error| panic!("{error}"));
    let plan = Plan::new(&catalogue, &filter, Role::Server, 0);
    let named = plan.trials.iter().map(|trial| {
        let also: Vec<_> = trial.also.iter().map(|id| id.as_str()).collect();
        (trial.id.as_str(), trial.requirement.as_str(), also, trial.level)
    });
    let named: Vec<_> = named.collect();
    assert_eq!(named[0], ("demo/1/a[bit=1,kind=ping]", "demo#1:1", vec!["demo#1:3"], Level::Must));
    assert_eq!(named[3], ("demo/1/a[bit=2,kind=pong]", "demo#1:2", vec!["demo#1:3"], Level::Should));
    assert_eq!(named.len(), 4);
}

#[test]
fn a_value_that_is_wrong_or_left_out_is_an_error() {
    for (cites_of, error) in [
        (r#"cites-of = { bot = {} }"#, "the matrix has no key `bot`"),
        (
            r#"cites-of = { bit = { "demo#1:1" = [1] } }"#,
            "no requirement is given for the value `2` of `bit`",
        ),
        (r#"cites-of = { bit = { "demo#1:1" = [1, 2, 3] } }"#, "3 is not a value of `bit` in the matrix"),
        (r#"cites-of = { bit = { "demo#1:4" = [1, 2] } }"#, "the case does not cite `demo#1:4`"),
    ] {
        let found = errors(cites_of);
        assert!(found.contains(error), "{cites_of}: {found}");
    }
}
