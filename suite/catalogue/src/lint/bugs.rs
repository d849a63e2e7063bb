//! Checks known bugs: their wording, their references, and cases that do not exist.

use super::Lint;
use crate::{bug::Bug, catalogue::Catalogue};

/// All findings about the known bugs of a catalogue.
pub(super) fn lint(catalogue: &Catalogue) -> Vec<Lint> {
    let mut found = Vec::new();
    for bug in &catalogue.bugs {
        let place = format!("{}:{}", bug.location.path, bug.location.line);
        let members = catalogue.members().map(|(_, member)| member.id.as_str()).collect::<Vec<_>>();
        let mut say = |message| found.push(Lint { subject: bug.id.clone(), place: place.clone(), message });
        lint_words(bug, &mut say);
        for glob in bug.cases.iter().filter(|glob| !members.iter().any(|id| glob.fits(id))) {
            say(format!("no case fits `{}`", glob.as_str()));
        }
        if bug.cases.is_empty() {
            say("it names no case".into());
        }
    }
    found
}

fn lint_words(bug: &Bug, say: &mut impl FnMut(String)) {
    if !is_slug(&bug.id) {
        say(format!("`{}` is not lower-case words joined by hyphens", bug.id));
    }
    let length = bug.title.chars().count();
    if length == 0 || length > 80 {
        say(format!("its title has {length} characters, not 1 to 80"));
    }
    if bug.title.ends_with('.') {
        say("its title ends with a full stop".into());
    }
    if bug.references.is_empty() || bug.software.is_empty() {
        say("it names no software or no reference".into());
    }
    for reference in bug.references.iter().filter(|reference| !is_reference(reference)) {
        say(format!(
            "`{reference}` is not an advisory (`CVE-2020-13935`), issue (`owner/repo#1`) or change (`repo@1c1c77b`)"
        ));
    }
}

/// Lower-case words joined by hyphens.
fn is_slug(text: &str) -> bool {
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    text.split('-').all(word)
}

