//! `msrv`: nothing asks for a newer Rust than the workspace says. Our own code is held to it by clippy, in `check`; here are the
//! dependencies, and a build with that very toolchain where it is installed.

use serde::Deserialize;

use crate::{failure::RecipeError, process, workspace::Workspace};

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct Locked {
    packages: Vec<LockedPackage>,
    workspace_members: Vec<String>,
}

#[derive(Deserialize)]
struct LockedPackage {
    id: String,
    name: String,
    version: String,
    rust_version: Option<String>,
}

impl Locked {
    fn read(workspace: &Workspace) -> Result<Self, RecipeError> {
        let json = process::stdout(&mut workspace.cargo("metadata --format-version 1 --locked"))?;
        serde_json::from_str(&json).map_err(|error| RecipeError::Other(format!("cargo metadata: {error}")))
    }

    /// What the members of the workspace say, all the same.
    fn ours(&self) -> Result<&str, RecipeError> {
        let mut said = self.packages.iter().filter(|package| self.workspace_members.contains(&package.id));
        let first = said.next().and_then(|package| package.rust_version.as_deref());
        match said.find(|package| package.rust_version.as_deref() != first) {
            Some(other) => Err(RecipeError::Other(format!("`{}` has another rust-version", other.name))),
            None => first.ok_or_else(|| RecipeError::Other("no rust-version in Cargo.toml".into())),
        }
    }

    /// The packages that ask for more.
    fn newer(&self, ours: &str) -> Vec<String> {
        let too_new = self.packages.iter().filter_map(|package| {
            let asked = package.rust_version.as_deref().filter(|asked| numbers(asked) > numbers(ours))?;
            Some(format!("{} {} asks for Rust {asked}", package.name, package.version))
        });
        too_new.collect()
    }
}

fn numbers(version: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    numbers.resize(3, 0);
    numbers
}

/// Checks the lock file, then builds if the toolchain is there.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    let locked = Locked::read(workspace)?;
    let ours = locked.ours()?;
    let newer = locked.newer(ours);
    if !newer.is_empty() {
        return Err(RecipeError::Other(format!("rust-version is {ours}, but {}", newer.join(", "))));
    }
    println!("msrv: none of {} packages asks for more than Rust {ours}", locked.packages.len());
    let toolchain = format!("+{ours}");
    if !process::succeeds(workspace.command("cargo").arg(&toolchain).arg("--version")) {
        println!(
            "msrv: Rust {ours} is not installed, so nothing is built; `rustup toolchain install {ours}`"
        );
        return Ok(());
    }
    let mut check = workspace.command("cargo");
    check
        .args([&toolchain, "check", "--workspace", "--locked", "--target-dir"])
        .arg(workspace.target("msrv"));
    process::run(&mut check)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_dependency_asks_for_a_newer_rust() {
        let locked = Locked::read(&Workspace::here()).unwrap();
        assert_eq!(locked.newer(locked.ours().unwrap()), Vec::<String>::new());
    }

    #[test]
    fn one_that_does_is_named() {
        let package = |name: &str, rust_version: &str| LockedPackage {
            id: name.into(),
            name: name.into(),
            version: "1.2.3".into(),
            rust_version: Some(rust_version.into()),
        };
        let packages = vec![package("ours", "1.88"), package("old", "1.9"), package("new", "1.88.1")];
        let locked = Locked { packages, workspace_members: vec!["ours".into()] };
        assert_eq!(locked.ours().unwrap(), "1.88");
        assert_eq!(locked.newer("1.88"), ["new 1.2.3 asks for Rust 1.88.1"]);
    }

    #[test]
    fn the_readme_says_which_rust() {
        let workspace = Workspace::here();
        let (locked, readme) = (Locked::read(&workspace).unwrap(), workspace.path("README.md"));
        let said = format!("Rust {} or later", locked.ours().unwrap());
        assert!(std::fs::read_to_string(readme).unwrap().contains(&said), "README.md lacks `{said}`");
    }
}
