//! wsspec for `cargo test`, with the feature `suite`: a test for each trial, by [libtest-mimic].
//!
//! ```toml
//! [dev-dependencies]
//! wsspec = { version = "0.1", default-features = false, features = ["suite"] }
//!
//! [[test]]
//! name = "conforms"
//! harness = false
//! ```
#![cfg_attr(feature = "suite", doc = "```no_run")]
#![cfg_attr(not(feature = "suite"), doc = "```text")]
//! // tests/conforms.rs
//! fn main() -> std::process::ExitCode {
//!     wsspec::conforms("ws://127.0.0.1:9001")
//! }
//! ```
//!
//! The `wsspec` binary uses other crates and nothing from here.
//!
//! [libtest-mimic]: https://docs.rs/libtest-mimic

#[cfg(feature = "suite")]
pub mod suite;

#[cfg(feature = "suite")]
pub use suite::conforms;
