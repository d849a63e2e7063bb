//! `cargo +nightly fuzz run differential --features differential`; the oracle is `wsspec_fuzz::differential`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| wsspec_fuzz::differential::run(input));

#[cfg(fuzzing)]
wsspec_decoder::frame_mutator!();

/// Does nothing: without cargo-fuzz there is no fuzzer to link.
#[cfg(not(fuzzing))]
fn main() {}
