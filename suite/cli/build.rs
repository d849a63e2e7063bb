//! The commit that the binary is built from, where that is known: by git, by cargo's note in a packaged crate, or by
//! `WSSPEC_COMMIT`, for a build from an archive.

use std::{env, fs, path::Path, process::Command};

/// Digits of a commit that are shown.
const DIGITS: usize = 10;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=WSSPEC_COMMIT");
    let commit = env::var("WSSPEC_COMMIT").ok().or_else(packaged).or_else(checked_out);
    let commit: String = commit.unwrap_or_default().trim().chars().take(DIGITS).collect();
    // Anything else would end up in the output as it is.
    if commit.chars().all(|c| c.is_ascii_hexdigit()) {
        println!("cargo:rustc-env=WSSPEC_BUILT_FROM={commit}");
    } else {
        println!("cargo:rustc-env=WSSPEC_BUILT_FROM=");
    }
}

/// What `cargo package` notes: `{"git": {"sha1": "..."}}`.
fn packaged() -> Option<String> {
    let note = fs::read_to_string(".cargo_vcs_info.json").ok()?;
    let (_, rest) = note.split_once("\"sha1\"")?;
    rest.split('"').nth(1).map(str::to_owned)
}

/// The commit of the working copy. A crate that lies in another project's tree is not that project.
fn checked_out() -> Option<String> {
    if !Path::new("../../cases").is_dir() {
        return None;
    }
    let git = |args: &[&str]| {
        let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok().map(|text| text.trim().to_owned())
    };
    for path in ["HEAD", "logs/HEAD"] {
        let path = git(&["rev-parse", "--git-path", path])?;
        println!("cargo:rerun-if-changed={path}");
    }
    git(&["rev-parse", "HEAD"])
}