/// `CVE-2020-13935`, `GHSA-5v72-xg48-5rpm`, `RUSTSEC-2022-0035`; `owner/repo#123`, `UNDERTOW-1`, `repo@1c1c77b`.
fn is_reference(text: &str) -> bool {
    let name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._/".contains(&b))
    };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let hex = |text: &str| text.len() >= 7 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some((project, number)) = text.split_once('#') {
        return name(project) && digits(number);
    }
    if let Some((project, commit)) = text.split_once('@') {
        return name(project) && hex(commit);
    }
    if let Some((project, number)) = text.rsplit_once('-')
        && project.bytes().all(|b| b.is_ascii_uppercase())
    {
        return !project.is_empty() && project != "CVE" && digits(number);
    }
    let advisory = |prefix: &str| text.strip_prefix(prefix).is_some_and(|rest| rest.len() >= 9 && name(rest));
    advisory("CVE-") || advisory("GHSA-") || advisory("RUSTSEC-")
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        bug_selection::{bug_filter, select_bugs},
        tree::Tree,
    };

    const CASE: &str =
        "[[requirement]]\nid = \"1:1\"\nlevel = \"must\"\nroles = [\"server\"]\ntext = \"t\"\n";

    fn catalogue(bugs: &str) -> (Catalogue, Vec<String>) {
        let case = "[[case]]\nid = \"a\"\ntitle = \"A\"\ncites = [\"demo#1:1\"]\nextra = \"known-bugs\"\nmatrix = { n = [1, 2] }\nscript = 'alive # $n'\n";
        let files = [("demo/requirements.toml", CASE), ("demo/1-x.toml", case), ("demo/bugs.toml", bugs)];
        let files = files.map(|(path, text)| (path.to_owned(), Bytes::copy_from_slice(text.as_bytes())));
        let mut catalogue = Catalogue::default();
        let errors = catalogue.add(&Tree { root: "cases".into(), files: files.into() });
        (catalogue, errors.iter().map(ToString::to_string).collect())
    }

    fn bug(id: &str, title: &str, references: &str, cases: &str) -> String {
        format!(
            "[[bug]]\nid = \"{id}\"\ntitle = \"{title}\"\nsoftware = [\"Some Server\"]\nreferences = [{references}]\ncases = [{cases}]\n"
        )
    }

    fn sound(id: &str) -> String {
        bug(id, "T", "\"CVE-2020-13935\", \"o/r#1\"", "\"demo/1/a[n=2]\"")
    }

    #[test]
    fn a_bug_fits_the_members_it_names() {
        let (catalogue, errors) = catalogue(&sound("loops"));
        assert_eq!(errors, Vec::<String>::new());
        assert_eq!(lint(&catalogue), []);
        assert!(catalogue.bugs[0].fits("demo/1/a[n=2]"));
        assert!(!catalogue.bugs[0].fits("demo/1/a[n=1]"));
        assert_eq!(catalogue.bugs[0].location.line, 2);
    }

    #[test]
    fn a_second_bug_of_an_id_is_an_error() {
        let (catalogue, errors) = catalogue(&(sound("loops") + &sound("loops")));
        assert_eq!(errors, ["cases/demo/bugs.toml:8:6: `loops` is there already"]);
        assert_eq!(catalogue.bugs.len(), 1);
    }

    #[test]
    fn an_unknown_key_is_an_error() {
        let (_, errors) = catalogue(&(sound("loops") + "oracle = \"T\"\n"));
        assert_eq!(errors.len(), 1);
        assert!(errors[0].starts_with("cases/demo/bugs.toml:7:1: unknown field `oracle`"), "{}", errors[0]);
    }

    #[test]
    fn what_is_unsound_is_found() {
        let long = "x".repeat(81);
        for (text, message) in [
            (bug("No", "T", "\"o/r#1\"", "\"demo/1/a\""), "`No` is not lower-case words joined by hyphens"),
            (bug("x", &long, "\"o/r#1\"", "\"demo/1/a\""), "its title has 81 characters, not 1 to 80"),
            (bug("x", "T.", "\"o/r#1\"", "\"demo/1/a\""), "its title ends with a full stop"),
            (bug("x", "T", "", "\"demo/1/a\""), "it names no software or no reference"),
            (bug("x", "T", "\"o/r#1\"", ""), "it names no case"),
            (bug("x", "T", "\"o/r#1\"", "\"demo/1/b\""), "no case fits `demo/1/b`"),
        ] {
            let found = lint(&catalogue(&text).0);
            assert_eq!(found.iter().map(|lint| lint.message.as_str()).collect::<Vec<_>>(), [message]);
        }
        for good in ["CVE-2020-13935", "GHSA-5v72-xg48-5rpm", "UNDERTOW-665", "r#1", "r@1c1c77b"] {
            let text = bug("x", "T", &format!("\"{good}\""), "\"demo/1/a\"");
            assert_eq!(lint(&catalogue(&text).0), [], "{good}");
        }
        for bad in ["o/r#", "o/r", "CVE-2020", "A-", "r@12345", "a b#1"] {
            assert_eq!(
                lint(&catalogue(&bug("x", "T", &format!("\"{bad}\""), "\"demo/1/a\"")).0).len(),
                1,
                "{bad}"
            );
        }
    }

    #[test]
    fn a_bug_is_selected_by_id_reference_or_software() {
        let (catalogue, _) = catalogue(&(sound("loops") + &sound("crashes-late").replace("13935", "99999")));
        let selected = |pattern: &str| -> Vec<String> {
            select_bugs(&catalogue, &[pattern.to_owned()]).unwrap().into_iter().map(|bug| bug.id).collect()
        };
        assert_eq!(selected("cve-2020-13935"), ["loops"]);
        assert_eq!(selected("crashes-*"), ["crashes-late"]);
        assert_eq!(selected("some server"), ["loops", "crashes-late"]);
        assert_eq!(select_bugs(&catalogue, &[]).unwrap().len(), 2);
    }

    #[test]
    fn a_pattern_that_means_no_bug_is_an_error() {
        let (catalogue, _) = catalogue(&sound("loops"));
        let error = select_bugs(&catalogue, &["lops".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "no known bug fits `lops`; did you mean `loops`?");
    }

    #[test]
    fn the_filter_of_bugs_selects_their_cases_and_no_other() {
        let (catalogue, _) = catalogue(&sound("loops"));
        let filter = bug_filter(&catalogue.bugs, &[]).unwrap();
        let ids = catalogue.members().filter(|(case, member)| filter.selects(case, member));
        assert_eq!(ids.map(|(_, member)| member.id.as_str()).collect::<Vec<_>>(), ["demo/1/a[n=2]"]);
    }
}
