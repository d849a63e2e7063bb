//! `features`: each crate that has features builds with none of them, with each alone, and with all; what needs one that is off
//! by default is tested.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{failure::RecipeError, process, workspace::Workspace};

/// Tests of features that are off by default.
const TESTS: [&str; 1] = [
    "test --package wsspec --no-default-features --features suite --lib --test conforms --test conforms-fastwebsockets",
];

/// What is read of `cargo metadata`.
#[derive(Deserialize)]
struct Featured {
    packages: Vec<FeaturedPackage>,
}

#[derive(Deserialize)]
struct FeaturedPackage {
    name: String,
    features: BTreeMap<String, Vec<String>>,
}

/// Builds and tests.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    check(workspace)?;
    TESTS.iter().try_for_each(|test| process::run(&mut workspace.cargo(test)))
}

/// Only checks that everything builds.
pub fn check(workspace: &Workspace) -> Result<(), RecipeError> {
    let json = process::stdout(&mut workspace.cargo("metadata --no-deps --format-version 1"))?;
    let featured: Featured = serde_json::from_str(&json)
        .map_err(|error| RecipeError::Other(format!("cargo metadata: {error}")))?;
    for package in featured.packages.iter().filter(|package| !package.features.is_empty()) {
        let check = format!("check --quiet --package {}", package.name);
        process::run(&mut workspace.cargo(&format!("{check} --no-default-features")))?;
        for feature in package.features.keys().filter(|feature| *feature != "default") {
            process::run(
                &mut workspace.cargo(&format!("{check} --no-default-features --features {feature}")),
            )?;
        }
        process::run(&mut workspace.cargo(&format!("{check} --all-features")))?;
    }
    Ok(())
}
