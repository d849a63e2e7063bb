//! Runs the binary in the folder of fixtures.

#![allow(dead_code, reason = "not every test file uses all of it")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// `suite/cli/tests/fixtures`.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// A new, empty folder for the files of one test; `name` may have several parts.
pub fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// The exit code; a signal fails the test.
pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Standard output.
pub fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

/// Standard error.
pub fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// `wsspec` in `dir`, without a terminal's colours and width. Leaves out progress lines (every 10 s) and the
/// estimate of a long run, which only a slow machine prints.
pub fn wsspec(dir: &Path, args: &[&str]) -> Output {
    let mut output = Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(args)
        .current_dir(dir)
        .env_remove("CLICOLOR_FORCE")
        .env_remove("COLUMNS")
        .env_remove("GITHUB_ACTIONS")
        .env_remove("GITHUB_STEP_SUMMARY")
        .env("WSSPEC_CACHE_DIR", env!("CARGO_TARGET_TMPDIR"))
        .output()
        .unwrap();
    let lines = stderr(&output).split_inclusive('\n').filter(|line| !is_progress(line));
    output.stderr = lines.collect::<String>().into_bytes();
    output
}

/// Whether a line is like `176 of 520 trials, 0 failed, 10 s` or `about 3 minutes left; --max-time limits the run`.
fn is_progress(line: &str) -> bool {
    let line = line.trim_end();
    if line.starts_with("about ") && line.ends_with(" left; --max-time limits the run") {
        return true;
    }
    let start = line.split_once(" of ").map_or("", |(start, _)| start);
    start.parse::<u32>().is_ok() && line.contains(" trials, ") && line.ends_with(" s")
}

/// What a person sees of `wsspec` with `args`: standard output, standard error, exit code.
pub fn seen(args: &[&str]) -> String {
    let output = wsspec(&fixtures(), args);
    let mut text = format!("$ wsspec {}\n{}", args.join(" "), stdout(&output));
    if !output.stderr.is_empty() {
        text.push_str(&format!("--- standard error\n{}", stderr(&output)));
    }
    text.push_str(&format!("--- exit code {}\n", code(&output)));
    text
}

/// A text without its line breaks, so that wrapped words are next to each other again.
pub fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
