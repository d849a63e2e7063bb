//! What the fuzzers begin with, made of the catalogue: `seeds/<target>/`, and `dictionary.dict`. Written anew by
//! `cargo xtask bless`.

mod common;
#[path = "../../suite/campaign/tests/memory/mod.rs"]
mod memory;
mod seeds_from;

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};

use self::{
    common::TARGETS,
    seeds_from::{dictionary, seeds},
};

/// All seeds together, in bytes.
const MOST: usize = 512 << 10;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn blesses() -> bool {
    env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite")
}

/// The files of a folder of seeds, by name.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.expect("a readable folder").path());
    paths
        .map(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
            (name, fs::read(&path).expect("a readable seed"))
        })
        .collect()
}

#[test]
fn seeds_are_those_of_the_catalogue() {
    let folder = root().join("seeds");
    let made = seeds();
    if blesses() {
        let _ = fs::remove_dir_all(&folder);
        for (target, seeds) in &made {
            fs::create_dir_all(folder.join(target)).expect("a folder can be made");
            for (name, seed) in seeds {
                fs::write(folder.join(target).join(name), seed).expect("a seed can be written");
            }
        }
    }
    let mut size = 0;
    for (target, seeds) in &made {
        let kept = files(&folder.join(target));
        let names = |all: &BTreeMap<String, Vec<u8>>| all.keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(names(&kept), names(seeds), "{target}: `cargo xtask bless` writes them anew");
        assert!(kept == *seeds, "{target}: `cargo xtask bless` writes them anew");
        assert!(seeds.len() >= 20, "{target}: only {} seeds", seeds.len());
        size += seeds.values().map(Vec::len).sum::<usize>();
    }
    assert!(size <= MOST, "{size} bytes of seeds");
}

#[test]
fn no_seed_fails() {
    for (target, run) in TARGETS {
        files(&root().join("seeds").join(target)).values().for_each(|seed| run(seed));
    }
}

#[test]
fn the_dictionary_is_that_of_the_protocol() {
    let path = root().join("dictionary.dict");
    let made = dictionary();
    if blesses() {
        fs::write(&path, &made).expect("the dictionary can be written");
    }
    let kept = fs::read_to_string(&path).expect("a dictionary");
    assert_eq!(kept, made, "`cargo xtask bless` writes it anew");
    for line in kept.lines().filter(|line| !line.starts_with('#')) {
        let entry = line.strip_prefix('"').and_then(|line| line.strip_suffix('"'));
        let entry = entry.unwrap_or_else(|| panic!("`{line}` is no entry"));
        let plain = entry.replace("\\\\", "").replace("\\\"", "");
        assert!(!plain.contains('"') && entry.is_ascii() && !entry.is_empty(), "`{line}`");
        let escapes = plain.split('\\').skip(1);
        for escape in escapes {
            assert!(
                escape.starts_with('x')
                    && escape.get(1..3).is_some_and(|hex| u8::from_str_radix(hex, 16).is_ok()),
                "`{line}`"
            );
        }
    }
}
