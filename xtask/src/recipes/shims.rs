//! `shims`: `wsspec fuzz decoder` against other people's decoders. Each one's `known.txt` lists its findings; a new
//! finding and a known one that no longer occurs both fail the recipe.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
};

use serde::Deserialize;

use crate::{failure::RecipeError, process, recipes::examples, workspace::Workspace};

/// How many inputs each gets, and their seed.
const INPUTS: &str = "100000";
const SEED: &str = "1";

/// The part of the record that is read.
#[derive(Deserialize)]
struct ShimRecord {
    inputs: u64,
    trouble: Option<String>,
    findings: Vec<ShimFinding>,
}

#[derive(Deserialize)]
struct ShimFinding {
    kind: String,
    requirement: Option<String>,
}

/// Runs the shims named, or all.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<(), RecipeError> {
    let wsspec = workspace.wsspec()?;
    for name in chosen(workspace, names)? {
        let found = findings(workspace, &wsspec, &name)?;
        let known = known(workspace, &name)?;
        let listed = |set: Vec<&String>| set.iter().map(|line| line.as_str()).collect::<Vec<_>>().join(", ");
        let (new, gone): (Vec<_>, Vec<_>) =
            (found.difference(&known).collect(), known.difference(&found).collect());
        if !new.is_empty() || !gone.is_empty() {
            let (new, gone) = (listed(new), listed(gone));
            return Err(RecipeError::Other(format!("shims: {name}: new: [{new}]; gone: [{gone}]")));
        }
        println!("shims: {name}: {INPUTS} inputs, {} found, all known", found.len());
    }
    Ok(())
}

fn chosen(workspace: &Workspace, names: &[String]) -> Result<Vec<String>, RecipeError> {
    examples::chosen(&workspace.path("suite/decoder/examples/shims"), "known.txt", "shim", names)
}

/// The findings for one, in the form of `known.txt`.
fn findings(workspace: &Workspace, wsspec: &Path, name: &str) -> Result<BTreeSet<String>, RecipeError> {
    let dir = workspace.path("suite/decoder/examples/shims").join(name);
    process::run(&mut workspace.command(dir.join("install.sh")))?;
    let out = workspace.target("shims").join(name);
    // Earlier findings must not be taken for current ones.
    let _ = fs::remove_dir_all(&out);
    fs::create_dir_all(&out).map_err(RecipeError::file("create", &out))?;
    let json = out.join("found.json");
    let mut command: Command = workspace.command(wsspec);
    command.args(["fuzz", "decoder", "--quiet", "--inputs", INPUTS, "--seed", SEED, "--exec"]);
    command.arg(format!("exec '{}'", dir.join("shim.sh").display()));
    command.arg("--out").arg(&out).arg("--json").arg(&json).stdin(Stdio::null());
    process::spawn(&mut command)?.wait().map_err(RecipeError::file("run", wsspec))?;
    let text = fs::read(&json).map_err(RecipeError::file("read", &json))?;
    let record: ShimRecord = serde_json::from_slice(&text)
        .map_err(|error| RecipeError::Other(format!("{}: {error}", json.display())))?;
    if let Some(trouble) = record.trouble {
        return Err(RecipeError::Other(format!("shims: {name}: {trouble}")));
    }
    if record.inputs.to_string() != INPUTS {
        return Err(RecipeError::Other(format!("shims: {name}: {} of {INPUTS} inputs", record.inputs)));
    }
    let line =
        |ShimFinding { kind, requirement }| format!("{kind} {}", requirement.as_deref().unwrap_or("-"));
    Ok(record.findings.into_iter().map(line).collect())
}

/// Lines of kind and requirement; the text after `:` says why.
fn known(workspace: &Workspace, name: &str) -> Result<BTreeSet<String>, RecipeError> {
    let path = workspace.path("suite/decoder/examples/shims").join(name).join("known.txt");
    let text = fs::read_to_string(&path).map_err(RecipeError::file("read", &path))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|line| line.split_once(": ").map_or(line, |(found, _)| found).to_owned()).collect())
}
