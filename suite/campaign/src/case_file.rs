//! A finding as a case file, and where in it the case is.

use wsspec_catalogue::{Location, WrittenCase};
use wsspec_wire::Role;

use crate::finding::Signature;

/// The longest target in the comment at the top, in characters.
const LONGEST: usize = 160;

/// The text of the file: a comment that says where it comes from, then one case that runs `script`.
#[must_use]
pub fn case_file(origin: &str, signature: &Signature, role: Role, script: &str) -> String {
    let case = WrittenCase {
        id: signature.slug(),
        title: signature.title(),
        cites: signature.requirement.clone(),
        role,
        tag: "fuzz",
        script: script.to_owned(),
    };
    case.to_toml(origin)
}

/// Where the case of a signature is in the file that [`case_file`] makes of it.
#[must_use]
pub fn location(signature: &Signature, role: Role, script: &str) -> Location {
    let text = case_file("", signature, role, script);
    // The keys come before the script, and no key before it has several lines.
    let line_of = |start: &str| text.lines().zip(1..).find(|(line, _)| line.starts_with(start));
    let line = |start| line_of(start).map_or(1, |(_, number)| number);
    let begins_below = line_of("script = ").is_some_and(|(line, _)| line.ends_with("'''"));
    Location {
        path: signature.file(),
        line: line("id = "),
        script_line: line("script = ") + usize::from(begins_below),
    }
}

/// The comment at the top of a finding's file.
#[must_use]
pub fn origin(seed: u64, session: u64, target: &str) -> String {
    let target: String = target.chars().take(LONGEST).collect();
    format!("Found by `wsspec fuzz --seed {seed}`, session {session}, against {target}.")
}

#[cfg(test)]
mod tests {
    use wsspec_catalogue::{Catalogue, Tree};

    use super::*;
    use crate::finding::Reaction;

    fn signature() -> Signature {
        let (requirement, state) = ("rfc6455#5.5.2:2".to_owned(), "open".to_owned());
        Signature { requirement, state, kind: Reaction::Silence }
    }

    #[test]
    fn a_file_has_a_comment_and_one_case() {
        let origin = origin(7, 12, "ws://127.0.0.1:9001/\n");
        let expected = "\
# Found by `wsspec fuzz --seed 7`, session 12, against ws://127.0.0.1:9001/ .

[[case]]
id = \"silence-open-rfc6455-5-5-2-2\"
title = \"Input that was answered with silence (open, rfc6455#5.5.2:2)\"
cites = [\"rfc6455#5.5.2:2\"]
roles = [\"server\"]
tags = [\"fuzz\"]
script = '''
> ping \"\\$a\"
< pong
'''
";
        assert_eq!(case_file(&origin, &signature(), Role::Server, "> ping \"$a\"\n< pong\n"), expected);
    }

    #[test]
    fn a_case_stands_where_the_catalogue_finds_it() {
        for script in ["> ping\n< pong\n", "> ping \"'''\"\n< pong\n"] {
            let file = case_file("a", &signature(), Role::Server, script);
            let files = [(signature().file(), file.into())].into();
            let tree = Tree { root: "findings".into(), files };
            let catalogue = Catalogue::embedded().unwrap().with(&tree).unwrap();
            let case = catalogue.case(&signature().case()).expect("the case of the finding");
            let expected = location(&signature(), Role::Server, script);
            assert_eq!(case.location, Location { path: case.location.path.clone(), ..expected });
        }
    }
}
