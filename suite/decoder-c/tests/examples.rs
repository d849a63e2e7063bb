//! The examples compile as C, as C++ and with every planted bug, and what they find is what was planted.

#![cfg(unix)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The static library, built as this test is.
fn library() -> PathBuf {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--offline", "--lib", "--message-format", "json"]).current_dir(folder());
    let output = build.output().expect("cargo runs");
    let lines = String::from_utf8(output.stdout).expect("JSON");
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let files = messages.flat_map(|message| message["filenames"].as_array().cloned().unwrap_or_default());
    let files = files.filter_map(|file| file.as_str().map(PathBuf::from));
    let mut libraries = files.filter(|file| file.to_string_lossy().ends_with("libwsspec_decoder_c.a"));
    libraries.next().unwrap_or_else(|| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// Compiles an example; `None` if there is no compiler, or the library that it is about is missing.
fn compiled(name: &str, as_name: &str, flags: &[&str]) -> Option<PathBuf> {
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join(as_name);
    let source = folder().join("examples").join(name);
    let mut compile = Command::new("cc");
    compile.args(["-std=c11", "-D_GNU_SOURCE", "-Wall", "-Wextra", "-Werror", "-O1"]);
    compile.arg("-I").arg(folder().join("include"));
    compile.arg(source).arg(library()).args(flags).args(["-lpthread", "-ldl", "-lm"]).arg("-o").arg(&program);
    let output = compile.output().ok()?;
    let why = String::from_utf8_lossy(&output.stderr).into_owned();
    if why.contains("wslay/wslay.h") {
        return None;
    }
    assert!(output.status.success(), "{why}");
    Some(program)
}

fn run(program: &Path, args: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } =
        Command::new(program).args(args).env_remove("WSSPEC_REPLAY_NOTES").output().expect("it runs");
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

#[test]
fn nothing_is_found_in_the_small_decoder_and_every_planted_bug_is() {
    let Some(right) = compiled("small.c", "small", &[]) else { return };
    let (code, said) = run(&right, &[]);
    assert_eq!((code, said.trim_end()), (Some(0), "20000 inputs, 0 disagreements"));
    let planted = [
        "rfc6455#5.2:6",
        "rfc6455#5.6:5",
        "reports something that has not arrived",
        "rfc6455#5.4:13",
        "the end of the process: signal: 6",
        "rfc6455#5.5:4",
        "",
        "reports something incorrectly",
    ];
    for (number, shows) in planted.iter().enumerate().filter(|(_, shows)| !shows.is_empty()) {
        let define = format!("-DPLANTED={}", number + 1);
        let program = compiled("small.c", &format!("small-{number}"), &[&define]).expect("a compiler");
        let (code, said) = run(&program, &[]);
        assert!(code == Some(1) && said.contains(shows), "{define}: {said}");
    }
}

#[test]
fn files_are_checked_and_missing_ones_are_named() {
    let Some(program) = compiled("small.c", "small-files", &["-DPLANTED=1"]) else { return };
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reserved.bin");
    fs::write(&file, b"\xFF\xFF\xFF\xFF\xFF\xFF\x00\xC1\x01a").expect("a writable folder");
    let (code, said) = run(&program, &[&file.to_string_lossy()]);
    assert!(code == Some(1) && said.contains("breaks   rfc6455#5.2:6"), "{said}");
    let (code, said) = run(&program, &["/nowhere"]);
    assert!(code == Some(2) && said.contains("cannot read"), "{said}");
}

#[test]
fn what_is_known_about_wslay_is_found() {
    let Some(program) = compiled("wslay.c", "wslay", &["-lwslay"]) else { return };
    let (code, said) = run(&program, &[]);
    assert_eq!(code, Some(1), "{said}");
    let known = fs::read_to_string(folder().join("../decoder/examples/shims/wslay/known.txt"));
    let known = known.expect("a readable file");
    for line in said.lines().filter_map(|line| line.strip_prefix("  breaks   ")) {
        assert!(known.contains(line), "{line} is new: {said}");
    }
}

#[test]
fn the_header_is_also_c_plus_plus() {
    let header = folder().join("include/wsspec_decoder.h");
    let mut compile = Command::new("c++");
    compile.args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-xc++"]).arg(header);
    let Ok(output) = compile.output() else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
