//! Finds the folder of cases, and builds again when a file comes into it or leaves it, which `include_dir` alone does not
//! notice.

use std::{env, error::Error, path::PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    // `cases` is a link, and a folder in the published package. A checkout without links has a file in its place.
    let linked = package.join("cases");
    let cases = if linked.is_dir() { linked } else { package.join("../../cases") };
    println!("cargo::rerun-if-changed={}", cases.display());
    println!("cargo::rustc-env=WSSPEC_CASES={}", cases.display());
    Ok(())
}
