//! Case files and baselines that ask for more than a machine has.

use std::fmt::Write as _;

use wsspec_catalogue::{Baseline, Catalogue, Tree};

/// The mistakes in a case file of a new specification, in addition to the built-in requirements.
fn mistakes(case: &str) -> Vec<String> {
    let mut catalogue = Catalogue::embedded().unwrap();
    let text =
        format!("[[case]]\nid = \"a\"\ntitle = \"An echo comes back\"\ncites = [\"rfc6455#5.6:7\"]\n{case}");
    let tree = Tree { root: "mine".into(), files: [("my-spec/1-mine.toml".to_owned(), text.into())].into() };
    catalogue.add(&tree).iter().map(|error| error.error.message.clone()).collect()
}

#[test]
fn a_matrix_of_a_billion_members_is_refused_before_one_is_made() {
    let digits = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
    let keys: Vec<_> = ('a'..='i').map(|key| format!("{key} = {digits}")).collect();
    let case = format!("matrix = {{ {} }}\nscript = '''\n> text \"$a\"\n'''\n", keys.join(", "));
    assert_eq!(mistakes(&case), ["the matrix has 1000000000 combinations, more than the 10000 of a family"]);
}

#[test]
fn a_block_is_repeated_a_hundred_thousand_times_at_most() {
    let repeat = |count: &str| mistakes(&format!("script = '''\nrepeat {count}\n> text \"a\"\nend\n'''\n"));
    assert_eq!(repeat("100000"), Vec::<String>::new());
    assert_eq!(repeat("1000000000"), ["1000000000 repetitions are more than the 100000 of a `repeat`"]);
    assert_eq!(repeat("0"), ["`0` is not a number of repetitions from 1 on"]);
}

#[test]
fn a_hundred_thousand_expectations_are_read_and_checked() {
    let catalogue = Catalogue::embedded().unwrap();
    let ids: Vec<&str> = catalogue.members().map(|(_, member)| member.id.as_str()).collect();
    let mut source = "[known]\n".to_owned();
    for number in 0..100_000 {
        // Ids that exist, each once, and many that do not.
        let id = ids.get(number).map_or_else(|| format!("rfc6455/5.4/no-{number}"), |id| (*id).to_owned());
        let _ = writeln!(source, "{} = \"known\"", toml::Value::String(id));
    }
    let baseline = Baseline::parse_known("known.toml", &source).unwrap();
    assert_eq!(baseline.entries().len(), 100_000);
    let errors = baseline.check(&catalogue);
    assert_eq!(errors.len(), 100, "only the first 100");
    assert_eq!(errors[0].position().0, ids.len() + 2);
    assert!(ids.iter().all(|id| baseline.of(id).is_some()));
}

#[test]
fn a_hundred_thousand_globs_are_read_and_checked() {
    let catalogue = Catalogue::embedded().unwrap();
    let mut source = "[known]\n\"rfc6455/5.4/*[chop=?]\" = \"known\"\n".to_owned();
    for number in 0..100_000 {
        let _ = writeln!(source, "\"rfc6455/5.*/no-{number}-*[x=?]\" = \"known\"");
    }
    let baseline = Baseline::parse_known("known.toml", &source).unwrap();
    let errors = baseline.check(&catalogue);
    assert_eq!(
        (errors.len(), errors[0].position().0),
        (100, 3),
        "the first glob matches, only 100 are listed"
    );
    let found = baseline.of("rfc6455/5.5.2/no-99999-a[x=1]").unwrap();
    assert_eq!(found.glob.as_str(), "rfc6455/5.*/no-99999-*[x=?]");
}
