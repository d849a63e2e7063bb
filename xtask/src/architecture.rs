//! What ARCHITECTURE.md says of the crates is what cargo knows.

use std::{collections::BTreeMap, path::Path, process::Command};

use serde_json::Value;

/// What each crate of the workspace uses of the others, without the prefix of their names.
fn from_cargo(root: &Path) -> BTreeMap<String, Vec<String>> {
    let mut metadata = Command::new(env!("CARGO"));
    metadata.args(["metadata", "--no-deps", "--format-version", "1", "--offline"]).current_dir(root);
    let output = metadata.output().expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    packages.iter().map(|package| (text(&package["name"]).to_owned(), uses(package))).collect()
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

/// The table of ARCHITECTURE.md.
fn from_page(root: &Path) -> BTreeMap<String, Vec<String>> {
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("the page is there");
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    assert_eq!(from_page(root), from_cargo(root));
}

#[test]
fn reports_link_no_engine() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace");
    let all = from_cargo(root);
    let (mut reached, mut open) = (Vec::new(), vec!["wsspec-reports".to_owned()]);
    while let Some(name) = open.pop() {
        open.extend(all[&name].iter().map(|used| format!("wsspec-{used}")));
        reached.push(name);
    }
    let engines = ["wsspec-exchange", "wsspec-referee", "wsspec-carriers", "wsspec-runner"];
    assert!(!reached.iter().any(|name| engines.contains(&name.as_str())), "{reached:?}");
}
