//! Running commands: visible, silent, with a time limit, and measured.

use std::{
    fs,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::failure::RecipeError;

/// How often a child is polled.
const POLL: Duration = Duration::from_millis(1);

/// The command as one would type it.
pub fn shown(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// Prints the command, runs it with visible output, and requires success.
pub fn run(command: &mut Command) -> Result<(), RecipeError> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(not_started(command))?;
    succeeded(command, status)
}

/// Runs it silently and returns its output; its errors stay visible.
pub fn stdout(command: &mut Command) -> Result<String, RecipeError> {
    let output = command.stderr(Stdio::inherit()).output().map_err(not_started(command))?;
    succeeded(command, output.status)?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether it starts and succeeds. Never prints anything.
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
}

/// Starts it.
pub fn spawn(command: &mut Command) -> Result<Child, RecipeError> {
    command.spawn().map_err(not_started(command))
}

/// What a child used.
#[derive(Clone, Debug)]
pub struct Spent {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// From before its start until after its end.
    pub wall: Duration,
    /// Peak resident memory in KiB, if the system reports it.
    pub peak_kib: Option<u64>,
    /// The last line of its output, if that was kept.
    pub last_line: String,
}

/// Runs and times it; nothing else happens meanwhile.
pub fn timed(command: &mut Command) -> Result<Spent, RecipeError> {
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let output = command.output().map_err(not_started(command))?;
    let wall = start.elapsed();
    let last_line = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().to_owned();
    Ok(Spent { code: output.status.code(), wall, peak_kib: None, last_line })
}

/// Runs it silently and watches its memory. Stops a child that is still running after the limit.
pub fn watched(command: &mut Command, limit: Duration) -> Result<Spent, RecipeError> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = spawn(command)?;
    let mut peak_kib = None;
    let status = wait(command, &mut child, limit, |id| peak_kib = peak_kib.max(peak_resident_kib(id)))?;
    Ok(Spent { code: status.code(), wall: start.elapsed(), peak_kib, last_line: String::new() })
}

/// Waits for a child, calling `look` with its id now and then. Stops a child that exceeds the limit, and says so.
pub fn wait(
    command: &Command,
    child: &mut Child,
    limit: Duration,
    mut look: impl FnMut(u32),
) -> Result<ExitStatus, RecipeError> {
    let start = Instant::now();
    loop {
        look(child.id());
        if let Some(status) = child.try_wait().map_err(not_started(command))? {
            return Ok(status);
        }
        if start.elapsed() > limit {
            stop(child);
            let limit = limit.as_secs();
            return Err(RecipeError::Other(format!("`{}` did not end within {limit} s", shown(command))));
        }
        thread::sleep(POLL);
    }
}

/// Stops a child and waits until it is gone; does nothing if it has already exited.
pub fn stop(child: &mut Child) {
    // Both fail only for a child that has already exited.
    let _ = child.kill();
    let _ = child.wait();
}

/// `VmHWM` of a process; `None` if there is no procfs or no such process.
pub fn peak_resident_kib(id: u32) -> Option<u64> {
    high_water_kib(&fs::read_to_string(format!("/proc/{id}/status")).ok()?)
}

fn high_water_kib(status: &str) -> Option<u64> {
    let value = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    value.trim().strip_suffix("kB")?.trim().parse().ok()
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), RecipeError> {
    if status.success() {
        return Ok(());
    }
    Err(RecipeError::Command { command: shown(command), status: status.to_string() })
}

fn not_started(command: &Command) -> impl FnOnce(std::io::Error) -> RecipeError {
    let what = format!("run `{}`", shown(command));
    |source| RecipeError::Io { what, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read() {
        assert_eq!(high_water_kib("Name:\tx\nVmHWM:\t    5124 kB\nVmRSS:\t 1 kB\n"), Some(5124));
        assert_eq!(high_water_kib("Name:\tx\n"), None);
    }

    #[test]
    fn a_child_that_outlives_its_limit_is_stopped() {
        let mut command = Command::new("sleep");
        let error = watched(command.arg("600"), Duration::ZERO).unwrap_err();
        assert_eq!(error.to_string(), "`sleep 600` did not end within 0 s");
    }

    #[test]
    fn a_command_that_fails_is_named() {
        let error = stdout(Command::new("sh").args(["-c", "exit 7"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c exit 7` failed with exit status: 7");
    }
}
