//! The process that checks inputs for another one, which learns at which input it ended.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process::{self, Command, ExitStatus},
};

use super::EndedAt;

/// Where a child notes the number of its input: it names a file.
const NOTES: &str = "WSSPEC_REPLAY_NOTES";
/// The inputs that a child leaves out, as they ended another: numbers with commas.
const LEFT_OUT: &str = "WSSPEC_REPLAY_LEFT_OUT";
/// How many processes may end early.
const MOST: usize = 16;

/// Who checks the inputs.
pub(super) enum Replayed {
    /// This process does.
    Here(ReplayProgress),
    /// Others did: the exit code of the last one, and the inputs at which the ones before it ended.
    InChild { code: u8, ended_at: EndedAt },
}

/// Notes which input is checked.
#[derive(Default)]
pub(super) struct ReplayProgress {
    notes: Option<File>,
    left_out: BTreeSet<u64>,
}

impl ReplayProgress {
    /// Notes that this input is next; `false` if it is left out.
    pub(super) fn begins(&mut self, number: u64) -> bool {
        if let Some(notes) = &mut self.notes {
            // Without the note, the input of a crash is not named; the rest still works.
            let _ = notes.seek(SeekFrom::Start(0)).and_then(|_| notes.write_all(&number.to_be_bytes()));
        }
        !self.left_out.contains(&number)
    }
}

/// Starts this program again to check the inputs, unless this is such a process or it cannot be started.
pub(super) fn replayed() -> io::Result<Replayed> {
    if let Some(notes) = env::var_os(NOTES) {
        let left_out = env::var(LEFT_OUT).unwrap_or_default();
        let left_out = left_out.split(',').filter_map(|number| number.parse().ok()).collect();
        return Ok(Replayed::Here(ReplayProgress {
            notes: OpenOptions::new().write(true).open(notes).ok(),
            left_out,
        }));
    }
    let path = env::temp_dir().join(format!("wsspec-replay-{}", process::id()));
    let Ok(program) = env::current_exe() else { return Ok(Replayed::Here(ReplayProgress::default())) };
    let mut ended_at = EndedAt::new();
    let code = loop {
        fs::write(&path, u64::MAX.to_be_bytes())?;
        let Ok(status) = again(&program, &path, &ended_at) else {
            return Ok(Replayed::Here(ReplayProgress::default()));
        };
        let known = status.code().and_then(|code| u8::try_from(code).ok()).filter(|code| *code <= 2);
        let number = noted(&path);
        match (known, number) {
            (Some(code), _) => break code,
            (None, Some(number)) if ended_at.len() < MOST => {
                if !ended_at.insert((number, status.to_string())) {
                    break 1;
                }
            }
            (None, _) => break 1,
        }
    };
    // It is in a folder for such files.
    let _ = fs::remove_file(&path);
    Ok(Replayed::InChild { code, ended_at })
}

fn again(program: &Path, notes: &PathBuf, ended_at: &EndedAt) -> io::Result<ExitStatus> {
    let left_out: Vec<_> = ended_at.iter().map(|(number, _)| number.to_string()).collect();
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1)).env(NOTES, notes).env(LEFT_OUT, left_out.join(","));
    command.status()
}

/// The input that was noted last; `None` if none was.
fn noted(path: &Path) -> Option<u64> {
    let bytes = fs::read(path).ok()?;
    let number = u64::from_be_bytes(bytes.try_into().ok()?);
    (number != u64::MAX).then_some(number)
}
