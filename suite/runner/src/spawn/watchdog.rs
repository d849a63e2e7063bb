//! Stops what we started where we cannot: after we were killed, and if a process has left its group.
//!
//! A shell waits for the end of a pipe that only we hold. However we exit, it then stops the groups that are left and,
//! on systems with procfs, each process that has our mark in its environment, such as a daemon.

use std::{
    io::Write,
    os::unix::process::CommandExt,
    process::{self, ChildStdin, Command, Stdio},
    sync::{Mutex, OnceLock, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use nix::unistd::Pid;

/// The environment variable that marks every process that we start.
const MARK: &str = "WSSPEC_SPAWN";
/// `$1`: the mark. Standard input: `+ GROUP` and `- GROUP`.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
groups=' '
while read -r sign group; do
  case $sign in
    +) groups="$groups$group " ;;
    -) groups="${groups%% $group *} ${groups#* $group }" ;;
  esac
done
# Whether anything was there to take the signal.
send() {
  found=1
  for group in $groups; do kill -s "$1" -- "-$group" && found=0; done
  for file in $(grep -lsF "$2" /proc/[0-9]*/environ); do
    process=${file#/proc/}
    kill -s "$1" "${process%/environ}" && found=0
  done
  return $found
}
send TERM "$1" || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  sleep 0.1
  send 0 "$1" || exit 0
done
send KILL "$1"
"#;

/// The pipe; `None` if the shell did not start.
static WATCHDOG: OnceLock<Option<Mutex<ChildStdin>>> = OnceLock::new();
static OURS: OnceLock<String> = OnceLock::new();

/// Marks the processes of a command, which are watched from their start.
pub(super) fn mark(command: &mut Command) {
    WATCHDOG.get_or_init(start);
    command.env(MARK, ours());
}

/// From now on, the group is stopped if we exit without having stopped it.
pub(super) fn watch(group: Pid) {
    say('+', group);
}

/// The group is gone, and its number may be reused.
pub(super) fn forget(group: Pid) {
    say('-', group);
}

fn say(sign: char, group: Pid) {
    let Some(pipe) = WATCHDOG.get_or_init(start) else { return };
    let mut pipe = pipe.lock().unwrap_or_else(PoisonError::into_inner);
    // If this fails, a process may be left behind should we be killed; testing goes on.
    let _ = pipe.write_all(format!("{sign} {group}\n").as_bytes());
}

fn start() -> Option<Mutex<ChildStdin>> {
    let mut shell = Command::new("sh");
    shell.args(["-c", SCRIPT, "sh", &format!("{MARK}={}", ours())]).env_remove(MARK);
    // A separate group, so that a terminal's Ctrl-C does not reach it.
    shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    shell.spawn().ok()?.stdin.take().map(Mutex::new)
}

/// The value of the mark, which no other process has.
fn ours() -> &'static str {
    OURS.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        format!("{}-{}", process::id(), since.as_nanos())
    })
}
