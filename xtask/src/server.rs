//! The implementations in `suite/interop`: which there are, how to install them, and how to start and stop servers.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use crate::{failure::RecipeError, process, workspace::Workspace};

/// How long a server may take to listen.
const START: Duration = Duration::from_secs(30);
/// The exit code of `install.sh` if the implementation is missing and too large to install.
const ABSENT: i32 = 77;
/// How many lines of a log are shown.
const LINES: usize = 15;

/// Names of all implementations that have this script, in order.
pub fn names(workspace: &Workspace, script: &str) -> Result<Vec<String>, RecipeError> {
    let dir = workspace.path("suite/interop");
    let entries = fs::read_dir(&dir).map_err(RecipeError::file("read", &dir))?;
    let mut names: Vec<String> = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.path().join(script).is_file())
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// An implementation's list of known deviations, if it has one.
pub fn known(workspace: &Workspace, name: &str, list: &str) -> Option<PathBuf> {
    Some(script(workspace, name, list)).filter(|path| path.is_file())
}

/// A server that listens. Dropping it stops it.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    /// `127.0.0.1:40123`, with a scheme if it is not ws.
    pub address: String,
}

impl ServerProcess {
    /// Installs the server if necessary, starts it, and waits until it listens. Its logs go into a folder.
    pub fn start(workspace: &Workspace, name: &str, logs: &Path) -> Result<Self, RecipeError> {
        install(workspace, name, logs)?;
        let log = logs.join(format!("{name}.server.log"));
        let mut command = workspace.command(script(workspace, name, "serve.sh"));
        command.arg("0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(create(&log)?);
        let mut child = process::spawn(&mut command)?;
        let address = child.stdout.take().ok_or("it has no output").and_then(listening);
        match address {
            Ok(address) => Ok(Self { child, address }),
            Err(why) => {
                process::stop(&mut child);
                Err(RecipeError::Other(format!("{name} does not start: {why}{}", tail(&log))))
            }
        }
    }

    /// The address as a target of wsspec.
    pub fn url(&self) -> String {
        if self.address.contains("://") { self.address.clone() } else { format!("ws://{}", self.address) }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        process::stop(&mut self.child);
    }
}

/// Installs an implementation if necessary. Its logs go into a folder.
///
/// # Errors
///
/// [`RecipeError::Absent`] if its script says that it is missing and leaves installing it to you.
pub fn install(workspace: &Workspace, name: &str, logs: &Path) -> Result<(), RecipeError> {
    fs::create_dir_all(logs).map_err(RecipeError::file("create", logs))?;
    let log = &logs.join(format!("{name}.install.log"));
    let out = create(log)?;
    let err = out.try_clone().map_err(RecipeError::file("write", log))?;
    let mut command = workspace.command(script(workspace, name, "install.sh"));
    let status = process::spawn(command.stdin(Stdio::null()).stdout(out).stderr(err))?.wait();
    match status.map_err(RecipeError::file("run", log))? {
        status if status.success() => Ok(()),
        status => Err(absent(status.code(), &read(log)).unwrap_or_else(|| {
            RecipeError::Other(format!("{name} is not installed: {status}{}", tail(log)))
        })),
    }
}

/// The address that a server prints. All other output, then and later, is read and dropped.
fn listening(stdout: ChildStdout) -> Result<String, &'static str> {
    let (found, address) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening on ") {
                // Nobody waits for a second one.
                let _ = found.send(address.trim().to_owned());
            }
        }
    });
    address.recv_timeout(START).map_err(|error| match error {
        mpsc::RecvTimeoutError::Timeout => "it did not print `listening on ADDRESS` in time",
        mpsc::RecvTimeoutError::Disconnected => "it ended before it printed `listening on ADDRESS`",
    })
}

/// The path of an implementation's script.
pub fn script(workspace: &Workspace, name: &str, script: &str) -> PathBuf {
    workspace.path("suite/interop").join(name).join(script)
}

fn create(path: &Path) -> Result<File, RecipeError> {
    File::create(path).map_err(RecipeError::file("write", path))
}

fn read(log: &Path) -> String {
    fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// The missing program according to the last line of a log, if the script exited with the code for that.
fn absent(code: Option<i32>, log: &str) -> Option<RecipeError> {
    (code == Some(ABSENT)).then(|| RecipeError::Absent(log.lines().last().unwrap_or_default().to_owned()))
}

/// The end of a log, indented, below the line that it explains.
pub fn tail(log: &Path) -> String {
    let text = read(log);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].iter().map(|line| format!("\n    {line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_names_the_missing_program() {
        let failure = absent(Some(ABSENT), "looking\nrabbitmq-server is not installed\n").unwrap();
        assert!(matches!(failure, RecipeError::Absent(why) if why == "rabbitmq-server is not installed"));
    }

    #[test]
    fn any_other_failure_is_one() {
        assert!(absent(Some(1), "no network").is_none());
        assert!(absent(None, "killed").is_none());
    }
}
