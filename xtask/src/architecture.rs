//! The crates in ARCHITECTURE.md are those of cargo; the modules below check names and modules.

mod cycles;
mod paths;
mod sources;
mod type_names;

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::Value;

use self::sources::SourceCrate;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

fn packages() -> Vec<Value> {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]).current_dir(root());
    let output = metadata.output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    metadata["packages"].as_array().expect("a list of packages").clone()
}

/// Each library, program, benchmark and example of the workspace.
fn workspace_crates() -> Vec<SourceCrate> {
    let packages = packages();
    let targets = packages.iter().flat_map(|package| package["targets"].as_array()).flatten();
    let targets = targets.filter(|target| target["kind"][0] != "test");
    let read = |target: &Value| {
        let file = Path::new(text(&target["src_path"]));
        let name = file.strip_prefix(root()).expect("it is in the workspace").display().to_string();
        SourceCrate::read(root(), name.trim_end_matches("/src/lib.rs"), file)
    };
    targets.map(read).collect()
}

/// Which other crates each crate of the workspace uses, without the prefix of their names.
fn from_cargo() -> BTreeMap<String, Vec<String>> {
    packages().iter().map(|package| (text(&package["name"]).to_owned(), uses(package))).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn uses(package: &Value) -> Vec<String> {
    let all = package["dependencies"].as_array().expect("a list of dependencies");
    // Neither for tests nor for builds.
    let normal = all.iter().filter(|dependency| dependency["kind"].is_null());
    let names = normal.filter_map(|dependency| text(&dependency["name"]).strip_prefix("wsspec-"));
    let mut names: Vec<_> = names.map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// The table in ARCHITECTURE.md.
fn from_page() -> BTreeMap<String, Vec<String>> {
    let page = std::fs::read_to_string(root().join("ARCHITECTURE.md")).expect("the page is there");
    let rows = page.lines().skip_while(|line| !line.starts_with("| folder | crate |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let row = |line: &str| {
        let line = line.replace("\\|", "");
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let uses = cells[3].split(", ").filter(|name| !name.is_empty()).map(str::to_owned);
        (cells[1].trim_matches('`').to_owned(), uses.collect())
    };
    rows.map(row).collect()
}

#[test]
fn the_table_of_crates_is_what_cargo_knows() {
    assert_eq!(from_page(), from_cargo());
}

#[test]
fn reports_link_no_engine() {
    let all = from_cargo();
    let (mut reached, mut open) = (Vec::new(), vec!["wsspec-reports".to_owned()]);
    while let Some(name) = open.pop() {
        open.extend(all[&name].iter().map(|used| format!("wsspec-{used}")));
        reached.push(name);
    }
    let engines = ["wsspec-exchange", "wsspec-referee", "wsspec-carriers", "wsspec-runner"];
    assert!(!reached.iter().any(|name| engines.contains(&name.as_str())), "{reached:?}");
}
