//! `python`: the wheel of `suite/python`, built, installed into a fresh environment, and tested there against servers and
//! clients that nobody here wrote.

use std::{
    env::consts::{DLL_PREFIX, DLL_SUFFIX},
    fs,
    path::{Path, PathBuf},
};

use crate::{failure::RecipeError, process, recipes::corpus, workspace::Workspace};

/// Builds the wheel.
const MATURIN: &str = "maturin==1.16.0";
/// The sources of the package.
const PACKAGE: &str = "suite/python/src/wsspec";

/// Builds, installs, checks the types, and tests.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    let dir = workspace.emptied("python")?;
    let builder = environment(workspace, &dir.join("builder"))?;
    install(workspace, &builder, &[MATURIN.as_ref()])?;
    harness(workspace)?;
    let mut build = workspace.command(program(&builder, "maturin"));
    build.current_dir(workspace.path("suite/python")).env("CARGO_TARGET_DIR", workspace.target(""));
    process::run(build.args(["build", "--release", "--out"]).arg(&dir))?;
    let user = environment(workspace, &dir.join("user"))?;
    install(workspace, &user, &[the_wheel(&dir)?.as_path()])?;
    process::run(workspace.command(program(&user, "wsspec")).current_dir(&dir).arg("--version"))?;
    let requirements = workspace.path("suite/python/tests/requirements.txt");
    install(workspace, &user, &[Path::new("--requirement"), &requirements])?;
    let tests = workspace.path("suite/python/tests");
    // Away from the sources: what is tested is what was installed.
    let mut types = workspace.command(program(&user, "mypy"));
    process::run(types.current_dir(&dir).args(["--strict", "--package", "wsspec"]))?;
    let mut types = workspace.command(program(&user, "mypy"));
    process::run(types.current_dir(&dir).arg("--strict").arg(&tests))?;
    let mut test = workspace.command(program(&user, "pytest"));
    let corpus = dir.join("corpus");
    corpus::run(workspace, Some(&corpus))?;
    test.current_dir(&dir).env_remove("WSSPEC_BINARY").env("WSSPEC_CORPUS", &corpus);
    test.args(["--quiet", "-p", "no:cacheprovider"]);
    process::run(test.arg("--rootdir").arg(&tests).arg(&tests))
}

/// Builds the library that `wsspec.decoder` calls, and puts it into the package.
fn harness(workspace: &Workspace) -> Result<(), RecipeError> {
    process::run(&mut workspace.cargo("build --quiet --release --package wsspec-decoder-c"))?;
    let name = format!("{DLL_PREFIX}wsspec_decoder_c{DLL_SUFFIX}");
    let (built, packed) = (workspace.target("release").join(&name), workspace.path(PACKAGE).join(&name));
    fs::copy(&built, &packed).map(drop).map_err(RecipeError::file("copy", &built))
}

/// A new environment.
fn environment(workspace: &Workspace, dir: &Path) -> Result<PathBuf, RecipeError> {
    process::run(workspace.command("python3").args(["-m", "venv"]).arg(dir))?;
    Ok(dir.to_owned())
}

fn install(workspace: &Workspace, environment: &Path, what: &[&Path]) -> Result<(), RecipeError> {
    let mut pip = workspace.command(program(environment, "pip"));
    process::run(pip.args(["install", "--quiet"]).args(what))
}

/// A program of an environment.
fn program(environment: &Path, name: &str) -> PathBuf {
    environment.join(if cfg!(windows) { "Scripts" } else { "bin" }).join(name)
}

fn the_wheel(dir: &Path) -> Result<PathBuf, RecipeError> {
    let entries = dir.read_dir().map_err(RecipeError::file("read", dir))?;
    let mut paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let wheel = paths.find(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheel.ok_or_else(|| RecipeError::Absent(format!("no wheel in `{}`", dir.display())))
}
