//! Fuzz targets for our own codec, notation and engine: input generators, and one module per oracle.
//!
//! Each target is a function `run` on bytes that panics if a property does not hold. cargo-fuzz calls it from
//! `fuzz_targets/`; `cargo test` calls it on seeded inputs and on every input that once failed. Each `run` calls
//! `run_with` with the real thing; the tests also give `run_with` broken things, which it must catch.

use std::fmt::Debug;

use wsspec_wire::Violation;

pub mod assemble;
pub mod decode;
#[cfg(feature = "differential")]
pub mod deflate;
#[cfg(feature = "differential")]
pub mod differential;
pub mod engineio;
pub mod exchange;
pub mod generate;
pub mod inflate;
pub mod judge;
pub mod notation;
pub mod roundtrip;
pub mod socketio;
pub mod stomp;
pub mod upgrade;
pub mod utf8;
mod window;
#[cfg(feature = "zlib")]
pub mod zlib;

/// Panics with a short message unless they are equal.
fn same<T: PartialEq + Debug>(left: &T, right: &T, otherwise: &str) {
    let shown = |value: &T| format!("{value:?}").chars().take(500).collect::<String>();
    assert!(left == right, "{otherwise}:\n left: {}\nright: {}", shown(left), shown(right));
}

/// Panics if what is said of a broken rule would reach a terminal as anything but text.
fn is_printable(violation: &Violation) {
    let text = violation.to_string();
    assert!(!text.contains(char::is_control), "{text:?} has terminal escapes");
}
