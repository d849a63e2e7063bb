//! `package`: packs every published crate as for a registry, installs wsspec from the packages alone into an empty folder,
//! and finds a planted bug with the harness for decoders.

mod kit;

use std::{fs, path::Path};

use serde::Deserialize;

use crate::{failure::RecipeError, process, workspace::Workspace};

/// The part of `cargo metadata` that is read.
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

    /// The name of the packed file without its extension, and of the folder inside.
    fn stem(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

/// Packs, unpacks, installs, and runs the result.
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
    // Outside the repository: everything it needs must be in the packages.
    for args in [&["--version"][..], &["check"], &["run", "embedded", "--quiet"]] {
        process::run(workspace.command(&wsspec).current_dir(&root).args(args))?;
    }
    decoder_kit(workspace, &members, &unpacked)
}

fn decoder_kit(
    workspace: &Workspace,
    members: &[WorkspaceMember],
    unpacked: &Path,
) -> Result<(), RecipeError> {
    let of_c = named(members, "wsspec-decoder-c")?;
    let used = members.iter().filter(|member| ["wsspec-wire", "wsspec-decoder"].contains(&&*member.name));
    let patches: Vec<String> = used.map(|member| patch(member, unpacked)).collect();
    kit::run(workspace, &unpacked.join(of_c.stem()), &patches)
}

fn published(workspace: &Workspace) -> Result<Vec<WorkspaceMember>, RecipeError> {
    let json = process::stdout(&mut workspace.cargo("metadata --no-deps --format-version 1"))?;
    let mut members: WorkspaceMembers = serde_json::from_str(&json)
        .map_err(|error| RecipeError::Other(format!("cargo metadata: {error}")))?;
    members.packages.retain(WorkspaceMember::is_published);
    Ok(members.packages)
}

/// A package without its licences or readme is not ready for a registry.
fn complete(package: &Path) -> Result<(), RecipeError> {
    for file in ["LICENSE-MIT", "LICENSE-APACHE", "README.md"] {
        let path = package.join(file);
        if !fs::metadata(&path).is_ok_and(|file| file.len() > 0) {
            return Err(RecipeError::Absent(format!("`{}` is missing or empty", path.display())));
        }
    }
    Ok(())
}

fn named<'a>(members: &'a [WorkspaceMember], name: &str) -> Result<&'a WorkspaceMember, RecipeError> {
    let found = members.iter().find(|member| member.name == name);
    found.ok_or_else(|| RecipeError::Absent(format!("no package `{name}`")))
}

/// A setting that makes cargo use an unpacked package in place of the registry's.
fn patch(member: &WorkspaceMember, unpacked: &Path) -> String {
    let path = unpacked.join(member.stem());
    format!("patch.crates-io.{}.path={:?}", member.name, path.display().to_string())
}

/// `cargo install`, with the packages in place of a registry.
fn install(
    workspace: &Workspace,
    members: &[WorkspaceMember],
    unpacked: &Path,
    root: &Path,
) -> Result<(), RecipeError> {
    let program = named(members, "wsspec")?;
    // In a separate folder: the repository's settings must not affect it.
    let mut command = workspace.command("cargo");
    command.current_dir(unpacked).args(["install", "--quiet", "--locked", "--path"]);
    command.arg(unpacked.join(program.stem())).arg("--root").arg(root);
    // Reuses what the release build has already compiled.
    command.arg("--target-dir").arg(workspace.target(""));
    for member in members.iter().filter(|member| member.name != program.name) {
        command.args(["--config", &patch(member, unpacked)]);
    }
    process::run(&mut command)
}
