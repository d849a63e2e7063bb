//! `cargo +nightly fuzz run deflate --features differential`; the oracle is `wsspec_fuzz::deflate`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| wsspec_fuzz::deflate::run(input));

/// Does nothing: without cargo-fuzz there is no fuzzer to link.
#[cfg(not(fuzzing))]
fn main() {}
