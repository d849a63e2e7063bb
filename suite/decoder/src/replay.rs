//! A fuzz target without a fuzzer: runs files or seeded inputs, and prints a decoder's errors to standard output.
//!
//! A second process does the work, so that an input which ends the process is named as well: it aborts, overflows the
//! stack, or needs more memory than there is.

mod child;

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    ffi::OsString,
    fs,
    io::{self, Write},
    panic,
    path::Path,
    process::ExitCode,
};

use wsspec_wire::Escaped;

use crate::{
    DecoderUnderTest, Demands, Disagreement, DisagreementKind, Setting, check, check_growth, inputs::input,
};

use self::child::{ReplayProgress, Replayed};

/// The number of seeded inputs.
const SEEDED: u64 = 20_000;

/// All disagreements of one kind about one requirement: their number, and the first one.
type FoundDisagreements = BTreeMap<(Option<&'static str>, DisagreementKind), (usize, Disagreement, Vec<u8>)>;

/// The `main` of [`fuzz_decoder!`](crate::fuzz_decoder) on stable: replays the files that the command line names, or
/// 20,000 seeded inputs and some that grow. The exit code is 0 if nothing is wrong, 1 if something is, and 2 if a file
/// cannot be read.
pub fn replay<D: DecoderUnderTest>(new: impl Fn(Setting) -> D, demands: &Demands) -> ExitCode {
    let paths: Vec<_> = env::args_os().skip(1).collect();
    ExitCode::from(replay_files(new, demands, &paths))
}

/// Like [`replay`], with these files, or with seeded inputs if `paths` is empty. Returns the exit code.
pub fn replay_files<D: DecoderUnderTest>(
    new: impl Fn(Setting) -> D,
    demands: &Demands,
    paths: &[OsString],
) -> u8 {
    let out = &mut io::stdout();
    let read: io::Result<Vec<Vec<u8>>> = paths.iter().map(|path| fs::read(Path::new(path))).collect();
    let written = match read {
        Err(error) => writeln!(out, "cannot read: {error}").map(|()| 2),
        Ok(files) => replay_all(out, new, demands, &files),
    };
    // If standard output is closed, the error cannot be reported anywhere.
    written.unwrap_or(2)
}

fn replay_all<D: DecoderUnderTest>(
    out: &mut impl Write,
    new: impl Fn(Setting) -> D,
    demands: &Demands,
    files: &[Vec<u8>],
) -> io::Result<u8> {
    let get = |number: u64| match files {
        [] => (number < SEEDED).then(|| input(number, &[], demands)),
        files => files.get(usize::try_from(number).ok()?).cloned(),
    };
    match child::replayed()? {
        Replayed::Here(progress) => tell(out, new, demands, get, files.is_empty(), progress),
        Replayed::InChild { code, ended_at } => {
            for (number, how) in &ended_at {
                let disagreement = Disagreement::crash(&format!("the end of the process: {how}"));
                let input = get(*number).unwrap_or_default();
                writeln!(out, "{disagreement}\n  input    {}\n", Escaped(&input))?;
            }
            Ok(if ended_at.is_empty() { code } else { 1 })
        }
    }
}

fn tell<D: DecoderUnderTest>(
    out: &mut impl Write,
    new: impl Fn(Setting) -> D,
    demands: &Demands,
    get: impl Fn(u64) -> Option<Vec<u8>>,
    is_seeded: bool,
    mut progress: ReplayProgress,
) -> io::Result<u8> {
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let (mut found, mut count) = (FoundDisagreements::new(), 0);
    let mut note = |disagreement: Disagreement, input: Vec<u8>| {
        let key = (disagreement.requirement, disagreement.kind);
        found.entry(key).or_insert((0, disagreement, input)).0 += 1;
    };
    while let Some(input) = get(count) {
        if progress.begins(count)
            && let Err(disagreement) = check(&new, &input, demands)
        {
            note(disagreement, input);
        }
        count += 1;
    }
    if is_seeded {
        check_growth(&new).into_iter().for_each(|(disagreement, input)| note(disagreement, input));
    }
    panic::set_hook(quiet);
    for (times, disagreement, input) in found.values() {
        let shown = &input[..input.len().min(4096)];
        writeln!(out, "{disagreement}\n  input    {}\n  times    {times}\n", Escaped(shown))?;
    }
    writeln!(out, "{count} inputs, {} disagreements", found.len())?;
    Ok(u8::from(!found.is_empty()))
}

/// The inputs that ended a process.
type EndedAt = BTreeSet<(u64, String)>;

/// Makes a fuzz target of a decoder: `fuzz_decoder!(|setting| MyDecoder::new(setting))`, with optional
/// [`Demands`] as the second argument.
///
/// Under cargo-fuzz it is a libFuzzer target with the whole oracle; the crate begins with
/// `#![cfg_attr(fuzzing, no_main)]`. On stable it is a `main` that [replays](replay) files or seeded inputs.
#[macro_export]
macro_rules! fuzz_decoder {
    ($new:expr $(,)?) => {
        $crate::fuzz_decoder!($new, $crate::Demands::default());
    };
    ($new:expr, $demands:expr $(,)?) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::run_with($new, input, &$demands));

        #[cfg(fuzzing)]
        $crate::frame_mutator!();

        #[cfg(not(fuzzing))]
        fn main() -> ::std::process::ExitCode {
            $crate::replay($new, &$demands)
        }
    };
}
