//! Each target on seeded inputs: what a fuzzer would find in its first moments, without a fuzzer.

mod common;

use wsspec_fuzz::{decode, notation, roundtrip};

use self::common::{frames, noise, scripts};

#[test]
fn noise_decodes() {
    noise().for_each(|input| decode::run(&input));
}

#[test]
fn frames_and_broken_frames_decode() {
    frames().for_each(|input| decode::run(&input));
}

#[test]
fn what_noise_generates_comes_back() {
    noise().for_each(|input| roundtrip::run(&input));
}

#[test]
fn noise_is_a_script_or_is_not() {
    noise().for_each(|input| notation::run(&input));
}

#[test]
fn scripts_and_broken_scripts_print_back() {
    scripts().for_each(|input| notation::run(&input));
}
