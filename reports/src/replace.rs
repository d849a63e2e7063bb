//! Replaces files as a whole: the old file stays until the new one is complete.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::Builder;

use crate::WriteError;

/// Writes a file, and creates missing folders. Replaces an existing file by a rename once the new one is complete.
/// Writes directly to a pipe or a device.
pub fn replace_file(
    path: &Path,
    render: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    replace(&followed(path), render).map_err(|source| WriteError { path: path.to_owned(), source })
}

/// Whether [`replace_file`] could write there now. Creates missing folders, and nothing else.
pub fn check_writable(path: &Path) -> Result<(), WriteError> {
    let check = || {
        let path = followed(path);
        match fs::metadata(&path) {
            Ok(found) if found.is_dir() => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            // Opening a pipe would wait for its reader.
            Ok(found) if !found.is_file() => Ok(()),
            _ => beside(&path).map(drop).or_else(|error| in_place(&path, error).map(drop)),
        }
    };
    check().map_err(|source| WriteError { path: path.to_owned(), source })
}

fn replace(path: &Path, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let found = fs::metadata(path).ok();
    if found.as_ref().is_some_and(|found| !found.is_file()) {
        return write(OpenOptions::new().write(true).open(path)?, render).map(drop);
    }
    match beside(path) {
        Ok(mut new) => {
            write(new.as_file_mut(), render)?;
            if let Some(found) = found {
                new.as_file().set_permissions(found.permissions())?;
            }
            new.persist(path).map(drop).map_err(|error| error.error)
        }
        Err(error) => {
            let file = in_place(path, error)?;
            file.set_len(0)?;
            write(file, render).map(drop)
        }
    }
}

/// A temporary file next to the one that it is to replace; deleted when dropped unless it was renamed.
fn beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut builder = Builder::new();
    builder.prefix(".wsspec-").suffix(".new");
    #[cfg(unix)]
    {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt};

        // The permissions of any new file, less the umask; by default, only the owner could read it.
        builder.permissions(Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Opens the existing file if its folder does not allow another one, for example if it is mounted alone.
fn in_place(path: &Path, refused: io::Error) -> io::Result<File> {
    match OpenOptions::new().write(true).open(path) {
        Ok(file) if refused.kind() == io::ErrorKind::PermissionDenied => Ok(file),
        _ => Err(refused),
    }
}

fn write<W: Write>(file: W, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<W> {
    let mut out = BufWriter::new(file);
    render(&mut out)?;
    out.into_inner().map_err(io::IntoInnerError::into_error)
}

/// The target of a symbolic link: the link stays, and its target is replaced.
fn followed(path: &Path) -> PathBuf {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_symlink() => fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()),
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap()
    }

    /// The names in a folder, sorted.
    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_stood_there_stays_until_the_new_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sub/a.json");
        replace_file(&path, |out| out.write_all(b"old")).unwrap();
        let failed = replace_file(&path, |out| {
            out.write_all(b"half of the new")?;
            Err(io::Error::from(io::ErrorKind::StorageFull))
        });
        assert_eq!(failed.unwrap_err().path, path);
        assert_eq!(
            (text(&path), names(&folder.path().join("sub"))),
            ("old".to_owned(), vec!["a.json".to_owned()])
        );
        replace_file(&path, |out| out.write_all(b"new")).unwrap();
        assert_eq!(text(&path), "new");
    }

    #[test]
    fn what_can_be_written_is_found_without_writing_it() {
        let folder = tempfile::tempdir().unwrap();
        check_writable(&folder.path().join("new/a.json")).unwrap();
        assert_eq!(names(&folder.path().join("new")), Vec::<String>::new());
        fs::write(folder.path().join("file"), "x").unwrap();
        assert!(check_writable(&folder.path().join("file/a.json")).is_err());
        let error = check_writable(&folder.path().join("new")).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::IsADirectory);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_a_file_keeps_its_mode() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("file", &link).unwrap();
        replace_file(&link, |out| out.write_all(b"new")).unwrap();
        assert_eq!(text(&file), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_written_to_and_a_full_one_is_an_error() {
        let full = Path::new("/dev/full");
        check_writable(full).unwrap();
        let error = replace_file(full, |out| out.write_all(b"x")).unwrap_err();
        assert_eq!(error.source.kind(), io::ErrorKind::StorageFull);
        assert!(!fs::metadata(full).unwrap().is_file());
    }
}
