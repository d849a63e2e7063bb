//! `cargo +nightly fuzz run judge`; the oracle is `wsspec_fuzz::judge`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| wsspec_fuzz::judge::run(input));

#[cfg(fuzzing)]
wsspec_decoder::frame_mutator!(wsspec_fuzz::judge::frames_at);

/// Does nothing: without cargo-fuzz there is no fuzzer to link.
#[cfg(not(fuzzing))]
fn main() {}
