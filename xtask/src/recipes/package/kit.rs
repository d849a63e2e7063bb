//! The harness for decoders as its users have it: from the packages alone, in a folder of its own. The target of a few
//! lines in `docs/decoders.md` must find a planted bug, and so must the small decoder in C.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::RecipeError, process, workspace::Workspace};

/// What the docs call `my_crate`.
const READER: &str = include_str!("../../../packaged/reader.rs");
const MANIFEST: &str = "[package]\nname = \"mine\"\nedition = \"2024\"\n\n[dependencies]\nwsspec-decoder = \"*\"\n\n\
                        [lints.rust]\nunexpected_cfgs = { level = \"warn\", check-cfg = [\"cfg(fuzzing)\"] }\n\n\
                        [workspace]\n";
/// What the planted bug of [`READER`] breaks.
const BROKEN: &str = "rfc6455#5.4:13";
/// The number of a bug in `examples/small.c`, and what it breaks.
const BROKEN_IN_C: (&str, &str) = ("-DPLANTED=1", "rfc6455#5.2:6");

/// Checks both. `patches` make cargo use the packages.
pub fn run(workspace: &Workspace, c_package: &Path, patches: &[String]) -> Result<(), RecipeError> {
    let kit = Kit { workspace, patches };
    kit.rust()?;
    kit.c(c_package)
}

struct Kit<'a> {
    workspace: &'a Workspace,
    patches: &'a [String],
}

impl Kit<'_> {
    fn rust(&self) -> Result<(), RecipeError> {
        let folder = self.workspace.emptied("packaged-decoder")?;
        let docs = self.workspace.path("docs/decoders.md");
        let docs = fs::read_to_string(&docs).map_err(RecipeError::file("read", &docs))?;
        let files = [
            ("Cargo.toml", MANIFEST.to_owned()),
            ("src/main.rs", target(&docs)?),
            ("src/reader.rs", READER.to_owned()),
        ];
        let source = folder.join("src");
        fs::create_dir(&source).map_err(RecipeError::file("create", &source))?;
        for (name, text) in files {
            let path = folder.join(name);
            fs::write(&path, text).map_err(RecipeError::file("write", &path))?;
        }
        // The versions that everything else is tested with.
        let lock = self.workspace.path("Cargo.lock");
        fs::copy(&lock, folder.join("Cargo.lock")).map_err(RecipeError::file("copy", &lock))?;
        finds(self.cargo(&folder).args(["run", "--quiet"]), BROKEN)
    }

    fn c(&self, package: &Path) -> Result<(), RecipeError> {
        process::run(self.cargo(package).args(["build", "--quiet", "--lib"]))?;
        let program = self.workspace.target("packaged-decoder").join("small");
        let mut compile = self.workspace.command("cc");
        compile.arg(BROKEN_IN_C.0).arg("-I").arg(package.join("include"));
        compile.arg(package.join("examples/small.c")).arg(self.built().join("debug/libwsspec_decoder_c.a"));
        compile.args(["-lpthread", "-ldl", "-lm", "-o"]).arg(&program);
        if !process::succeeds(self.workspace.command("cc").arg("--version")) {
            println!("the decoder in C was left out: there is no C compiler");
            return Ok(());
        }
        process::run(&mut compile)?;
        finds(&mut self.workspace.command(&program), BROKEN_IN_C.1)
    }

    fn built(&self) -> PathBuf {
        self.workspace.target("packaged-build")
    }

    /// `cargo` in a folder outside the workspace.
    fn cargo(&self, folder: &Path) -> Command {
        let mut cargo = self.workspace.command("cargo");
        cargo.current_dir(folder).env("CARGO_TARGET_DIR", self.built());
        self.patches.iter().for_each(|patch| {
            cargo.args(["--config", patch]);
        });
        cargo
    }
}

/// The target in the docs, with our reader.
fn target(docs: &str) -> Result<String, RecipeError> {
    let block = docs.split("```rust\n").nth(1).and_then(|rest| rest.split("\n```").next());
    let block = block.ok_or_else(|| RecipeError::Absent("docs/decoders.md has no target in Rust".into()))?;
    Ok(format!("{}\n\nmod reader;\n", block.replace("my_crate::", "reader::")))
}

/// Requires that the command finds what is planted, and exits with 1.
fn finds(command: &mut Command, broken: &str) -> Result<(), RecipeError> {
    println!("$ {}", process::shown(command));
    let output =
        command.output().map_err(|source| RecipeError::Io { what: process::shown(command), source })?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    match output.status.code() {
        Some(1) if said.contains(broken) => Ok(()),
        code => Err(RecipeError::Other(format!("exit code {code:?} and not {broken} in:\n{said}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_docs_have_a_target() {
        let target = target(include_str!("../../../../docs/decoders.md")).unwrap();
        assert!(
            target.contains("fuzz_decoder!(|setting: Setting| Mine(reader::Reader::of(setting.sender)))")
        );
        assert!(target.lines().count() < 25, "{target}");
        assert!(super::target("no block").is_err());
    }
}
