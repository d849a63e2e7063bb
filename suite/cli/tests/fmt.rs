//! `wsspec fmt` on files: what it changes, what it leaves, how it ends.

use std::fs;

use wsspec_catalogue::Tree;

mod common;

use common::{fixtures, folder, wsspec};

/// No script is formatted as `fmt` does it.
const UNTIDY: &str =
    "# kept\n[[case]]\nid   = \"a\" # kept\nscript = '''\n\n> text   \"a  b\" #kept\n alive\n'''\n";
const TIDY: &str = "# kept\n[[case]]\nid   = \"a\" # kept\nscript = '''\n> text \"a  b\"                       #kept\nalive\n'''\n";

#[test]
fn check_lists_what_differs_and_changes_nothing() {
    let dir = folder("fmt-check");
    fs::create_dir(dir.join("cases")).unwrap();
    fs::write(dir.join("cases/a.toml"), UNTIDY).unwrap();
    fs::write(dir.join("cases/b.toml"), TIDY).unwrap();
    let output = wsspec(&dir, &["fmt", "--check"]);
    assert_eq!((output.status.code(), &*output.stdout), (Some(1), &b"cases/a.toml\n"[..]));
    assert_eq!(fs::read_to_string(dir.join("cases/a.toml")).unwrap(), UNTIDY);
}

#[test]
fn files_are_formatted_in_place_and_comments_stay() {
    let dir = folder("fmt-write");
    fs::write(dir.join("a.toml"), UNTIDY).unwrap();
    let output = wsspec(&dir, &["fmt", "a.toml"]);
    assert_eq!((output.status.code(), &*output.stdout), (Some(0), &b"a.toml\n"[..]));
    assert_eq!(fs::read_to_string(dir.join("a.toml")).unwrap(), TIDY);
    let again = wsspec(&dir, &["fmt", "--check", "a.toml"]);
    assert_eq!((again.status.code(), &*again.stdout), (Some(0), &b""[..]));
}

#[test]
fn a_mistake_is_shown_and_its_file_left_alone() {
    let file = fixtures().join("bad/demo/05-unclosed-quote.toml");
    let before = fs::read(&file).unwrap();
    let output = wsspec(&fixtures(), &["fmt", "bad/demo/05-unclosed-quote.toml"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr.contains("bad/demo/05-unclosed-quote.toml:7:8"), "{stderr}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn no_folder_of_cases_is_an_error() {
    let output = wsspec(&folder("fmt-none"), &["fmt"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: cannot read `cases`: "));
}

#[test]
fn formatting_the_embedded_cases_twice_is_formatting_them_once_and_keeps_every_comment() {
    let dir = folder("fmt-embedded");
    let tree = Tree::embedded();
    let cases: Vec<_> = tree
        .files
        .iter()
        .filter(|(path, _)| path.ends_with(".toml") && !path.ends_with("requirements.toml"))
        .collect();
    for (path, content) in &cases {
        fs::create_dir_all(dir.join(path).parent().unwrap()).unwrap();
        fs::write(dir.join(path), content).unwrap();
    }
    assert!(wsspec(&dir, &["fmt", "."]).status.success());
    let again = wsspec(&dir, &["fmt", "--check", "."]);
    assert_eq!((again.status.code(), &*again.stdout), (Some(0), &b""[..]));
    for (path, content) in cases {
        let after = fs::read_to_string(dir.join(path)).unwrap();
        assert_eq!(words(&after), words(std::str::from_utf8(content).unwrap()), "{path}");
    }
}

/// Everything except white space.
fn words(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}
