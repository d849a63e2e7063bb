//! A folder that only one campaign at a time may write to.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

use fs4::{FileExt, TryLockError};

use super::paths::{shown_path, unwritable};
use crate::failure::CommandError;

/// The locked file. The system releases the lock when the process ends, however it ends.
const FILE: &str = ".lock";

/// A folder that is locked as long as this value lives.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Locks a folder, and creates it if it is missing.
    pub fn take(folder: &Path) -> Result<Self, CommandError> {
        let path = folder.join(FILE);
        fs::create_dir_all(folder).map_err(|error| unwritable(folder, &error))?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(|error| unwritable(&path, &error))?;
        // Newer standard libraries have a method with this name.
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Self { _file: file }),
            // Some file systems do not support locks; there, nobody is kept out.
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
