//! `cargo +nightly fuzz run decode`; the oracle is `wsspec_fuzz::decode`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| wsspec_fuzz::decode::run(input));

#[cfg(fuzzing)]
wsspec_decoder::frame_mutator!();

/// Does nothing: without cargo-fuzz there is no fuzzer to link.
#[cfg(not(fuzzing))]
fn main() {}
