//! Known bugs: what some implementation once did wrong, and the cases whose stimulus shows whether a peer does it too.

use serde::Deserialize;
use toml::Spanned;

use wsspec_notation::{NotationError, nearest};

use crate::{
    case::Location,
    catalogue::Catalogue,
    error::position,
    extra::Extra,
    filter::{Filter, FilterError, IdGlob},
    lint::Lint,
};

/// A bug that was found in some implementation, and that others may have as well.
#[derive(Clone, Debug)]
pub struct Bug {
    /// Lower-case words joined by hyphens; unique.
    pub id: String,
    /// What a peer with the bug does, in the present tense, at most 80 characters.
    pub title: String,
    /// Where it was found, by the names its makers use.
    pub software: Vec<String>,
    /// Advisories, issues and changes: `CVE-2020-13935`, `owner/repo#123`, `owner/repo@1c1c77b`; never empty.
    pub references: Vec<String>,
    /// Members with its stimulus: a peer that fails one has the bug.
    pub cases: Vec<IdGlob>,
    /// It only misses something recommended: a peer that is lenient in one of the cases has it, too.
    pub recommended: bool,
    /// Where it stands.
    pub location: Location,
}

/// The name of the files that list bugs.
pub(crate) const FILE: &str = "bugs.toml";

/// A file of bugs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BugFile {
    #[serde(default)]
    pub bug: Vec<RawBug>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBug {
    pub id: Spanned<String>,
    title: String,
    software: Vec<String>,
    references: Vec<String>,
    cases: Vec<Spanned<String>>,
    #[serde(default)]
    recommended: bool,
}

impl Bug {
    /// Checks a bug as it is written in the file `source`, shown as `path`.
    pub(crate) fn checked(raw: RawBug, path: String, source: &str) -> Result<Self, NotationError> {
        let line = position(source, raw.id.span().start).0;
        let glob = |text: &Spanned<String>| {
            IdGlob::parse(text.get_ref()).map_err(|error| NotationError::new(text.span(), error.to_string()))
        };
        Ok(Self {
            cases: raw.cases.iter().map(glob).collect::<Result<_, _>>()?,
            id: raw.id.into_inner(),
            title: raw.title,
            software: raw.software,
            references: raw.references,
            recommended: raw.recommended,
            location: Location { path, line, script_line: line },
        })
    }

    /// Whether a member's id is among its cases.
    pub fn fits(&self, member: &str) -> bool {
        self.cases.iter().any(|glob| glob.fits(member))
    }

    /// Whether it is meant by a pattern: its id or the start of one, a reference, or software, in any letter case.
    fn is_meant(&self, pattern: &str) -> bool {
        let same = |text: &String| text.eq_ignore_ascii_case(pattern);
        IdGlob::parse(&pattern.to_lowercase()).is_ok_and(|glob| glob.fits(&self.id))
            || self.references.iter().any(same)
            || self.software.iter().any(same)
    }
}

/// The bugs of `catalogue` that one of `patterns` means, by id, reference or software; without patterns, all. Fails for
/// the first pattern that means none.
pub fn select_bugs(catalogue: &Catalogue, patterns: &[String]) -> Result<Vec<Bug>, FilterError> {
    for pattern in patterns {
        if !catalogue.bugs.iter().any(|bug| bug.is_meant(pattern)) {
            let ids = catalogue.bugs.iter().map(|bug| bug.id.as_str());
            let near = nearest(pattern, ids).map(str::to_owned);
            return Err(FilterError::NoBug { pattern: pattern.clone(), near });
        }
    }
    let meant = |bug: &&Bug| patterns.is_empty() || patterns.iter().any(|pattern| bug.is_meant(pattern));
    Ok(catalogue.bugs.iter().filter(meant).cloned().collect())
}

/// A filter for the cases of all `bugs`, of whatever group, save those that a pattern of `exclude` fits.
pub fn bug_filter(bugs: &[Bug], exclude: &[String]) -> Result<Filter, FilterError> {
    let globs = bugs.iter().flat_map(|bug| &bug.cases).map(|glob| format!("id:{}", glob.as_str()));
    Ok(Filter::new(&globs.collect::<Vec<_>>(), exclude)?.with_extra(&Extra::ALL))
}

/// What is unsound about the bugs of a catalogue.
pub(crate) fn lint(catalogue: &Catalogue) -> Vec<Lint> {
    let mut found = Vec::new();
    for bug in &catalogue.bugs {
        let place = format!("{}:{}", bug.location.path, bug.location.line);
        let members = catalogue.members().map(|(_, member)| member.id.as_str()).collect::<Vec<_>>();
        let mut say = |message| found.push(Lint { subject: bug.id.clone(), place: place.clone(), message });
        bug.lint_words(&mut say);
        for glob in bug.cases.iter().filter(|glob| !members.iter().any(|id| glob.fits(id))) {
            say(format!("no case fits `{}`", glob.as_str()));
        }
        if bug.cases.is_empty() {
            say("it names no case".into());
        }
    }
    found
}

impl Bug {
    fn lint_words(&self, say: &mut impl FnMut(String)) {
        if !is_slug(&self.id) {
            say(format!("`{}` is not lower-case words joined by hyphens", self.id));
        }
        let length = self.title.chars().count();
        if length == 0 || length > 80 {
            say(format!("its title has {length} characters, not 1 to 80"));
        }
        if self.title.ends_with('.') {
            say("its title ends with a full stop".into());
        }
        if self.references.is_empty() || self.software.is_empty() {
            say("it names no software or no reference".into());
        }
        for reference in self.references.iter().filter(|reference| !is_reference(reference)) {
            say(format!(
                "`{reference}` is no advisory (`CVE-2020-13935`), issue (`owner/repo#1`) or change (`repo@1c1c77b`)"
            ));
        }
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
    use crate::tree::Tree;

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
