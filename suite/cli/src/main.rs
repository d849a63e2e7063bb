//! The `wsspec` binary.

use std::process::ExitCode;

mod check;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.first().map(String::as_str) {
        Some("check") => check::run(args.get(1).map(String::as_str)),
        _ => ExitCode::from(2),
    }
}
