//! Trees of case files: the built-in one, or a folder.

use std::{collections::BTreeMap, fs, io, path::Path};

use bytes::Bytes;
use include_dir::{Dir, DirEntry, include_dir};

static EMBEDDED: Dir<'_> = include_dir!("$WSSPEC_CASES");

/// Files by their path below the root, with `/` between its parts.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Put before a path for display.
    pub root: String,
    /// Contents by path, in the order of the paths.
    pub files: BTreeMap<String, Bytes>,
}

impl Tree {
    /// The catalogue that comes with wsspec.
    pub fn embedded() -> Self {
        let mut files = BTreeMap::new();
        embed(&EMBEDDED, &mut files);
        Self { root: "cases".into(), files }
    }

    /// Reads a folder: `.toml` files and payloads. Never reads anything outside of it, because payloads are sent to the
    /// peer.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        read_below(root, &root.canonicalize()?, "", &mut files)?;
        Ok(Self { root: root.display().to_string(), files })
    }

    /// The paths in the order of their sections: 4.2 before 11.3.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = &String> {
        let mut paths: Vec<&String> = self.files.keys().collect();
        paths.sort_by_cached_key(|path| natural(path));
        paths.into_iter()
    }

    /// The path for display.
    pub fn shown(&self, path: &str) -> String {
        format!("{}/{path}", self.root.trim_end_matches('/'))
    }
}

/// A sort key that compares the numbers in a path as numbers.
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

fn read_below(dir: &Path, root: &Path, prefix: &str, files: &mut BTreeMap<String, Bytes>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let strange = |what: &str| io::Error::other(format!("`{path}` {what}"));
        let is_link = entry.file_type()?.is_symlink();
        if is_link && !entry.path().canonicalize()?.starts_with(root) {
            return Err(strange("is a link that leads out of the folder"));
        }
        let found = fs::metadata(entry.path())?;
        if found.is_dir() && is_link {
            return Err(strange("is a link to a folder, which may have no end"));
        } else if found.is_dir() {
            read_below(&entry.path(), root, &format!("{path}/"), files)?;
        } else if found.is_file() {
            files.insert(path, fs::read(entry.path())?.into());
        } else {
            return Err(strange("is neither a file nor a folder"));
        }
    }
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A new folder with one link in it.
    fn linked(name: &str, to: &str) -> io::Result<Tree> {
        let folder = std::env::temp_dir().join(format!("wsspec-tree-{}-{name}", std::process::id()));
        let payloads = folder.join("cases/payloads");
        fs::create_dir_all(&payloads).unwrap();
        fs::write(folder.join("secret"), "secret").unwrap();
        fs::write(payloads.join("there"), "there").unwrap();
        symlink(to, payloads.join("link")).unwrap();
        let read = Tree::read(&folder.join("cases"));
        fs::remove_dir_all(&folder).unwrap();
        read
    }

    #[test]
    fn a_link_within_the_folder_is_followed_and_one_that_leads_out_is_refused() {
        assert_eq!(linked("within", "there").unwrap().files["payloads/link"], "there");
        let why = |name, to| linked(name, to).unwrap_err().to_string();
        assert_eq!(why("out", "../../secret"), "`payloads/link` is a link that leads out of the folder");
        assert_eq!(why("device", "/dev/zero"), "`payloads/link` is a link that leads out of the folder");
        assert_eq!(why("loop", ".."), "`payloads/link` is a link to a folder, which may have no end");
    }
}
