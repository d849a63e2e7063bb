//! `cargo +nightly fuzz run exchange`; the oracle is `wsspec_fuzz::exchange`.

#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|input: &[u8]| wsspec_fuzz::exchange::run(input));

#[cfg(fuzzing)]
wsspec_decoder::frame_mutator!(wsspec_fuzz::exchange::frames_at);

/// Does nothing: without cargo-fuzz there is no fuzzer to link.
#[cfg(not(fuzzing))]
fn main() {}
