//! Where a report goes: standard output, or a file that is replaced as a whole.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
};

use wsspec_reports::{check_writable, replace_file};

use crate::failure::CommandError;

/// The word for standard output.
const STDOUT: &str = "-";

/// Whether the path stands for standard output.
pub fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == STDOUT
}

/// Writes the output of `render` there.
pub fn write(path: &Path, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CommandError> {
    if !is_stdout(path) {
        return replace_file(path, render).map_err(|error| CommandError::Usage(error.to_string()));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    match render(&mut out).and_then(|()| out.flush()) {
        // A reader that closes the pipe has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::Output(error)),
        _ => Ok(()),
    }
}

/// Writes a text there.
pub fn write_text(path: &Path, text: &str) -> Result<(), CommandError> {
    write(path, |out| out.write_all(text.as_bytes()))
}

/// Fails if nothing can be written there.
pub fn check(path: &Path) -> Result<(), CommandError> {
    if is_stdout(path) {
        return Ok(());
    }
    check_writable(path).map_err(|error| CommandError::Usage(error.to_string()))
}
