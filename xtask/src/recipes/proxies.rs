//! `proxies`: `wsspec test-proxy` through other people's reverse proxies. Each one's `known.toml` lists what it breaks; a new
//! failure and a known one that no longer occurs both fail the recipe.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::Stdio,
};

use crate::{
    failure::RecipeError,
    recipes::{examples, graded},
    saved::Saved,
    server,
    workspace::Workspace,
};

/// Where they are, below `suite/interop`, and where their records and logs go, below `target/interop-reports`.
const FOLDER: &str = "proxies";
/// The script that starts one.
const START: &str = "proxy.sh";
/// The list of what one breaks.
const KNOWN: &str = "known.toml";
/// Options of wsspec for one, one a line.
const OPTIONS: &str = "proxy.args";

/// Tests the proxies named, or all that are available here.
pub fn run(workspace: &Workspace, names: &[String]) -> Result<(), RecipeError> {
    let folder = workspace.path("suite/interop").join(FOLDER);
    let chosen = examples::chosen(&folder, START, "proxy", names)?;
    let wsspec = workspace.wsspec()?;
    let reports = workspace.target("interop-reports");
    let dir = reports.join(FOLDER);
    fs::create_dir_all(&dir).map_err(RecipeError::file("create", &dir))?;
    println!("{}", graded::heading("proxy"));
    let mut failed = Vec::new();
    for name in chosen {
        match test(workspace, &wsspec, &name, &reports) {
            Ok(()) => {}
            Err(RecipeError::Absent(why)) if names.is_empty() => println!("skip {name}: {why}"),
            Err(failure) => {
                println!("FAIL {name}: {failure}");
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let failed = failed.join(", ");
    Err(RecipeError::Other(format!("proxies: {failed} failed; records and logs are in `{}`", dir.display())))
}

/// Runs the suite through one, and prints its line.
fn test(workspace: &Workspace, wsspec: &Path, name: &str, reports: &Path) -> Result<(), RecipeError> {
    let folder = format!("{FOLDER}/{name}");
    server::install(workspace, &folder, reports)?;
    let file = |extension: &str| -> PathBuf { reports.join(format!("{folder}.{extension}")) };
    let (json, text) = (file("json"), file("txt"));
    // An old record must not be taken for one that was not written.
    let _ = fs::remove_file(&json);
    let out = File::create(&text).map_err(RecipeError::file("write", &text))?;
    let err = out.try_clone().map_err(RecipeError::file("write", &text))?;
    let mut command = workspace.command(wsspec);
    let start = server::script(workspace, &folder, START);
    command.args(["test-proxy", "--spawn"]).arg(format!("'{}' {{port}} {{backend}}", start.display()));
    command.args(["--color", "never", "--json"]).arg(&json).arg("--junit").arg(file("xml"));
    if let Some(known) = server::known(workspace, &folder, KNOWN) {
        command.arg("--known").arg(known);
    }
    command.args(graded::options(&server::script(workspace, &folder, OPTIONS))?);
    let code = graded::ended(command.stdin(Stdio::null()).stdout(out).stderr(err))?;
    let saved = Saved::read(&json);
    if let Ok(saved) = &saved {
        println!("{}", graded::line(name, saved));
    }
    graded::as_known(code, saved, &text, KNOWN).map(drop)
}
