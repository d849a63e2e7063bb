//! A fuzz target without a fuzzer: runs files or seeded inputs, and prints a decoder's errors to standard output.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    panic,
    path::Path,
    process::ExitCode,
};

use wsspec_wire::Escaped;

use crate::{DecoderUnderTest, Disagreement, DisagreementKind, Leniency, Setting, check, inputs::input};

/// The number of seeded inputs.
const SEEDED: u64 = 20_000;

/// All disagreements of one kind about one requirement: their number, and the first one.
type FoundDisagreements = BTreeMap<(Option<&'static str>, DisagreementKind), (usize, Disagreement, Vec<u8>)>;

/// The `main` of [`fuzz_decoder!`](crate::fuzz_decoder) on stable: replays the files that the command line names, or
/// 20,000 seeded inputs. The exit code is 0 if nothing is wrong, 1 if something is, and 2 if a file cannot be read.
pub fn replay<D: DecoderUnderTest>(new: impl Fn(Setting) -> D, leniency: &Leniency) -> ExitCode {
    let paths: Vec<_> = env::args_os().skip(1).collect();
    let read: io::Result<Vec<Vec<u8>>> = paths.iter().map(|path| fs::read(Path::new(path))).collect();
    let (inputs, out) = (read, &mut io::stdout().lock());
    let written = match inputs {
        Err(error) => writeln!(out, "cannot read: {error}").map(|()| ExitCode::from(2)),
        Ok(files) if paths.is_empty() => {
            debug_assert!(files.is_empty());
            tell(out, new, (0..SEEDED).map(|seed| input(seed, &[])), leniency)
        }
        Ok(files) => tell(out, new, files.into_iter(), leniency),
    };
    // If standard output is closed, the error cannot be reported anywhere.
    written.unwrap_or(ExitCode::from(2))
}

fn tell<D: DecoderUnderTest>(
    out: &mut impl Write,
    new: impl Fn(Setting) -> D,
    inputs: impl Iterator<Item = Vec<u8>>,
    leniency: &Leniency,
) -> io::Result<ExitCode> {
    let quiet = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let (mut found, mut count) = (FoundDisagreements::new(), 0);
    for input in inputs {
        count += 1;
        if let Err(disagreement) = check(&new, &input, leniency) {
            let entry = found.entry((disagreement.requirement, disagreement.kind)).or_insert((
                0,
                disagreement,
                input,
            ));
            entry.0 += 1;
        }
    }
    panic::set_hook(quiet);
    for (times, disagreement, input) in found.values() {
        writeln!(out, "{disagreement}\n  input    {}\n  times    {times}\n", Escaped(input))?;
    }
    writeln!(out, "{count} inputs, {} disagreements", found.len())?;
    Ok(ExitCode::from(u8::from(!found.is_empty())))
}

/// Makes a fuzz target of a decoder: `fuzz_decoder!(|setting| MyDecoder::new(setting))`, with an optional
/// [`Leniency`] as the second argument.
///
/// Under cargo-fuzz it is a libFuzzer target with the whole oracle; the crate begins with
/// `#![cfg_attr(fuzzing, no_main)]`. On stable it is a `main` that [replays](replay) files or seeded inputs.
#[macro_export]
macro_rules! fuzz_decoder {
    ($new:expr $(,)?) => {
        $crate::fuzz_decoder!($new, $crate::Leniency::default());
    };
    ($new:expr, $leniency:expr $(,)?) => {
        #[cfg(fuzzing)]
        $crate::libfuzzer_sys::fuzz_target!(|input: &[u8]| $crate::run_with($new, input, &$leniency));

        #[cfg(fuzzing)]
        $crate::frame_mutator!(|_| $crate::InputPrefix::LEN);

        #[cfg(not(fuzzing))]
        fn main() -> ::std::process::ExitCode {
            $crate::replay($new, &$leniency)
        }
    };
}
