//! A folder that one campaign at a time writes to.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use fs4::{FileExt, TryLockError};

use super::paths::{shown_path, unwritable};
use crate::failure::CommandError;

/// The file that is locked: the system lets go of it when its process ends, however that does.
const FILE: &str = ".lock";

/// A folder that is ours as long as this lives.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Takes a folder, which is made where it is missing.
    pub fn take(folder: &Path) -> Result<Self, CommandError> {
        let path = folder.join(FILE);
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| unwritable(&path, &error))?;
        // Newer standard libraries have a method of that name.
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            // Some file systems have no locks; there nobody is kept out.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                Ok(Self { _file: file })
            }
            Err(TryLockError::WouldBlock) => Err(taken(folder)),
            Err(TryLockError::Error(error)) => Err(unwritable(&path, &error)),
        }
    }
}

fn taken(folder: &Path) -> CommandError {
    CommandError::Usage(format!(
        "`{}` is in use: another wsspec writes to it; wait until that ends, or give another folder with --out",
        shown_path(folder)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_campaigns_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("campaign");
        let first = FolderLock::take(&path).unwrap();
        let Err(CommandError::Usage(why)) = FolderLock::take(&path) else { panic!("taken twice") };
        assert!(why.contains("is in use: another wsspec writes to it"), "{why}");
        drop(first);
        FolderLock::take(&path).unwrap();
    }
}
