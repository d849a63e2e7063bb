//! `cargo +nightly fuzz run utf8`; the oracle is `wsspec_fuzz::utf8`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| wsspec_fuzz::utf8::run(input));

/// Does nothing: without cargo-fuzz there is no fuzzer to link.
#[cfg(not(fuzzing))]
fn main() {}
