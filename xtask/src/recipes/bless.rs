//! `bless`: regenerates every committed generated file.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use crate::{failure::RecipeError, process, workspace::Workspace};

/// Every committed generated file, as git patterns.
pub const GENERATED: [&str; 9] = [
    "cases/schema.json",
    "docs/wsspec.schema.json",
    "docs/coverage.md",
    "docs/coverage",
    ":(glob)**/tests/snapshots/**",
    ":(glob)**/tests/expected/**",
    "fuzz/dictionary.dict",
    "suite/decoder-c/include/wsspec_decoder.h",
    ":(glob)fuzz/seeds/**",
];

/// Regenerates the output of the binary (the JSON schemas, the coverage pages), and the expected outputs with the
/// tests that compare them.
pub fn run(workspace: &Workspace) -> Result<(), RecipeError> {
    write(workspace, "cases/schema.json", "schema cases")?;
    write(workspace, "docs/wsspec.schema.json", "schema config")?;
    write(workspace, "docs/coverage.md", "export --format coverage")?;
    coverage(workspace)?;
    let mut tests = workspace.cargo("test --workspace --quiet");
    process::run(
        tests.env("INSTA_UPDATE", "always").env("INSTA_FORCE_PASS", "1").env("SNAPSHOTS", "overwrite"),
    )
}

/// The page of each specification, and no other pages in that folder.
fn coverage(workspace: &Workspace) -> Result<(), RecipeError> {
    let pages = workspace.path("docs/coverage");
    fs::create_dir_all(&pages).map_err(RecipeError::file("make", &pages))?;
    let specs = specs(&workspace.path("cases"))?;
    for spec in &specs {
        let command = format!("export --format coverage --spec {spec}");
        write(workspace, &format!("docs/coverage/{spec}.md"), &command)?;
    }
    for stale in stale(&pages, &specs)? {
        fs::remove_file(&stale).map_err(RecipeError::file("remove", &stale))?;
    }
    Ok(())
}

/// The folders of cases with requirements.
fn specs(cases: &Path) -> Result<BTreeSet<String>, RecipeError> {
    let folders = entries(cases)?.into_iter().filter(|folder| folder.join("requirements.toml").is_file());
    Ok(folders.filter_map(|folder| Some(folder.file_name()?.to_str()?.to_owned())).collect())
}

/// Files that are not the page of a specification.
fn stale(pages: &Path, specs: &BTreeSet<String>) -> Result<Vec<PathBuf>, RecipeError> {
    let kept: BTreeSet<_> = specs.iter().map(|spec| pages.join(format!("{spec}.md"))).collect();
    Ok(entries(pages)?.into_iter().filter(|page| !kept.contains(page)).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, RecipeError> {
    let entries = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    entries.map_err(RecipeError::file("read", folder))
}

/// The output of `wsspec COMMAND`.
fn write(workspace: &Workspace, file: &str, command: &str) -> Result<(), RecipeError> {
    let printed =
        process::stdout(&mut workspace.cargo(&format!("run --quiet --package wsspec -- {command}")))?;
    let path = workspace.path(file);
    fs::write(&path, printed).map_err(RecipeError::file("write", &path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_are_the_folders_with_requirements() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
        assert_eq!(
            Vec::from_iter(specs(&cases).unwrap()),
            [
                "engineio",
                "http-connect",
                "intermediaries",
                "rfc6455",
                "rfc7692",
                "rfc8441",
                "rfc8446",
                "rfc9110",
                "rfc9112",
                "rfc9113",
                "rfc9114",
                "rfc9220",
                "socketio",
                "sockjs",
                "socks5",
                "stomp"
            ]
        );
    }

    #[test]
    fn a_page_of_no_specification_is_stale() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/coverage");
        let mut specs = specs(&cases).unwrap();
        assert_eq!(stale(&pages, &specs).unwrap(), Vec::<PathBuf>::new());
        specs.remove("rfc7692");
        assert_eq!(stale(&pages, &specs).unwrap(), [pages.join("rfc7692.md")]);
    }
}
