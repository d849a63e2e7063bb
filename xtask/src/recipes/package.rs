//! `package`: every published crate packed as for a registry, and wsspec installed from the packages alone into an empty
//! folder.

use std::{fs, path::Path};

use serde::Deserialize;

use crate::{failure::RecipeError, process, workspace::Workspace};

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct WorkspaceMembers {
    packages: Vec<WorkspaceMember>,
}

#[derive(Deserialize)]
struct WorkspaceMember {
    name: String,
    version: String,
    /// Absent: any registry. Empty: none.
    publish: Option<Vec<String>>,
}

impl WorkspaceMember {
    fn is_published(&self) -> bool {
        self.publish.as_ref().is_none_or(|registries| !registries.is_empty())
    }

    /// The name of the packed file without its ending, and of the folder inside.
    fn stem(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// Packs, unpacks, installs, and runs what was installed.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    let members = published(workspace)?;
    let mut pack = workspace.cargo("package --quiet --no-verify --allow-dirty");
    pack.args(members.iter().flat_map(|member| ["--package", &member.name]));
    process::run(&mut pack)?;
    let unpacked = workspace.emptied("packages")?;
    for member in &members {
        let file = workspace.target("package").join(format!("{}.crate", member.stem()));
        process::run(workspace.command("tar").arg("-xzf").arg(&file).arg("-C").arg(&unpacked))?;
        complete(&unpacked.join(member.stem()))?;
    }
    let root = workspace.emptied("installed")?;
    install(workspace, &members, &unpacked, &root)?;
    let wsspec = root.join("bin").join(format!("wsspec{}", std::env::consts::EXE_SUFFIX));
    // Away from the repository: whatever it needs must have come with it.
    for args in [&["--version"][..], &["check"], &["run", "embedded", "--quiet"]] {
        process::run(workspace.command(&wsspec).current_dir(&root).args(args))?;
    }
    Ok(())
}

fn published(workspace: &Workspace) -> Result<Vec<WorkspaceMember>, RecipeError> {
    let json = process::stdout(&mut workspace.cargo("metadata --no-deps --format-version 1"))?;
    let mut members: WorkspaceMembers = serde_json::from_str(&json)
        .map_err(|error| RecipeError::Other(format!("cargo metadata: {error}")))?;
    members.packages.retain(WorkspaceMember::is_published);
    Ok(members.packages)
}

/// A package that lacks its licences or its readme is not ready for a registry.
fn complete(package: &Path) -> Result<(), RecipeError> {
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md"] {
        let path = package.join(file);
        if !fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            return Err(RecipeError::Absent(format!("`{}` is missing or empty", path.display())));
        }
    }
    Ok(())
}

/// `cargo install`, with the packages in place of the registry's.
fn install(
    workspace: &Workspace,
    members: &[WorkspaceMember],
    unpacked: &Path,
    root: &Path,
) -> Result<(), RecipeError> {
    let program = members.iter().find(|member| member.name == "wsspec");
    let program = program.ok_or_else(|| RecipeError::Absent("no package `wsspec`".into()))?;
    // In a folder of its own: the repository's settings must not reach it.
    let mut command = workspace.command("cargo");
    command.current_dir(unpacked).args(["install", "--quiet", "--locked", "--path"]);
    command.arg(unpacked.join(program.stem())).arg("--root").arg(root);
    // What the release build has compiled already is not compiled twice.
    command.arg("--target-dir").arg(workspace.target(""));
    for member in members.iter().filter(|member| member.name != program.name) {
        let path = unpacked.join(member.stem());
        command.arg("--config");
        command.arg(format!("patch.crates-io.{}.path={:?}", member.name, path.display().to_string()));
    }
    process::run(&mut command)
}
