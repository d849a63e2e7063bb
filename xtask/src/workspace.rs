//! Paths in the workspace, and commands that start there.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::RecipeError, process};

/// The workspace that this crate is in.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// This one.
    pub fn here() -> Self {
        let manifest = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let manifest = manifest.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = manifest.parent().unwrap_or(&manifest).to_owned();
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir));
        Self { root, target }
    }

    /// A path below the root.
    pub fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root.join(below)
    }

    /// A path below the target directory.
    pub fn target(&self, below: impl AsRef<Path>) -> PathBuf {
        self.target.join(below)
    }

    /// A folder below the target directory, with nothing in it.
    pub fn emptied(&self, below: &str) -> Result<PathBuf, RecipeError> {
        let dir = self.target(below);
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).map_err(RecipeError::file("create", &dir))?;
        Ok(dir)
    }

    /// A command that starts in the root.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        command
    }

    /// `cargo` with arguments separated by spaces.
    pub fn cargo(&self, args: &str) -> Command {
        let mut command = self.command("cargo");
        command.args(args.split_whitespace());
        command
    }

    /// Builds the binary that the tests start, along with them, and returns its path. Built on its own, its
    /// dependencies would have other features, and most of them would be compiled twice.
    pub fn tested_wsspec(&self) -> Result<PathBuf, RecipeError> {
        process::run(&mut self.cargo("test --quiet --workspace --no-run"))?;
        Ok(self.target("debug/wsspec"))
    }

    /// Builds the release binary and returns its path.
    pub fn wsspec(&self) -> Result<PathBuf, RecipeError> {
        process::run(&mut self.cargo("build --release --package wsspec"))?;
        Ok(self.target("release/wsspec"))
    }
}
