//! Trees of case files: those in the binary, or a folder.

use std::{collections::BTreeMap, fs, io, path::Path};

use bytes::Bytes;
use include_dir::{Dir, DirEntry, include_dir};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../cases");

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

    /// The path as it is shown.
    pub fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.root.trim_end_matches('/'))
    }
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
