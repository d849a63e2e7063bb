//! Trees of case files: those in the binary, or a folder.

use std::{collections::BTreeMap, fs, io, path::Path};

use bytes::Bytes;
use include_dir::{Dir, DirEntry, include_dir};

static EMBEDDED: Dir<'_> = include_dir!("$WSSPEC_CASES");

/// Files by their path below the root, `/` between its parts.
#[derive(Clone, Debug)]
pub struct Tree {
    /// What is put before a path when it is shown.
    pub root: String,
    /// Content by path, in the order of the paths.
    pub files: BTreeMap<String, Bytes>,
}

impl Tree {
    /// The catalogue that comes with wsspec.
    pub fn embedded() -> Self {
        let mut files = BTreeMap::new();
        embed(&EMBEDDED, &mut files);
        Self { root: "cases".into(), files }
    }

    /// A folder, read whole: `.toml` files and payloads.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        read_below(root, "", &mut files)?;
        Ok(Self { root: root.display().to_string(), files })
    }

    /// The paths in the order of their sections: 4.2 before 11.3.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &String> {
        let mut paths: Vec<&String> = self.files.keys().collect();
        paths.sort_by_cached_key(|path| natural(path));
        paths.into_iter()
    }

    /// The path as it is shown.
    pub fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.root.trim_end_matches('/'))
    }
}

/// A key by which numbers inside a path sort as numbers.
fn natural(path: &str) -> Vec<(u64, String)> {
    let mut key: Vec<(u64, String)> = vec![(0, String::new())];
    for c in path.chars() {
        match (c.to_digit(10), key.last_mut()) {
            (Some(digit), Some((number, text))) if text.is_empty() => {
                *number = number.saturating_mul(10).saturating_add(u64::from(digit));
            }
            (Some(digit), _) => key.push((u64::from(digit), String::new())),
            (None, Some((_, text))) => text.push(c),
            (None, None) => {}
        }
    }
    key
}

fn embed(dir: &'static Dir<'static>, files: &mut BTreeMap<String, Bytes>) {
    for entry in dir.entries() {
        match entry {
            DirEntry::Dir(dir) => embed(dir, files),
            DirEntry::File(file) => {
                let path = file.path().to_string_lossy().replace('\\', "/");
                files.insert(path, Bytes::from_static(file.contents()));
            }
        }
    }
}

fn read_below(dir: &Path, prefix: &str, files: &mut BTreeMap<String, Bytes>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            read_below(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.insert(path, fs::read(entry.path())?.into());
        }
    }
    Ok(())
}
