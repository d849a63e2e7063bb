//! `npm`: the packages of `suite/npm`, packed, installed into an empty folder, and tested there against servers and clients
//! that nobody here wrote.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{failure::RecipeError, process, workspace::Workspace};

/// The oldest Node.js that the packages are for.
const OLDEST_NODE: u32 = 20;

/// What the tests need besides the packages.
const BESIDES: [&str; 4] = ["ws@8.18.2", "vitest@4.1.12", "typescript@5.9", "@types/node@22"];

/// Compiles, packs, installs, checks the types, and tests.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    let version = process::stdout(workspace.command("node").arg("--version"))?;
    if major(&version) < OLDEST_NODE {
        println!("npm: skipped: Node.js {OLDEST_NODE} or later is wanted, and this is {}", version.trim());
        return Ok(());
    }
    let binary = workspace.wsspec()?;
    let dir = workspace.emptied("npm")?;
    let source = workspace.path("suite/npm");
    let npm = |args: &str, dir: &Path| {
        process::run(workspace.command("npm").current_dir(dir).args(args.split_whitespace()))
    };
    npm("ci --silent --no-audit --no-fund", &source)?;
    npm("run --silent build", &source)?;
    let package = |folder: &Path, args: &[&Path]| {
        let mut write = workspace.command("node");
        process::run(write.arg(source.join("scripts/package.mjs")).arg(folder).args(args))?;
        let mut pack = workspace.command("npm");
        process::run(pack.current_dir(folder).args(["pack", "--silent", "--pack-destination"]).arg(&dir))
    };
    package(&dir.join("wsspec"), &[])?;
    let name = platform()?;
    package(&dir.join(&name), &[Path::new(&name), &binary])?;
    let user = workspace.emptied("npm/user")?;
    npm("init --yes --silent", &user)?;
    let mut install = workspace.command("npm");
    install.current_dir(&user).args(["install", "--silent", "--no-audit", "--no-fund"]);
    process::run(install.args(tarballs(&dir)?).args(BESIDES))?;
    process::run(workspace.command("cp").arg("-r").arg(source.join("test")).arg(&user))?;
    let types =
        "--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2022 test/types.ts";
    npm(&format!("exec --no -- tsc {types}"), &user)?;
    let mut test = workspace.command("node");
    test.current_dir(&user).env_remove("WSSPEC_BINARY");
    process::run(test.args(["--test", "test/api.test.mjs", "test/runners.test.mjs"]))
}

/// Of `v20.1.2`.
fn major(version: &str) -> u32 {
    version.trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0)
}

/// This platform, as Node.js calls it.
fn platform() -> Result<String, RecipeError> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        system => system,
    };
    match std::env::consts::ARCH {
        "x86_64" => Ok(format!("{system}-x64")),
        "aarch64" => Ok(format!("{system}-arm64")),
        other => Err(RecipeError::Absent(format!("there is no npm package for {system} on {other}"))),
    }
}

fn tarballs(dir: &Path) -> Result<Vec<PathBuf>, RecipeError> {
    let entries = fs::read_dir(dir).map_err(RecipeError::file("read", dir))?;
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    Ok(paths.filter(|path| path.extension().is_some_and(|extension| extension == "tgz")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// npm takes the version from a file of its own.
    #[test]
    fn the_package_has_the_version_of_the_crates() {
        let workspace = Workspace::here();
        for (file, places) in [("package.json", 1), ("package-lock.json", 2)] {
            let text = fs::read_to_string(workspace.path("suite/npm").join(file)).unwrap();
            let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
            assert!(text.matches(&version).count() >= places, "{file} lacks {version}");
        }
    }
}
