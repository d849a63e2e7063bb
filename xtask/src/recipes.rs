//! The recipes, one module each.

pub mod bless;
pub mod cases;
pub mod check;
pub mod ci;
pub mod corpus;
pub mod drift;
mod examples;
pub mod features;
pub mod fuzz_build;
pub mod fuzz_smoke;
mod graded;
pub mod interop;
pub mod languages;
pub mod loaded;
pub mod msrv;
pub mod npm;
pub mod package;
pub mod planted;
pub mod proxies;
pub mod python;
pub mod shims;
pub mod test;
