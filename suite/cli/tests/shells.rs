//! Completions and manual pages, read by real shells and groff.

use std::{
    fs,
    process::{Command, Output},
};

mod common;

use common::{code, fixtures, folder, stderr, stdout, wsspec};

const SHELLS: [&str; 5] = ["bash", "elvish", "fish", "powershell", "zsh"];

/// Subcommands, as `--help` lists them.
fn subcommands() -> Vec<String> {
    let output = wsspec(&fixtures(), &["--help"]);
    let (_, rest) = stdout(&output).split_once("Commands:\n").unwrap();
    let lines = rest.lines().take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.map(|line| line.split_whitespace().next().unwrap().to_owned()).collect()
}

/// Runs a program; `None` if the machine lacks it.
fn program(name: &str, args: &[&str]) -> Option<Output> {
    Command::new(name).args(args).output().ok()
}

#[test]
fn every_shell_is_told_every_subcommand() {
    let names = subcommands();
    assert!(names.contains(&"run".to_owned()) && names.len() >= 14, "{names:?}");
    for shell in SHELLS {
        let output = wsspec(&fixtures(), &["completions", shell]);
        assert_eq!((code(&output), stderr(&output)), (0, ""));
        for name in &names {
            assert!(stdout(&output).contains(name), "{shell} has no `{name}`");
        }
        assert!(stdout(&output).contains("sarif"), "{shell}");
    }
}

#[test]
fn bash_takes_its_script_and_completes() {
    let script = folder("bash-completion").join("wsspec.bash");
    fs::write(&script, &wsspec(&fixtures(), &["completions", "bash"]).stdout).unwrap();
    let path = script.to_str().unwrap();
    let ask = "set -e; . \"$1\"; complete -p wsspec; COMP_WORDS=(wsspec ex); COMP_CWORD=1; \
               _wsspec wsspec ex wsspec; printf '%s\\n' \"${COMPREPLY[@]}\"";
    // Only if there is a bash.
    let Some(check) = program("bash", &["-n", path]) else { return };
    assert_eq!((code(&check), stderr(&check)), (0, ""));
    let output = program("bash", &["--norc", "-c", ask, "bash", path]).unwrap();
    let lines: Vec<&str> = stdout(&output).lines().collect();
    assert!(lines[0].contains("_wsspec"), "{lines:?}");
    assert_eq!(lines[1..], ["explain", "export"]);
}

#[test]
fn there_is_a_page_for_each_subcommand_and_the_first_names_them_all() {
    let dir = folder("man/new");
    let output = wsspec(&fixtures(), &["man", dir.to_str().unwrap()]);
    assert_eq!((code(&output), stdout(&output), stderr(&output)), (0, "", ""));
    let first = fs::read_to_string(dir.join("wsspec.1")).unwrap();
    for name in subcommands().iter().filter(|name| *name != "help") {
        // An escaped hyphen is literal; groff does not break the line there.
        assert!(first.contains(&format!("wsspec\\-{}(1)", name.replace('-', "\\-"))), "{name}");
        let page = fs::read_to_string(dir.join(format!("wsspec-{name}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS") && page.len() > 400, "{page}");
    }
    let inner = fs::read_to_string(dir.join("wsspec-fuzz-decoder.1")).unwrap();
    assert!(inner.contains(".SH SYNOPSIS") && inner.contains("text\\-unchecked"), "{inner}");
    let printed = wsspec(&fixtures(), &["man"]);
    assert_eq!(stdout(&printed), first);
}

#[test]
fn a_page_is_typeset_without_a_warning() {
    let dir = folder("man-typeset");
    wsspec(&fixtures(), &["man", dir.to_str().unwrap()]);
    for page in fs::read_dir(&dir).unwrap() {
        let page = page.unwrap().path();
        let args = ["-man", "-Tutf8", "-ww", page.to_str().unwrap()];
        // Only if there is a groff.
        let Some(output) = program("groff", &args) else { return };
        assert_eq!((code(&output), stderr(&output)), (0, ""), "{}", page.display());
        assert!(stdout(&output).contains("wsspec"), "{}", page.display());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let file = folder("man-bad").join("file");
    fs::write(&file, "").unwrap();
    let output = wsspec(&fixtures(), &["man", file.join("x").to_str().unwrap()]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).starts_with("error: cannot write to `"), "{}", stderr(&output));
}
