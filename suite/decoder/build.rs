//! Makes `fuzzing`, which cargo-fuzz sets, a known cfg.

fn main() {
    println!("cargo::rustc-check-cfg=cfg(fuzzing)");
    println!("cargo::rerun-if-changed=build.rs");
}
