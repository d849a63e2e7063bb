//! Fuzz targets over our own codec, notation and engine: a generator of inputs, and one module an oracle.
//!
//! Each target is a function `run` from bytes to nothing that panics where a property does not hold. cargo-fuzz calls
//! it from `fuzz_targets/`; `cargo test` calls it on seeded inputs and on all that once failed. Each `run` is a
//! `run_with` over the real thing; the tests give `run_with` broken things as well, which it must tell.

use std::fmt::Debug;

pub mod assemble;
pub mod decode;
#[cfg(feature = "differential")]
pub mod differential;
pub mod exchange;
pub mod generate;
pub mod inflate;
pub mod judge;
pub mod notation;
pub mod roundtrip;
pub mod upgrade;
pub mod utf8;
mod window;

/// Panics, briefly, unless they are equal.
fn same<T: PartialEq + Debug>(left: &T, right: &T, otherwise: &str) {
    let shown = |value: &T| format!("{value:?}").chars().take(500).collect::<String>();
    assert!(left == right, "{otherwise}:\n left: {}\nright: {}", shown(left), shown(right));
}
