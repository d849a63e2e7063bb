//! Runs the binary in the folder of fixtures.

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// `suite/cli/tests/fixtures`.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// `wsspec`, in `dir`, with colours and widths of no terminal.
pub fn wsspec(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_wsspec"))
        .args(args)
        .current_dir(dir)
        .env_remove("CLICOLOR_FORCE")
        .env_remove("COLUMNS")
        .output()
        .unwrap()
}

/// What a person sees of `wsspec` with `args`: standard output, standard error, exit code.
#[allow(dead_code, reason = "not every test file has use for it")]
pub fn seen(args: &[&str]) -> String {
    let output = wsspec(&fixtures(), args);
    let mut text = format!("$ wsspec {}\n", args.join(" "));
    text.push_str(std::str::from_utf8(&output.stdout).unwrap());
    if !output.stderr.is_empty() {
        text.push_str("--- standard error\n");
        text.push_str(std::str::from_utf8(&output.stderr).unwrap());
    }
    text.push_str(&format!("--- exit code {}\n", output.status.code().unwrap()));
    text
}
