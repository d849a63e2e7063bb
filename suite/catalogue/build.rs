//! Builds again when a file comes into the catalogue or leaves it, which `include_dir` alone does not notice.

fn main() {
    println!("cargo::rerun-if-changed=../../cases");
}
