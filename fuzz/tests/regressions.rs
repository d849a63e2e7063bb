//! Every input that once failed, in `regressions/<target>/`.

mod common;

use std::{
    collections::BTreeSet,
    fs, panic,
    path::{Path, PathBuf},
};

use self::common::TARGETS;

/// The contents of a folder of this crate.
fn entries(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    paths
}

/// The names of files or folders, without their extensions.
fn stems(paths: &[PathBuf]) -> BTreeSet<&str> {
    paths.iter().filter_map(|path| path.file_stem()?.to_str()).collect()
}

fn fails(path: &Path, run: fn(&[u8])) -> bool {
    let input = fs::read(path).expect("a readable file");
    panic::catch_unwind(|| run(&input)).is_err()
}

#[test]
fn what_once_failed_does_not_fail_again() {
    let mut failing = Vec::new();
    for (target, run) in TARGETS {
        let inputs = entries(Path::new("regressions").join(target)).into_iter();
        let inputs = inputs.filter(|path| !path.ends_with(".gitkeep"));
        failing.extend(inputs.filter(|path| fails(path, run)));
    }
    assert!(failing.is_empty(), "failing again: {failing:#?}");
}

#[test]
fn every_target_has_its_folder_and_every_folder_its_target() {
    let names = BTreeSet::from(TARGETS.map(|(name, _)| name));
    assert_eq!(stems(&entries("regressions")), names);
    assert_eq!(stems(&entries("fuzz_targets")), names);
}
